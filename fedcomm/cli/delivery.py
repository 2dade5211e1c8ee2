"""`./run delivery`: what waits to be sent, for whom, since when, and why."""

import click

from fedcomm.cli.instance import Instance, print_json, print_table, run
from fedcomm.jobs import waiting_deliveries
from fedcomm.jobs.waiting_deliveries import PeerStatus


@click.group()
def command() -> None:
    """What waits to be sent to other servers."""


@command.command()
@click.argument("domain", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(domain: str | None, as_json: bool) -> None:
    """What waits and what was given up, for each server or for one."""

    async def read(here: Instance) -> list[PeerStatus]:
        async with here.pool.connection() as db:
            return await waiting_deliveries.status(db, domain)

    found = run(read)
    if as_json:
        print_json(found)
    elif not found:
        click.echo("nothing waits")
    else:
        print_table(
            ("server", "waiting", "given up", "oldest", "next try", "last answer"),
            [
                (
                    each.authority,
                    each.waiting,
                    each.failed,
                    each.oldest_at,
                    each.next_at,
                    each.last_error or each.last_status,
                )
                for each in found
            ],
        )


@command.command()
@click.argument("domain", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def retry(domain: str | None, as_json: bool) -> None:
    """Try at once what waits, and once more what was given up: for one server, or for all."""

    async def change(here: Instance) -> int:
        async with here.pool.transaction() as db:
            return await waiting_deliveries.retry(db, domain, now=here.now())

    count = run(change)
    print_json({"tried": count}) if as_json else click.echo(f"{count} deliveries are tried now")


@command.command()
@click.argument("domain")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def drop(domain: str, as_json: bool) -> None:
    """Forget what waits for a server, and what was given up. It cannot be taken back."""

    async def change(here: Instance) -> int:
        async with here.pool.transaction() as db:
            return await waiting_deliveries.drop(db, domain)

    count = run(change)
    print_json({"dropped": count}) if as_json else click.echo(f"{count} deliveries were dropped")
