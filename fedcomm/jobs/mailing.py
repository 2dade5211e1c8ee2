"""The loop that sends mail: a few letters at a time, each in a connection of its own to the one mail server.

What a letter says is written by one who knows its texts (`Writer`), and carried by one who speaks SMTP (`Postman`); no
connection to the database is held meanwhile (R033). A worker that dies between the server's yes and our note of it
sends the letter once more, with the same Message-ID.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Literal, Protocol

import msgspec

from fedcomm.database import Down, Pool
from fedcomm.durations import Durations
from fedcomm.jobs import mail_queue
from fedcomm.jobs.mail_queue import Mail
from fedcomm.jobs.rounds import Pulse, ended, going_on
from fedcomm.jobs.waiting import Count, count_nothing, first_of
from fedcomm.jobs.wakeups import Wakeups

AT_ONCE = 4
NO_SERVER = "no mail server is configured (FEDCOMM_SMTP_URL)"
EXPIRED = "could not be sent while it was of use"

log = logging.getLogger(__name__)


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of handing a letter over.

    `refused`: never again. `later`: the server may take it another time. `away`: the server itself is not as it should
    be. `is_about_address`: it was the recipient whom the server would not have, so it counts as a bounce.
    """

    outcome: Literal["sent", "refused", "later", "away"]
    answer: str = ""
    is_about_address: bool = False


class Writer(Protocol):
    """Writes letters."""

    async def write(self, mail: Mail) -> EmailMessage | None:
        """The letter; None when nobody has use for it any more."""
        ...


class Postman(Protocol):
    """Brings letters to the mail server."""

    async def post(self, message: EmailMessage) -> Handed:
        """One letter. Never raises for what the other side does."""
        ...


class Mailing:
    """The loop of one worker process. Without a postman what is to be mailed is dropped, with the reason."""

    def __init__(
        self,
        pool: Pool,
        writer: Writer,
        postman: Callable[[], Postman | None],
        wakeups: Wakeups,
        durations: Durations,
        now: Callable[[], datetime],
        *,
        count: Count = count_nothing,
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._postman = postman
        self._bell = wakeups.bell("mail")
        self._durations = durations
        self._now = now
        self._count = count
        self._pulse = Pulse(pool, "mail", durations, now)

    async def run(self, stop: asyncio.Event) -> None:
        """Send what waits until `stop` is set, then let what is under way end, and hand back the rest."""
        while not stop.is_set():
            self._bell.clear()
            async with going_on("mail", stop, pause=self._durations.polling):
                if not await self._round(stop):
                    await first_of(stop, self._bell, at_most_s=self._durations.polling.total_seconds())
                await self._pulse.beat()

    async def settle(self) -> bool:
        """Send all that is due now; True when there was any."""
        found = False
        while await self._round(asyncio.Event()):
            found = True
        return found

    async def _round(self, stop: asyncio.Event) -> bool:
        async with self._pool.transaction() as db:
            claimed = await mail_queue.claim(db, now=self._now(), lease=self._durations.mail_limit * 2, most=AT_ONCE)
        under_way = {asyncio.create_task(self._do(each)): each for each in claimed}
        all_done = asyncio.Event()
        for task in under_way:
            task.add_done_callback(lambda done: all_done.set() if all(each.done() for each in under_way) else None)
        if under_way:
            longest = self._durations.mail_limit.total_seconds() * 2
            await first_of(stop, all_done, at_most_s=longest)
        for mail in await ended({task: mail for task, mail in under_way.items() if not task.done()}, self._durations):
            async with self._pool.transaction() as db:
                await mail_queue.hand_back(db, mail, now=self._now())
        return bool(claimed)

    async def _do(self, mail: Mail) -> None:
        """One try. Whatever goes wrong is written to the row; only the loss of the database leaves it leased."""
        try:
            try:
                handed = await self._send(mail)
            except Down:
                raise
            except Exception as mistake:  # ours, in what writes the letter: its row says so, and when next
                log.exception("mail failed id=%d kind=%s attempt=%d", mail.id, mail.kind, mail.attempts)
                handed = Handed(outcome="away", answer=f"{type(mistake).__name__}: {mistake}")
            if handed is not None:
                await self._note(mail, handed)
        except Down as lost:
            log.warning("mail stays leased id=%d error=%s", mail.id, lost)

    async def _send(self, mail: Mail) -> Handed | None:
        postman = self._postman()
        if postman is None:
            return await self._drop(mail, NO_SERVER)
        if mail.expires_at <= self._now():
            return Handed(outcome="later", answer=EXPIRED)
        async with asyncio.timeout(self._durations.mail_limit.total_seconds() * 1.5):
            message = await self._writer.write(mail)
            if message is None:
                return await self._drop(mail, "")
            return await postman.post(message)

    async def _drop(self, mail: Mail, why: str) -> None:
        async with self._pool.transaction() as db:
            await mail_queue.finish(db, mail, "dropped", why, now=self._now())

    async def _note(self, mail: Mail, handed: Handed) -> None:
        now = self._now()
        due_at = now + self._wait(mail)
        is_tried_again = handed.outcome in ("later", "away") and due_at < mail.expires_at
        self._count("mail", "done" if handed.outcome == "sent" else "later" if is_tried_again else "failed")
        if handed.outcome != "sent":  # the server's answer may name the address: it stands in the row, not in the log
            log.info("mail %s id=%d kind=%s attempt=%d", handed.outcome, mail.id, mail.kind, mail.attempts)
        async with self._pool.transaction() as db:
            if is_tried_again:
                await mail_queue.again(db, mail, handed.answer, due_at=due_at)
                return
            is_sent = handed.outcome == "sent"
            is_mine = await mail_queue.finish(db, mail, "sent" if is_sent else "failed", handed.answer, now=now)
            if is_mine and handed.is_about_address and not is_sent:
                await mail_queue.bounced(db, mail, is_hard=handed.outcome == "refused", now=now)
        self._pulse.succeeded_at = now

    def _wait(self, mail: Mail) -> timedelta:
        waits = self._durations.mail_retries
        return waits[min(mail.attempts, len(waits)) - 1]
