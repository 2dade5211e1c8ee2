"""What is said about one post arrives in the order it was said, whatever fails on the way (P4, R018)."""

import asyncio
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.conftest import MakeDatabase
from tests.kit import Exchange
from tests.reliability import processes
from tests.reliability.hosts import hosts, readers
from tests.reliability.queues_at import all_done

POSTS = 4
DELETED = 2
EDITS = 5
HOSTS = 8
MOST_IN_A_ROW = 3
"""After more failures without a success a server is left alone for longer than this test has time."""


class Moody:
    """Has trouble with a part of all requests: a 500, a 503, a broken connection before it took one, or after."""

    def __init__(self, seed: int) -> None:
        self.taken: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        """What each server took, by server and post."""
        self.failures = 0
        self._in_a_row: dict[str, int] = defaultdict(int)
        self._dice = random.Random(seed)

    async def __call__(self, exchange: Exchange) -> None:
        said = exchange.seen.json()
        server = exchange.server.authority
        mood = self._dice.random() if self._in_a_row[server] < MOST_IN_A_ROW else 1.0
        if mood >= 0.3:
            self.taken[server, _about(said)].append(said)
        if mood >= 0.4:
            self._in_a_row[server] = 0
            await exchange.reply(202)
            return
        self._in_a_row[server] += 1
        self.failures += 1
        if mood < 0.2:
            await exchange.reply(500 if mood < 0.1 else 503)
        else:
            exchange.reset()


def _about(said: dict[str, Any]) -> str:
    found: str = said["object"] if isinstance(said["object"], str) else said["object"]["id"]
    return found


async def test_r018_create_edits_and_deletion_arrive_in_order_by_two_workers_whatever_fails(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R018: four posts, each edited five times within a second, two of them deleted; two workers, moody servers."""
    moody = Moody(seed=18)
    async with (
        hosts(HOSTS) as there,
        processes.instance(
            await database_url(), tmp_path, parts=("web", "worker", "second worker"), durations=0.005
        ) as alpha,
    ):
        for server in there.servers:
            server.on("/inbox", moody, method="POST")
        ada, signed_in = await alpha.person("ada")
        async with alpha.pool.transaction() as db:
            await readers(db, ada, there.servers, now=ada.created_at)

        async def say(number: int) -> None:
            posted = await alpha.http.post("/api/v1/statuses", json={"status": f"Loaf {number}"}, headers=signed_in)
            path = f"/api/v1/statuses/{posted.json()['id']}"
            for edit in range(1, EDITS + 1):
                form = {"status": f"Loaf {number}, edit {edit}"}
                assert (await alpha.http.put(path, json=form, headers=signed_in)).status_code == 200
            if number < DELETED:
                assert (await alpha.http.delete(path, headers=signed_in)).status_code == 200

        await asyncio.gather(*(say(number) for number in range(POSTS)))
        await all_done(alpha.pool, within=60)

    assert moody.failures > HOSTS * POSTS
    assert len(moody.taken) == HOSTS * POSTS
    for said in moody.taken.values():
        assert _ranks(said) == sorted(_ranks(said)), "\n".join(f"{each['id']} {_rank(each)}" for each in said)
        last = said[-1]
        assert last["type"] == "Delete" or f"edit {EDITS}" in last["object"]["content"], last
    assert sum(said[-1]["type"] == "Delete" for said in moody.taken.values()) == HOSTS * DELETED
    assert sum(said[0]["type"] == "Create" for said in moody.taken.values()) >= HOSTS * (POSTS - DELETED)


def _ranks(said: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [_rank(each) for each in said]


def _rank(said: dict[str, Any]) -> tuple[int, str]:
    """Where it belongs: Create, Update by its time, Delete. What came twice in a row is in order too."""
    first = {"Create": 0, "Update": 1, "Delete": 2}
    return first[said["type"]], said["object"]["updated"] if said["type"] == "Update" else ""
