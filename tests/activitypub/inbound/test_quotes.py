"""What other servers say of quotes: forms of several, and what is forged (FEP-044f; S050)."""

from typing import Any

import msgspec

from fedcomm.accounts.model import Account
from fedcomm.threads import drafting, posting, quoting
from tests.activitypub.inbound.world import drops, followed, rows, tell, the_post, world, wrote
from tests.kit import FakePeer
from tests.kit.peers import FakeActor
from tests.running import Instance, MakeDatabase


def stamp(peer: FakePeer, by: FakeActor, quoting_uri: str, quoted_uri: str) -> str:
    """An authorization that lies at a server. Its address."""
    given = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": peer.new_id("stamps"),
        "type": "QuoteAuthorization",
        "attributedTo": by.id,
        "interactingObject": quoting_uri,
        "interactionTarget": quoted_uri,
    }
    peer.publish(given)
    return str(given["id"])


async def state_of(at: Instance, uri: str) -> str | None:
    """How the quote in a post stands."""
    post = await the_post(at, uri)
    async with at.site.read() as db:
        quote = await quoting.of_post(db, post.id)
    return quote.state if quote is not None else None


def request(by: FakeActor, quoted_uri: str, quoting_uri: str) -> dict[str, Any]:
    """May this post quote that one?"""
    return by.does("QuoteRequest", quoted_uri, instrument=quoting_uri)


async def _met(at: Instance, peer: FakePeer) -> tuple[Account, FakeActor]:
    ada, rui = await at.person(), peer.add("rui")
    await followed(at, ada, rui)
    return ada, rui


async def test_a_request_is_answered_with_a_stamp_that_can_be_fetched(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, rui = await _met(alpha, beta)
        said = await wrote(alpha, ada, "The red oven is best.")
        note = rui.writes("So it is.", quote=said.uri, quoteUri=said.uri)
        await tell(alpha, rui, rui.does("Create", note))
        assert await state_of(alpha, note["id"]) == "pending"
        await tell(alpha, rui, request(rui, said.uri, note["id"]))

        (accept,) = await beta.got(1, type="Accept")
        assert (accept["actor"], accept["object"]["type"]) == (ada.uri, "QuoteRequest")
        given = (await rui.get(accept["result"])).body
        assert note["id"].encode() in given
        assert await state_of(alpha, note["id"]) == "accepted"
        (told,) = await rows(alpha, "SELECT type FROM notification WHERE type = 'quote'")
        assert told["type"] == "quote"


async def test_who_may_not_quote_is_refused_and_who_may_not_read_hears_nothing(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, rui = await _met(alpha, beta)
        said = await wrote(alpha, ada, "Not for you to quote.")
        async with alpha.db() as db:
            await quoting.set_policy(db, alpha.here, ada, said.id, "nobody", now=alpha.site.now())
        note = rui.writes("They say.", quote=said.uri)
        await tell(alpha, rui, request(rui, said.uri, note["id"]))
        (reject,) = await beta.got(1, type="Reject")
        assert reject["object"]["instrument"] == note["id"]

        before = len(beta.arrived())
        async with alpha.db() as db:
            await db.execute("UPDATE post SET audience = 'direct' WHERE id = $1", said.id)
        await tell(alpha, rui, request(rui, said.uri, note["id"]))
        assert len(beta.arrived()) == before
        assert "a QuoteRequest for what they may not read" in await drops(alpha)


async def test_s050_consent_counts_only_from_where_the_quoted_author_lives(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        _, rui = await _met(alpha, beta)
        victim, mallory = gamma.add("victim"), beta.add("mallory")
        said = victim.writes("The red oven is best.")
        forged: list[Any] = []
        for by, at in ((victim, beta), (mallory, beta)):
            note = rui.writes("So it is.", quote=said["id"])
            forged.append({**note, "quoteAuthorization": stamp(at, by, note["id"], said["id"])})
        other = rui.writes("Another.", quote=said["id"])
        real = stamp(gamma, victim, other["id"], said["id"])
        borrowed = {**rui.writes("Borrowed.", quote=said["id"]), "quoteAuthorization": real}
        for note in (*forged, borrowed):
            beta.publish(note)
            await tell(alpha, rui, rui.does("Create", note))
            assert await state_of(alpha, note["id"]) == "pending"

        honest = {**other, "quoteAuthorization": real}
        beta.publish(honest)
        await tell(alpha, rui, rui.does("Create", honest))
        assert await state_of(alpha, other["id"]) == "accepted"
        await tell(alpha, rui, rui.does("Delete", real))
        assert await state_of(alpha, other["id"]) == "accepted"
        await tell(alpha, victim, victim.does("Delete", real))
        assert await state_of(alpha, other["id"]) == "revoked"


async def test_s050_an_answer_counts_only_from_who_was_asked(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada, rui = await _met(alpha, beta)
        policy = {"canQuote": {"automaticApproval": ["https://www.w3.org/ns/activitystreams#Public"]}}
        said = rui.writes("Quote me.", interactionPolicy=policy)
        await tell(alpha, rui, rui.does("Create", said))
        quoted = await the_post(alpha, said["id"])
        async with alpha.db() as db:
            draft = await drafting.from_text(db, alpha.here, ada, "So it is.", now=alpha.site.now())
            draft = msgspec.structs.replace(draft, quoted_id=quoted.id)
            mine = await posting.publish(db, alpha.here, ada, draft, now=alpha.site.now())
        await alpha.settle()
        (asked,) = await beta.got(1, type="QuoteRequest")
        assert (asked["object"], asked["instrument"]["id"]) == (said["id"], mine.uri)
        assert asked["instrument"]["quote"] == said["id"]
        (link,) = (tag for tag in asked["instrument"]["tag"] if tag["type"] == "Link")
        assert (link["href"], link["name"]) == (said["id"], f"RE: {quoted.url}")
        assert link["rel"] == ["https://misskey-hub.net/ns#_misskey_quote"]

        mallory, other = gamma.add("mallory"), beta.add("other")
        for stranger, where in ((mallory, gamma), (other, beta)):
            lie = stamp(where, stranger, mine.uri, said["id"])
            await tell(alpha, stranger, stranger.does("Accept", asked["id"], result=lie))
            assert await state_of(alpha, mine.uri) == "pending"
        elsewhere = stamp(gamma, rui, mine.uri, said["id"])
        await tell(alpha, rui, rui.does("Accept", asked["id"], result=elsewhere))
        assert await state_of(alpha, mine.uri) == "pending"

        await tell(alpha, rui, rui.does("Accept", asked, result=stamp(beta, rui, mine.uri, said["id"])))
        assert await state_of(alpha, mine.uri) == "accepted"
        updates = await beta.got(1, type="Update")
        assert updates[-1]["object"]["quoteAuthorization"].startswith(beta.server.base)


async def test_s050_nobody_asks_for_a_post_of_somebody_else_or_for_a_boost(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada, rui = await _met(alpha, beta)
        said = await wrote(alpha, ada, "The red oven is best.")
        victim = gamma.add("victim")
        note = victim.writes("I quote nothing.", quote=said.uri)
        await tell(alpha, rui, request(rui, said.uri, note["id"]))
        await tell(alpha, rui, request(rui, alpha.here.activity_uri(said.id), rui.writes("x")["id"]))

        assert await drops(alpha) == [
            "a QuoteRequest for somebody else's post",
            "a QuoteRequest for what is not here",
        ]
        assert await rows(alpha, "SELECT FROM quote_stamp") == []


async def test_older_names_of_quotes_and_quotes_of_oneself(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        _, rui = await _met(alpha, beta)
        said = rui.writes("First.")
        note: dict[str, Any] = {}
        for name in ("quoteUrl", "_misskey_quote", "quoteUri"):
            note = rui.writes("As I said.", **{name: said["id"]})
            await tell(alpha, rui, rui.does("Create", note))
            assert await state_of(alpha, note["id"]) == "accepted"
        await tell(alpha, rui, rui.does("Delete", note["id"]))
        (counted,) = await rows(alpha, "SELECT quotes_count FROM post WHERE uri = $1", said["id"])
        assert counted["quotes_count"] == 2
