"""Runs a built web client of another project on this machine, behind TLS: as plain files, or by its own node server."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx2 as httpx

from tests.clients.places import secure
from tests.kit.certificates import Certificates
from tests.running import until

WITHIN = 60.0
"""Seconds that a client's own server may take to start on a busy machine."""


class _Files(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # else each file takes a connection of its own

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is written down."""


@asynccontextmanager
async def files(folder: Path, certificates: Certificates) -> AsyncGenerator[str]:
    """The address of a client that is nothing but files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    # Greeted in the thread of the connection: one that says nothing must not keep the others waiting.
    server.socket = certificates.server.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_port}"
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()


@asynccontextmanager
async def node(
    script: Path, certificates: Certificates, authority: Path, folder: Path, **settings: str
) -> AsyncGenerator[str]:
    """The address of a client with a server of its own, which keeps what it must in `folder`."""
    program = shutil.which("node")
    assert program is not None, "the server of this client needs node on the PATH"
    port = _free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "NODE_ENV": "production",
        "NODE_EXTRA_CA_CERTS": str(authority),
        **settings,
    }
    with (folder / "node.log").open("wb") as log:
        running = await asyncio.create_subprocess_exec(
            program, str(script), cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        async with secure(certificates, to=port) as relay:
            await until(
                lambda: _answers(f"http://127.0.0.1:{port}/"), bool, within=WITHIN, what=f"no answer: {folder}/node.log"
            )
            yield relay.url
    finally:
        running.terminate()
        await running.wait()


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(url)).status_code < 500
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]
