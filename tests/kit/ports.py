"""Ports of this machine for programs of others that tests start."""

import asyncio
import socket


def free_ports(count: int) -> list[int]:
    """So many ports that nobody uses now; somebody is started on them a moment later."""
    found = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in found]
    for each in found:
        each.close()
    return ports


async def is_served(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
