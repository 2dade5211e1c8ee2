"""`./run bench`: our own measures beside those that were committed last. `./run bench start`: how long starts take;
`./run bench streaming`: what many who listen cost; `./run bench network`: sixty instances that end with the same;
`./run bench soak`: whether memory stays flat; `./run bench pages`: how long pages take with a million posts.

The figures stand in `deploy/handbook/figures.json`; `--keep` writes the new ones there, to be committed.
"""

import asyncio
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from fedcomm import migrating, postgres
from fedcomm.cli import bench_start
from fedcomm.cli.development import at_work, configuration, quiet
from fedcomm.cli.local_story import PLACES, Where
from fedcomm.http import server
from fedcomm.http.context import Site

if TYPE_CHECKING:
    from fedcomm.app import Running

ROOT = Path(__file__).parent.parent.parent
FIGURES = ROOT / "deploy" / "handbook" / "figures.json"
HOSTS = 200

Figures = dict[str, float]

MEASURES: dict[str, tuple[str, str, float | None]] = {
    "reply": ("a reply at one chapter until it is in the thread at the two others", "s", 2.0),
    "home": ("home, 20 entries: CPU of server and database", "ms", 0.6),
    "post": ("a post with all that follows here: CPU of server and database", "ms", None),
    "inbox rate": ("signed notes until all are interpreted", "/s", 200.0),
    "inbox": ("a signed note: CPU of server and database", "ms", None),
    "fan-out": (f"one post until it is at the last of {HOSTS} hosts", "s", None),
    "delivery": ("one delivery of these: CPU of the server", "ms", None),
    "streams memory": ("2,000 streaming connections: memory (RSS) more", "MiB", 150.0),
    "streams": ("a post until the last of 2,000 connections has it", "s", 1.0),
    "streams quote": ("the same for a post that quotes another", "s", 1.0),
    "network": ("100 threads of 10 posts until all instances have the same, a fifth away meanwhile", "s", None),
    "soak web": ("web: memory (PSS) after 100,000 activities came and as many left", "MiB", None),
    "soak worker": ("worker: the same", "MiB", None),
    "soak web growth": ("web: memory of its own, last third of these more than first", "MiB", 5.0),
    "soak worker growth": ("worker: the same", "MiB", 5.0),
    "page thread": ("a thread's page with 100 replies, among a million posts, whoever reads: p95", "ms", 30.0),
    "page dashboard": ("the first page of the administration with a million posts: p95", "ms", 100.0),
    "page slowest": ("the slowest of all other pages with a million posts: p95", "ms", 100.0),
    "start first": ("./run in a new place, packages cached", "s", 90.0),
    "start later": ("./run again", "s", 8.0),
}
"""What each figure is, its unit, and the bar."""


class Committed(msgspec.Struct, frozen=True):
    """Figures, and when, where and at which commit they were taken."""

    taken: str = ""
    figures: Figures = {}


@click.group(invoke_without_command=True)
@click.option("--keep", is_flag=True, help="Write the figures to deploy/handbook/figures.json.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.pass_context
def command(context: click.Context, keep: bool, as_json: bool) -> None:
    """Measure, and show the figures that were committed last beside the new."""
    context.obj = (keep, as_json)
    if context.invoked_subcommand is None:
        server.raise_open_files()
        with _folder() as folder:
            os.environ |= {"FEDCOMM_DATA_DIR": str(folder), "FEDCOMM_RATE_LIMITS": "off"}
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                _tell(runner.run(_measure(folder)), keep=keep, as_json=as_json)


@command.command("start")
@click.pass_context
def start(context: click.Context) -> None:
    """How long ./run takes in a new place, and the second time there."""
    keep, as_json = context.obj
    with _folder() as folder:
        first, later = bench_start.measure(ROOT, folder)
    _tell({"start first": first, "start later": later}, keep=keep, as_json=as_json)


@command.command("streaming")
@click.pass_context
def streaming(context: click.Context) -> None:
    """What 2,000 streaming connections cost, and how soon all of them have a post."""
    keep, as_json = context.obj
    server.raise_open_files()
    with _folder() as folder:
        os.environ |= {"FEDCOMM_DATA_DIR": str(folder), "FEDCOMM_RATE_LIMITS": "off"}
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            _tell(runner.run(_measure_streams(folder)), keep=keep, as_json=as_json)


@command.command("network")
@click.option("--instances", default=60, help="How many of them.")
@click.pass_context
def network(context: click.Context, instances: int) -> None:
    """Sixty instances, five groups, a hundred threads of ten posts, a fifth of them away for a while."""
    keep, as_json = context.obj
    server.raise_open_files()
    with _folder() as folder:
        os.environ |= {"FEDCOMM_DATA_DIR": str(folder), "FEDCOMM_RATE_LIMITS": "off"}
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            _tell(runner.run(_measure_network(folder, instances)), keep=keep, as_json=as_json)


@command.command("soak")
@click.option("--activities", default=100_000, help="How many come; as many leave.")
@click.pass_context
def soak(context: click.Context, activities: int) -> None:
    """Whether the memory of web and worker stays flat over 100,000 activities that come and 100,000 that leave."""
    keep, as_json = context.obj
    server.raise_open_files()
    with _folder() as folder:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(_soak(folder, activities, shows=not as_json))
        _tell(found, keep=keep, as_json=as_json)


@command.command("pages")
@click.option("--posts", default=1_000_000, help="How many others wrote.")
@click.option(
    "--place", type=click.Path(path_type=Path), help="A folder where the filled database is, or is made and kept."
)
@click.pass_context
def pages(context: click.Context, posts: int, place: Path | None) -> None:
    """How long each page takes to be made, a thread of 100 replies and the administration above all."""
    keep, as_json = context.obj
    if not (ROOT / "tests").is_dir():
        raise click.ClickException(f"the instance that is measured is described in tests/speed, not in {ROOT}")
    with _folder() as folder:
        if place is not None:
            place.mkdir(mode=0o755, parents=True, exist_ok=True)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            found = runner.run(_measure_pages(folder, place or folder, posts, shows=not as_json))
        _tell(found, keep=keep, as_json=as_json)


@contextmanager
def _folder() -> Generator[Path]:
    """A place that anybody may enter, as the database runs as somebody else when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="fedcomm-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _measure(folder: Path) -> Figures:
    from fedcomm.cli import bench_measures as measures  # imports every room
    from fedcomm.cli.bench_hosts import hosts
    from fedcomm.cli.local_seeding import Seeding

    found: Figures = {}
    async with AsyncExitStack() as stack:
        cluster = await postgres.start(folder)
        stack.push_async_callback(cluster.stop)
        running: dict[Where, Running] = {}
        for place in PLACES:
            running[place.where] = await stack.enter_async_context(_instance())
        sites: dict[Where, Site] = {where: here.site for where, here in running.items()}
        root = await Seeding(sites, lambda _: None).run()
        pid = cluster.server_pid()
        others = [sites["association"], sites["south"]]
        found["reply"] = await measures.reply_travels(sites["north"], "ben", root.uri, others, times=10)
        await quiet(sites.values(), within_s=measures.WITHIN_S)
        here = running["association"]
        ada, client = await measures.signed_in(here, "ada")
        found["home"] = sum(await measures.home_cpu(client, pid, times=100))
        found["post"] = sum(await measures.post_cpu(here, client, pid, times=100))
        found["inbox rate"], *cpu = await measures.inbox(here, ada, pid, notes=600)
        found["inbox"] = sum(cpu)
        with hosts(HOSTS) as elsewhere:
            gus, writing = await measures.signed_in(here, "gus")
            found["fan-out"], found["delivery"] = await measures.fan_out(here, gus, writing, elsewhere, pid)
    return found


async def _measure_streams(folder: Path) -> Figures:
    from fedcomm.cli import bench_streaming  # imports every room

    async with AsyncExitStack() as stack:
        cluster = await postgres.start(folder)
        stack.push_async_callback(cluster.stop)
        here = await stack.enter_async_context(_instance())
        return await bench_streaming.measure(here)


async def _measure_network(folder: Path, instances: int) -> Figures:
    from fedcomm.cli import bench_network  # imports every room

    async with AsyncExitStack() as stack:
        cluster = await postgres.start(
            folder, settings={"max_connections": str(100 + 2 * bench_network.POOL_SIZE * instances)}
        )
        stack.push_async_callback(cluster.stop)
        names = [f"instance_{number}" for number in range(instances)]
        for name in names:
            await cluster.ensure_database(name)
        return await bench_network.measure([cluster.dsn_for(name) for name in names])


async def _soak(folder: Path, activities: int, *, shows: bool) -> Figures:
    from fedcomm.cli import bench_soak  # imports every room
    from fedcomm.cli.bench_peers import peers

    def shown(soak: bench_soak.Soak) -> None:
        if shows:
            now = (f"{part} {had[-1].pss:.1f} ({had[-1].own:.1f})" for part, had in soak.readings.items())
            click.echo(f"{soak.received:,} came: PSS (own) in MiB: {', '.join(now)}", err=True)

    async with AsyncExitStack() as stack:
        cluster = await postgres.start(folder)
        stack.push_async_callback(cluster.stop)
        await cluster.ensure_database("soak")
        await migrating.migrate(cluster.dsn_for("soak"))
        there = stack.enter_context(peers(bench_soak.HOSTS))
        settings, pids = stack.enter_context(bench_soak.instance(folder, cluster.dsn_for("soak")))
        rounds = 50
        readings = await bench_soak.measure(settings, pids, there, rounds=rounds, each=activities // rounds, told=shown)
    ends = {f"soak {part}": had[-1].pss for part, had in readings.items()}
    return ends | {f"soak {part} growth": bench_soak.growth(had) for part, had in readings.items()}


async def _measure_pages(folder: Path, place: Path, posts: int, *, shows: bool) -> Figures:
    from fedcomm.cli import bench_pages  # imports every room, and our tests

    async with AsyncExitStack() as stack:
        cluster = await postgres.start(place)
        stack.push_async_callback(cluster.stop)
        url = await bench_pages.ready(cluster, posts)
        found = await bench_pages.measure(folder, url)
    if shows:
        bench_pages.show(found)
    return bench_pages.figures(found)


def _instance() -> AbstractAsyncContextManager["Running"]:
    listening = socket.create_server(("127.0.0.1", 0), backlog=server.BACKLOG)
    listening.setblocking(False)
    return at_work(configuration(listening.getsockname()[1]), listening)


def _tell(found: Figures, *, keep: bool, as_json: bool) -> None:
    before = msgspec.json.decode(FIGURES.read_bytes(), type=Committed) if FIGURES.exists() else Committed()
    if as_json:
        click.echo(json.dumps(found))
    else:
        _print(found, before)
    if keep:
        taken = f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}, {_commit()}"
        now = Committed(taken, before.figures | {name: round(value, 3) for name, value in found.items()})
        FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(now), indent=2) + b"\n")


def _print(found: Figures, before: Committed) -> None:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("measure")
    for heading in ("now", "before", "bar"):
        table.add_column(heading, justify="right")
    for name, value in found.items():
        told, unit, bar = MEASURES[name]
        was = before.figures.get(name)
        table.add_row(
            told,
            _shown(value, unit),
            _shown(was, unit),
            "" if bar is None else f"{'>' if unit == '/s' else '<'} {bar:g} {unit}",
        )
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    console.print(table)
    console.print(f"before: {before.taken or 'nothing was committed yet'}", style="dim")


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}"


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def _commit() -> str:
    asked = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  # as on the PATH
    return done.stdout.strip() or "no commit"
