"""`./run serve`: one instance, web and worker, in one process or in several (decisions D57, D68)."""

import asyncio
import gc
import socket
from typing import TYPE_CHECKING, Literal

import click
import uvloop

from fedcomm import config, logs
from fedcomm.cli import same_address, supervising
from fedcomm.cli.greeting import greet_owner
from fedcomm.cli.stopping import parent_option, stopped_by_signal
from fedcomm.config import Config
from fedcomm.http import server

if TYPE_CHECKING:
    from fedcomm.worker import Worker

Part = Literal["all", "web", "worker"]


@click.command()
@click.option(
    "--part",
    type=click.Choice(["all", "web"]),
    default="all",
    show_default=True,
    help="web: pages, API and inbox only; what follows is done by `worker` processes.",
)
@click.option("--socket", "socket_number", type=int, hidden=True)
@parent_option
@click.option("--without-owner", is_flag=True, help="Make no account for the operator at the first start.")
def command(part: Part, socket_number: int | None, parent: int | None, without_owner: bool) -> None:
    """Migrate if needed, then serve web pages, client API and federation. SIGTERM stops within ten seconds.

    The first start prints a one-time link for whoever runs the instance.
    """
    settings = config.load()
    logs.set_up(settings.log, process=part if part != "all" else "")
    if part == "all":
        for warning in settings.warnings():
            click.echo(f"!!! {warning}", err=True)
    server.raise_open_files()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if part == "all" and settings.workers > 1:
            runner.run(supervising.supervise(settings, with_owner=not without_owner))
        else:
            with_owner = part == "all" and not without_owner
            runner.run(_serve(settings, part, socket_number, parent=parent, with_owner=with_owner))


async def _serve(
    settings: Config, part: Part, socket_number: int | None, *, parent: int | None, with_owner: bool
) -> None:
    from fedcomm import app  # here, as it imports every room: `--help` shall answer at once

    inherited = socket_number is not None
    listening = server.inherited_socket(socket_number) if inherited else server.open_socket(settings.listen)
    stop = asyncio.Event()
    try:
        async with (
            app.running(settings, with_worker=part == "all", others=part == "web") as here,
            stopped_by_signal(stop.set, parent=parent),
        ):
            await same_address.check(here.site.pool, settings)
            if with_owner:
                await greet_owner(here.site.pool, settings)
            if here.worker is not None:
                here.worker.start()
            gc.collect()
            gc.freeze()  # what a start leaves stays to the end: looking through it again took 60 ms now and then
            if part == "all":
                click.echo(f"{settings.base_url} is served at {settings.listen}", err=True)
            await _until(stop, server.server(here.front, settings), listening, here.worker)
    finally:
        server.close_sockets([listening], config.Listen() if inherited else settings.listen)


async def _until(stop: asyncio.Event, web: server.Server, listening: socket.socket, worker: "Worker | None") -> None:
    """Serve until told to stop, or until the server ends by itself; then web and worker end side by side."""
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    told = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    web.stop()
    if worker is not None:
        await worker.stop()
    await serving
