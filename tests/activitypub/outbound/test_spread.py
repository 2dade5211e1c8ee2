"""A post of a third server, which a group here announces to many: they are not sent there all at once (D55, T28)."""

from datetime import timedelta

import pytest

from tests.activitypub.inbound.world import join, rows, tell, to_group, world
from tests.clocks import Clock
from tests.conftest import MakeDatabase
from tests.kit import FakePeer


@pytest.mark.parametrize("is_many", [True, False])
async def test_where_many_servers_would_fetch_a_post_elsewhere_at_once_they_hear_of_it_over_a_minute(
    database_url: MakeDatabase, monkeypatch: pytest.MonkeyPatch, is_many: bool
) -> None:
    monkeypatch.setattr("fedcomm.activitypub.outbound.announcements.MANY_PEERS", 1 if is_many else 200)
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada, posting_rule="anyone")
        rui = beta.add("rui")
        for peer, who in ((beta, rui), (gamma, gamma.add("kim"))):
            await join(alpha, who, group)
            peer.server.seen.clear()

        await tell(alpha, rui, rui.does("Create", rui.writes("Who rents stands?", **to_group(group))))

        later = await rows(alpha, "SELECT due_at - $1::timestamptz AS wait FROM pending_delivery", clock())
        arrived = sum(len(peer.arrived()) for peer in (beta, gamma))
        assert arrived + len(later) == 2
        assert all(timedelta(0) < each["wait"] <= timedelta(minutes=1) for each in later)
        assert bool(later) is is_many
