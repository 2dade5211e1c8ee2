"""The whole instance on a schedule in the association's own store: made, kept so many, failures seen (product 24)."""

import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from fedcomm.durations import Durations
from fedcomm.http import checking
from fedcomm.http.context import clock
from fedcomm.media.storage import Store
from fedcomm.media.stores import opened
from fedcomm.portability import stored_archives
from fedcomm.portability.personal import Scribe, Sources
from fedcomm.portability.stored_archives import AGAIN_AFTER
from fedcomm.portability.storing_archives import ArchiveStore, StoringArchives
from tests.clocks import Clock
from tests.conftest import MakeDatabase
from tests.media.s3_server import s3_server
from tests.running import PASSWORD, Instance, instance, until
from tests.web.reader import reader


def work(at: Instance, time: Clock, *, keep: int = 2, target: Store | None = None) -> StoringArchives:
    """The loop as the worker makes it, at a time of ours."""
    site = at.site
    return StoringArchives(
        site.pool,
        Sources(site.pool.connection, site.service(Store), site.service(Scribe)),
        target or site.service(ArchiveStore).store,
        site.config.folder / "exports",
        site.here.domain,
        site.durations,
        time,
        every=timedelta(days=7),
        keep=keep,
    )


async def test_archives_come_each_week_and_the_newest_are_kept(database_url: MakeDatabase, tmp_path: Path) -> None:
    time, kept = Clock(), tmp_path / "own"
    url = kept.as_uri()
    async with (
        instance(await database_url(), tmp_path / "data", now=time, FEDCOMM_ARCHIVES_URL=url) as at,
        reader(at) as at_olga,
    ):
        await at.person("olga", role="owner", password=PASSWORD)
        making = work(at, time)
        await at_olga.sign_in("olga")
        assert "None was stored yet." in (await at_olga.open("/admin/export")).text
        counts: list[int] = []
        for _ in range(4):
            assert await making.settle()
            assert not await making.settle(), "not before its time"
            counts.append(len(list(kept.rglob("*.zip"))))
            time.pass_by(days=7, minutes=1)
        assert counts == [1, 2, 2, 2]
        newest = max(kept.rglob("*.zip"))
        with zipfile.ZipFile(newest) as archive:
            assert archive.testzip() is None
            assert {"instance.json", "people.json", "contents.json"} <= set(archive.namelist())
        assert list((at.site.config.folder / "exports").iterdir()) == []

        await at_olga.open("/admin/export")
        assert newest.name in at_olga.text
        async with at.site.read() as db:
            found = await checking.archives(db, at.site.config)
            logged = await db.fetchval("SELECT count(*) FROM audit_entry WHERE action = 'store archive'")
        assert found is not None
        assert (found.is_well, "2 kept" in found.text, logged) == (True, True, 4)


async def test_a_store_that_takes_nothing_is_told_where_somebody_looks_and_tried_again(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    time = Clock()
    (tmp_path / "own").write_text("a file where a folder should be")
    url = (tmp_path / "own").as_uri()
    async with (
        instance(await database_url(), tmp_path / "data", now=time, FEDCOMM_ARCHIVES_URL=url) as at,
        reader(at) as at_olga,
    ):
        await at.person("olga", role="owner", password=PASSWORD)
        making = work(at, time)
        assert await making.settle()
        assert not await making.settle(), "not at once again"
        await at_olga.sign_in("olga")
        await at_olga.open("/admin")
        assert "Archives do not reach your own store as they should" in at_olga.text
        await at_olga.open("/admin/export")
        assert "The last one failed" in at_olga.text
        async with at.site.read() as db:
            found = await checking.archives(db, at.site.config)
        assert found is not None
        assert (found.is_well, "failed" in found.text) == (False, True)

        (tmp_path / "own").unlink()
        time.pass_by(seconds=AGAIN_AFTER.total_seconds() + 60)
        assert await making.settle()
        await at_olga.open("/admin")
        assert "Archives do not reach" not in at_olga.text
        time.pass_by(days=15)
        await at_olga.open("/admin/export")
        assert "older than it should be" in at_olga.text, "nobody makes any"


async def test_a_bucket_is_a_store_for_archives_too(database_url: MakeDatabase, tmp_path: Path) -> None:
    time = Clock()
    async with s3_server() as server:
        url = server.url
        async with instance(
            await database_url(), tmp_path, now=time, FEDCOMM_ARCHIVES_URL=url, FEDCOMM_ARCHIVES_KEPT="1"
        ) as at:
            assert at.site.config.archives_kept == 1
            store = opened(server.url, now=clock)  # signed with the time that the store has
            making = work(at, time, keep=1, target=store)
            for _ in range(2):
                assert await making.settle()
                time.pass_by(days=8)
            names = [name async for name, _ in store.names("in")]
            await store.close()
        assert len(names) == 1
        assert names[0].endswith(".zip")


async def test_nobody_is_told_of_archives_where_none_are_wanted(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with instance(await database_url(), tmp_path) as at:
        assert not at.site.has(ArchiveStore)
        async with at.site.read() as db:
            assert await checking.archives(db, at.site.config) is None


async def test_a_worker_that_runs_stores_them_by_itself_goes_on_after_a_failure_and_removes_old_ones(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """Nobody calls the loop here: the worker of the instance does, as in life."""
    time, hasty = Clock(), replace(Durations(), scheduled_posts=timedelta(milliseconds=50))
    own = tmp_path / "own"
    own.write_text("a file where a folder should be")
    wanted = {"FEDCOMM_ARCHIVES_URL": own.as_uri(), "FEDCOMM_ARCHIVES_KEPT": "1"}
    async with (
        instance(await database_url(), tmp_path / "data", now=time, durations=hasty, **wanted) as at,
        reader(at) as at_olga,
    ):
        await at.person("olga", role="owner", password=PASSWORD)

        async def standing() -> stored_archives.Standing:
            async with at.site.read() as db:
                return await stored_archives.standing(db)

        async def stored() -> list[str]:
            return sorted(path.name for path in own.rglob("*.zip"))

        async with at.working():
            failed = await until(standing, lambda found: found.last is not None, what="nothing is tried")
            own.unlink()
            time.pass_by(seconds=AGAIN_AFTER.total_seconds() + 60)
            (first,) = await until(stored, lambda found: len(found) == 1, what="no archive comes")
            await until(standing, lambda found: found.last_good is not None)
            time.pass_by(days=7, minutes=1)
            (second,) = await until(
                stored, lambda found: len(found) == 1 and found != [first], what="it stays the only"
            )
            after = await until(standing, lambda found: found.kept_count == 1)
        async with at.site.read() as db:
            logged = await db.fetch("SELECT details FROM audit_entry WHERE action = 'store archive' ORDER BY id")
        await at_olga.sign_in("olga")
        await at_olga.open("/admin/export")

    assert failed.last is not None
    assert failed.last.state == "failed"
    assert after.last is not None
    assert (after.last.state, after.last.file) == ("done", second)
    assert [each["details"]["file"] for each in logged] == [first, second]
    assert second in at_olga.text
