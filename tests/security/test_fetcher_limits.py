"""Outbound requests, how often, how long, how much: rows S020 and S022 (the library's part), S068-S071, S147, S156."""

import asyncio
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from federation import webfinger
from federation.alternates import find_alternate, find_lrdd_template
from federation.errors import FederationError, Malformed, TooLarge, Unreachable
from federation.fetching import Limits, is_activity_type
from federation.nodeinfo import read_software
from federation.outside import Handle, Outside, read_url
from federation.restraint import AskedTooOften
from federation.retry_after import seconds_until_retry
from tests.kit import FakeServer, Script, answers
from tests.kit.growth import LINEAR_WITH_NOISE, growth
from tests.kit.ours import Clock, GetSigner, fetching

JSON = answers.ACTIVITY_JSON
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


async def test_s020_keys_of_one_host_are_asked_for_eight_at_once_and_sixty_a_minute() -> None:
    clock, gate = Clock(), asyncio.Event()
    async with FakeServer() as server, FakeServer() as other, fetching(clock=clock) as fetcher:
        server.otherwise(answers.when(gate, answers.status(404)))
        other.otherwise(answers.status(404))
        asked = [fetcher.fetch_object(server.url(f"/u/{n}#key"), for_key=True) for n in range(1000)]

        waiting = asyncio.gather(*asked, return_exceptions=True)
        await server.received(8)
        gate.set()
        problems = await waiting

        refused = [problem for problem in problems if isinstance(problem, AskedTooOften)]
        assert len(server.seen) == 60
        assert server.busiest == 8
        assert len(refused) == 940
        assert {problem.retry_after for problem in refused} == {60}
        with pytest.raises(Malformed):  # another host has its own share, and documents are not keys
            await fetcher.fetch_object(other.url("/u/1#key"), for_key=True)
        with pytest.raises(Malformed):
            await fetcher.fetch_object(server.url("/note"))
        clock.seconds += 60
        with pytest.raises(Malformed):
            await fetcher.fetch_object(server.url("/u/1001#key"), for_key=True)


async def test_s020_redirects_do_not_multiply_the_requests_to_a_host() -> None:
    async with FakeServer() as victim, FakeServer() as evil, fetching(limits=Limits(keys_per_minute=5)) as fetcher:
        evil.otherwise(answers.redirect(victim.url("/")))
        victim.otherwise(answers.status(404))
        for n in range(20):
            with pytest.raises(FederationError):
                await fetcher.fetch(evil.url(f"/{n}"), for_key=True)

    assert len(victim.seen) <= 5


@pytest.mark.parametrize("hops", ["loop", "chain"])
async def test_s022_redirects_end_after_three(hops: str) -> None:
    async with FakeServer() as server, fetching(signer=GetSigner()) as fetcher:
        for n in range(20):
            server.on(f"/{n}", answers.redirect("/0" if hops == "loop" else f"/{n + 1}"))

        with pytest.raises(Malformed, match="too many redirects"):
            await fetcher.fetch_object(server.url("/0"), for_key=True)

    assert len(server.seen) == 4


SLOW: dict[str, Script] = {
    "silent": answers.hang(),
    "a byte now and then": answers.drip(),
    "headers without end": answers.drip_headers(),
}


@pytest.mark.parametrize("script", SLOW.values(), ids=SLOW.keys())
async def test_s068_a_slow_answer_is_cut_at_the_total_time_limit(script: Script) -> None:
    async with FakeServer() as server, fetching(limits=Limits(document_seconds=0.2, media_seconds=0.2)) as fetcher:
        server.otherwise(script)

        for ask in (fetcher.fetch(server.url("/1")), fetcher.fetch_media(server.url("/2"), most=10**6)):
            with pytest.raises(Unreachable, match="in time"):
                await ask
        await server.quiet()


async def test_s068_the_limit_is_for_all_hops_together() -> None:
    async def slowly(exchange: answers.Exchange) -> None:
        await asyncio.sleep(0.08)
        await exchange.reply(302, headers={"Location": "/again"})

    async with FakeServer() as server, fetching(limits=Limits(document_seconds=0.2)) as fetcher:
        server.otherwise(slowly)

        with pytest.raises(Unreachable, match="in time"):
            await fetcher.fetch(server.url("/1"))


LARGE: dict[str, Script] = {
    "50 MB": answers.text(b" " * 50_000_000, content_type=JSON),
    "without end": answers.without_end(),
    "a gzip bomb": answers.bomb(64),
    "chunks without end": answers.chunked(*[b" " * 65536] * 100),
    "a length that says less": answers.raw(
        b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n\r\n" % JSON.encode() + b" " * 2_000_000
    ),
}


@pytest.mark.parametrize("script", LARGE.values(), ids=LARGE.keys())
async def test_s069_a_large_answer_is_left_at_one_megabyte_decoded(script: Script) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.otherwise(script)
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge):
                await fetcher.fetch(server.url("/1"))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert most < 8 * 2**20


async def test_s069_an_error_with_a_large_body_is_still_only_an_error() -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.otherwise(answers.without_end(code=404))

        with pytest.raises(Malformed, match="404"):
            await fetcher.fetch(server.url("/1"))


HOSTILE_PAGES = {
    "open tags": "<link rel=alternate ",
    "quotes": "<link a='\"",
    "attributes": "<link " + "a=b " * 1000,
    "brackets": "<<<<>>",
    "comments": "<!-- <link -->",
}


@pytest.mark.parametrize("piece", HOSTILE_PAGES.values(), ids=HOSTILE_PAGES.keys())
async def test_s070_a_hostile_page_is_read_to_256_kib_and_in_linear_time(piece: str) -> None:
    page = piece * (2**20 // len(piece))
    async with FakeServer() as server, fetching() as fetcher:
        server.otherwise(answers.text(page, content_type="text/html"))

        document = await fetcher.fetch_page(server.url("/1"))
        with pytest.raises(Malformed):
            await fetcher.fetch_from_page(server.url("/2"))

    assert len(document.body) == 256 * 1024
    assert growth(find_alternate, page[:26_000], page[:260_000]) < LINEAR_WITH_NOISE


ENTITIES = {
    "a file": '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>',
    "laughs": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
    "another document": '<!DOCTYPE x SYSTEM "http://localhost/x.dtd" [\n]>',
}


@pytest.mark.parametrize("doctype", ENTITIES.values(), ids=ENTITIES.keys())
async def test_s071_a_host_meta_with_entities_is_refused(doctype: str) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        xml = f'<?xml version="1.0"?>{doctype}<XRD><Link rel="lrdd" template="{server.base}/wf?&f;{{uri}}"/></XRD>'
        server.on("/.well-known/host-meta", answers.text(xml, content_type="application/xrd+xml"))

        with pytest.raises(Malformed):
            await webfinger.look_up(fetcher, Handle("a", server.authority))

    assert [seen.path for seen in server.seen] == ["/.well-known/webfinger", "/.well-known/host-meta"]


def handle(text: str) -> None:
    with pytest.raises(Malformed):
        Outside().handle(text)


def url(text: str) -> None:
    with pytest.raises(Malformed):
        read_url(text)


READERS: dict[str, tuple[Callable[[str], object], str]] = {
    "a handle": (handle, "@a.-a.-"),
    "a handle of dots": (handle, "a."),
    "a handle's domain": (lambda text: handle("@a@" + text), "a.-"),
    "a URL": (lambda text: url("https://" + text), "a.-"),
    "a URL's port": (lambda text: url("https://x.example:" + text), "1"),
    "a media type": (is_activity_type, "application/ld+json;profile="),
    "a media type of quotes": (is_activity_type, 'application/ld+json;profile=" "'),
    "a media type of parameters": (is_activity_type, ";=;profile"),
    "a page": (find_alternate, "<link rel"),
    "a host-meta": (find_lrdd_template, "<!DOCTYPE "),
    "a retry-after": (lambda text: seconds_until_retry(text, now=NOW), "1 "),
    "a software's name": (lambda text: read_software({"software": {"name": text}}), "a.-"),
}


@pytest.mark.parametrize(("read", "piece"), READERS.values(), ids=READERS.keys())
def test_s147_our_readers_take_time_that_grows_with_the_length(read: Callable[[str], object], piece: str) -> None:
    large = (piece * (100_000 // len(piece) + 1))[:100_000]

    assert growth(read, large[:10_000], large) < LINEAR_WITH_NOISE


@pytest.mark.parametrize("host", ["a" * 100_000, "ä" * 100_000, "xn--" + "a" * 100_000, "a." * 50_000, "1" * 100_000])
def test_s156_a_long_host_is_refused_by_its_length(host: str) -> None:
    url(f"https://{host}/")
    handle(f"@a@{host}")
    with pytest.raises(Malformed):
        webfinger.read_resource(Outside(), f"https://{host}/")
