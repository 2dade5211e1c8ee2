"""Web servers, workers and the database of three instances are killed while everybody writes."""

import asyncio
import os
import random
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2 as httpx
import pytest

from fedcomm.groups import founding
from fedcomm.http.context import clock
from fedcomm.postgres import Cluster
from tests.faults.checking import all_whole
from tests.reliability import processes
from tests.reliability.clusters import own_cluster
from tests.reliability.processes import Instance, Part
from tests.running import until

POSTS_EACH = 14
WITHIN_S = 120
NAMES = ("alpha", "beta", "gamma")


@dataclass(slots=True)
class Writer:
    """Somebody who posts through the client API and, where no answer comes, asks again with the same key."""

    at: Instance
    name: str
    headers: Mapping[str, str]
    dice: random.Random
    group: str
    written: list[str] = field(default_factory=list[str])

    async def run(self, wrote: asyncio.Event) -> None:
        """Threads in the group, and answers to whatever is in the home."""
        for number in range(POSTS_EACH):
            form: dict[str, str] = {"status": f"Loaf {number} of {self.name}. {self.group}"}
            home = (await self._insist("GET", "/api/v1/timelines/home")).json()
            if home and self.dice.random() < 0.6:
                chosen = self.dice.choice(home)
                form = {"status": f"Crumb {number} of {self.name}.", "in_reply_to_id": chosen["id"]}
            answer = await self._insist("POST", "/api/v1/statuses", form, {"Idempotency-Key": f"{self.name} {number}"})
            self.written.append(answer.json()["uri"])
            wrote.set()

    async def join(self) -> None:
        """Ask to join the group, which is found by its handle."""

        async def search() -> list[dict[str, str]]:
            query = urlencode({"q": self.group, "type": "accounts", "resolve": "true"})
            return (await self._insist("GET", f"/api/v2/search?{query}")).json()["accounts"]

        (known,) = await until(search, bool, within=WITHIN_S, what=f"{self.name} does not find the group")
        await self._insist("POST", f"/api/v1/accounts/{known['id']}/follow")

    async def _insist(
        self, method: str, path: str, form: object = None, more: Mapping[str, str] | None = None
    ) -> httpx.Response:
        async def ask() -> tuple[int, httpx.Response | None]:
            try:
                answer = await self.at.http.request(
                    method, path, json=form, headers={**self.headers, **(more or {})}, timeout=5
                )
            except httpx.TransportError:
                return 0, None  # nobody is there
            return answer.status_code, answer

        status, answer = await until(ask, lambda said: said[0] not in (0, 408, 503), within=WITHIN_S, what=path)
        assert status == 200, answer and answer.text
        assert answer is not None
        return answer


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
async def test_r001_r002_r004_whoever_is_killed_all_have_the_same_in_the_end(tmp_path: Path, seed: int) -> None:
    """R001, R002, R004, R026: six kills at moments that a seed draws, the database among them; nobody helps."""
    dice = random.Random(seed)
    async with own_cluster(tmp_path / "cluster", *NAMES) as cluster, AsyncExitStack() as stack:
        instances: dict[str, Instance] = {}
        apart: Mapping[str, Sequence[Part]] = {"alpha": ("web", "worker")}
        for name in NAMES:
            (tmp_path / name).mkdir()
            made = processes.instance(cluster.dsn_for(name), tmp_path / name, parts=apart.get(name, ("all",)))
            instances[name] = await stack.enter_async_context(made)
        writers = await joined(instances, dice)
        wrote = asyncio.Event()
        crashes = crashes_of(instances, cluster)
        dice.shuffle(crashes)
        moments = sorted(dice.sample(range(3, len(writers) * POSTS_EACH - 3), len(crashes)))

        async with asyncio.TaskGroup() as group:
            for writer in writers:
                group.create_task(writer.run(wrote))
            for moment, crash in zip(moments, crashes, strict=True):
                while sum(len(writer.written) for writer in writers) < moment:
                    wrote.clear()
                    await wrote.wait()
                await crash()

        posts = {uri for writer in writers for uri in writer.written}
        assert len(posts) == len(writers) * POSTS_EACH
        pools = {name: each.pool for name, each in instances.items()}
        await all_whole(pools, within=WITHIN_S, posts=posts)


def crashes_of(instances: Mapping[str, Instance], cluster: Cluster) -> list[Callable[[], Any]]:
    """Each kind of process once, and both of the first instance's once more."""

    def process(name: str, part: Part) -> Callable[[], Any]:
        async def crash() -> None:
            instances[name].kill(part)
            await instances[name].start(part)

        return crash

    async def database() -> None:
        os.kill(cluster.server_pid(), signal.SIGQUIT)

    return [
        process("alpha", "web"),
        process("alpha", "worker"),
        process("alpha", "worker"),
        process("beta", "all"),
        process("gamma", "all"),
        database,
    ]


async def joined(instances: Mapping[str, Instance], dice: random.Random) -> list[Writer]:
    """Somebody at each instance, all of them in a group of the first."""
    alpha = instances["alpha"]
    people = {name: await each.person(f"{name}s") for name, each in instances.items()}
    async with alpha.pool.transaction() as db:
        group = await founding.create(
            db,
            alpha.here,
            people["alpha"][0],
            "bakers",
            "Bakers",
            "Talk among bakers.",
            join_rule="open",
            posting_rule="members",
            carry_policy="auto",
            now=clock(),
        )
    handle = f"@bakers@{alpha.here.domain}"
    writers = [
        Writer(instances[name], name, headers, random.Random(dice.random()), handle)
        for name, (_, headers) in people.items()
    ]
    for writer in writers[1:]:
        await writer.join()
    async with alpha.pool.connection() as db:
        count = """
            SELECT count(*) FROM follow JOIN account ON account.id = follower_id
             WHERE followee_id = $1 AND follow.state = 'accepted' AND NOT is_local
        """
        await until(lambda: db.fetchval(count, group.id), lambda n: n == len(writers) - 1, within=WITHIN_S)
    return writers
