"""How long `./run` takes until the network is up: in a new place with packages cached, and again."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import click

LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", ".hypothesis")
WITHIN_S = 600


def measure(root: Path, folder: Path) -> tuple[float, float]:
    """Seconds of the first and of the second start of a copy of the project."""
    place = folder / "fedcomm"
    shutil.copytree(root, place, ignore=LEFT_OUT, symlinks=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FEDCOMM_")}
    environment |= {"FEDCOMM_DATA_DIR": str(folder / "data")}
    port = _free_ports(3)
    return _start(place, environment, port), _start(place, environment, port)


def _start(place: Path, environment: dict[str, str], port: int) -> float:
    began = time.monotonic()
    network = subprocess.Popen(  # noqa: S603  # our own script
        ["./run", "network", "--json", "--port", str(port)],
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert network.stdout is not None
    line = network.stdout.readline()
    took = time.monotonic() - began
    network.send_signal(signal.SIGINT)
    _, said = network.communicate(timeout=WITHIN_S)
    if not line:
        raise click.ClickException(f"./run did not start: {said.strip()[-500:]}")
    return took


def _free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody uses."""
    for first in range(18001, 60000, count):
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
    raise click.ClickException(f"there are no {count} free ports in a row")
