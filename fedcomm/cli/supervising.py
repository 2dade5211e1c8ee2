"""Several processes for one instance: N that serve and one that works, over one listening socket (decisions D68).

Whichever dies is started again, at once the first time and then ever more slowly.
"""

import asyncio
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from fedcomm import database, database_urls, migrating
from fedcomm.cli.greeting import greet_owner
from fedcomm.cli.stopping import stopped_by_signal
from fedcomm.config import Config
from fedcomm.database_urls import Urls
from fedcomm.http import server

METRICS = "fedcomm-metrics-"
"""What the folders of figures begin with; then comes the number of the process they belong to."""
SLOWEST_RESTART_S = 10.0
STEADY_S = 30.0
"""A process that lived so long is started again at once."""

log = logging.getLogger(__name__)


async def supervise(settings: Config, *, with_owner: bool) -> None:
    """Run all processes until SIGTERM or SIGINT, then end them within the limit."""
    stop = asyncio.Event()
    listening = server.open_socket(settings.listen)
    sweep_metrics(Path(tempfile.gettempdir()))
    metrics = tempfile.mkdtemp(prefix=f"{METRICS}{os.getpid()}-")
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": metrics}
    life, ours = os.pipe()  # closed when we go, however we go: then the others stop too
    try:
        async with database_urls.opened(settings) as urls, stopped_by_signal(stop.set):
            await migrating.migrate(urls.direct)
            if with_owner:
                await _greet_owner(urls, settings)
            number = listening.fileno()
            serve = ["serve", "--part", "web", "--socket", str(number), "--parent", str(life)]
            work = ["worker", "--parent", str(life)]
            children = [_Child(f"web {n}", serve, environment, (number, life)) for n in range(1, settings.workers + 1)]
            children.append(_Child("worker", work, environment, (life,)))
            click.echo(
                f"{settings.base_url} is served at {settings.listen} by {settings.workers} processes and a worker",
                err=True,
            )
            await _run(children, stop, limit_s=settings.durations.shutdown_limit.total_seconds())
    finally:
        server.close_sockets([listening], settings.listen)
        os.close(life)
        os.close(ours)
        shutil.rmtree(metrics, ignore_errors=True)


def sweep_metrics(folder: Path) -> None:
    """Remove the figures of supervisors that were killed: they clean up after themselves only when they end."""
    for left in folder.glob(f"{METRICS}*"):
        number = left.name.removeprefix(METRICS).partition("-")[0]
        if left.is_dir() and left.stat().st_uid == os.geteuid() and not (number.isdigit() and _lives(int(number))):
            shutil.rmtree(left, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def _greet_owner(urls: Urls, settings: Config) -> None:
    pool = await database.open_pool(urls.main, size=1, pooler=urls.is_behind_pooler)
    try:
        await greet_owner(pool, settings)
    finally:
        await pool.close()


async def _run(children: Sequence["_Child"], stop: asyncio.Event, *, limit_s: float) -> None:
    keepers = [asyncio.create_task(child.keep_alive(stop)) for child in children]
    await stop.wait()
    for child in children:
        child.end()
    _, late = await asyncio.wait(keepers, timeout=limit_s)
    if late:
        for child in children:
            child.kill()
        await asyncio.wait(late)


class _Child:
    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], sockets: tuple[int, ...]
    ) -> None:
        self._name = name
        self._command = [sys.executable, "-m", "fedcomm", *arguments]
        self._environment = environment
        self._sockets = sockets
        self._process: Process | None = None

    async def keep_alive(self, stop: asyncio.Event) -> None:
        """Run the process, and again whenever it ends before its time."""
        pause = 0.0
        while not stop.is_set():
            if pause:
                await asyncio.sleep(pause)
            started = time.monotonic()
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env=self._environment, pass_fds=self._sockets, start_new_session=True
            )
            if stop.is_set():
                self.end()
            status = await self._process.wait()
            if stop.is_set():
                return
            pause = 0.0 if time.monotonic() - started > STEADY_S else min(max(0.2, pause * 2), SLOWEST_RESTART_S)
            log.error("process ended by itself name=%s status=%d again_in_s=%.1f", self._name, status, pause)

    def end(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
