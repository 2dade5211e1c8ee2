"""What a newcomer does: clone, `./run`, `./run test`, on a machine that knows nothing of us."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PASSED_ON = re.compile(r"PATH|PIP_.*|UV_.*|SSL_CERT_.*")
UP_WITHIN_S = 300
"""The promise is 90 s with packages cached; the machine that runs this may be busy and its cache empty."""
DOWN_WITHIN_S = 60

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clone() -> Iterator[Path]:
    """An empty folder with a clone, a home and a place for data."""
    folder = Path(tempfile.mkdtemp(prefix="fedcomm-clone-"))
    folder.chmod(0o755)
    (folder / "home").mkdir()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "fedcomm")], check=True)
    yield folder / "fedcomm"
    shutil.rmtree(folder)


def environment(clone: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    return {**kept, "HOME": str(clone.parent / "home"), "FEDCOMM_DATA_DIR": str(clone.parent / "data")}


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody uses."""
    for first in range(17001, 60000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as trial:
                    trial.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


def answers(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def test_run_shows_the_network_and_ctrl_c_stops_all_of_it(clone: Path) -> None:
    port = free_ports(3)
    said = clone.parent / "said"
    with said.open("wb") as output:
        running = subprocess.Popen(
            ["./run", "--port", str(port)],
            cwd=clone,
            env=environment(clone),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + UP_WITHIN_S
        while not all(f"http://localhost:{port + n}" in said.read_text() for n in range(3)):
            assert running.poll() is None, said.read_text()
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.1)

        for n in range(3):
            assert answers(port + n, "/healthz") == 200
            assert answers(port + n, "/") == 200
    finally:
        os.killpg(running.pid, signal.SIGINT)
        status = running.wait(DOWN_WITHIN_S)
    assert status == 0, said.read_text()
    assert [answers(port + n, "/healthz") for n in range(3)] == [None, None, None]
    assert list((clone.parent / "data").glob("postgres-*/data/postmaster.pid")) == []
    assert "Traceback" not in said.read_text()


def test_the_tests_run_too(clone: Path) -> None:
    done = subprocess.run(
        ["./run", "test", "tests/test_database.py", "tests/test_config.py"],
        cwd=clone,
        env=environment(clone),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"=+ \d+ passed in ", done.stdout.splitlines()[-1])


def test_nothing_was_left_in_the_checkout_or_at_home(clone: Path) -> None:
    """Everything we make lies in `.venv` and in the data folder; caches of package tools are theirs."""
    untracked = subprocess.run(
        ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True
    ).stdout
    assert untracked == ""
    assert [path.name for path in (clone.parent / "home").iterdir() if "fedcomm" in path.name] == []
