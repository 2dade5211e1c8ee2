"""Who may report what, who is told, who decides; reports from and to other servers (S093, S169)."""

import pytest

from fedcomm import audit
from fedcomm.groups import membership
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Complaint
from tests.api.callers import Caller, caller, new_group
from tests.kit import FakePeer
from tests.running import ALL_SCOPES, Instance, MakeDatabase, instance, instances, settle
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN = f"{ALL_SCOPES} admin:read admin:write"


async def told(who: Caller) -> list[str]:
    """The reports somebody has been told of."""
    return [each["report"]["id"] for each in await who.get("/api/v1/notifications") if each["type"] == "admin.report"]


async def test_a_report_of_a_person_goes_to_those_who_run_the_instance(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at:
        await at.person("olga", role="owner")
        await at.person("mia", role="moderator")
        async with caller(at) as ada, caller(at, "ben") as ben:
            post = await ben.write("Cheap paint!")
            filed = await ada.post(
                "/api/v1/reports",
                account_id=ben.id,
                status_ids=[post["id"]],
                comment="Again and again",
                category="spam",
            )
            assert (filed["status_ids"], filed["category"], filed["action_taken"]) == ([post["id"]], "spam", False)
            assert filed["target_account"]["id"] == ben.id
            await at.settle()
            assert await told(ada) == await told(ben) == []
        async with at.site.read() as db:
            rows = await db.fetch("SELECT account.handle FROM notification JOIN account ON account.id = account_id")
        assert {row["handle"] for row in rows} == {"olga", "mia"}


async def test_group_content_goes_to_the_groups_moderators_first(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "fay", allowed=ADMIN) as fay:
        group = await new_group(house, fay)
        for who in (ada, ben):
            await who.post(f"/api/v1/accounts/{group.id}/follow")
        post = await ben.write(f"@{group.handle} Cheap paint\nBuy it here.")
        filed = await ada.post("/api/v1/reports", account_id=ben.id, status_ids=[post["id"]])
        await house.settle()

        assert await told(fay) == [filed["id"]]
        groups = (await fay.get("/api/v2/notifications"))["notification_groups"]
        assert [each["report"]["id"] for each in groups if each["type"] == "admin.report"] == [filed["id"]]
        (seen,) = await fay.get("/api/v1/admin/reports")
        assert (seen["id"], [each["id"] for each in seen["statuses"]]) == (filed["id"], [post["id"]])
        assert seen["target_account"]["email"] == "", "a group's moderator reads no mail addresses"
        path = f"/api/v1/admin/reports/{filed['id']}"
        assert (await fay.post(f"{path}/assign_to_self"))["assigned_account"]["id"] == fay.id
        assert (await fay.post(f"{path}/unassign"))["assigned_account"] is None
        assert (await fay.ask("PUT", path, json={"category": "spam"}))["category"] == "spam"
        assert (await fay.post(f"{path}/resolve"))["action_taken_by_account"]["id"] == fay.id
        assert await fay.get("/api/v1/admin/reports") == []
        assert [each["id"] for each in await fay.get("/api/v1/admin/reports", resolved=True)] == [filed["id"]]
        assert (await fay.post(f"{path}/reopen"))["action_taken"] is False
        async with house.db() as db:
            acts = {entry.action for entry in await audit.page(db) if entry.actor_id == fay.account.id}
        assert acts >= {"assign report", "unassign report", "change report", "resolve report", "reopen report"}


async def test_s133_a_report_is_seen_by_those_only_who_decide_about_it(house: Instance) -> None:
    async with (
        caller(house, allowed=ADMIN) as ada,
        caller(house, "ben", allowed=ADMIN) as ben,
        caller(house, "fay", allowed=ADMIN) as fay,
        caller(house, "gil", allowed=ADMIN) as gil,
    ):
        group, other = await new_group(house, fay), await new_group(house, gil, "cooks")
        await ben.post(f"/api/v1/accounts/{group.id}/follow")
        post = await ben.write(f"@{group.handle} Cheap paint\nBuy it here.")
        filed = await ada.post("/api/v1/reports", account_id=ben.id, status_ids=[post["id"]])
        path = f"/api/v1/admin/reports/{filed['id']}"
        await ada.refused(403, "GET", "/api/v1/admin/reports")
        await ada.refused(403, "GET", path)
        assert await gil.get("/api/v1/admin/reports") == [], other.handle
        await gil.refused(404, "GET", path)
        await gil.refused(404, "POST", f"{path}/resolve")

        async with house.db() as db:  # the conflict rule: ben now looks after the group, but it is about him
            now = house.site.now()
            await membership.appoint(db, fay.account, group, ben.account.id, "moderator", now=now)
        await ben.refused(404, "GET", path)
        assert [each["id"] for each in await fay.get("/api/v1/admin/reports")] == [filed["id"]]


async def test_s093_one_reports_only_what_one_can_see_and_of_whom_it_is(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "cleo") as cleo:
        hidden = await ben.write("canary", visibility="direct")
        other = await cleo.write("Something")
        for post in (hidden, other):
            said = await ada.refused(
                404, "POST", "/api/v1/reports", json={"account_id": ben.id, "status_ids": [post["id"]]}
            )
            assert "canary" not in said
        await ada.refused(404, "POST", "/api/v1/reports", json={"account_id": "1"})
        await ada.refused(422, "POST", "/api/v1/reports", json={"account_id": ada.id})
        await ada.refused(422, "POST", "/api/v1/reports", json={"account_id": ben.id, "comment": "x" * 1001})
        await ada.refused(422, "POST", "/api/v1/reports", json={"account_id": ben.id, "rule_ids": ["7"]})
        async with house.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM report WHERE reporter_id = $1", ada.account.id) == 0


async def test_s169_one_report_is_open_for_each_reporter_and_target(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        one, two = [await ben.write(text) for text in ("One", "Two")]
        first = await ada.post("/api/v1/reports", account_id=ben.id, status_ids=[one["id"]], comment="First")
        again = await ada.post("/api/v1/reports", account_id=ben.id, status_ids=[two["id"]], comment="Second")
        assert again["id"] == first["id"]
        assert again["status_ids"] == [one["id"], two["id"]]
        assert again["comment"] == "First\n\nSecond"
        for _ in range(10):
            again = await ada.post("/api/v1/reports", account_id=ben.id, comment="Long " + "x" * 900)
        async with house.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM report WHERE target_id = $1", ben.account.id) == 1
            assert await db.fetchval("SELECT max(length(comment)) FROM report") <= 5_000
            facts = await db.fetchval(
                "SELECT count(*) FROM fact WHERE type = 'ReportFiled' AND payload->>'report_id' = $1", first["id"]
            )
        assert facts == 1


async def test_a_look_at_members_only_posts_is_written_down(house: Instance) -> None:
    """D82."""
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "fay", allowed=ADMIN) as fay:
        group = await new_group(house, fay)
        for who in (ada, ben):
            await who.post(f"/api/v1/accounts/{group.id}/follow")
        open_one = await ben.write(f"@{group.handle} Open\nFor all.")
        await ada.post("/api/v1/reports", account_id=ben.id, status_ids=[open_one["id"]])
        await fay.get("/api/v1/admin/reports")
        async with house.db() as db:
            await db.execute("UPDATE post SET audience = 'group' WHERE id = $1", int(open_one["id"]))
            before = [entry.action for entry in await audit.page(db)].count("look at reported posts")
        (seen,) = await fay.get("/api/v1/admin/reports")
        assert len(seen["statuses"]) == 1
        async with house.db() as db:
            entry = next(each for each in await audit.page(db) if each.action == "look at reported posts")
            after = [each.action for each in await audit.page(db)].count("look at reported posts")
        assert (after - before, entry.actor_id, entry.details) == (1, fay.account.id, {"posts": [open_one["id"]]})


async def test_a_forwarded_report_arrives_without_the_reporters_name(database_url: MakeDatabase) -> None:
    async with instances(database_url, 2) as (home, away):
        olga = await away.person("olga", role="owner")
        async with caller(home) as ada, caller(away, "ben") as ben, caller(away, "cleo") as cleo:
            spam = await ben.write("Cheap paint!")
            await cleo.write("Unsuspected")
            found = await ada.get("/api/v2/search", q=spam["uri"], resolve=True, type="statuses")
            (seen,) = found["statuses"]
            for forward, count in ((False, 0), (True, 1)):
                await ada.post(
                    "/api/v1/reports",
                    account_id=seen["account"]["id"],
                    status_ids=[seen["id"]],
                    comment="Please look",
                    forward=forward,
                )
                await settle(home, away)
                async with home.db() as db:
                    await db.execute("UPDATE report SET resolved_at = created_at")
                async with away.site.read() as db:
                    assert await db.fetchval("SELECT count(*) FROM report") == count
        async with away.site.read() as db:
            (row,) = await db.fetch("SELECT id FROM report")
            got = await reports.by_id(db, olga.id, row["id"])
            reporter = await db.fetchrow("SELECT kind, uri FROM account WHERE id = $1", got.reporter_id)
        assert (got.comment, got.target_id, len(got.post_ids)) == ("Please look", ben.account.id, 1)
        assert reporter is not None
        assert (reporter["kind"], reporter["uri"]) == ("application", home.here.instance_actor_uri)


async def test_a_flag_counts_for_what_is_ours_and_once(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at, FakePeer() as peer, caller(at) as ada, caller(at, "ben") as ben:
        actor = peer.add("instance", kind="Application")
        mine, other = await ada.write("Mine"), await ben.write("Not mine")
        flag = actor.does("Flag", [ada.account.uri, mine["uri"], other["uri"]], content="<p>Spam</p><script>x</script>")
        for _ in range(2):
            assert (await actor.send(at.url + "/inbox", flag)).status == 202
            await at.settle()
        lemmy = actor.does("Flag", other["uri"], summary="Bad")
        await actor.send(at.url + "/inbox", lemmy)
        await actor.send(at.url + "/inbox", actor.does("Flag", ["https://else.example/u/x"], content="Far"))
        await at.settle()
        async with at.site.read() as db:
            found = [await reports.find(db, row["id"]) for row in await db.fetch("SELECT id FROM report ORDER BY id")]
        assert [(each.target_id, each.comment, each.post_ids) for each in found if each] == [
            (ada.account.id, "Spam", [int(mine["id"])]),
            (ben.account.id, "Bad", [int(other["id"])]),
        ]


async def test_pages_show_take_and_resolve(database_url: MakeDatabase) -> None:
    async with instance(await database_url()) as at:
        await at.person("mia", role="moderator", password="correct horse battery")
        async with caller(at) as ada, caller(at, "ben") as ben, reader(at, "mia") as page:
            post = await ben.write("Cheap paint!")
            await ada.post("/api/v1/reports", account_id=ben.id, status_ids=[post["id"]], comment="Look")
            await at.settle()
            await page.open("/notifications")
            assert "reported something" in page.text
            await page.open("/admin/reports")
            assert "Cheap paint!" in page.text
            at_report = (page.attribute(".reported form", "action") or "").removesuffix("/resolve")
            await page.press(f"{at_report}/take")
            assert "You take care of it" in page.text
            await page.press(f"{at_report}/put_back")
            assert "You take care of it" not in page.text
            await page.press(f"{at_report}/resolve")
            assert (page.path, "No reports" in page.text) == ("/admin/reports", True)
            await page.open("/admin/reports?resolved=yes")
            await page.press(f"{at_report}/reopen")
            await page.open("/admin/reports")
            assert "Cheap paint!" in page.text


async def test_a_complaint_that_is_open_again_is_not_opened_twice(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben, caller(house, "fay") as fay:
        async with house.db() as db:
            await db.execute("UPDATE login SET role = 'moderator' WHERE account_id = $1", fay.account.id)
            now = house.site.now()
            one = await reports.file(db, ada.account, ben.account, Complaint(comment="One"), now=now)
            await reports.resolve(db, fay.account, one.id, now=now)
            two = await reports.file(db, ada.account, ben.account, Complaint(comment="Two"), now=now)
            assert two.id != one.id
            with pytest.raises(reports.Invalid):
                await reports.reopen(db, fay.account, one.id, now=now)
