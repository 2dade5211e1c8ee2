"""Subscribed lists of other instances: read politely, looked at, taken over by itself within bounds, and given up."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from fedcomm import recurring
from fedcomm.database import Connection
from fedcomm.http import shared_lists
from fedcomm.network import lists, peers, subscriptions
from fedcomm.network.list_files import ListEntry, ReadList
from fedcomm.network.subscriptions import Hardest, Subscription
from tests import running
from tests.clocks import Clock
from tests.factories import NOON, make_account, make_follow, make_remote_account
from tests.kit.servers import Exchange, FakeServer
from tests.running import MakeDatabase
from tests.web.reader import reader

DAY = timedelta(days=1)


def told(*names: str) -> ReadList:
    return ReadList([ListEntry(f"{name}.example", "suspended", "theirs") for name in names], [])


async def subscribed(
    db: Connection, by_id: int, said: ReadList, *, hardest: Hardest = "suspended", url: str = "https://l.example/a.csv"
) -> Subscription:
    made = await subscriptions.subscribe(db, by_id, "Shared", url, hardest=hardest, is_automatic=True, now=NOON)
    await subscriptions.note_read(db, made.id, said, '"1"', every=DAY, now=NOON)
    return await subscriptions.by_id(db, made.id)


async def take_over(db: Connection, mine: Subscription) -> None:
    wanted = await subscriptions.propose(db, await subscriptions.by_id(db, mine.id), (), now=NOON)
    assert wanted is not None
    await lists.begin(db, mine.by_id, wanted.id, [], now=NOON)
    await finish(db)


async def finish(db: Connection) -> None:
    while await lists.go_on(db, now=NOON):
        pass


async def policies(db: Connection, *names: str) -> list[str]:
    return [await peers.policy(db, f"{name}.example") for name in names]


async def test_a_subscribed_list_changes_nothing_that_somebody_decided_by_hand(db: Connection) -> None:
    ada = await make_account(db, "ada")
    await peers.limit(db, ada.id, "loud.example", "ours", now=NOON)
    await peers.suspend(db, ada.id, "friend.example", "a mistake", now=NOON)
    await peers.restore(db, ada.id, "friend.example", "we spoke", now=NOON)
    mine = await subscribed(db, ada.id, told("loud", "friend", "spam"))

    await take_over(db, mine)
    taken = await policies(db, "loud", "friend", "spam")
    await peers.restore(db, ada.id, "spam.example", "it is better now", now=NOON)
    wanted = await subscriptions.plan(db, await subscriptions.by_id(db, mine.id))

    assert taken == ["limited", "default", "suspended"]
    assert wanted == []


async def test_what_goes_off_a_list_is_lifted_and_what_gets_softer_too(db: Connection) -> None:
    ada = await make_account(db, "ada")
    mine = await subscribed(db, ada.id, told("spam", "bots", "kept"))
    await take_over(db, mine)
    await peers.suspend(db, ada.id, "kept.example", "we think so too", now=NOON)

    later = ReadList([ListEntry("bots.example", "limited", "better")], [])
    await subscriptions.note_read(db, mine.id, later, '"2"', every=DAY, now=NOON)
    await take_over(db, mine)

    assert await policies(db, "spam", "bots", "kept") == ["default", "limited", "suspended"]


async def test_a_list_shuts_out_no_harder_than_allowed_and_leaves_out_what_is_not_wanted(db: Connection) -> None:
    ada = await make_account(db, "ada")
    mine = await subscribed(db, ada.id, told("spam", "bots"), hardest="limited")
    await subscriptions.leave_out(db, mine.id, ["bots.example"])

    await take_over(db, mine)

    assert await policies(db, "spam", "bots") == ["limited", "default"]


@pytest.mark.parametrize(("keeps", "after"), [(True, ["suspended", "suspended"]), (False, ["default", "suspended"])])
async def test_what_a_list_brought_is_kept_or_taken_back_as_far_as_no_other_wants_it(
    db: Connection, keeps: bool, after: Sequence[str]
) -> None:
    ada = await make_account(db, "ada")
    mine = await subscribed(db, ada.id, told("spam", "bots"))
    await take_over(db, mine)
    other = await subscribed(db, ada.id, told("bots"), url="https://other.example/b.csv")

    await subscriptions.unsubscribe(db, ada.id, mine.id, keeps=keeps, now=NOON)
    await finish(db)
    followed = [each.id for each in await subscriptions.all_of_them(db)]
    actions = {row["action"] for row in await db.fetch("SELECT action FROM audit_entry")}

    assert await policies(db, "spam", "bots") == after
    assert followed == [other.id]
    assert {"subscribe to list of peers", "unsubscribe from list of peers"} <= actions


class Source:
    """A server that has a list, with an ETag."""

    def __init__(self, body: bytes) -> None:
        self.body, self.status, self.asked = body, 200, list[str | None]()

    async def __call__(self, exchange: Exchange) -> None:
        known, etag = exchange.seen.headers.get("if-none-match"), f'"{len(self.body)}"'
        self.asked.append(known)
        if self.status != 200:
            await exchange.reply(self.status)
        elif known == etag:
            await exchange.reply(304, headers={"ETag": etag})
        else:
            await exchange.reply(200, self.body, content_type="text/csv", headers={"ETag": etag})


@pytest.mark.asyncio
async def test_a_list_is_looked_at_first_then_read_every_day_and_small_changes_come_by_themselves(
    database_url: MakeDatabase,
) -> None:
    clock = Clock()
    source = Source(b"#domain,#severity,#public_comment\nspam.example,suspend,Spam\nloud.example,silence,\n")
    async with running.instance(await database_url(), now=clock) as home, FakeServer() as server:
        server.on("/shared.csv", source)
        url = server.url("/shared.csv")
        ada = await home.person("ada", role="admin", password=running.PASSWORD)
        async with reader(home, "ada") as at:
            await at.open("/admin/peers/subscriptions/new")
            await at.press("/admin/peers/subscriptions", url=server.url("/nothing"), taken="by itself")
            refused = (at.status, at.all(".wrong"))
            await at.press("/admin/peers/subscriptions", url=url, name="Shared", taken="by itself")
            page, dry = at.path, at.text
            async with home.site.read() as db:
                before = await policies(db, "spam", "loud")
            await at.press(f"{page}/apply")
            clock.pass_by(days=2)
            await shared_lists.refresh_due(home.site)
            unchanged = list(source.asked)
            source.body += b"bots.example,suspend,Bots\n"
            clock.pass_by(days=2)
            await shared_lists.refresh_due(home.site)
            await recurring.go_on_with_lists(home.site)
            async with home.db() as db:
                by_itself = await policies(db, "spam", "loud", "bots")
                rui = await make_remote_account(db, host="sub.dear.example")
                await make_follow(db, ada, rui, here=home.here, now=home.site.now())
            source.body += b"dear.example,suspend,\n"
            clock.pass_by(days=2)
            await shared_lists.refresh_due(home.site)
            await recurring.go_on_with_lists(home.site)
            await at.open("/admin")
            tasks = at.text
            async with home.site.read() as db:
                (waiting, *_) = await lists.newest(db)
                held = (waiting.state, await policies(db, "dear"))
            await at.open(f"/admin/peers/lists/{waiting.id}")
            await at.press(f"/admin/peers/lists/{waiting.id}/apply")
            unsure = (at.status, at.text)
            await at.press(f"/admin/peers/lists/{waiting.id}/apply", is_sure="yes")
            await at.open("/admin/peers")
            shown = at.text
            async with home.site.read() as db:
                sure = await policies(db, "dear")

    assert refused == (422, ["The other server does not give it to us, or it is too large."])
    assert "2 instances would be treated otherwise than now." in dry
    assert before == ["default", "default"]
    assert unchanged[0] is None
    assert unchanged[1] is not None
    assert by_itself == ["suspended", "limited", "suspended"]
    assert "1 subscribed list wants something changed" in tasks
    assert held == ("proposed", ["default"])
    assert unsure[0] == 422
    assert "Please say that these follows may fall silent" in unsure[1]
    assert sure == ["suspended"]
    assert "From the list Shared" in shown


@pytest.mark.asyncio
async def test_a_list_that_wants_too_much_at_once_waits_and_one_that_is_away_keeps_its_last_word(
    database_url: MakeDatabase,
) -> None:
    clock, source = Clock(), Source(b"spam.example\n")
    async with running.instance(await database_url(), now=clock) as home, FakeServer() as server:
        server.on("/shared.csv", source)
        ada = await home.person("ada", role="admin", password=running.PASSWORD)
        async with home.db() as db:
            mine = await subscribed(db, ada.id, told("spam"), url=server.url("/shared.csv"))
            await take_over(db, mine)
        source.status = 503
        await shared_lists.refresh(home.site, mine.id)
        async with home.site.read() as db:
            away = await subscriptions.by_id(db, mine.id)
            kept = await policies(db, "spam")
        source.status, source.body = 200, "".join(f"s{n}.example\n" for n in range(150)).encode()
        wanted = await shared_lists.refresh(home.site, mine.id)
        async with reader(home, "ada") as at:
            await at.open(f"/admin/peers/subscriptions/{mine.id}")
            text = at.text
            assert wanted is not None
            await at.open(f"/admin/peers/lists/{wanted.id}")
            await at.press(f"/admin/peers/lists/{wanted.id}/throw_away")
            thrown = at.text
            await at.press(f"/admin/peers/subscriptions/{mine.id}/ask_again")
            again = at.text
            await at.press(f"/admin/peers/subscriptions/{mine.id}", hardest="limited", taken="looked at")
            await at.press(f"/admin/peers/subscriptions/{mine.id}/end", then="back")
            ended = at.path
        async with home.site.read() as db:
            back = await lists.by_id(db, int(ended.rsplit("/", 1)[1]))
            after = await policies(db, "spam")

    assert (away.problem, away.failures, away.wanted) == ("away", 1, mine.wanted)
    assert kept == ["suspended"]
    assert [entry.policy for entry in wanted.entries].count("suspended") == 150
    assert "1 decision stands as this list brought it." in text
    assert "Left out here" in thrown
    assert "Left out here" not in again
    assert back.state == "applied"
    assert after == ["default"]
