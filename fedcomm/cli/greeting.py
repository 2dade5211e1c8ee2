"""What a new instance says to whoever runs it."""

from datetime import UTC, datetime

import click

from fedcomm.accounts import first_owner
from fedcomm.config import Config
from fedcomm.database import Pool


async def greet_owner(pool: Pool, settings: Config) -> None:
    """At the first start, make the operator's account and say how to get in."""
    async with pool.transaction() as db:
        link = await first_owner.make(db, settings.here, now=datetime.now(UTC))
    if link is not None:
        click.echo(f"Welcome. @{first_owner.HANDLE} runs this instance; choose a password within 24 hours at", err=True)
        click.echo(f"  {link}", err=True)
