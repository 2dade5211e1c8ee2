"""`./run queue`: the work that waits inside, and what of it failed."""

import click

from fedcomm.cli.instance import Instance, print_json, print_table, run
from fedcomm.jobs import backlog, failed_work
from fedcomm.jobs.backlog import Backlog
from fedcomm.jobs.failed_work import QUEUES, FailedWork, FailingQueue

_of = click.argument("queue", type=click.Choice(QUEUES), required=False)
_keys = click.option("--key", "keys", multiple=True, help="Only this, as `queue failed` names it; may be repeated.")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def command() -> None:
    """Work that waits or failed: consequences of what happened here (facts), what others sent (inbox), and mail."""


@command.command()
@_as_json
def status(as_json: bool) -> None:
    """How many wait in each queue, since when, and how many were given up."""

    async def read(here: Instance) -> list[Backlog]:
        async with here.pool.connection() as db:
            return await backlog.look(db, now=here.now())

    found = run(read)
    if as_json:
        return print_json(found)
    return print_table(
        ("queue", "waiting", "oldest due", "given up", "last success"),
        [(each.queue, each.waiting, each.oldest_due_at, each.failed, each.succeeded_at) for each in found],
    )


@command.command()
@_of
@_as_json
def failed(queue: FailingQueue | None, as_json: bool) -> None:
    """What was given up after five tries, and why."""

    async def read(here: Instance) -> list[FailedWork]:
        async with here.pool.connection() as db:
            return [each for name in _wanted(queue) for each in await failed_work.failed(db, name)]

    found = run(read)
    if as_json:
        return print_json(found)
    if not found:
        return click.echo("nothing failed")
    return print_table(
        ("queue", "key", "what", "about", "failed", "why"),
        [(each.queue, each.key, each.what, each.about, each.failed_at, each.error) for each in found],
    )


@command.command()
@_of
@_keys
@_as_json
def retry(queue: FailingQueue | None, keys: tuple[str, ...], as_json: bool) -> None:
    """Try once more what was given up: all of it, of one queue, or single pieces."""

    async def change(here: Instance) -> int:
        async with here.pool.transaction() as db:
            return sum([await failed_work.retry(db, name, keys or None, now=here.now()) for name in _wanted(queue)])

    count = run(change)
    print_json({"tried": count}) if as_json else click.echo(f"{count} are tried now")


@command.command()
@click.argument("queue", type=click.Choice(QUEUES))
@_keys
@_as_json
def drop(queue: FailingQueue, keys: tuple[str, ...], as_json: bool) -> None:
    """Let go of what was given up. It cannot be taken back."""

    async def change(here: Instance) -> int:
        async with here.pool.transaction() as db:
            return await failed_work.drop(db, queue, keys or None)

    count = run(change)
    print_json({"dropped": count}) if as_json else click.echo(f"{count} were dropped")


def _wanted(queue: FailingQueue | None) -> tuple[FailingQueue, ...]:
    return (queue,) if queue is not None else QUEUES
