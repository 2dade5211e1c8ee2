"""`./run hold`: legal holds, and the evidence they keep."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from fedcomm import config
from fedcomm.cli.account import as_json_option
from fedcomm.cli.instance import Instance, print_json, print_table, run
from fedcomm.cursor import GREATEST_ID, Cursor
from fedcomm.guardrails import holds
from fedcomm.guardrails.holds import Hold
from fedcomm.media import stores
from fedcomm.moderation import holding_evidence
from fedcomm.portability import evidence


@click.group()
def command() -> None:
    """Legal holds: keep what would be deleted, export it as evidence, end them."""


@command.command()
@click.argument("about", default="")
@click.option("--from", "first", default="", metavar="DAY", help="Only what was published from this day on (UTC).")
@click.option("--until", "last", default="", metavar="DAY", help="Only what was published until this day, included.")
@click.option("--word", default="", help="Only what says this, in any version; also within other words.")
@click.option("--reason", required=True, help="Why; it is kept with the hold.")
@click.option(
    "--confidential", is_flag=True, help="Who ends their account under it must not be told that copies are kept."
)
def place(about: str, first: str, last: str, word: str, reason: str, *, confidential: bool) -> None:
    """Keep all of ABOUT: @ada, @ada@their.server, a group's handle, the address of a thread, or report:NUMBER.

    Without ABOUT: all that anybody writes, of some days or with a word.
    """

    async def act(here: Instance) -> Hold:
        async with here.pool.transaction() as db:
            cover = await holding_evidence.cover(db, here.here, about, first=first, last=last, word=word)
            return await holds.place(db, None, cover, reason, is_confidential=confidential, now=here.now())

    made = run(act)
    click.echo(f"hold {made.id}: {made.kind} {made.about}")


@command.command("list")
@as_json_option
def list_holds(as_json: bool) -> None:
    """All holds, newest first."""

    async def read(here: Instance) -> tuple[list[Hold], dict[int, int]]:
        async with here.pool.connection() as db:
            found = await holds.page(db, None, cursor=Cursor(max_id=GREATEST_ID, limit=1_000))
            return found, await holds.copies_count(db, [each.id for each in found])

    found, counts = run(read)
    if as_json:
        print_json(found)
        return
    print_table(
        ("hold", "kind", "about", "from", "before", "word", "since", "ended", "kept", "reason"),
        [
            (
                each.id,
                each.kind,
                each.about,
                each.begins_at,
                each.ends_before,
                each.word,
                each.created_at,
                each.ended_at,
                counts.get(each.id, 0),
                each.reason,
            )
            for each in found
        ],
    )


@command.command()
@click.argument("hold", type=int)
@click.option("--reason", required=True, help="Why; it is kept with the hold.")
def end(hold: int, reason: str) -> None:
    """End a hold: what only it kept is erased."""

    async def act(here: Instance) -> None:
        async with here.pool.transaction() as db:
            await holds.end(db, None, hold, reason, now=here.now())

    run(act)
    click.echo(f"hold {hold} has ended")


@command.command()
@click.argument("hold", type=int)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(hold: int, file: Path) -> None:
    """Write all that a hold covers into FILE, with hashes and a signature."""
    path = file.expanduser().absolute()

    async def act(here: Instance) -> int:
        store = stores.opened(config.load().media_url, now=lambda: datetime.now(UTC))
        try:
            return await evidence.export(here.pool.transaction, here.here, store, None, hold, path, now=here.now())
        finally:
            await store.close()

    count = run(act)
    click.echo(f"{path}: {count} posts, {evidence.verify(path)} files; read again, all as written")


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def verify(file: Path) -> None:
    """Say whether FILE is as it was written and signed; needs no instance."""
    try:
        count = asyncio.run(asyncio.to_thread(evidence.verify, file))
    except evidence.Unsound as problem:
        raise click.ClickException(str(problem)) from problem
    click.echo(f"{file}: {count} files, all as they were written and signed")
