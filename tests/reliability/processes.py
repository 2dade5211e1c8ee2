"""An instance as an operator runs it: real processes of `python -m fedcomm`, which tests kill, freeze and start again.

    async with processes.instance(await database_url(), tmp_path) as alpha:      # web and worker in one process
        alpha.kill()
        await alpha.start()

    async with processes.instance(..., parts=("web", "worker")) as alpha:        # one process each
        alpha.kill("worker")

Time runs twenty times as fast in them (FEDCOMM_DEV_DURATIONS, D73). What they print is shown when a test fails.
"""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import httpx2 as httpx

from fedcomm import config, database
from fedcomm.accounts import oauth, signup
from fedcomm.accounts.model import Account
from fedcomm.config import Config
from fedcomm.database import Pool
from fedcomm.here import Here
from tests.running import until

Part = Literal["all", "web", "worker", "second worker"]
ARGUMENTS: Mapping[Part, Sequence[str]] = {
    "all": ["serve"],
    "web": ["serve", "--part", "web"],
    "worker": ["worker"],
    "second worker": ["worker"],
}
ROOT = Path(__file__).parent.parent.parent
READY_WITHIN_S = 30.0
"""A process starts in a second; the machine may be busy with other things."""


class Instance:
    """Its processes, and a way to its database that they know nothing of."""

    def __init__(
        self, settings: Config, environment: Mapping[str, str], pool: Pool, http: httpx.AsyncClient, log: Path
    ) -> None:
        self.settings = settings
        self.here: Here = settings.here
        self.url = settings.base_url
        self.pool = pool
        self.http = http
        """Asks this instance over its socket, without a token."""
        self._environment = environment
        self._log = log
        self._running: dict[Part, subprocess.Popen[bytes]] = {}

    @property
    def parts(self) -> tuple[Part, ...]:
        """What runs now."""
        return tuple(self._running)

    def process_id(self, part: Part) -> int:
        """Of one that runs."""
        return self._running[part].pid

    @property
    def said(self) -> str:
        """What the processes printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""

    async def start(self, *parts: Part) -> None:
        """Start these processes (`all`: web and worker in one); returns when the web server answers."""
        for part in parts or ("all",):
            assert part not in self._running, f"{part} runs already"
            with self._log.open("ab") as log:
                self._running[part] = subprocess.Popen(
                    [sys.executable, "-m", "fedcomm", *ARGUMENTS[part]],
                    cwd=ROOT,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        await self.answers()

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Do one of the commands of `./run` at this instance, as its operator does."""
        return subprocess.run(
            [sys.executable, "-m", "fedcomm", *arguments],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )

    async def answers(self) -> None:
        """Wait until the web server, if it runs, answers. Raises AssertionError with what was printed."""
        ends = time.monotonic() + READY_WITHIN_S
        while {"all", "web"} & self._running.keys():
            for part, process in self._running.items():
                assert process.poll() is None, f"{part} ended with {process.returncode}: {self.said}"
            try:
                if (await self.http.get("/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass  # nobody listens yet
            assert time.monotonic() < ends, f"the server does not answer: {self.said}"
            await asyncio.sleep(0.02)

    async def person(self, handle: str = "ada") -> tuple[Account, dict[str, str]]:
        """A person who lives here, and the headers of a client app in which they are signed in."""
        now = datetime.now(UTC)
        async with self.pool.transaction() as db:
            account = await signup.create_person(
                db, self.here, handle=handle, email=f"{handle}@company.example", password=None, name=handle, now=now
            )
        return account, await self.signed_in(account.id)

    async def signed_in(self, account_id: int) -> dict[str, str]:
        """The headers of a new client app in which somebody is signed in."""
        now = datetime.now(UTC)
        async with self.pool.transaction() as db:
            made, _ = await oauth.register(
                db, name="Test", redirect_uris=[oauth.OUT_OF_BAND], scopes=("read", "write", "follow"), now=now
            )
            _, token = await oauth.issue(db, made, account_id, scopes=("read", "write", "follow"), now=now)
        return {"Authorization": f"Bearer {token}"}

    async def publish(self, signed_in: Mapping[str, str], text: str) -> str:
        """Post through the client API; returns the id of the activity that is sent, as soon as it waits to be sent."""
        answer = await self.http.post("/api/v1/statuses", json={"status": text}, headers=signed_in)
        assert answer.status_code == 200, answer.text
        post_id = int(answer.json()["id"])
        async with self.pool.connection() as db:
            return await until(
                lambda: db.fetchval("SELECT uri FROM activity WHERE post_id = $1", post_id),
                lambda uri: uri is not None,
                within=30,
                what="not waiting to be sent",
            )

    def kill(self, *parts: Part) -> None:
        """`kill -9`: no handler runs, nothing is written, every socket is cut."""
        for part in parts or self.parts:
            self._running[part].kill()
        for part in parts or self.parts:
            self._running.pop(part).wait()

    def freeze(self, part: Part) -> None:
        """Stop a process where it is (SIGSTOP)."""
        self._running[part].send_signal(signal.SIGSTOP)

    def thaw(self, part: Part) -> None:
        """Let it go on as if nothing had been."""
        self._running[part].send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End all of them as an operator does (SIGTERM), and see that they do end."""
        for process in self._running.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        limit = self.settings.durations.shutdown_limit.total_seconds()
        for part, process in self._running.items():
            try:
                process.wait(limit + 10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError(f"{part} did not end within {limit + 10} s of SIGTERM: {self.said}") from None
        self._running.clear()


@asynccontextmanager
async def instance(
    database_url: str,
    folder: Path,
    *,
    parts: Sequence[Part] = ("all",),
    durations: float = 0.05,
    environment: Mapping[str, str] | None = None,
) -> AsyncGenerator[Instance]:
    """An instance over a migrated database, on a free port; it is ended when the block is left."""
    port = _free_port()
    chosen = {
        "FEDCOMM_DOMAIN": f"localhost:{port}",
        "FEDCOMM_SCHEME": "http",
        "FEDCOMM_LISTEN": f"127.0.0.1:{port}",
        "FEDCOMM_DATA_DIR": str(folder),
        "FEDCOMM_DEV": "1",
        "FEDCOMM_DEV_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
        "FEDCOMM_DEV_DURATIONS": str(durations),
        "FEDCOMM_RATE_LIMITS": "off",
        "FEDCOMM_REGISTRATIONS": "open",
        "FEDCOMM_LOG": "text",
        "FEDCOMM_WORKERS": "1" if tuple(parts) == ("all",) else "2",
        "DATABASE_URL": database_url,
        **(environment or {}),
    }
    settings = config.load(chosen)
    pool = await database.open_pool(database_url, size=4, name="tests")
    http = httpx.AsyncClient(
        base_url=settings.base_url, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False, timeout=15
    )
    found = Instance(settings, {"PATH": os.environ["PATH"], **chosen}, pool, http, folder / f"{port}.log")
    try:
        async with http:
            await found.start(*parts)
            yield found
    finally:
        print(found.said)  # pytest shows it when the test fails
        try:
            found.stop()
        finally:
            await pool.close()


def _free_port() -> int:
    """A port that nobody uses now; the server is started on it a moment later, and again after each kill."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
