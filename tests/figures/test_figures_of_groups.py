"""The four core figures of each group, for those who look after it (product 21, 26)."""

import zipfile
from datetime import timedelta
from io import BytesIO

import orjson
import pytest

from fedcomm import permissions, recurring
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.figures import of_groups
from fedcomm.figures.measuring import measure
from fedcomm.groups import membership
from tests import running
from tests.factories import NOON, later, make_account, make_group, make_reply, make_thread
from tests.running import Instance, MakeDatabase
from tests.web.reader import reader

MONTH = timedelta(days=30)


async def test_each_group_has_figures_of_its_own_and_newcomers_to_it(db: Connection) -> None:
    ada, ben, cleo = [await make_account(db, name) for name in ("ada", "ben", "cleo")]
    bakers, brewers = [await make_group(db, name, members=[ada, ben, cleo]) for name in ("bakers", "brewers")]
    ovens = await make_thread(db, ada, bakers, now=NOON)
    await make_reply(db, ben, ovens, now=later(hours=1))
    await make_thread(db, ada, brewers, now=later(days=2))
    await make_thread(db, cleo, brewers, now=later(days=3))

    found = await measure(db, MONTH, until=later(days=29))
    month_later = await measure(db, MONTH, until=later(days=40))

    assert set(found.groups) == {bakers.id, brewers.id}
    assert [
        (each.threads_count, each.starters_count, each.median_s)
        for each in (found.groups[bakers.id], found.groups[brewers.id])
    ] == [(1, 1, 3_600), (2, 2, None)]
    assert (found.everywhere.threads_count, found.everywhere.starters_count) == (3, 2)
    of_bakers, of_brewers = month_later.groups[bakers.id], month_later.groups[brewers.id]
    assert (of_bakers.welcomed_count, of_bakers.welcomed_back) == (1, 0)  # Ada came back, but to the brewers
    assert (of_brewers.unwelcomed_count, of_brewers.unwelcomed_back) == (2, 0)  # she is new there, too
    assert (month_later.everywhere.welcomed_count, month_later.everywhere.welcomed_back) == (1, 1)


async def busy(home: Instance, owner: Account, handle: str, people: list[Account]) -> Account:
    """A group where each of these asked something that its owner answered."""
    async with home.db() as db:
        group = await make_group(db, handle, facilitator=owner, members=people, here=home.here, now=home.site.now())
        for person in people:
            asked = await make_thread(db, person, group, here=home.here, now=home.site.now())
            await make_reply(db, owner, asked, here=home.here, now=home.site.now())
    return group


@pytest.mark.asyncio
async def test_facilitators_see_the_figures_of_their_group_and_nobody_else_does(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        fay = await home.person("fay", password=running.PASSWORD)
        people = [await home.person(name, password=running.PASSWORD) for name in ("ben", "cleo", "dan", "eve", "gus")]
        await home.person("olga", role="owner", password=running.PASSWORD)
        bakers = await busy(home, fay, "bakers", people)
        small = await busy(home, fay, "few", people[:4])
        async with home.db() as db:
            await membership.appoint(db, fay, bakers, people[0].id, "moderator", now=home.site.now())
            await db.execute("UPDATE group_profile SET visibility = 'hidden' WHERE account_id = $1", small.id)
        await recurring.measure_figures(home.site)

        link = f"a[href='/@{bakers.handle}/figures']"
        async with reader(home, "fay") as at:
            await at.open(f"/@{bakers.handle}")
            linked = at.all(link)
            await at.open(f"/@{bakers.handle}/figures?window=90")
            values, switched = at.all(".figure-card .value"), at.all(".switch a[aria-current]")
            rows, plots = at.all(".table tbody tr"), at.all(".figure-card .plot")
            table = await at.http.get(f"/@{bakers.handle}/figures.csv?window=90")
            await at.open(f"/@{small.handle}/figures")
            few, few_said = at.all(".figure-card .value"), at.text
            few_table = await at.http.get(f"/@{small.handle}/figures.csv")
        refused: list[list[int]] = []
        for name in ("ben", "cleo", "olga"):
            async with reader(home, name) as at:
                linked_for_others = (await at.open(f"/@{bakers.handle}")).all(link)
                refused.append(
                    [
                        (await at.http.get(f"/@{path}/{page}")).status_code
                        for path, page in (
                            (bakers.handle, "figures"),
                            (bakers.handle, "figures.csv"),
                            (small.handle, "figures"),
                            ("nobody", "figures"),
                        )
                    ]
                )
                assert linked_for_others == []

    assert [each.strip() for each in linked] == ["How people fare"]
    assert (values, switched) == (["1 minute", "100%", "0 / 5 / 0"], ["90 days"])
    assert (len(rows), len(plots)) == (1, 3)  # nobody is a newcomer who had time to come back
    assert table.headers["content-disposition"] == f'attachment; filename="{bakers.handle}-figures-90-days.csv"'
    assert table.text.splitlines()[1].split(",")[1:4] == ["5", "5", "5"]
    assert (few, "Too few people for a figure so far." in few_said) == ([], True)
    assert few_table.text.splitlines()[1].endswith("," * 12)
    assert refused == [[403, 403, 403, 404], [403, 403, 403, 404], [403, 403, 404, 404]]


@pytest.mark.asyncio
async def test_a_group_takes_its_figures_along_without_those_about_four_people(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        fay = await home.person("fay", password=running.PASSWORD)
        people = [await home.person(name) for name in ("ben", "cleo", "dan", "eve", "gus")]
        groups = {"bakers": await busy(home, fay, "bakers", people), "few": await busy(home, fay, "few", people[:4])}
        await recurring.measure_figures(home.site)
        found: dict[str, list[dict[str, object]]] = {}
        async with reader(home, "fay") as at:
            for name, group in groups.items():
                await at.open(f"/@{group.handle}/export")
                await at.press(f"/@{group.handle}/export")
                await home.settle()
                await at.open(f"/@{group.handle}/export")
                link = at.attribute("a[href$='.zip']", "href") or ""
                with zipfile.ZipFile(BytesIO((await at.http.get(link)).content)) as archive:
                    found[name] = orjson.loads(archive.read("figures.json"))["orderedItems"]

    assert [each["threads_count"] for each in found["bakers"]] == [5, 5, 5]
    assert [(each["threads_count"], each["starters_count"]) for each in found["few"]] == [(None, None)] * 3


async def test_figures_are_for_facilitators_by_the_one_table_of_permissions(db: Connection) -> None:
    assert permissions.roles_that_may("see figures") == ["facilitator"]
    ada = await make_account(db, "ada")
    group = await make_group(db, members=[ada])
    assert await of_groups.days(db, group.id, 30) == []
