"""What every test may ask for: a real PostgreSQL, made once for the whole run and thrown away after it (D69).

`db` is a connection whose changes are rolled back; `database_url` makes whole databases, for instances that commit.
"""

import asyncio
import os
import re
import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
import uvloop

from fedcomm import database, migrating, postgres
from fedcomm.database import Connection
from tests.kit.chances import FUZZ_SECONDS

MakeLoop = Callable[[], asyncio.AbstractEventLoop]
MakeDatabase = Callable[[], Awaitable[str]]

TEMPLATE = "fedcomm_template"
FOLDER = "FEDCOMM_TEST_FOLDER"
"""The folder of the run: made by the first process, found by the workers of pytest-xdist in their environment."""
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}
"""Nothing here needs to outlive the machine; what tests kill are processes, and those lose nothing by this."""
CLIENT = "FEDCOMM_CLIENT_"
"""Begins the names that say where the files of other projects' clients are (tests/clients/README.md)."""
PEER = "FEDCOMM_PEER_"
"""Begins the names that say where servers of other projects run (tests/peers/README.md)."""
KEPT = {FOLDER, FUZZ_SECONDS, "FEDCOMM_CHROMIUM", "FEDCOMM_BROWSER", "FEDCOMM_SCREENSHOTS"}
MOST_LEFT_BEHIND = 2000
"""A database that held more rows is not used again: its tables would be larger, and planned otherwise."""
EMPTY = """
SET LOCAL lock_timeout = '2s';
SET LOCAL session_replication_role = replica;
DO $$
DECLARE
    name  text;
    count bigint;
    every bigint = 0;
BEGIN
    FOR name IN SELECT relname
                  FROM pg_class
                 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'migration'
                   AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('DELETE FROM %I', name);
        GET DIAGNOSTICS count = ROW_COUNT;
        every = every + count;
    END LOOP;
    PERFORM set_config('emptied.count', every::text, true);
END
$$
"""
"""One statement for all tables that ever held a row; what refers to what does not matter, as all goes."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def pytest_configure(config: pytest.Config) -> None:
    ours = [name for name in os.environ if name.startswith("FEDCOMM_") and not name.startswith((CLIENT, PEER))]
    for name in [name for name in ours if name not in KEPT]:
        del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    keep_bytecode()
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="fedcomm-tests-"))
        folder.chmod(0o755)
        os.environ[FOLDER] = str(folder)


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, MakeLoop]:
    """All runs on the event loop on which the server runs."""
    return {"uvloop": uvloop.new_event_loop}


def keep_bytecode() -> None:
    """Compile each test once, also where the environment forbids to keep it.

    Else each worker of pytest-xdist compiles all of them again in each run, which takes it 10 s of the processor, and
    so do commands that tests start. What is kept is ignored by git.
    """
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (folder := os.environ.pop(FOLDER, None)):
        shutil.rmtree(folder, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `browser` are listed as not run on a machine without one, unless it is required (D74).

    So are those marked `film` on a machine without ffmpeg, those marked `client` without the client's files, and those
    marked `peer` without that server.
    """
    for item in items:
        for kind, prefix in (("client", CLIENT), ("peer", PEER)):
            if (marker := item.get_closest_marker(kind)) and not os.environ.get(name := prefix + marker.args[0]):
                item.add_marker(pytest.mark.skip(reason=f"no {name}: tests/{kind}s/README.md"))
    if shutil.which("ffmpeg") is None or shutil.which("ffprobe") is None:
        no_films = pytest.mark.skip(reason="no ffmpeg and ffprobe on the PATH")
        for item in items:
            if item.get_closest_marker("film"):
                item.add_marker(no_films)
    if nats_server() is None:
        no_nats = pytest.mark.skip(reason="no nats-server on the PATH")
        for item in items:
            if item.get_closest_marker("nats"):
                item.add_marker(no_nats)
    for item in items:
        if (marker := item.get_closest_marker("program")) and program(marker.args[0]) is None:
            item.add_marker(pytest.mark.skip(reason=f"no {marker.args[0]} on the PATH"))
    if os.environ.get("FEDCOMM_BROWSER") == "required" or found_chromium() is not None:
        return
    not_run = pytest.mark.skip(reason="no Chromium on the PATH or in FEDCOMM_CHROMIUM")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(not_run)


def nats_server() -> str | None:
    """The program of a NATS server, if there is one on this machine."""
    return program("nats-server")


def program(name: str) -> str | None:
    """A program of this machine, if it is there; Debian puts servers where only root looks."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


def found_chromium() -> str | None:
    """The browser's program, if there is one on this machine."""
    chosen = os.environ.get("FEDCOMM_CHROMIUM")
    return chosen or next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program that browser tests start; fails where a browser is required and missing."""
    path = found_chromium()
    assert path is not None, "a Chromium is required: install one, or name it in FEDCOMM_CHROMIUM"
    return path


@pytest.fixture(autouse=True)
def ids_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids begin anew: a clock of the future leaves nothing that a real server would refuse to start with."""
    monkeypatch.setattr("fedcomm.ids._last", 0)


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """The PostgreSQL of this run, shared with the other workers, with the template made."""

    async def ready() -> postgres.Cluster:
        cluster = await postgres.start(Path(os.environ[FOLDER]), settings=FAST)
        try:
            await cluster.ensure_database(TEMPLATE)
            await migrating.migrate(cluster.dsn_for(TEMPLATE))
        except BaseException:  # Ctrl-C too: no PostgreSQL is left running, and the mistake goes on
            await cluster.stop()
            raise
        return cluster

    running = asyncio.run(ready())
    yield running
    asyncio.run(running.stop())


@pytest.fixture(scope="session")
def rolled_back_database(cluster: postgres.Cluster) -> str:
    """The database of this worker's `db`: nothing is ever committed to it."""
    return asyncio.run(new_database(cluster))


@pytest_asyncio.fixture
async def db(rolled_back_database: str) -> AsyncIterator[Connection]:
    """A connection in a transaction which is rolled back after the test."""
    connection = await database.connect(rolled_back_database)
    try:
        transaction = connection.transaction()
        await transaction.__aenter__()
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def spare_databases() -> list[str]:
    """Databases of earlier tests, emptied again: that takes 60 ms where making one takes half a second."""
    return []


@pytest_asyncio.fixture
async def database_url(cluster: postgres.Cluster, spare_databases: list[str]) -> AsyncIterator[MakeDatabase]:
    """Gives empty, migrated databases; what a test left in them is gone after it."""
    given: list[str] = []

    async def give() -> str:
        url = spare_databases.pop() if spare_databases else await new_database(cluster)
        given.append(url)
        return url

    yield give
    for url in given:
        if await emptied(url):
            spare_databases.append(url)
        else:
            await cluster.drop_database(url.partition("///")[2].partition("?")[0])


@cache
def own_tables() -> frozenset[str]:
    """The tables that the migrations make; a test may make more."""
    written = "".join(file.read_text(encoding="utf-8") for file in migrating.FOLDER.glob("*.sql"))
    return frozenset(re.findall(r"CREATE TABLE (\w+)", written))


async def emptied(url: str) -> bool:
    """Take all rows out of a database. False when it held many, has other tables, or somebody is still busy there."""
    db = await database.connect(url)
    try:
        async with db.transaction():
            rows = await db.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migration'"
            )
            if not {row["tablename"] for row in rows} <= own_tables():
                return False
            await db.execute(EMPTY)
            count = await db.fetchval("SELECT current_setting('emptied.count')")
        return int(count) < MOST_LEFT_BEHIND
    except asyncpg.PostgresError:
        return False
    finally:
        await db.close()


async def new_database(cluster: postgres.Cluster) -> str:
    """An empty, migrated database; for fixtures that several tests share. It goes with the cluster."""
    name = f"test_{uuid.uuid4().hex}"
    db = await database.connect(cluster.dsn_for("postgres"))
    try:
        for _ in range(50):
            try:
                await db.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY WAL_LOG")
                return cluster.dsn_for(name)
            except asyncpg.ObjectInUseError:
                await asyncio.sleep(0.05)  # another worker is just looking whether the template is complete
    finally:
        await db.close()
    raise AssertionError("the template database is never free")
