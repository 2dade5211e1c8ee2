"""Instances for development, run in this process: `./run` and `./run bench` start theirs here."""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fedcomm import config
from fedcomm.config import Config
from fedcomm.http import server
from fedcomm.http.context import Site
from fedcomm.jobs import backlog

if TYPE_CHECKING:
    from fedcomm.app import Running

PASSED_ON = ("HOME", "XDG_DATA_HOME", "FEDCOMM_DATA_DIR", "FEDCOMM_RATE_LIMITS", "FEDCOMM_DEV_DURATIONS")
"""What counts of the operator's environment; the rest describes an instance of their own."""


def configuration(port: int, settings: Mapping[str, str] | None = None) -> Config:
    """An instance at `http://localhost:<port>` that federates over loopback (D13, D21)."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    own = {
        "FEDCOMM_DOMAIN": f"localhost:{port}",
        "FEDCOMM_SCHEME": "http",
        "FEDCOMM_LISTEN": f"127.0.0.1:{port}",
        "FEDCOMM_DEV": "1",
        "FEDCOMM_DEV_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
        "FEDCOMM_REGISTRATIONS": "open",
        "FEDCOMM_LOG": "text",
    }
    return config.load(kept | own | dict(settings or {}))


@asynccontextmanager
async def at_work(chosen: Config, listening: socket.socket) -> AsyncGenerator["Running"]:
    """One instance, its web server and its worker."""
    from fedcomm import app  # here, as it imports every room: PostgreSQL is started meanwhile

    async with app.running(chosen, pool_size=8) as here:
        assert here.worker is not None
        web = server.server(here.front, chosen)
        serving = asyncio.create_task(web.serve(sockets=[listening]))
        here.worker.start()
        try:
            yield here
        finally:
            web.stop()
            await here.worker.stop()
            await serving


async def quiet(sites: Iterable[Site], *, within_s: float) -> None:
    """Wait until nothing waits at any of these but what is meant for later. Raises TimeoutError."""
    busy = list(sites)
    async with asyncio.timeout(within_s):
        while busy:
            for site in list(busy):
                async with site.read() as db:
                    waiting = await backlog.look(db, now=site.now())
                if not any(each.waiting > each.later for each in waiting):
                    busy.remove(site)
            await asyncio.sleep(0.02 if busy else 0)
