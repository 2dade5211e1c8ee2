"""The queue of reports: filters, several at once and taken back, and who may not decide (product 13; S133, S169)."""

from datetime import timedelta

import pytest

from fedcomm import audit
from fedcomm.accounts import measures
from fedcomm.accounts.statements import Grounds
from fedcomm.errors import Conflict, Invalid, NotAllowed, NotFound
from fedcomm.groups import membership
from fedcomm.moderation import many_reports, report_queue, reports
from fedcomm.moderation.report_queue import Wanted
from fedcomm.moderation.reports import Complaint, Report
from fedcomm.threads import reading
from fedcomm.timelines.cursor import Cursor
from tests.api.callers import Caller, caller, new_group
from tests.kit import FakePeer
from tests.running import ALL_SCOPES, PASSWORD, Instance
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADMIN = f"{ALL_SCOPES} admin:read admin:write"
SPAM = Grounds(code="spam")


async def filed(at: Instance, by: Caller, about: Caller, post: dict[str, str] | None = None, **said: str) -> Report:
    """A complaint."""
    complaint = Complaint(post_ids=[int(post["id"])] if post else [], comment=said.get("comment", ""), category="spam")
    async with at.db() as db:
        return await reports.file(db, by.account, about.account, complaint, now=at.site.now())


async def make_role(at: Instance, who: Caller, role: str) -> None:
    """Give somebody a role on the instance."""
    async with at.db() as db:
        await db.execute("UPDATE login SET role = $2 WHERE account_id = $1", who.account.id, role)


async def test_the_queue_is_narrowed_by_each_filter(house: Instance) -> None:
    async with (
        caller(house) as ada,
        caller(house, "ben") as ben,
        caller(house, "cleo") as cleo,
        caller(house, "fay") as fay,
        FakePeer() as peer,
    ):
        await make_role(house, fay, "moderator")
        group = await new_group(house, fay)
        await ben.post(f"/api/v1/accounts/{group.id}/follow")
        post = await ben.write(f"@{group.handle} Cheap paint\nBuy it here.")
        grouped = await filed(house, ada, ben, post)
        other = await filed(house, ada, cleo)
        actor = peer.add("instance", kind="Application")
        await actor.send(house.url + "/inbox", actor.does("Flag", [cleo.account.uri], content="Rude"))
        await house.settle()
        async with house.db() as db:
            await reports.assign(db, fay.account, grouped.id, to_id=fay.account.id, now=house.site.now())
            away = await db.fetchval(
                "SELECT id FROM report WHERE target_id = $1 AND id <> $2", cleo.account.id, other.id
            )

        async def found(wanted: Wanted) -> set[int]:
            async with house.db() as db:
                return {each.id for each in await report_queue.page(db, fay.account.id, wanted, cursor=Cursor())}

        authority = peer.server.authority
        assert await found(Wanted()) >= {grouped.id, other.id, away}
        assert await found(Wanted(group_id=group.id)) == {grouped.id}
        assert await found(Wanted(assigned="me")) == {grouped.id}
        assert await found(Wanted(server=authority)) == {away}
        assert {grouped.id, other.id} <= await found(Wanted(server="here"))
        assert away not in await found(Wanted(server="here"))
        assert await found(Wanted(target_id=cleo.account.id)) == {other.id, away}
        assert await found(Wanted(reporter_id=ada.account.id, target_id=ben.account.id)) == {grouped.id}
        assert other.id in await found(Wanted(assigned="nobody"))
        assert grouped.id not in await found(Wanted(assigned="others"))
        assert away not in await found(Wanted(category="spam"))
        async with house.db() as db:
            known = await report_queue.choices(db, fay.account.id)
        assert group.id in known.group_ids
        assert authority in known.servers


async def test_posts_are_taken_out_and_people_limited_with_reasons_and_both_taken_back(house: Instance) -> None:
    async with (
        caller(house) as ada,
        caller(house, "ben") as ben,
        caller(house, "cleo") as cleo,
        caller(house, "fay") as fay,
        caller(house, "olga") as olga,
    ):
        await make_role(house, olga, "admin")
        group, now = await new_group(house, fay), house.site.now()
        for who in (ben, cleo):
            await who.post(f"/api/v1/accounts/{group.id}/follow")
        posts = [await who.write(f"@{group.handle} Cheap paint\nBuy it here.") for who in (ben, cleo)]
        made = [await filed(house, ada, who, post) for who, post in zip((ben, cleo), posts, strict=True)]
        wanted = [each.id for each in made]
        async with house.db() as db:
            with pytest.raises(Invalid, match="give a reason"):
                await many_reports.act(db, house.here, olga.account, "remove posts", wanted, grounds=SPAM, now=now)
            batch = await many_reports.act(
                db, house.here, olga.account, "remove posts", wanted, reason="Advertising", grounds=SPAM, now=now
            )
            states = [(await reading.find(db, int(each["id"]))) for each in posts]
            told = await db.fetchval(
                "SELECT count(*) FROM statement WHERE report_id = ANY($1) AND code = 'spam'", wanted
            )
        assert [each.state for each in states if each] == ["removed", "removed"]
        assert (sorted(batch.post_ids), told) == (sorted(int(each["id"]) for each in posts), 2)
        async with house.db() as db:
            with pytest.raises(Conflict):
                await many_reports.undo(db, house.here, fay.account, batch.id, now=now)
            await many_reports.undo(db, house.here, olga.account, batch.id, now=now)
            with pytest.raises(Conflict):
                await many_reports.undo(db, house.here, olga.account, batch.id, now=now)
            states = [(await reading.find(db, int(each["id"]))) for each in posts]
            still = await db.fetchval("SELECT count(*) FROM report WHERE id = ANY($1) AND resolved_at IS NULL", wanted)
            over = await db.fetchval(
                "SELECT bool_and(ended_at IS NOT NULL) FROM statement WHERE report_id = ANY($1)", wanted
            )
        assert ([each.state for each in states if each], still, over) == (["visible", "visible"], 2, True)
        people = [ben.account.id, cleo.account.id]
        async with house.db() as db:
            batch = await many_reports.act(
                db, house.here, olga.account, "limit", wanted, reason="Advertising", grounds=SPAM, now=now
            )
            assert await measures.limited(db, people) == set(people)
            await many_reports.undo(db, house.here, olga.account, batch.id, now=now)
            assert await measures.limited(db, people) == set()
            await many_reports.act(db, house.here, olga.account, "resolve", wanted, now=now)
            assert await many_reports.last(db, olga.account.id, now=now + timedelta(hours=2)) is None


async def test_s133_the_conflict_rule_holds_for_one_and_for_several_whatever_the_way(house: Instance) -> None:
    """Product 13: nobody decides in a report about themselves, nor about what they complain of, if another can."""
    async with (
        caller(house, allowed=ADMIN) as ada,
        caller(house, "ben", allowed=ADMIN) as ben,
        caller(house, "cleo") as cleo,
        caller(house, "fay", allowed=ADMIN) as fay,
    ):
        group, now = await new_group(house, fay), house.site.now()
        for who in (ada, ben, cleo):
            await who.post(f"/api/v1/accounts/{group.id}/follow")
        async with house.db() as db:
            for who in (ada, ben):
                await membership.appoint(db, fay.account, group, who.account.id, "moderator", now=now)
        own = await filed(house, ada, cleo, await cleo.write(f"@{group.handle} One\nBuy."))
        about = await filed(house, cleo, ben, await ben.write(f"@{group.handle} Two\nBuy."))
        for verb in ("assign_to_self", "resolve", "reopen"):
            await ada.refused(403, "POST", f"/api/v1/admin/reports/{own.id}/{verb}")
            await ben.refused(404, "POST", f"/api/v1/admin/reports/{about.id}/{verb}")
        await ada.refused(403, "PUT", f"/api/v1/admin/reports/{own.id}", json={"category": "other"})
        for action in ("take", "resolve", "remove posts"):
            async with house.db() as db:
                with pytest.raises(NotAllowed, match="your own complaint"):
                    await many_reports.act(
                        db, house.here, ada.account, action, [about.id, own.id], reason="x", grounds=SPAM, now=now
                    )
                with pytest.raises(NotFound):
                    await many_reports.act(
                        db, house.here, ben.account, action, [own.id, about.id], reason="x", grounds=SPAM, now=now
                    )
        assert (await fay.post(f"/api/v1/admin/reports/{own.id}/resolve"))["action_taken"] is True


async def test_who_is_alone_decides_about_their_own_complaint_and_the_log_says_so(house: Instance) -> None:
    async with caller(house, "ben") as ben, caller(house, "fay") as fay:
        group = await new_group(house, fay)
        await ben.post(f"/api/v1/accounts/{group.id}/follow")
        async with house.db() as db:
            await db.execute("UPDATE login SET role = 'member'")
        mine = await filed(house, fay, ben, await ben.write(f"@{group.handle} One\nBuy."))
        async with house.db() as db:
            await reports.resolve(db, fay.account, mine.id, now=house.site.now())
            (entry,) = await audit.page(db, limit=1)
        assert (entry.action, entry.target, entry.details) == ("resolve report", str(mine.id), {"own complaint": True})


async def test_several_are_taken_and_taken_back_on_the_page(house: Instance) -> None:
    async with (
        caller(house) as ada,
        caller(house, "ben") as ben,
        caller(house, "cleo") as cleo,
    ):
        await house.person("mina", role="moderator", password=PASSWORD)
        for who in (ben, cleo):
            await filed(house, ada, who, comment="Look here")
        async with reader(house, "mina") as at:
            narrowed = f"/reports?by=%40{ada.account.handle}"
            await at.open(narrowed)
            assert len(at.all(".reported > li")) == 2
            back = at.attribute("#many input[name=next]", "value") or ""
            action = at.attribute("#many", "action") or ""
            await at.press(action, what="take")
            assert (at.status, at.all("#errors li")) == (
                422,
                ["Please tick the reports that you mean."],
            )
            await at.open(f"{back}&ticked=yes")
            numbers = [node.attributes["value"] or "" for node in at.page.css("input[name='report[]'][checked]")]
            assert len(numbers) == 2
            await at.press(action, what="take", **{"report[]": numbers})
            assert at.path == back
            assert at.all(".reported .badge.brand") == ["You take care of it"] * 2
            assert "You took 2 reports." in at.text
            await at.press("/reports/undo", batch=at.attribute("button[name=batch]", "value") or "")
            assert (at.status, at.note, at.all(".reported .badge.brand")) == (200, "Taken back.", [])
            await at.open(f"/reports?by=%40{ada.account.handle}&category=spam&assigned=me")
            assert "No report is like this" in at.text
