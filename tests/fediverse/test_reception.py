"""A post goes to a group of another instance: the author learns what became of it, in apps and on pages."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fedcomm.accounts.model import Account
from fedcomm.activitypub.actors import Actors
from fedcomm.groups import membership
from fedcomm.threads import posting, reading
from tests import running
from tests.api.callers import Caller, caller
from tests.fediverse.members import Member
from tests.running import PASSWORD, Instance, MakeDatabase
from tests.web.reader import reader

NOTIFICATIONS = "/api/v1/notifications"


@asynccontextmanager
async def _two(make_database: MakeDatabase) -> AsyncGenerator[tuple[Instance, Instance, Caller, Account, Account]]:
    """Ada at alpha, and a group at beta whose facilitator is Ben."""
    async with running.instances(make_database, 2) as (alpha, beta), caller(alpha) as ada:
        ben = await beta.person("ben")
        yield alpha, beta, ada, ben, await beta.group(ben)


async def _in_the_group(at: Instance, home: Instance, who: Account, group: Account, *, joins: bool) -> Account:
    """The group as it is known at an instance, perhaps with a new member."""
    known = await at.site.service(Actors).account(group.uri)
    if joins:
        async with at.db() as db:
            await membership.follow_or_join(db, at.here, who, known, now=at.site.now())
        await running.settle(at, home)
    return known


async def test_who_may_not_write_there_is_told_so_by_the_group(database_url: MakeDatabase) -> None:
    async with _two(database_url) as (alpha, beta, ada, _, group):
        await _in_the_group(alpha, beta, ada.account, group, joins=False)
        status = await ada.write(f"Which oven?\nOurs broke. {group.full_handle}")
        assert status["fedcomm"]["reception"]["state"] == "sent"

        await running.settle(alpha, beta)

        (notice,) = await ada.get(NOTIFICATIONS)
        said = f"Not shown by {group.full_handle}: Only members write in Bakers. Join the group first."
        assert (notice["type"], notice["account"]["acct"]) == ("update", group.full_handle.removeprefix("@"))
        assert said in notice["status"]["content"]
        assert notice["status"]["fedcomm"]["reception"]["state"] == "refused"
        (ours,) = await ada.get(NOTIFICATIONS, **{"supported_types[]": "mention"})
        assert (ours["type"], ours["fallback"]["title"]) == ("fedcomm.refused", "Bakers does not show your post")
        assert await ada.get(NOTIFICATIONS, **{"exclude_types[]": "update"}) == []
        async with beta.site.read() as db:
            assert await reading.by_uri(db, status["uri"]) is None


async def test_what_the_group_shows_is_taken_and_may_be_taken_out_again(database_url: MakeDatabase) -> None:
    """S111: it is the group that says so; who decided stays there."""
    async with _two(database_url) as (alpha, beta, ada, ben, group):
        await _in_the_group(alpha, beta, ada.account, group, joins=True)
        status = await ada.write(f"Which oven?\nOurs broke. {group.full_handle}")
        await running.settle(alpha, beta)
        shown = await ada.get(f"/api/v1/statuses/{status['id']}")
        assert shown["fedcomm"]["reception"]["state"] == "taken"
        assert await ada.get(NOTIFICATIONS) == []

        async with beta.db() as db:
            post = await reading.by_uri(db, status["uri"])
            assert post is not None
            await posting.remove(db, beta.here, ben, post.id, "advertising", now=beta.site.now())
        await running.settle(alpha, beta)

        (notice,) = await ada.get(NOTIFICATIONS)
        assert (notice["type"], notice["account"]["acct"]) == ("update", group.full_handle.removeprefix("@"))
        assert "advertising" in notice["status"]["content"]
        assert notice["status"]["fedcomm"]["reception"] == {
            "state": "removed",
            "group_id": notice["account"]["id"],
            "reason": "advertising",
        }
        assert ben.handle not in str(notice)


async def test_the_page_of_a_thread_says_what_became_of_it(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (alpha, beta):
        ben = await beta.person("ben")
        group, other = await beta.group(ben), await beta.group(ben, "fairs", carry_policy="never")
        ada = Member(alpha, await alpha.person("ada", password=PASSWORD))
        for each in (group, other):
            await ada.join(each)
        await running.settle(alpha, beta)
        uri = await ada.write("Ours broke.", group, other, title="Which oven?")
        path = f"/@ada/{uri.rpartition('/')[2]}"

        async with reader(alpha, "ada") as browser, reader(alpha) as visitor:
            await browser.open(path)
            assert "Not yet confirmed by the group's server" in browser.text

            await alpha.settle()
            await browser.open(path)
            assert f"Sent to {group.full_handle}. It has not said yet that it shows this." in browser.text
            assert "has not said yet" not in (await visitor.open(path)).text
            await running.settle(alpha, beta)
            await browser.open(path)
            said = "Reason: Fairs does not carry threads of other groups."
            assert f"Not carried by {other.full_handle}. {said}" in browser.text
            assert "has not said yet" not in browser.text
            assert (await browser.open("/notifications")).all(".notices .what") == [
                "Fairs does not show your post: Which oven?"
            ]

            async with beta.db() as db:
                post = await reading.by_uri(db, uri)
                assert post is not None
                await posting.remove(db, beta.here, ben, post.id, "advertising", now=beta.site.now())
            await running.settle(alpha, beta)

            assert "This post was removed from the group. Reason: advertising" in (await browser.open(path)).text
            assert (await visitor.open(path)).status == 404
