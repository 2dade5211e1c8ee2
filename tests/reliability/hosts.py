"""Remote servers that write down what comes to their inboxes, in the order of its arrival; and who reads us there.

The checker joins what was to be sent with what arrived: what is lost, what came twice, what came with other bytes.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from fedcomm import ids
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from tests.kit import Exchange, FakeServer, Seen, many


@dataclass(frozen=True, slots=True)
class Arrival:
    """One activity as it came to one inbox."""

    inbox: str
    seen: Seen

    @property
    def activity_id(self) -> str:
        """Its `id`."""
        found: str = self.seen.json()["id"]
        return found


class Hosts:
    """So many authorities, each with a shared inbox. They answer 202 after a while that a seed decides."""

    def __init__(self, servers: Sequence[FakeServer], chance: random.Random, slowest_s: float) -> None:
        self.servers = servers
        self.arrivals: list[Arrival] = []
        self._chance = chance
        self._slowest_s = slowest_s
        self._most: int | None = None
        self._known: dict[str, set[str]] = {}
        self._changed = asyncio.Event()
        for server in servers:
            server.on("/inbox", self._take, method="POST")

    @property
    def inboxes(self) -> list[str]:
        """Of all of them."""
        return [server.url("/inbox") for server in self.servers]

    def reached(self, activity_id: str) -> set[str]:
        """The inboxes that have it."""
        return self._known.get(activity_id, set())

    async def until_reached(self, activity_id: str, count: int, *, within: float) -> None:
        """Wait until so many have it. Raises AssertionError when it takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while len(self.reached(activity_id)) < count:
                    changed = self._changed
                    await changed.wait()
        reached = len(self.reached(activity_id))
        assert reached >= count, f"{reached} of {count} have it after {within} s"

    def take_at_most(self, count: int | None) -> None:
        """Let an activity reach so many inboxes; what comes for others waits, and is gone when its sender goes."""
        self._most = count
        self._tell()

    def copies(self, activity_id: str) -> Mapping[str, list[Seen]]:
        """All requests that brought it, by inbox."""
        found: dict[str, list[Seen]] = {}
        for arrival in self.arrivals:
            if arrival.activity_id == activity_id:
                found.setdefault(arrival.inbox, []).append(arrival.seen)
        return found

    async def _take(self, exchange: Exchange) -> None:
        arrival = Arrival(exchange.server.url(exchange.seen.target), exchange.seen)
        known = self._known.setdefault(arrival.activity_id, set())
        while arrival.inbox not in known and not self._has_room(known):  # whoever waited too may have taken it
            if not await self._is_still_there_when_something_changed(exchange):
                exchange.hang_up()
                return
        self.arrivals.append(arrival)
        known.add(arrival.inbox)
        self._tell()
        await asyncio.sleep(self._chance.uniform(0, self._slowest_s))
        await exchange.reply(202)

    def _has_room(self, known: set[str]) -> bool:
        return self._most is None or len(known) < self._most

    async def _is_still_there_when_something_changed(self, exchange: Exchange) -> bool:
        """Wait for a change; False when the sender has gone before."""
        gone = asyncio.ensure_future(exchange.until_gone())
        changed = asyncio.ensure_future(self._changed.wait())
        await asyncio.wait((gone, changed), return_when=asyncio.FIRST_COMPLETED)
        has_gone = gone.done()
        for each in (gone, changed):
            each.cancel()
        await asyncio.wait((gone, changed))
        return not has_gone

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


@asynccontextmanager
async def hosts(count: int, *, seed: int = 1, slowest_s: float = 0.0) -> AsyncGenerator[Hosts]:
    """So many authorities in this process, each a port of its own (D73)."""
    async with many(count) as servers:
        yield Hosts(servers, random.Random(seed), slowest_s)


async def readers(db: Connection, account: Account, servers: Iterable[FakeServer], *, now: datetime) -> int:
    """One follower of `account` at each of these servers, as rows: what a thousand accepted Follows leave behind.

    Real Follows take a fetch and an Accept each, which other tests send; here only their number matters.
    """
    people = [(ids.new(now), ids.new(now), server.base, server.authority) for server in servers]
    await db.execute(
        """
        INSERT INTO account (id, kind, is_local, handle, handle_key, handle_domain, authority, uri, url, inbox_url,
                             shared_inbox_url, followers_url, created_at, updated_at, fetched_at)
        SELECT id, 'person', false, 'rui', 'rui', authority, authority, base || '/users/rui', base || '/@rui',
               base || '/users/rui/inbox', base || '/inbox', base || '/users/rui/followers', $4, $4, $4
          FROM unnest($1::bigint[], $2::text[], $3::text[]) AS t (id, base, authority)
        """,
        [person[0] for person in people],
        [person[2] for person in people],
        [person[3] for person in people],
        now,
    )
    await db.execute(
        """
        INSERT INTO follow (id, follower_id, followee_id, state, created_at, accepted_at)
        SELECT id, follower_id, $3, 'accepted', $4, $4
          FROM unnest($1::bigint[], $2::bigint[]) AS t (id, follower_id)
        """,
        [person[1] for person in people],
        [person[0] for person in people],
        account.id,
        now,
    )
    await db.execute("UPDATE account SET followers_count = followers_count + $2 WHERE id = $1", account.id, len(people))
    return len(people)


def extra(copies: Mapping[str, Sequence[Seen]]) -> Counter[str]:
    """How many more than one came, by inbox."""
    return Counter({inbox: len(seen) - 1 for inbox, seen in copies.items() if len(seen) > 1})
