"""`./run delivery`: what waits to be sent, for whom, since when, and why; for each server and each post."""

from collections.abc import Awaitable, Callable

import click

from fedcomm import audit
from fedcomm.accounts import lookup
from fedcomm.cli.instance import Instance, print_json, print_table, run
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.jobs import delivery_report, queues, steering
from fedcomm.jobs.delivery_report import About, Told
from fedcomm.jobs.steering import ALL, DeliveryStatus, PeerStatus, Which
from fedcomm.text import days
from fedcomm.threads import reading

_post = click.option("--post", help="Only what is about this post of ours: its id, or the address of its page.")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def command() -> None:
    """What waits to be sent to other servers."""


@command.command()
@click.argument("domain", required=False)
@_post
@_as_json
def status(domain: str | None, post: str | None, as_json: bool) -> None:
    """What waits and what was given up, for each server or for one."""

    async def read(here: Instance) -> list[PeerStatus]:
        async with here.pool.connection() as db:
            return await steering.status(db, await _which(db, domain, post))

    async def held(here: Instance) -> queues.Hold | None:
        async with here.pool.connection() as db:
            return await queues.held_deliveries(db)

    found, hold = run(read), run(held)
    if as_json:
        return print_json(found)
    if hold is not None:
        click.echo(f"nothing is sent since {hold.held_at:%Y-%m-%d %H:%M} UTC: {hold.held_reason}")
    if not found:
        return click.echo("nothing waits")
    return print_table(
        ("server", "waiting", "given up", "oldest", "next try", "last answer"),
        [
            (
                each.authority,
                each.waiting,
                each.failed,
                each.oldest_at,
                "paused" if each.paused_at else each.next_at,
                each.last_error or each.last_status,
            )
            for each in found
        ],
    )


@command.command("list")
@click.argument("domain", required=False)
@_post
@_as_json
def list_entries(domain: str | None, post: str | None, as_json: bool) -> None:
    """Each delivery that waits or was given up, to one server or about one post."""

    async def read(here: Instance) -> list[DeliveryStatus]:
        async with here.pool.connection() as db:
            return await steering.entries(db, await _which(db, domain, post), limit=1_000)

    found = run(read)
    if as_json:
        return print_json(found)
    if not found:
        return click.echo("nothing waits")
    return print_table(
        ("inbox", "what", "made", "state", "tries", "next try or end", "last answer"),
        [
            (
                each.inbox_url,
                f"{each.type} {each.uri}",
                each.made_at,
                each.state,
                each.attempts,
                each.at,
                each.last_error or each.last_status,
            )
            for each in found
        ],
    )


@command.command()
@_post
@click.option("--person", default="", help="Only what @ada, and who carries her, sent; also after she left.")
@click.option("--from", "first", default="", metavar="DAY", help="Only what was made from this day on (UTC).")
@click.option("--until", "last", default="", metavar="DAY", help="Only what was made until this day, included.")
@click.option("--deletions", is_flag=True, help="Only what asks others to delete something.")
@_as_json
def report(post: str | None, person: str, first: str, last: str, *, deletions: bool, as_json: bool) -> None:
    """Which servers were told and what each answered, one line for each inbox.

    What was taken is known for three days, what was given up for thirty.
    """

    async def read(here: Instance) -> list[Told]:
        since, before = days.between(first, last)
        async with here.pool.connection() as db:
            about = About(
                post_id=await _post_id(db, post) if post else None,
                person_id=await _person_id(db, here, person) if person else None,
                since=since,
                before=before,
                is_deletion=deletions,
            )
        return [each async for some in delivery_report.entries(here.pool.connection, about) for each in some]

    found = run(read)
    if as_json:
        return print_json(found)
    if not found:
        return click.echo("nothing was sent, or it is longer ago than is kept")
    return print_table(
        ("server", "inbox", "what", "made", "state", "answer", "at"),
        [
            (
                each.authority,
                each.inbox_url,
                f"{each.type} {each.uri}",
                each.made_at,
                each.state,
                each.status or each.error,
                each.at,
            )
            for each in found
        ],
    )


async def _person_id(db: Connection, here: Instance, typed: str) -> int:
    name, _, host = typed.removeprefix("@").partition("@")
    found = await lookup.by_handle(db, name, host or here.here.domain)
    if found is None:
        raise NotFound(f"There is nobody called {typed}.")
    return found.id


@command.command()
@click.argument("domain", required=False)
@_post
@_as_json
def retry(domain: str | None, post: str | None, as_json: bool) -> None:
    """Try at once what waits, and once more what was given up: for one server, for one post, or for all."""
    count = _change(domain, post, lambda db, which, here: steering.retry(db, which, now=here.now()))
    print_json({"tried": count}) if as_json else click.echo(f"{count} deliveries are tried now")


@command.command("give-up")
@click.argument("domain", required=False)
@_post
@_as_json
def give_up(domain: str | None, post: str | None, as_json: bool) -> None:
    """Try what waits no more; it is kept among what failed for 30 days, and `retry` brings it back."""
    _check_named(domain, post)
    count = _change(domain, post, lambda db, which, here: steering.give_up(db, which, now=here.now()))
    print_json({"given_up": count}) if as_json else click.echo(f"{count} deliveries were given up")


@command.command()
@click.argument("domain", required=False)
@_post
@_as_json
def drop(domain: str | None, post: str | None, as_json: bool) -> None:
    """Forget what waits for a server or about a post, and what was given up. It cannot be taken back."""
    _check_named(domain, post)
    count = _change(domain, post, lambda db, which, here: steering.drop(db, which))
    print_json({"dropped": count}) if as_json else click.echo(f"{count} deliveries were dropped")


@command.command()
@click.argument("domain")
def pause(domain: str) -> None:
    """Send nothing to a server until `resume`; what is for it waits."""

    async def change(here: Instance) -> bool:
        async with here.pool.transaction() as db:
            await audit.write(db, None, "pause deliveries", domain, now=here.now())
            return await steering.pause(db, domain, now=here.now())

    click.echo(f"{domain} is paused" if run(change) else f"{domain} was paused already")


@command.command()
@click.argument("domain")
def resume(domain: str) -> None:
    """Send to a server again."""

    async def change(here: Instance) -> bool:
        async with here.pool.transaction() as db:
            await audit.write(db, None, "resume deliveries", domain, now=here.now())
            return await steering.resume(db, domain)

    click.echo(f"{domain} is sent to again" if run(change) else f"{domain} was not paused")


@command.command()
@click.argument("reason")
def hold(reason: str) -> None:
    """Send nothing to anybody until `release`; what comes waits."""

    async def change(here: Instance) -> bool:
        async with here.pool.transaction() as db:
            await audit.write(db, None, "hold all deliveries", "instance", reason, now=here.now())
            return await queues.hold_deliveries(db, reason, now=here.now())

    click.echo("nothing is sent from now on" if run(change) else "nothing was sent already")


@command.command()
def release() -> None:
    """Send again, to all, what was held: by `hold`, or because a backup was brought back."""

    async def change(here: Instance) -> bool:
        async with here.pool.transaction() as db:
            await audit.write(db, None, "release all deliveries", "instance", now=here.now())
            return await queues.release_deliveries(db)

    click.echo("what waits is sent now" if run(change) else "nothing was held")


def _check_named(domain: str | None, post: str | None) -> None:
    if domain is None and post is None:
        raise click.UsageError("Name a server, or a post with --post.")


def _change(domain: str | None, post: str | None, act: Callable[[Connection, Which, Instance], Awaitable[int]]) -> int:
    async def change(here: Instance) -> int:
        async with here.pool.transaction() as db:
            return await act(db, await _which(db, domain, post), here)

    return run(change)


async def _which(db: Connection, domain: str | None, post: str | None) -> Which:
    """What was named. Raises UsageError (both), NotFound (no such post)."""
    if post is None:
        return Which(domain) if domain is not None else ALL
    if domain is not None:
        raise click.UsageError("Name a server or a post, not both.")
    return Which(post_id=await _post_id(db, post))


async def _post_id(db: Connection, text: str) -> int:
    found = await reading.find(db, int(text)) if text.isdecimal() and len(text) < 19 else None
    found = found or await reading.by_uri(db, text) or await reading.by_url(db, text, None)
    if found is None:
        raise NotFound(f"There is no post {text}.")
    return found.id
