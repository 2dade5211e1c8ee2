"""`./run group`: the groups of an instance."""

import click

from fedcomm import audit
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.cli.account import as_json_option, found
from fedcomm.cli.instance import Instance, print_json, print_table, run
from fedcomm.errors import NotFound
from fedcomm.groups import founding, membership, reading
from fedcomm.groups.model import Role

ROLES = ("facilitator", "moderator", "member")


@click.group()
def command() -> None:
    """Groups: create, list, add members."""


@command.command()
@click.argument("handle")
@click.option("--name", required=True, help="What it is called.")
@click.option("--purpose", required=True, help="One sentence: what it is for.")
@click.option("--owner", required=True, help="Its first facilitator, a person of this instance.")
@click.option("--visibility", type=click.Choice(["public"]), default="public", show_default=True)
@as_json_option
def create(handle: str, name: str, purpose: str, owner: str, visibility: str, as_json: bool) -> None:
    """Found a group that everybody may join and read (decisions D77)."""

    async def make(here: Instance) -> Account:
        async with here.pool.transaction() as db:
            by = await found(db, owner)
            group = await founding.create(db, here.here, by, handle, name, purpose, now=here.now())
            await audit.write(db, None, "create group", group.handle, details={"owner": by.handle}, now=here.now())
            return group

    group = run(make)
    if as_json:
        print_json({"id": str(group.id), "handle": group.handle, "uri": group.uri, "visibility": visibility})
    else:
        click.echo(f"{group.full_handle} is {group.url}")


@command.command("list")
@as_json_option
def list_groups(as_json: bool) -> None:
    """The groups of this instance, busiest first."""

    async def read(here: Instance) -> list[Account]:
        async with here.pool.connection() as db:
            return await reading.here(db, viewer_id=None, limit=1000)

    groups = run(read)
    if as_json:
        print_json([{"id": str(group.id), "handle": group.handle, "name": group.name} for group in groups])
        return
    print_table(
        ("handle", "name", "followers", "threads", "last"),
        [(group.handle, group.name, group.followers_count, group.posts_count, group.last_post_at) for group in groups],
    )


@command.command("add-member")
@click.argument("group")
@click.argument("handle")
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
def add_member(group: str, handle: str, role: Role) -> None:
    """Make somebody of this instance a member of a group of this instance."""

    async def act(here: Instance) -> None:
        async with here.pool.transaction() as db:
            target = await lookup.local(db, group.removeprefix("@"))
            if target is None or not target.is_group:
                raise NotFound(f"there is no group {group}")
            person = await found(db, handle)
            await membership.join(db, here.here, person, target, how="command", now=here.now())
            if role != "member":
                await membership.appoint_by_command(db, target, person.id, role, now=here.now())
            await audit.write(db, None, "add member", group, details={"who": handle, "role": role}, now=here.now())

    run(act)
    click.echo(f"@{handle.removeprefix('@')} is {role} of @{group.removeprefix('@')}")
