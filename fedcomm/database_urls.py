"""Where the database of an instance is: what DATABASE_URL says, or the embedded one, kept running while we need it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fedcomm import postgres
from fedcomm.config import Config


@dataclass(frozen=True, slots=True)
class Urls:
    """`main` for all work; `direct` around a pooler, for migrations and LISTEN; `replica` for reads that may lag."""

    main: str
    direct: str
    replica: str | None
    is_behind_pooler: bool


@asynccontextmanager
async def opened(config: Config) -> AsyncGenerator[Urls]:
    """The addresses of the database, which exists while the block runs. Raises postgres.Unavailable, database.Down."""
    if config.database_url is not None:
        direct = config.database_direct_url or config.database_url
        yield Urls(config.database_url, direct, config.database_replica_url, config.is_behind_pooler)
        return
    cluster = await postgres.start(config.data_root)
    try:
        await cluster.ensure_database(config.database_name)
        url = cluster.dsn_for(config.database_name)
        yield Urls(url, url, None, is_behind_pooler=False)
    finally:
        await cluster.stop()
