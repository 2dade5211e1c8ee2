"""The page of storage: what takes room, by kind; how long others' posts and files are kept; what would go."""

from pathlib import Path

import pytest

from fedcomm import recurring
from fedcomm.figures import keeping
from fedcomm.media import kept_files
from fedcomm.media.kept_files import Bounds
from fedcomm.threads import posting, retention
from tests import running
from tests.factories import later, make_draft, make_remote, make_remote_account
from tests.running import Instance, MakeDatabase
from tests.web.reader import reader


async def old_posts(home: Instance, count: int = 3) -> None:
    async with home.db() as db:
        rui = await make_remote_account(db)
        for number in range(count):
            draft = make_draft(remote=make_remote(rui, published_at=later(days=-500, seconds=number)))
            await posting.publish(db, home.here, rui, draft, now=later(days=-499))


async def numbers(home: Instance) -> tuple[int, list[tuple[bool, int]]]:
    async with home.site.read() as db:
        posts: int = await db.fetchval("SELECT count(*) FROM post")
        return posts, [(run.removes, run.posts_count) for run in await retention.newest(db)]


@pytest.mark.asyncio
async def test_an_admin_looks_what_would_go_and_then_lets_it_go(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        await old_posts(home)
        async with reader(home, "ada") as at:
            await at.open("/admin/storage")
            await at.press("/admin/storage/runs")
            looked, seen = at.text, await numbers(home)
            await at.press("/admin/storage/runs", removes="yes")
            removed, left = at.text, await numbers(home)

    assert "3 posts would go. They stand in 3 threads." in looked
    assert seen == (3, [(False, 3)])
    assert "3 posts went." in removed
    assert "Posts from elsewhere: 3 before, 0 after." in removed
    assert left == (0, [(True, 3), (False, 3)])


@pytest.mark.asyncio
async def test_what_was_begun_goes_on_by_itself_and_once_a_day_anew(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await old_posts(home)
        await recurring.keep_within_bounds(home.site)
        await old_posts(home, 1)
        await recurring.keep_within_bounds(home.site)
        posts, runs = await numbers(home)

    assert (posts, runs) == (1, [(True, 3)])


@pytest.mark.asyncio
async def test_how_far_it_has_come_is_seen_and_it_can_be_stopped(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        await old_posts(home)
        async with home.db() as db:
            await retention.begin(db, None, home.site.settings, removes=True, now=home.site.now())
            await retention.go_on(db, now=home.site.now(), at_once=1)
        async with reader(home, "ada") as at:
            await at.open("/admin/storage")
            bar = (at.attribute("progress", "value"), at.attribute("progress", "max"))
            await at.press("/admin/storage/stop")
            stopped = at.text
            posts, _ = await numbers(home)

    assert bar == ("1", "3")
    assert "stopped early" in stopped
    assert posts == 2


@pytest.mark.asyncio
async def test_limits_are_changed_and_nonsense_is_refused(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        async with reader(home, "ada") as at:
            await at.open("/admin/storage")
            for wrong in ("-1", "many", "", "1e3", "٣", "99999999"):
                await at.press("/admin/storage", remote_posts_days=wrong)
                assert (at.status, wrong) == (422, wrong)
            before = home.site.settings.remote_posts_days
            await at.press("/admin/storage", remote_posts_days="90", remote_files_gb="0")

    assert before == 365
    assert at.note == "Saved."
    assert home.site.settings.remote_posts_days == 90
    assert home.site.settings.remote_files_gb == 0
    assert home.site.settings.most_remote_posts == 2_000_000


@pytest.mark.asyncio
async def test_sizes_are_told_by_kind(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        await recurring.measure_figures(home.site)
        async with home.site.read() as db:
            stored = await keeping.stored(db)
            tables: int = await db.fetchval(
                "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                " AND relkind = 'r'"
            )
        async with reader(home, "ada") as at:
            await at.open("/admin/storage")

    assert stored is not None
    assert set(stored.kinds.database) == {"posts", "people", "traffic", "other"}
    assert abs(sum(stored.kinds.database.values()) - tables) < tables / 10
    assert "Posts and what hangs on them" in at.text


def test_copies_beyond_the_bounds_are_counted_and_removed(tmp_path: Path) -> None:
    for number in range(10):
        path = tmp_path / "ab" / str(number)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(100))
    within = Bounds(most_bytes=650, seconds=None)

    looked = kept_files.sweep(tmp_path, within, only_look=True)
    after_look = kept_files.bytes_in(tmp_path)
    swept = kept_files.sweep(tmp_path, within)

    assert (looked, after_look) == ((4, 400), 1000)
    assert swept == (4, 400)
    assert kept_files.bytes_in(tmp_path) == 600
    assert kept_files.sweep(tmp_path, kept_files.bounds(0, 0)) == (0, 0)
    assert kept_files.sweep(tmp_path, Bounds(None, -1.0)) == (6, 600)
