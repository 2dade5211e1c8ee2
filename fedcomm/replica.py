"""A copy of the database for reads that may be a little late, while it is near enough (FEDCOMM_DATABASE_REPLICA_URL).

How far it is behind is told by places in the log of changes: now and then the place of the database is noted, and the
copy is as old as the newest noted place that it has reached. So a copy that hears nothing any more counts as old, too.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from fedcomm import database
from fedcomm.database import Connection, Down, Pool

POOL_SIZE = 8

log = logging.getLogger(__name__)


class Replica:
    """The way to the copy. Until `run` has found it near, and whenever it is not, reads go to the database itself."""

    def __init__(self, url: str, main: Pool, *, behind_at_most: timedelta, every: timedelta, pooler: bool) -> None:
        self._url = url
        self._main = main
        self._behind_at_most_s = behind_at_most.total_seconds()
        self._every_s = every.total_seconds()
        self._pooler = pooler
        self._pool: Pool | None = None
        self._places: deque[tuple[float, int]] = deque()
        """When the database was at which place of its log, oldest first."""
        self._reached_at: float | None = None
        """The copy has all that was there at this moment."""

    @property
    def is_near(self) -> bool:
        """Whether what is read there is not older than it may be."""
        return self._reached_at is not None and time.monotonic() - self._reached_at <= self._behind_at_most_s

    @asynccontextmanager
    async def connection_or(self, db: Connection) -> AsyncGenerator[Connection]:
        """A connection to the copy; `db`, which the caller holds, where the copy is late or away. Raises Down."""
        if self._pool is None or not self.is_near:
            yield db
            return
        try:
            late = await self._pool.take()
        except Down as down:
            self._lost(down)
            yield db
            return
        try:
            yield late
        except Down as down:
            self._lost(down)
            raise
        finally:
            await self._pool.give_back(late)

    async def run(self) -> None:
        """Look how far it is behind, again and again, for ever."""
        was_near = False
        while True:
            try:
                await self._look()
            except Down as down:
                self._lost(down)
            if self.is_near != was_near:
                was_near = self.is_near
                log.info("replica is %s", "near: searches read there" if was_near else "late or away: not read")
            await asyncio.sleep(self._every_s)

    async def close(self) -> None:
        """End its connections."""
        if self._pool is not None:
            await self._pool.close()

    async def _look(self) -> None:
        now = time.monotonic()
        async with self._main.connection() as db:
            self._places.append((now, await db.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint")))
        while self._places[0][0] < now - 2 * self._behind_at_most_s:
            self._places.popleft()
        if self._pool is None:
            self._pool = await database.open_pool(
                self._url, size=POOL_SIZE, pooler=self._pooler, name="fedcomm late reads"
            )
        async with self._pool.connection() as late:
            reached: int | None = await late.fetchval(
                "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint WHERE pg_is_in_recovery()"
            )
        if reached is None:  # it is no copy, or none any more: it may have other things in it
            self._reached_at = None
            return
        self._reached_at = max((at for at, place in self._places if place <= reached), default=None)

    def _lost(self, down: Down) -> None:
        if self._reached_at is not None:
            log.warning("replica not read error=%s", down)
        self._reached_at = None
