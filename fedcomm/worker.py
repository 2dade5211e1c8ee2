"""The worker: loops that do what waits. In the server's own process, or in a process of its own.

Woken after commits, polling as fallback (decisions D5, D57). `stop` lets what is under way end within the limit and
hands back the rest, so that another process takes it up at once (R034).
"""

import asyncio
import logging
from typing import Protocol

from fedcomm.consequences import AT_ONCE, NARROW, by_fact_name
from fedcomm.http.context import Site, SiteWork
from fedcomm.http.finding import Finder
from fedcomm.http.metrics import Metrics
from fedcomm.jobs import backlog
from fedcomm.jobs.clock import Clock
from fedcomm.jobs.delivering import Carrier, Delivering
from fedcomm.jobs.doing import Doing
from fedcomm.jobs.interpreting import Interpreter, Interpreting
from fedcomm.jobs.mailing import Mailing
from fedcomm.mailbox.smtp import Postmen
from fedcomm.mailbox.writing import LetterWriter
from fedcomm.media.filming import Filming
from fedcomm.media.films import Films
from fedcomm.media.pictures import Pictures
from fedcomm.media.storage import Store
from fedcomm.notifications.pushing import Messenger, Pushing, Writer
from fedcomm.notifications.vapid import Vapid
from fedcomm.portability.importing import Importing
from fedcomm.portability.personal import Scribe, Sources
from fedcomm.portability.storing_archives import ArchiveStore, StoringArchives
from fedcomm.portability.unpacking import Unpacking
from fedcomm.portability.working import Exporting
from fedcomm.recurring import recurring

log = logging.getLogger(__name__)


class Loop(Protocol):
    """Work that is looked for until it is to stop."""

    async def run(self, stop: asyncio.Event, /) -> None:
        """Do what comes, until `stop`."""
        ...


class Queue(Loop, Protocol):
    """Work that can be done with at once, too."""

    async def settle(self) -> bool:
        """Do all that is due; True when there was any."""
        ...


class Worker:
    """All loops of one process over one site, which has been handed a `Carrier` and an `Interpreter`."""

    def __init__(self, site: Site) -> None:
        pool, bells, durations, now = site.pool, site.wakeups, site.durations, site.now
        count = site.service(Metrics).work
        self._site = site
        self.facts = Doing(
            pool,
            by_fact_name(),
            lambda at, transaction: SiteWork(site, now=at, transaction=transaction),
            bells,
            durations,
            now,
            narrow=NARROW,
            at_once=AT_ONCE,
            count=count,
        )
        self.inbox = Interpreting(pool, site.service(Interpreter), bells, durations, now, count=count)
        self.deliveries = Delivering(pool, site.service(Carrier), bells, durations, now, count=count)
        self.pushes = Pushing(
            pool,
            site.service(Writer),
            site.service(Messenger),
            site.service(Vapid),
            bells,
            durations,
            now,
            count=count,
        )
        self.mail = Mailing(
            pool,
            site.service(LetterWriter),
            site.service(Postmen).now,
            bells,
            durations,
            now,
            count=count,
        )
        self.films = Filming(
            pool,
            site.service(Store),
            site.service(Films),
            site.service(Pictures),
            site.config.folder / "films",
            durations,
            now,
        )
        self.exports = Exporting(
            pool,
            lambda: site.transaction(wakes="mail"),
            site.service(Store),
            site.service(Scribe),
            site.config.folder / "exports",
            durations,
            now,
        )
        self.imports = Importing(
            site.here, site.transaction, site.service(Finder).search, self._unpacking(site), durations, now
        )
        self.archives = self._storing_archives()
        self.clock = Clock(pool, recurring(site), bells, durations, now)
        self._queues: dict[str, Queue] = {
            "facts": self.facts,
            "inbox": self.inbox,
            "films": self.films,
            "exports": self.exports,
            "imports": self.imports,
            "deliveries": self.deliveries,
            "pushes": self.pushes,
            "mail": self.mail,
        }
        self._stop = asyncio.Event()
        self._running: list[asyncio.Task[None]] = []

    def _storing_archives(self) -> StoringArchives | None:
        """None where the operator named no store for them."""
        site = self._site
        if not site.has(ArchiveStore):
            return None
        return StoringArchives(
            site.pool,
            Sources(site.pool.connection, site.service(Store), site.service(Scribe)),
            site.service(ArchiveStore).store,
            site.config.folder / "exports",
            site.here.domain,
            site.durations,
            site.now,
            every=site.config.archives_every,
            keep=site.config.archives_kept,
        )

    @staticmethod
    def _unpacking(site: Site) -> Unpacking:
        folder = site.config.folder / "imports"
        return Unpacking(site.here, site.transaction, site.service(Store), site.service(Pictures), folder, site.now)

    def start(self) -> None:
        """Begin to work, until `stop`."""
        self._stop.clear()
        loops: dict[str, Loop] = {**self._queues, "clock": self.clock}
        if self.archives is not None:
            loops["archives"] = self.archives
        if not self._site.service(Films).accepted_types:
            del loops["films"]
        self._running = [
            asyncio.create_task(loop.run(self._stop), name=f"worker {name}") for name, loop in loops.items()
        ]

    async def stop(self) -> None:
        """Take nothing more, let what is under way end, hand back the rest."""
        self._stop.set()
        limit = self._site.durations.shutdown_limit.total_seconds() * 0.9
        if not self._running:
            return
        _, late = await asyncio.wait(self._running, timeout=limit)
        for task in late:
            log.warning("%s did not end in time; its leases run out", task.get_name())
            task.cancel()
        for outcome in await asyncio.gather(*self._running, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("the worker ended badly", exc_info=outcome)
        self._running = []

    async def settle(self) -> bool:
        """Do all that is due now and what follows from it; True when there was any. For tests, not while it runs."""
        found, busy = True, False
        while found:
            async with self._site.pool.connection() as db:
                present = await backlog.present(db)
            done = [await queue.settle() for name, queue in self._queues.items() if present[name]]
            found = any(done)
            busy = busy or found
        return busy
