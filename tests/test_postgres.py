"""The embedded PostgreSQL: shared, stopped with its last user, and hard to lose. Source: decisions D69."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fedcomm import database, postgres, postgres_program

ROOT = Path(__file__).parent.parent
FAST = {"fsync": "off"}
ANOTHER_USER = """
import asyncio, sys
from pathlib import Path
from fedcomm import postgres

async def use():
    cluster = await postgres.start(Path(sys.argv[1]))
    print("using", flush=True)
    try:
        await asyncio.sleep(60)
    finally:
        await cluster.stop()

asyncio.run(use())
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may enter, as those of a data directory are."""
    made = Path(tempfile.mkdtemp(prefix="fedcomm-postgres-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


async def another_user(folder: Path) -> asyncio.subprocess.Process:
    """A second process that uses the cluster."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        ANOTHER_USER,
        str(folder),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=ROOT,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"using\n"
    return process


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def ask(cluster: postgres.Cluster, question: str) -> object:
    db = await database.connect(cluster.dsn_for("postgres"))
    try:
        return await db.fetchval(question)
    finally:
        await db.close()


async def test_it_stops_when_its_last_user_has_gone_and_keeps_the_data(folder: Path) -> None:
    first = await postgres.start(folder, settings=FAST)
    second = await postgres.start(folder)
    assert await first.ensure_database("kept") is True
    assert await second.ensure_database("kept") is False

    await first.stop()
    assert await ask(second, "SELECT count(*) FROM pg_database WHERE datname = 'kept'") == 1
    await second.stop()
    assert not second.answers()

    third = await postgres.start(folder, settings=FAST)
    assert await ask(third, "SELECT count(*) FROM pg_database WHERE datname = 'kept'") == 1
    await third.drop_database("kept")
    assert await ask(third, "SELECT count(*) FROM pg_database WHERE datname = 'kept'") == 0
    await third.stop()


async def test_it_keeps_what_was_committed(cluster: postgres.Cluster) -> None:
    """The tests run without fsync; an operator's cluster does not."""
    assert postgres.SETTINGS.get("fsync", "on") == "on"
    assert await ask(cluster, "SELECT datlocprovider::text || datlocale FROM pg_database LIMIT 1") == "bC.UTF-8"
    assert await ask(cluster, "SHOW listen_addresses") == ""


async def test_ctrl_c_of_one_user_leaves_it_to_the_other(folder: Path) -> None:
    cluster = await postgres.start(folder, settings=FAST)
    other = await another_user(folder)

    os.killpg(other.pid, signal.SIGINT)
    await other.wait()

    assert await ask(cluster, "SELECT 1") == 1
    await cluster.stop()


async def test_a_killed_server_is_back_by_itself(folder: Path) -> None:
    """Promise P7 of the reliability cases: no operator is needed."""
    cluster = await postgres.start(folder, settings=FAST)
    await cluster.ensure_database("kept")
    killed = cluster.server_pid()

    os.kill(killed, signal.SIGKILL)
    await until(lambda: cluster.answers() and cluster.server_pid() != killed)

    assert await ask(cluster, "SELECT count(*) FROM pg_database WHERE datname = 'kept'") == 1
    await cluster.stop()
    assert not cluster.answers()


@pytest.mark.slow
async def test_it_stops_also_when_its_last_user_was_killed(folder: Path) -> None:
    other = await another_user(folder)
    cluster = await postgres.start(folder)
    await cluster.stop()
    assert cluster.answers()

    other.kill()
    await other.wait()

    await until(lambda: not (cluster.place / "data" / "postmaster.pid").exists())
    assert not cluster.answers()


async def test_data_of_another_version_is_refused_with_what_to_do(folder: Path) -> None:
    older = folder / "postgres-17" / "data"
    older.mkdir(parents=True)
    (older / "PG_VERSION").write_text("17\n")

    with pytest.raises(postgres.Unavailable) as refused:
        await postgres.start(folder)

    told = str(refused.value)
    assert told.startswith(f"{older} was made by PostgreSQL 17, this fedcomm brings {postgres_program.MAJOR}; ")
    assert "/pg_upgrade --link --username=fedcomm --old-bindir=PROGRAMS_OF_17 --new-bindir=/" in told
    assert f" --old-datadir={older} --new-datadir={folder}/postgres-{postgres_program.MAJOR}/data" in told
    assert "\n" not in told


async def test_a_first_start_that_was_broken_off_is_begun_anew(folder: Path) -> None:
    unfinished = folder / f"postgres-{postgres_program.MAJOR}" / "data.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text(postgres_program.MAJOR)

    cluster = await postgres.start(folder, settings=FAST)

    assert await ask(cluster, "SELECT 1") == 1
    assert not unfinished.exists()
    await cluster.stop()


async def test_nobody_else_may_enter_the_folders_above(folder: Path) -> None:
    """As root the server runs as somebody else: it gets in, and the folders stay as they are."""
    folder.chmod(0o700)

    cluster = await postgres.start(folder / "below", settings=FAST)

    assert await cluster.ensure_database("made") is True
    assert folder.stat().st_mode & 0o777 == 0o700
    await cluster.stop()


async def test_a_path_too_long_for_a_socket_gets_a_shorter_one(folder: Path) -> None:
    cluster = await postgres.start(folder / ("long" * 30), settings=FAST)

    assert await ask(cluster, "SELECT 1") == 1
    await cluster.stop()
    assert not cluster.socket.exists()
