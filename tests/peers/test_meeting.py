"""A group here and somebody on a running server of another project: join, post, reply, change, vote, leave, both ways.

Both are led through their client APIs. Which servers went through last stands in `deploy/handbook/compatibility.md`.
"""

import re

import pytest

from tests.peers.somebody import WITHIN, Entity, Somebody, uri_of
from tests.peers.world import World
from tests.running import until

at_gotosocial = pytest.mark.parametrize(
    "peer", [pytest.param("GOTOSOCIAL", marks=pytest.mark.peer("GOTOSOCIAL"), id="gotosocial")], indirect=True
)


def words(status: Entity) -> str:
    """The text of a post without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", status["content"])).strip()


async def until_text(who: Somebody, of: Entity, text: str) -> None:
    """Return when somebody reads this in a post."""

    async def read() -> str:
        found = await who.status(of)
        assert found is not None
        return words(found)

    await until(read, lambda found: text in found, within=WITHIN, what=f"{who.handle} does not read {text!r}")


async def until_gone(who: Somebody, what: Entity) -> None:
    """Return when a post is no more."""

    async def is_gone() -> bool:
        return await who.status(what) is None

    await until(is_gone, bool, within=WITHIN, what=f"{who.handle} still has {what['uri']}")


async def until_votes(who: Somebody, of: Entity, counts: list[int]) -> None:
    """Return when somebody sees a poll stand like this."""

    async def votes() -> list[int]:
        found = await who.status(of)
        assert found is not None
        return [each["votes_count"] for each in found["poll"]["options"]]

    await until(votes, lambda found: found == counts, within=WITHIN, what=f"{who.handle} does not see {counts}")


async def until_counts(who: Somebody, of: Entity, counts: tuple[int, int]) -> None:
    """Return when a post has so many favourites, and so many boosts of people."""

    async def both() -> tuple[int, int]:
        found = await who.status(of)
        assert found is not None
        return found["favourites_count"], found["reblogs_count"]

    await until(both, lambda found: found == counts, within=WITHIN, what=f"{who.handle} does not see {counts}")


async def thread_of_theo(world: World, text: str = "Which primer holds on zinc?") -> tuple[Entity, Entity]:
    """He starts one by naming the group; as it is there, and here."""
    theirs = await world.theo.write(f"@{world.group} {text}")
    return theirs, await world.ben.until_in_home(theirs["uri"])


async def thread_of_ines(world: World, text: str = "Our booth is done.") -> tuple[Entity, Entity]:
    """She starts one by naming the group; as it is here, and there."""
    ours = await world.ines.write(f"{text}\n\n@{world.group}")
    return ours, await world.theo.until_in_home(ours["uri"])


async def test_who_follows_a_group_is_in_it(world: World) -> None:
    await world.joined()

    assert world.theo.handle in await world.members()


async def test_what_names_the_group_becomes_a_thread_in_it(world: World) -> None:
    await world.joined()

    theirs, here = await thread_of_theo(world)

    assert here["account"]["acct"] == world.group.partition("@")[0]
    assert here["reblog"]["account"]["acct"] == world.theo.handle
    assert here["reblog"]["uri"] == theirs["uri"]
    assert here["reblog"]["fedcomm"]["title"] == "Which primer holds on zinc?"


async def test_a_thread_from_here_is_seen_there_as_shown_by_the_group(world: World) -> None:
    await world.joined()

    _, there = await thread_of_ines(world)

    assert there["reblog"] is not None
    assert there["account"]["acct"] == world.group
    assert there["reblog"]["account"]["acct"] == world.ines.handle
    assert "Our booth is done." in words(there["reblog"])


async def test_their_reply_stands_in_the_thread_here(world: World) -> None:
    await world.joined()
    ours, there = await thread_of_ines(world)

    reply = await world.theo.reply(there["reblog"], "How long did it take?")

    here = await world.ines.until_answered(ours, reply["uri"])
    assert words(here).endswith("How long did it take?")
    await world.ines.until_told("mention", reply["uri"])


async def test_our_reply_stands_in_the_thread_there(world: World) -> None:
    await world.joined()
    theirs, here = await thread_of_theo(world)

    reply = await world.ben.reply(here["reblog"], "A T-wash first.")

    there = await world.theo.until_answered(theirs, reply["uri"])
    assert words(there).endswith("A T-wash first.")
    await world.theo.until_told("mention", reply["uri"])


async def test_a_reply_to_a_reply_goes_on_from_either_side(world: World) -> None:
    await world.joined()
    theirs, here = await thread_of_theo(world)
    reply = await world.ben.reply(here["reblog"], "A T-wash first.")
    there = await world.theo.until_answered(theirs, reply["uri"])

    back = await world.theo.reply(there, "And how long do you wait?")

    again = await world.ben.until_answered(reply, back["uri"])
    last = await world.ines.reply(again, "Until it is black.")
    assert words(await world.theo.until_answered(theirs, last["uri"])).endswith("Until it is black.")


async def test_a_change_arrives_here(world: World) -> None:
    await world.joined()
    theirs, here = await thread_of_theo(world)

    await world.theo.ask("PUT", f"/api/v1/statuses/{theirs['id']}", status=f"@{world.group} Which primer, on steel?")

    await until_text(world.ben, here["reblog"], "Which primer, on steel?")


async def test_a_change_arrives_there(world: World) -> None:
    await world.joined()
    ours, there = await thread_of_ines(world)

    await world.ines.ask("PUT", f"/api/v1/statuses/{ours['id']}", status="Our booth is nearly done.")

    await until_text(world.theo, there["reblog"], "Our booth is nearly done.")


async def test_a_deletion_arrives_here(world: World) -> None:
    await world.joined()
    theirs, here = await thread_of_theo(world)

    await world.theo.ask("DELETE", f"/api/v1/statuses/{theirs['id']}")

    await until_gone(world.ben, here["reblog"])


async def test_a_deletion_arrives_there(world: World) -> None:
    await world.joined()
    ours, there = await thread_of_ines(world)

    await world.ines.ask("DELETE", f"/api/v1/statuses/{ours['id']}")

    await until_gone(world.theo, there["reblog"])


async def test_a_boost_and_a_favourite_arrive_here(world: World) -> None:
    await world.joined()
    ours, there = await thread_of_ines(world)

    await world.theo.does("favourite", there["reblog"])
    await world.theo.does("reblog", there["reblog"])

    await world.ines.until_told("favourite", ours["uri"])
    await world.ines.until_told("reblog", ours["uri"])


async def test_a_boost_and_a_favourite_arrive_there(world: World) -> None:
    await world.joined()
    theirs, here = await thread_of_theo(world)

    await world.ben.does("favourite", here["reblog"])
    await world.ben.does("reblog", here["reblog"])

    await world.theo.until_told("favourite", theirs["uri"])
    await world.theo.until_told("reblog", theirs["uri"])


async def test_their_vote_counts_here(world: World) -> None:
    await world.joined()
    ours = await world.ines.write(
        f"Which Saturday?\n\n@{world.group}", poll__options=["The fifth", "The twelfth"], poll__expires_in=3600
    )
    there = await world.theo.until_in_home(ours["uri"])
    assert [each["title"] for each in there["reblog"]["poll"]["options"]] == ["The fifth", "The twelfth"]

    await world.theo.vote(there["reblog"], 1)

    await until_votes(world.ines, ours, [0, 1])
    await until_votes(world.theo, there["reblog"], [0, 1])


async def test_our_vote_counts_there(world: World) -> None:
    await world.joined()
    theirs = await world.theo.write(
        f"@{world.group} Which Saturday?", poll__options=["The fifth", "The twelfth"], poll__expires_in=3600
    )
    here = await world.ben.until_in_home(theirs["uri"])
    assert [each["title"] for each in here["reblog"]["poll"]["options"]] == ["The fifth", "The twelfth"]

    await world.ben.vote(here["reblog"], 0)

    await until_votes(world.theo, theirs, [1, 0])
    await until_votes(world.ines, here["reblog"], [1, 0])


async def test_who_leaves_is_out_and_hears_no_more(world: World) -> None:
    await world.joined()

    await world.theo.unfollow(world.group)

    await until(world.members, lambda found: world.theo.handle not in found, within=WITHIN)
    ours = await world.ines.write(f"Something for members.\n\n@{world.group}")
    await world.ben.until_in_home(ours["uri"])
    assert ours["uri"] not in [uri_of(each) for each in await world.theo.home()]


async def test_people_follow_one_another_both_ways(world: World) -> None:
    await world.theo.follow(world.ben.handle)
    await world.ben.follow(world.theo.handle)

    ours, theirs = await world.ben.write("From here."), await world.theo.write("From there.")

    assert words(await world.theo.until_in_home(ours["uri"])) == "From here."
    assert words(await world.ben.until_in_home(theirs["uri"])) == "From there."
    await world.ben.unfollow(world.theo.handle)


async def test_a_second_change_arrives_as_well(world: World) -> None:
    await world.joined()
    theirs, here = await thread_of_theo(world)

    for text in ("Which primer, on steel?", "Which primer, on steel, outdoors?"):
        await world.theo.ask("PUT", f"/api/v1/statuses/{theirs['id']}", status=f"@{world.group} {text}")
        await until_text(world.ben, here["reblog"], text)


async def test_a_favourite_and_a_boost_can_be_taken_back_and_given_again(world: World) -> None:
    await world.joined()
    ours, there = await thread_of_ines(world)

    for _ in range(2):
        await world.theo.does("favourite", there["reblog"])
        await world.theo.does("reblog", there["reblog"])
        await until_counts(world.ines, ours, (1, 1))
        await world.theo.does("unfavourite", there["reblog"])
        await world.theo.does("unreblog", there["reblog"])
        await until_counts(world.ines, ours, (0, 0))


async def test_who_left_can_come_back(world: World) -> None:
    await world.joined()
    await world.theo.unfollow(world.group)
    await until(world.members, lambda found: world.theo.handle not in found, within=WITHIN)

    await world.joined()

    await thread_of_ines(world, "Welcome back.")


async def test_who_is_no_member_is_told_that_the_group_did_not_take_it(world: World) -> None:
    theirs = await world.theo.write(f"@{world.group} May I ask you something?")

    told = await world.theo.until_told_by(world.group)

    assert world.group.partition("@")[0] in told["account"]["acct"]
    assert theirs["uri"] not in [uri_of(each) for each in await world.ben.home()]


@at_gotosocial
async def test_the_text_of_a_thread_with_a_typed_title_is_read_there(world: World) -> None:
    """GoToSocial shows the summary as a warning and no title; snac shows apps nothing that has a name, as votes do."""
    await world.joined()

    ours = await world.ines.write(f"New booth\n\nIt took a week.\n\n@{world.group}")

    there = (await world.theo.until_in_home(ours["uri"]))["reblog"]
    assert words(there) == there["spoiler_text"] == "It took a week."


async def test_a_warning_a_tag_and_a_picture_arrive_there(world: World) -> None:
    await world.joined()
    media = await world.ines.upload("A green booth")

    ours = await world.ines.write(f"It took a week. #booths @{world.group}", spoiler_text="dust", media_ids=[media])

    there = (await world.theo.until_in_home(ours["uri"]))["reblog"]
    assert there["spoiler_text"] == "dust"
    assert "It took a week." in words(there)
    assert [each["name"].lower() for each in there["tags"]] == ["booths"]
    assert [each["description"] for each in there["media_attachments"]] == ["A green booth"]


async def test_a_warning_a_tag_and_a_picture_arrive_here(world: World) -> None:
    await world.joined()
    media = await world.theo.upload("A green booth")

    theirs = await world.theo.write(
        f"@{world.group} It took a week. #booths", spoiler_text="dust", sensitive="true", media_ids=[media]
    )

    here = (await world.ben.until_in_home(theirs["uri"]))["reblog"]
    assert here["spoiler_text"] == "dust"
    assert "It took a week." in words(here)
    assert [each["name"] for each in here["tags"]] == ["booths"]
    assert [each["description"] for each in here["media_attachments"]] == ["A green booth"]


async def test_private_messages_go_both_ways(world: World) -> None:
    ours = await world.ben.write(f"@{world.theo.handle} Just for you.", visibility="direct")
    told = await world.theo.until_told("mention", ours["uri"])
    assert told["status"]["visibility"] == "direct"

    theirs = await world.theo.reply(told["status"], "Thank you.", visibility="direct")
    back = await world.ben.until_told("mention", theirs["uri"])
    assert back["status"]["visibility"] == "direct"


async def test_what_a_moderator_removes_is_gone_here_and_stays_the_authors_there(world: World) -> None:
    await world.joined()
    theirs, here = await thread_of_theo(world)

    await world.removes(theirs["uri"])

    await until_gone(world.ben, here["reblog"])
    assert await world.theo.status(theirs) is not None


@at_gotosocial
async def test_an_older_thread_that_is_looked_up_there_comes_with_its_replies(world: World) -> None:
    """snac looks up people only."""
    ours = await world.ines.write(f"Our booth is done.\n\n@{world.group}")
    reply = await world.ben.reply(ours, "How long did it take?")

    found = await world.theo.ask("GET", "/api/v2/search", q=ours["uri"], type="statuses", resolve="true")

    (there,) = found["statuses"]
    assert words(await world.theo.until_answered(there, reply["uri"])).endswith("How long did it take?")


async def test_who_asks_to_join_is_in_when_let_in(world: World) -> None:
    group = await world.closed_group()
    account = await world.theo.find(group)
    await world.theo.ask("POST", f"/api/v1/accounts/{account['id']}/follow")

    await world.lets_in(group)

    await world.theo.follow(group)
    ours = await world.ines.write(f"For those who were let in.\n\n@{group}")
    await world.theo.until_in_home(ours["uri"])


async def test_who_answers_in_a_locked_thread_is_told_that_it_is_closed(world: World) -> None:
    await world.joined()
    ours, there = await thread_of_ines(world)
    await world.locks(ours["uri"])

    theirs = await world.theo.reply(there["reblog"], "Too late?")

    await world.theo.until_told_by(world.group)
    assert theirs["uri"] not in [each["uri"] for each in await world.ines.answers(ours)]
