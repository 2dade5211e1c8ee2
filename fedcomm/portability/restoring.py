"""A backup brought back into an empty place: the same ids and keys, and nothing is sent twice (R037).

What happened between the backup and now is known to others only. So sending is held until somebody says go; what was
about to leave when the backup was made is kept among what failed; everybody signs in again, as whoever was shut out
since then would be in again; and what others wrote is looked at again, as they may have changed or deleted it.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from fedcomm import audit, database, i18n, ids, migrating
from fedcomm.accounts import logins
from fedcomm.backups import archive, tables
from fedcomm.backups.archive import About, Contents, Unusable
from fedcomm.config import Config
from fedcomm.database import Connection, OwnConnection
from fedcomm.jobs import fact_queue, mail_queue, queues, steering
from fedcomm.media.storage import NAME, Store, folder_of
from fedcomm.notifications import push_queue
from fedcomm.portability import exports
from fedcomm.threads import scheduled

CLOCKS_DIFFER = timedelta(minutes=5)
LOOKED_BACK = timedelta(days=14)
"""So old posts of others are looked at again; older ones seldom change."""
SERVED_LATELY = timedelta(seconds=15)


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was brought back, and what of it is kept back."""

    made_at: datetime
    rows: int
    files: int
    missing_media: tuple[str, ...]
    kept_back: dict[str, int]
    """How much of what waited to leave is now among what failed, by kind; empty when all goes on as it was."""


class Looking(msgspec.Struct, frozen=True):
    """Looking again at what others wrote: downwards from a post, as far as another."""

    restored_at: datetime
    next_post_id: int
    last_post_id: int


def check_place(config: Config, about: About, contents: Contents, *, now: datetime) -> None:
    """Whether a backup belongs here. Raises Unusable (another instance, another secret, wrong clock, no room)."""
    if (about.domain, about.base_url) != (config.here.domain, config.base_url):
        raise Unusable(f"the backup is of {about.base_url} ({about.domain}), this place is {config.base_url}")
    if about.made_at > now + CLOCKS_DIFFER:
        raise Unusable(f"the backup was made at {about.made_at:%Y-%m-%d %H:%M} UTC, after now: set the clock")
    if urlsplit(config.media_url).scheme == "file":
        folder = folder_of(config.media_url)
        while not folder.exists():
            folder = folder.parent
        size = sum(each.size for name, each in contents.members.items() if name.startswith(archive.MEDIA))
        if shutil.disk_usage(folder).free < size:
            raise Unusable(f"{folder} has no room for {size // 2**20} MiB of files")


async def check_empty(url: str, *, now: datetime) -> None:
    """Raises Unusable (somebody lives in this database, or a server is at work there)."""
    db = await database.connect(url)
    try:
        if not await tables.is_empty(db):
            raise Unusable("there is an instance in this database already: restore into an empty one")
        if await db.fetchval("SELECT to_regclass('queue') IS NOT NULL") and await db.fetchval(
            "SELECT EXISTS (SELECT FROM queue WHERE looked_at > $1)", now - SERVED_LATELY
        ):
            raise Unusable("a server is running on this database: stop it first")
    finally:
        await db.close()


def check_migrations(about: About) -> int:
    """The last migration of a backup, if this version has all of them. Raises Unusable, migrating.Refused."""
    ours = {each.number: each.checksum for each in migrating.read()}
    for number, checksum in about.migrations:
        if ours.get(number) != checksum:
            raise Unusable(
                f"the backup was made by another fedcomm ({about.fedcomm}, migration {number}): take that, or a newer"
            )
    return len(about.migrations)


async def restore(
    config: Config,
    url: str,
    store: Store,
    path: Path,
    *,
    leaves: Sequence[str],
    names: fact_queue.Names,
    as_it_was: bool,
    now: datetime,
) -> Restored:
    """Bring a backup back. All or nothing: the rows come last, in one transaction, and the place stays empty before.

    `leaves`: consequences that tell others, of all in `names`. `as_it_was`: nothing has happened since the backup.
    Raises Unusable, migrating.Refused, database.Down, StoreAway.
    """
    about, contents = archive.verify(path)
    check_place(config, about, contents, now=now)
    last = check_migrations(about)
    await check_empty(url, now=now)
    _secret(path, config.secret_file)
    files = await _files(path, store)
    db = await database.connect(url)
    try:
        async with db.transaction():
            await tables.clear(db)
            await migrating.migrate_over(db, until=last)
            await _rows(db, path, about.tables, contents.rows)
            await migrating.migrate_over(db)
            kept_back = await _settle(db, about.made_at, leaves, names, as_it_was=as_it_was, now=now)
        await db.execute("ANALYZE")
    finally:
        await db.close()
    return Restored(
        made_at=about.made_at,
        rows=sum(contents.rows.values()),
        files=files,
        missing_media=contents.missing_media,
        kept_back=kept_back,
    )


async def _rows(db: OwnConnection, path: Path, of: Mapping[str, Sequence[str]], counts: Mapping[str, int]) -> None:
    files = dict.fromkeys(await tables.load(db, of), False)
    for name, file in archive.members(path, archive.TABLES):
        table = name.removeprefix(archive.TABLES).removesuffix(archive.TABLE_END)
        files[table] = True
        if await tables.copy_in(db, table, of[table], file) != counts[table]:
            raise Unusable(f"not all rows of {table} came back")
    if not all(files.values()):
        raise Unusable("not all tables are in the backup")


def _secret(path: Path, place: Path) -> None:
    """Put the secret where it belongs. Raises Unusable (another one lies there)."""
    for _, file in archive.members(path, archive.SECRET):
        secret = file.read()
        if place.exists():
            if place.read_bytes() != secret:
                raise Unusable(f"{place} is the secret of another database: move it away first")
            return
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as made:
            made.write(secret)


async def _files(path: Path, store: Store) -> int:
    count = 0
    for name, file in archive.members(path, archive.MEDIA):
        stored = name.removeprefix(archive.MEDIA)
        if not NAME.fullmatch(stored):
            raise Unusable(f"{path} is damaged: {name!r} is no name of a file")
        await store.put_file(stored, file)
        count += 1
    return count


async def _settle(
    db: Connection,
    made_at: datetime,
    leaves: Sequence[str],
    names: fact_queue.Names,
    *,
    as_it_was: bool,
    now: datetime,
) -> dict[str, int]:
    """Note that a backup was brought back, and keep back what was done since it was made."""
    details = {"made_at": made_at.isoformat(), "as_it_was": as_it_was}
    await audit.write(db, None, "restore backup", "instance", details=details, now=now)
    await exports.forget_finished(db)
    if as_it_was:
        return {}
    why = f"waited when the backup of {made_at:%Y-%m-%d %H:%M} UTC was made"
    await queues.hold_deliveries(db, f"{queues.RESTORED}{made_at:%Y-%m-%d %H:%M} UTC", now=now)
    while (await fact_queue.expand(db, names, now=now)).facts:
        pass
    kept_back = {
        "consequences": await fact_queue.give_up_waiting(db, leaves, why, now=now),
        "deliveries": await steering.give_up(db, steering.ALL, why=why, now=now),
        "mail": await mail_queue.give_up_waiting(db, why, now=now),
        "scheduled posts": await _keep_scheduled(db, now=now),
    }
    await push_queue.forget(db, before=now)
    await logins.end_everybodys_access(db)
    await db.execute(
        """
        INSERT INTO restoration (restored_at, backup_at, next_post_id, last_post_id)
        VALUES ($1, $2, $3, $4)
        """,
        now,
        made_at,
        ids.lowest(now),
        ids.lowest(made_at - LOOKED_BACK),
    )
    return kept_back


async def _keep_scheduled(db: Connection, *, now: datetime) -> int:
    """Posts whose time has come: their authors look whether they were published, and choose another time."""
    waiting = await scheduled.overdue(db, now=now)
    for each in waiting:
        _ = i18n.translator((await logins.of(db, each.account_id)).locale).gettext
        told = _("This server was brought back from a backup: it may have been published already.")
        await scheduled.fail(db, each, told, now=now)
    return len(waiting)


async def looking(db: Connection) -> Looking | None:
    """How far looking again at what others wrote has come; None when there is nothing to look at."""
    row = await db.fetchrow(
        """
        SELECT restored_at, next_post_id, last_post_id
          FROM restoration
         WHERE looked_at IS NULL
         ORDER BY restored_at DESC
         LIMIT 1
        """
    )
    return Looking(**row) if row else None


async def looked(db: Connection, at: Looking, next_post_id: int | None, *, now: datetime) -> None:
    """Go on below this post next time; None: that was all."""
    await db.execute(
        """
        UPDATE restoration
           SET next_post_id = coalesce($2, next_post_id),
               looked_at = CASE WHEN $2::bigint IS NULL THEN $3::timestamptz END
         WHERE restored_at = $1
        """,
        at.restored_at,
        next_post_id,
        now,
    )
