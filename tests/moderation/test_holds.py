"""Legal holds: what is deleted is gone for members and kept as evidence, which proves itself (C07, C08)."""

import zipfile
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from fedcomm import audit
from fedcomm.accounts import lookup
from fedcomm.cursor import Cursor
from fedcomm.errors import Conflict, Invalid, NotAllowed
from fedcomm.guardrails import holds
from fedcomm.guardrails.holds import Hold
from fedcomm.media import sweeping
from fedcomm.media.storage import Store
from fedcomm.moderation import holding_evidence, reports
from fedcomm.moderation.reports import Complaint
from fedcomm.portability import evidence, leaving
from fedcomm.threads import outdated, reading
from tests.api.callers import Caller, caller, new_group
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC
from tests.media.test_uploads import picture, uploaded
from tests.running import ALL_SCOPES, PASSWORD, Instance, MakeDatabase, instance
from tests.test_people_commands import Operator
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "canary-evidence-0815"


async def placed(at: Instance, about: str) -> Hold:
    async with at.db() as db:
        cover = await holding_evidence.cover(db, at.here, about)
        return await holds.place(db, None, cover, "Case 12", now=at.site.now())


async def kept(at: Instance, hold: Hold) -> list[holds.Copy]:
    async with at.db() as db:
        return await holds.copies(db, hold.id)


async def test_c07_what_a_held_person_deletes_is_gone_for_all_and_kept_in_all_its_versions(house: Instance) -> None:
    async with caller(house, "ben") as ben, caller(house) as ada:
        before, other = await ben.write(f"Before {CANARY}"), await ada.write("Mine")
        hold = await placed(house, f"@{ben.account.handle}")
        post = await ben.write(f"Our price is 12 {CANARY}")
        await ben.ask("PUT", f"/api/v1/statuses/{post['id']}", json={"status": f"Nothing {CANARY}"})
        for who, each in ((ben, post), (ben, before), (ada, other)):
            await who.ask("DELETE", f"/api/v1/statuses/{each['id']}")
        await house.settle()

        await ada.refused(404, "GET", f"/api/v1/statuses/{post['id']}")
        copies = await kept(house, hold)
        assert [each.object_id for each in copies] == [int(post["id"]), int(before["id"])]
        said = orjson.loads(copies[0].content)
        assert "Nothing" in said["post"]["content_html"]
        assert ["price is 12" in each["content_html"] for each in said["versions"]] == [True]
        async with house.db() as db:
            emptied = await reading.find(db, int(post["id"]))
            logged = [entry.details for entry in await audit.page(db) if entry.action == "keep under legal hold"]
        assert emptied is not None
        assert (emptied.state, emptied.content_html) == ("deleted", "")
        assert {each["sha256"] for each in logged} >= {each.sha256 for each in copies}


async def test_c07_holds_of_threads_groups_and_reports_cover_what_others_write_there(house: Instance) -> None:
    async with caller(house, "ben") as ben, caller(house, "fay") as fay, caller(house) as ada, FakePeer() as peer:
        group = await new_group(house, fay)
        await ben.post(f"/api/v1/accounts/{group.id}/follow")
        root = await ben.write(f"@{group.handle} Ovens\nWhich one?")
        async with house.db() as db:
            await db.execute("UPDATE group_profile SET posting_rule = 'anyone' WHERE account_id = $1", group.id)
            complaint = Complaint(post_ids=[int(root["id"])])
            filed = await reports.file(db, ada.account, ben.account, complaint, now=house.site.now())
        of_group, of_thread, of_report = [
            await placed(house, about) for about in (f"@{group.handle}", root["url"], f"report:{filed.id}")
        ]
        zoe = peer.add("zoe")
        note = zoe.writes(f"<p>{CANARY}</p>", to=[PUBLIC], cc=[group.uri], inReplyTo=root["uri"])
        await zoe.send(house.url + "/inbox", zoe.does("Create", note))
        await house.settle()
        await zoe.send(house.url + "/inbox", zoe.does("Delete", note["id"]))
        await house.settle()
        assert [len(await kept(house, each)) for each in (of_group, of_thread, of_report)] == [1, 1, 0]
        (copy,) = await kept(house, of_thread)
        assert (copy.uri, CANARY in copy.content) == (note["id"], True)
        await ben.ask("DELETE", f"/api/v1/statuses/{root['id']}")
        assert [len(await kept(house, each)) for each in (of_group, of_thread, of_report)] == [2, 2, 1]


async def test_c07_a_hold_of_a_time_and_a_word_covers_what_anybody_wrote_then_with_it(house: Instance) -> None:
    today = house.site.now().date()
    async with caller(house, "ben") as ben, caller(house) as ada, FakePeer() as peer:
        first = await ben.write("Die <b>ÖFEN</b>kosten")
        bold = await ada.write("Unsere **Ofen**preise")
        edited = await ada.write("We raise R&D prices")
        await ada.ask("PUT", f"/api/v1/statuses/{edited['id']}", json={"status": "Nothing"})
        other = await ada.write("Flour and water")
        zoe = peer.add("zoe")
        note = zoe.writes("<p>R&amp;D pri<b>ces</b></p>", to=[PUBLIC, ben.account.uri])
        note["tag"] = [{"type": "Mention", "href": ben.account.uri, "name": f"@{ben.account.handle}"}]
        await zoe.send(house.url + "/inbox", zoe.does("Create", note))
        await house.settle()
        async with house.db() as db:

            async def of(about: str = "", **narrowed: str) -> Hold:
                cover = await holding_evidence.cover(db, house.here, about, **narrowed)
                return await holds.place(db, None, cover, "Case 12", now=house.site.now())

            prices, furnaces, ovens = await of(word="r&d PRICES"), await of(word="Öfen"), await of(word="ofenpreise")
            now, bens = await of(first=f"{today}", last=f"{today}"), await of(f"@{ben.account.handle}", last=f"{today}")
            before = await of(last=f"{today - timedelta(days=1)}")
            nobodys = await of(f"@{ben.account.handle}", word="R&D prices")
        for who, each in ((ben, first), (ada, bold), (ada, edited), (ada, other)):
            await who.ask("DELETE", f"/api/v1/statuses/{each['id']}")
        await zoe.send(house.url + "/inbox", zoe.does("Delete", note["id"]))
        await house.settle()

        uris = {hold.id: {each.uri for each in await kept(house, hold)} for hold in (prices, furnaces, ovens, bens)}
        assert uris[prices.id] == {edited["uri"], note["id"]}
        assert (uris[furnaces.id], uris[ovens.id]) == ({first["uri"]}, {bold["uri"]})
        assert uris[bens.id] == {first["uri"]}
        assert {each.uri for each in await kept(house, now)} >= {each["uri"] for each in (first, bold, edited, other)}
        assert [await kept(house, each) for each in (before, nobodys)] == [[], []]
        async with house.db() as db:
            for each in (prices, furnaces, ovens, bens, now, before, nobodys):
                await holds.end(db, None, each.id, "Over", now=house.site.now())
            for wrong in ({}, {"first": "soon"}, {"first": "2026-02-01", "last": "2026-01-31"}, {"last": "0001-01-01"}):
                with pytest.raises(Invalid):
                    await holding_evidence.cover(db, house.here, "", **wrong)


async def test_c07_evidence_of_a_word_has_what_still_says_it(house: Instance, tmp_path: Path) -> None:
    async with caller(house, "ben") as ben:
        there, _ = await ben.write("The cartel meets"), await ben.write("Nobody meets")
        async with house.db() as db:
            cover = await holding_evidence.cover(db, house.here, "", word="cartel")
            hold = await holds.place(db, None, cover, "Case 12", now=house.site.now())
        store = house.site.service(Store)
        path = tmp_path / "evidence.zip"
        await evidence.export(house.site.pool.transaction, house.here, store, None, hold.id, path, now=house.site.now())
        with zipfile.ZipFile(path) as archive:
            assert [name for name in archive.namelist() if "post-" in name] == [f"present/post-{there['id']}.json"]
            assert orjson.loads(archive.read("hold.json"))["word"] == "cartel"


async def test_c08_who_leaves_under_a_hold_is_erased_and_what_is_held_stays_until_it_ends(house: Instance) -> None:
    async with caller(house, "ben") as ben, caller(house) as ada:
        await ben.write(f"Mine {CANARY}")
        hold = await placed(house, f"@{ben.account.handle}")
        async with house.db() as db:
            await leaving.leave_for_good(db, house.here, ben.account, now=house.site.now())
        await house.settle()
        copies = await kept(house, hold)
        assert sorted(each.kind for each in copies) == ["post", "profile"]
        async with house.db() as db:
            gone = await lookup.by_id(db, ben.account.id)
            assert gone is not None
            assert (gone.state, gone.name) == ("deleted", "")
            assert await db.fetchval("SELECT count(*) FROM login WHERE account_id = $1", ben.account.id) == 0
        assert CANARY not in str(await ada.get("/api/v2/search", q=CANARY))
        async with house.db() as db:
            with pytest.raises(Invalid):
                await holds.end(db, None, hold.id, " ", now=house.site.now())
            await holds.end(db, None, hold.id, "The case is closed", now=house.site.now())
            with pytest.raises(Conflict):
                await holds.end(db, None, hold.id, "Again", now=house.site.now())
            assert await db.fetchval("SELECT count(*) FROM held_copy WHERE content LIKE '%' || $1 || '%'", "Mine ") == 0
            (entry,) = await audit.page(db, limit=1)
        assert (entry.action, entry.reason, entry.details["erased"]) == ("end legal hold", "The case is closed", 2)


async def test_c07_files_stay_under_a_hold_and_go_after_it(house: Instance) -> None:
    async with caller(house, "ben", allowed=ALL_SCOPES) as ben:
        file = await uploaded(ben, picture(), description="A price list")
        post = await ben.write("See", media_ids=[file["id"]])
        hold = await placed(house, f"@{ben.account.handle}")
        await ben.ask("DELETE", f"/api/v1/statuses/{post['id']}")
        await house.settle()
        async with house.db() as db:
            assert await holds.files(db, hold.id) == [int(file["id"])]
            assert int(file["id"]) not in {each.id for each in await sweeping.to_sweep(db, before=house.site.now())}
            await holds.end(db, None, hold.id, "Over", now=house.site.now())
            assert int(file["id"]) in {each.id for each in await sweeping.to_sweep(db, before=house.site.now())}


async def test_c07_what_is_kept_within_bounds_leaves_what_is_held(house: Instance) -> None:
    async with FakePeer() as peer, caller(house) as ada:
        zoe = peer.add("zoe")
        note = zoe.writes(f"<p>{CANARY}</p>", to=[PUBLIC])
        await zoe.send(house.url + "/inbox", zoe.does("Follow", ada.account.uri))
        await ada.get("/api/v2/search", q=zoe.id, resolve="true")
        found = await ada.get("/api/v2/search", q=note["id"], resolve="true")
        post_id = int(found["statuses"][0]["id"])
        later = house.site.now() + timedelta(days=1)
        async with house.db() as db:
            assert await outdated.removable(db, [post_id], before=later) == [(post_id, 1)]
        hold = await placed(house, f"@zoe@{peer.server.authority}")
        async with house.db() as db:
            assert await outdated.removable(db, [post_id], before=later) == []
            await holds.end(db, None, hold.id, "Over", now=house.site.now())
            assert await outdated.removable(db, [post_id], before=later) == [(post_id, 1)]


async def test_s133_holds_are_for_owners_only(house: Instance) -> None:
    hold = await placed(house, f"@{(await house.person('held_one')).handle}")
    for role in ("member", "moderator", "admin"):
        person = await house.person(f"any_{role}", role=role)
        async with house.db() as db:
            cover = await holding_evidence.cover(db, house.here, f"@{person.handle}")
            for act in (
                holds.place(db, person, cover, "x", now=house.site.now()),
                holds.end(db, person, hold.id, "x", now=house.site.now()),
                holds.by_id(db, person, hold.id),
                holds.page(db, person, cursor=Cursor()),
            ):
                with pytest.raises(NotAllowed):
                    await act


async def exported(at: Instance, who: Caller, path: Path) -> Hold:
    """Evidence about somebody who wrote one post that is there and one that is deleted."""
    hold = await placed(at, f"@{who.account.handle}")
    deleted = await who.write(f"Deleted {CANARY}")
    await who.write(f"There {CANARY}")
    await who.ask("DELETE", f"/api/v1/statuses/{deleted['id']}")
    await at.settle()
    store = at.site.service(Store)
    await evidence.export(at.site.pool.transaction, at.here, store, None, hold.id, path, now=at.site.now())
    return hold


async def test_c07_evidence_holds_what_was_kept_and_what_is_there_and_proves_itself(
    house: Instance, tmp_path: Path
) -> None:
    path = tmp_path / "evidence.zip"
    async with caller(house, "ben") as ben:
        hold = await exported(house, ben, path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        texts = b"".join(archive.read(name) for name in names)
        log = orjson.loads(archive.read("log.json"))
        manifest = orjson.loads(archive.read("manifest.json"))
    assert [name.partition("/")[0] for name in names if "post-" in name] == ["kept", "present"]
    assert texts.count(CANARY.encode()) >= 2
    assert {"place legal hold", "keep under legal hold", "export evidence"} <= {each["action"] for each in log}
    assert all(each["hash"] and each["place"] for each in log)
    assert (manifest["hold"], manifest["posts"]) == (str(hold.id), 2)
    assert evidence.verify(path) == len(names) - 2


@pytest.mark.parametrize("meddling", ["changed", "removed", "added", "list too", "cut off"])
async def test_c07_evidence_that_was_changed_is_found(house: Instance, tmp_path: Path, meddling: str) -> None:
    path, other = tmp_path / "evidence.zip", tmp_path / "other.zip"
    async with caller(house, "ben") as ben:
        await exported(house, ben, path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    (kept_name,) = (name for name in members if name.startswith("kept/"))
    match meddling:
        case "changed":
            members[kept_name] = members[kept_name].replace(CANARY.encode(), b"nothing")
        case "removed":
            del members[kept_name]
        case "added":
            members["kept/post-1.json"] = b"{}"
        case "list too":
            del members[kept_name]
            lines = members["SHA256SUMS"].decode().splitlines(keepends=True)
            members["SHA256SUMS"] = "".join(line for line in lines if kept_name not in line).encode()
        case _:
            pass
    with zipfile.ZipFile(other, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    if meddling == "cut off":
        other.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(evidence.Unsound):
        evidence.verify(other)


async def test_c07_an_owner_places_takes_along_and_ends_a_hold_on_pages(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with instance(await database_url()) as at, caller(at, "ben") as ben:
        for role in ("owner", "admin"):
            await at.person(f"the_{role}", role=role, password=PASSWORD)
        async with reader(at, "the_admin") as page:
            assert (await page.open("/admin/holds")).status == 403
        async with reader(at, "the_owner") as page:
            await page.open("/admin/holds")
            await page.press("/admin/holds", about="@nobody_at_all", reason="x")
            assert (page.status, page.all("#errors li")) == (422, ["Nobody here knows whom or what you mean."])
            await page.press("/admin/holds", about="", reason="x")
            assert page.all("#errors li") == [
                "Please say what is to be kept: of whom or where, of which days, or a word."
            ]
            await page.press("/admin/holds", about=f"@{ben.account.handle}", first_day="2026-01-02", reason="Case 12")
            assert page.note == "Saved."
            assert "Of it only: from 2026-01-02" in page.text
            post = await ben.write(f"Mine {CANARY}")
            await ben.ask("DELETE", f"/api/v1/statuses/{post['id']}")
            await at.settle()
            await page.open("/admin/holds")
            assert "1 copy of what was deleted is kept." in page.text
            link = page.attribute("form[action$='/evidence']", "action") or ""
            token = page.attribute("input[name=csrf_token]", "value") or ""
            answer = await page.http.post(
                link, data={"csrf_token": token}, headers={"Referer": f"{at.url}/admin/holds"}
            )
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
            path = tmp_path / "evidence.zip"
            path.write_bytes(answer.content)
            assert evidence.verify(path) > 5
            await page.press("/admin/holds/end", end_reason="Closed")
            assert "Ended: Closed" in page.text


async def test_c07_commands_do_the_same_and_verify_without_an_instance(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    operator = Operator(await database_url(), FEDCOMM_DATA_DIR=str(tmp_path / "data"))
    operator.done("account", "create", "ada", "--email", "ada@x.example", "--password", PASSWORD)
    number = operator.done("hold", "place", "@ada", "--reason", "Case 12").split()[1].rstrip(":")
    assert "@ada" in operator.done("hold", "list")
    assert operator.run("hold", "place", "--reason", "Everything").returncode != 0
    operator.done("hold", "place", "--word", "price", "--until", "2026-01-31", "--confidential", "--reason", "Case 13")
    assert "price" in operator.done("hold", "list")
    file = tmp_path / "evidence.zip"
    assert "all as written" in operator.done("hold", "export", number, str(file))
    assert "as they were written and signed" in operator.done("hold", "verify", str(file))
    file.write_bytes(file.read_bytes()[:-30])
    assert operator.run("hold", "verify", str(file)).returncode != 0
    assert operator.run("hold", "export", "1", str(tmp_path / "none.zip")).returncode != 0
    assert operator.done("hold", "end", number, "--reason", "Closed") == f"hold {number} has ended"
