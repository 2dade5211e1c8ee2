"""Objects are believed where their id leads: asked there, answered there."""

import pytest

from federation.errors import Malformed, WrongType
from tests.kit import FakePeer, FakeServer, answers
from tests.kit.ours import GetSigner, fetching

JSON = answers.ACTIVITY_JSON


async def test_an_object_is_taken_from_its_own_id() -> None:
    async with FakePeer() as peer, fetching(signer=GetSigner()) as fetcher:
        note = peer.add("ada").writes("Hello")

        found = await fetcher.fetch_object(note["id"])

    assert found.object == note
    assert found.id == note["id"]
    assert len(peer.server.seen) == 1


async def test_an_actor_is_found_under_the_uri_of_its_key() -> None:
    async with FakePeer() as peer, fetching() as fetcher:
        ada = peer.add("ada")

        assert (await fetcher.fetch_object(ada.key_id, for_key=True)).id == ada.id


async def test_an_object_found_elsewhere_is_asked_for_at_its_id() -> None:
    async with FakePeer() as peer, FakeServer() as mirror, fetching() as fetcher:
        note = peer.add("ada").writes("Hello")
        mirror.on("/copy", answers.document({**note, "content": "Forged"}))

        assert (await fetcher.fetch_object(mirror.url("/copy"))).object == note


async def test_an_object_whose_id_does_not_lead_to_itself_is_refused() -> None:
    async with FakeServer() as one, FakeServer() as other, fetching() as fetcher:
        one.on("/a", answers.document({"id": other.url("/b"), "type": "Note"}))
        other.on("/b", answers.document({"id": other.url("/c"), "type": "Note"}))

        with pytest.raises(Malformed, match="does not lead to itself"):
            await fetcher.fetch_object(one.url("/a"))

    assert len(other.seen) == 1


async def test_a_redirect_within_the_origin_of_an_id_is_its_own_matter() -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.on("/old", answers.redirect("/new"))
        server.on("/new", answers.document({"id": server.url("/old"), "type": "Note"}))

        assert (await fetcher.fetch_object(server.url("/old"))).id == server.url("/old")

    assert len(server.seen) == 2


@pytest.mark.parametrize("id", [None, 7, "", "acct:a@b.example", "javascript:x", ["https://x.example/"]])
async def test_an_object_without_a_proper_id_is_refused(id: object) -> None:
    async with FakeServer() as server, fetching() as fetcher:
        server.otherwise(answers.document({"id": id, "type": "Note"}))

        with pytest.raises(Malformed):
            await fetcher.fetch_object(server.url("/1"))


async def test_a_page_leads_to_its_document() -> None:
    async with FakePeer() as peer, fetching() as fetcher:
        note = peer.add("ada").writes("Hello")
        page = f"<html><head><link rel='alternate' type='{JSON}' href='{note['id']}'></head>"
        peer.server.on("/@ada/1", answers.text(page, content_type="text/html; charset=utf-8"))
        peer.server.on("/plain", answers.text("<p>nothing</p>", content_type="text/html"))

        assert (await fetcher.fetch_from_page(peer.server.url("/@ada/1"))).object == note
        assert (await fetcher.fetch_from_page(note["id"])).object == note
        with pytest.raises(WrongType):
            await fetcher.fetch_from_page(peer.server.url("/plain"))
