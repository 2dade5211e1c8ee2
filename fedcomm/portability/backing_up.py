"""All of an instance in one file: rows, secret and uploaded files, as they stood at one moment (product 24; C20)."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from fedcomm import __version__, database
from fedcomm.backups import archive, tables
from fedcomm.backups.archive import About, Contents, Unusable
from fedcomm.config import Config
from fedcomm.database import OwnConnection
from fedcomm.media import sweeping
from fedcomm.media.storage import Store


async def back_up(
    config: Config, url: str, store: Store, path: Path, *, with_media: bool = True, now: datetime
) -> Contents:
    """Write a backup while the instance runs, and read it again. `url` goes around a pooler.

    The rows are of one moment; they may be those of an older version, which are brought up to date when they come
    back. A file that is uploaded after that moment is left out, as nothing in the rows knows of it.
    Raises Unusable (exists, or not written well), database.Down, StoreAway, OSError.
    """
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        room = Path(folder) / "piece"
        async with _one_moment(url) as db:
            if await tables.is_empty(db):
                raise Unusable("nobody lives in this database: there is nothing to back up")
            about = About(
                format=archive.FORMAT,
                fedcomm=__version__,
                domain=config.here.domain,
                base_url=config.base_url,
                made_at=now,
                migrations=await tables.applied(db),
                tables=await tables.columns(db),
                has_media=with_media,
            )
            with archive.writing(path, about) as writer:
                for name, columns in about.tables.items():
                    writer.rows[name] = await _table(db, writer, name, columns, room)
                names = [*await sweeping.shown(db), *await sweeping.unfinished(db)] if with_media else []
                await db.execute("COMMIT")  # files never change under their names: no need to hold the rows longer
                if config.secret_file.exists():
                    with config.secret_file.open("rb") as secret:
                        writer.add(archive.SECRET, cast(BinaryIO, secret))
                for name in names:
                    if not await _file(store, writer, name, room):
                        writer.missing_media.append(name)
    _, contents = archive.verify(path)
    return contents


@asynccontextmanager
async def _one_moment(url: str) -> AsyncGenerator[OwnConnection]:
    db = await database.connect(url)
    try:
        await db.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield db
    finally:
        await db.close()


async def _table(db: OwnConnection, writer: archive.Writer, name: str, columns: tuple[str, ...], room: Path) -> int:
    with room.open("w+b") as file:
        count = await tables.copy_out(db, name, columns, file)
        writer.add(f"{archive.TABLES}{name}{archive.TABLE_END}", file)
    return count


async def _file(store: Store, writer: archive.Writer, name: str, room: Path) -> bool:
    if not await store.copy(name, room):
        return False
    with room.open("rb") as file:
        writer.add(f"{archive.MEDIA}{name}", file)
    return True
