"""Transactions that block one another: nobody who asks sees it, and every counter stays right (R024, R025)."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2 as httpx

from fedcomm.accounts.model import Account
from fedcomm.threads import reading, recounting
from fedcomm.threads.model import Post
from tests.conftest import MakeDatabase
from tests.factories import make_thread
from tests.kit import FakeActor, FakePeer
from tests.kit.peers import PUBLIC
from tests.reliability.queues_at import all_done
from tests.running import Instance, instance, until

DEEDS = 400
AT_ONCE = 12
WAITING_FOR_A_LOCK = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


async def test_r024_a_request_that_deadlocks_is_done_once_more_and_nobody_sees_it(database_url: MakeDatabase) -> None:
    """R024: somebody answers a post while another transaction takes the same two rows the other way round."""
    async with instance(await database_url()) as here:
        ada = await here.person("ada")
        async with here.db() as db:
            post = await make_thread(db, ada, here=here.here, now=here.site.now())
        form = {"status": "The red one.", "in_reply_to_id": str(post.id)}
        async with here.client(await here.token(ada)) as client:
            async with here.site.pool.transaction() as other:
                await other.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", ada.id)
                asking = asyncio.create_task(client.post("/api/v1/statuses", json=form))
                async with here.site.pool.connection() as db:
                    await until(lambda: db.fetchval(WAITING_FOR_A_LOCK), lambda count: count == 1)
                await other.execute("SELECT FROM post WHERE id = $1 FOR UPDATE", post.id)
            answer = await asking

        assert answer.status_code == 200, answer.text
        async with here.db() as db:
            assert await db.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 1
            assert await db.fetchval("SELECT count(*) FROM post WHERE parent_id = $1", post.id) == 1
            assert await db.fetchval("SELECT replies_count FROM post WHERE id = $1", post.id) == 1


async def test_r024_r025_whatever_all_do_at_once_fails_for_nobody_and_is_counted_right(
    database_url: MakeDatabase,
) -> None:
    """R024, R025: people here and elsewhere answer, like and follow while ten of those elsewhere delete themselves.

    Over real HTTP, twelve at a time: no answer is a 5xx, nothing is given up, and every counter equals its rows.
    """
    async with FakePeer() as peer, instance(await database_url()) as here, here.working(), AsyncExitStack() as stack:
        crowd = await Crowd.gathered(here, peer, stack, seed=24)
        deeds = iter([*crowd.deeds(DEEDS)])

        async def act() -> None:
            for deed in deeds:
                await deed()

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(act())

        assert max(crowd.statuses) < 500, crowd.statuses
        assert crowd.statuses[200] > DEEDS / 3
        assert crowd.statuses[202] > DEEDS / 5
        await all_done(here.site.pool)
        async with here.db() as db:
            assert await recounting.recount(db) == []
            gone = await db.fetchval("SELECT count(*) FROM account WHERE state = 'deleted' AND NOT is_local")
            assert gone == len(crowd.leaving)
            left = """
                SELECT count(*) FROM post JOIN account a ON a.id = author_id
                 WHERE a.state = 'deleted' AND post.state <> 'deleted'
            """
            assert await db.fetchval(left) == 0


@dataclass(frozen=True, slots=True)
class Crowd:
    """People here with their apps, people elsewhere, and what they all talk about."""

    here: Instance
    members: Sequence[tuple[Account, httpx.AsyncClient]]
    others: Sequence[FakeActor]
    leaving: Sequence[FakeActor]
    topics: Sequence[Post]
    dice: random.Random
    statuses: Counter[int]

    @staticmethod
    async def gathered(here: Instance, peer: FakePeer, stack: AsyncExitStack, *, seed: int) -> "Crowd":
        """Four members, ten people elsewhere who stay and ten who leave; a post by each but those who stay."""
        members: list[tuple[Account, httpx.AsyncClient]] = []
        for name in ("ada", "ben", "cleo", "dora"):
            account = await here.person(name)
            members.append((account, await stack.enter_async_context(here.client(await here.token(account)))))
        leaving = [peer.add(f"leaver{n}") for n in range(10)]
        async with here.db() as db:
            topics = [await make_thread(db, account, here=here.here, now=here.site.now()) for account, _ in members]
        ada = members[0][0]
        for actor in leaving:
            note = actor.writes("Hello", cc=[ada.uri], tag=[{"type": "Mention", "href": ada.uri, "name": "@ada"}])
            assert (await actor.send(f"{here.url}/inbox", actor.does("Create", note))).status == 202
        await all_done(here.site.pool)
        async with here.db() as db:
            rows = await db.fetch("SELECT id FROM post WHERE NOT is_local ORDER BY id")
            topics += [await reading.by_id(db, row["id"], ada.id) for row in rows]
        assert len(topics) == len(members) + len(leaving)
        staying = [peer.add(f"stayer{n}") for n in range(10)]
        return Crowd(here, members, staying, leaving, topics, random.Random(seed), Counter())

    def deeds(self, count: int) -> Iterator[Callable[[], Awaitable[None]]]:
        """So many things that somebody does; in between the leavers leave."""
        kinds = [self._react, self._react, self._answer, self._follow, self._like_from_elsewhere, self._follow_here]
        leave_at = dict(zip(self.dice.sample(range(count), len(self.leaving)), self.leaving, strict=True))
        for number in range(count):
            yield partial(self._leave, leave_at[number]) if number in leave_at else self.dice.choice(kinds)

    async def _ask(self, path: str, form: dict[str, str] | None = None) -> None:
        _, client = self.dice.choice(self.members)
        self.statuses[(await client.post(path, json=form or {})).status_code] += 1

    async def _send(self, actor: FakeActor, activity: dict[str, Any]) -> None:
        self.statuses[(await actor.send(f"{self.here.url}/inbox", activity)).status] += 1

    async def _react(self) -> None:
        deed = self.dice.choice(["favourite", "unfavourite", "reblog", "unreblog"])
        await self._ask(f"/api/v1/statuses/{self.dice.choice(self.topics).id}/{deed}")

    async def _answer(self) -> None:
        parent = str(self.dice.choice(self.topics).id)
        await self._ask("/api/v1/statuses", {"status": "The red one.", "in_reply_to_id": parent})

    async def _follow(self) -> None:
        account, _ = self.dice.choice(self.members)
        await self._ask(f"/api/v1/accounts/{account.id}/{self.dice.choice(['follow', 'unfollow'])}")

    async def _like_from_elsewhere(self) -> None:
        actor, post = self.dice.choice(self.others), self.dice.choice(self.topics)
        like = actor.does("Like", post.uri)
        await self._send(actor, like if self.dice.random() < 0.6 else actor.does("Undo", like))

    async def _follow_here(self) -> None:
        actor, (account, _) = self.dice.choice(self.others), self.dice.choice(self.members)
        follow = actor.does("Follow", account.uri)
        await self._send(actor, follow if self.dice.random() < 0.6 else actor.does("Undo", follow))

    async def _leave(self, actor: FakeActor) -> None:
        await self._send(actor, actor.does("Delete", actor.id, to=[PUBLIC]))
