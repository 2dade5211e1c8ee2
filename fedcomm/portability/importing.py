"""The worker that takes over what members bring along: some lines at a time, politely, each line once (R005).

Who is not known here is looked up first, a few at a time and while no transaction is open; follows and blocks leave by
the deliveries like any other.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.durations import Durations
from fedcomm.errors import Refusal
from fedcomm.here import Here
from fedcomm.media.storage import StoreAway
from fedcomm.portability import bringing, imports
from fedcomm.portability.bringing import Doing
from fedcomm.portability.imports import Failure, Import, TaskLine
from fedcomm.portability.unpacking import Unpacking
from fedcomm.portability.working import LongWork
from fedcomm.threads import reading
from fedcomm.threads.model import Post

Found = Account | Post | None
Search = Callable[[str], Awaitable[Found]]
"""Finds what an address names, here or elsewhere; `app.py` hands in who can."""

AT_ONCE = 20
LOOKUPS_AT_ONCE = 4
WITHIN_S = 10.0

log = logging.getLogger(__name__)


class Importing(LongWork):
    """Works at what `imports` says is due."""

    def __init__(
        self,
        here: Here,
        transaction: Callable[[], AbstractAsyncContextManager[Connection]],
        search: Search,
        unpacking: Unpacking,
        durations: Durations,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__("imports", durations)
        self._here = here
        self._transaction = transaction
        self._search = search
        self._unpacking = unpacking
        self._now = now

    async def do_next(self) -> bool:
        """Take one step of one of them."""
        async with self._transaction() as db:
            task = await imports.claim(db, lease=self._durations.long_work_lease, now=self._now())
        if task is None:
            return False
        if task.attempts > imports.MOST_ATTEMPTS:
            log.warning("import step given up id=%d", task.id)
            async with self._transaction() as db:
                await imports.give_up(db, task, now=self._now())
            return True
        try:
            await self._go_on(task)
        except (asyncio.CancelledError, StoreAway):
            async with self._transaction() as db:
                await imports.put_down(db, task, due_at=self._now())
            raise
        return True

    async def _go_on(self, task: Import) -> None:
        async with self._transaction() as db:
            who = await lookup.by_id(db, task.account_id)
            if who is None or who.state != "active":
                await imports.put_down(db, task, due_at=self._now() + self._durations.keep_imports)
                return
        if task.state == "reading":
            await self._unpacking.read(task)
            return
        async with self._transaction() as db:
            lines = await imports.lines(db, task.id, "waiting" if task.state == "applying" else "done", limit=AT_ONCE)
            if not lines:
                ended = "applied" if task.state == "applying" else "undone"
                await imports.end(db, task, ended, now=self._now())
        if not lines:
            await self._unpacking.forget(task)
            return
        if task.kind == "archive":
            await self._unpacking.step(task, who, lines)
        else:
            await self._step(task, who, lines)
        async with self._transaction() as db:
            await imports.put_down(db, task, due_at=self._now() + self._durations.import_pause)

    async def _step(self, task: Import, who: Account, lines: Sequence[TaskLine]) -> None:
        met: Mapping[str, Found] = await self._meet(task, lines) if task.state == "applying" else {}
        for line in lines:
            async with self._transaction() as db:
                if not await imports.is_ours(db, task):
                    return
                await self._one(db, task, who, line, met)

    async def _meet(self, task: Import, lines: Sequence[TaskLine]) -> Mapping[str, Found]:
        """What lines name that has to be looked up, a few at a time; None for what nobody finds."""
        if task.kind == "domain_blocks":
            return {}
        async with self._transaction() as db:
            known = {line.subject for line in lines if await self._known(db, task, line) is not None}
        turns = asyncio.Semaphore(LOOKUPS_AT_ONCE)

        async def look_up(subject: str) -> tuple[str, Found]:
            async with turns:
                try:
                    async with asyncio.timeout(WITHIN_S):
                        return subject, await self._search(subject if task.kind == "bookmarks" else f"@{subject}")
                except TimeoutError:
                    return subject, None

        wanted = {line.subject for line in lines} - known
        return dict(await asyncio.gather(*map(look_up, sorted(wanted))))

    async def _known(self, db: Connection, task: Import, line: TaskLine) -> Found:
        if line.target_id is not None:
            is_post = task.kind == "bookmarks"
            return await reading.find(db, line.target_id) if is_post else await lookup.by_id(db, line.target_id)
        if task.kind == "bookmarks":
            return await reading.by_uri(db, line.subject)
        handle, _, domain = line.subject.partition("@")
        return await lookup.by_handle(db, handle, domain)

    async def _one(self, db: Connection, task: Import, who: Account, line: TaskLine, met: Mapping[str, Found]) -> None:
        found = await self._known(db, task, line) or met.get(line.subject)
        doing = Doing(
            db=db,
            here=self._here,
            who=who,
            line=line,
            now=self._now(),
            target=found if isinstance(found, Account) else None,
            post=found if isinstance(found, Post) else None,
        )
        is_there = {"domain_blocks": True, "bookmarks": doing.post is not None}.get(task.kind, doing.target is not None)
        target_id = found.id if found is not None else None
        why: Failure | None = None if is_there else "unknown"
        before: bringing.Before | None = None
        if is_there:
            try:
                async with db.transaction():
                    if task.state == "applying":
                        before = await bringing.apply(task.kind, doing)
                    else:
                        await bringing.take_back(task.kind, doing)
            except Refusal as refused:
                log.info("import line refused id=%d number=%d reason=%s", task.id, line.number, refused)
                why = "refused"
        if task.state == "undoing":
            await imports.note(db, task.id, line.number, "undone" if why is None else "failed", why=why)
        elif why is not None:
            await imports.note(db, task.id, line.number, "failed", target_id=target_id, why=why)
        else:
            state = "done" if before is not None else "as before"
            await imports.note(db, task.id, line.number, state, target_id=target_id, before=before)
