"""Who may read a post, and where it is sent: the matrix of `security-cases.md` section 7, from the list of D30."""

import pytest

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.threads import audience, carrying, posting, reading
from fedcomm.threads.audience import Recipient
from fedcomm.threads.model import Post
from tests.factories import (
    HERE,
    NOON,
    make_account,
    make_draft,
    make_follow,
    make_group,
    make_remote,
    make_remote_account,
    make_remote_group,
    make_reply,
    make_thread,
)

EVERYBODY = "visitor member follower groupmate moderator author named far_follower far_stranger far_admitted".split()

READERS = {
    "public": EVERYBODY,
    "unlisted": EVERYBODY,
    "network": "member follower groupmate moderator author named far_admitted".split(),
    "group": "groupmate moderator author".split(),
    "local": "member follower groupmate moderator author named".split(),
    "followers": "follower author named far_follower".split(),
    "direct": "moderator author named".split(),  # it names the group
    "held": "moderator author".split(),
    "removed": "moderator author".split(),
    "deleted": [],
}


async def a_post_and_its_readers(db: Connection) -> tuple[Post, dict[str, Account | None]]:
    """A thread in a group, and somebody for every column of the matrix."""
    author, moderator, groupmate = (
        await make_account(db, "author"),
        await make_account(db, "mod"),
        await make_account(db, "mate"),
    )
    group = await make_group(db, facilitator=moderator, members=[author, groupmate])
    readers: dict[str, Account | None] = {
        "visitor": None,
        "member": await make_account(db, "member"),
        "follower": await make_account(db, "follower"),
        "groupmate": groupmate,
        "moderator": moderator,
        "author": author,
        "named": await make_account(db, "named"),
        "far_follower": await make_remote_account(db, "far"),
        "far_stranger": await make_remote_account(db, "stranger"),
        "far_admitted": await make_remote_account(db, "admitted", host="gamma.example"),
    }
    await db.execute(
        "INSERT INTO peer (authority, policy, first_seen_at) VALUES ('gamma.example', 'allowed', $1)", NOON
    )
    for name in ("follower", "far_follower"):
        reader = readers[name]
        assert reader is not None
        await make_follow(db, reader, author)
    named = readers["named"]
    assert named is not None
    draft = make_draft("canary", title="canary", group=group, mentioning=[named])
    return await posting.publish(db, HERE, author, draft, now=NOON), readers


@pytest.mark.parametrize("row", READERS)
async def test_each_audience_admits_exactly_its_readers(db: Connection, row: str) -> None:
    """S089, S091-S094, S097, S105: one condition decides for every query that shows posts."""
    post, readers = await a_post_and_its_readers(db)
    if row in ("held", "removed", "deleted"):
        await db.execute("UPDATE post SET state = $2 WHERE id = $1", post.id, row)
    else:
        await db.execute("UPDATE post SET audience = $2 WHERE id = $1", post.id, row)

    admitted = [
        name
        for name, reader in readers.items()
        if post.id in await reading.by_ids(db, [post.id], reader.id if reader else None)
    ]

    assert sorted(admitted) == sorted(READERS[row])


async def test_what_is_sent_directly_to_a_group_is_for_its_moderators(db: Connection) -> None:
    frida, ada, ben = await make_account(db, "frida"), await make_account(db), await make_account(db, "ben")
    group = await make_group(db, facilitator=frida, members=[ada, ben])

    post = await make_thread(db, ada, group, audience="direct")

    assert (post.group_id, post.title) == (None, None)
    readers = [who.handle for who in (frida, ada, ben) if await reading.by_ids(db, [post.id], who.id)]
    assert readers == [frida.handle, ada.handle]


@pytest.mark.parametrize("shut", ["beta.example", "example"])
async def test_a_suspended_server_is_unheard_at_once_with_all_below_it(db: Connection, shut: str) -> None:
    rui = await make_remote_account(db)
    post = await make_thread(db, rui)
    assert await reading.by_ids(db, [post.id], None)

    await db.execute("INSERT INTO peer (authority, policy, first_seen_at) VALUES ($1, 'suspended', $2)", shut, NOON)
    assert await reading.by_ids(db, [post.id], None) == {}

    await db.execute("UPDATE peer SET policy = 'default'")
    assert await reading.by_ids(db, [post.id], None)


async def test_a_suspended_account_is_unheard(db: Connection) -> None:
    ada = await make_account(db)
    post = await make_thread(db, ada)

    await db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", ada.id)

    assert await reading.by_ids(db, [post.id], None) == {}


def told(found: list[Recipient]) -> dict[str, tuple[bool, bool, list[int]]]:
    """Inbox -> (somebody there follows the author, somebody there is named, groups of ours with followers there)."""
    return {each.inbox_url: (each.has_followers, each.is_named, each.group_ids) for each in found}


async def test_a_thread_goes_once_to_each_server_with_followers(db: Connection) -> None:
    ada = await make_account(db)
    fans = [await make_remote_account(db, f"fan{n}") for n in range(3)]
    for fan in fans:
        await make_follow(db, fan, ada)
    lone = await make_remote_account(db, "lone", host="delta.example", shared_inbox=False)
    group = await make_group(db, members=[ada, *fans[:1], lone])

    thread = await make_thread(db, ada, group)

    assert told(await audience.recipients(db, thread.id)) == {
        "https://beta.example/inbox": (True, False, [group.id]),
        f"{lone.uri}/inbox": (False, False, [group.id]),
    }


async def test_a_reply_reaches_who_is_answered_and_the_group_that_lives_elsewhere(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db, host="delta.example")
    market = await make_remote_group(db, host="gamma.example", members=[ada])
    thread = await make_thread(db, rui, market)

    reply = await make_reply(db, ada, thread)

    assert told(await audience.recipients(db, reply.id)) == {
        "https://delta.example/inbox": (False, True, []),
        "https://gamma.example/inbox": (False, True, []),
    }


async def test_d49_the_home_host_passes_everything_on_to_the_groups_that_carry(db: Connection) -> None:
    ada, ben = await make_account(db), await make_remote_account(db, "ben", host="delta.example")
    home = await make_group(db, members=[ada, ben])
    market = await make_remote_group(db, host="gamma.example")
    thread = await make_thread(db, ada, home, carried_by=[market])
    await carrying.receive_announce(db, HERE, market, thread, "https://gamma.example/a/x", published_at=NOON, now=NOON)

    reply = await make_reply(db, ben, thread)

    assert told(await audience.recipients(db, reply.id)) == {
        "https://delta.example/inbox": (False, False, [home.id]),
        "https://gamma.example/inbox": (False, False, [home.id]),
    }


async def test_a_carrying_group_of_ours_passes_on_what_comes_from_home(db: Connection) -> None:
    rui, cleo = await make_remote_account(db), await make_remote_account(db, "cleo", host="delta.example")
    market = await make_remote_group(db)
    ours = await make_group(db, members=[rui, cleo])
    thread = await make_thread(db, rui, market, carried_by=[ours])

    reply = await make_reply(db, rui, thread)

    assert told(await audience.recipients(db, reply.id)) == {
        "https://beta.example/inbox": (False, False, [ours.id]),
        "https://delta.example/inbox": (False, False, [ours.id]),
    }
    await carrying.stop(db, HERE, rui, thread.id, ours.id, now=NOON)
    assert told(await audience.recipients(db, reply.id)) == {}


async def test_c18_d31_private_posts_go_to_followers_or_those_named_only(db: Connection) -> None:
    ada, fan, rui = (
        await make_account(db),
        await make_remote_account(db, "fan"),
        await make_remote_account(db, host="delta.example"),
    )
    await make_follow(db, fan, ada)

    followers = await posting.publish(db, HERE, ada, make_draft(audience="followers"), now=NOON)
    direct = await posting.publish(db, HERE, ada, make_draft(audience="direct", mentioning=[rui]), now=NOON)
    local = await posting.publish(db, HERE, ada, make_draft(audience="local"), now=NOON)
    network = await posting.publish(db, HERE, ada, make_draft(audience="network"), now=NOON)

    assert told(await audience.recipients(db, followers.id)) == {"https://beta.example/inbox": (True, False, [])}
    assert told(await audience.recipients(db, direct.id)) == {"https://delta.example/inbox": (False, True, [])}
    assert await audience.recipients(db, local.id) == []
    assert await audience.recipients(db, network.id) == []
    await db.execute("INSERT INTO peer (authority, policy, first_seen_at) VALUES ('beta.example', 'allowed', $1)", NOON)
    assert told(await audience.recipients(db, network.id)) == {"https://beta.example/inbox": (True, False, [])}


async def test_nothing_is_sent_to_suspended_servers_nor_for_detached_posts_of_others(db: Connection) -> None:
    ada, fan = await make_account(db), await make_remote_account(db, "fan")
    await make_follow(db, fan, ada)
    post = await make_thread(db, ada)
    lost = await posting.publish(
        db, HERE, fan, make_draft(remote=make_remote(fan, parent_uri="https://delta.example/p/1")), now=NOON
    )

    assert await audience.recipients(db, lost.id) == []
    await db.execute(
        "INSERT INTO peer (authority, policy, first_seen_at) VALUES ('beta.example', 'suspended', $1)", NOON
    )
    assert await audience.recipients(db, post.id) == []


async def test_an_announcement_goes_to_the_groups_followers_the_author_and_the_other_groups(db: Connection) -> None:
    rui, fan = await make_remote_account(db), await make_remote_account(db, "fan", host="delta.example")
    ours = await make_group(db, members=[rui, fan])
    market = await make_remote_group(db, host="gamma.example")
    thread = await make_thread(db, rui, market, carried_by=[ours])

    found = await audience.announcement_recipients(db, ours.id, thread.id)

    assert sorted(told(found)) == [
        "https://beta.example/inbox",
        "https://delta.example/inbox",
        "https://gamma.example/inbox",
    ]


async def test_a_deleted_post_still_knows_whom_to_tell(db: Connection) -> None:
    ada, rui = await make_account(db), await make_remote_account(db)
    post = await posting.publish(db, HERE, ada, make_draft(mentioning=[rui]), now=NOON)
    before = await audience.recipients(db, post.id)

    await posting.delete(db, HERE, ada, post.id, now=NOON)

    assert await audience.recipients(db, post.id) == before != []


async def test_the_form_of_announcements_comes_with_the_inbox(db: Connection) -> None:
    """The planner must not lose a peer that is not known yet (D56)."""
    ada, rui = await make_account(db), await make_remote_account(db)
    lem = await make_remote_account(db, "lem", host="lemmy.example")
    await db.execute(
        "INSERT INTO peer (authority, announce_form, first_seen_at) VALUES ('lemmy.example', 'A', $1)", NOON
    )
    thread = await make_thread(db, ada, await make_group(db, members=[ada, rui, lem]))

    found = await audience.recipients(db, thread.id)

    assert {each.authority: each.announce_form for each in found} == {"beta.example": None, "lemmy.example": "A"}
