"""Load and limits at the door: rows S138-S140, S158 and S159, at a running web server."""

import asyncio
import json
import select
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcomm.durations import Durations
from fedcomm.http.connections import MOST_UNWANTED
from fedcomm.looks.static_files import static_url
from tests.kit.signing import Tamper
from tests.running import Instance, MakeDatabase, instance
from tests.security.front_door import front_door
from tests.security.raw_http import Wire, answered, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 2**20
POST = b"POST /inbox HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/activity+json\r\n"
BUFFERS = 16 * MIB
"""What the sockets of both sides hold at most, beside what is read."""

QUICK = replace(Durations(), slow_client_limit=timedelta(seconds=0.4), request_limit=timedelta(seconds=0.4))


async def test_s138_a_body_announced_as_too_large_is_413_without_being_read(house: Instance) -> None:
    async with front_door(house) as door, door.without_effect():
        for length in (MIB + 1, 10 * 2**30, 2**62):
            async with wire(house) as line:
                await line.send(POST + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % length)
                assert await line.answers(1) == [413]


async def test_s138_a_body_that_is_sent_all_the_same_is_read_a_little_further_only(house: Instance) -> None:
    for announced in (b"Content-Length: 10737418240\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"):
        piece = b" " * 65536
        if announced.startswith(b"T"):
            piece = b"10000\r\n" + piece + b"\r\n"
        async with wire(house) as line:
            await line.send(POST + announced)
            while await line.send(piece):
                assert line.sent < MIB + MOST_UNWANTED + BUFFERS
            await line.until_closed()
            assert line.statuses() in ([413], [])  # what arrives of an answer before the reset is up to the sockets


async def test_s138_a_body_a_byte_too_large_is_413_and_the_connection_goes_on(house: Instance) -> None:
    for announced in (
        b"Content-Length: %d\r\n\r\n%s" % (MIB + 1, b"x" * (MIB + 1)),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (MIB + 1, b"x" * (MIB + 1)),
    ):
        async with wire(house) as line:
            await line.send(POST + announced)
            await line.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert await line.answers(2) == [413, 200]


async def test_s138_a_body_of_just_a_mebibyte_is_read(house: Instance) -> None:
    async with front_door(house) as door:
        activity = door.says()
        room = MIB - len(door.client.build_request("POST", house.url, json=activity).content)
        full = b"%s%s" % (b" " * room, door.client.build_request("POST", house.url, json=activity).content)
        assert len(full) == MIB
        assert (await door.knock(full)).status == 202


ODD = {
    "S139 brackets": b'{"type":"Like","actor":"ACTOR","object":' + b"[" * 100_000,
    "S139 objects": b'{"type":"Like","actor":"ACTOR","object":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001,
    "S140 NaN": b'{"type":"Like","actor":"ACTOR","object":NaN}',
    "S140 Infinity": b'{"type":"Like","actor":"ACTOR","object":-Infinity}',
    "S140 1e999": b'{"type":"Like","actor":"ACTOR","object":1e999}',
    "S140 actor twice": b'{"type":"Like","actor":"ACTOR","object":"x","actor":"https://victim.example/u/v"}',
    "S140 many digits": b'{"type":"Like","actor":"ACTOR","object":' + b"9" * 100_000 + b"}",
    "S140 no object": b'["type","Like"]',
    "S140 nothing": b"",
    "S140 a byte order mark": b'\xef\xbb\xbf{"type":"Like","actor":"ACTOR"}',
    "S140 not UTF-8": b'{"type":"Like","actor":"ACTOR","object":"\xff"}',
    "S140 UTF-16": '{"type":"Like","actor":"ACTOR"}'.encode("utf-16"),
    "S140 a comment": b'{"type":"Like",/* */"actor":"ACTOR"}',
    "S140 two documents": b'{"type":"Like","actor":"ACTOR"}{}',
}
CLEANED = {
    "S140 NUL": rb'{"id":"ACTOR/1","type":"Like","actor":"ACTOR","object":"x\u0000y","content":"\u0000"}',
    "S140 a lone surrogate": rb'{"id":"ACTOR/2","type":"Like","actor":"ACTOR","object":"\ud800","\udfff":1}',
    "S140 NUL in the id": rb'{"id":"ACTOR/\u0000","type":"Like","actor":"ACTOR","object":"x"}',
    "S140 NUL in the type": rb'{"id":"ACTOR/3","type":"Li\u0000ke","actor":"ACTOR","object":"x"}',
}


async def test_s139_s140_odd_json_is_400_even_if_it_is_signed(house: Instance) -> None:
    async with front_door(house) as door, door.without_effect():
        for case, body in ODD.items():
            sent = await door.knock(body.replace(b"ACTOR", door.rui.id.encode()))
            assert sent.status == 400, (case, sent.body)


async def test_s140_what_no_database_stores_is_cleaned_and_interpreted(house: Instance) -> None:
    async with front_door(house) as door:
        for case, body in CLEANED.items():
            sent = await door.knock(body.replace(b"ACTOR", door.rui.id.encode()))
            assert sent.status in (202, 400), (case, sent.body)

        await house.settle()

        async with house.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM inbox_item WHERE state NOT IN ('done', 'dropped')") == 0


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("ACTOR"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(["id", "type", "actor", "object", "to", "cc", "audience", "tag", "inReplyTo", "content"])
_kinds = st.sampled_from(["Create", "Update", "Delete", "Announce", "Like", "Undo", "Follow", "Accept", "Offer", "X"])


@settings(max_examples=40, deadline=None)
@given(said=st.dictionaries(_names, _values, max_size=6), kind=_kinds)
async def test_s140_any_signed_document_is_taken_or_refused_and_then_interpreted(
    house: Instance, said: dict[str, object], kind: str
) -> None:
    async with front_door(house) as door:
        document = json.dumps({"type": kind, "actor": "ACTOR", **said}).replace("ACTOR", door.rui.id)

        assert (await door.knock(document.encode())).status in (202, 400)

        await house.settle()
        async with house.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM inbox_item WHERE attempts > 1") == 0


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_s158_a_storm_of_deletions_costs_neither_fetch_nor_signature(house: Instance, count: int) -> None:
    """The signatures are garbage, which nobody notices: nothing is verified. The rate stands in `./run bench`."""
    async with front_door(house) as door, door.without_effect():
        nobody = [door.peer.server.url(f"/users/{number}") for number in range(count)]
        bodies = [
            b'{"id":"%s#gone","type":"Delete","actor":"%s","object":"%s"}' % ((uri.encode(),) * 3) for uri in nobody
        ]

        async def storm(some: list[bytes]) -> set[int]:
            head = door.signed(b"{}")
            lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
            async with wire(house) as line:
                requests = [
                    f"POST /inbox HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body
                    for body in some
                ]
                for request in requests:
                    await line.send(request)
                return set(await line.answers(len(some), within=60))

        outcomes = await asyncio.gather(*(storm(bodies[start::4]) for start in range(4)))
        assert outcomes == [{202}] * 4


GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
SLOW: dict[str, tuple[bytes, int, bytes]] = {
    # what is sent at once, how many answers come to that, what then comes byte by byte
    "says nothing": (b"", 0, b""),
    "a head": (b"", 0, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 1000),
    "a second head": (GET, 1, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 1000),
    "empty lines": (GET, 1, b"\r\n" * 5000),
    "a body": (POST + b"Content-Length: 100000\r\n\r\n", 0, b" " * 100_000),
    "a body in chunks": (POST + b"Transfer-Encoding: chunked\r\n\r\n", 0, b"1\r\n \r\n" * 100_000),
    "a body nobody wants": (
        b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
        1,
        b" " * 100_000,
    ),
}


async def test_s159_whoever_is_slow_is_cut_off(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), durations=QUICK) as at:

        async def is_cut_off(case: str) -> bool:
            at_once, count, then = SLOW[case]
            async with wire(at) as line:
                await line.send(at_once)
                await line.answers(count)
                dripping = asyncio.create_task(_drip(line, then))
                try:
                    await line.until_closed()
                except TimeoutError:
                    return False
                finally:
                    dripping.cancel()
                return True

        outcomes = await asyncio.gather(*(is_cut_off(case) for case in SLOW))
        assert dict(zip(SLOW, outcomes, strict=True)) == dict.fromkeys(SLOW, True)


async def _drip(line: Wire, data: bytes) -> None:
    for position in range(len(data)):
        if not await line.send(data[position : position + 1]):
            return
        await asyncio.sleep(0.01)  # slowly is what it is about


async def test_s159_a_slow_body_is_408(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), durations=QUICK) as at, wire(at) as line:
        await line.send(POST + b"Content-Length: 100\r\n\r\n{")
        assert await line.answers(1) == [408]


async def test_s159_an_answer_that_is_not_read_is_given_up(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), durations=QUICK) as at:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, _, port = at.here.authority.partition(":")
        client.connect((host, int(port)))
        client.setblocking(False)
        watch = select.poll()
        watch.register(client, select.POLLHUP | select.POLLERR)
        request = f"GET {static_url('app.css')} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        try:
            async with asyncio.timeout(20):
                while not watch.poll(0):
                    try:
                        client.send(request * 20)
                    except BlockingIOError:
                        pass
                    except ConnectionError:
                        break
                    await asyncio.sleep(0.01)
        finally:
            client.close()


async def test_s159_a_head_without_end_is_400(house: Instance) -> None:
    for line in (b"X: y\r\n" * 100_000, b"X: " + b"y" * 600_000, b"X" * 600_000):
        assert await answered(house, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + line) == [400]
    assert await answered(house, b"GET /" + b"a" * 600_000) == [400]


async def test_s158_a_stranger_who_changes_is_let_go_too(house: Instance) -> None:
    async with front_door(house) as door, door.without_effect():
        for kind in ("Delete", "Update"):
            for about in (door.rui.id, {"id": door.rui.id, "type": "Person"}):
                for tamper in (Tamper(), Tamper(unsigned=True), Tamper(flipped=True)):
                    sent = await door.knock(door.rui.does(kind, about), tamper=tamper)
                    assert sent.status == 202, (kind, about, tamper)
