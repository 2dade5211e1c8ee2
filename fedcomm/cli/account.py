"""`./run account`: the people of an instance."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import click

from fedcomm import audit
from fedcomm.accounts import confirming, logins, lookup, people, second_step, signup
from fedcomm.accounts.model import Account
from fedcomm.accounts.people import Person, Shown
from fedcomm.cli import account_measures
from fedcomm.cli.instance import Instance, print_json, print_table, run, shown
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.permissions import InstanceRole
from fedcomm.portability import erasures, leaving

LINK_LIFETIME = timedelta(hours=24)
"""Of a one-time link printed by a command (decisions D78)."""
ROLES = ("owner", "admin", "moderator", "member")

Verb = Callable[..., Awaitable[object]]

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def command() -> None:
    """People: create, list, approve, reject, measures with reasons, roles, one-time links."""


account_measures.register(command)


@command.command()
@click.argument("handle")
@click.option("--email", required=True, help="Mail address.")
@click.option("--password", help="At least 10 characters; without it a one-time link is printed.")
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
@click.option("--name", default="", help="The name to show; otherwise the handle is shown.")
@click.option("--confirmed", is_flag=True, help="The mail address is known to be right.")
@as_json_option
def create(
    handle: str, email: str, password: str | None, role: InstanceRole, name: str, confirmed: bool, as_json: bool
) -> None:
    """Give somebody an account, which is usable at once."""

    async def make(here: Instance) -> tuple[Account, str | None]:
        async with here.pool.transaction() as db:
            account = await signup.create_person(
                db,
                here.here,
                handle=handle,
                email=email,
                password=password,
                name=name,
                role=role,
                confirmed=confirmed,
                created_by="command",
                now=here.now(),
            )
            await audit.write(db, None, "create account", account.handle, details={"role": role}, now=here.now())
            return account, None if password else await _link(db, here, account.id)

    account, link = run(make)
    if as_json:
        print_json({"id": str(account.id), "handle": account.handle, "uri": account.uri, "role": role, "link": link})
        return
    click.echo(f"@{account.handle} is {account.url}")
    if link:
        click.echo(f"set a password within 24 hours at {link}")


@command.command("list")
@click.option("--state", type=click.Choice(["pending", "active", "disabled"]), help="Only those.")
@click.option("--role", type=click.Choice(ROLES), help="Only those.")
@as_json_option
def list_people(state: Shown | None, role: InstanceRole | None, as_json: bool) -> None:
    """The people of this instance, by handle."""

    async def read(here: Instance) -> list[Person]:
        found: list[Person] = []
        async with here.pool.connection() as db:
            while page := await people.page(db, state=state, role=role, after=found[-1].handle if found else ""):
                found += page
        return found

    found = run(read)
    if as_json:
        print_json(found)
        return
    print_table(
        ("handle", "name", "mail", "role", "state", "posts", "since", "signed in"),
        [
            (p.handle, p.name, p.email, p.role, p.login_state, p.posts_count, p.created_at, p.last_sign_in_at)
            for p in found
        ],
    )


def _change(handle: str, verb: Verb, told: str) -> None:
    """Do something about somebody, written down in the audit log as the server's own doing."""

    async def act(here: Instance) -> None:
        async with here.pool.transaction() as db:
            await verb(db, (await found(db, handle)).id, now=here.now())
            await audit.write(db, None, told, handle, now=here.now())

    run(act)


@command.command()
@click.argument("handle")
def approve(handle: str) -> None:
    """Let somebody in who signed up and waits."""
    _change(handle, signup.approve, "approve sign-up")
    click.echo(f"@{handle} is let in")


@command.command()
@click.argument("handle")
def confirm(handle: str) -> None:
    """Take somebody's mail address on your word: they need not open the link that was mailed there."""
    _change(handle, confirming.confirm_unasked, "confirm mail address")
    click.echo(f"the mail address of @{handle} counts as confirmed")


@command.command()
@click.argument("handle")
def reject(handle: str) -> None:
    """Turn down a sign-up that waits; the handle stays taken."""
    _change(handle, signup.reject, "reject sign-up")
    click.echo(f"@{handle} is turned down")


@command.command()
@click.argument("handle")
@click.option("--reason", default="", help="Why, in a sentence: they are mailed it.")
@click.option("--at-their-wish", is_flag=True, help="They asked for it themselves: no reasons are mailed.")
@click.option("--without-places", is_flag=True, help="Threads do not show that anything was there; at their wish only.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(handle: str, reason: str, at_their_wish: bool, without_places: bool, yes: bool) -> None:
    """End an account for good, with all that was written; other servers are told. The handle stays taken."""
    if bool(reason.strip()) == at_their_wish:
        raise click.UsageError("say why with --reason, or that they asked for it with --at-their-wish")
    if without_places and not at_their_wish:
        raise click.UsageError("--without-places is for those who asked for it, with --at-their-wish")
    if not yes:
        click.confirm(f"End @{handle} for good?", abort=True)

    async def act(here: Instance) -> None:
        async with here.pool.transaction() as db:
            person = await found(db, handle)
            if at_their_wish:
                await leaving.leave_for_good(db, here.here, person, keeps_places=not without_places, now=here.now())
                await audit.write(db, None, "delete account", handle, "at their wish", now=here.now())
            else:
                await leaving.remove(db, here.here, None, person, reason, now=here.now())

    run(act)
    click.echo(f"@{handle} is gone")


@command.command()
@click.argument("handle")
@as_json_option
def erasure(handle: str, as_json: bool) -> None:
    """What came of the end of an account: its posts, which servers were told, what they answered."""

    async def look(here: Instance) -> tuple[erasures.Erasure, list[erasures.Told]]:
        async with here.pool.transaction() as db:
            gone = await found(db, handle)
            asked = await erasures.of(db, gone.id)
            if asked is None:
                raise NotFound(f"@{handle} was not ended in the last year.")
            await erasures.gather(db, [asked.id], now=here.now())
            return asked, await erasures.told(db, asked.id)

    asked, servers = run(look)
    if as_json:
        print_json({"erasure": asked, "servers": servers})
        return
    click.echo(f"asked {shown(asked.asked_at)}, {asked.posts_count} posts deleted, {len(servers)} servers told")
    click.echo("done " + shown(asked.emptied_at) if asked.emptied_at else "not done yet")
    rows = [(each.authority, each.state, each.status, each.error) for each in servers]
    print_table(("server", "state", "status", "error"), rows)


@command.command()
@click.argument("handle")
@click.argument("role", type=click.Choice(ROLES))
def role(handle: str, role: InstanceRole) -> None:
    """Give somebody another role on the instance."""

    async def act(here: Instance) -> None:
        async with here.pool.transaction() as db:
            await signup.set_role(db, (await found(db, handle)).id, role)
            await audit.write(db, None, "set role", handle, details={"role": role}, now=here.now())

    run(act)
    click.echo(f"@{handle} is {role}")


@command.command("second-step-off")
@click.argument("handle")
def second_step_off(handle: str) -> None:
    """Let somebody in by the password alone, who has lost both telephone and paper codes; sessions and tokens end."""
    _change(handle, second_step.turn_off, "switch second step off")
    click.echo(f"@{handle} signs in by the password alone")


@command.command("reset-password")
@click.argument("handle")
@as_json_option
def reset_password(handle: str, as_json: bool) -> None:
    """Print a one-time link, valid for 24 hours; password, sessions and tokens end at once."""

    async def act(here: Instance) -> str:
        async with here.pool.transaction() as db:
            account = await found(db, handle)
            await logins.shut_out(db, account.id)
            await audit.write(db, None, "reset password", handle, now=here.now())
            return await _link(db, here, account.id)

    link = run(act)
    if as_json:
        print_json({"handle": handle, "link": link})
    else:
        click.echo(link)


async def found(db: Connection, handle: str) -> Account:
    """The person of ours with this handle. Raises NotFound, Invalid (a group)."""
    account = await lookup.local(db, handle.removeprefix("@"))
    if account is None:
        raise NotFound(f"there is no account {handle}")
    if account.kind != "person":
        raise Invalid(f"{handle} is not a person")
    return account


async def _link(db: Connection, here: Instance, account_id: int) -> str:
    now = here.now()
    return here.here.set_password_url(await logins.make_link(db, account_id, now=now, expires_at=now + LINK_LIFETIME))
