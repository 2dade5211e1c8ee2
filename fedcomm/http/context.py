"""The running instance, as every endpoint and the worker see it."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from starlette.requests import Request

from fedcomm import mail_server, settings
from fedcomm.config import Config
from fedcomm.database import Connection, Down, Few, Pool
from fedcomm.database_urls import Urls
from fedcomm.durations import Durations
from fedcomm.here import Here
from fedcomm.http import once_more
from fedcomm.jobs.wakeups import Queue, Wakeups
from fedcomm.jobs.work import Work
from fedcomm.replica import Replica
from fedcomm.sealing import Seal
from fedcomm.settings import Settings
from fedcomm.smtp_address import SmtpAddress

log = logging.getLogger(__name__)

Service = TypeVar("Service")
Clock = Callable[[], datetime]


def clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


QUICK_AT_ONCE = max(4, os.cpu_count() or 1)
"""Measured on two cores with 16 clients: 2 or 4 connections take a third less CPU for a home than 16."""


class Site:
    """One running instance: its configuration, its database, and what the rooms above it were handed at start."""

    def __init__(
        self,
        config: Config,
        pool: Pool,
        first_settings: Settings,
        *,
        now: Clock = clock,
        urls: Urls | None = None,
        processes: int = 1,
    ) -> None:
        self.config = config
        self.durations: Durations = config.durations
        self.here: Here = config.here
        self.pool = pool
        self.urls = urls
        self.processes = processes
        self.settings = first_settings
        self.mail_server: SmtpAddress | None = config.smtp
        """Where mail leaves; None: nowhere."""
        self._sealed_mail_server = ""
        self.wakeups = Wakeups()
        self.now = now
        self._services: dict[object, object] = {}
        self._quick = Few(pool, QUICK_AT_ONCE)
        self.replica: Replica | None = None

    @asynccontextmanager
    async def transaction(self, *, wakes: Queue | tuple[Queue, ...] = "facts") -> AsyncGenerator[Connection]:
        """A transaction; after its commit the worker is woken for the queues it may have written to.

        The inbox says `wakes="inbox"`. Whoever only reads takes `read`. Raises database.Down.
        """
        async with self.pool.transaction() as db:
            yield db
        once_more.note_commit()
        self.wakeups.ring(*((wakes,) if isinstance(wakes, str) else wakes))

    def read(self) -> AbstractAsyncContextManager[Connection]:
        """A connection for reading; each statement sees what is committed when it starts. Raises database.Down."""
        return self.pool.connection()

    def quick_read(self) -> AbstractAsyncContextManager[Connection]:
        """The same for the pages that are read most, whose statements are short and of a known cost.

        Nothing is waited for inside but the database. Raises database.Down.
        """
        return self._quick.connection()

    def read_late(self, db: Connection) -> AbstractAsyncContextManager[Connection]:
        """Where something may be looked for that changed a moment ago: a copy of the database, else `db` itself.

        For ids only: what they stand for is read from the database, where it may be gone meanwhile (D63).
        """
        return self.replica.connection_or(db) if self.replica is not None else nullcontext(db)

    @property
    def sends_mail(self) -> bool:
        """Whether a mail server is configured."""
        return self.mail_server is not None

    async def look_for_mail_server(self) -> None:
        """The mail server that the operator named, or that a page set. One that another secret sealed is none."""
        if self.config.smtp is not None:
            self.mail_server = self.config.smtp
        elif self.settings.mail_server != self._sealed_mail_server:
            self._sealed_mail_server = self.settings.mail_server
            self.mail_server = await mail_server.opened(self.service(Seal), self.settings.mail_server, self.here.domain)

    async def reload_settings(self) -> None:
        """Read the settings again: after they were changed, and from time to time, as others may change them."""
        async with self.read() as db:
            self.settings = await settings.load(db, self.config)
        await self.look_for_mail_server()

    async def keep_settings_fresh(self, every_s: float) -> None:
        """Read the settings again and again, for ever."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.reload_settings()
            except Down as down:
                log.warning("settings not read again error=%s", down)

    def provide(self, kind: type[Service], service: Service) -> None:
        """Hand in something an upper room built, under its class (`app.py` does so at start)."""
        self._services[kind] = service

    def service(self, kind: type[Service]) -> Service:
        """What was handed in under this class. Raises LookupError, which is a mistake in `app.py`."""
        found = self._services.get(kind)
        if found is None:
            raise LookupError(f"no {kind.__name__} was handed to this site")
        return cast("Service", found)

    def has(self, kind: type[object]) -> bool:
        """Whether something was handed in under this class."""
        return kind in self._services


def site(request: Request) -> Site:
    """The instance a request came to."""
    return cast("Site", cast("dict[str, Any]", request.scope)["site"])


class SiteWork(Work):
    """The work of a consequence that needs the running instance: what sends to other servers."""

    def __init__(
        self,
        here: Site,
        *,
        now: datetime,
        transaction: Callable[[], AbstractAsyncContextManager[Connection]],
    ) -> None:
        super().__init__(here.here, now=now, transaction=transaction)
        self.site = here
