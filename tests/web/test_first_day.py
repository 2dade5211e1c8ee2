"""Who writes much to a group of a server that is new to them is told that it may not show all of it (T47)."""

from datetime import timedelta

from fedcomm.activitypub.peer_profiles import learn_profile
from tests.activitypub.inbound.world import followed, world
from tests.clocks import Clock
from tests.kit import FakePeer
from tests.running import PASSWORD, MakeDatabase
from tests.web.reader import reader

WARNING = "Sent. The server of this group shows only about four posts"


async def test_t47_a_burst_of_posts_on_the_first_day_at_a_piefed_group_is_warned_of(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with (
        world(database_url, now=clock) as (alpha, beta),
        FakePeer(software="piefed", version="1.6.18") as gamma,
    ):
        ada = await alpha.person(password=PASSWORD)
        stands, market = gamma.add("stands", "Group"), beta.add("market", "Group")
        groups = [await followed(alpha, ada, group) for group in (stands, market)]
        for peer in (gamma, beta):
            await learn_profile(alpha.site, peer.server.authority)
        notes: list[list[str]] = []
        async with reader(alpha, ada.handle) as at:
            for group in groups:
                notes.append([])
                for number in range(6):
                    await at.open("/compose")
                    await at.press("/compose", text=f"Number {number}", group=str(group.id))
                    notes[-1].append(at.note)
            await at.open(at.path)
            clock.ahead += timedelta(days=2)
            await at.open("/compose")
            await at.press("/compose", text="Later", group=str(groups[0].id))
            later = at.note

        assert [note.startswith(WARNING) for note in notes[0]] == [False] * 4 + [True] * 2
        assert [note for note in notes[1] if note.startswith(WARNING)] == []
        assert not later.startswith(WARNING)
