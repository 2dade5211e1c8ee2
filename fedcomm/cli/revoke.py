"""`./run revoke`: after a breach, everything by which anybody gets in or speaks ends at once (C16)."""

import click

from fedcomm import audit
from fedcomm.accounts import keys, logins
from fedcomm.cli.instance import Instance, run
from fedcomm.groups import invitations

SAID = """all sessions, tokens of apps, push subscriptions, one-time links and codes have ended{invitations}
members sign in anew with their passwords; ./run account reset-password HANDLE ends one of these as well
{keys}
which accounts read what is not kept, so nobody can say who saw what was taken; the log says what was decided
GDPR Art. 33: within 72 hours of learning of it, tell the authority; Art. 34: tell those at high risk"""


@click.command()
@click.option("--reason", required=True, help="Why; it is kept in the log.")
@click.option("--keys", "with_keys", is_flag=True, help="New keys for all actors as well.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(reason: str, with_keys: bool, yes: bool) -> None:
    """End all sessions, tokens, push subscriptions, links and invitations of everybody; with --keys, all keys."""
    if not yes:
        click.confirm("Sign everybody out, and end all apps, links and invitations?", abort=True)

    async def act(here: Instance) -> tuple[int, int]:
        async with here.pool.transaction() as db:
            await logins.end_everybodys_access(db)
            withdrawn = await invitations.withdraw_all(db, now=here.now())
            renewed = await keys.forget_all(db) if with_keys else 0
            details = {"invitations": withdrawn, "keys": renewed}
            await audit.write(db, None, "revoke everything", "", reason, details, now=here.now())
            return withdrawn, renewed

    withdrawn, renewed = run(act)
    told = f"{renewed} keys are gone: restart all processes NOW; each actor makes new ones when it speaks next"
    click.echo(
        SAID.format(
            invitations=f", and {withdrawn} invitations",
            keys=told if with_keys else "keys are as they were: --keys makes new ones",
        )
    )
