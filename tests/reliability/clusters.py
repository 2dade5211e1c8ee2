"""A PostgreSQL of a test's own, to be killed, or reached through something that can spoil the way."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from fedcomm import migrating, postgres

DURABLE = {"fsync": "off", "full_page_writes": "off"}
"""The server is killed, not the machine; but what it committed has to be in its log by then."""

SOCKET = ".s.PGSQL.5432"
"""What a socket of PostgreSQL is called in its folder."""


def reached_in(url: str, folder: Path) -> str:
    """The address of a database on the embedded server, with a socket in another folder."""
    (host,) = parse_qs(urlsplit(url).query)["host"]
    return url.replace(quote(host, safe=""), quote(str(folder), safe=""))


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
