"""`./run`: an association and two chapters on this machine, really federating (decisions D2, D21, D69).

All in one process, over one embedded PostgreSQL. What people write is kept between starts; `--fresh` drops the three
databases. Ctrl-C stops everything.
"""

import asyncio
import socket
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import click
import msgspec
import uvloop

from fedcomm import config, logs, postgres
from fedcomm.cli.development import at_work, configuration
from fedcomm.cli.local_screen import Screen, print_data
from fedcomm.cli.local_story import PLACES, Where
from fedcomm.cli.stopping import stopped_by_signal
from fedcomm.config import Config
from fedcomm.http import server
from fedcomm.http.context import Site

PORT = 7001


class Seeded(msgspec.Struct, frozen=True):
    """That the network was filled: noted beside the data, so that what people delete does not come back."""

    account_id: int
    """Of the first person: made anew with every new database."""
    thread_uri: str


@click.command()
@click.option("--fresh", is_flag=True, help="Begin anew: drop what was written in this network.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1024, 65_533), help="The first of three.")
@click.option("--json", "as_json", is_flag=True, help="Print addresses and logins as one line of JSON when it is up.")
def command(fresh: bool, port: int, as_json: bool) -> None:
    """Run an association and two chapters on this machine, with people, groups and a discussion between them."""
    screen = Screen(silent=as_json)
    configs: dict[Where, Config] = {place.where: configuration(port + number) for number, place in enumerate(PLACES)}
    listening: dict[Where, socket.socket] = {where: _socket(each, port) for where, each in configs.items()}
    server.raise_open_files()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(screen, configs, listening, fresh=fresh, as_json=as_json))


def _socket(chosen: Config, first: int) -> socket.socket:
    """Listen at one of the three ports. Raises Wrong when somebody else does."""
    try:
        return server.open_socket(chosen.listen)
    except config.Wrong:
        other = first + 100 if first + 102 < 65_536 else first - 100
        raise config.Wrong(
            f"port {chosen.listen.port} is in use, perhaps by another ./run:"
            f" stop that, or take other ports with ./run --port {other}"
        ) from None


async def _until_stopped(
    screen: Screen,
    configs: Mapping[Where, Config],
    listening: Mapping[Where, socket.socket],
    *,
    fresh: bool,
    as_json: bool,
) -> None:
    """Run the network until a signal comes, at whatever point of it."""
    running = asyncio.create_task(_run(screen, configs, listening, fresh=fresh, as_json=as_json))
    was_stopped = False

    def stop() -> None:
        nonlocal was_stopped
        was_stopped = True
        screen.say("stopping ...")
        running.cancel()

    async with stopped_by_signal(stop):
        try:
            await running
        except asyncio.CancelledError:
            if not was_stopped:
                raise


async def _run(
    screen: Screen,
    configs: Mapping[Where, Config],
    listening: Mapping[Where, socket.socket],
    *,
    fresh: bool,
    as_json: bool,
) -> None:
    log = _log_file(configs["association"])
    addresses: dict[Where, str] = {where: each.base_url for where, each in configs.items()}
    async with AsyncExitStack() as stack:
        with screen.step("starting PostgreSQL"):
            cluster = await postgres.start(configs["association"].data_root)
            stack.push_async_callback(cluster.stop)
            if fresh:
                for each in configs.values():
                    await cluster.drop_database(each.database_name)
        with screen.step("starting three instances"):
            sites: dict[Where, Site] = {}
            for where, each in configs.items():
                screen.detail(each.base_url)
                sites[where] = (await stack.enter_async_context(at_work(each, listening[where]))).site
        thread_url = await _fill(screen, sites)
        if as_json:
            print_data(addresses, thread_url)
            sys.stdout.flush()
        screen.welcome(addresses, thread_url, str(log))
        await asyncio.Event().wait()


def _log_file(chosen: Config) -> Path:
    """Where log lines go: the terminal is for people."""
    log = chosen.data_root / f"network-{chosen.listen.port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    logs.set_up("text", file=log)
    return log


async def _fill(screen: Screen, sites: Mapping[Where, Site]) -> str | None:
    """Put people, groups and discussions in, once; returns the page of the thread that travelled, if it is there."""
    from fedcomm.cli.local_seeding import Seeding

    association = sites["association"]
    note = association.config.folder / "seeded"
    seeded = await _noted(association, note)
    if seeded is None:
        with screen.step("letting people join, ask and answer across the three"):
            seeding = Seeding(sites, screen.detail)
            root = await seeding.run()
            made = Seeded(await seeding.first_person_id(), root.uri)
            _write(note, made)
        return await _page(association, root.uri)
    return await _page(association, seeded.thread_uri)


async def _page(association: Site, uri: str) -> str | None:
    """The page on which the association shows a post; None when it was deleted."""
    from fedcomm.accounts import lookup
    from fedcomm.looks.posts import post_path
    from fedcomm.threads import reading

    async with association.read() as db:
        post = await reading.by_uri(db, uri)
        author = await lookup.by_id(db, post.author_id) if post is not None else None
    if post is None or author is None or post.state != "visible":
        return None
    return association.here.base_url + post_path(post, author)


async def _noted(association: Site, note: Path) -> Seeded | None:
    """What was noted when the network was filled, if its database is still the same."""
    from fedcomm.accounts import lookup

    seeded = _read(note)
    if seeded is None:
        return None
    async with association.read() as db:
        return seeded if await lookup.by_id(db, seeded.account_id) is not None else None


def _read(note: Path) -> Seeded | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=Seeded)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _write(note: Path, seeded: Seeded) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_bytes(msgspec.json.encode(seeded))
