"""`./run bench network`: many instances, groups across them; all write while some are away, and end with the same.

All run in this process, each with a database, a web server on a socket and a worker of its own, and reach one another
over HTTP. Who is away has no web server and no worker: its connections are cut, what it was doing is left as it is.
"""

import asyncio
import itertools
import random
import socket
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from fedcomm.accounts import signup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.actors import Actors
from fedcomm.cli.development import configuration, quiet
from fedcomm.database import Down, Pool
from fedcomm.durations import Durations
from fedcomm.groups import founding, membership
from fedcomm.http import server
from fedcomm.http.context import Site
from fedcomm.threads import drafting, posting, reading

if TYPE_CHECKING:
    from fedcomm.app import Parts, Running

GROUPS = 5
THREADS = 100
POSTS_IN_A_THREAD = 10
GROUPS_OF_EACH = 2
WRITERS = 8
"""So many posts are written at a time, at different instances."""
POOL_SIZE = 3
AHEAD = 100
PATIENCE_S = 2.0
LOOK_AGAIN_S = 0.05
"""So many posts are written before somebody else has one, unless that takes longer."""
AWAY_SHARE = 5
"""One instance in so many is away for a while."""


def _seconds(*numbers: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=number) for number in numbers)


HASTY = replace(
    Durations(),
    polling=timedelta(seconds=5),
    request_limit=timedelta(minutes=2),
    delivery_limit=timedelta(minutes=2),
    fetch_limit=timedelta(minutes=2),
    work_limit=timedelta(minutes=5),
    consequence_retries=_seconds(0, 0.1, 0.5, 1),
    delivery_retries=_seconds(0, 0.1, 0.2, 0.4),
    delivery_retry_then=timedelta(seconds=1),
    breaker_probe=timedelta(milliseconds=300),
    breaker_probe_longest=timedelta(seconds=1),
    retry_after_longest=timedelta(seconds=1),
    profile_wait=timedelta(seconds=2),
    negative_cache=timedelta(milliseconds=500),
    key_refetch=timedelta(milliseconds=100),
    backfill_pause=timedelta(0),
    detached_retry=timedelta(seconds=1),
)
"""Waits of minutes and hours become waits of a second. Limits are longer, and nobody looks in vain every second, as all
share the cores of one machine."""


class Place:
    """One instance with one member, who writes. `parts`: how it makes keys, if not as in life."""

    def __init__(self, url: str, settings: Mapping[str, str], number: int, parts: "Parts | None") -> None:
        self.number = number
        self.groups: list[Account] = []
        self._line = _bound(0)
        port: int = self._line.getsockname()[1]
        self._chosen = msgspec.structs.replace(configuration(port, {**settings, "DATABASE_URL": url}), durations=HASTY)
        self._parts = parts
        self._stack = AsyncExitStack()
        self._pen = asyncio.Lock()
        self._member: Account | None = None
        self._here: Running | None = None

    @property
    def site(self) -> Site:
        """The running instance."""
        assert self._here is not None
        return self._here.site

    @property
    def pool(self) -> Pool:
        """Its database."""
        return self.site.pool

    @property
    def member(self) -> Account:
        """Who lives there."""
        assert self._member is not None
        return self._member

    @property
    def is_up(self) -> bool:
        """Whether anybody reaches it now."""
        return self._here is not None

    async def start(self) -> None:
        """Begin to serve and to work, once it has gone if it was just going."""
        async with self._pen:
            await self._start()

    async def _start(self) -> None:
        from fedcomm import app  # here, as it imports every room

        listening = _bound(self._chosen.listen.port)
        listening.listen(server.BACKLOG)
        listening.setblocking(False)
        parts = self._parts or app.Parts()
        here = await self._stack.enter_async_context(app.running(self._chosen, pool_size=POOL_SIZE, parts=parts))
        web = server.server(here.front, self._chosen)
        serving = asyncio.create_task(web.serve(sockets=[listening]))
        assert here.worker is not None
        here.worker.start()

        async def end() -> None:
            web.should_exit = web.force_exit = True
            assert here.worker is not None
            await asyncio.gather(serving, here.worker.stop())

        self._stack.push_async_callback(end)
        self._here = here

    async def stop(self) -> None:
        """Be gone, once what is being written is written. Its port stays its own: nobody listens there."""
        async with self._pen:
            self._here = None
            await self._stack.aclose()

    async def end(self) -> None:
        """Be gone for good."""
        await self.stop()
        self._line.close()

    async def settle_in(self) -> None:
        """Somebody comes to live here; at the first instances they found a group."""
        async with self.site.transaction() as db:
            self._member = await signup.create_person(
                db,
                self.site.here,
                handle=f"member_{self.number}",
                email=f"member{self.number}@company.example",
                password=None,
                name=f"Member {self.number}",
                role="member",
                approved=True,
                now=self.site.now(),
            )

    async def found(self) -> Account:
        """A group that lives here."""
        async with self.site.transaction() as db:
            return await founding.create(
                db,
                self.site.here,
                self.member,
                f"group_{self.number}",
                f"Group {self.number}",
                "Everybody writes here.",
                join_rule="open",
                posting_rule="members",
                carry_policy="auto",
                now=self.site.now(),
            )

    async def join(self, group: Account) -> None:
        """Its member asks to join a group."""
        self.groups.append(group)
        known = await self.site.service(Actors).account(group.uri)
        async with self.site.transaction() as db:
            await membership.follow_or_join(db, self.site.here, self.member, known, now=self.site.now())

    async def write(self, text: str, group: Account, answers: Sequence[str]) -> str | None:
        """Start a thread in a group, or answer one of these posts, the last that is here.

        None: none of them is, or the instance is away or too busy. Its member writes one post at a time.
        """
        async with self._pen:
            with suppress(Down):
                return await self._write(text, group, answers) if self.is_up else None
        return None

    async def has(self, uri: str) -> bool:
        """Whether a post has come there."""
        async with self._pen:
            if not self.is_up:
                return False
            with suppress(Down):
                async with self.site.read() as db:
                    return await reading.by_uri(db, uri) is not None
            return False

    async def _write(self, text: str, group: Account, answers: Sequence[str]) -> str | None:
        home = await self.site.service(Actors).account(group.uri)
        async with self.site.transaction() as db:
            parents = [found for uri in reversed(answers) if (found := await reading.by_uri(db, uri)) is not None][:1]
            if answers and not parents:
                return None
            draft = await drafting.from_text(
                db,
                self.site.here,
                self.member,
                text,
                title=None if parents else f"Thread: {text}",
                group_ids=[] if parents else [home.id],
                parent_id=parents[0].id if parents else None,
                now=self.site.now(),
            )
            return (await posting.publish(db, self.site.here, self.member, draft, now=self.site.now())).uri


@dataclass(slots=True)
class Network:
    """The instances, and what was written in which group."""

    places: list[Place]
    groups: list[Account]
    dice: random.Random
    threads: list[tuple[Account, list[str]]] = field(default_factory=list[tuple[Account, list[str]]])
    away: Counter[int] = field(default_factory=Counter[int])

    async def discuss(self, threads: int = THREADS) -> None:
        """Write all threads, several posts at a time; meanwhile a fifth of the instances goes away and comes back."""
        self.threads = [(self.groups[number % len(self.groups)], []) for number in range(threads)]
        total = threads * POSTS_IN_A_THREAD
        going, coming = self._outages(total)
        nobody_writes_in = list(self.threads)
        begun = itertools.count(1)
        written: list[tuple[str, Account]] = []

        async def write() -> None:
            while len(written) < total:
                if not nobody_writes_in:
                    await asyncio.sleep(0.01)
                    continue
                group, posts = taken = nobody_writes_in.pop(self.dice.randrange(len(nobody_writes_in)))
                place = self.dice.choice([each for each in self.places if group in each.groups])
                uri = await place.write(f"Post {next(begun)} by {place.number}.", group, posts)
                if uri is None:
                    await asyncio.sleep(0.01)  # nobody is there, or the thread has not come there yet
                else:
                    posts.append(uri)
                    written.append((uri, group))
                    await self._turn(len(written), going, coming)
                    await self._read(*written[max(0, len(written) - AHEAD)])
                if len(posts) < POSTS_IN_A_THREAD:
                    nobody_writes_in.append(taken)

        await asyncio.gather(*(write() for _ in range(WRITERS)))
        for place in self.places:
            if not place.is_up:
                await place.start()

    async def _read(self, uri: str, group: Account) -> None:
        """Until somebody of the group could read a post, but not for long: who writes does not outrun everybody."""
        reader = self.dice.choice([place for place in self.places if group in place.groups])
        for _ in range(round(PATIENCE_S / LOOK_AGAIN_S)):
            if not reader.is_up or await reader.has(uri):
                return
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _turn(self, written: int, going: dict[int, list[Place]], coming: dict[int, list[Place]]) -> None:
        """Let those go and come whose turn it is after so many posts."""
        for place in going.pop(written, []):
            await place.stop()
            self.away[place.number] += 1
        for place in coming.pop(written, []):
            await place.start()

    def _outages(self, total: int) -> tuple[dict[int, list[Place]], dict[int, list[Place]]]:
        """Who goes, and who comes back, after how many posts."""
        going: dict[int, list[Place]] = {}
        coming: dict[int, list[Place]] = {}
        for place in self.dice.sample(self.places, -(-len(self.places) // AWAY_SHARE)):
            first, last = sorted(self.dice.sample(range(total // 20, total), 2))
            going.setdefault(first, []).append(place)
            coming.setdefault(last, []).append(place)
        return going, coming

    async def converge(self, *, within_s: float) -> None:
        """Wait until nothing waits and all have the same. Raises TimeoutError; RuntimeError when some never do."""
        until = time.monotonic() + within_s
        while True:
            await quiet([place.site for place in self.places], within_s=max(1.0, until - time.monotonic()))
            difference = await self._difference()
            if difference is None:
                return
            if time.monotonic() > until:
                raise RuntimeError(difference)
            await asyncio.sleep(0.5)  # something is tried again in a moment

    async def _difference(self) -> str | None:
        """What somebody has otherwise than the rest."""
        for group, posts in self.threads:
            home = self.places[self.groups.index(group)]
            wanted = await _thread_at(home, posts[0])
            if wanted.keys() != set(posts):
                return f"the home of {posts[0]} has {len(wanted)} of {len(posts)} posts"
            for place in self.places:
                if group in place.groups and await _thread_at(place, posts[0]) != wanted:
                    return f"{place.site.here.domain} has another thread {posts[0]}"
        return None


async def _thread_at(place: Place, root_uri: str) -> dict[str, tuple[str | None, str]]:
    """A thread as an instance has it: parent and text of each post, by uri."""
    async with place.site.read() as db:
        root = await reading.by_uri(db, root_uri)
        posts = await reading.thread(db, root.id, None) if root is not None else []
    known = {post.id: post.uri for post in posts}
    return {post.uri: (known[post.parent_id] if post.parent_id else None, post.content_html) for post in posts}


@asynccontextmanager
async def network(
    databases: Sequence[str], settings: Mapping[str, str], *, parts: "Parts | None" = None, seed: int = 1
) -> AsyncGenerator[Network]:
    """An instance over each of these databases, with five groups that people of all of them have joined, settled."""
    places = [Place(url, settings, number, parts) for number, url in enumerate(databases)]
    async with AsyncExitStack() as stack:
        for place in places:
            stack.push_async_callback(place.end)
            await place.start()
            await place.settle_in()
        groups = [await place.found() for place in places[:GROUPS]]
        for place in places:
            for offset in range(GROUPS_OF_EACH):
                await place.join(groups[(place.number + offset * (1 + place.number // GROUPS % 2)) % GROUPS])
        await quiet([place.site for place in places], within_s=600)
        yield Network(places, groups, random.Random(seed))


def _bound(port: int) -> socket.socket:
    """A socket at a port that only we may use; 0: at any free one."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.bind(("127.0.0.1", port))
    return made


async def measure(databases: Sequence[str]) -> dict[str, float]:
    """Seconds of all threads, from the first post until all instances have the same."""
    async with network(databases, {}) as found:
        began = time.monotonic()
        await found.discuss()
        await found.converge(within_s=1800)
        return {"network": time.monotonic() - began}
