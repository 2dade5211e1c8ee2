"""`./run mail`: what a mail server hands over to the instance."""

import sys

import click

from fedcomm.cli.instance import Instance, run
from fedcomm.jobs import mail_queue
from fedcomm.mailbox import returned


@click.group()
def command() -> None:
    """Mail that came back."""


@command.command("returned")
def returned_letter() -> None:
    """Read one message from standard input, and count it if it says that a letter of ours was not delivered.

    For the address that letters are sent from: let its mail server, or a program that fetches its mail, hand each
    message to this command. Whatever is no such report changes nothing.
    """
    found = returned.read(sys.stdin.buffer.read(returned.LARGEST))
    if found is None:
        click.echo("no report that a letter was not delivered")
        return

    async def act(here: Instance) -> bool:
        async with here.pool.transaction() as db:
            return await mail_queue.came_back_later(
                db, found.mail_id, is_hard=found.is_hard, answer=found.answer, now=here.now()
            )

    if not run(act):
        click.echo("a report about a letter that is not known here any more")
        return
    click.echo(f"counted as {'hard' if found.is_hard else 'soft'}: {found.answer}")
