"""Tags that somebody follows bring public posts into their home, and cost those nothing who follow none."""

from collections.abc import Iterator
from typing import Any, cast

import msgspec
import orjson
import pytest

from fedcomm.accounts import blocks
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.threads import posting, reactions
from fedcomm.threads.model import Audience, Post
from fedcomm.timelines import followed_tags, home
from tests.factories import HERE, NOON, later, make_account, make_draft, make_follow, make_group


async def write(
    db: Connection,
    by: Account,
    *tags: str,
    audience: Audience = "public",
    group: Account | None = None,
    below: Post | None = None,
    minutes: int = 0,
) -> Post:
    """A post with tags."""
    draft = make_draft(audience=audience, group=group, title="Ovens" if group else None, parent=below)
    return await posting.publish(db, HERE, by, msgspec.structs.replace(draft, tags=tags), now=later(minutes=minutes))


async def follow(db: Connection, who: Account, *tags: str) -> None:
    for tag in tags:
        await followed_tags.follow(db, who.id, tag, now=NOON)


async def at_home(db: Connection, who: Account, **cursor: int) -> list[tuple[int, bool]]:
    """The posts of a page, and whether each comes in its wrapper."""
    page = await home.page(db, who.id, cursor=Cursor(**cursor))
    return [(entry.post_id, entry.boost_id is not None) for entry in page]


async def test_public_posts_with_a_followed_tag_stand_in_home_and_nothing_else_of_their_authors(
    db: Connection,
) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await follow(db, ada, "Ovens", "bread")
    post = await write(db, ben, "ovens")
    both = await write(db, ben, "OVENS", "Bread", minutes=1)
    await write(db, ben, "kilns", minutes=2)
    await write(db, ben, "ovens", below=post, minutes=3)
    for audience in ("unlisted", "followers", "direct"):
        await write(db, ben, "ovens", audience=audience, minutes=4)

    assert await at_home(db, ada) == [(both.id, False), (post.id, False)]
    assert await at_home(db, await make_account(db, "cleo")) == []
    await followed_tags.unfollow(db, ada.id, "#ovens")
    assert await at_home(db, ada) == [(both.id, False)]


async def test_a_post_that_also_comes_another_way_comes_that_way_alone(db: Connection) -> None:
    """D38."""
    ada, ben, cleo, dora = [await make_account(db, name) for name in ("ada", "ben", "cleo", "dora")]
    await make_follow(db, ada, ben)
    await make_follow(db, ada, cleo)
    group = await make_group(db, members=[ada, dora])
    await follow(db, ada, "ovens")
    by_ben = await write(db, ben, "ovens")
    in_group = await write(db, dora, "ovens", group=group, minutes=1)
    boosted = await write(db, dora, "ovens", minutes=2)
    await reactions.boost(db, HERE, cleo, boosted.id, now=later(minutes=3))
    own = await write(db, ada, "ovens", minutes=4)

    assert await at_home(db, ada) == [(own.id, False), (boosted.id, True), (in_group.id, True), (by_ben.id, False)]
    assert await at_home(db, ada, limit=1, max_id=boosted.id) == [(in_group.id, True)]


async def test_whom_somebody_hides_does_not_come_by_a_tag(db: Connection) -> None:
    ada, ben, cleo, dora = [await make_account(db, name) for name in ("ada", "ben", "cleo", "dora")]
    await follow(db, ada, "ovens")
    for each in (ben, cleo, dora):
        await write(db, each, "ovens")
    await blocks.mute(db, ada.id, ben.id, now=NOON)
    await blocks.put_block(db, ada.id, cleo.id, now=NOON)
    await blocks.put_block(db, dora.id, ada.id, now=NOON)

    assert await at_home(db, ada) == []


async def test_pages_go_both_ways_through_tags_and_people(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    await make_follow(db, ada, cleo)
    await follow(db, ada, "ovens", "bread")
    posts = [
        await write(
            db, cleo if number % 2 else ben, *(("ovens", "bread") if number % 3 else ("bread",)), minutes=number
        )
        for number in range(9)
    ]

    wanted = [(post.id, False) for post in reversed(posts)]
    assert await at_home(db, ada, limit=3) == wanted[:3]
    assert await at_home(db, ada, limit=4, max_id=posts[6].id) == wanted[3:7]
    assert await at_home(db, ada, limit=4, min_id=posts[1].id) == wanted[3:7]


async def test_in_whose_home_a_tagged_post_stands_is_found_for_many_at_once(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    await follow(db, ada, "ovens")
    post, other = await write(db, ben, "ovens"), await write(db, ben, "kilns", minutes=1)

    assert await home.whose_home(db, [ada.id, ben.id, cleo.id], post.id) == {ada.id, ben.id}
    assert await home.whose_home(db, [ada.id, cleo.id], other.id) == set()


async def test_what_is_no_tag_and_too_many_are_refused(db: Connection) -> None:
    ada = await make_account(db)
    for wrong in ("", "two words", "123", "a-b", "a@b"):
        with pytest.raises(NotFound):
            await followed_tags.follow(db, ada.id, wrong, now=NOON)
    await follow(db, ada, *(f"tag{number}" for number in range(followed_tags.MOST_FOLLOWED)), "Tag0")
    with pytest.raises(Invalid):
        await followed_tags.follow(db, ada.id, "another", now=NOON)


async def test_who_follows_no_tag_pays_one_look_at_an_index(db: Connection) -> None:
    """Home is the page that is asked for most: posts by tag are not looked at, and the index of tags once."""
    ada, ben = await make_account(db), await make_account(db, "ben")
    await make_follow(db, ada, ben)
    for number in range(30):
        await write(db, ben, "ovens", minutes=number)
    await db.execute("SET LOCAL enable_seqscan = off")
    await db.execute("ANALYZE")

    taken = [step for step in steps(await plan_of_home(db, ada)) if step.get("Actual Loops")]

    looked_at = [step["Alias"] for step in taken if step.get("Relation Name") in ("tag_follow", "post_tag")]
    assert looked_at == ["followed"]
    (step,) = [step for step in taken if step.get("Alias") == "followed"]
    assert (step["Actual Loops"], step["Actual Rows"]) == (1, 0)
    assert step["Shared Hit Blocks"] + step["Shared Read Blocks"] <= 3


async def plan_of_home(db: Connection, who: Account) -> dict[str, Any]:
    """How the database goes about a page."""

    class Asked:
        plan: dict[str, Any]

        async def fetch(self, query: str, *args: object) -> list[object]:
            found = await db.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", *args)
            self.plan = (orjson.loads(found) if isinstance(found, str) else found)[0]["Plan"]
            return []

    asked = Asked()
    await home.page(cast(Connection, asked), who.id, cursor=Cursor())
    return asked.plan


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and all that is below it."""
    yield plan
    for part in plan.get("Plans", []):
        yield from steps(part)
