"""New posts that are heard together leave behind what they would, had they been heard one by one."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.database import Row
from fedcomm.jobs import inbox_queue
from fedcomm.jobs.inbox_queue import Item
from fedcomm.jobs.interpreting import Interpreter
from tests.activitypub.inbound.world import count, followed, post_at, rows, tell, the_post, world
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import Instance, MakeDatabase

LONG_AGO = "2026-11-01T10:00:00Z"
PARTS = {
    "mentions": """
        SELECT named.handle, mention.position, mention.is_silent
          FROM post_mention mention
          JOIN account named ON named.id = mention.account_id
         WHERE post_id = $1
      ORDER BY 1
    """,
    "tags": "SELECT tag, shown_as, is_local FROM post_tag WHERE post_id = $1 ORDER BY tag",
    "files": "SELECT position, media_type, remote_url, description, width FROM post_attachment WHERE post_id = $1",
    "names": "SELECT count(*) FROM thread_context WHERE thread_id = $1",
    "locks": "SELECT count(*) FROM thread_lock WHERE thread_id = $1",
    "told": "SELECT count(*) FROM fact WHERE type = 'PostPublished' AND (payload ->> 'post_id')::bigint = $1",
}
OF_ITS_OWN = ("id", "uri", "url", "author_id", "thread_id", "created_at", "context_uri")


@asynccontextmanager
async def _two_who_are_read(
    database_url: MakeDatabase,
) -> AsyncGenerator[tuple[Instance, Account, FakeActor, FakeActor]]:
    """Our instance, ada, and rui and ben from elsewhere, whom she follows."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui, ben = beta.add("rui"), beta.add("ben")
        for who in (rui, ben):
            await followed(alpha, ada, who)
        yield alpha, ada, rui, ben


async def _waiting(at: Instance) -> list[Item]:
    async with at.site.pool.transaction() as db:
        return await inbox_queue.claim(db, now=at.site.now(), lease=timedelta(minutes=1))


async def _heard_alone(at: Instance, items: Sequence[Item]) -> None:
    for item in items:
        async with at.db() as db:
            await at.site.service(Interpreter).interpret(db, item, now=at.site.now())
            await inbox_queue.finish(db, [item], now=at.site.now())


async def _heard_together(at: Instance, items: Sequence[Item]) -> set[int]:
    async with at.db() as db:
        return await at.site.service(Interpreter).interpret_together(db, items, now=at.site.now())


async def _send(at: Instance, by: FakeActor, note: Mapping[str, Any]) -> None:
    sent = await by.send(at.here.shared_inbox_url, by.does("Create", dict(note)))
    assert sent.status == 202


def _variety(by: FakeActor, ada: Account) -> list[dict[str, Any]]:
    """Posts that begin threads, with all that such a post may bring along."""
    followers = f"{by.id}/followers"
    return [
        by.writes("Plain.", published=LONG_AGO),
        by.writes("Covered.", summary="About <b>food</b>", sensitive=True, published=LONG_AGO),
        by.writes("Long.", type="Article", name="A title", summary="An excerpt", published=LONG_AGO),
        by.writes(
            "Named.",
            published=LONG_AGO,
            cc=[ada.uri],
            tag=[
                {"type": "Mention", "href": ada.uri, "name": ada.full_handle},
                {"type": "Hashtag", "href": f"{by.id}/tags/Bread", "name": "#Bread"},
            ],
        ),
        by.writes(
            "Shown.",
            published=LONG_AGO,
            attachment=[
                {"type": "Document", "mediaType": "image/png", "url": f"{by.id}/{n}.png", "name": f"P {n}", "width": 9}
                for n in range(2)
            ],
        ),
        by.writes(
            "Smiling :smile:",
            published=LONG_AGO,
            tag=[
                {
                    "type": "Emoji",
                    "name": ":smile:",
                    "icon": {"type": "Image", "url": "https://pictures.test/smile.png"},
                }
            ],
        ),
        by.writes("Quiet.", to=[followers], cc=[PUBLIC], published=LONG_AGO),
        by.writes("For few.", to=[followers], cc=[], published=LONG_AGO),
        by.writes("Called.", context=f"{by.id}/contexts/1", conversation="tag:b.test,2026:1", published=LONG_AGO),
        by.writes("Changed.", updated="2026-11-01T12:00:00Z", published=LONG_AGO),
        by.writes("Of tomorrow.", published=(datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")),
    ]


def _in_general(row: Row, by: FakeActor) -> dict[str, Any]:
    """A row, without what is another for everybody's."""
    return {key: str(value).replace(by.id, "them") for key, value in row.items() if key not in OF_ITS_OWN}


async def _left_by(at: Instance, by: FakeActor, notes: Sequence[Mapping[str, Any]]) -> list[Any]:
    left: list[Any] = []
    for note in notes:
        post = await the_post(at, note["id"])
        assert post.thread_id == post.id
        (row,) = await rows(at, "SELECT * FROM post WHERE id = $1", post.id)
        tomorrow = {"published_at": ""} if post.published_at > datetime.now(UTC) - timedelta(minutes=5) else {}
        parts = {name: [_in_general(part, by) for part in await rows(at, q, post.id)] for name, q in PARTS.items()}
        context = (post.context_uri or "").replace(by.id, "them")
        left.append((_in_general(row, by) | tomorrow, context, parts))
    (account,) = await rows(at, "SELECT posts_count, replies_count FROM account WHERE uri = $1", by.id)
    return [*left, tuple(account)]


async def test_posts_heard_together_are_as_if_each_were_heard_alone(database_url: MakeDatabase) -> None:
    async with _two_who_are_read(database_url) as (alpha, ada, rui, ben):
        alone = _variety(rui, ada)
        for note in alone:
            await _send(alpha, rui, note)
        await _heard_alone(alpha, await _waiting(alpha))
        together = _variety(ben, ada)
        for note in together:
            await _send(alpha, ben, note)
        items = await _waiting(alpha)
        heard = await _heard_together(alpha, items)

        assert heard == {item.id for item in items}
        assert await _left_by(alpha, ben, together) == await _left_by(alpha, rui, alone)
        assert await count(alpha, "tombstone") == 0


async def test_what_is_not_plain_is_left_with_all_that_its_sender_said_after_it(database_url: MakeDatabase) -> None:
    """R018: nobody's order is changed, though others go ahead."""
    async with _two_who_are_read(database_url) as (alpha, _ada, rui, ben):
        first = rui.writes("First.")
        answer = rui.writes("An answer.", inReplyTo=first["id"])

        for by, note in ((rui, first), (rui, answer), (rui, rui.writes("Later.")), (ben, ben.writes("Beside."))):
            await _send(alpha, by, note)
        items = await _waiting(alpha)

        assert await _heard_together(alpha, items) == {items[0].id, items[3].id}
        assert await post_at(alpha, answer["id"]) is None


async def test_what_has_no_effect_is_left_to_be_told_so(database_url: MakeDatabase) -> None:
    """S028, S042: somebody else's post, one that is here, one that concerns nobody, and one sent twice in a batch."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui, ben, eve = beta.add("rui"), beta.add("ben"), beta.add("eve")
        await followed(alpha, ada, rui)
        await tell(alpha, eve, eve.does("Follow", ada.uri))
        old, new = rui.writes("Here already."), rui.writes("New.")
        await tell(alpha, rui, rui.does("Create", old))

        for by, note in ((eve, eve.writes("To nobody.")), (eve, ben.writes("Not mine.")), (rui, new), (rui, new)):
            await _send(alpha, by, note)
        await _send(alpha, rui, old)
        items = await _waiting(alpha)

        assert await _heard_together(alpha, items) == {items[2].id}
        assert await count(alpha, "post") == 2


async def test_an_answer_that_came_first_stands_below_what_is_heard_with_others(database_url: MakeDatabase) -> None:
    async with _two_who_are_read(database_url) as (alpha, _ada, rui, ben):
        asked = rui.writes("A question.")
        rui.peer.withdraw(asked["id"])
        answer = ben.writes("An answer.", inReplyTo=asked["id"])
        await tell(alpha, ben, ben.does("Create", answer))
        assert (await the_post(alpha, answer["id"])).parent_id is None

        for note in (asked, rui.writes("Something else.")):
            await _send(alpha, rui, note)
        items = await _waiting(alpha)

        assert await _heard_together(alpha, items) == {item.id for item in items}
        root = await the_post(alpha, asked["id"])
        assert (await the_post(alpha, answer["id"])).parent_id == root.id
        assert root.replies_count == 1


async def test_many_cost_hardly_more_statements_than_few(database_url: MakeDatabase) -> None:
    """Bar of the inbox: 600 notes a second, which one by one take 28 statements each."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        people = [beta.add(name) for name in ("rui", "ben", "cleo", "dora")]
        for who in people:
            await followed(alpha, ada, who)
        taken: list[int] = []
        for each in (1, 10):
            for who in people:
                for number in range(each):
                    await _send(alpha, who, who.writes(f"Number {number} of {each}."))
            items = await _waiting(alpha)
            statements: list[str] = []

            def note(record: Any, to: list[str] = statements) -> None:
                to.append(record.query)

            async with alpha.db() as db:
                driver: Any = db
                with driver.query_logger(note):
                    heard = await alpha.site.service(Interpreter).interpret_together(db, items, now=alpha.site.now())
                await inbox_queue.finish(db, items, now=alpha.site.now())
            assert heard == {item.id for item in items}
            assert len(heard) == each * len(people)
            taken.append(len(statements))

        assert taken[1] <= taken[0] <= 14
