"""The four core figures of product 21, against a table made by hand, and how they are kept."""

from datetime import datetime, timedelta

import pytest

from fedcomm import recurring
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.figures import keeping
from fedcomm.figures.measuring import measure
from tests import running
from tests.factories import NOON, later, make_account, make_group, make_reply, make_thread
from tests.running import MakeDatabase
from tests.web.reader import reader

UNTIL = later(days=40)
MONTH = timedelta(days=30)


async def month(db: Connection) -> None:
    """Six threads of six people in 30 days, and around them what must change nothing."""
    ada, ben, cleo, dan, eve, fay, gus, hal, robot = [
        await make_account(db, name, now=later(days=-40))
        for name in ("ada", "ben", "cleo", "dan", "eve", "fay", "gus", "hal", "robot")
    ]
    await db.execute("UPDATE account SET is_bot = true WHERE id = $1", robot.id)
    everybody = [ada, ben, cleo, dan, eve, fay, gus, hal, robot]
    group = await make_group(db, members=everybody, now=later(days=-40))

    async def start(by: Account, at: datetime) -> int:
        post = await make_thread(db, by, group, now=at)
        return post.id

    await start(hal, later(days=-30))
    await start(gus, later(days=5))
    first = await make_thread(db, ada, group, now=later(days=10, hours=1))
    await make_reply(db, ben, first, now=later(days=10, hours=1, minutes=30))
    await start(hal, later(days=10, hours=5))  # taken away again below
    second = await make_thread(db, ben, group, now=later(days=12))
    await make_reply(db, ben, second, now=later(days=12, hours=1))
    await make_reply(db, cleo, second, now=later(days=12, hours=3))
    third = await make_thread(db, cleo, group, now=later(days=14))
    await make_reply(db, robot, third, now=later(days=14, hours=1))
    await make_reply(db, ada, third, now=later(days=16))
    await start(robot, later(days=17))
    await start(dan, later(days=20))
    said = await start(ada, later(days=21))
    await make_thread(db, ada, now=later(days=22))  # on her own page, in no group
    fifth = await make_thread(db, eve, group, now=later(days=36))
    await make_reply(db, fay, fifth, now=later(days=36, hours=1))
    sixth = await make_thread(db, fay, group, now=later(days=37))
    gone = await make_reply(db, ada, sixth, now=later(days=37, hours=1))
    await make_reply(db, eve, fifth, now=later(days=38))
    await start(dan, later(days=41))
    await db.execute("UPDATE post SET kind = 'announcement' WHERE id = $1", said)
    await db.execute("UPDATE post SET state = 'removed' WHERE id = $1", gone.id)
    await db.execute("UPDATE post SET state = 'removed' WHERE author_id = $1 AND id > $2", hal.id, first.id)


async def test_the_figures_equal_a_table_made_by_hand(db: Connection) -> None:
    await month(db)

    measured = await measure(db, MONTH, until=UNTIL)
    found = measured.everywhere

    assert (found.starters_count, found.threads_count, found.answered_in_time) == (6, 6, 3)
    assert found.median_s == 3 * 3_600  # of 30 min, 1 h, 3 h, 48 h, and two that are still open
    assert found.slowest_tenth_s is None
    assert (found.at_rest_count, found.in_progress_count, found.unanswered_count) == (3, 1, 2)
    assert (found.response_rate, found.in_time_rate) == (4 / 6, 0.5)
    assert (found.welcomed_count, found.welcomed_back) == (1, 1)  # Ada, who was answered and answered
    assert (found.unwelcomed_count, found.unwelcomed_back) == (2, 1)  # Ben, and Gus, who has not come back
    assert list(measured.groups.values()) == [found]  # all of it is in one group


async def test_unanswered_threads_lengthen_the_median_until_there_is_none(db: Connection) -> None:
    ada, ben = await make_account(db, "ada"), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])
    answered = await make_thread(db, ada, group, now=NOON)
    await make_reply(db, ben, answered, now=later(hours=1))
    before = (await measure(db, MONTH, until=later(days=1))).everywhere
    for hours in (2, 3):
        await make_thread(db, ada, group, now=later(hours=hours))

    after = (await measure(db, MONTH, until=later(days=1))).everywhere

    assert (before.median_s, after.median_s) == (3_600, None)


async def test_days_that_were_missed_are_measured_once_and_today_again_and_again(db: Connection) -> None:
    await month(db)
    missing = await keeping.missing(db, now=UNTIL)
    for window, day in missing:
        await keeping.measure_day(db, window, day, now=UNTIL)

    again = await keeping.missing(db, now=UNTIL + timedelta(hours=1))
    tomorrow = await keeping.missing(db, now=UNTIL + timedelta(days=1))
    days = await keeping.days(db, 30)

    assert len(missing) == 81 * len(keeping.WINDOWS)
    assert again == [(window, UNTIL.date()) for window in keeping.WINDOWS]
    assert {day for _, day in tomorrow} == {UNTIL.date(), UNTIL.date() + timedelta(days=1)}
    assert (days[0].day, days[-1].day, days[-1].threads_count) == (later(days=-40).date(), UNTIL.date(), 6)


@pytest.mark.asyncio
async def test_the_first_page_says_what_waits_and_shows_no_figure_about_four_people(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        ada = await home.person("ada", role="admin", password=running.PASSWORD)
        await home.person("nora", approved=False)
        bakers = await home.group(ada, "bakers")
        async with home.db() as db:
            await make_thread(db, ada, bakers, here=home.here, now=home.site.now())
        await recurring.measure_figures(home.site)
        async with reader(home, "ada") as at:
            await at.open("/admin")
            text, figures = at.text, at.all(".figure-card .value")
            table = await at.http.get("/admin/figures.csv?window=30")
        async with reader(home) as visitor:
            await visitor.open("/admin")

    assert "1 person asks for an account" in text
    assert "Too few people for a figure so far." in text
    assert "Free on the disk" in text
    assert "1 post, 1 of it written here" in text
    assert figures == []
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.splitlines()[0].startswith("day,starters_count,threads_count")
    assert table.text.splitlines()[1].endswith("," * 12)
    assert visitor.path.startswith("/sign_in")


@pytest.mark.asyncio
async def test_figures_about_enough_people_are_shown_with_their_way_there(database_url: MakeDatabase) -> None:
    """S134: also over how long they may be asked for."""
    async with running.instance(await database_url()) as home:
        ada = await home.person("ada", role="admin", password=running.PASSWORD)
        people = [await home.person(name) for name in ("ben", "cleo", "dan", "eve", "fay")]
        now = home.site.now()
        async with home.db() as db:
            bakers = await make_group(db, members=[ada, *people], here=home.here, now=now)
            for person in people:
                asked = await make_thread(db, person, bakers, here=home.here, now=now)
                await make_reply(db, ada, asked, here=home.here, now=now)
        await recurring.measure_figures(home.site)
        async with reader(home, "ada") as at:
            await at.open("/admin?window=90")
            values, shown = at.all(".figure-card .value"), at.all(".switch a[aria-current]")
            rows = at.all(".table tbody tr")
            default: list[str] = []
            for window in ("never", "36500", "-1", "9" * 400):  # S134: nobody asks for a hundred years
                default += (await at.open(f"/admin?window={window}")).all(".switch a[aria-current]")
                table = await at.http.get(f"/admin/figures.csv?window={window}")
                default.append(table.headers["content-disposition"].partition("figures-")[2][:7])

    assert values == ["1 minute", "100%", "0 / 5 / 0"]
    assert shown == ["90 days"]
    assert default == ["30 days", "30-days"] * 4
    assert len(rows) == 1
    assert "0 / 5 / 0" in rows[0]
