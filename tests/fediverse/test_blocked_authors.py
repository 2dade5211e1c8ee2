"""A group no longer shows elsewhere what a server wrote that its own instance has suspended (federation.md T33)."""

from typing import Any

import pytest

from fedcomm.accounts.model import Account
from fedcomm.activitypub.resolving import Resolver
from fedcomm.groups import membership
from fedcomm.network import peers
from fedcomm.threads import moderating, taking_back
from tests import running
from tests.activitypub.inbound.world import count, join, rows, tell, the_post, to_group
from tests.clocks import Clock
from tests.kit import FakePeer
from tests.kit.peers import FakeActor
from tests.kit.signing import Tamper
from tests.running import Instance, MakeDatabase


async def announced(at: Instance, uri: str) -> int:
    """How many announcements of a post by groups are known."""
    (row,) = await rows(
        at,
        """
        SELECT count(*) AS n
          FROM boost
          JOIN post ON post.id = boost.post_id
         WHERE post.uri = $1 AND boost.is_group AND boost.uri IS NOT NULL
        """,
        uri,
    )
    return row["n"]


async def joined(at: Instance, who: Account, group: Account, home: Instance) -> None:
    """Somebody of one instance joins a group of another."""
    known = await at.site.service(Resolver).account(group.uri)
    async with at.db() as db:
        await membership.follow_or_join(db, at.here, who, known, now=at.site.now())
    await running.settle(at, home)


async def suspend(at: Instance, peer: FakePeer) -> None:
    async with at.db() as db:
        assert await peers.suspend(db, None, peer.server.authority, "spam", now=at.site.now())


async def wrote(at: Instance, by: FakeActor, group: Account, text: str) -> dict[str, Any]:
    """Somebody elsewhere starts a thread in a group of ours."""
    note = by.writes(text, **to_group(group))
    await tell(at, by, by.does("Create", note))
    return note


async def test_t33_a_new_block_takes_the_announcements_back_at_another_instance(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (alpha, beta), FakePeer() as gamma, FakePeer() as delta:
        group = await alpha.group(await alpha.person("ada"), posting_rule="anyone")
        ben = await beta.person("ben")
        await joined(beta, ben, group, alpha)
        zoe, rui = gamma.add("zoe"), delta.add("rui")
        await join(alpha, zoe, group)
        await join(alpha, rui, group)
        bad, good = await wrote(alpha, zoe, group, "Buy now."), await wrote(alpha, rui, group, "Which oven?")
        await running.settle(alpha, beta)
        assert (await announced(beta, bad["id"]), await announced(beta, good["id"])) == (1, 1)
        (told,) = [each for each in await delta.got(1, type="Announce") if each["object"] == bad["id"]]
        gamma.server.seen.clear()

        await suspend(alpha, gamma)
        await running.settle(alpha, beta)

        assert (await announced(alpha, bad["id"]), await announced(beta, bad["id"])) == (0, 0)
        assert (await announced(alpha, good["id"]), await announced(beta, good["id"])) == (1, 1)
        (undone,) = await delta.got(1, type="Undo")
        assert (undone["actor"], undone["object"]["id"], undone["object"]["type"]) == (
            group.uri,
            told["id"],
            "Announce",
        )
        assert gamma.arrived() == []
        async with alpha.client() as http:
            page = await http.get(f"{group.uri}/outbox?page=true", headers={"Accept": "application/activity+json"})
        assert (bad["id"] in page.text, good["id"] in page.text) == (False, True)


async def test_t33_while_blocked_nothing_of_theirs_is_announced_and_a_restored_server_not_again(
    database_url: MakeDatabase,
) -> None:
    async with running.instances(database_url, 1) as (alpha,), FakePeer() as gamma, FakePeer() as delta:
        ada = await alpha.person("ada")
        group = await alpha.group(ada, posting_rule="anyone")
        zoe, rui = gamma.add("zoe"), delta.add("rui")
        await join(alpha, zoe, group)
        await join(alpha, rui, group)
        note = await wrote(alpha, zoe, group, "Buy now.")
        post = await the_post(alpha, note["id"])
        async with alpha.db() as db:
            await moderating.remove(db, alpha.here, ada, post.id, "Advertising.", now=alpha.site.now())
        await alpha.settle()
        await delta.got(1, type="Undo")
        delta.server.seen.clear()

        await suspend(alpha, gamma)
        await alpha.settle()
        async with alpha.db() as db:
            await moderating.restore(db, alpha.here, ada, post.id, now=alpha.site.now())
        await alpha.settle()
        assert (await count(alpha, "boost"), await announced(alpha, note["id"])) == (1, 0)
        async with alpha.db() as db:
            assert await peers.restore(db, None, gamma.server.authority, "they cleaned up", now=alpha.site.now())
        await alpha.settle()

        assert delta.arrived() == []
        assert await announced(alpha, note["id"]) == 0


async def test_t33_many_are_taken_back_some_at_a_time_and_none_older_than_a_month(
    database_url: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_back, "AT_ONCE", 2)
    clock = Clock()
    async with running.instances(database_url, 1, now=clock) as (alpha,), FakePeer() as gamma, FakePeer() as delta:
        group = await alpha.group(await alpha.person("ada"), posting_rule="anyone")
        zoe, rui = gamma.add("zoe"), delta.add("rui")
        await join(alpha, zoe, group)
        await join(alpha, rui, group)
        old = await wrote(alpha, zoe, group, "Long ago.")
        clock.pass_by(days=31)
        for number in range(5):
            note = zoe.writes(f"Buy {number}.", **to_group(group))
            sent = await zoe.send(
                alpha.here.shared_inbox_url, zoe.does("Create", note), tamper=Tamper(age=-clock.ahead)
            )
            assert sent.status == 202
        await alpha.settle()

        await suspend(alpha, gamma)
        await alpha.settle()

        assert len(await delta.got(5, type="Undo")) == 5
        assert await announced(alpha, old["id"]) == 1
        assert await count(alpha, "boost") == 6
