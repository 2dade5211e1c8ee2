"""A database with the loops of one worker over it, sending for real over HTTP."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

from fedcomm import database, ids
from fedcomm.database import Connection, Pool
from fedcomm.durations import Durations
from fedcomm.jobs import delivery_queue
from fedcomm.jobs.delivering import Delivering, Room
from fedcomm.jobs.delivery_queue import Letter, Row
from fedcomm.jobs.turns import Answer
from fedcomm.jobs.wakeups import Wakeups
from federation.delivery import Deliverer
from federation.outside import Outside
from federation.signatures.claims import Scheme
from federation.signatures.digests import sha256
from federation.signatures.signing import SigningKey, sign_request
from tests import keys

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Time:
    """A clock that a test moves."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, time: timedelta) -> datetime:
        """Let time pass."""
        self.at += time
        return self.at


@dataclass(frozen=True, slots=True)
class Sender:
    """An account of ours, as far as the queue needs it."""

    id: int


class RealCarrier:
    """Signs with a key of the pool and POSTs over real HTTP."""

    def __init__(self, now: Time) -> None:
        outside = Outside(allow_networks=[ip_network("127.0.0.0/8")], allow_http=True, allow_local_names=True)
        self._deliverer = Deliverer(
            outside, tls=ssl.create_default_context(), user_agent="fedcomm tests", seconds=3, clock=now
        )
        self._key = SigningKey("http://localhost/u/ada#main-key", keys.rsa_key(0))
        self._now = now

    async def carry(self, letter: Letter, row: Row) -> Answer:
        """One delivery."""

        async def sign(url: str, scheme: Scheme, accept_signature: str | None) -> dict[str, str]:
            return dict(
                sign_request(
                    self._key,
                    method="POST",
                    url=url,
                    now=self._now(),
                    body_sha256=sha256(letter.body),
                    scheme=scheme,
                )
            )

        came = await self._deliverer.deliver(row.inbox_url, letter.body, sign=sign, last_status=row.last_status)
        return Answer(
            came.outcome.value,
            came.blame.value,
            came.detail,
            status=came.status,
            retry_after=came.retry_after if came.peer_waits else None,
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._deliverer.close()


class Office:
    """A delivery loop and its database."""

    def __init__(self, pool: Pool, url: str, carrier: RealCarrier, now: Time, durations: Durations) -> None:
        self.pool = pool
        self.url = url
        self.now = now
        self.durations = durations
        self.wakeups = Wakeups()
        self.carrier = carrier
        self.delivering = self.worker()

    def worker(self, *, room: Room | None = None, wakeups: Wakeups | None = None) -> Delivering:
        """A further worker on the same database."""
        return Delivering(self.pool, self.carrier, wakeups or self.wakeups, self.durations, self.now, room=room)

    async def post(
        self,
        inboxes: Iterable[tuple[str, str]],
        *,
        order_key: int = 1,
        object_key: int = 0,
        type: str = "Create",
        due_at: datetime | None = None,
    ) -> int:
        """Enqueue an activity; returns its id."""
        activity_id = ids.new(self.now())
        async with self.pool.transaction() as db:
            await delivery_queue.enqueue(
                db,
                actor=Sender(1),
                uri=f"http://localhost/a/{activity_id}",
                type=type,
                body=b'{"id": "http://localhost/a/%d"}' % activity_id,
                post_id=None,
                is_public=True,
                inboxes=inboxes,
                order_key=order_key,
                object_key=object_key,
                activity_id=activity_id,
                now=self.now(),
                due_at=due_at,
            )
        self.wakeups.ring("deliveries")
        return activity_id

    async def count(self, table: str) -> int:
        """Rows of one of the delivery tables."""
        tables = {
            "pending": "SELECT count(*) FROM pending_delivery",
            "done": "SELECT count(*) FROM done_delivery",
            "failed": "SELECT count(*) FROM failed_delivery",
            "leased": "SELECT count(*) FROM delivery_peer WHERE lease_token IS NOT NULL",
        }
        async with self.pool.connection() as db:
            return await db.fetchval(tables[table])


@asynccontextmanager
async def office(url: str, *, at: datetime | None = None, durations: Durations | None = None) -> AsyncGenerator[Office]:
    """A database and the loop over it, closed afterwards."""
    pool = await database.open_pool(url)
    now = Time(at or NOON)
    carrier = RealCarrier(now)
    try:
        yield Office(pool, url, carrier, now, durations or QUICK)
    finally:
        await carrier.close()
        await pool.close()


QUICK = replace(Durations(), delivery_limit=timedelta(seconds=3))


async def until(db: Connection, query: str, wanted: object, *, within: float = 5.0) -> None:
    """Wait until a query has an answer. Raises AssertionError with the last one."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + within
    while (found := await db.fetchval(query)) != wanted:
        assert loop.time() < ends, f"{query}: {found!r} is not {wanted!r}"
        await asyncio.sleep(0.01)
