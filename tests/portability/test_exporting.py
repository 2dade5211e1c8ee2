"""A person's archive and tables: all of theirs, nobody else's, for them alone, for a week (product 24; C09)."""

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pytest
import pytest_asyncio

from fedcomm import postgres
from fedcomm.accounts import blocks, lists, passwords
from fedcomm.accounts.model import Account
from fedcomm.media.storage import Store
from fedcomm.portability import exports, held, leaving, packing
from fedcomm.recurring import forget_archives
from tests import running
from tests.api.callers import caller
from tests.clocks import Clock
from tests.conftest import new_database
from tests.factories import make_follow, make_remote_account
from tests.media.test_uploads import picture, uploaded
from tests.running import PASSWORD, Instance
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES_ACCOUNTS = (
    "account_id", "follower_id", "followee_id", "target_id", "owner_id", "author_id", "by_id", "actor_id", "member_id",
    "created_by", "requested_by", "hidden_by", "from_account_id", "reporter_id", "person_id", "participant_ids",
    "recipient_id", "account_uri",
)  # fmt: skip
"""Columns by which a row is about somebody."""


@dataclass(frozen=True, slots=True)
class House:
    """An instance that may keep files, and its clock."""

    at: Instance
    clock: Clock


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    clock = Clock()
    async with running.instance(await new_database(cluster), tmp_path_factory.mktemp("house"), now=clock) as at:
        yield House(at, clock)


async def fetched(who: Reader) -> httpx.Response:
    """The archive that the page offers."""
    link = who.attribute('a[href$=".zip"]', "href")
    assert link is not None, who.text
    return await who.http.get(link)


async def give_password(at: Instance, account: Account) -> None:
    """Let somebody who has an app sign in on the pages too."""
    hashed = await passwords.hashed(PASSWORD)
    async with at.db() as db:
        await db.execute("UPDATE login SET password_hash = $2 WHERE account_id = $1", account.id, hashed)


def opened(answer: httpx.Response) -> zipfile.ZipFile:
    assert answer.status_code == 200
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert found.testzip() is None
    return found


def items(archive: zipfile.ZipFile, name: str) -> list[Any]:
    return json.loads(archive.read(name))["orderedItems"]


async def test_c09_the_archive_holds_what_a_person_wrote_keeps_and_was_told_and_nothing_of_others(house: House) -> None:
    at = house.at
    async with AsyncExitStack() as stack:
        ada = await stack.enter_async_context(caller(at, "ada"))
        ben = await stack.enter_async_context(caller(at, "ben"))
        file = await uploaded(ada, picture(), description="Zinc <after> a year")
        shown = await ada.write("It came off.", media_ids=[file["id"]], visibility="public")
        secret = await ada.write(f"@{ben.account.handle} For you alone.", visibility="direct")
        theirs = await ben.write(f"@{ada.account.handle} Answer for Ada.", visibility="direct")
        other = await ben.write("Ben's own words.")
        await ada.post(f"/api/v1/statuses/{other['id']}/bookmark")
        await ada.post(f"/api/v1/statuses/{other['id']}/favourite")
        await ada.post(f"/api/v1/statuses/{other['id']}/reblog")
        gone = await ada.write("Deleted words.")
        await ada.ask("DELETE", f"/api/v1/statuses/{gone['id']}")
        await ada.post("/api/v1/statuses", status="Later.", scheduled_at="2030-01-01T00:00:00Z")
        async with at.db() as db:
            cleo = await make_remote_account(db, "cleo")
            await make_follow(db, ada.account, cleo, here=at.here, notify=True, now=at.site.now())
            made = await lists.make(db, ada.account, "=1+1", now=at.site.now())
            await lists.put(db, made, [cleo.id], now=at.site.now())
            dan = await make_remote_account(db, "dan")
            await blocks.put_block(db, ada.account.id, dan.id, now=at.site.now())
            await blocks.mute(db, ada.account.id, ben.account.id, now=at.site.now())
            await blocks.put_domain_block(db, ada.account.id, "spam.example", now=at.site.now())
        await give_password(at, ada.account)

        who = await stack.enter_async_context(reader(at, ada.account.handle))
        await who.open("/settings/export")
        await who.press("/settings/export")
        assert "How far it has come" in who.text
        await at.settle()
        await who.open("/settings/export")
        archive = opened(await fetched(who))
        direct = {
            name: (await who.http.get(f"/settings/exports/{name}.csv")).text for name in ("follows", "lists", "mutes")
        }

    outbox = items(archive, "outbox.json")
    written = {each["object"]["id"]: each for each in outbox if each["type"] == "Create"}
    assert set(written) == {shown["uri"], secret["uri"]}
    assert [each["object"] for each in outbox if each["type"] == "Announce"] == [other["uri"]]
    (attached,) = written[shown["uri"]]["object"]["attachment"]
    assert attached["name"] == "Zinc <after> a year"
    assert len(archive.read(attached["url"].removeprefix("/"))) > 100
    assert items(archive, "likes.json") == items(archive, "bookmarks.json") == [other["uri"]]
    assert json.loads(archive.read("actor.json"))["id"] == ada.account.uri
    assert list(csv.reader(io.StringIO(archive.read("following_accounts.csv").decode()))) == [
        ["Account address", "Show boosts", "Notify on new posts", "Languages"],
        [f"{cleo.handle}@beta.example", "true", "true", ""],
    ]
    assert archive.read("lists.csv").decode() == f"'=1+1,{cleo.handle}@beta.example\r\n"
    assert archive.read("blocked_accounts.csv").decode() == f"{dan.handle}@beta.example\r\n"
    assert archive.read("blocked_domains.csv").decode() == "spam.example\r\n"
    assert f"{ben.account.handle}@{at.domain},true" in archive.read("muted_accounts.csv").decode()
    assert [each["uri"] for each in items(archive, "more/messages_from_others.json")] == [theirs["uri"]]
    assert [each["form"]["status"] for each in items(archive, "more/scheduled_posts.json")] == ["Later."]
    assert len(items(archive, "more/sessions.json")) == 1
    page = archive.read("index.html").decode()
    assert "It came off." in page
    assert 'alt="Zinc &lt;after&gt; a year"' in page
    everything = b"".join(archive.read(name) for name in archive.namelist())
    for word in (b"Ben's own words", b"Deleted words", b"$argon2", b"password_hash", b"token_hash", b"private"):
        assert word not in everything
    assert direct["follows"] == archive.read("following_accounts.csv").decode()
    assert direct["lists"] == archive.read("lists.csv").decode()
    assert direct["mutes"] == archive.read("muted_accounts.csv").decode()


async def test_c09_the_archive_is_for_its_owner_who_is_signed_in_and_for_a_week(house: House) -> None:
    at = house.at
    await at.person("gil", password=PASSWORD)
    await at.person("hal", password=PASSWORD)
    async with reader(at, "gil") as gil, reader(at, "hal") as hal, reader(at) as visitor:
        await gil.open("/settings/export")
        await gil.press("/settings/export")
        await at.settle()
        await gil.open("/settings/export")
        link = gil.attribute('a[href$=".zip"]', "href") or ""
        first = await gil.http.get(link)
        others = (await hal.http.get(link)).status_code
        stranger = await visitor.http.get(link)
        await gil.press("/settings/export")
        again = (gil.status, gil.text)
        house.clock.pass_by(days=7, minutes=1)
        await forget_archives(at.site)
        late = await gil.http.get(link)
        await gil.open("/settings/export")

    assert first.headers["cache-control"] == "private, no-store"
    assert first.headers["content-disposition"].startswith("attachment;")
    assert others == 404
    assert stranger.headers["location"].startswith("/sign_in")
    assert again[0] == 422
    assert "It was put together not long ago." in again[1]
    assert late.status_code == 404
    assert "Put it together" in gil.text
    assert list((at.site.config.folder / "media").rglob("*.zip")) == []


async def test_who_is_suspended_can_still_take_their_data_along(house: House) -> None:
    at = house.at
    ida = await at.person("ida", password=PASSWORD)
    async with reader(at, "ida") as who:
        async with at.db() as db:
            await db.execute("UPDATE account SET state = 'suspended' WHERE id = $1", ida.id)
        await who.open("/settings/export")
        await who.press("/settings/export")
        await at.settle()
        await who.open("/settings/export")
        archive = opened(await fetched(who))
    assert "actor.json" in archive.namelist()


async def test_an_archive_that_was_begun_by_a_process_that_died_is_put_together_by_another(house: House) -> None:
    at = house.at
    jon = await at.person("jon")
    async with at.db() as db:
        asked = await exports.ask(db, "person", jon.id, jon.id, keep=at.site.durations.keep_exports, now=at.site.now())
        dead = await exports.claim(db, lease=at.site.durations.long_work_lease, now=at.site.now())
        assert dead is not None
        assert dead.id == asked.id
    await at.settle()
    async with at.db() as db:
        assert (await exports.newest(db, "person", jon.id, now=at.site.now()) or asked).state == "waiting"

    house.clock.pass_by(minutes=3)
    await at.settle()
    async with at.db() as db:
        ready = await exports.newest(db, "person", jon.id, now=at.site.now())
        is_still_heard = await exports.finish(db, dead, size=1, left_out=0, page="/", now=at.site.now())
    assert ready is not None
    assert ready.state == "ready"
    assert not is_still_heard


async def test_what_is_under_way_when_the_worker_stops_is_handed_back_and_half_a_file_is_left_nowhere(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = house.at
    kim = await at.person("kim")
    began = asyncio.Event()
    add = packing.Packing.add

    async def slowly(self: packing.Packing, name: str, pieces: AsyncIterator[bytes]) -> None:
        await add(self, name, pieces)
        began.set()
        await asyncio.Event().wait()

    async with at.db() as db:
        await exports.ask(db, "person", kim.id, kim.id, keep=at.site.durations.keep_exports, now=at.site.now())
    with monkeypatch.context() as patched:
        patched.setattr(packing.Packing, "add", slowly)
        async with at.working():
            await began.wait()
    left = list((at.site.config.folder / "exports").glob("*"))
    await at.settle()

    assert left == []
    async with at.db() as db:
        ready = await exports.newest(db, "person", kim.id, now=at.site.now())
    assert ready is not None
    assert ready.state == "ready"


async def test_an_archive_for_which_the_disk_has_no_room_fails_and_can_be_asked_for_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = house.at
    await at.person("lea", password=PASSWORD)
    async with reader(at, "lea") as lea:
        await lea.open("/settings/export")
        await lea.press("/settings/export")
        with monkeypatch.context() as patched:
            patched.setattr(packing, "ROOM_LEFT", 1 << 60)
            await at.settle()
        await lea.open("/settings/export")
        assert "It could not be put together" in lea.text
        await lea.press("/settings/export")
        await at.settle()
        await lea.open("/settings/export")
        assert (await fetched(lea)).status_code == 200


async def test_files_that_are_not_there_any_more_are_left_out_and_counted(house: House) -> None:
    at = house.at
    async with caller(at, "mia") as mia:
        await give_password(at, mia.account)
        await mia.write("One.", media_ids=[(await uploaded(mia, picture()))["id"]])
        async with at.db() as db:
            name = await db.fetchval("SELECT file FROM media WHERE owner_id = $1", mia.account.id)
        await at.site.service(Store).delete(name)
        async with reader(at, mia.account.handle) as who:
            await who.open("/settings/export")
            await who.press("/settings/export")
            await at.settle()
            await who.open("/settings/export")
            archive = opened(await fetched(who))
    assert "1 file did not fit or was not there." in who.text
    assert len(items(archive, "outbox.json")) == 1
    assert not [each for each in archive.namelist() if each.startswith("media_attachments/")]


async def test_with_the_account_goes_what_was_put_together(house: House) -> None:
    at = house.at
    nia = await at.person("nia")
    async with at.db() as db:
        await exports.ask(db, "person", nia.id, nia.id, keep=at.site.durations.keep_exports, now=at.site.now())
    await at.settle()
    before = list((at.site.config.folder / "media").rglob("*.zip"))
    async with at.db() as db:
        await leaving.leave_for_good(db, at.here, nia, now=at.site.now())
    await forget_archives(at.site)

    after = list((at.site.config.folder / "media").rglob("*.zip"))
    assert len(before) - len(after) == 1


async def test_c09_every_table_that_names_people_is_in_the_archive_or_is_said_not_to_be(house: House) -> None:
    async with house.at.db() as db:
        rows = await db.fetch(
            """
            SELECT table_name, array_agg(column_name) AS columns
              FROM information_schema.columns
             WHERE table_schema = current_schema()
          GROUP BY table_name
            """
        )
    about_people = {row["table_name"] for row in rows if set(row["columns"]) & set(NAMES_ACCOUNTS)}
    asked = " ".join(held.QUESTIONS.values())
    told = {name for name in about_people if f" {name}\n" in asked or f" {name} " in asked}
    said = set(held.ELSEWHERE) | set(held.NOT_THEIRS)

    assert about_people - told - said == set()
    assert {row["table_name"] for row in rows} >= said
