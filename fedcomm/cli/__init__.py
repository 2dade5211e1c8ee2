"""The commands of `./run`. A module is imported when its command is called, so that `./run --help` answers at once.

Each module below has `command`, a click command or group. `--json` where data is printed, exit status 0 only on
success, and errors in one line on stderr: commands let the errors named in `one_line` pass.
"""

import importlib
import sys
from typing import cast

import click

from fedcomm.cli import service_settings

COMMANDS = {
    "network": ("local_network", "The local network of three instances (the default)"),
    "serve": ("serve", "Serve one instance: web pages, client API, federation"),
    "worker": ("worker", "A further worker process for a large instance"),
    "migrate": ("migrate", "Bring the database up to date"),
    "check": ("check", "Verify configuration, database, queues and surroundings"),
    "account": ("account", "People: create, list, approve, roles, one-time links"),
    "token": ("token", "Bearer tokens for the client API"),
    "app": ("app", "OAuth applications"),
    "group": ("group", "Groups: create, list, add members"),
    "peer": ("peer", "Other servers: allow, limit, suspend, restore"),
    "delivery": ("delivery", "What waits to be sent: status, list, retry, give up, drop, pause a server"),
    "queue": ("queue", "Work that waits or failed: status, failed, retry, drop"),
    "revoke": ("revoke", "After a breach: end all sessions, tokens, links and invitations, and keys"),
    "hold": ("hold", "Legal holds: place, list, end, export and verify evidence"),
    "mail": ("mail", "Count letters that came back later"),
    "backup": ("backup", "Write all of an instance into one file"),
    "restore": ("restore", "Bring a backup back into an empty place"),
    "export": ("export", "Take along what belongs to an instance, in open formats"),
    "retention": ("retention", "Old threads and files from elsewhere: look what would go, remove it"),
    "federation-notes": ("federation_notes", "Print FEDERATION.md"),
    "test": ("test", "Run the tests"),
    "lint": ("lint", "Check style and types"),
    "bench": ("bench", "Measure"),
}
DEFAULT = "network"
OF_NO_INSTANCE = ("network", "federation-notes", "test", "lint", "bench")
"""These ask nothing of the settings of this machine's service."""


class Commands(click.Group):
    """Knows the names of all commands and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        if cmd_name not in OF_NO_INSTANCE:
            service_settings.take_here()
        module = importlib.import_module(f"fedcomm.cli.{COMMANDS[cmd_name][0]}")
        return cast(click.Command, module.command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without a command, or with options only, it is the local network: `./run --fresh`."""
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "--version")):
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


@click.group(cls=Commands, invoke_without_command=True)
@click.version_option(package_name=None, version="0.1.0", prog_name="fedcomm", message="%(prog)s %(version)s")
def fedcomm() -> None:
    """A community server for trade associations and franchise networks."""


def one_line(error: Exception) -> str | None:
    """What an operator is told of an error that is not a mistake of ours; None for the rest, which have a traceback."""
    from fedcomm import config, database, errors, ids, migrating, postgres, sealing
    from fedcomm.backups.archive import Unusable
    from fedcomm.media.storage import StoreAway

    if isinstance(error, database.Down):
        return f"the database cannot be reached: {error}"
    told = (config.Wrong, errors.Refusal, migrating.Refused, postgres.Unavailable, ids.ClockBehind)
    if isinstance(error, (*told, sealing.OtherSecret, sealing.NoSecret, Unusable)):
        return str(error) or type(error).__name__
    if isinstance(error, StoreAway):
        return f"the store of media: {error}"
    if isinstance(error, PermissionError):
        return f"{error.filename}: permission denied"
    return None


def main() -> None:
    """Run the command of the arguments and exit."""
    try:
        fedcomm(prog_name="./run")
    except Exception as error:  # what has no line of its own is raised again
        told = one_line(error)
        if told is None:
            raise
        click.echo(f"fedcomm: {told}", err=True)
        sys.exit(1)
