"""What commands need of an instance: its configuration and its database, which may be in use by a server beside us."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
import msgspec

from fedcomm import config, database, database_urls, ids, migrating
from fedcomm.config import Config
from fedcomm.database import Pool
from fedcomm.here import Here

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance as a command sees it; a running server finds what a command did within a second."""

    config: Config
    here: Here
    pool: Pool

    def now(self) -> datetime:
        """The time now, in UTC."""
        return datetime.now(UTC)


@asynccontextmanager
async def opened() -> AsyncGenerator[Instance]:
    """The instance that the environment names, its database migrated. Raises what `one_line` tells."""
    settings = config.load()
    async with database_urls.opened(settings) as urls:
        await migrating.migrate(urls.direct)
        pool = await database.open_pool(urls.main, size=4, pooler=urls.is_behind_pooler, name="fedcomm command")
        try:
            async with pool.connection() as db:
                await ids.begin_above(db, now=datetime.now(UTC))
            yield Instance(settings, settings.here, pool)
        finally:
            await pool.close()


def run(work: Callable[[Instance], Awaitable[T]]) -> T:
    """Do something with the instance, from a click command."""

    async def with_instance() -> T:
        async with opened() as instance:
            return await work(instance)

    return asyncio.run(with_instance())


def print_json(data: Any) -> None:
    """Print data for programs: structs and times as JSON."""
    click.echo(json.dumps(msgspec.to_builtins(data), ensure_ascii=False, indent=2))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows for people, in columns as wide as they need to be."""
    texts = [[shown(value) for value in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(headings), *texts]) for column in range(len(headings))]
    for row in [list(headings), *texts]:
        click.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def shown(value: object) -> str:
    """A value in a table."""
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return str(value)
