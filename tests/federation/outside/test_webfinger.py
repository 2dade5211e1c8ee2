"""Who somebody is: both ends must agree."""

import json

import pytest

from federation import webfinger
from federation.alternates import find_lrdd_template
from federation.errors import Malformed
from federation.fetching import Refused
from federation.outside import Handle, Outside
from federation.webfinger import SERVICE, Found, describe, describe_instance, host_meta, read_descriptor, read_resource
from tests.kit import FakePeer, FakeServer, answers
from tests.kit.ours import fetching

WEBFINGER = "/.well-known/webfinger"
JRD = answers.JRD_JSON
ACTIVITY_LINK = {"rel": "self", "type": "application/activity+json"}


def jrd(subject: str, actor_uri: str) -> answers.Script:
    return answers.document({"subject": subject, "links": [{**ACTIVITY_LINK, "href": actor_uri}]}, content_type=JRD)


async def test_a_handle_leads_to_its_actor() -> None:
    async with FakePeer() as peer, fetching() as fetcher:
        ada = peer.add("ada")
        handle = fetcher.outside.handle(f"@ada@{peer.server.authority}")

        assert await webfinger.look_up(fetcher, handle) == Found(handle, ada.id, is_confirmed=True)

    (seen,) = peer.server.seen
    assert seen.query == {"resource": f"acct:ada@{peer.server.authority}"}
    assert "signature" not in seen.headers


async def test_the_server_spells_its_handles_and_its_media_type_does_not_matter() -> None:
    async with FakeServer() as server, fetching() as fetcher:
        link = {**ACTIVITY_LINK, "href": server.url("/u/1")}
        found = {"subject": f"acct:Ada@{server.authority.upper()}", "links": [link]}
        server.on(WEBFINGER, answers.document(found, content_type="text/plain"))

        found = await webfinger.look_up(fetcher, Handle("ADA", server.authority))

    assert found == Found(Handle("Ada", server.authority), server.url("/u/1"), is_confirmed=True)


async def test_where_a_name_is_a_person_and_a_group_the_hint_decides() -> None:
    async with FakeServer() as server, fetching() as fetcher:
        links = [
            {**ACTIVITY_LINK, "href": server.url(path), "properties": {webfinger.TYPE: kind}}
            for path, kind in (("/u/a", "Person"), ("/c/a", "Group"))
        ]
        server.on(WEBFINGER, answers.document({"subject": f"acct:a@{server.authority}", "links": links}))
        handle = Handle("a", server.authority)

        assert (await webfinger.look_up(fetcher, handle, kind="Group")).actor_uri == server.url("/c/a")
        assert (await webfinger.look_up(fetcher, handle, kind="Person")).actor_uri == server.url("/u/a")
        assert (await webfinger.look_up(fetcher, handle)).actor_uri == server.url("/u/a")


async def test_a_split_domain_is_confirmed_from_both_ends() -> None:
    async with FakeServer() as domain, FakeServer() as host, fetching() as fetcher:
        actor, canonical = host.url("/u/ada"), Handle("ada", domain.authority)
        for server in (domain, host):
            server.on(WEBFINGER, jrd(f"acct:{canonical}", actor))

        by_host = await webfinger.look_up(fetcher, Handle("ada", host.authority))
        by_domain = await webfinger.look_up(fetcher, canonical)
        confirmed = await webfinger.confirm(fetcher, "ada", actor)

    assert by_host == Found(canonical, actor, is_confirmed=True)
    assert by_domain == Found(
        canonical, actor, is_confirmed=False
    )  # the domain says so; its actor's host was not asked
    assert confirmed == Found(canonical, actor, is_confirmed=True)


async def test_s047_a_subject_of_another_host_that_does_not_agree_is_not_believed() -> None:
    async with FakeServer() as evil, FakePeer() as victim, fetching() as fetcher:
        bob = victim.add("bob")
        evil.on(WEBFINGER, jrd(f"acct:{bob.handle}", evil.url("/u/mallory")))
        asked = Handle("mallory", evil.authority)

        assert await webfinger.look_up(fetcher, asked) == Found(asked, evil.url("/u/mallory"), is_confirmed=False)
        for name in ("bob", "mallory"):
            own = Handle(name, evil.authority)
            assert await webfinger.confirm(fetcher, name, evil.url("/u/mallory")) == Found(
                own, evil.url("/u/mallory"), is_confirmed=False
            )


async def test_s047_a_handle_at_ones_own_host_for_somebody_elsewhere_is_not_confirmed() -> None:
    async with FakeServer() as evil, FakePeer() as victim, fetching() as fetcher:
        bob = victim.add("bob")
        evil.on(WEBFINGER, jrd(f"acct:bob@{evil.authority}", bob.id))

        found = await webfinger.look_up(fetcher, Handle("bob", evil.authority))
        confirmed = await webfinger.confirm(fetcher, "bob", bob.id)

    assert not found.is_confirmed
    assert confirmed.handle == Handle("bob", victim.server.authority)
    assert confirmed.is_confirmed


@pytest.mark.parametrize(
    "script",
    [
        answers.status(404),
        answers.status(503),
        answers.text("<html>", content_type="text/html"),
        answers.document({"subject": "acct:ada@elsewhere.invalid", "links": []}),
        answers.document({"subject": 7, "links": "none"}),
        answers.document({"links": [{**ACTIVITY_LINK, "href": "javascript:alert(1)"}, 3, None]}),
    ],
)
async def test_s047_without_a_way_back_the_handle_is_the_one_of_the_ids_host(script: answers.Script) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.on(WEBFINGER, script)

        found = await webfinger.confirm(fetcher, "ada", server.url("/u/ada"))

    assert found == Found(Handle("ada", server.authority), server.url("/u/ada"), is_confirmed=False)


async def test_who_is_not_there_is_said_so() -> None:
    async with FakePeer() as peer, fetching() as fetcher:
        with pytest.raises(Refused) as refusal:
            await webfinger.look_up(fetcher, Handle("nobody", peer.server.authority))

    assert refusal.value.is_gone
    assert [seen.path for seen in peer.server.seen] == [WEBFINGER, "/.well-known/host-meta"]


@pytest.mark.parametrize("kind", ["xml", "json"])
async def test_host_meta_says_where_webfinger_is_when_it_is_elsewhere(kind: str) -> None:
    async with FakeServer() as domain, FakePeer() as peer, fetching() as fetcher:
        ada = peer.add("ada")
        template = f"{peer.server.base}/finger?x=1&resource={{uri}}"
        xml = f'<XRD><Link rel="lrdd" template="{template.replace("&", "&amp;")}"/></XRD>'
        links = {"links": [{"rel": "lrdd", "template": template}]}
        script = answers.text(xml, content_type="application/xrd+xml") if kind == "xml" else answers.document(links)
        domain.on("/.well-known/host-meta", script)
        peer.server.on("/finger", jrd(f"acct:ada@{domain.authority}", ada.id))

        found = await webfinger.look_up(fetcher, Handle("ada", domain.authority))

    assert found.actor_uri == ada.id
    assert peer.server.seen[0].query == {"x": "1", "resource": f"acct:ada@{domain.authority}"}


async def test_an_actor_that_is_no_activitypub_actor_is_none() -> None:
    async with FakeServer() as server, fetching() as fetcher:
        links = [{"rel": "self", "type": "text/html", "href": server.url("/u/ada")}]
        server.on(WEBFINGER, answers.document({"subject": f"acct:ada@{server.authority}", "links": links}))

        with pytest.raises(Malformed):
            await webfinger.look_up(fetcher, Handle("ada", server.authority))


def test_the_root_of_a_site_names_the_actor_that_stands_for_all_of_it() -> None:
    said = describe_instance("https://a.example", "https://a.example/actor")

    assert said["subject"] == "https://a.example/"
    assert {link.href for link in read_descriptor(json.dumps(said).encode()).links if link.rel == SERVICE} == {
        "https://a.example/actor"
    }


async def test_our_own_answer_is_understood_by_our_own_question() -> None:
    async with FakeServer() as server, fetching() as fetcher:
        handle, actor = Handle("sales", server.authority), server.url("/groups/sales")
        page = server.url("/@sales")
        answer = describe(
            handle, kind="Group", actor_uri=actor, page_url=page, interaction_url=server.url("/authorize_interaction")
        )
        server.on(WEBFINGER, answers.document(answer, content_type=webfinger.MEDIA_TYPE))

        assert await webfinger.look_up(fetcher, handle, kind="Group") == Found(handle, actor, is_confirmed=True)
        assert await webfinger.confirm(fetcher, "sales", actor) == Found(handle, actor, is_confirmed=True)


def test_our_answer_says_what_others_look_for() -> None:
    answer = describe(
        Handle("sales", "assoc.example"),
        kind="Group",
        actor_uri="https://assoc.example/groups/sales",
        page_url="https://assoc.example/@sales",
        interaction_url="https://assoc.example/authorize_interaction",
        intents={"Create": "https://assoc.example/share?text={content}"},
    )

    hint = {"https://www.w3.org/ns/activitystreams#type": "Group"}
    actor = "https://assoc.example/groups/sales"
    interaction = "https://assoc.example/authorize_interaction?uri="
    assert answer == {
        "subject": "acct:sales@assoc.example",
        "aliases": ["https://assoc.example/@sales", actor],
        "links": [
            {"rel": "self", "type": "application/activity+json", "href": actor, "properties": hint},
            {
                "rel": "self",
                "type": 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
                "href": actor,
                "properties": hint,
            },
            {
                "rel": "http://webfinger.net/rel/profile-page",
                "type": "text/html",
                "href": "https://assoc.example/@sales",
            },
            {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": interaction + "{uri}"},
            {"rel": "https://w3id.org/fep/3b86/Follow", "template": interaction + "{object}"},
            {"rel": "https://w3id.org/fep/3b86/Object", "template": interaction + "{object}"},
            {"rel": "https://w3id.org/fep/3b86/Create", "template": "https://assoc.example/share?text={content}"},
        ],
    }


def test_we_are_asked_by_handle_or_by_url_in_any_spelling() -> None:
    outside = Outside()

    assert read_resource(outside, "acct:Sales@ASSOC.example") == Handle("Sales", "assoc.example")
    assert read_resource(outside, "ACCT:sales@assoc.example") == Handle("sales", "assoc.example")
    assert read_resource(outside, "sales@assoc.example") == Handle("sales", "assoc.example")
    assert read_resource(outside, "https://ASSOC.example:443/@sales") == "https://assoc.example/@sales"
    for resource in ("", "sales", "mailto:a@b.example", "acct:", "acct:a@b/c", "acct:a@b.example\n"):
        with pytest.raises(Malformed):
            read_resource(outside, resource)


def test_our_host_meta_is_read_by_our_reader() -> None:
    template = find_lrdd_template(host_meta("https://assoc.example"))
    assert template == "https://assoc.example/.well-known/webfinger?resource={uri}"


def test_links_beyond_fifty_are_left_out() -> None:
    body = json.dumps({"subject": "acct:a@b.example", "links": [{"rel": "x"}] * 1000}).encode()

    assert len(read_descriptor(body).links) == 50


async def test_s047_a_host_that_leads_to_somebody_else_does_not_confirm() -> None:
    async with FakePeer() as peer, fetching() as fetcher:
        ada, imposter = peer.add("ada"), peer.server.url("/users/imposter")

        assert (await webfinger.confirm(fetcher, "ada", ada.id)).is_confirmed
        assert not (await webfinger.confirm(fetcher, "ada", imposter)).is_confirmed


async def test_s047_a_domain_that_knows_the_actor_under_another_name_does_not_agree() -> None:
    async with FakeServer() as domain, FakeServer() as host, fetching() as fetcher:
        actor = host.url("/u/ada")
        host.on(WEBFINGER, jrd(f"acct:ada@{domain.authority}", actor))
        domain.on(WEBFINGER, jrd(f"acct:beatrice@{domain.authority}", actor))

        found = await webfinger.confirm(fetcher, "ada", actor)

    assert found == Found(Handle("ada", host.authority), actor, is_confirmed=False)
