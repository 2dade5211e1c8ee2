"""Who ends their account chooses what is to go, is told what came of it, and leaves others' threads whole."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from fedcomm import recurring
from fedcomm.guardrails import holds
from fedcomm.moderation import holding_evidence
from fedcomm.portability import erasures, leaving
from tests.activitypub.inbound.world import followed, world, wrote
from tests.api.callers import Caller, caller
from tests.conftest import MakeDatabase
from tests.kit import FakePeer, answers
from tests.mailbox.offices import office
from tests.running import PASSWORD
from tests.web.reader import reader

GONE = "This post was deleted by its author."


async def thread(ada: Caller, ben: Caller) -> list[Any]:
    """Ada asks. Ben answers, answers himself below that, and once more; Ada answers the last one."""
    root = await ada.write("Which oven?")
    first = await ben.write("Ours broke.", in_reply_to_id=root["id"])
    below = await ben.write("Twice.", in_reply_to_id=first["id"])
    second = await ben.write("A new one.", in_reply_to_id=root["id"])
    answer = await ada.write("What does it cost?", in_reply_to_id=second["id"])
    return [root, first, below, second, answer]


async def test_what_is_removed_keeps_its_place_or_not_as_was_chosen_and_others_stay(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """Product 24: "remove text, keep place", or "remove all"."""
    async with office(await database_url(), tmp_path) as here:
        cem = await here.at.person("cem", password=PASSWORD)
        async with here.at.site.read() as db:
            known = await db.fetchval("SELECT password_hash FROM login WHERE account_id = $1", cem.id)
        for scope, places in (("text", 3), ("all", 1)):
            async with caller(here.at) as ada, caller(here.at, "ben") as ben, reader(here.at) as at_ben:
                written = await thread(ada, ben)
                async with here.at.db() as db:
                    await db.execute("UPDATE login SET password_hash = $2 WHERE account_id = $1", ben.account.id, known)
                await at_ben.sign_in(ben.account.handle)
                await at_ben.open("/settings/leaving")
                assert at_ben.all('main p a[href="/settings/export"]') == ["Take along"]
                await at_ben.press("/settings/leaving", current_password=PASSWORD, scope=scope, understood="yes")
                assert at_ben.note == "Your account is ended. Farewell."
                await here.at.settle()

                await at_ben.open(f"/@{ada.account.handle}/{written[0]['id']}")
                assert at_ben.text.count(GONE) == places
                assert "Which oven?" in at_ben.text
                assert "What does it cost?" in at_ben.text
                assert ben.account.handle not in at_ben.text, "who left is not named"
                for word in ("Ours broke", "Twice", "A new one"):
                    assert word not in at_ben.text
                assert (await at_ben.open(f"/@{ben.account.handle}/{written[1]['id']}")).status in (404, 410)
                context = await ada.get(f"/api/v1/statuses/{written[0]['id']}/context")
                assert [each["id"] for each in context["descendants"]] == [written[4]["id"]]
                async with here.at.site.read() as db:
                    found = await erasures.of(db, ben.account.id)
                assert found is not None
                assert (found.keeps_places, found.posts_count, found.emptied_at is not None) == (
                    scope == "text",
                    3,
                    True,
                )


async def test_nobody_leaves_without_choosing_what_goes(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as at_ben:
        ben = await here.at.person("ben", password=PASSWORD)
        await at_ben.sign_in("ben")
        await at_ben.open("/settings/leaving")
        for fields, said in (
            ({"scope": "text", "understood": "yes", "current_password": "wrong"}, "not your present password"),
            ({"understood": "yes", "current_password": PASSWORD}, "Please choose what is to go."),
            ({"scope": "some", "understood": "yes", "current_password": PASSWORD}, "Please choose what is to go."),
            ({"scope": "all", "current_password": PASSWORD}, "Please confirm that you know what goes."),
        ):
            await at_ben.open("/settings/leaving")
            await at_ben.press("/settings/leaving", **fields)
            assert (at_ben.status, said in at_ben.text) == (422, True), fields
        assert (await here.at.again(ben)).state == "active"
        async with here.at.site.read() as db:
            assert await db.fetchval("SELECT count(*) FROM erasure") == 0
        assert here.server.to("ben@company.example") == []


async def test_who_has_no_password_proves_it_by_their_handle(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as at_ben:
        ben = await here.at.person("ben", password=PASSWORD)
        await at_ben.sign_in("ben")
        async with here.at.db() as db:
            await db.execute("UPDATE login SET password_hash = NULL WHERE account_id = $1", ben.id)
        await at_ben.open("/settings/leaving")
        await at_ben.press("/settings/leaving", handle="ada", scope="all", understood="yes")
        assert (at_ben.status, "This is not your handle." in at_ben.text) == (422, True)
        await at_ben.press("/settings/leaving", handle="@Ben", scope="all", understood="yes")
        assert at_ben.note == "Your account is ended. Farewell."


async def test_c08_who_leaves_is_mailed_what_happens_and_a_day_later_who_was_told(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """The letters outlive the account; that copies are kept is told unless it must not be (product 20)."""
    async with office(await database_url(), tmp_path) as here, reader(here.at) as at_owner:
        owner = await here.at.person("olga", role="owner", password=PASSWORD)
        for name, confidential in (("ben", False), ("cem", True)):
            async with caller(here.at, name) as leaver:
                await leaver.write("Mine")
                async with here.at.db() as db:
                    cover = await holding_evidence.cover(db, here.at.here, f"@{leaver.account.handle}")
                    await holds.place(db, owner, cover, "Case 12", is_confidential=confidential, now=here.time())
                    address = await db.fetchval("SELECT email FROM login WHERE account_id = $1", leaver.account.id)
                    await leaving.leave_for_good(db, here.at.here, leaver.account, now=here.time())
                await here.at.settle()
                (at_once,) = here.server.to(address)
                assert f"@{leaver.account.handle}@{here.at.domain} at" in at_once.text
                assert "is ended for good" in " ".join(at_once.text.split())  # lines end where the address lets them
                assert "evidence" not in at_once.text

                here.time.pass_by(days=1, minutes=1)
                await here.at.settle()
                report = here.server.to(address)[-1]
                assert "Posts deleted here" in report.text
                assert ("kept as evidence" in report.text) is not confidential
                assert "Case 12" not in report.text
        await at_owner.sign_in("olga")
        await at_owner.open("/admin/register")
        assert "2 accounts were ended for good in the last twelve months" in at_owner.text
        async with here.at.site.read() as db:
            left = await db.fetch("SELECT told FROM mail WHERE kind IN ('account erased', 'erasure report')")
        assert [row["told"] for row in left] == [{}] * 4


async def test_c08_the_report_names_each_server_that_was_told_and_what_it_answered(database_url: MakeDatabase) -> None:
    """Answers are written down before the deliveries are forgotten, and go after a year."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), gamma.add("zoe")
        await rui.send(f"{alpha.url}/inbox", rui.does("Follow", ada.uri))
        await alpha.settle()
        await followed(alpha, ada, zoe)
        await wrote(alpha, ada, "Hello.")
        gamma.inbox_answer = answers.status(500)
        for peer in (beta, gamma):
            peer.server.seen.clear()

        async with alpha.db() as db:
            await leaving.leave_for_good(db, alpha.here, ada, now=alpha.site.now())
        await alpha.settle()

        deleted = [each["object"] for each in await beta.got(1, type="Delete")]
        assert deleted[0] == ada.uri
        await recurring.gather_erasures(alpha.site)
        async with alpha.db() as db:
            erasure = await erasures.of(db, ada.id)
            assert erasure is not None
            told = {each.authority: each for each in await erasures.told(db, erasure.id)}
            assert set(told) == {beta.server.authority, gamma.server.authority}
            assert (told[beta.server.authority].state, told[beta.server.authority].status) == ("taken", 202)
            assert told[gamma.server.authority].state in ("waiting", "failed")
            await db.execute("DELETE FROM done_delivery")
            await erasures.gather(db, [erasure.id], now=alpha.site.now())
            assert {each.authority for each in await erasures.told(db, erasure.id)} == set(told)
            await erasures.forget(db, now=alpha.site.now() + erasures.KEPT_FOR - timedelta(days=1))
            assert await erasures.of(db, ada.id) is not None
            await erasures.forget(db, now=alpha.site.now() + erasures.KEPT_FOR + timedelta(days=1))
            assert await erasures.of(db, ada.id) is None
            assert await db.fetchval("SELECT count(*) FROM erasure_answer") == 0
