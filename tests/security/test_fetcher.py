"""Outbound requests, who must not be reached: rows S021, S054-S065 and S073; S156 in a redirect.

Real servers on loopback: 127.0.0.1 stands for the open Internet, because the operator allowed it; 127.0.0.2 is the
inside of our network. What must not be reached counts its connections.
"""

import ipaddress
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import nodeinfo, webfinger
from federation.delivery import Deliverer, Outcome
from federation.errors import FederationError, Malformed, Unreachable
from federation.fetching import Fetcher, Limits, Refused
from federation.nodeinfo import SCHEMA
from federation.outside import Forbidden, Handle, NoConnection, Outside
from federation.restraint import AskedTooOften
from tests.kit import FakePeer, FakeServer, answers, many
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


async def test_s146_ten_thousand_subdomains_cost_twenty_fetches_and_are_forgotten() -> None:
    """S146: keys are asked for at twenty hosts of one registrable domain in ten minutes; others are asked meanwhile."""
    hosts = [f"n{number}.evil.example" for number in range(10_000)]
    names = Names({host: ["127.0.0.1"] for host in (*hosts, "n1.co.uk", "n2.co.uk", "friend.example")})
    clock = Clock()
    async with FakeServer() as server, fetching(local(resolver=names), clock=clock) as fetcher:
        server.otherwise(answers.status(404))

        async def ask(host: str) -> FederationError:
            with pytest.raises(FederationError) as told:
                await fetcher.fetch(f"http://{host}:{server.port}/u/rui#main-key", for_key=True)
            return told.value

        told = [await ask(host) for host in hosts]
        assert [type(each) for each in told[:20]] == [Refused] * 20
        assert {type(each) for each in told[20:]} == {AskedTooOften}
        assert {each.retry_after for each in told[20:] if isinstance(each, AskedTooOften)} == {600}
        assert (len(server.seen), len(names.asked)) == (20, 20)

        for other in ("friend.example", "n1.co.uk", "n2.co.uk", hosts[0]):
            assert isinstance(await ask(other), Refused)
        clock.seconds += 600
        assert isinstance(await ask(hosts[-1]), Refused)


async def test_s146_on_loopback_in_development_any_number_of_hosts_is_asked() -> None:
    """D13: a network of instances on one machine is no attack."""
    async with many(30) as servers, fetching(limits=Limits(hosts_per_domain=2)) as fetcher:
        for server in servers:
            with pytest.raises(Refused):
                await fetcher.fetch(server.url("/u/rui"), for_key=True)
