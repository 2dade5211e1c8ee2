"""The client that tests ask with reads answers as any client does: whole, or not at all."""

import httpx2 as httpx
import pytest

from tests.kit import Exchange, FakeServer, plain_http


def says(data: bytes, *, keeps: bool = False) -> FakeServer:
    """A server with one answer to everything."""
    server = FakeServer()

    async def script(exchange: Exchange) -> None:
        await exchange.send(data)
        if not keeps:
            exchange.hang_up()

    server.otherwise(script)
    return server


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", b"hi"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil it ends", b"until it ends"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", b""),
    ],
)
async def test_an_answer_is_read_however_it_ends(data: bytes, body: bytes) -> None:
    async with says(data) as server, plain_http.client(server.base) as client:
        answer = await client.get("/")

    assert (answer.status_code, answer.content) == (204 if b"204" in data else 200, body)
    assert "link" not in answer.headers


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", b"no answer\r\n\r\n"])
async def test_half_an_answer_is_none(data: bytes) -> None:
    async with says(data) as server, plain_http.client(server.base) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/")


async def test_a_connection_is_used_again_while_it_stands() -> None:
    async with (
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", keeps=True) as server,
        plain_http.client(server.base) as client,
    ):
        for _ in range(3):
            assert (await client.head("/")).status_code == 200
            assert (await client.post("/", content=b"x" * 100_000)).status_code == 200
        port = server.port
        await server.stop()
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://localhost:{port}/")
