"""A PostgreSQL of a test's own, to be killed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from fedcomm import migrating, postgres

DURABLE = {"fsync": "off", "full_page_writes": "off"}
"""The server is killed, not the machine; but what it committed has to be in its log by then."""


@asynccontextmanager
async def own_cluster(folder: Path, *databases: str) -> AsyncGenerator[postgres.Cluster]:
    """A PostgreSQL that only this test uses, with these databases, migrated."""
    folder.mkdir(mode=0o755)
    cluster = await postgres.start(folder, settings=DURABLE)
    try:
        for name in databases:
            await cluster.ensure_database(name)
            await migrating.migrate(cluster.dsn_for(name))
        yield cluster
    finally:
        await cluster.stop()
