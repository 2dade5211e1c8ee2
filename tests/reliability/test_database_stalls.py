"""PostgreSQL neither answers nor goes away: what waits for it is told so in time, and all goes on when it moves (R027).

A proxy stands between the server and its database and holds every byte.
"""

import asyncio
import time
from pathlib import Path

import httpx2 as httpx

from fedcomm import postgres
from fedcomm.accounts.model import Account
from tests.conftest import MakeDatabase
from tests.kit import FakeActor, FakePeer
from tests.kit.proxy import Proxy
from tests.reliability import processes
from tests.reliability.clusters import SOCKET, reached_in
from tests.reliability.processes import Instance
from tests.reliability.queues_at import all_done
from tests.running import until

MOST_S = 10.0
EACH = 8


async def test_r027_a_database_that_stalls_keeps_nobody_waiting_and_nothing_is_lost(
    cluster: postgres.Cluster, database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R027: every request ends within 10 s with 503; what was accepted before and after is done, the worker goes on."""
    url = await database_url()
    async with (
        Proxy(cluster.socket / SOCKET, at=tmp_path / SOCKET) as line,
        processes.instance(reached_in(url, tmp_path), tmp_path, durations=0.2) as alpha,
        FakePeer() as peer,
    ):
        ada, signed_in = await alpha.person("ada")
        rui = peer.add("rui")
        before = await _ask_much(alpha, signed_in, rui, ada)
        line.stall()
        began = time.monotonic()
        meanwhile = [await _ask_much(alpha, signed_in, rui, ada) for _ in range(2)]
        while time.monotonic() - began < MOST_S:  # longer than a statement may take, so that the worker's end too
            meanwhile.append(await _ask_much(alpha, signed_in, rui, ada))
        line.go_on()
        await until(lambda: _ready(alpha), bool, within=MOST_S, what="not ready again")
        after = await _ask_much(alpha, signed_in, rui, ada)
        await all_done(alpha.pool)

        assert {status for status, _, _ in before + after} == {200, 202}
        assert {status for each in meanwhile for status, _, _ in each} == {503}
        assert max(took for each in meanwhile for _, took, _ in each) < MOST_S
        kept = await _kept(alpha)
        assert {what for _, _, what in before + after if what} <= kept


async def _ask_much(
    alpha: Instance, signed_in: dict[str, str], rui: FakeActor, ada: Account
) -> list[tuple[int, float, str]]:
    """Readers, writers and another server at once: status, seconds, and the uri of what was written."""
    asked = [
        asked
        for _ in range(EACH)
        for asked in (_read(alpha, signed_in), _post(alpha, signed_in), _tell(alpha, rui, ada))
    ]
    return await asyncio.gather(*asked)


async def _read(alpha: Instance, signed_in: dict[str, str]) -> tuple[int, float, str]:
    began = time.monotonic()
    answer = await alpha.http.get("/api/v1/timelines/home", headers=signed_in)
    return answer.status_code, time.monotonic() - began, ""


async def _post(alpha: Instance, signed_in: dict[str, str]) -> tuple[int, float, str]:
    began = time.monotonic()
    answer = await alpha.http.post("/api/v1/statuses", json={"status": "Slow bread."}, headers=signed_in)
    return answer.status_code, time.monotonic() - began, _uri(answer)


async def _tell(alpha: Instance, rui: FakeActor, ada: Account) -> tuple[int, float, str]:
    began = time.monotonic()
    mention = {"type": "Mention", "href": ada.uri, "name": f"@ada@{alpha.here.domain}"}
    note = rui.writes("How long does it rise?", cc=[ada.uri], tag=[mention])
    sent = await rui.send(f"{alpha.url}/inbox", rui.does("Create", note))
    return sent.status, time.monotonic() - began, note["id"]


def _uri(answer: httpx.Response) -> str:
    return str(answer.json()["uri"]) if answer.status_code == 200 else ""


async def _ready(alpha: Instance) -> bool:
    return (await alpha.http.get("/readyz")).status_code == 200


async def _kept(alpha: Instance) -> set[str]:
    async with alpha.pool.connection() as db:
        return {row["uri"] for row in await db.fetch("SELECT uri FROM post")}
