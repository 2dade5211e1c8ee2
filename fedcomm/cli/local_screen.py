"""What `./run` shows: progress while it starts, then where to look and what to try. Plain where no one watches."""

import json
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import click
from rich import box
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from fedcomm.cli import local_story as story
from fedcomm.cli.local_story import Where

Addresses = Mapping[Where, str]

WIDTH = 160
"""Of lines that no terminal breaks."""


class Screen:
    """The terminal, or whatever takes our words instead. `silent`: only data is printed, at the end."""

    def __init__(self, *, silent: bool = False) -> None:
        watched = sys.stdout.isatty()
        self._console = Console(highlight=False, quiet=silent, width=None if watched else WIDTH)
        self._status: Status | None = None
        self._step = ""

    @contextmanager
    def step(self, doing: str) -> Generator[None]:
        """Something that takes a while."""
        started = time.monotonic()
        self._step = doing
        if not self._console.is_terminal:
            self._console.print(f"{doing} ...")
            yield
            return
        with self._console.status(Text(f"{doing} …")) as self._status:
            yield
        self._console.print(f"[green]✓[/] {doing} [dim]{time.monotonic() - started:.1f} s[/]")

    def detail(self, text: str) -> None:
        """What is being done within a step."""
        if self._status is not None:
            self._status.update(Text.assemble(f"{self._step} … ", (text, "dim")))

    def say(self, text: str) -> None:
        """A line."""
        self._console.print(Text(text))

    def welcome(self, addresses: Addresses, thread_url: str | None, log: str) -> None:
        """Where to look, who to be and what to try."""
        ideas = Table.grid(padding=(0, 1))
        for number, idea in enumerate(_ideas(addresses, thread_url), start=1):
            ideas.add_row(f"{number}.", Text(idea))
        for shown in (
            Text("\nOne association and two chapters, federating on this machine.\n", style="bold"),
            _places(addresses),
            Text.assemble("The password of all of them is ", (story.PASSWORD, "bold"), ".\n"),
            Text("What to try", style="bold"),
            ideas,
            Text("\nStop with Ctrl-C. Everything is kept; ./run --fresh begins anew.", style="dim"),
            Text(f"Log: {log}\n", style="dim"),
        ):
            self._console.print(shown)


def print_data(addresses: Addresses, thread_url: str | None) -> None:
    """The same for programs, as one line of JSON."""
    people = [
        {"handle": person.handle, "name": person.name, "instance": addresses[person.where],
         "role": "owner" if person.is_owner else "member", "password": story.PASSWORD}
        for person in story.PEOPLE
    ]  # fmt: skip
    groups = [{"handle": group.handle, "instance": addresses[group.where]} for group in story.GROUPS]
    data = {"instances": dict(addresses), "people": people, "groups": groups, "thread": thread_url}
    click.echo(json.dumps(data, ensure_ascii=False))


def _places(addresses: Addresses) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for heading in ("instance", "address", "group", "sign in as"):
        table.add_column(heading, overflow="fold")
    for place in story.PLACES:
        groups = [f"@{group.handle}" for group in story.GROUPS if group.where == place.where]
        people = [
            f"{person.handle}{' (runs it)' if person.is_owner else ''}"
            for person in story.PEOPLE
            if person.where == place.where
        ]
        table.add_row(
            Text(place.short, style="bold"),
            Text(addresses[place.where], style="cyan"),
            Text(", ".join(groups)),
            Text(", ".join(people)),
        )
    return table


def _ideas(addresses: Addresses, thread_url: str | None) -> list[str]:
    north, south, association = addresses["north"], addresses["south"], addresses["association"]
    domain = association.partition("//")[2]
    return [
        f"Read a discussion that all three share: {thread_url or association}",
        f"Answer it as ben at {north}: a moment later the answer is at {association} and {south} too.",
        f"Sign up at {south}, look for @bakehouse@{domain}, join, ask something, edit it, delete it.",
        f"As dora at {north}, start a thread for @chapter_north that @kapitel_sued carries in the south.",
        f"As ada, see {association}/admin; or sign in with a Mastodon app that allows http.",
    ]
