"""Wake-ups over a real NATS server, which comes and goes. Listed as not run where there is none."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fedcomm.database import Down
from fedcomm.jobs.nats import Nats
from fedcomm.jobs.wakeups import QUEUES, Wakeups
from tests.api.listening import SOON, listening
from tests.conftest import MakeDatabase, nats_server
from tests.reliability import processes

pytestmark = pytest.mark.nats


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


@asynccontextmanager
async def serving(port: int, *options: str) -> AsyncGenerator[None]:
    """A NATS server at this port until the block ends."""
    program = nats_server()
    assert program is not None
    running = subprocess.Popen(
        [program, "-a", "127.0.0.1", "-p", str(port), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    break
                except OSError:
                    await asyncio.sleep(0.02)
        writer.close()
        await writer.wait_closed()
        yield
    finally:
        running.kill()
        running.wait()


async def rung(bells: Wakeups) -> None:
    """All bells ring, as after each opening of the line; then none does."""
    async with asyncio.timeout(10):
        for queue in QUEUES:
            await bells.bell(queue).wait()
            bells.bell(queue).clear()


async def test_what_rings_in_one_process_rings_in_the_others_and_survives_the_server() -> None:
    port = free_port()
    url = f"nats://127.0.0.1:{port}"
    web, worker, stranger = Wakeups(), Wakeups(), Wakeups()
    tasks = [
        asyncio.create_task(web.tell_others(Nats(url, "localhost:7001"))),
        asyncio.create_task(worker.listen(Nats(url, "localhost:7001"), back_after_s=0.05)),
        asyncio.create_task(stranger.listen(Nats(url, "localhost:7002"), back_after_s=0.05)),
    ]
    for _ in range(2):  # the server is away at first, and between
        async with serving(port):
            await rung(worker)
            await rung(stranger)
            web.ring("live")
            async with asyncio.timeout(5):
                await worker.bell("live").wait()
            worker.bell("live").clear()
            web.ring("facts", "live")
            async with asyncio.timeout(5):
                await worker.bell("facts").wait()
                await worker.bell("live").wait()
            worker.bell("live").clear()
            worker.bell("facts").clear()
            assert not worker.bell("inbox").is_set()
            assert not stranger.bell("live").is_set(), "another instance at the same server"
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize(
    ("options", "known", "unknown"),
    [
        (("--user", "ada", "--pass", "s cret"), "ada:s%20cret@", "ada:wrong@"),
        (("--auth", "t0ken"), "t0ken@", ""),
    ],
)
async def test_a_server_that_knows_us_lets_us_in_and_no_other_does(
    options: tuple[str, ...], known: str, unknown: str
) -> None:
    port = free_port()
    async with serving(port, *options):
        line = Nats(f"nats://{known}127.0.0.1:{port}", "localhost:7001")
        await line.tell(["live"])
        line.close()
        with pytest.raises(Down, match="Authorization"):
            await Nats(f"nats://{unknown}127.0.0.1:{port}", "localhost:7001").tell(["live"])
    with pytest.raises(Down):
        await line.tell(["live"])


async def test_live_updates_go_from_process_to_process_over_nats(database_url: MakeDatabase, tmp_path: Path) -> None:
    """Polling is so slow that nothing would come by it."""
    port = free_port()
    async with (
        serving(port),
        processes.instance(
            await database_url(),
            tmp_path,
            parts=("web", "worker"),
            durations=1000,
            environment={"FEDCOMM_NATS_URL": f"nats://127.0.0.1:{port}"},
        ) as alpha,
    ):
        async with alpha.pool.connection() as db:
            listeners = await db.fetchval(
                """
                SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND query LIKE 'LISTEN%'
                """
            )
        assert listeners == 0
        _, signed_in = await alpha.person("ada")
        async with listening(alpha, signed_in["Authorization"].removeprefix("Bearer "), stream="user") as ear:
            answer = await alpha.http.post("/api/v1/statuses", json={"status": "One"}, headers=signed_in)
            assert answer.json()["id"] in (await ear.next(within=SOON * 2))["payload"]
