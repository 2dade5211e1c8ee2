"""The archive of a whole instance: what belongs to it, nothing that lets in, for owners (product 24, 26; C20)."""

import asyncio
import json
import zipfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fedcomm import settings
from fedcomm.groups import membership
from fedcomm.guardrails import holds
from fedcomm.moderation import holding_evidence
from fedcomm.network import peers
from fedcomm.portability import exports, instance_tables, packing
from fedcomm.threads import posting
from tests import running
from tests.api.callers import caller
from tests.factories import later, make_draft, make_remote, make_remote_account
from tests.media.test_uploads import picture, uploaded
from tests.portability.test_exporting import fetched, items, opened
from tests.running import PASSWORD, Instance, MakeDatabase
from tests.test_people_commands import Operator
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio

FOR_SOME = (b"canary-direct", b"canary-followers", b"canary-deleted")
PAGES = ("/settings/export", "/@bakers/export", "/admin/export")
OPENS = (b"$argon2", b"PRIVATE KEY", b"password_hash", b"token_hash", b"csrf_token", b"canary-sealed")


async def world(at: Instance) -> dict[str, Any]:
    """An owner, a group with posts for all and for some, a post from elsewhere, a server that is shut out."""
    olga = await at.person("olga", role="owner", password=PASSWORD)
    await at.person("otto", role="owner", password=PASSWORD)
    await at.person("adam", role="admin", password=PASSWORD)
    group = await at.group(olga, "bakers")
    async with caller(at, "ben") as ben:
        file = await uploaded(ben, picture(), description="A loaf")
        shown = await ben.write("Rye rises best.", media_ids=[file["id"]], visibility="public")
        await ben.write(f"@{olga.handle} canary-direct", visibility="direct")
        await ben.write("canary-followers", visibility="private")
        async with at.db() as db:  # what is kept as evidence is read as such only
            cover = await holding_evidence.cover(db, at.here, f"@{ben.account.handle}")
            await holds.place(db, None, cover, "Case 12", now=at.site.now())
        gone = await ben.write("canary-deleted", visibility="public")
        await ben.ask("DELETE", f"/api/v1/statuses/{gone['id']}")
        async with at.db() as db:
            assert "canary-deleted" in await db.fetchval("SELECT string_agg(content, '') FROM held_copy")
        await ben.post(f"/api/v1/statuses/{shown['id']}/reblog")
        async with at.db() as db:
            await membership.join(db, at.here, ben.account, group, how="invite", now=at.site.now())
            await db.execute("UPDATE group_profile SET posting_rule = 'anyone'")
            rui = await make_remote_account(db, "rui")
            remote = make_remote(rui, published_at=later(hours=-1))
            theirs = await posting.publish(
                db, at.here, rui, make_draft("From afar.", group=group, remote=remote), now=at.site.now()
            )
            await peers.suspend(db, None, "spam.example", "spam", now=at.site.now())
            changes: settings.Changes = {"name": "Bakers' guild", "mail_server": "canary-sealed"}
            await settings.save(db, olga.id, changes, now=at.site.now())
    return {"olga": olga, "group": group, "ben": ben.account, "shown": shown, "theirs": theirs}


def check(archive: zipfile.ZipFile, told: dict[str, Any], domain: str) -> None:
    """The archive holds what belongs to this world, as often as it says, and nothing else."""
    about, contents = json.loads(archive.read("instance.json")), json.loads(archive.read("contents.json"))
    ben, group, shown = told["ben"], told["group"], told["shown"]
    assert (about["format"], about["domain"]) == ("fedcomm instance 1", domain)
    assert about["settings"]["name"] == "Bakers' guild"
    people = {each["address"]: each for each in items(archive, "people.json")}
    assert set(people) == {f"{name}@{domain}" for name in ("olga", "otto", "adam", ben.handle)}
    assert people[f"olga@{domain}"]["role"] == "owner"
    assert people[f"olga@{domain}"]["email"]
    assert {each["id"] for each in items(archive, "actors.json")} >= {told["olga"].uri, ben.uri, group.uri}
    assert {(each["group"], each["uri"]): each["role"] for each in items(archive, "memberships.json")} == {
        (group.uri, told["olga"].uri): "facilitator",
        (group.uri, ben.uri): "member",
    }
    assert [each["group"] for each in items(archive, "groups.json")] == [group.uri]
    outbox = items(archive, "outbox.json")
    (written,) = [each["object"] for each in outbox if each["type"] == "Create" and each["actor"] == ben.uri]
    assert written["id"] == shown["uri"]
    assert len(archive.read(written["attachment"][0]["url"].removeprefix("/"))) > 100
    assert shown["uri"] in [each["object"] for each in outbox if each["type"] == "Announce"]
    assert [each["uri"] for each in items(archive, "posts_from_elsewhere.json")] == [told["theirs"].uri]
    assert [(each["authority"], each["reason"]) for each in items(archive, "peers.json") if each["policy"] != "default"]
    assert "spam.example,suspend" in archive.read("blocked_domains.csv").decode()
    assert {"suspend peer", "change settings"} & {each["action"] for each in items(archive, "log.json")}
    assert contents["posts_for_some_only"] == 2
    assert contents["files_left_out"] == 0
    files = Counter(name.partition("/")[0] for name in archive.namelist() if "/" in name)
    lists = {name: len(items(archive, name)) for name in archive.namelist() if name in contents["entries"]}
    assert contents["entries"] == {**lists, **files}
    everything = b"".join(archive.read(name) for name in archive.namelist())
    for word in (*FOR_SOME, *OPENS):
        assert word not in everything


async def test_c20_an_owner_takes_the_instance_along_and_a_line_that_broke_goes_on(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with running.instance(await database_url(), tmp_path) as at:
        told = await world(at)
        async with reader(at, "olga") as olga, reader(at, "otto") as otto, reader(at, "adam") as admin:
            refused = [(await admin.open("/admin/export")).status]
            await olga.open("/admin")
            assert olga.attribute('nav a[href="/admin/export"]', "href") is not None
            await olga.open("/admin/export")
            await olga.press("/admin/export")
            assert "How far it has come" in olga.text
            await otto.open("/admin/export")
            seen, asked_twice = (
                otto.text,
                await otto.http.post(
                    "/admin/export",
                    data={"csrf_token": otto.attribute('input[name="csrf_token"]', "value") or ""},
                    headers={"Referer": f"{at.url}/admin/export"},
                ),
            )
            await at.settle()
            await otto.open("/admin/export")
            whole = await fetched(otto)
            link = otto.attribute('a[href$=".zip"]', "href") or ""
            refused.append((await admin.http.get(link)).status_code)
            half = len(whole.content) // 2
            same = {"Range": f"bytes={half}-", "If-Range": whole.headers["etag"]}
            rest = await otto.http.get(link, headers=same)
            other = await otto.http.get(link, headers={**same, "If-Range": '"another"'})

    check(opened(whole), told, at.domain)
    assert refused == [403, 403]
    assert "How far it has come" in seen
    assert (asked_twice.status_code, "It is being put together already." in asked_twice.text) == (422, True)
    assert whole.headers["accept-ranges"] == "bytes"
    assert (rest.status_code, whole.content[:half] + rest.content) == (206, whole.content)
    assert rest.headers["content-range"] == f"bytes {half}-{len(whole.content) - 1}/{len(whole.content)}"
    assert (other.status_code, other.content) == (200, whole.content)


async def test_an_export_that_is_stopped_leaves_nothing_and_can_be_asked_for_again(
    database_url: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running.instance(await database_url(), tmp_path) as at:
        ada = await at.person("ada", role="owner", password=PASSWORD)
        await at.group(ada, "bakers")
        add = packing.Packing.add
        texts: list[str] = []
        async with reader(at, "ada") as who:
            for path in PAGES:
                began, stopped = asyncio.Event(), asyncio.Event()

                async def until_stopped(
                    self: packing.Packing,
                    name: str,
                    pieces: AsyncIterator[bytes],
                    began: asyncio.Event = began,
                    stopped: asyncio.Event = stopped,
                ) -> None:
                    began.set()
                    await stopped.wait()
                    await add(self, name, pieces)

                await who.open(path)
                await who.press(path)
                with monkeypatch.context() as patched:
                    patched.setattr(packing.Packing, "add", until_stopped)
                    work = asyncio.create_task(at.worker.exports.settle())
                    await began.wait()
                    await who.open(path)
                    await who.press(f"{path}/stop")
                    texts.append(who.text)
                    stopped.set()
                    await work
            left = list((at.site.config.folder / "exports").glob("*"))
            async with at.db() as db:
                states = [row["state"] for row in await db.fetch("SELECT state FROM export")]
            for path in PAGES:
                await who.open(path)
                await who.press(path)
            await at.settle()
        async with at.db() as db:
            ready = await db.fetchval("SELECT count(*) FROM export WHERE state = 'ready'")

    assert ["It was stopped." in text for text in texts] == [True] * 3
    assert (states, left) == (["waiting"] * 3, [])
    assert ready == 3


async def test_two_owners_who_ask_at_the_same_moment_get_one_archive(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with running.instance(await database_url(), tmp_path) as at:
        people = [await at.person(name, role="owner") for name in ("ada", "ben")]

        async def ask(by_id: int) -> bool:
            async with at.db() as db:
                try:
                    await exports.ask(
                        db, "instance", by_id, by_id, keep=at.site.durations.keep_exports, now=at.site.now()
                    )
                except exports.Conflict:
                    return False
            return True

        done = await asyncio.gather(*(ask(each.id) for each in people))
    assert sorted(done) == [False, True]


async def test_c20_every_table_is_in_the_archive_of_an_instance_or_is_said_not_to_be(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with running.instance(await database_url(), tmp_path) as at, at.db() as db:
        rows = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    there = {row["tablename"] for row in rows}
    told, left = set(instance_tables.WHERE), set(instance_tables.NOT_IN_IT)

    assert there - told - left == set()
    assert told | left <= there
    assert told & left == set()


async def test_c20_an_operator_writes_the_same_archive_by_a_command(database_url: MakeDatabase, tmp_path: Path) -> None:
    url = await database_url()
    async with running.instance(url, tmp_path / "data") as at:
        told = await world(at)
        async with at.db() as db:
            await db.execute("DELETE FROM setting WHERE name = 'mail_server'")  # which the test could not open
    operator = Operator(url, FEDCOMM_DOMAIN=at.domain, FEDCOMM_DATA_DIR=str(tmp_path / "data"))
    file = tmp_path / "guild.zip"
    said = json.loads(operator.done("export", "instance", str(file), "--json"))
    refused = operator.refused("export", "instance", str(file))

    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        check(archive, told, at.domain)
    assert said["entries"]["people.json"] == 4
    assert said["bytes"] == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0
    assert "File exists" in refused
