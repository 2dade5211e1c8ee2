"""`./run migrate`: bring the database up to date."""

import asyncio
import json

import click

from fedcomm import config, database_urls, migrating


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the names of the applied files as JSON.")
def command(as_json: bool) -> None:
    """Apply the migrations that the database lacks. Done by `serve` too; alone, before an upgrade of many processes."""
    applied = asyncio.run(_migrate())
    if as_json:
        click.echo(json.dumps({"applied": applied}))
    else:
        click.echo("\n".join(f"applied {name}" for name in applied) or "nothing to do: the database is up to date")


async def _migrate() -> list[str]:
    async with database_urls.opened(config.load()) as urls:
        return await migrating.migrate(urls.direct)
