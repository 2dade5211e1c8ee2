"""`./run serve`: one instance, web and worker, in one process or in several (decisions D57, D68)."""

import asyncio
from typing import Literal

import click
import uvloop

from fedcomm import config, logs
from fedcomm.cli import supervising
from fedcomm.cli.stopping import stopped_by_signal
from fedcomm.config import Config
from fedcomm.http import server

Part = Literal["all", "web", "worker"]


@click.command()
@click.option("--part", type=click.Choice(["all", "web"]), default="all", hidden=True)
@click.option("--socket", "socket_number", type=int, hidden=True)
def command(part: Part, socket_number: int | None) -> None:
    """Migrate if needed, then serve web pages, client API and federation. SIGTERM stops within ten seconds."""
    settings = config.load()
    logs.set_up(settings.log, process=part if part != "all" else "")
    if part == "all":
        for warning in settings.warnings():
            click.echo(f"!!! {warning}", err=True)
    server.raise_open_files()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if part == "all" and settings.workers > 1:
            runner.run(supervising.supervise(settings))
        else:
            runner.run(_serve(settings, part, socket_number))


async def _serve(settings: Config, part: Part, socket_number: int | None) -> None:
    from fedcomm import app  # here, as it imports every room: `--help` shall answer at once

    listening = (
        server.inherited_socket(socket_number) if socket_number is not None else server.open_socket(settings.listen)
    )
    try:
        several = settings.workers > 1
        async with app.running(settings, with_worker=part == "all", others=several) as here:
            web = server.server(here.front, settings)

            def stop() -> None:
                web.should_exit = True

            async with stopped_by_signal(stop):
                if here.worker is not None:
                    here.worker.start()
                if part == "all":
                    click.echo(f"{settings.base_url} is served at {settings.listen}", err=True)
                await web.serve(sockets=[listening])
                if here.worker is not None:
                    await here.worker.stop()
    finally:
        server.close_sockets([listening], settings.listen if socket_number is None else config.Listen())
