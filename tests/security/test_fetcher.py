"""Outbound requests: rows S020-S022 (the library's part), S054-S065, S068-S071, S073, S147 and S156.

Real servers on loopback: 127.0.0.1 stands for the open Internet, because the operator allowed it; 127.0.0.2 is the
inside of our network. What must not be reached counts its connections.
"""

import asyncio
import ipaddress
import json
import tracemalloc
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import nodeinfo, webfinger
from federation.alternates import find_alternate, find_lrdd_template
from federation.delivery import Deliverer, Outcome
from federation.errors import FederationError, Malformed, TooLarge, Unreachable
from federation.fetching import Fetcher, Limits, is_activity_type
from federation.nodeinfo import SCHEMA, read_software
from federation.outside import Forbidden, Handle, NoConnection, Outside, read_url
from federation.restraint import AskedTooOften
from federation.retry_after import seconds_until_retry
from tests.kit import FakePeer, FakeServer, Script, answers
from tests.kit.growth import LINEAR_WITH_NOISE, growth
from tests.kit.ours import Clock, GetSigner, Names, PostSigner, delivering, fetching, local

JSON = answers.ACTIVITY_JSON
BODY = b'{"type":"Create"}'
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INSIDE = "127.0.0.2"


@dataclass(frozen=True, slots=True)
class World:
    """A server outside, one inside our network on the same port, and our fetcher and deliverer between them."""

    outer: FakeServer
    inner: FakeServer
    names: Names
    outside: Outside
    fetcher: Fetcher
    deliverer: Deliverer

    def inward(self, path: str = "/") -> str:
        """A URL whose name leads inside."""
        return f"http://inner.example:{self.inner.port}{path}"


@asynccontextmanager
async def world(known: Mapping[str, list[str]] | None = None) -> AsyncGenerator[World]:
    names = Names({"localhost": ["127.0.0.1"], "inner.example": [INSIDE], **(known or {})})
    outside = local(resolver=names, allow=[ipaddress.ip_network("127.0.0.1/32")])
    outer, inner = FakeServer(), FakeServer(address=INSIDE)
    async with outer:
        inner.port = outer.port
        async with inner, fetching(outside, signer=GetSigner()) as fetcher:
            async with delivering(outside) as deliverer:
                inner.otherwise(answers.document({"id": inner.url("/"), "secret": True}))
                yield World(outer, inner, names, outside, fetcher, deliverer)
        assert inner.connections == 0


# Who must not be reached


async def test_s054_a_name_that_leads_inside_is_refused_before_connecting() -> None:
    async with world() as at:
        with pytest.raises(Forbidden):
            await at.fetcher.fetch(at.inward())


@pytest.mark.parametrize("host", ["127.0.0.2", "10.0.0.1", "169.254.169.254", "192.168.1.1", "[fc00::1]", "[::1]"])
async def test_s054_a_private_address_in_the_url_is_refused(host: str) -> None:
    async with world() as at:
        with pytest.raises(Forbidden):
            await at.fetcher.fetch(f"http://{host}:{at.inner.port}/")


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "255.255.255.255"])
async def test_s055_unspecified_and_broadcast_are_refused(host: str) -> None:
    async with world() as at:
        with pytest.raises(Forbidden):
            await at.fetcher.fetch(f"http://{host}:{at.inner.port}/")


@pytest.mark.parametrize(
    "host",
    [
        "[::ffff:127.0.0.2]",
        "[::127.0.0.2]",
        "[64:ff9b::7f00:2]",
        "[64:ff9b:1::7f00:2]",
        "[2002:7f00:2::]",
        "[2001::80ff:fffd]",
    ],
)
async def test_s056_wrapped_ipv4_is_refused(host: str) -> None:
    async with world() as at:
        with pytest.raises(Forbidden):
            await at.fetcher.fetch(f"http://{host}:{at.inner.port}/")


@pytest.mark.parametrize(
    "host",
    [
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "240.0.0.1",
        "224.0.0.1",
        "[ff02::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[fec0::1]",
    ],
)
async def test_s057_special_ranges_are_refused(host: str) -> None:
    async with world() as at:
        with pytest.raises(Forbidden):
            await at.fetcher.fetch(f"http://{host}:{at.inner.port}/")


@pytest.mark.parametrize("host", ["127.2", "0x7f000002", "2130706434", "0177.0.0.2", "①②⑦.0.0.②"])
async def test_s054_other_spellings_of_an_address_do_not_help(host: str) -> None:
    async with world() as at:
        with pytest.raises(Malformed):
            await at.fetcher.fetch(f"http://{host}:{at.inner.port}/")


async def test_s058_the_checked_address_is_the_one_connected_to() -> None:
    async with world({"rebinding.example": ["127.0.0.1"]}) as at:
        at.outer.otherwise(answers.document({"id": "x"}))
        at.outer.on("/inbox", answers.status(202))
        url = f"http://rebinding.example:{at.outer.port}"

        await at.fetcher.fetch(f"{url}/1")
        at.names.known["rebinding.example"] = [INSIDE]
        await at.fetcher.fetch(f"{url}/2")
        delivery = await at.deliverer.deliver(f"{url}/inbox", BODY, sign=PostSigner(BODY))

        assert delivery.outcome is Outcome.DELIVERED
        assert [seen.target for seen in at.outer.seen] == ["/1", "/2", "/inbox"]


async def test_s059_a_public_and_a_private_record_together_are_refused() -> None:
    async with world({"mixed.example": ["127.0.0.1", INSIDE]}) as at:
        with pytest.raises(Forbidden):
            await at.fetcher.fetch(f"http://mixed.example:{at.outer.port}/")

        assert at.outer.connections == 0


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_s060_a_redirect_inward_is_refused_at_the_hop(code: int) -> None:
    async with world() as at:
        at.outer.on("/1", answers.redirect(at.inward("/secret"), code))

        with pytest.raises(Forbidden):
            await at.fetcher.fetch(at.outer.url("/1"))

        assert "signature" in at.outer.seen[0].headers


async def test_s061_a_redirect_elsewhere_gets_its_own_signature_and_the_id_must_be_at_home() -> None:
    signer = GetSigner()
    async with FakePeer() as home, FakeServer() as elsewhere, fetching(signer=signer) as fetcher:
        note = home.add("ada").writes("Hello")
        home.server.on("/moved", answers.redirect(elsewhere.url("/copy")))
        elsewhere.on("/copy", answers.document({**note, "id": home.server.url("/moved")}))

        with pytest.raises(Malformed):
            await fetcher.fetch_object(home.server.url("/moved"))

    assert elsewhere.seen[0].headers["signature"] != home.server.seen[0].headers["signature"]
    assert elsewhere.seen[0].headers["host"] == elsewhere.authority


@pytest.mark.parametrize(
    "url", ["https://good@evil.example/", "https://good:pass@evil.example/", "https://@evil.example/"]
)
async def test_s062_a_url_with_a_user_is_refused(url: str) -> None:
    async with world() as at:
        with pytest.raises(Malformed):
            await at.fetcher.fetch(url)

        assert at.names.asked == []


async def test_s062_a_fragment_is_not_part_of_a_request() -> None:
    async with world() as at:
        at.outer.otherwise(answers.document({"id": "x"}))

        await at.fetcher.fetch(at.outer.url("/u/ada#main-key"))

        assert at.outer.seen[0].target == "/u/ada"


@pytest.mark.parametrize(
    "handle", ["@a@evil.example/path?x=", "@a@evil.example:22", "@a@127.0.0.1", "@a@localhost", "@a@[::1]"]
)
async def test_s063_a_handle_cannot_point_at_anything_but_a_domain(handle: str) -> None:
    with pytest.raises(Malformed):
        Outside().handle(handle)


@given(st.text(), st.sampled_from("\r\n\t\0 \x0b\x1f\x7f\x85"), st.text())
def test_s064_control_characters_get_into_no_request(before: str, bad: str, after: str) -> None:
    text = before + bad + after
    with pytest.raises(Malformed):
        Outside().url(f"https://evil.example/{text}")
    with pytest.raises(Malformed):
        Outside().handle(f"a{text}@b.example")
    with pytest.raises(Malformed):
        Outside().handle(f"a@b.example{text}")


def all_callers(at: World) -> dict[str, Callable[[], Awaitable[object]]]:
    """Everything in the library that makes a request, each made to go inside; a new one belongs here."""
    inner = f"inner.example:{at.inner.port}"
    at.outer.on("/.well-known/nodeinfo", answers.document({"links": [{"rel": SCHEMA + "2.0", "href": at.inward()}]}))
    template = at.inward("/?{uri}")
    at.outer.on("/.well-known/host-meta", answers.document({"links": [{"rel": "lrdd", "template": template}]}))
    at.outer.on(
        "/page", answers.text(f'<link rel="alternate" type="{JSON}" href="{at.inward()}">', content_type="text/html")
    )
    at.outer.on("/object", answers.document({"id": at.inward("/note")}))
    at.outer.on("/redirect", answers.redirect(at.inward()))
    fetcher = at.fetcher
    return {
        "fetch": lambda: fetcher.fetch(at.inward()),
        "fetch for a key": lambda: fetcher.fetch(at.inward(), for_key=True),
        "fetch_object by its id": lambda: fetcher.fetch_object(at.outer.url("/object")),
        "fetch_from_page": lambda: fetcher.fetch_from_page(at.outer.url("/page")),
        "fetch_page": lambda: fetcher.fetch_page(at.outer.url("/redirect")),
        "fetch_plain": lambda: fetcher.fetch_plain(at.outer.url("/redirect"), accept="*/*"),
        "fetch_media": lambda: fetcher.fetch_media(at.inward("/avatar.png"), most=1000),
        "webfinger": lambda: webfinger.look_up(fetcher, Handle("a", inner)),
        "webfinger by host-meta": lambda: webfinger.look_up(fetcher, Handle("a", at.outer.authority)),
        "instance actor": lambda: webfinger.find_instance_actor(fetcher, inner),
        "nodeinfo": lambda: nodeinfo.ask(fetcher, inner),
        "nodeinfo document": lambda: nodeinfo.ask(fetcher, at.outer.authority),
    }


async def test_s065_no_caller_gets_past_the_guard() -> None:
    async with world() as at:
        for name, call in all_callers(at).items():
            with pytest.raises(FederationError):
                await call()
            assert at.inner.connections == 0, name

        assert not (await webfinger.confirm(at.fetcher, "a", at.inward("/u/a"))).is_confirmed
        assert "inner.example" in at.names.asked


async def test_s021_a_key_at_an_internal_address_is_refused_for_good() -> None:
    async with world() as at:
        for url in (at.inward("/key"), "https://169.254.169.254/latest#key"):
            with pytest.raises(Forbidden) as refusal:
                await at.fetcher.fetch_object(url, for_key=True)
            assert not isinstance(refusal.value, Unreachable)  # hence 401, not 503


async def test_s073_nothing_is_ever_delivered_to_an_internal_inbox() -> None:
    async with world() as at:
        for inbox in (
            at.inward("/inbox"),
            "https://127.0.0.1:5432/",
            "http://localhost:22/",
            "https://u@x.example/",
            "x",
        ):
            delivery = await at.deliverer.deliver(inbox, BODY, sign=PostSigner(BODY))
            assert delivery.outcome is (Outcome.LATER if "5432" in inbox else Outcome.REFUSED), inbox

        production = Outside(resolver=at.names)
        async with delivering(production) as deliverer:
            delivery = await deliverer.deliver("https://127.0.0.1:5432/", BODY, sign=PostSigner(BODY))
        assert (delivery.outcome, delivery.detail) == (Outcome.REFUSED, "an address that is not public")


# How often, how long, how much


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


async def test_s156_a_long_host_is_refused_in_a_redirect_too() -> None:
    async with world() as at:
        at.outer.otherwise(answers.redirect(f"http://{'a' * 20_000}.example/"))

        with pytest.raises(Malformed):
            await at.fetcher.fetch(at.outer.url("/1"))


async def test_d21_localhost_is_found_at_whichever_of_its_addresses_somebody_listens() -> None:
    for address in ("127.0.0.1", "::1"):
        async with (
            FakeServer(address=address) as server,
            fetching(local(resolver=Names({"localhost": ["::1", "127.0.0.1"]}))) as fetcher,
        ):
            server.otherwise(answers.document({"id": "x"}))
            server.on("/inbox", answers.status(202))

            assert json.loads((await fetcher.fetch(server.url("/1"))).body) == {"id": "x"}
            async with delivering(fetcher.outside) as deliverer:
                delivery = await deliverer.deliver(server.url("/inbox"), BODY, sign=PostSigner(BODY))
            assert delivery.outcome is Outcome.DELIVERED


async def test_a_name_that_nobody_knows_is_a_passing_trouble() -> None:
    async with world() as at:
        with pytest.raises(NoConnection):
            await at.fetcher.fetch("https://nowhere.example/")
