"""`./run retention`: old threads and files from elsewhere, looked at and removed."""

import asyncio
import math

import click

from fedcomm import settings
from fedcomm.cli.instance import Instance, print_json, print_table, run
from fedcomm.errors import Conflict
from fedcomm.figures.keeping import Patience
from fedcomm.http import retaining
from fedcomm.threads import retention
from fedcomm.threads.retention import Run

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def command() -> None:
    """Threads and files from elsewhere that are beyond the limits of the page "Storage"."""


@command.command()
@_as_json
def status(as_json: bool) -> None:
    """The last runs: when, what went or would, and what there was before and after."""

    async def read(here: Instance) -> list[Run]:
        async with here.pool.connection() as db:
            return await retention.newest(db)

    found = run(read)
    if as_json:
        return print_json(found)
    return print_table(
        ("begun", "state", "removes", "looked at", "of", "threads", "posts", "files", "posts before", "after"),
        [
            (
                each.started_at,
                each.state,
                "yes" if each.removes else "no",
                each.looked_count,
                each.all_count,
                each.threads_count,
                each.posts_count,
                each.files_count,
                each.posts_before,
                each.posts_after,
            )
            for each in found
        ],
    )


@command.command()
@_as_json
def look(as_json: bool) -> None:
    """What would go now, without removing anything."""
    _whole_run(removes=False, as_json=as_json)


@command.command()
@_as_json
def remove(as_json: bool) -> None:
    """Remove it now; interrupted, the running server goes on where it was."""
    _whole_run(removes=True, as_json=as_json)


def _whole_run(*, removes: bool, as_json: bool) -> None:
    done = run(lambda here: _take_all_steps(here, removes=removes))
    if as_json:
        return print_json(done)
    verb = "removed" if removes else "would go"
    return click.echo(
        f"{verb}: {done.posts_count} posts in {done.threads_count} threads, {done.files_count or 0} copies of files"
        f" ({done.files_bytes or 0} bytes)"
    )


async def _take_all_steps(here: Instance, *, removes: bool) -> Run:
    async with here.pool.transaction() as db:
        bounds = await settings.load(db, here.config)
        try:
            begun = await retention.begin(db, None, bounds, removes=removes, now=here.now())
        except Conflict as already:
            raise click.ClickException(str(already)) from None
    await retaining.go_on(here.pool, here.config.folder, bounds, Patience(math.inf), now=here.now())
    while True:  # a running server may have taken a step at the same moment
        async with here.pool.connection() as db:
            found = next(each for each in await retention.newest(db) if each.id == begun.id)
        if not found.is_under_way:
            return found
        await asyncio.sleep(0.5)
        await retaining.go_on(here.pool, here.config.folder, bounds, Patience(math.inf), now=here.now())
