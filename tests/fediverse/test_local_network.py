"""`./run`: three instances that federate, filled once, kept between starts (D2, D21, D69)."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parent.parent.parent
WITHIN_S = 120


class Network:
    """The command as somebody types it, with a place of its own for its data."""

    def __init__(self, folder: Path) -> None:
        self.port = free_ports(3)
        self._folder = folder
        self._running: subprocess.Popen[str] | None = None

    def start(self, *options: str) -> dict[str, Any]:
        """Start it and wait until it is up; what it printed then."""
        self._running = self._command("--json", *options)
        assert self._running.stdout is not None
        line = self._running.stdout.readline()
        assert line, self._running.communicate(timeout=WITHIN_S)[1]
        return cast("dict[str, Any]", json.loads(line))

    def stop(self) -> int:
        """Press Ctrl-C; the exit status."""
        assert self._running is not None
        self._running.send_signal(signal.SIGINT)
        self._running.communicate(timeout=WITHIN_S)
        status, self._running = self._running.returncode, None
        return status

    def refused(self) -> tuple[int, str]:
        """Start a second one at the same ports: its exit status and what it said."""
        second = self._command()
        said = second.communicate(timeout=WITHIN_S)
        return second.returncode, "".join(said)

    def end(self) -> None:
        """Leave nothing behind."""
        if self._running is not None:
            self._running.kill()
            self._running.communicate()

    def _command(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "fedcomm", "--port", str(self.port), *options],
            env={**os.environ, "PYTHONPATH": str(ROOT), "FEDCOMM_DATA_DIR": str(self._folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder = tmp_path_factory.mktemp("network")
    for each in (folder, *list(folder.parents)[:2]):
        each.chmod(0o755)  # the database runs as somebody else when we are root
    network = Network(folder)
    yield network
    network.end()


def test_the_network_is_filled_once_kept_and_begun_anew_on_demand(network: Network) -> None:
    first = network.start()
    page = read(first["thread"])
    posts = threads_at(first)
    status, said = network.refused()
    assert network.stop() == 0
    again = network.start()
    kept = threads_at(again)
    assert network.stop() == 0
    fresh = network.start("--fresh")
    anew = threads_at(fresh)
    assert network.stop() == 0

    assert list(first["instances"].values()) == [f"http://localhost:{network.port + n}" for n in range(3)]
    for name in ("Emil Huber", "Gus Hartmann", "Ben Okafor", "Dora Petersen", "Cleo Marchetti"):
        assert name in page
    assert "so test all four corners" in page
    assert all(len(each) >= 2 for each in posts.values())
    assert (status, said.count("\n")) == (1, 1)
    assert f"port {network.port} is in use" in said
    assert again == first
    assert kept == posts
    assert fresh["instances"] == first["instances"]
    assert set(anew["association"]).isdisjoint(posts["association"])
    assert [len(each) for each in anew.values()] == [len(each) for each in posts.values()]


def threads_at(told: dict[str, Any]) -> dict[str, list[str]]:
    """The public posts of each instance, by uri, as anybody reads them."""
    found: dict[str, list[str]] = {}
    for where, address in told["instances"].items():
        statuses = json.loads(read(f"{address}/api/v1/timelines/public?limit=40"))
        found[where] = sorted(status["uri"] for status in statuses)
    return found


def read(url: str) -> str:
    with urlopen(Request(url, headers={"Accept-Language": "en"}), timeout=10) as answer:
        return cast("bytes", answer.read()).decode()


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody uses."""
    for first in range(21001 + os.getpid() % 1000 * count, 60000, count):
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")
