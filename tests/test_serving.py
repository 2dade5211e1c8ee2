"""`./run serve` and its fellow commands as an operator starts them: real processes, signals, several at once."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2 as httpx

from fedcomm import database, facts
from fedcomm.cli import supervising
from fedcomm.facts import PeerSuspended
from tests.conftest import MakeDatabase
from tests.jobs.offices import until

ROOT = Path(__file__).parent.parent
READY_WITHIN_S = 30


def environment(url: str, folder: Path, port: int, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DATABASE_URL": url,
        "FEDCOMM_DATA_DIR": str(folder),
        "FEDCOMM_DOMAIN": f"localhost:{port}",
        "FEDCOMM_LISTEN": f"127.0.0.1:{port}",
        "FEDCOMM_SCHEME": "http",
        "FEDCOMM_DEV": "1",
        "FEDCOMM_LOG": "text",
        **more,
    }


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


async def run(settings: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fedcomm", *arguments, cwd=ROOT, env=settings, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


class Serving:
    """A started `serve`."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.port = port
        self.http = httpx.AsyncClient(base_url=f"http://localhost:{port}", trust_env=False, timeout=5)

    async def answer(self, path: str) -> httpx.Response:
        """What it answers, once it does so with 200."""
        ends = asyncio.get_running_loop().time() + READY_WITHIN_S
        while True:
            try:
                response = await self.http.get(path)
                if response.status_code == 200:
                    return response
                said: Any = response.text
            except httpx.TransportError as error:
                said = error
            assert asyncio.get_running_loop().time() < ends, f"{path}: {said}"
            await asyncio.sleep(0.05)

    async def stop(self) -> tuple[int, float, str]:
        """SIGTERM; exit status, seconds it took, and what it said."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.process.send_signal(signal.SIGTERM)
        _, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, loop.time() - began, err.decode()


@asynccontextmanager
async def serving(settings: dict[str, str]) -> AsyncGenerator[Serving]:
    port = int(settings["FEDCOMM_LISTEN"].rpartition(":")[2])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fedcomm", "serve", cwd=ROOT, env=settings, stdout=PIPE, stderr=PIPE
    )
    here = Serving(process, port)
    try:
        yield here
    finally:
        await here.http.aclose()
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def test_one_process_serves_works_and_stops_in_order(database_url: MakeDatabase, tmp_path: Path) -> None:
    url = await database_url()
    async with serving(environment(url, tmp_path, free_port())) as here:
        assert (await here.answer("/healthz")).text == "OK"
        assert (await here.answer("/readyz")).json() == {"ready": True, "troubles": []}
        assert "fedcomm_queue_waiting" in (await here.answer("/metrics")).text
        proxied = await here.http.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
        assert proxied.status_code == 404

        status, seconds, said = await here.stop()

    assert (status, seconds < 10) == (0, True), said
    assert "@operator runs this instance" in said
    assert "Traceback" not in said, said


async def test_several_processes_share_one_socket_and_wake_one_worker(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """D68: two web processes and a worker; a worker that is killed is started again."""
    url = await database_url()
    settings = environment(url, tmp_path, free_port(), FEDCOMM_WORKERS="2")
    db = await database.connect(url)
    async with serving(settings) as here:
        await here.answer("/readyz")
        (worker,) = [pid for pid, words in children(here.process.pid) if "worker" in words]
        os.kill(worker, signal.SIGKILL)

        async with db.transaction():
            await facts.record(db, PeerSuspended("a.test"), now=datetime.now(UTC))
        await until(db, "SELECT count(*) FROM consequence", 0, within=READY_WITHIN_S)
        await until(db, "SELECT count(*) FROM fact WHERE expanded_at IS NULL", 0, within=READY_WITHIN_S)

        status, seconds, said = await here.stop()
    await db.close()

    assert (status, seconds < 10) == (0, True), said
    assert "process ended by itself name=worker" in said
    assert "Traceback" not in said, said


async def test_what_a_killed_parent_started_ends_too(database_url: MakeDatabase, tmp_path: Path) -> None:
    """SIGKILL of the process above leaves nobody behind who holds the port or the queue."""
    port = free_port()
    async with serving(environment(await database_url(), tmp_path, port, FEDCOMM_WORKERS="2")) as here:
        await here.answer("/readyz")
        here.process.kill()
        async with asyncio.timeout(READY_WITHIN_S):
            await here.process.communicate()  # ends when all who hold its stderr have gone
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


def children(pid: int) -> list[tuple[int, list[str]]]:
    """The processes that a process started, with their words."""
    found = (Path("/proc") / str(pid) / "task" / str(pid) / "children").read_text().split()
    return [(int(each), (Path("/proc") / each / "cmdline").read_text().split("\0")) for each in found]


async def test_operators_decide_about_peers_and_see_what_waits(database_url: MakeDatabase, tmp_path: Path) -> None:
    settings = environment(await database_url(), tmp_path, free_port())

    assert await run(settings, "peer", "suspend", "bad.test", "--reason", "spam") == (0, "bad.test: suspended\n", "")
    assert await run(settings, "peer", "suspend", "bad.test") == (0, "bad.test: nothing to change\n", "")
    status, out, _ = await run(settings, "peer", "list")
    assert status == 0
    assert out.splitlines()[1].split()[:2] == ["bad.test", "suspended"]
    assert (await run(settings, "delivery", "status"))[1] == "nothing waits\n"
    status, _, err = await run(settings, "peer", "suspend", "no domain")
    assert (status, err) == (1, "fedcomm: 'no domain' is not a domain, as in other.example.org\n")


async def test_t15_what_began_under_one_address_is_not_served_under_another(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """Other servers would meet the same people a second time, and find nobody at the ids that they know."""
    settings = environment(await database_url(), tmp_path, free_port(), FEDCOMM_DOMAIN="old.example.org")
    settings = {name: value for name, value in settings.items() if name not in ("FEDCOMM_DEV", "FEDCOMM_SCHEME")}
    async with serving(settings) as here:
        here.http.headers["Host"] = "old.example.org"
        assert (await here.answer("/actor")).json()["id"] == "https://old.example.org/actor"
        await here.stop()

    for command in ("serve", "worker"):
        status, _, err = await run(settings | {"FEDCOMM_DOMAIN": "new.example.org"}, command)

        assert status == 1
        assert err.splitlines()[-1].startswith("fedcomm: FEDCOMM_DOMAIN or FEDCOMM_HOST: what is kept here began as"), (
            err
        )
        assert "https://old.example.org" in err.splitlines()[-1]
        assert "https://new.example.org" in err.splitlines()[-1]


async def test_check_says_what_is_to_be_mended(database_url: MakeDatabase, tmp_path: Path) -> None:
    """Nobody works: the queues are told, everything else is well."""
    settings = environment(await database_url(), tmp_path, free_port())
    status, out, _ = await run(settings, "check")
    lines = {line[4:].strip().partition(":")[0]: line[:3].strip() for line in out.splitlines()}
    assert status == 1
    assert lines.pop("queues") == "NOT"
    assert set(lines.values()) == {"ok"}, out


async def test_a_port_that_is_taken_is_one_line(database_url: MakeDatabase, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, err = await run(environment(await database_url(), tmp_path, port), "serve")
    assert status == 1
    assert err.splitlines()[-1] == f"fedcomm: FEDCOMM_LISTEN: 127.0.0.1:{port} cannot be used: Address already in use"


def test_figures_of_killed_processes_are_removed_at_the_next_start(tmp_path: Path) -> None:
    """Those of processes that live stay, and so does what only looks like them."""
    mine, ended, old = (tmp_path / f"fedcomm-metrics-{name}" for name in (f"{os.getpid()}-a", "4194305-b", "abcdef"))
    other = tmp_path / "metrics"
    for folder in (mine, ended, old, other):
        folder.mkdir()
        (folder / "counter_1.db").write_bytes(b"x")

    supervising.sweep_metrics(tmp_path)

    assert sorted(tmp_path.iterdir()) == sorted((mine, other))
