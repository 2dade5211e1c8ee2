"""Lists of what stands in a thread are read again only if they changed (federation.md 1.6: ETag, If-None-Match)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from federation.fetching import readable_etag
from tests.activitypub.inbound.world import QUICK, count, followed, post_at, rows, tell, the_post, world
from tests.kit import FakePeer, answers
from tests.kit.peers import PUBLIC, FakeActor
from tests.kit.servers import Exchange, Seen
from tests.running import Instance, MakeDatabase

HASTY = replace(QUICK, backfill_pause=timedelta(0), work_limit=timedelta(minutes=5), negative_cache=timedelta(0))
"""Other servers may be asked at once, also what failed just before."""
PATH = "/contexts/1"


class Conversation:
    """A thread of another server, whose list answers 304 to who names the ETag that it has just now."""

    def __init__(self, peer: FakePeer, etag: str) -> None:
        self._peer = peer
        self.etag = etag
        self.more: dict[str, Any] = {}
        self.items: list[str] = []
        peer.server.on(PATH, self._answer)

    async def _answer(self, exchange: Exchange) -> None:
        if exchange.seen.headers.get("if-none-match") == self.etag:
            await exchange.reply(304, headers={"ETag": self.etag})
            return
        found = {"id": self._peer.server.url(PATH), "type": "OrderedCollection", "orderedItems": self.items}
        await answers.document({**found, **self.more}, headers={"ETag": self.etag})(exchange)

    def writes(self, who: FakeActor, text: str, **more: Any) -> str:
        """A post in this thread, which its list names from now on."""
        note = who.writes(text, context=self._peer.server.url(PATH), **more)
        self.items.append(note["id"])
        return note["id"]

    def asked(self) -> list[Seen]:
        """How its list was asked for, in order."""
        return [seen for seen in self._peer.server.seen if seen.path == PATH]


async def _shown(at: Instance, who: FakeActor, uri: str) -> None:
    """Somebody boosts a post; it is fetched, and its thread made whole."""
    await tell(at, who, who.does("Announce", uri, to=[PUBLIC]))


@pytest.mark.parametrize("etag", ["33-2jmj7l5rSw0yVb/vlWAYkK+YBwk", '"quoted"', 'W/"weak, with = signs"'])
async def test_a_conversation_is_asked_for_again_with_its_etag_as_it_came(
    database_url: MakeDatabase, etag: str
) -> None:
    """NodeBB sends one without quotes, and knows only that again."""
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        talk = Conversation(beta, etag)
        root = talk.writes(rui, "Which oven?")
        talk.writes(rui, "The red one.", inReplyTo=root)
        await _shown(alpha, rui, root)

        unlisted = rui.writes("Or blue.", inReplyTo=root, context=beta.server.url(PATH))["id"]
        await _shown(alpha, rui, unlisted)
        first, again = talk.asked()
        assert "if-none-match" not in first.headers
        assert again.headers["if-none-match"] == etag
        assert "signature" in again.headers

        talk.etag = f"{etag}2"
        late = talk.writes(rui, "Green.", inReplyTo=root)
        await _shown(alpha, rui, rui.writes("Or none.", inReplyTo=root, context=beta.server.url(PATH))["id"])
        assert await post_at(alpha, late) is not None
        assert (await the_post(alpha, root)).replies_count == 4
        assert [row["etag"] for row in await rows(alpha, "SELECT etag FROM known_list")] == [talk.etag]


@pytest.mark.parametrize("etag", ["e" * 257, "caf\u00e9", "tab\there"])
async def test_an_etag_that_cannot_be_said_again_is_not_kept(database_url: MakeDatabase, etag: str) -> None:
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        talk = Conversation(beta, etag)
        root = talk.writes(rui, "Which oven?")
        talk.writes(rui, "The red one.", inReplyTo=root)
        for uri in (root, rui.writes("Or blue.", inReplyTo=root, context=beta.server.url(PATH))["id"]):
            await _shown(alpha, rui, uri)

        assert len(talk.asked()) == 2
        assert all("if-none-match" not in seen.headers for seen in talk.asked())
        assert await count(alpha, "known_list") == 0


def test_nothing_that_could_end_a_header_is_said_again() -> None:
    assert [readable_etag(each) for each in ("a\r\nX: y", "a\n", "a\x00b", " a", "", None)] == [None] * 6
    assert readable_etag("e" * 256) == "e" * 256


async def test_after_something_listed_could_not_be_had_the_list_is_read_whole(database_url: MakeDatabase) -> None:
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        talk = Conversation(beta, "same")
        root = talk.writes(rui, "Which oven?")
        away = talk.writes(rui, "The red one.", inReplyTo=root)
        path = away.removeprefix(beta.server.base)
        beta.server.on(path, answers.status(503))
        await _shown(alpha, rui, root)
        assert await post_at(alpha, away) is None

        reply = {"id": away, "type": "Note", "attributedTo": rui.id, "content": "Red.", "inReplyTo": root}
        beta.server.on(path, answers.document({**reply, "to": [PUBLIC]}))
        await _shown(alpha, rui, rui.writes("Or blue.", inReplyTo=root, context=beta.server.url(PATH))["id"])

        assert await post_at(alpha, away) is not None
        assert [row["etag"] for row in await rows(alpha, "SELECT etag FROM known_list")] == ["same"]


async def test_a_list_whose_pages_change_without_it_is_always_read(database_url: MakeDatabase) -> None:
    """It says neither what nor how much it holds: that it is as before says nothing of its pages."""
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        talk = Conversation(beta, "same")
        root = talk.writes(rui, "Which oven?")
        items, talk.items = [root], []
        talk.more = {"first": beta.server.url(f"{PATH}/1")}

        for number in range(2):
            items.append(rui.writes(f"Answer {number}.", inReplyTo=root)["id"])
            page = {"id": beta.server.url(f"{PATH}/1"), "type": "OrderedCollectionPage", "orderedItems": items}
            beta.server.on(f"{PATH}/1", answers.document(page))
            asking = rui.writes("Why?", inReplyTo=root, context=beta.server.url(PATH))["id"] if number else root
            await _shown(alpha, rui, asking)

        assert (await the_post(alpha, root)).replies_count == 3
        assert await count(alpha, "known_list") == 0


async def test_who_answers_304_to_no_etag_has_answered_nothing(database_url: MakeDatabase) -> None:
    """The replies are walked, as where nobody answers."""
    async with world(database_url, durations=HASTY) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        beta.server.on(PATH, answers.status(304))
        root = rui.writes("Which oven?", context=beta.server.url(PATH))
        reply = rui.writes("Red.", inReplyTo=root["id"])
        page = {"type": "CollectionPage", "items": [reply["id"]]}
        beta.publish({**root, "replies": {"id": f"{root['id']}/replies", "type": "Collection", "first": page}})

        await _shown(alpha, rui, root["id"])

        assert await post_at(alpha, reply["id"]) is not None
