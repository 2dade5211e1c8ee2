"""What people type becomes a draft: group, title, text, audience."""

from typing import Any

import pytest

from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.here import Here
from fedcomm.threads import drafting, posting
from tests.factories import (
    HERE,
    NOON,
    later,
    make_account,
    make_group,
    make_remote_account,
    make_remote_group,
    make_thread,
)


async def test_a_post_that_names_a_group_is_a_thread_there(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])

    draft = await drafting.from_text(
        db, HERE, ada, f"@{group.handle} Which oven?\nOurs broke. Any *advice*? #ovens", now=NOON
    )

    assert (draft.group_id, draft.carry_ids, draft.audience) == (group.id, (), "public")
    assert (draft.title, draft.title_is_generated) == ("Which oven?", False)
    assert draft.source == "Ours broke. Any *advice*? #ovens"
    assert draft.content_html.startswith("<p>Ours broke. Any <em>advice</em>? <a ")
    assert 'href="https://alpha.example/tags/ovens"' in draft.content_html
    assert (draft.mention_ids, draft.tags) == ((group.id,), ("ovens",))


async def test_one_line_is_the_text_and_names_the_thread(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])

    draft = await drafting.from_text(db, HERE, ada, f"Who rents stands near Porto? @{group.handle}", now=NOON)

    assert (draft.title, draft.title_is_generated) == ("Who rents stands near Porto?", True)
    assert draft.content_html == "<p>Who rents stands near Porto?</p>"


async def test_the_first_group_named_is_home_and_the_others_carry(db: Connection) -> None:
    ada = await make_account(db)
    one, two = await make_group(db, "one", members=[ada]), await make_group(db, "two", members=[ada])
    market = await make_remote_group(db, members=[ada])

    draft = await drafting.from_text(
        db, HERE, ada, f"@{two.handle} {market.full_handle} @{one.handle} Which oven?\nOurs broke.", now=NOON
    )

    assert (draft.group_id, draft.carry_ids) == (two.id, (market.id, one.id))
    assert draft.mention_ids == (two.id, market.id, one.id)
    assert (draft.title, draft.source) == ("Which oven?", "Ours broke.")


async def test_groups_chosen_in_a_form_come_before_those_in_the_text(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    one, two = await make_group(db, "one", members=[ada]), await make_group(db, "two", members=[ada])

    draft = await drafting.from_text(
        db, HERE, ada, f"Ours broke, @{ben.handle}. @{one.handle}", title=" Which oven? ", group_ids=[two.id], now=NOON
    )

    assert (draft.group_id, draft.carry_ids) == (two.id, (one.id,))
    assert (draft.title, draft.title_is_generated) == ("Which oven?", False)
    assert draft.mention_ids == (two.id, one.id, ben.id)
    assert draft.source == f"Ours broke, @{ben.handle}."


async def test_a_post_without_a_group_is_personal(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)

    draft = await drafting.from_text(db, HERE, ada, f"Hello {rui.full_handle}", visibility="private", now=NOON)

    assert (draft.group_id, draft.title, draft.audience) == (None, None, "followers")
    assert draft.mention_ids == (rui.id,)
    assert f'href="{rui.url}"' in draft.content_html
    assert 'class="u-url mention"' in draft.content_html


async def test_private_with_a_group_is_refused_with_a_plain_sentence(db: Connection) -> None:
    """Until groups have posts for members only: 422, and never a followers post."""
    ada = await make_account(db)
    group = await make_group(db, members=[ada])
    thread = await make_thread(db, ada, group)

    for parent_id in (None, thread.id):
        with pytest.raises(Invalid, match="members only"):
            await drafting.from_text(
                db, HERE, ada, f"@{group.handle} Secret.", visibility="private", parent_id=parent_id, now=NOON
            )


async def test_direct_with_a_group_is_a_message_to_it(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])

    draft = await drafting.from_text(db, HERE, ada, f"@{group.handle} May I?", visibility="direct", now=NOON)

    assert (draft.group_id, draft.audience, draft.mention_ids) == (None, "direct", (group.id,))


async def test_a_reply_needs_no_group_and_has_no_title(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])
    thread = await make_thread(db, ada, group)

    draft = await drafting.from_text(
        db, HERE, ada, f"@{group.handle} The red one.\nIt is good.", parent_id=thread.id, now=NOON
    )
    post = await posting.publish(db, HERE, ada, draft, now=NOON)

    assert (draft.group_id, draft.title) == (None, None)
    assert (post.group_id, post.thread_id, post.title) == (group.id, thread.id, None)
    assert post.content_html == "<p>The red one.<br>It is good.</p>"


async def test_editing_brings_the_title_back(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])
    post = await make_thread(db, ada, group, title="Which oven?")

    draft = await drafting.from_text(db, HERE, ada, "Which oven?\n\nOurs broke twice.", editing=post, now=NOON)
    edited = await posting.edit(db, HERE, ada, post.id, draft, now=later(hours=1))

    assert (edited.title, edited.source, edited.title_is_generated) == ("Which oven?", "Ours broke twice.", False)
    assert edited.group_id == group.id


async def test_unknown_handles_stay_text(db: Connection) -> None:
    ada = await make_account(db)

    draft = await drafting.from_text(db, HERE, ada, "Ask @nobody and @who@else.example", now=NOON)

    assert draft.mention_ids == ()
    assert draft.content_html == "<p>Ask @nobody and @who@else.example</p>"
    assert drafting.handles_in("Ask @nobody and @who@else.example") == [("nobody", None), ("who", "else.example")]


async def test_handles_with_ports_count_in_development(db: Connection) -> None:
    here = Here("http://localhost:7001", "localhost:7001", "localhost:7001")
    ada = await make_account(db, here=here)
    group = await make_group(db, members=[ada], here=here)
    market = await make_remote_group(db, host="localhost:7002", members=[ada], here=here)

    draft = await drafting.from_text(
        db, here, ada, f"@{group.handle} @{market.handle}@localhost:7002 Which oven?\nOurs broke.", now=NOON
    )

    assert (draft.group_id, draft.carry_ids) == (group.id, (market.id,))


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {}),
        ("  \n ", {}),
        ("\0", {}),
        ("x" * 10_001, {}),
        ("Hello", {"visibility": "secret"}),
        ("Hello", {"spoiler_text": "x" * 501}),
        ("Hello", {"title": "x" * 151}),
        ("#a1 #b2 #c3 #d4 #e5 #f6", {}),
    ],
)
async def test_what_breaks_a_limit_is_refused(db: Connection, text: str, fields: dict[str, Any]) -> None:
    ada = await make_account(db)

    with pytest.raises(Invalid):
        await drafting.from_text(db, HERE, ada, text, now=NOON, **fields)


async def test_a_group_alone_is_no_thread(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])

    with pytest.raises(Invalid):
        await drafting.from_text(db, HERE, ada, f"@{group.handle}", now=NOON)


async def test_a_chosen_group_must_be_one(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")

    for group_id in (ben.id, 17):
        with pytest.raises(NotFound):
            await drafting.from_text(db, HERE, ada, "Hello", group_ids=[group_id], now=NOON)


async def test_the_language_is_the_posts_else_the_authors_else_the_instances(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    await db.execute("UPDATE login SET default_language = 'de' WHERE account_id = $1", ada.id)

    for by, language, expected in ((ada, "pt-br", "pt-BR"), (ada, "??", "de"), (ben, None, "fr")):
        draft = await drafting.from_text(db, HERE, by, "Hello", language=language, default_language="fr", now=NOON)
        assert draft.language == expected
