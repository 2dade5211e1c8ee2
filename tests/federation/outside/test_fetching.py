"""Reading documents of other servers: redirects, signatures, ids, and not asking too often."""

import asyncio
import json
from pathlib import Path

import pytest

from federation.errors import Malformed, TooLarge, Unreachable, WrongType
from federation.fetching import Limits, Refused
from federation.outside import NoConnection, tls_context
from tests.kit import FakeServer, answers, certificates
from tests.kit.ours import USER_AGENT, Clock, GetSigner, fetching

NOTE = {"id": "https://x.example/1", "type": "Note"}
JSON = "application/activity+json"
LD = "application/ld+json"


async def test_a_document_is_asked_for_signed_and_as_activitypub() -> None:
    signer = GetSigner()
    async with FakeServer() as server, fetching(signer=signer) as fetcher:
        server.on("/note", answers.document(NOTE))

        document = await fetcher.fetch(server.url("/note?page=1#part"))

    (seen,) = server.seen
    assert json.loads(document.body) == NOTE
    assert document.scheme == "cavage"
    assert str(document.url) == server.url("/note?page=1")
    assert seen.target == "/note?page=1"
    assert seen.headers["host"] == server.authority
    assert seen.headers["user-agent"] == USER_AGENT
    assert seen.headers["accept-encoding"] == "identity"
    assert JSON in seen.headers["accept"]
    assert 'headers="(request-target) host date"' in seen.headers["signature"]
    assert signer.asked == [(server.url("/note?page=1"), "cavage", None)]


@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        "application/activity+json; charset=utf-8",
        "Application/Activity+JSON",
        f'{LD}; profile="https://www.w3.org/ns/activitystreams"',
        f'{LD};profile="https://www.w3.org/ns/activitystreams"; charset=utf-8',
        f'{LD}; profile="https://example.com/x https://www.w3.org/ns/activitystreams"',
        f"{LD}; profile=https://www.w3.org/ns/activitystreams",
    ],
)
async def test_the_media_types_of_activitypub_are_taken(content_type: str) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.on("/note", answers.document(NOTE, content_type=content_type))

        assert (await fetcher.fetch(server.url("/note"))).content_type == content_type


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/html",
        "text/plain",
        "",
        LD,
        f'{LD}; profile="https://evil.example/activitystreams"',
        "image/png",
    ],
)
async def test_s031_a_document_of_another_media_type_is_refused(content_type: str) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.on("/note", answers.document(NOTE, content_type=content_type))

        with pytest.raises(WrongType):
            await fetcher.fetch(server.url("/note"))


async def test_when_a_signature_is_refused_the_other_form_is_tried_once_and_remembered() -> None:
    signer = GetSigner()
    async with FakeServer() as server, fetching(signer=signer) as fetcher:
        server.otherwise(answers.in_turn(answers.status(401), answers.document(NOTE)))

        first = await fetcher.fetch(server.url("/1"))
        second = await fetcher.fetch(server.url("/2"))

    assert (first.scheme, second.scheme) == ("rfc9421", "rfc9421")
    assert [scheme for _, scheme, _ in signer.asked] == ["cavage", "rfc9421", "rfc9421"]
    assert "signature-input" in server.seen[1].headers


async def test_what_a_server_says_it_accepts_is_handed_to_the_signer() -> None:
    signer = GetSigner()
    wish = 'sig1=("@method" "@target-uri");alg="rsa-v1_5-sha256"'
    async with FakeServer() as server, fetching(signer=signer) as fetcher:
        asks = answers.status(401, headers={"Accept-Signature": wish})
        server.otherwise(answers.in_turn(asks, answers.document(NOTE)))

        await fetcher.fetch(server.url("/1"))

    assert [(scheme, wanted) for _, scheme, wanted in signer.asked] == [("cavage", None), ("rfc9421", wish)]


@pytest.mark.parametrize("status", [400, 401])
async def test_when_no_signature_is_understood_an_unsigned_request_is_tried_once(status: int) -> None:
    async with FakeServer() as server, fetching(signer=GetSigner()) as fetcher:
        refuse = answers.status(status)
        server.otherwise(answers.in_turn(refuse, refuse, answers.document(NOTE)))

        document = await fetcher.fetch(server.url("/1"))

    assert document.scheme is None
    assert ["signature" in seen.headers for seen in server.seen] == [True, True, False]


async def test_a_server_that_forbids_is_not_asked_again_in_other_words() -> None:
    async with FakeServer() as server, fetching(signer=GetSigner()) as fetcher:
        server.otherwise(answers.status(403))

        with pytest.raises(Refused) as refusal:
            await fetcher.fetch(server.url("/1"))

    assert refusal.value.status == 403
    assert not refusal.value.is_gone
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [404, 410])
async def test_what_is_not_there_is_said_so(status: int) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.otherwise(answers.status(status))

        with pytest.raises(Refused) as refusal:
            await fetcher.fetch(server.url("/1"))

    assert refusal.value.is_gone


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_passing_troubles_are_unreachable_and_say_when_to_ask_again(status: int) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.otherwise(answers.status(status, retry_after="17"))

        with pytest.raises(Unreachable) as trouble:
            await fetcher.fetch(server.url("/1"))

    assert trouble.value.retry_after == 17


@pytest.mark.parametrize("status", [201, 204, 206, 304, 300])
async def test_answers_that_carry_no_document_are_refused(status: int) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.otherwise(answers.raw(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()))

        with pytest.raises(Malformed):
            await fetcher.fetch(server.url("/1"))


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_and_each_hop_is_signed_for_itself(code: int) -> None:
    signer = GetSigner()
    async with FakeServer() as one, FakeServer() as other, fetching(signer=signer) as fetcher:
        one.on("/a", answers.redirect("b?x=1", code))
        one.on("/b", answers.redirect(other.url("/c"), code))
        other.on("/c", answers.document(NOTE))

        document = await fetcher.fetch(one.url("/a"))

    assert str(document.url) == other.url("/c")
    assert [url for url, _, _ in signer.asked] == [one.url("/a"), one.url("/b?x=1"), other.url("/c")]
    assert other.seen[0].headers["host"] == other.authority
    assert other.seen[0].headers["signature"] != one.seen[0].headers["signature"]


async def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    async with FakeServer() as server, fetching() as fetcher:
        for hop in range(4):
            server.on(f"/{hop}", answers.redirect(f"/{hop + 1}"))
        server.on("/4", answers.document(NOTE))

        assert (await fetcher.fetch(server.url("/1"))).url.target == "/4"
        with pytest.raises(Malformed, match="too many redirects"):
            await fetcher.fetch(server.url("/0"))

    assert [seen.target for seen in server.seen] == ["/1", "/2", "/3", "/4", "/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    "to", ["", "file:///etc/passwd", "https://user@good.example/", "http://localhost:22/", "https://[/"]
)
async def test_a_redirect_to_what_may_not_be_asked_is_refused(to: str) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.otherwise(answers.redirect(to))

        with pytest.raises(Malformed):
            await fetcher.fetch(server.url("/1"))

    assert len(server.seen) == 1


async def test_many_who_want_the_same_cause_one_request() -> None:
    gate = asyncio.Event()
    async with FakeServer() as server, fetching() as fetcher:
        server.on("/note", answers.when(gate, answers.document(NOTE)))

        waiting = [asyncio.create_task(fetcher.fetch(server.url("/note"))) for _ in range(20)]
        await server.received()
        waiting.pop().cancel()
        gate.set()
        found = await asyncio.gather(*waiting)

    assert {document.body for document in found} == {json.dumps(NOTE).encode()}
    assert len(server.seen) == 1


async def test_at_most_eight_requests_run_at_once_to_one_authority() -> None:
    gate = asyncio.Event()
    async with FakeServer() as server, FakeServer() as other, fetching() as fetcher:
        server.otherwise(answers.when(gate, answers.document(NOTE)))
        other.otherwise(answers.document(NOTE))

        waiting = [asyncio.create_task(fetcher.fetch(server.url(f"/{number}"))) for number in range(30)]
        await server.received(8)
        await fetcher.fetch(other.url("/free"))
        assert server.busy == 8
        gate.set()
        await asyncio.gather(*waiting)

    assert server.busiest == 8
    assert server.connections <= 8


async def test_what_failed_is_not_asked_again_for_ten_minutes() -> None:
    clock = Clock()
    async with FakeServer() as server, fetching(clock=clock) as fetcher:
        server.on("/gone", answers.status(404))
        server.on("/note", answers.document(NOTE))

        for _ in range(3):
            with pytest.raises(Refused):
                await fetcher.fetch(server.url("/gone"))
        await fetcher.fetch(server.url("/note"))
        assert [seen.path for seen in server.seen] == ["/gone", "/note"]

        server.on("/gone", answers.document(NOTE))
        clock.seconds += 599
        with pytest.raises(Refused):
            await fetcher.fetch(server.url("/gone"))
        clock.seconds += 2
        await fetcher.fetch(server.url("/gone"))


async def test_a_passing_trouble_is_remembered_no_longer_than_the_server_asked() -> None:
    clock = Clock()
    async with FakeServer() as server, fetching(clock=clock) as fetcher:
        server.otherwise(answers.in_turn(answers.status(503, retry_after="30"), answers.document(NOTE)))

        with pytest.raises(Unreachable):
            await fetcher.fetch(server.url("/1"))
        clock.seconds += 20
        with pytest.raises(Unreachable) as trouble:
            await fetcher.fetch(server.url("/1"))
        assert trouble.value.retry_after == 10
        clock.seconds += 10
        await fetcher.fetch(server.url("/1"))


async def test_a_server_that_is_away_is_remembered_as_a_whole_until_it_is_heard_of() -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.otherwise(answers.document(NOTE))
        await server.stop()
        with pytest.raises(NoConnection):
            await fetcher.fetch(server.url("/1"))
        await server.start()

        with pytest.raises(Unreachable):
            await fetcher.fetch(server.url("/2"))
        assert server.seen == []
        await fetcher.fetch(server.url("/2"), fresh=True)
        fetcher.forget(server.authority)
        await fetcher.fetch(server.url("/1"))


async def test_compressed_answers_are_read_although_nobody_asked_for_them() -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.on("/gzip", answers.compressed(NOTE))
        server.on("/deflate", answers.compressed(NOTE, encoding="deflate"))
        server.on("/br", answers.compressed(NOTE, encoding="br"))
        server.on("/broken", answers.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"))

        for path in ("/gzip", "/deflate"):
            assert json.loads((await fetcher.fetch(server.url(path))).body) == NOTE
        for path in ("/br", "/broken"):
            with pytest.raises(Malformed):
                await fetcher.fetch(server.url(path))


async def test_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    async with FakeServer() as server, fetching(limits=Limits(document_bytes=1000)) as fetcher:
        server.on("/fits", answers.text(b"x" * 1000, content_type=JSON))
        server.on("/over", answers.text(b"x" * 1001, content_type=JSON))
        server.on("/chunks", answers.chunked(b"x" * 600, b"y" * 401))

        assert len((await fetcher.fetch(server.url("/fits"))).body) == 1000
        for path in ("/over", "/chunks"):
            with pytest.raises(TooLarge):
                await fetcher.fetch(server.url(path))


@pytest.mark.parametrize(
    "script",
    [
        answers.reset(),
        answers.hang_up_after_headers(),
        answers.false_length(NOTE, 5000),
        answers.raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        answers.raw(b""),
        answers.raw(b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n"),
        answers.raw(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 200_000 + b"\r\n\r\n"),
    ],
)
async def test_a_broken_conversation_is_a_passing_trouble(script: answers.Script) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.otherwise(script)

        with pytest.raises(Unreachable):
            await fetcher.fetch(server.url("/1"))


async def test_connections_are_kept_for_a_while_and_closed_when_nobody_needs_them() -> None:
    async with FakeServer() as server, fetching(limits=Limits(idle=0.05)) as fetcher:
        server.otherwise(answers.document(NOTE))

        await fetcher.fetch(server.url("/1"))
        await fetcher.fetch(server.url("/2"))
        assert server.connections == 1

        await server.quiet()
        await fetcher.fetch(server.url("/3"))
        assert server.connections == 2


async def test_certificates_count_when_the_operator_names_their_authority(tmp_path: Path) -> None:
    ours = certificates.make()
    async with FakeServer(tls=ours.server) as server:
        server.otherwise(answers.document(NOTE))

        async with fetching(tls=tls_context(ours.write(tmp_path))) as fetcher:
            assert json.loads((await fetcher.fetch(server.url("/1"))).body) == NOTE
            with pytest.raises(NoConnection):  # issued for another name
                await fetcher.fetch(server.url("/1").replace("localhost", "127.0.0.1"))
        async with fetching(tls=tls_context()) as fetcher:
            with pytest.raises(NoConnection):
                await fetcher.fetch(server.url("/1"))


async def test_an_https_address_is_never_left_for_plain_http() -> None:
    ours = certificates.make()
    async with FakeServer(tls=ours.server) as server, FakeServer() as plain, fetching(tls=ours.trusting) as fetcher:
        server.otherwise(answers.redirect(plain.url("/1")))

        with pytest.raises(Malformed, match="away from https"):
            await fetcher.fetch(server.url("/1"))

    assert plain.seen == []


async def test_the_environment_says_nothing_about_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeServer() as proxy, FakeServer() as server, fetching() as fetcher:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        server.otherwise(answers.document(NOTE))

        await fetcher.fetch(server.url("/1"))

    assert proxy.connections == 0
