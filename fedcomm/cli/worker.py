"""`./run worker`: a further worker process for a large instance."""

import asyncio

import click
import uvloop

from fedcomm import config, logs
from fedcomm.cli import same_address
from fedcomm.cli.stopping import parent_option, stopped_by_signal
from fedcomm.config import Config
from fedcomm.http import server


@click.command()
@parent_option
def command(parent: int | None) -> None:
    """Work off what waits, beside the processes of `serve`. SIGTERM stops within ten seconds."""
    settings = config.load()
    logs.set_up(settings.log, process="worker")
    server.raise_open_files()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings, parent))


async def _work(settings: Config, parent: int | None) -> None:
    from fedcomm import app  # here, as it imports every room: `--help` shall answer at once

    stop = asyncio.Event()
    async with app.running(settings, with_worker=True, others=True) as here, stopped_by_signal(stop.set, parent=parent):
        assert here.worker is not None
        await same_address.check(here.site.pool, settings)
        here.worker.start()
        await stop.wait()
        await here.worker.stop()
