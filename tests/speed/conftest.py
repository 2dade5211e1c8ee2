"""Two instances that differ in nothing but how much others wrote: 10,000 posts, and a million. Made once for a run."""

import fcntl
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from fedcomm import database, migrating, postgres
from tests.conftest import FOLDER
from tests.speed import filling
from tests.speed.watching import Log

SMALL, LARGE = 10_000, 1_000_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """The databases of both, and where their statements are written down."""

    small: str
    large: str
    log: Log


@pytest_asyncio.fixture
async def sizes(cluster: postgres.Cluster) -> AsyncIterator[Sizes]:
    """Both instances, for one test at a time: the other worker of pytest-xdist waits, as they share a log."""
    with (Path(os.environ[FOLDER]) / "speed.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        small, large = [await _filled(cluster, posts) for posts in (SMALL, LARGE)]
        yield Sizes(small, large, Log(cluster))


async def _filled(cluster: postgres.Cluster, posts: int) -> str:
    name = f"speed_{posts}"
    url = cluster.dsn_for(name)
    db = await database.connect(cluster.dsn_for("postgres"))
    try:
        is_there = await db.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name)
    finally:
        await db.close()
    if not is_there:
        beginning = f"{name}_unfinished"
        await cluster.drop_database(beginning)
        await cluster.ensure_database(beginning)
        await migrating.migrate(cluster.dsn_for(beginning))
        await filling.fill(cluster.dsn_for(beginning), posts)
        db = await database.connect(cluster.dsn_for("postgres"))
        try:
            await db.execute(f"ALTER DATABASE {beginning} RENAME TO {name}")
        finally:
            await db.close()
    return url
