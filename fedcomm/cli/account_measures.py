"""`./run account warn|cover|limit|disable|suspend` and what takes them back: as on the pages, with reasons (C12)."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol

import click

from fedcomm import settings
from fedcomm.accounts import lookup, measures
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import CODES, Code, Grounds
from fedcomm.cli.instance import Instance, run
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound


class Strike(Protocol):
    """A measure of `measures`."""

    def __call__(
        self, db: Connection, by: Account | None, target: Account, reason: str, grounds: Grounds, *, now: datetime
    ) -> Awaitable[None]: ...


class Lift(Protocol):
    """What takes one back."""

    def __call__(self, db: Connection, by: Account | None, target: Account, *, now: datetime) -> Awaitable[None]: ...


def register(group: click.Group) -> None:
    """Add the commands to `account`."""
    for name, strike, help_, done in (
        ("warn", measures.warn, "Tell somebody what they should not do, and nothing else.", "is warned"),
        ("cover", measures.cover, "Cover somebody's pictures and films.", "has covered pictures now"),
        ("limit", measures.limit, "Show what somebody writes to their followers only.", "is limited"),
        ("disable", measures.disable, "Shut somebody out: sessions and tokens end, posts stay.", "is shut out"),
        ("suspend", measures.suspend, "Neither hear nor show somebody.", "is suspended"),
    ):
        group.add_command(_striking(name, strike, help_, done))
    for name, lift, help_, done in (
        ("uncover", measures.uncover, "Show their pictures and films as they say again.", "shows pictures again"),
        ("unlimit", measures.unlimit, "Show somebody to all again.", "is shown to all again"),
        ("enable", measures.enable, "Let somebody in again who was shut out.", "may come in again"),
        ("restore", measures.restore, "Take a suspension back.", "is restored"),
    ):
        group.add_command(_lifting(name, lift, help_, done))


def _striking(name: str, strike: Strike, help_: str, done: str) -> click.Command:
    @click.command(name, help=f"{help_} They are told why, and may appeal.")
    @click.argument("handle")
    @click.option("--reason", required=True, help="Why, in a sentence: they are told it.")
    @click.option("--category", type=click.Choice(CODES), help="On what it rests.")
    @click.option("--rule", "rules", multiple=True, type=int, help="The number of a rule that was broken.")
    def command(handle: str, reason: str, category: Code | None, rules: tuple[int, ...]) -> None:
        async def act(here: Instance) -> None:
            async with here.pool.transaction() as db:
                code: Code = "violation" if rules else "other"
                grounds = Grounds(code=category or code, rules=await _rules(db, here, rules))
                await strike(db, None, await _anybody(db, here, handle), reason, grounds, now=here.now())

        run(act)
        click.echo(f"@{handle.removeprefix('@')} {done}")

    return command


def _lifting(name: str, lift: Lift, help_: str, done: str) -> click.Command:
    @click.command(name, help=help_)
    @click.argument("handle")
    def command(handle: str) -> None:
        async def act(here: Instance) -> None:
            async with here.pool.transaction() as db:
                await lift(db, None, await _anybody(db, here, handle), now=here.now())

        run(act)
        click.echo(f"@{handle.removeprefix('@')} {done}")

    return command


async def _rules(db: Connection, here: Instance, numbers: tuple[int, ...]) -> tuple[str, ...]:
    """The texts of rules. Raises Invalid."""
    known = [rule.text for rule in (await settings.load(db, here.config)).rules] if numbers else []
    if any(not 0 < number <= len(known) for number in numbers):
        raise Invalid(f"there are {len(known)} rules")
    return tuple(known[number - 1] for number in sorted(set(numbers)))


async def _anybody(db: Connection, here: Instance, handle: str) -> Account:
    """Somebody of ours, or `ada@their.server`. Raises NotFound."""
    name, _, host = handle.removeprefix("@").partition("@")
    found = await lookup.by_handle(db, name, host or here.here.domain)
    if found is None or found.state == "deleted":
        raise NotFound(f"there is no account {handle}")
    return found
