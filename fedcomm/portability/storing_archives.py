"""The worker that makes an archive of the whole instance when it is time, and puts it into the operator's own store."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from fedcomm import audit
from fedcomm.database import Pool
from fedcomm.durations import Durations
from fedcomm.jobs.rounds import until_stopped
from fedcomm.media.storage import Store, StoreAway
from fedcomm.portability import of_instance, stored_archives
from fedcomm.portability.packing import NoRoom, Packing
from fedcomm.portability.personal import Sources
from fedcomm.portability.stored_archives import StoredArchive
from fedcomm.portability.working import TELLS_EVERY_S, LongWork, Lost

AS_MUCH_AS_FITS = 2**62
"""Only the disk bounds what an operator has put together."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ArchiveStore:
    """The operator's own store, where one is named."""

    store: Store


class StoringArchives(LongWork):
    """Makes them, and removes what is more than `keep`. `folder`: where one grows before it is stored."""

    def __init__(
        self,
        pool: Pool,
        sources: Sources,
        target: Store,
        folder: Path,
        domain: str,
        durations: Durations,
        now: Callable[[], datetime],
        *,
        every: timedelta,
        keep: int,
    ) -> None:
        super().__init__("archives", durations)
        self._pool = pool
        self._sources = sources
        self._target = target
        self._folder = folder
        self._domain = domain
        self._lease = durations.long_work_lease
        self._looks_each = durations.scheduled_posts
        self._now = now
        self._every = every
        self._keep = keep
        self._told_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Look now and then until `stop` is set."""
        await until_stopped(stop, self._round, pause=self._looks_each)

    async def do_next(self) -> bool:
        """Make one, if it is time."""
        async with self._pool.transaction() as db:
            found = await stored_archives.claim(db, every=self._every, lease=self._lease, now=self._now())
        if found is None:
            return False
        path = self._folder / f"stored-{found.id}.zip"
        try:
            await self._make(found, path)
        except Lost:
            log.warning("a stored archive was given up meanwhile id=%d", found.id)
        except (NoRoom, StoreAway, OSError) as problem:
            log.warning("a stored archive failed id=%d error=%s", found.id, problem)
            await self._fail(found, str(problem))
        except asyncio.CancelledError:
            await self._fail(found, stored_archives.ENDED_EARLY)
            raise
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        await self._remove_old()
        return True

    async def _make(self, archive: StoredArchive, path: Path) -> None:
        """From the database to the operator's store. Raises Lost, NoRoom, StoreAway, OSError."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True, mode=0o700)

        async def told() -> None:
            await self._go_on(archive)

        into = Packing(path, now=self._now(), told=told, most=AS_MUCH_AS_FITS)
        try:
            async for _ in of_instance.pack(self._sources, self._domain, into, now=self._now()):
                await told()
        finally:
            await into.close()
        size = (await asyncio.to_thread(path.stat)).st_size
        await self._put(archive, path)
        async with self._pool.transaction() as db:
            await stored_archives.finish(db, archive, size=size, left_out=into.left_out, now=self._now())
            await audit.write(db, None, "store archive", self._domain, details={"file": archive.file}, now=self._now())

    async def _put(self, archive: StoredArchive, path: Path) -> None:
        """Bring it there, which may take long, and say meanwhile that somebody is at it."""
        file = await asyncio.to_thread(path.open, "rb")
        try:
            putting = asyncio.ensure_future(self._target.put_file(archive.file, file))
            try:
                while not putting.done():
                    await asyncio.wait((putting,), timeout=TELLS_EVERY_S)
                    await self._go_on(archive)
                await putting
            finally:
                putting.cancel()
        finally:
            file.close()

    async def _go_on(self, archive: StoredArchive) -> None:
        if time.monotonic() - self._told_at < TELLS_EVERY_S:
            return
        self._told_at = time.monotonic()
        async with self._pool.transaction() as db:
            is_ours = await stored_archives.go_on(db, archive, lease=self._lease, now=self._now())
        if not is_ours:
            raise Lost

    async def _fail(self, archive: StoredArchive, error: str) -> None:
        async with self._pool.transaction() as db:
            await stored_archives.fail(db, archive, error, now=self._now())

    async def _remove_old(self) -> None:
        """Keep the newest only; what the store does not remove now goes next time."""
        async with self._pool.connection() as db:
            found = await stored_archives.too_many(db, keep=self._keep)
        gone: list[int] = []
        try:
            for each in found:
                await self._target.delete(each.file)
                gone.append(each.id)
        except (StoreAway, OSError) as problem:
            log.warning("old archives stay for now error=%s", problem)
        async with self._pool.transaction() as db:
            await stored_archives.removed(db, gone, now=self._now())
