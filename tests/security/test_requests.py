"""What is no proper HTTP request: rows S155, S156 and S150, at a running web server over plain sockets."""

import importlib.metadata

import pytest

from tests.running import Instance
from tests.security.front_door import front_door
from tests.security.raw_http import answered, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""What an attacker would like us to take for a request of somebody else's."""

CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
AMBIGUOUS = {
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a coding we do not undo": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunks, then nothing": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "two codings": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a vertical tab": b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded line": b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 43\r\n\r\n",
    "a list of lengths": b"Content-Length: 0, 43\r\n\r\n",
    "a length with a sign": b"Content-Length: +0\r\n\r\n",
    "a negative length": b"Content-Length: -1\r\n\r\n",
    "a length in hexadecimal": b"Content-Length: 0x0\r\n\r\n",
    "no length": b"Content-Length:\r\n\r\n",
    "a length that overflows": b"Content-Length: 18446744073709551616\r\n\r\n",
    "a chunk without its end": CHUNKED + b"5\r\nhelloXX0\r\n\r\n",
    "a chunk with half its end": CHUNKED + b"5\r\nhello\n0\n\n",
    "a chunk size with half its end": CHUNKED + b"5\nhello\r\n0\r\n\r\n",
    "a chunk that is longer": CHUNKED + b"4\r\nhello\r\n0\r\n\r\n",
    "a negative chunk": CHUNKED + b"-1\r\nhello\r\n0\r\n\r\n",
    "a chunk size with a prefix": CHUNKED + b"0x5\r\nhello\r\n0\r\n\r\n",
    "a chunk size with a blank": CHUNKED + b"5 \r\nhello\r\n0\r\n\r\n",
    "a chunk size that overflows": CHUNKED + b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "a chunk extension of two lines": CHUNKED + b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "a header in a bare CR": b"X: a\rContent-Length: 43\r\n\r\n",
    "a header in a bare LF": b"X: a\nContent-Length: 43\r\n\r\n",
    "NUL in a header": b"X: a\0b\r\n\r\n",
    "a header without a colon": b"Content-Length 43\r\n\r\n",
}


async def test_s155_a_request_with_two_meanings_is_400_and_the_last_of_its_connection(house: Instance) -> None:
    for case, rest in AMBIGUOUS.items():
        head = b"POST /inbox HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/activity+json\r\n"
        statuses = await answered(house, head + rest + HIDDEN)
        # What was complete before the fault may be answered; what hides behind it never is.
        assert statuses == [400], (case, statuses)


async def test_s155_what_is_no_http_is_400(house: Instance) -> None:
    for line in (
        b"GET / HTTP/3.7",
        b"PRI * HTTP/2.0",
        b"get / HTTP/1.1",
        b"CONNECT evil.example:443 HTTP/1.1",
        b"GET /a b HTTP/1.1",
        b"GET /\xff HTTP/1.1",
        b"GET\t/ HTTP/1.1",
    ):
        assert await answered(house, line + b"\r\nHost: localhost\r\n\r\n" + HIDDEN) == [400], line


async def test_s155_proper_requests_one_after_the_other_are_answered_in_turn(house: Instance) -> None:
    chunked = b"POST /inbox HTTP/1.1\r\nHost: localhost\r\n" + CHUNKED + b"5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"
    async with wire(house) as line:
        await line.send(HIDDEN + chunked + HIDDEN)
        assert await line.answers(3) == [200, 415, 200]


async def test_s155_a_wish_for_another_protocol_is_the_last_request_of_its_connection(house: Instance) -> None:
    for wish in (b"Upgrade: h2c\r\nHTTP2-Settings: A", b"Upgrade: websocket\r\nSec-WebSocket-Version: 13"):
        head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        (status,) = await answered(house, head + wish + b"\r\n\r\n" + HIDDEN)
        assert status != 101, wish


async def test_s155_headers_behind_a_body_are_none(house: Instance) -> None:
    """A type in the trailer does not make an activity of a form."""
    head = b"POST /inbox HTTP/1.1\r\nHost: localhost\r\n" + CHUNKED
    async with wire(house) as line:
        await line.send(head + b"2\r\n{}\r\n0\r\nContent-Type: application/activity+json\r\n\r\n")
        assert await line.answers(1) == [415]


@pytest.mark.parametrize(
    ("package", "least"),
    [
        ("h11", (0, 16)),  # CVE-2025-43859
        ("httptools", (0, 9)),
        ("starlette", (1, 0, 1)),  # CVE-2026-48710
        ("python-multipart", (0, 0, 22)),  # CVE-2026-24486
        ("idna", (3, 7)),  # CVE-2024-3651
        ("orjson", (3, 9, 15)),  # CVE-2024-27454
    ],
)
async def test_s155_what_reads_from_outside_has_no_known_hole(package: str, least: tuple[int, ...]) -> None:
    installed = tuple(int(part) for part in importlib.metadata.version(package).split(".")[:3])
    assert installed >= least


async def test_s156_long_names_of_hosts_are_refused_by_their_length(house: Instance) -> None:
    long = "a" * 100_000
    async with front_door(house) as door, door.without_effect():
        for key_host in (long, f"{'a.' * 5_000}example"):
            body = door.signed(b"{}")["Signature"].replace(door.peer.server.authority, key_host)
            headers = {**door.signed(b"{}"), "Signature": body}
            assert (await door.post(b"{}", headers)).status_code == 400
        activity = {**door.says(), "actor": f"https://{long}.example/u/a"}
        assert (await door.knock(activity)).status == 400
        short = "a" * 60_000
        for path in (
            f"/.well-known/webfinger?resource=acct:a@{short}",
            f"/.well-known/webfinger?resource=https://{short}/u/a",
            f"/u/{short}",
            f"/groups/{short}",
        ):
            assert (await door.client.get(house.url + path)).status_code == 404
    assert await answered(house, b"GET / HTTP/1.1\r\nHost: " + long.encode() + b"\r\n\r\n") == [400]


async def test_s150_thousands_of_ranges_are_left_unread(house: Instance) -> None:
    ranges = "bytes=" + ",".join(f"{start}-{start}" for start in range(5_000))
    async with front_door(house) as door:
        ada = await door.person()
        style = house.url + "/static/" + _name_of_style()
        for url in (style, ada.uri, house.url + "/healthz", ada.avatar_url or ada.uri):
            whole = await door.client.get(url)
            answer = await door.client.get(url, headers={"Range": ranges, "If-Range": '"x"'})
            assert (answer.status_code, answer.content) == (200, whole.content), url


def _name_of_style() -> str:
    from fedcomm.looks.static_files import static_url

    return static_url("app.css").rpartition("/")[2]
