"""What software a peer runs, and what we say of ourselves."""

from typing import Any

import pytest

from federation import nodeinfo
from federation.errors import Malformed
from federation.nodeinfo import APPLICATION, SCHEMA, Software, Usage, describe, describe_links, read_software
from tests.kit import FakePeer, FakeServer, answers
from tests.kit.ours import fetching

WELL_KNOWN = "/.well-known/nodeinfo"


async def test_a_peer_says_what_it_runs_and_what_it_can_do() -> None:
    async with FakePeer(software="PieFed", version="1.6.18", capabilities=["FEP-1b12", "fep-7888"]) as peer:
        async with fetching() as fetcher:
            software = await nodeinfo.ask(fetcher, peer.server.authority)

    assert software == Software("piefed", "1.6.18", frozenset({"fep-1b12", "fep-7888"}), None)


async def test_the_newest_version_that_we_read_is_asked_for() -> None:
    async with FakeServer() as server, fetching() as fetcher:
        links = [
            {"rel": SCHEMA + version, "href": server.url(f"/{version}")} for version in ("1.0", "2.0", "2.1", "9.9")
        ]
        links.append({"rel": APPLICATION, "href": server.url("/actor")})
        server.on(WELL_KNOWN, answers.document({"links": links}, content_type="text/plain"))
        server.on(
            "/2.1", answers.document({"software": {"name": "x", "version": "1"}}, content_type="application/json")
        )

        software = await nodeinfo.ask(fetcher, server.authority)

    assert software == Software("x", "1", frozenset(), server.url("/actor"))
    assert [seen.path for seen in server.seen] == [WELL_KNOWN, "/2.1"]


@pytest.mark.parametrize(
    "listed",
    [{}, {"links": None}, {"links": [1, {"rel": 2}]}, {"links": [{"rel": SCHEMA + "2.0", "href": "ftp://x.example/"}]}],
)
async def test_a_peer_without_nodeinfo_is_said_so(listed: dict[str, Any]) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.on(WELL_KNOWN, answers.document(listed))

        with pytest.raises(Malformed):
            await nodeinfo.ask(fetcher, server.authority)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"software": "x", "metadata": []},
        {"software": {"name": 3, "version": None}, "metadata": {"capabilities": {"a": 1}}},
        {"software": {"name": "<script>", "version": ""}, "metadata": {"capabilities": [1, None, "a" * 101]}},
        {"software": {"name": "a" * 65}},
    ],
)
def test_nonsense_is_left_out(document: dict[str, Any]) -> None:
    assert read_software(document) == Software("", "", frozenset(), None)


def test_there_are_limits_to_what_is_kept() -> None:
    capabilities = [f"c{number}" for number in range(1000)]
    document = {"software": {"name": " Lemmy ", "version": "1" * 1000}, "metadata": {"capabilities": capabilities}}

    software = read_software(document)

    assert (software.name, software.version, len(software.capabilities)) == ("lemmy", "1" * 100, 100)


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_what_we_say_of_ourselves(version: str) -> None:
    document = describe(
        version,
        software_version="0.1.0",
        repository="https://assoc.example/source",
        is_open=True,
        usage=Usage(people=12, active_month=5, active_half_year=9, threads=30, replies=100),
        capabilities=["fep-8b32", "FEP-1b12"],
        name="Bakers",
        description="For bakers",
    )

    repository = {"repository": "https://assoc.example/source"} if version == "2.1" else {}
    assert document == {
        "version": version,
        "software": {"name": "fedcomm", "version": "0.1.0", **repository},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": True,
        "usage": {
            "users": {"total": 12, "activeMonth": 5, "activeHalfyear": 9},
            "localPosts": 30,
            "localComments": 100,
        },
        "metadata": {
            "nodeName": "Bakers",
            "nodeDescription": "For bakers",
            "capabilities": ["fep-1b12", "fep-8b32"],
            "upstream": {"name": "mastodon"},
        },
    }
    assert read_software(document) == Software("fedcomm", "0.1.0", frozenset({"fep-1b12", "fep-8b32"}), None)


def test_where_our_documents_are() -> None:
    assert describe_links("https://assoc.example", "https://assoc.example/actor") == {
        "links": [
            {"rel": SCHEMA + "2.0", "href": "https://assoc.example/nodeinfo/2.0"},
            {"rel": SCHEMA + "2.1", "href": "https://assoc.example/nodeinfo/2.1"},
            {"rel": APPLICATION, "href": "https://assoc.example/actor"},
        ]
    }
    assert nodeinfo.media_type("2.1") == f'application/json; profile="{SCHEMA}2.1#"'
