"""The loop that brings notifications to apps, through push services: other servers, whose time is never waited for.

What is sent is written by one who knows how posts are shown (`Writer`), and carried by one who knows how other servers
are dialled (`Messenger`); no connection to the database is held meanwhile (R033). A service or member whose messages
hang holds up `AT_ONCE` of them, not those of others (P6).
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from fedcomm.database import Down, Pool
from fedcomm.durations import Durations
from fedcomm.jobs.rounds import ended, going_on
from fedcomm.jobs.waiting import Count, count_nothing, first_of, gather
from fedcomm.jobs.wakeups import Wakeups
from fedcomm.notifications import push_encryption, push_queue, push_subscriptions
from fedcomm.notifications.push_queue import Push
from fedcomm.notifications.vapid import Vapid

IN_ALL = 64
AT_ONCE = 4
"""To one push service, and for one member."""
KEPT_BY_SERVICES = timedelta(days=2)
"""How long a push service keeps a message for an app that is switched off."""

log = logging.getLogger(__name__)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one message. `wait`: how long the service asks to be left alone."""

    outcome: Literal["delivered", "gone", "refused", "later"]
    detail: str = ""
    wait: timedelta | None = None


class Writer(Protocol):
    """Writes what an app shows."""

    async def write(self, push: Push) -> bytes | None:
        """The message; None when there is nothing to tell any more. Raises Lost."""
        ...


class Lost(Exception):  # reads as a sentence where it is raised
    """The subscription cannot be served any longer: its token cannot be opened."""


class Messenger(Protocol):
    """Brings messages to push services, past the guard of addresses."""

    def origin(self, endpoint: str) -> str | None:
        """The origin of an endpoint that may be asked; None for any other address."""
        ...

    async def post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Told:
        """One message. Never raises for what the other side does."""
        ...


GATHER_S = 0.1
"""Who has several things to hear within that time hears them together; the bell rings for what is no push, too."""


class Pushing:
    """The loop of one worker process."""

    def __init__(
        self,
        pool: Pool,
        writer: Writer,
        messenger: Messenger,
        vapid: Vapid,
        wakeups: Wakeups,
        durations: Durations,
        now: Callable[[], datetime],
        *,
        count: Count = count_nothing,
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._messenger = messenger
        self._vapid = vapid
        self._bell = wakeups.bell("pushes")
        self._durations = durations
        self._now = now
        self._count = count
        self._under_way: dict[asyncio.Task[None], Push] = {}
        self._something_ended = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Send what waits until `stop` is set, then let what is under way end, and hand back the rest."""
        while not stop.is_set():
            self._bell.clear()
            self._something_ended.clear()
            began = time.monotonic()
            async with going_on("pushes", stop, pause=self._durations.polling):
                if not await self._round():
                    polling = self._durations.polling.total_seconds()
                    await first_of(stop, self._bell, self._something_ended, at_most_s=polling)
                await gather(began, for_s=GATHER_S)
        await self._stop()

    async def settle(self) -> bool:
        """Send all that is due now; True when there was any."""
        found = False
        while True:
            self._something_ended.clear()
            if await self._round():
                found = True
            elif not self._under_way:
                return found
            else:
                await first_of(self._something_ended, at_most_s=1.0)

    async def _round(self) -> bool:
        free = IN_ALL - len(self._under_way)
        if free <= 0:
            return False
        async with self._pool.transaction() as db:
            claimed = await push_queue.claim(
                db,
                now=self._now(),
                lease=self._durations.work_limit * 1.2,
                most=free,
                at_once=AT_ONCE,
                busy=Counter(each.authority for each in self._under_way.values()),
                busy_for=Counter(each.account_id for each in self._under_way.values()),
            )
        for each in claimed:
            task = asyncio.create_task(self._do(each))
            self._under_way[task] = each
            task.add_done_callback(self._ended)
        return bool(claimed)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._something_ended.set()

    async def _do(self, push: Push) -> None:
        """One try. Whatever goes wrong is written to the row; only the loss of the database leaves it leased."""
        try:
            try:
                async with asyncio.timeout(self._durations.work_limit.total_seconds()):
                    told = await self._send(push)
            except Down:
                raise
            except Exception as mistake:  # ours, in what writes or seals the message: its row says so, and when next
                log.exception("push failed subscription=%d attempt=%d", push.subscription_id, push.attempts)
                told = Told(outcome="later", detail=f"{type(mistake).__name__}: {mistake}")
            await self._write(push, told)
        except Down as lost:
            log.warning("push stays leased subscription=%d error=%s", push.subscription_id, lost)

    async def _send(self, push: Push) -> Told:
        try:
            message = await self._writer.write(push)
        except Lost as lost:
            return Told(outcome="gone", detail=str(lost))
        if message is None:
            return Told(outcome="delivered")
        origin = self._messenger.origin(push.endpoint)
        if origin is None:
            return Told(outcome="gone", detail="its address may not be asked")
        seal = push_encryption.aes128gcm if push.is_standard else push_encryption.aesgcm
        sealed = seal(message, push.p256dh, push.auth)
        proof = await self._vapid.headers(origin, is_standard=push.is_standard, now=self._now())
        keys = [each["Crypto-Key"] for each in (sealed.headers, proof) if "Crypto-Key" in each]
        headers = {
            "TTL": str(int(KEPT_BY_SERVICES.total_seconds())),
            "Urgency": "normal",
            **sealed.headers,
            **proof,
            **({"Crypto-Key": ";".join(keys)} if keys else {}),
        }
        return await self._messenger.post(push.endpoint, headers, sealed.body)

    async def _write(self, push: Push, told: Told) -> None:
        waits = self._durations.push_retries
        is_tried_again = told.outcome == "later" and push.attempts <= len(waits)
        self._count("pushes", "done" if told.outcome == "delivered" else "later" if is_tried_again else "failed")
        if told.outcome != "delivered":
            log.info("push %s subscription=%d %s", told.outcome, push.subscription_id, told.detail)
        async with self._pool.transaction() as db:
            if told.outcome == "gone":
                await push_subscriptions.drop(db, push.subscription_id, push.endpoint)
            elif is_tried_again:
                wait = max(waits[push.attempts - 1], told.wait or timedelta(0))
                await push_queue.again(db, push, told.detail, due_at=self._now() + wait)
            else:
                await push_queue.finish(db, push)

    async def _stop(self) -> None:
        if unfinished := await ended(self._under_way, self._durations):
            async with self._pool.transaction() as db:
                for push in unfinished:
                    await push_queue.hand_back(db, push, now=self._now())
