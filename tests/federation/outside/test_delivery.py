"""One activity to one inbox: what the answers mean, and what a hostile inbox can do to us (nothing)."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from federation.delivery import Blame, Delivery, Outcome, meaning
from federation.retry_after import seconds_until_retry
from federation.signatures.claims import Scheme
from tests.kit import Exchange, FakePeer, FakeServer, answers, certificates, many, signing
from tests.kit.ours import USER_AGENT, PostSigner, delivering, local

BODY = json.dumps({"id": "https://ours.example/a/1", "type": "Create"}).encode()
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def delivered(server: FakeServer, body: bytes = BODY, *, last_status: int | None = None) -> Delivery:
    """What comes of one delivery to this server's inbox."""
    async with delivering() as deliverer:
        return await deliverer.deliver(server.url("/inbox"), body, sign=PostSigner(body), last_status=last_status)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_r014_an_accepted_activity_is_delivered(status: int) -> None:
    async with FakeServer() as server:
        server.on("/inbox", answers.raw(f"HTTP/1.1 {status} OK\r\n\r\n".encode()))

        delivery = await delivered(server)

    assert delivery == Delivery(Outcome.DELIVERED, Blame.NOBODY, "", status=status, scheme="cavage")


async def test_the_request_is_signed_and_carries_the_bytes_as_they_are() -> None:
    body = b'{ "odd" :\t"spacing", "n": 1.0 }'
    signer = PostSigner(body)
    async with FakeServer() as server, delivering() as deliverer:
        server.on("/inbox", answers.status(202))
        inbox = server.url("/inbox")

        await deliverer.deliver(inbox, body, sign=signer)
        await deliverer.deliver(inbox, body, sign=signer, scheme="rfc9421")

    cavage, rfc9421 = server.seen
    public = signer.key.private.public_key()
    for seen in server.seen:
        assert seen.method == "POST"
        assert seen.body == body
        assert seen.headers["content-type"] == "application/activity+json"
        assert seen.headers["host"] == server.authority
        assert seen.headers["user-agent"] == USER_AGENT
        assert signing.is_signed_by(seen, public, base=server.base)
    assert "signature-input" not in cavage.headers
    assert "signature-input" in rfc9421.headers


@pytest.mark.parametrize("status", [400, 401])
async def test_a_refused_signature_is_made_once_more_in_the_other_form(status: int) -> None:
    signer = PostSigner(BODY)
    async with FakeServer() as server, delivering() as deliverer:
        server.on("/inbox", answers.in_turn(answers.status(status), answers.status(202)))

        delivery = await deliverer.deliver(server.url("/inbox"), BODY, sign=signer, scheme="rfc9421")

    assert (delivery.outcome, delivery.scheme) == (Outcome.DELIVERED, "cavage")
    assert signer.asked == [("rfc9421", None), ("cavage", None)]
    assert [seen.body for seen in server.seen] == [BODY, BODY]


async def test_what_an_inbox_says_it_accepts_is_handed_to_the_signer() -> None:
    signer = PostSigner(BODY)
    async with FakeServer() as server, delivering() as deliverer:
        asks = answers.status(401, headers={"Accept-Signature": 'sig1=("@method")'})
        server.on("/inbox", answers.in_turn(asks, answers.status(202)))

        await deliverer.deliver(server.url("/inbox"), BODY, sign=signer, scheme="rfc9421")

    assert signer.asked == [("rfc9421", None), ("rfc9421", 'sig1=("@method")')]


@pytest.mark.parametrize("status", [400, 402, 403, 405, 406, 409, 413, 415, 421, 422, 451])
async def test_r014_these_answers_are_final(status: int) -> None:
    async with FakeServer() as server:
        server.on("/inbox", answers.status(status, body=b"<p>We\r\n do not\x00 want this</p>"))

        delivery = await delivered(server)

    assert (delivery.outcome, delivery.blame, delivery.status) == (Outcome.REFUSED, Blame.NOBODY, status)
    assert delivery.detail == f"{status} <p>We do not want this</p>"
    assert len(server.seen) == (2 if status == 400 else 1)


async def test_r014_a_401_is_tried_once_more_later_and_then_final() -> None:
    async with FakeServer() as server:
        server.on("/inbox", answers.status(401))

        first = await delivered(server)
        second = await delivered(server, last_status=401)

    assert (first.outcome, first.blame, first.scheme) == (Outcome.LATER, Blame.MESSAGE, None)
    assert (second.outcome, second.scheme) == (Outcome.REFUSED, None)


@pytest.mark.parametrize("status", [404, 410])
async def test_r014_an_inbox_that_is_not_there_is_gone(status: int) -> None:
    async with FakeServer() as server:
        server.on("/inbox", answers.status(status))

        assert (await delivered(server)).outcome is Outcome.GONE


@pytest.mark.parametrize("status", [408, 425, 500, 501, 502, 504, 507, 599])
async def test_r014_passing_troubles_are_tried_again_and_count_for_the_message(status: int) -> None:
    async with FakeServer() as server:
        server.on("/inbox", answers.status(status))

        delivery = await delivered(server)

    assert (delivery.outcome, delivery.blame, delivery.peer_waits) == (Outcome.LATER, Blame.MESSAGE, False)


@pytest.mark.parametrize("status", [429, 503])
async def test_r015_a_peer_that_asks_us_to_wait_is_obeyed_and_not_blamed(status: int) -> None:
    async with FakeServer() as server:
        server.on("/inbox", answers.in_turn(answers.status(status, retry_after="120"), answers.status(status)))

        asked = await delivered(server)
        unasked = await delivered(server)

    assert asked.retry_after == timedelta(minutes=2)
    assert (asked.outcome, asked.blame, asked.peer_waits) == (Outcome.LATER, Blame.NOBODY, True)
    assert (unasked.outcome, unasked.blame, unasked.peer_waits) == (Outcome.LATER, Blame.PEER, True)
    assert unasked.retry_after is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        (" 30 ", 30),
        ("21600", 21600),
        ("21601", 21600),
        ("9" * 400, 21600),
        ("Sat, 21 Nov 2026 12:10:00 GMT", 600),
        ("Saturday, 21-Nov-26 12:10:00 GMT", 600),
        ("Sat Nov 21 12:10:00 2026", 600),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 21600),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 100_000, None),
        ("Sat, 99 Nov 2026 12:10:00 GMT", None),
        ("١٢", None),
    ],
)
def test_r015_retry_after_in_seconds_as_date_and_absurd(header: str | None, seconds: float | None) -> None:
    assert seconds_until_retry(header, now=NOON) == seconds


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_t19_a_delivery_never_follows_a_redirect(status: int) -> None:
    async with FakeServer() as server, FakeServer() as other:
        server.on("/inbox", answers.redirect(other.url("/inbox"), status))

        delivery = await delivered(server)

    assert (delivery.outcome, delivery.blame, delivery.status) == (Outcome.LATER, Blame.MESSAGE, status)
    assert other.connections == 0


def test_r014_every_status_has_a_meaning() -> None:
    final = {status for status in range(200, 600) if meaning(status, None)[0] is Outcome.REFUSED}

    assert final == set(range(400, 500)) - {401, 404, 408, 410, 425, 429}


HOSTILE = {
    "hang": answers.hang(),
    "drip": answers.drip(),
    "drip headers": answers.drip_headers(),
}


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE.keys())
async def test_r006_an_inbox_that_never_answers_delays_nobody(script: answers.Script) -> None:
    """However long the limit is: what goes elsewhere arrives while the first is still waited for."""
    async with FakeServer() as silent, FakeServer() as lively, delivering(seconds=600) as deliverer:
        silent.on("/inbox", script)
        lively.on("/inbox", answers.status(202))
        sign = PostSigner(BODY)

        waiting = asyncio.create_task(deliverer.deliver(silent.url("/inbox"), BODY, sign=sign))
        await silent.received()
        others = [await deliverer.deliver(lively.url("/inbox"), BODY, sign=sign) for _ in range(20)]

        assert {other.outcome for other in others} == {Outcome.DELIVERED}
        assert not waiting.done()
        waiting.cancel()
        await silent.quiet()


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE.keys())
async def test_r006_an_inbox_that_never_answers_is_left_at_the_time_limit(script: answers.Script) -> None:
    async with FakeServer() as silent, delivering(seconds=0.3) as deliverer:
        silent.on("/inbox", script)

        delivery = await deliverer.deliver(silent.url("/inbox"), BODY, sign=PostSigner(BODY))

        assert (delivery.outcome, delivery.blame, delivery.status) == (Outcome.LATER, Blame.PEER, None)
        await silent.quiet()


BROKEN = {
    "reset": answers.reset(),
    "nothing": answers.raw(b""),
    "half a head": answers.raw(b"HTTP/1.1 202 Acc"),
    "another protocol": answers.raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "http/2": answers.raw(b"HTTP/2 202\r\n\r\n"),
    "bad length": answers.raw(b"HTTP/1.1 202 OK\r\nContent-Length: -1\r\n\r\n"),
    "two lengths": answers.raw(b"HTTP/1.1 202 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    "short": answers.raw(b"HTTP/1.1 202 OK\r\nContent-Length: 10\r\n\r\nabc"),
    "bad header": answers.raw(b"HTTP/1.1 202 OK\r\n folded\r\n\r\n"),
    "endless head": answers.raw(b"HTTP/1.1 202 OK\r\n" + b"X: " + b"a" * 100_000),
    "switching": answers.raw(b"HTTP/1.1 101 Switching\r\n\r\n"),
    "interim without end": answers.raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
    "bad chunk": answers.raw(b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "long chunk": answers.raw(b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"),
    "chunk size without end": answers.raw(b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"a" * 5000),
    "cut chunk": answers.raw(b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nab"),
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_conversation_is_tried_again_and_counts_for_the_peer(script: answers.Script) -> None:
    async with FakeServer() as server:
        server.on("/inbox", script)

        delivery = await delivered(server)

    assert (delivery.outcome, delivery.blame, delivery.status) == (Outcome.LATER, Blame.PEER, None)


READABLE = {
    "chunks": answers.chunked(b"thank", b" you", code=202),
    "empty chunks": answers.chunked(code=202),
    "many chunks": answers.chunked(*[b"x"] * 1000, code=202),
    "until the end": answers.raw(b"HTTP/1.0 202 OK\r\n\r\nthank you"),
    "after interim answers": answers.raw(
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\n"
    ),
    "without end": answers.without_end(code=202),
    "large": answers.raw(b"HTTP/1.1 202 OK\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 100_000),
    "large chunk": answers.chunked(b"x" * 10_000_000, code=202),
}


@pytest.mark.parametrize("script", READABLE.values(), ids=READABLE.keys())
async def test_an_answer_is_read_only_as_far_as_its_meaning_needs(script: answers.Script) -> None:
    async with FakeServer() as server:
        server.on("/inbox", script)

        assert (await delivered(server)).outcome is Outcome.DELIVERED


async def test_what_comes_byte_by_byte_is_read_like_what_comes_at_once() -> None:
    answer = b"HTTP/1.1 422 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbut\r\n4;x=y\r\n why\r\n0\r\nT: 1\r\n\r\n"

    async def script(exchange: answers.Exchange) -> None:
        for position in range(len(answer)):
            await exchange.send(answer[position : position + 1])
            await asyncio.sleep(0)

    async with FakeServer() as server:
        server.on("/inbox", script)

        assert (await delivered(server)).detail == "422 but why"


async def test_a_connection_is_used_again_and_not_forever() -> None:
    async with FakeServer() as server, delivering(idle=0.05) as deliverer:
        server.on("/inbox", answers.in_turn(answers.chunked(b"ok", code=202), answers.status(202)))
        sign = PostSigner(BODY)

        for _ in range(5):
            await deliverer.deliver(server.url("/inbox"), BODY, sign=sign)
        assert server.connections == 1

        await server.quiet()
        await deliverer.deliver(server.url("/inbox"), BODY, sign=sign)
        assert server.connections == 2


async def test_a_kept_connection_that_the_peer_closed_meanwhile_costs_nothing() -> None:
    async with FakeServer() as server, delivering() as deliverer:
        server.on("/inbox", answers.in_turn(answers.status(202), answers.reset(), answers.status(202)))
        sign = PostSigner(BODY)

        outcomes = [(await deliverer.deliver(server.url("/inbox"), BODY, sign=sign)).outcome for _ in range(2)]
        await server.stop()
        await server.start()
        outcomes.append((await deliverer.deliver(server.url("/inbox"), BODY, sign=sign)).outcome)

    assert outcomes == [Outcome.DELIVERED] * 3
    assert len(server.seen) == 4  # the second was sent twice, with the same bytes
    assert {seen.body for seen in server.seen} == {BODY}


async def two_answers(exchange: Exchange) -> None:
    await exchange.send(b"HTTP/1.1 202 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 Injected\r\n\r\n")


async def test_a_closing_or_early_answer_ends_the_connection() -> None:
    async with FakeServer() as server, delivering() as deliverer:
        server.on("/inbox", answers.status(202, headers={"Connection": "close"}))
        server.on("/odd", two_answers)
        sign = PostSigner(BODY)

        for path in ("/inbox", "/inbox", "/odd", "/odd"):
            assert (await deliverer.deliver(server.url(path), BODY, sign=sign)).outcome is Outcome.DELIVERED

    assert server.connections == 4


async def test_a_server_that_is_away_counts_for_the_peer() -> None:
    async with FakeServer() as server:
        pass

    delivery = await delivered(server)

    assert (delivery.outcome, delivery.blame, delivery.detail) == (Outcome.LATER, Blame.PEER, "no connection")


async def test_tls_is_checked_against_the_name() -> None:
    ours = certificates.make()
    async with FakeServer(tls=ours.server) as server, delivering(tls=ours.trusting) as deliverer:
        server.on("/inbox", answers.status(202))
        sign = PostSigner(BODY)

        good = await deliverer.deliver(server.url("/inbox"), BODY, sign=sign)
        again = await deliverer.deliver(server.url("/inbox"), BODY, sign=sign)
        other = await deliverer.deliver(server.url("/inbox").replace("localhost", "127.0.0.1"), BODY, sign=sign)

    assert (good.outcome, again.outcome) == (Outcome.DELIVERED, Outcome.DELIVERED)
    assert (other.outcome, other.blame) == (Outcome.LATER, Blame.PEER)
    assert len(server.seen) == 2
    assert (await delivered(server)).outcome is Outcome.LATER


async def test_a_megabyte_is_carried_whole() -> None:
    body = b"x" * 2**20
    async with FakeServer() as server:
        server.on("/inbox", answers.status(202))

        assert (await delivered(server, body)).outcome is Outcome.DELIVERED

    assert server.seen[0].body == body


@pytest.mark.parametrize("value", ["a\r\nX: 1", "a\nb", "a\rb", "ä"])
async def test_s064_a_header_cannot_become_two(value: str) -> None:
    async def sign(url: str, scheme: Scheme, accept_signature: str | None) -> Mapping[str, str]:
        return {"Signature": value}

    async with FakeServer() as server, delivering() as deliverer:
        delivery = await deliverer.deliver(server.url("/inbox"), BODY, sign=sign)

    assert delivery.outcome is Outcome.REFUSED
    assert server.connections == 0


async def test_hundreds_of_deliveries_run_at_once() -> None:
    gate = asyncio.Event()
    async with many(300, answers.when(gate, answers.status(202))) as servers, delivering() as deliverer:
        sign = PostSigner(BODY)
        waiting = [asyncio.create_task(deliverer.deliver(server.url("/inbox"), BODY, sign=sign)) for server in servers]
        for server in servers:
            await server.received()
        gate.set()

        assert {delivery.outcome for delivery in await asyncio.gather(*waiting)} == {Outcome.DELIVERED}


async def test_a_fake_peer_finds_our_signatures_good_and_we_find_spoiled_ones_bad() -> None:
    signer = PostSigner(BODY)
    other = PostSigner(b"other")
    async with FakePeer() as peer, delivering(local()) as deliverer:
        await deliverer.deliver(peer.shared_inbox, BODY, sign=signer)
        await deliverer.deliver(peer.shared_inbox, BODY, sign=other)

    good, bad = peer.arrived()
    public = signer.key.private.public_key()
    assert signing.is_signed_by(good, public, base=peer.server.base)
    assert not signing.is_signed_by(bad, public, base=peer.server.base)
