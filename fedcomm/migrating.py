"""The files of `migrations/`, applied in order and once. Source: decisions D70.

Each file runs in a transaction of its own, together with the note that it ran, so a broken-off run goes on where it
stopped (R031). Several processes that start at once wait for one another. A file that was applied must not change.
"""

import asyncio
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from fedcomm import database
from fedcomm.database import Connection

FOLDER = Path(__file__).parent.parent / "migrations"
FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
LOCK = 7_302_946_001
"""Any number: the advisory lock of those who migrate this database."""
LOCK_WAIT = "4s"
TRIES = 15
"""A table that is in use keeps a migration waiting LOCK_WAIT at most, then it lets others pass and tries again."""


class Refused(Exception):
    """The database and the files do not belong together; the text says what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read(folder: Path = FOLDER) -> Sequence[Migration]:
    """All files, in order. Raises Refused (a name or number that cannot be)."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        name = FILE_NAME.fullmatch(path.name)
        if name is None:
            raise Refused(f"{path.name} is not called like 0001_what_it_does.sql")
        found.append(Migration(int(name[1]), path.name, path.read_text(encoding="utf-8")))
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise Refused(f"the numbers of the files in {folder} have a gap or a double")
    return found


async def migrate(url: str, *, folder: Path = FOLDER) -> list[str]:
    """Bring a database up to date and return the names of the files that were applied.

    `url` goes around a pooler. Raises Refused, database.Down.
    """
    db = await database.connect(url)
    try:
        return await migrate_over(db, folder=folder)
    finally:
        await db.close()  # gives the lock back too


async def migrate_over(db: Connection, *, folder: Path = FOLDER, until: int | None = None) -> list[str]:
    """The same over a connection, which ends afterwards; as far as the file numbered `until`. Raises Refused.

    Inside a transaction all of it is part of that.
    """
    migrations = read(folder)
    await db.execute("SELECT pg_advisory_lock($1)", LOCK)
    applied = await _applied(db)
    waiting = [each for each in _waiting(migrations, applied) if until is None or each.number <= until]
    for migration in waiting:
        await _apply(db, migration)
    return [migration.name for migration in waiting]


async def is_current(db: Connection, *, folder: Path = FOLDER) -> bool:
    """Whether nothing waits to be applied. Raises Refused (the database is newer than these files)."""
    if not await db.fetchval("SELECT to_regclass('migration') IS NOT NULL"):
        return False
    rows = await db.fetch("SELECT number, checksum FROM migration")
    return not _waiting(read(folder), {row["number"]: row["checksum"] for row in rows})


async def _applied(db: Connection) -> dict[int, str]:
    await db.execute(
        """
        CREATE TABLE IF NOT EXISTS migration (
            number      integer PRIMARY KEY,
            name        text NOT NULL,
            checksum    text NOT NULL,
            applied_at  timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    return {row["number"]: row["checksum"] for row in await db.fetch("SELECT number, checksum FROM migration")}


def _waiting(migrations: Sequence[Migration], applied: dict[int, str]) -> list[Migration]:
    if applied and max(applied) > len(migrations):
        raise Refused(f"the database has migration {max(applied)}, this fedcomm ends at {len(migrations)}: upgrade it")
    for migration in migrations:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise Refused(f"{migration.name} was changed after it was applied: put it back, and add a new file")
    return [migration for migration in migrations if migration.number not in applied]


async def _apply(db: Connection, migration: Migration) -> None:
    for attempt in range(TRIES):
        try:
            async with db.transaction():
                await db.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
                await db.execute(migration.sql)
                await db.execute(
                    "INSERT INTO migration (number, name, checksum) VALUES ($1, $2, $3)",
                    migration.number,
                    migration.name,
                    migration.checksum,
                )
        except asyncpg.LockNotAvailableError:
            if attempt == TRIES - 1:
                raise Refused(f"{migration.name} waits for a table that others hold; stop them and try again") from None
            await asyncio.sleep(1)
        else:
            return
