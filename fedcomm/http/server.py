"""The web server of one process: uvicorn over sockets that are open already, stopped by us and not by itself."""

import asyncio
import itertools
import os
import resource
import socket
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from fedcomm.config import Config, Listen, Wrong
from fedcomm.http import connections, sockets
from fedcomm.http.front import Front

BACKLOG = 2048


class Server(uvicorn.Server):
    """Leaves signals to whoever started it: other things have to be ended too, in order."""

    def __init__(self, front: Front, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._front = front
        self._told = asyncio.Event()

    def stop(self) -> None:
        """End now; `should_exit` alone is looked at ten times a second."""
        self.should_exit = True
        self._told.set()

    async def main_loop(self) -> None:
        """As uvicorn's, until `stop`."""
        ticking = asyncio.create_task(super().main_loop())
        told = asyncio.create_task(self._told.wait())
        try:
            await asyncio.wait({ticking, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
            if not ticking.done():
                ticking.cancel()
        if not ticking.cancelling():
            ticking.result()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answers that stay open end now; then uvicorn waits for the rest, or nobody does (`force_exit`)."""
        self._front.end()
        if not self.force_exit:
            await super().shutdown(sockets)
            return
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for pause in itertools.repeat(0.002, 50):  # so long they may take
            if not (self.server_state.connections or self.server_state.tasks):
                break
            await asyncio.sleep(pause)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Nothing is captured."""
        yield


def server(front: Front, config: Config) -> Server:
    """A server for the application; `serve(sockets=...)` runs it until `should_exit`."""
    return Server(
        front,
        uvicorn.Config(
            front,
            loop="uvloop",
            http=connections.limited(config.durations.slow_client_limit),
            ws=sockets.limited(config.durations.slow_client_limit),
            ws_max_size=sockets.LARGEST_MESSAGE,
            ws_per_message_deflate=False,  # its windows would take most of the memory of 2,000 connections
            ws_ping_interval=config.durations.stream_thump.total_seconds(),
            ws_ping_timeout=config.durations.slow_client_limit.total_seconds(),
            lifespan="off",
            proxy_headers=True,
            forwarded_allow_ips=[str(network) for network in config.trusted_proxies],
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=max(1, int(config.durations.shutdown_limit.total_seconds() / 2)),
            backlog=BACKLOG,
        ),
    )


def open_socket(listen: Listen) -> socket.socket:
    """Listen where the configuration says. Raises Wrong when that cannot be."""
    try:
        if listen.path:
            return _unix_socket(Path(listen.path))
        family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a head shall not wait for its body
        found.bind((listen.host, listen.port))
    except OSError as error:
        raise Wrong(f"FEDCOMM_LISTEN: {listen} cannot be used: {error.strerror}") from None
    found.listen(BACKLOG)
    found.setblocking(False)
    return found


def _unix_socket(path: Path) -> socket.socket:
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        path.unlink()  # of a process that was killed: a living one would hold the port of nobody
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    found.bind(str(path))
    path.chmod(0o666)
    found.listen(BACKLOG)
    found.setblocking(False)
    return found


def close_sockets(sockets: Iterable[socket.socket], listen: Listen) -> None:
    """Stop listening; the file of a unix socket goes too."""
    for each in sockets:
        each.close()
    if listen.path:
        Path(listen.path).unlink(missing_ok=True)


def raise_open_files() -> int:
    """Raise the soft limit of open files to the hard one, as streams and deliveries need many (D68)."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65_536) if hard != resource.RLIM_INFINITY else 65_536
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def inherited_socket(number: int) -> socket.socket:
    """A listening socket that the parent process opened."""
    os.set_inheritable(number, False)
    found = socket.socket(fileno=number)
    found.setblocking(False)
    return found
