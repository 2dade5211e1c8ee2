"""What we answered 202 to is done, whatever happens to our processes afterwards (P2, R004)."""

import asyncio
import itertools
import random
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.conftest import MakeDatabase
from tests.kit import FakeActor, FakePeer
from tests.reliability import processes
from tests.reliability.processes import Instance
from tests.reliability.queues_at import all_done

ACTIVITIES = 500
KILLS = 5
SENDERS = 10


async def test_r004_what_was_accepted_is_done_though_we_are_killed_right_after_the_202(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R004: 500 activities, killed five times at a 202; what had no 202 is sent again. Each has its one effect."""
    async with FakePeer() as peer, processes.instance(await database_url(), tmp_path) as alpha:
        ada, _ = await alpha.person("ada")
        mention = {"type": "Mention", "href": ada.uri, "name": f"@ada@{alpha.here.domain}"}
        people = [peer.add(f"rui{n}") for n in range(SENDERS)]
        accepted = _Accepted()
        shared = [
            [person.writes(f"Bread {n}", cc=[ada.uri], tag=[mention]) for n in range(ACTIVITIES // SENDERS)]
            for person in people
        ]

        async with asyncio.TaskGroup() as group:
            for person, notes in zip(people, shared, strict=True):
                group.create_task(_send_all(alpha, person, notes, accepted))
            for enough in _moments(random.Random(4)):
                await accepted.until(enough)
                alpha.kill()
                await alpha.start()

        wanted = {note["id"] for note in itertools.chain.from_iterable(shared)}
        await all_done(alpha.pool)
        async with alpha.pool.connection() as db:
            assert await db.fetchval("SELECT count(*) FROM dropped_activity") == 0
            rows = await db.fetch("SELECT uri FROM post")
            assert sorted(row["uri"] for row in rows) == sorted(wanted)
            told = await db.fetchval("SELECT count(*) FROM notification WHERE account_id = $1", ada.id)
            assert told == ACTIVITIES


def _moments(chance: random.Random) -> list[int]:
    """After how many 202 the kills happen."""
    return sorted(chance.sample(range(ACTIVITIES // 10, ACTIVITIES * 9 // 10), KILLS))


class _Accepted:
    """Counts the 202, and calls whoever waits for one."""

    def __init__(self) -> None:
        self.count = 0
        self._more = asyncio.Event()

    def one_more(self) -> None:
        self.count += 1
        self._more.set()

    async def until(self, enough: int) -> None:
        async with asyncio.timeout(30):
            while self.count < enough:
                self._more.clear()
                await self._more.wait()


async def _send_all(alpha: Instance, person: FakeActor, notes: list[dict[str, Any]], accepted: _Accepted) -> None:
    """One after the other, each again and again until it is accepted."""
    for note in notes:
        activity = person.does("Create", note)
        while not await _is_accepted(alpha, person, activity):
            await asyncio.sleep(0.1)
        accepted.one_more()


async def _is_accepted(alpha: Instance, person: FakeActor, activity: dict[str, Any]) -> bool:
    try:
        sent = await person.send(f"{alpha.url}/inbox", activity)
    except httpx.TransportError:
        return False  # killed before the answer
    assert sent.status in (202, 503), (sent.status, sent.body)
    return sent.status == 202
