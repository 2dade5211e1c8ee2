"""Home says what waits for a member and what is new, by group, and costs the same in six groups as in two."""

from typing import Any, cast

import pytest

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.groups import membership
from fedcomm.groups import reading as groups
from fedcomm.looks import cards
from fedcomm.timelines import group as group_timeline
from fedcomm.web import waiting_at_home
from tests.factories import NOON, make_account, make_group, make_thread
from tests.web.conftest import Place
from tests.web.reader import reader

in_one_place = pytest.mark.asyncio(loop_scope="module")


async def asks_to_join(place: Place, who: Account, group: Account) -> None:
    """The group takes only those who ask from now on, and somebody does."""
    async with place.at.db() as db:
        await db.execute("UPDATE group_profile SET join_rule = 'request' WHERE account_id = $1", group.id)
        await membership.join(db, place.at.here, who, group, now=place.at.site.now())


@in_one_place
async def test_home_names_who_replied_what_is_to_be_decided_and_what_nobody_answered(place: Place) -> None:
    ada, ben, cleo = [await place.person(handle) for handle in ("ada", "ben", "cleo")]
    bakers = await place.group(ada, ben)
    mine = await place.write(ada, "Ours broke.", bakers, title="Which oven?")
    await place.write(ben, "The red one.", parent=mine)
    open_question = await place.write(ben, "It drifts.", bakers, title="Which scale?")
    await asks_to_join(place, cleo, bakers)
    await place.at.settle()
    async with reader(place.at, ada.handle) as at:
        await at.open("/home")
        said = at.all("[aria-labelledby=waiting] li")
        links = [node.attributes["href"] for node in at.page.css("[aria-labelledby=waiting] a")]
        await at.open("/notifications")
        await place.write(ada, "Ours holds.", parent=open_question)
        await at.open("/home")

    assert said == [
        f"{ben.name} replied to you: Which oven?",
        f"1 request in {bakers.name}",
        f"Which scale? {ben.name} asks, in {bakers.name}. Nobody has replied yet.",
    ]
    assert links[1:] == [f"/@{bakers.handle}/waiting", f"/@{ben.handle}/{open_question.id}"]
    assert at.all("[aria-labelledby=waiting] li") == [f"1 request in {bakers.name}"]


@in_one_place
async def test_members_of_others_groups_are_told_nothing_of_what_waits_in_them(place: Place) -> None:
    ada, ben, cleo = [await place.person(handle) for handle in ("ada", "ben", "cleo")]
    bakers = await place.group(ada, ben)
    await place.write(ada, "It drifts.", bakers, title="Which scale?")
    await asks_to_join(place, cleo, bakers)
    async with reader(place.at, ben.handle) as member, reader(place.at, cleo.handle) as outsider:
        await member.open("/home")
        await outsider.open("/home")

    assert len(member.all("[aria-labelledby=waiting] li")) == 1
    assert "request" not in " ".join(member.all("[aria-labelledby=waiting] li"))
    assert outsider.all("[aria-labelledby=waiting] li") == []


@in_one_place
async def test_who_is_in_several_groups_sees_home_by_group_with_what_is_new_first(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    quiet, busy = [await place.group(ben, ada, name=name) for name in ("quiet", "busy")]
    await place.write(ben, "More.", busy, title="An older one")
    await place.write(ben, "More.", busy, title="Another")
    async with reader(place.at, ada.handle) as at:
        await at.open("/home")
        await place.write(ben, "One.", quiet, title="The only one")
        await place.at.settle()
        await at.open("/home")

    assert at.all(".by-group h3:not(.title)") == [quiet.shown_name, busy.shown_name]
    assert at.all(".by-group .head > span:last-child") == ["1 new", "Nothing new"]
    assert at.all(".by-group .title") == ["The only one New", "Another"]


async def test_home_takes_as_many_statements_in_six_groups_as_in_two(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    taken: list[int] = []
    for _ in range(2):
        for number in range(2 + 2 * len(taken)):
            group = await make_group(db, f"group{number}", members=[ben], facilitator=ada)
            await make_thread(db, ben, group, title="Which oven?")
        taken.append(await _statements(db, ada))

    assert taken[0] == taken[1] <= MOST


MOST = 12
"""For what waits and the threads of all groups."""


async def _statements(db: Connection, me: Account) -> int:
    joined = await groups.joined(db, me.id)
    mine = await cards.group_cards(db, joined, me.id, looked_at=0)
    seen: list[str] = []

    def note(record: Any) -> None:
        seen.append(record.query)

    cast("Any", db).add_query_logger(note)
    try:
        await waiting_at_home.lines(db, me, mine, now=NOON)
        await group_timeline.newest_threads(db, me.id, [group.id for group in mine], limit=4)
    finally:
        cast("Any", db).remove_query_logger(note)
    return len(seen)


@in_one_place
async def test_who_is_in_no_group_yet_finds_groups_to_join_at_home_and_others_do_not(place: Place) -> None:
    ada, newcomer = [await place.person(handle) for handle in ("ada", "newcomer")]
    bakers = await place.group(ada)
    async with reader(place.at, newcomer.handle) as at, reader(place.at, ada.handle) as member:
        await at.open("/home")
        offered = [node.attributes["href"] for node in at.page.css("[aria-labelledby=suggested] .name a")]
        await at.open(f"/@{bakers.handle}")
        await at.press(f"/@{bakers.handle}/join")
        await at.open("/home")
        await member.open("/home")

    assert f"/@{bakers.handle}" in offered
    assert at.page.css_first("[aria-labelledby=suggested]") is None
    assert member.page.css_first("[aria-labelledby=suggested]") is None
