"""Publishing: threads, personal posts and replies, by people here and elsewhere."""

from datetime import timedelta

import pytest

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.errors import Gone, Invalid, NotAllowed, NotFound
from fedcomm.groups import membership
from fedcomm.threads import posting, reading
from tests.factories import (
    HERE,
    NOON,
    again,
    later,
    make_account,
    make_draft,
    make_group,
    make_remote,
    make_remote_account,
    make_remote_group,
    make_reply,
    make_thread,
    recorded,
)


async def test_a_thread_in_a_group_of_ours_is_announced_by_it(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])

    post = await make_thread(db, ada, group, title="Which oven?", text="Ours broke.")

    assert post.is_root
    assert (post.title, post.kind, post.object_type, post.group_id) == ("Which oven?", "question", "Article", group.id)
    assert post.uri == f"https://alpha.example/p/{post.id}"
    assert post.url == f"https://alpha.example/@{ada.handle}/{post.id}"
    assert post.context_uri == f"https://alpha.example/t/{post.id}"
    boost = await db.fetchrow("SELECT * FROM boost WHERE post_id = $1", post.id)
    assert boost is not None
    assert (boost["account_id"], boost["is_group"], boost["uri"]) == (
        group.id,
        True,
        f"https://alpha.example/a/{boost['id']}",
    )
    assert boost["id"] > post.id
    assert await recorded(db, "ThreadAnnounced", "PostPublished") == ["ThreadAnnounced", "PostPublished"]


async def test_counters_of_author_and_group_follow(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])

    await make_thread(db, ada, group)
    await make_thread(db, ada)

    ada, group = await again(db, ada), await again(db, group)
    assert (ada.posts_count, ada.last_post_at) == (2, NOON)
    assert (group.posts_count, group.last_post_at) == (1, NOON)


async def test_a_post_that_names_no_group_is_personal_and_has_no_title(db: Connection) -> None:
    ada = await make_account(db)

    post = await posting.publish(db, HERE, ada, make_draft("We bought one.", title="News"), now=NOON)

    assert (post.group_id, post.title, post.kind, post.object_type) == (None, None, None, "Note")
    assert post.content_html == "<p><strong>News</strong></p><p>We bought one.</p>"
    assert await recorded(db, "ThreadAnnounced") == []


async def test_a_thread_without_a_title_gets_one_that_travels_as_a_note(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])

    post = await posting.publish(db, HERE, ada, make_draft("We bought one. It is red.", group=group), now=NOON)

    assert (post.title, post.title_is_generated, post.object_type) == ("We bought one.", True, "Note")
    assert post.content_html == "<p>We bought one. It is red.</p>"


async def test_with_a_warning_a_titled_thread_travels_as_a_note(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])

    post = await posting.publish(
        db, HERE, ada, make_draft("Blood.", title="An accident", group=group, summary="Injury"), now=NOON
    )

    assert (post.title, post.object_type, post.summary, post.is_sensitive) == ("An accident", "Note", "Injury", True)


async def test_who_is_not_a_member_reads_why_they_cannot_write(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    group = await make_group(db)

    with pytest.raises(NotAllowed, match="Join the group first"):
        await make_thread(db, ada, group)
    with pytest.raises(NotAllowed, match="Join the group first"):
        await make_thread(db, rui, group)


async def test_in_an_announcements_group_only_facilitators_start_threads(db: Connection) -> None:
    frida, ada = await make_account(db, "frida"), await make_account(db)
    group = await make_group(db, facilitator=frida, members=[ada], posting_rule="facilitators")

    with pytest.raises(NotAllowed):
        await make_thread(db, ada, group)
    await make_thread(db, frida, group)


async def test_an_archived_group_refuses_with_a_reason(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])
    thread = await make_thread(db, ada, group)
    await db.execute("UPDATE group_profile SET state = 'archived' WHERE account_id = $1", group.id)

    with pytest.raises(NotAllowed, match="archived"):
        await make_thread(db, ada, group)
    with pytest.raises(NotAllowed, match="archived"):
        await make_reply(db, ada, thread)


async def test_who_was_removed_from_a_group_writes_nothing_there(db: Connection) -> None:
    frida, ada = await make_account(db, "frida"), await make_account(db)
    group = await make_group(db, facilitator=frida, members=[ada], posting_rule="anyone")
    thread = await make_thread(db, ada, group)
    await membership.remove(db, HERE, frida, group, ada.id, now=NOON)

    with pytest.raises(NotAllowed, match="removed"):
        await make_thread(db, ada, group)
    with pytest.raises(NotAllowed, match="removed"):
        await make_reply(db, ada, thread)


async def test_a_held_first_post_appears_when_a_moderator_lets_it(db: Connection) -> None:
    frida, ada = await make_account(db, "frida"), await make_account(db)
    group = await make_group(db, facilitator=frida, members=[ada], posting_rule="first post held")

    held = await make_thread(db, ada, group)
    assert held.state == "held"
    assert await recorded(db, "PostPublished", "ThreadAnnounced") == []
    assert (await again(db, ada)).posts_count == 0
    await posting.release(db, HERE, frida, held.id, now=later(hours=1))
    following = await make_thread(db, ada, group, now=later(hours=2))

    assert following.state == "visible"
    assert (await again(db, ada)).posts_count == 2
    assert (await again(db, group)).posts_count == 2


async def test_private_with_a_group_is_refused_and_never_a_followers_post(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])

    with pytest.raises(Invalid, match="members only"):
        await make_thread(db, ada, group, audience="followers")

    assert await db.fetchval("SELECT count(*) FROM post") == 0


async def test_d33_what_others_send_a_group_for_their_followers_only_is_not_its_thread(db: Connection) -> None:
    rui = await make_remote_account(db)
    group = await make_group(db, members=[rui])

    post = await make_thread(db, rui, group, audience="followers")

    assert (post.group_id, post.audience, post.title) == (None, "followers", None)
    assert await recorded(db, "ThreadAnnounced") == []


async def test_unlisted_posts_of_others_make_threads(db: Connection) -> None:
    rui = await make_remote_account(db)
    group = await make_group(db, members=[rui])

    post = await make_thread(db, rui, group, audience="unlisted")

    assert (post.group_id, post.audience) == (group.id, "unlisted")


async def test_a_thread_of_somebody_elsewhere_keeps_its_names_and_time(db: Connection) -> None:
    rui = await make_remote_account(db)
    group = await make_group(db, members=[rui])
    published = NOON - timedelta(hours=3)
    remote = make_remote(
        rui,
        uri="https://beta.example/p/9",
        published_at=published,
        context_uris=["https://beta.example/contexts/9", "https://evil.example/t/1", f"{HERE.base_url}/t/77"],
    )

    post = await posting.publish(db, HERE, rui, make_draft("Who rents stands?", group=group, remote=remote), now=NOON)

    assert (post.is_local, post.uri, post.published_at) == (False, "https://beta.example/p/9", published)
    assert abs(ids.moment(post.id) - published) < timedelta(seconds=1)
    assert (post.title, post.title_is_generated) == ("Who rents stands?", True)
    assert await reading.context_uris(db, post.id) == [
        f"https://alpha.example/t/{post.id}",
        "https://beta.example/contexts/9",
    ]


async def test_a_time_in_the_future_counts_as_now(db: Connection) -> None:
    rui = await make_remote_account(db)

    post = await posting.publish(
        db, HERE, rui, make_draft(remote=make_remote(rui, published_at=later(days=400))), now=NOON
    )

    assert post.published_at == NOON
    assert ids.moment(post.id) < later(days=30)


async def test_many_posts_of_one_second_all_get_ids(db: Connection) -> None:
    rui = await make_remote_account(db)
    second = NOON.replace(microsecond=0) - timedelta(days=1)

    posts = [
        await posting.publish(db, HERE, rui, make_draft(remote=make_remote(rui, published_at=second)), now=NOON)
        for _ in range(60)
    ]

    assert len({post.id for post in posts}) == 60
    assert {post.published_at for post in posts} == {second}


async def test_the_same_post_from_elsewhere_is_one_post(db: Connection) -> None:
    rui = await make_remote_account(db)
    group = await make_group(db, members=[rui])
    draft = make_draft(group=group, remote=make_remote(rui))

    first = await posting.publish(db, HERE, rui, draft, now=NOON)
    second = await posting.publish(db, HERE, rui, draft, now=later(hours=1))

    assert second.id == first.id
    assert (await again(db, rui)).posts_count == 1
    assert await recorded(db, "PostPublished", "ThreadAnnounced") == ["ThreadAnnounced", "PostPublished"]


async def test_s026_the_id_of_anothers_post_is_not_free(db: Connection) -> None:
    rui, eve = await make_remote_account(db), await make_remote_account(db, "eve")
    post = await posting.publish(db, HERE, rui, make_draft(remote=make_remote(rui)), now=NOON)

    with pytest.raises(NotAllowed):
        await posting.publish(db, HERE, eve, make_draft("Mine.", remote=make_remote(eve, uri=post.uri)), now=NOON)

    assert (await reading.by_id(db, post.id, None)).content_html == "<p>Ours broke.</p>"


async def test_r019_a_deletion_that_comes_first_keeps_the_post_away(db: Connection) -> None:
    rui = await make_remote_account(db)
    draft = make_draft(remote=make_remote(rui))
    assert draft.remote is not None

    for _ in range(5):
        assert not await posting.delete_by_uri(db, HERE, rui.uri, draft.remote.uri, now=NOON)
        with pytest.raises(Gone):
            await posting.publish(db, HERE, rui, draft, now=later(minutes=1))

    assert await reading.by_uri(db, draft.remote.uri) is None


async def test_s009_a_deleted_post_does_not_come_back(db: Connection) -> None:
    rui = await make_remote_account(db)
    draft = make_draft(remote=make_remote(rui))
    post = await posting.publish(db, HERE, rui, draft, now=NOON)

    assert await posting.delete_by_uri(db, HERE, rui.uri, post.uri, now=later(minutes=1))
    with pytest.raises(Gone):
        await posting.publish(db, HERE, rui, draft, now=later(minutes=2))


async def test_a_stranger_cannot_keep_anothers_post_away(db: Connection) -> None:
    rui, eve = await make_remote_account(db), await make_remote_account(db, "eve")
    draft = make_draft(remote=make_remote(rui))
    assert draft.remote is not None

    await posting.delete_by_uri(db, HERE, eve.uri, draft.remote.uri, now=NOON)
    post = await posting.publish(db, HERE, rui, draft, now=NOON)

    assert (await reading.by_id(db, post.id, None)).state == "visible"


async def test_in_a_group_elsewhere_its_own_server_announces(db: Connection) -> None:
    ada = await make_account(db)
    market = await make_remote_group(db, members=[ada])

    post = await make_thread(db, ada, market)

    assert (post.group_id, post.title) == (market.id, "Which oven?")
    assert post.context_uri == f"https://alpha.example/t/{post.id}"
    assert await recorded(db, "PostPublished", "ThreadAnnounced") == ["PostPublished"]


async def test_a_suspended_account_writes_nothing(db: Connection) -> None:
    ada = await make_account(db, state="suspended")

    with pytest.raises(NotAllowed):
        await posting.publish(db, HERE, ada, make_draft(), now=NOON)


async def test_answering_what_one_cannot_read_is_answering_nothing(db: Connection) -> None:
    ada, ben, rui = await make_account(db), await make_account(db, "ben"), await make_remote_account(db)
    secret = await make_thread(db, ada, audience="followers")

    with pytest.raises(NotFound):
        await make_reply(db, ben, secret)
    with pytest.raises(NotFound):
        await make_reply(db, rui, secret)
