"""Nothing leaves an instance but through the guard: rows S065 and S073, at a running instance and in its source.

127.0.0.1 stands for the open Internet, because the operator allowed it; what listens at 127.0.0.2 is inside.
"""

import ast
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fedcomm.threads import posting
from tests.factories import make_draft
from tests.kit import FakePeer, FakeServer, answers
from tests.kit.peers import PUBLIC
from tests.running import PASSWORD, Instance, MakeDatabase, instance
from tests.security.browser import browser
from tests.security.front_door import Door, front_door

ROOT = Path(__file__).parent.parent.parent

REACH_OUT = {"httpx2", "httpx", "aiohttp", "httpcore2", "urllib.request", "http.client", "socket", "smtplib",
             "aiosmtplib", "ftplib", "telnetlib", "requests", "websockets"}  # fmt: skip
DIAL = {"open_connection", "create_connection", "create_datagram_endpoint", "sock_connect", "open_unix_connection",
        "create_unix_connection", "getaddrinfo", "urlopen", "start_tls"}  # fmt: skip
MAY = {
    "federation/outside.py": "looks names up and checks them",
    "federation/connections.py": "dials what `Outside.dial` hands it",
    "federation/lean_http.py": "dials what `Outside.dial` hands it",
    "fedcomm/accounts/sign_on_provider.py": "asks the provider that the operator configured, follows no redirect",
    "fedcomm/http/server.py": "listens",
    "fedcomm/cli/serve.py": "listens",
    "fedcomm/cli/local_network.py": "looks whether a port is free",
    "fedcomm/cli/development.py": "listens, for `./run bench` and the local network",
    "fedcomm/cli/bench.py": "listens, for `./run bench`",
    "fedcomm/cli/bench_network.py": "looks whether a port is free, and listens, for `./run bench network`",
    "fedcomm/cli/bench_ports.py": "listens: plays other servers for `./run bench`",
    "fedcomm/cli/bench_streaming.py": "listens to streams of this machine, for `./run bench streaming`",
    "fedcomm/cli/bench_start.py": "looks whether a port is free",
    "fedcomm/cli/bench_peers.py": "plays peers that write to the instance of `./run bench soak`",
    "fedcomm/cli/bench_pages.py": "asks the instance of `./run bench pages`",
    "fedcomm/cli/bench_soak.py": "looks whether a port is free, and asks the instance of `./run bench soak`",
    "fedcomm/http/checking.py": "looks up the name of the instance itself",
    "fedcomm/jobs/nats.py": "dials the NATS server that the operator configured",
    "fedcomm/mailbox/smtp.py": "hands mail to the server that the operator configured",
    "fedcomm/media/bucket.py": "asks the store that the operator configured, and follows no redirect",
}
"""Who may import what reaches out, and why. An import for a type alone is written below `if TYPE_CHECKING`."""
BUILD = {"Outside", "Fetcher", "Deliverer", "Connections"}
MAY_BUILD = {"fedcomm/app.py", "federation/fetching.py", "federation/delivery.py", "fedcomm/cli/check.py"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in ("fedcomm", "federation"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def reaches_out(tree: ast.Module) -> Iterator[str]:
    """What in a module could ask somebody outside: imports of clients and sockets, and asyncio's ways to dial."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in REACH_OUT)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module in REACH_OUT or node.module.partition(".")[0] in REACH_OUT:
                yield node.module
            yield from (f"{node.module}.{a.name}" for a in node.names if f"{node.module}.{a.name}" in REACH_OUT)
        elif isinstance(node, ast.Attribute) and node.attr in DIAL:
            yield node.attr


def test_s065_nothing_else_reaches_out() -> None:
    found = {name: sorted(set(reaches_out(tree))) for name, tree in sources()}
    assert {name: ways for name, ways in found.items() if ways and name not in MAY} == {}
    assert [name for name in MAY if not found.get(name)] == [], "no longer needed in the list"


def test_s065_there_is_one_guard_which_all_share() -> None:
    built = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILD
    }
    assert built <= MAY_BUILD


@pytest.mark.parametrize(
    ("code", "ways"),
    [
        ("import httpx2 as httpx", ["httpx2"]),
        ("from urllib import request", ["urllib.request"]),
        ("from aiohttp.client import ClientSession", ["aiohttp.client"]),
        ("await asyncio.open_connection(host, 80)", ["open_connection"]),
        ("from urllib.parse import urlsplit", []),
    ],
)
def test_the_search_for_side_fetchers_sees_what_it_should(code: str, ways: list[str]) -> None:
    """S065: the check itself is checked."""
    assert list(reaches_out(ast.parse(code))) == ways


@asynccontextmanager
async def guarded(database_url: MakeDatabase) -> AsyncGenerator[tuple[Instance, Door, FakeServer]]:
    """An instance that may reach 127.0.0.1 alone, a peer there, and a server inside that must never be asked."""
    allowed = "127.0.0.1/32"
    async with instance(await database_url(), FEDCOMM_DEV_ALLOW_NETWORKS=allowed) as at, front_door(at) as door:
        async with FakeServer(address="127.0.0.2", name="127.0.0.2") as inside:
            inside.otherwise(answers.document({"id": inside.url("/"), "secret": True}))
            yield at, door, inside
        assert inside.connections == 0


def full_of(inside: FakeServer, path: str) -> dict[str, Any]:
    """Every member of an actor or object that names an address, naming one inside."""
    url = inside.url(path)
    image = {"type": "Image", "mediaType": "image/png", "url": url}
    return {
        "icon": image, "image": image, "outbox": url, "followers": url, "following": url, "featured": url,
        "movedTo": url, "alsoKnownAs": [url], "url": url, "attachment": [{**image, "type": "Document"}],
        "tag": [
            {"type": "Emoji", "name": ":x:", "icon": image},
            {"type": "Mention", "href": url, "name": "@x@127.0.0.2"},
            {"type": "Link", "href": url, "mediaType": answers.ACTIVITY_JSON, "rel": "preview"},
        ],
        "replies": url, "likes": url, "shares": url, "context": url, "conversation": url, "preview": url,
        "generator": url, "quoteUrl": url, "proof": {"type": "DataIntegrityProof", "verificationMethod": url},
        "endpoints": {"sharedInbox": url, "proxyUrl": url}, "streams": [url], "attributedTo": url,
    }  # fmt: skip


async def test_s065_no_address_that_others_name_leads_inside(database_url: MakeDatabase) -> None:
    async with guarded(database_url) as (at, door, inside):
        ada = await at.person()
        group = await at.group(ada)
        actor = full_of(inside, "/actor")
        actor.pop("attributedTo")
        odd = door.peer.add("odd", **actor)
        door.peer.server.on("/nodeinfo/2.0", answers.redirect(inside.url("/nodeinfo")))
        door.peer.server.on("/moved", answers.redirect(inside.url("/moved")))
        for kind in ("Follow", "Like"):
            await odd.send(door.inbox, odd.does(kind, group.uri))
        note = {**full_of(inside, "/note"), "attributedTo": odd.id}
        for more in (note, {**note, "inReplyTo": inside.url("/parent")}, {"inReplyTo": door.peer.server.url("/moved")}):
            said = odd.writes("Look", to=[PUBLIC, group.uri, ada.uri], **more)
            await odd.send(door.inbox, odd.does("Create", said))
        for named in (inside.url("/x"), door.peer.server.url("/moved")):
            for kind in ("Announce", "Like", "Update", "Delete", "Undo", "Accept", "Add", "Move", "Offer"):
                await odd.send(door.inbox, odd.does(kind, named, target=named, instrument=named, origin=named))
        await at.settle()

        async with at.client(await at.token(ada)) as client:
            for text in (
                inside.url("/u/x"),
                door.peer.server.url("/moved"),
                f"@x@127.0.0.2:{inside.port}",
                "@x@127.0.0.2",
            ):
                await client.get("/api/v2/search", params={"q": text, "resolve": "true"})
            known = await at.find(odd.id)
            for what in ("avatars", "headers"):
                await client.get(f"/media/{what}/{known.id}/{known.version}.png")
            async with at.site.read() as db:
                posts = [row["id"] for row in await db.fetch("SELECT id FROM post WHERE NOT is_local")]
            assert posts
            for post in posts:
                await client.get(f"/media/posts/{post}/0")
                await client.get(f"/api/v1/statuses/{post}/context")
        await at.settle()


async def test_s066_no_address_that_members_type_leads_inside(database_url: MakeDatabase) -> None:
    """Wherever a member may name an address or a handle: search, interactions, moving, push services."""
    async with guarded(database_url) as (at, _door, inside):
        ada = await at.person("ada", password=PASSWORD)
        group = await at.group(ada)
        handle = f"@x@127.0.0.2:{inside.port}"
        keys = {"p256dh": "BEl62iUYgUivxIkv69yViEuiBIa", "auth": "8eDyX_uCN0XRhSbY5hs7Hg"}
        async with at.client(await at.token(ada)) as client:
            for typed in (inside.url("/u/x"), handle):
                await client.get("/api/v2/search", params={"q": typed, "resolve": "true"})
                path = f"/api/fedcomm/v1/groups/{group.id}"
                for verb in ("other_names", "move"):
                    assert (await client.post(f"{path}/{verb}", json={"acct": typed})).status_code in (404, 422)
            subscription = {"endpoint": inside.url("/push"), "keys": keys}
            refused = await client.post("/api/v1/push/subscription", json={"subscription": subscription})
            assert refused.status_code == 422
        async with browser(at) as there:
            await there.sign_in("ada", PASSWORD)
            for path in ("/find?address=", "/authorize_interaction?uri=", "/search?q=", "/interact?uri="):
                for typed in (inside.url("/u/x"), handle):
                    assert (await there.open(path + quote(typed, safe=""))).status_code < 500
            moved = await there.send("/settings/moving", "/settings/moving/names", handle=handle)
            assert moved.status_code == 422
        await at.settle()


async def test_s073_an_actor_whose_inbox_is_inside_is_refused(database_url: MakeDatabase) -> None:
    async with guarded(database_url) as (at, door, inside):
        group = await at.group(await at.person())
        for inbox in (inside.url("/inbox"), "https://127.0.0.1:5432/", "http://localhost:22/", "x", None):
            actor = door.peer.add(f"in{len(door.peer.actors)}", inbox=inbox)
            async with door.without_effect(requests=3):
                sent = await actor.send(door.inbox, actor.does("Follow", group.uri))
                assert sent.status == 400, (inbox, sent.body)

        shared = door.peer.add("shared", endpoints={"sharedInbox": inside.url("/inbox")})
        assert (await shared.send(door.inbox, shared.does("Follow", group.uri))).status == 202
        await at.settle()
        assert (await at.find(shared.id)).shared_inbox_url is None
        await door.peer.got(1, type="Accept")


async def test_s073_a_delivery_to_an_inbox_inside_never_connects(database_url: MakeDatabase) -> None:
    """Should such an inbox ever get into our rows, the guard still stands before the socket."""
    async with guarded(database_url) as (at, door, inside), FakePeer() as other:
        founder = await at.person()
        group = await at.group(founder)
        for follower in (door.rui, other.add("zoe")):
            assert (await follower.send(door.inbox, follower.does("Follow", group.uri))).status == 202
        await at.settle()
        async with at.db() as db:
            await db.execute(
                "UPDATE account SET inbox_url = $2, shared_inbox_url = NULL WHERE uri = $1",
                door.rui.id,
                inside.url("/inbox"),
            )
            before = len(other.arrived())
            await posting.publish(
                db, at.here, founder, make_draft("News.", title="News", group=group), now=at.site.now()
            )
        await at.settle()
        await other.got(before + 1)
        async with at.site.read() as db:
            left = await db.fetch("SELECT inbox_url FROM pending_delivery JOIN destination d ON d.id = destination_id")
        assert {row["inbox_url"] for row in left} <= {inside.url("/inbox")}
