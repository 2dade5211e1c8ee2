"""The worker that puts archives together: one at a time in a process, bounded, and taken up again after a crash."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from fedcomm.accounts import logins, lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, Down, Pool
from fedcomm.durations import Durations
from fedcomm.errors import NotFound
from fedcomm.jobs.rounds import until_stopped
from fedcomm.media.storage import Store, StoreAway, StoreFull
from fedcomm.portability import exports, of_group, of_instance, personal
from fedcomm.portability.exports import Export
from fedcomm.portability.packing import NoRoom, Packing
from fedcomm.portability.personal import Scribe, Sources

TELLS_EVERY_S = 2.0

log = logging.getLogger(__name__)


class Lost(Exception):
    """Another process has it now, or nobody wants it any more."""


class LongWork:
    """A loop that takes one piece of long work after the other."""

    def __init__(self, name: str, durations: Durations) -> None:
        self._name = name
        self._durations = durations

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way then is handed back."""
        await until_stopped(stop, self._round, pause=self._durations.polling)

    async def settle(self) -> bool:
        """Do all that waits; True when there was something."""
        found = False
        while await self.do_next():
            found = True
        return found

    async def do_next(self) -> bool:
        """Take up one piece; False when nothing waits."""
        return False

    async def _round(self) -> bool:
        try:
            return await self.do_next()
        except (Down, StoreAway) as away:
            log.warning("%s: put off error=%s", self._name, away)
        except Exception:  # the loop goes on whatever happens (R007); a lease runs out, and it is tried again
            log.exception("%s: a round failed", self._name)
        return False


class Exporting(LongWork):
    """Works at what `exports` says is waiting. `folder`: where it may write meanwhile."""

    def __init__(
        self,
        pool: Pool,
        transaction: Callable[[], AbstractAsyncContextManager[Connection]],
        store: Store,
        scribe: Scribe,
        folder: Path,
        durations: Durations,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__("exports", durations)
        self._pool = pool
        self._transaction = transaction
        self._store = store
        self._sources = Sources(pool.connection, store, scribe)
        self._folder = folder
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way then is handed back."""
        await asyncio.to_thread(self._clear)
        await super().run(stop)

    async def do_next(self) -> bool:
        """Put one together."""
        async with self._pool.transaction() as db:
            found = await exports.claim(db, lease=self._lease, now=self._now())
        if found is None:
            return False
        path = self._folder / f"{found.id}-{found.lease_token}.zip"
        try:
            await self._make(found, path)
        except Lost:
            log.info("export is another's now id=%d", found.id)
        except (NoRoom, StoreFull, NotFound) as problem:
            log.warning("export failed id=%d error=%s", found.id, problem)
            async with self._pool.transaction() as db:
                await exports.fail(db, found)
        except (asyncio.CancelledError, StoreAway):
            async with self._pool.transaction() as db:
                await exports.hand_back(db, found)
            raise
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        return True

    @property
    def _lease(self) -> timedelta:
        return self._durations.long_work_lease

    async def _make(self, export: Export, path: Path) -> None:
        """From the database to a file in the store. Raises Lost, NoRoom, NotFound, StoreAway."""
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True, mode=0o700)
        async with self._pool.connection() as db:
            whose = await lookup.by_id(db, export.account_id)
            if whose is None or whose.state in ("pending", "deleted"):
                raise NotFound
            locale = (await logins.of(db, export.by_id)).locale
            all_count = await _count(db, export)
        telling = _Telling(self, export, all_count)
        into = Packing(path, now=self._now(), told=telling.tell)
        telling.into = into
        try:
            await self._fill(export, whose, locale, into, telling)
        finally:
            await into.close()
        size, file = await asyncio.to_thread(lambda: (path.stat().st_size, path.open("rb")))
        await self._keep(export, file, size, into.left_out, exports.PAGES[export.kind].format(handle=whose.handle))

    async def _fill(self, export: Export, whose: Account, locale: str, into: Packing, telling: "_Telling") -> None:
        if export.kind == "instance":
            pieces = of_instance.pack(self._sources, whose.handle_domain, into, now=self._now())
        elif export.kind == "group":
            pieces = of_group.pack(self._sources, whose, export.by_id, into)
        else:
            pieces = personal.pack(self._sources, whose, locale, into)
        async for _ in pieces:
            telling.done += 1
            await telling.tell()

    async def _keep(self, export: Export, file: BinaryIO, size: int, left_out: int, page: str) -> None:
        try:
            await self._store.put_file(export.file, file)
        finally:
            file.close()
        async with self._transaction() as db:
            is_wanted = await exports.finish(db, export, size=size, left_out=left_out, page=page, now=self._now())
        if not is_wanted:
            raise Lost

    async def note(self, export: Export, done: int, all_count: int, left_out: int) -> None:
        """Say how far one has come. Raises Lost."""
        async with self._pool.transaction() as db:
            is_ours = await exports.note(
                db, export, done=done, all_count=all_count, left_out=left_out, lease=self._lease, now=self._now()
            )
        if not is_ours:
            raise Lost

    def _clear(self) -> None:
        """Remove what processes that were killed left behind."""
        oldest = time.time() - 2 * self._lease.total_seconds()
        for left in self._folder.glob("*.zip"):
            if left.stat().st_mtime < oldest:
                left.unlink(missing_ok=True)


async def _count(db: Connection, export: Export) -> int:
    """How many pieces it has, about."""
    if export.kind == "instance":
        return await of_instance.count(db)
    return await (of_group if export.kind == "group" else personal).count(db, export.account_id)


class _Telling:
    """Tells every two seconds how far an export has come."""

    def __init__(self, exporting: Exporting, export: Export, all_count: int) -> None:
        self._exporting = exporting
        self._export = export
        self._all_count = all_count
        self._told_at = 0.0
        self.done = 0
        self.into: Packing | None = None

    async def tell(self) -> None:
        """Called after each piece. Raises Lost."""
        if time.monotonic() - self._told_at < TELLS_EVERY_S:
            return
        self._told_at = time.monotonic()
        left_out = self.into.left_out if self.into is not None else 0
        await self._exporting.note(self._export, min(self.done, self._all_count), self._all_count, left_out)
