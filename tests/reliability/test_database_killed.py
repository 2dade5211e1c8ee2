"""PostgreSQL dies under load and comes back; nobody has to do anything (P7, R026)."""

import asyncio
import itertools
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.kit import FakeActor, FakePeer
from tests.reliability import processes
from tests.reliability.clusters import own_cluster
from tests.reliability.processes import Instance
from tests.reliability.queues_at import all_done
from tests.running import until

PER_SECOND = 50
HEALTHY_WITHIN_S = 10.0


@dataclass(slots=True)
class Load:
    """What was asked and answered: posts by id, activities by id, and every status."""

    posts: list[str] = field(default_factory=list[str])
    accepted: list[str] = field(default_factory=list[str])
    answers: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])

    def since(self, moment: float) -> Counter[int]:
        """The statuses of the answers since then."""
        return Counter(status for at, status in self.answers if at >= moment)


async def test_r026_a_database_that_is_killed_costs_nothing_that_was_answered(tmp_path: Path) -> None:
    """R026: 503 meanwhile, nothing that had a 2xx is lost, healthy within 10 s; readers, writers and other servers."""
    async with (
        own_cluster(tmp_path / "cluster", "alpha") as cluster,
        processes.instance(cluster.dsn_for("alpha"), tmp_path) as alpha,
        FakePeer() as peer,
    ):
        ada, signed_in = await alpha.person("ada")
        rui = peer.add("rui")
        mention = {"type": "Mention", "href": ada.uri, "name": f"@ada@{alpha.here.domain}"}
        load = Load()
        asking = asyncio.create_task(_ask(alpha, rui, signed_in, {"cc": [ada.uri], "tag": [mention]}, load))
        try:
            await _until(lambda: len(load.accepted) > 10)
            killed_at = time.monotonic()
            os.kill(cluster.server_pid(), signal.SIGQUIT)
            await _until(lambda: load.since(killed_at)[503] > 0)
            await until(lambda: _ready(alpha), bool, within=HEALTHY_WITHIN_S, what="not ready again")
            ready_at = time.monotonic()
            await _until(lambda: load.since(ready_at).total() > PER_SECOND)
        finally:
            asking.cancel()
            await asyncio.wait((asking,))

        statuses = load.since(0)
        print(f"ready again after {ready_at - killed_at:.1f} s, answers: {statuses}")
        assert set(statuses) == {200, 202, 503}, statuses
        assert load.since(ready_at + 0.5)[503] == 0, "it said that it was ready"
        await all_done(alpha.pool)
        async with alpha.pool.connection() as db:
            kept = {str(row["id"]) for row in await db.fetch("SELECT id FROM post WHERE is_local")}
            heard = {row["uri"] for row in await db.fetch("SELECT uri FROM post WHERE NOT is_local")}
        assert set(load.posts) <= kept
        assert set(load.accepted) <= heard


async def _ask(
    alpha: Instance, rui: FakeActor, signed_in: dict[str, str], addressed: dict[str, Any], load: Load
) -> None:
    """Fifty requests a second, each started in its time whether or not the earlier ones were answered."""
    numbers = itertools.count()
    async with asyncio.TaskGroup() as group:
        while True:
            number = next(numbers)
            if number % 3 == 0:
                group.create_task(_read(alpha, signed_in, load))
            elif number % 3 == 1:
                group.create_task(_post(alpha, signed_in, number, load))
            else:
                group.create_task(_tell(alpha, rui, rui.writes(f"Bread {number}", **addressed), load))
            await asyncio.sleep(1 / PER_SECOND)


async def _read(alpha: Instance, signed_in: dict[str, str], load: Load) -> None:
    _note(load, await alpha.http.get("/api/v1/timelines/home", headers=signed_in))


async def _post(alpha: Instance, signed_in: dict[str, str], number: int, load: Load) -> None:
    form = {"status": f"Loaf {number}"}
    answer = await alpha.http.post("/api/v1/statuses", json=form, headers=signed_in)
    _note(load, answer)
    if answer.status_code == 200:
        load.posts.append(answer.json()["id"])


async def _tell(alpha: Instance, rui: FakeActor, note: dict[str, Any], load: Load) -> None:
    sent = await rui.send(f"{alpha.url}/inbox", rui.does("Create", note))
    load.answers.append((time.monotonic(), sent.status))
    if sent.status == 202:
        load.accepted.append(note["id"])


def _note(load: Load, answer: httpx.Response) -> None:
    load.answers.append((time.monotonic(), answer.status_code))


async def _ready(alpha: Instance) -> bool:
    return (await alpha.http.get("/readyz")).status_code == 200


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(HEALTHY_WITHIN_S):
        while not holds():
            await asyncio.sleep(0.02)
