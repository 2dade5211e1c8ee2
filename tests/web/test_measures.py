"""What is milder than taking a post out: a note, asking to edit, hiding, and a pause of a member (product 13; C12)."""

import json
from datetime import timedelta

import pytest

from fedcomm import audit
from fedcomm.accounts.model import Account
from fedcomm.groups import membership, pausing
from fedcomm.threads import changing, drafting
from tests.running import ALL_SCOPES
from tests.web.conftest import Place
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def pressed(at: Reader, place: Place, path: str, **fields: str) -> int:
    """The status of a form sent that the page does not offer."""
    token = (await at.open("/home")).attribute("input[name=csrf_token]", "value") or ""
    answer = await at.http.post(path, data={"csrf_token": token, **fields}, headers={"Origin": place.at.url})
    return answer.status_code


async def appointed(place: Place, by: Account, group: Account, person: Account) -> None:
    async with place.at.db() as db:
        await membership.appoint(db, by, group, person.id, "moderator", now=place.at.site.now())


async def told(place: Place, person: Account) -> list[str]:
    """What somebody's notices say was decided about them."""
    await place.at.settle()
    async with place.at.db() as db:
        rows = await db.fetch(
            """
            SELECT statement.measure
              FROM notification
              JOIN statement ON statement.id = notification.statement_id
             WHERE notification.account_id = $1 AND notification.type = 'moderation_warning'
            """,
            person.id,
        )
    return [row["measure"] for row in rows]


async def test_an_author_is_asked_to_change_a_post_and_those_who_asked_see_that_they_did(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    group = await place.group(ada, ben, cleo)
    root = await place.write(ben, "Ovens are cheap at mine", group, title="Ovens")
    page, measures = f"/p/{root.id}/measures", f"/@{group.handle}/measures"
    async with (
        reader(place.at, ada.handle) as at_ada,
        reader(place.at, ben.handle) as at_ben,
        reader(place.at, cleo.handle) as at_cleo,
    ):
        assert (await at_cleo.open(page)).status == 403
        assert (await at_cleo.open(measures)).status == 403
        assert page in (await at_ada.open(f"/@{ben.handle}/{root.id}")).answer.text
        await at_ada.open(page)
        await at_ada.press(page, what="ask to edit", grounds="spam")
        assert (at_ada.status, "Please give a reason: they are told it." in at_ada.text) == (422, True)
        await at_ada.press(page, what="ask to edit", grounds="spam", reason="Say no prices")
        assert at_ada.note == "The author is asked to change it, and told why."
        assert "Not changed yet" in (await at_ada.open(measures)).text

        await at_ben.open("/decisions")
        assert "You are asked to change a post" in at_ben.text
        await at_ben.open(at_ben.attribute("main ul.entries a.name", "href") or "")
        assert "Say no prices" in at_ben.text
        await at_ben.open(f"/p/{root.id}/edit")
        assert "Why: Say no prices" in at_ben.text
        assert "Say no prices" not in (await at_cleo.open(f"/@{group.handle}/log")).text
        assert "An author was asked to change a post" in at_cleo.text
        await at_ben.open(f"/p/{root.id}/edit")
        await at_ben.press(f"/p/{root.id}/edit", text="Ask me about ovens")

        await at_ada.open(measures)
        assert "Changed since" in at_ada.text
        assert "Say no prices" not in (await at_ben.open(f"/p/{root.id}/edit")).text


async def test_a_note_to_an_author_is_read_by_nobody_else_and_can_be_taken_back(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    group = await place.group(ada, ben, cleo)
    root = await place.write(ben, "Any idea?", group, title="Ovens")
    measures = f"/@{group.handle}/measures"
    async with (
        reader(place.at, ada.handle) as at_ada,
        reader(place.at, ben.handle) as at_ben,
        reader(place.at, cleo.handle) as at_cleo,
    ):
        await at_ada.open(f"/p/{root.id}/measures")
        await at_ada.press(f"/p/{root.id}/measures", what="note", grounds=at_ada.first_rule, reason="canary-note")
        assert at_ada.note == "Your note is on its way to the author."
        assert await told(place, ben) == ["note"]
        for path in (f"/@{ben.handle}/{root.id}", f"/@{group.handle}/log"):
            assert "canary-note" not in (await at_cleo.open(path)).text
        await at_ben.open("/decisions")
        assert "canary-note" in at_ben.text
        await at_ada.open(measures)
        statement = at_ada.attribute(f"form[action='{measures}/take_back'] [name=statement]", "value") or ""
        await at_ada.press(f"{measures}/take_back", statement=statement)
        assert at_ada.note == "Taken back."
        assert "Taken back, or over" in (await at_ben.open("/decisions")).text


async def test_a_group_hides_a_post_for_its_own_people_and_shows_it_again(place: Place) -> None:
    """Members of another group that shows the thread, and visitors, go on reading it (product 7)."""
    ada, ben, cleo, dora = [await place.person(name) for name in ("ada", "ben", "cleo", "dora")]
    group, other = await place.group(ada, ben, cleo), await place.group(dora, ben)
    root = await place.write(ben, "Which oven?", group, other, title="Ovens")
    reply = await place.write(ben, "canary-hidden", parent=root)
    page, thread, measures = f"/p/{reply.id}/measures", f"/@{ben.handle}/{root.id}", f"/@{group.handle}/measures"
    async with (
        reader(place.at, ada.handle) as at_ada,
        reader(place.at, ben.handle) as at_ben,
        reader(place.at, cleo.handle) as at_cleo,
        reader(place.at, dora.handle) as at_dora,
        reader(place.at) as visitor,
    ):
        await at_ada.open(page)
        await at_ada.press(page, what="hide", grounds="other", reason="Off topic")
        assert at_ada.note == "It is hidden for the group's own people. The author is told why."
        seen = {
            name: "canary-hidden" in (await at.open(thread)).text
            for name, at in (("ada", at_ada), ("ben", at_ben), ("cleo", at_cleo), ("dora", at_dora), ("", visitor))
        }
        assert seen == {"ada": True, "ben": True, "cleo": False, "dora": True, "": True}
        marked = [
            at.text.count("It is hidden for the group's own people.") for at in (at_ada, at_ben, at_dora, visitor)
        ]
        assert marked == [1, 0, 0, 0]
        assert at_ada.all(f"#p{reply.id} form[action='{measures}/show_again']")
        assert await told(place, ben) == ["hide"]
        assert await pressed(at_ben, place, f"{measures}/show_again", post=str(reply.id)) == 403
        await at_ada.open(measures)
        assert "Off topic" in at_ada.text
        await at_ada.press(f"{measures}/show_again", post=str(reply.id))
        assert at_ada.note == "It shows to the group's people again."
        assert "canary-hidden" in (await at_cleo.open(thread)).text
        assert "A hidden post is shown again" in (await at_cleo.open(f"/@{group.handle}/log")).text


async def test_a_paused_member_reads_and_does_not_write_until_it_ends_by_itself(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    root = await place.write(ada, "Which oven?", group, title="Ovens")
    measures, thread = f"/@{group.handle}/measures", f"/@{ada.handle}/{root.id}"
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, ben.handle) as at_ben:
        own, other = await place.write(ben, "Mine", group), await place.write(ben, "At home")
        await at_ben.open(thread)
        reply = at_ben.attribute("form[action*='reply']", "action") or ""
        await at_ada.open(measures)
        for days in ("0", "91"):
            await at_ada.press(f"{measures}/pauses", handle=ben.handle, days=days, grounds="other", reason="Heated")
            assert (at_ada.status, "from 1 to 90" in at_ada.text) == (422, True)
        await at_ada.press(f"{measures}/pauses", handle=ada.handle, days="3", grounds="other", reason="Heated")
        assert "Only other members can be paused" in at_ada.text
        await at_ada.press(f"{measures}/pauses", handle=ben.handle, days="3", grounds="other", reason="Heated")
        assert at_ada.note == "They read and do not write until then. They are told why."

        assert (await at_ben.open(thread)).status == 200
        assert at_ben.all("form[action*='reply']") == []
        assert await pressed(at_ben, place, reply, text="Me again") in (403, 422)
        assert "Heated" in (await at_ben.open(f"/@{group.handle}")).text
        assert "/compose?group=" not in at_ben.answer.text
        assert "<time" not in at_ben.text
        assert await told(place, ben) == ["pause"]
        assert await pressed(at_ben, place, f"/p/{own.id}/edit", text="Heated again") in (403, 422)
        assert await pressed(at_ben, place, f"/p/{other.id}/edit", text="Something else") == 303
        async with place.at.client(await place.at.token(ben, ALL_SCOPES)) as app:
            assert (await app.put(f"/api/v1/statuses/{own.id}", json={"status": "Heated"})).status_code == 403
            await at_ada.open(f"/p/{own.id}/measures")
            await at_ada.press(f"/p/{own.id}/measures", what="ask to edit", grounds="other", reason="No names")
            assert (await app.put(f"/api/v1/statuses/{own.id}", json={"status": "As asked"})).status_code == 200
            assert (await app.put(f"/api/v1/statuses/{own.id}", json={"status": "Heated"})).status_code == 403

        async with place.at.db() as db:
            assert await pausing.end_due(db, now=place.at.site.now() + timedelta(days=2, hours=23)) == 0
            assert await pausing.end_due(db, now=place.at.site.now() + timedelta(days=3)) == 1
        await at_ben.open(thread)
        assert at_ben.all("form[action*='reply']")
        assert "Taken back, or over" in (await at_ben.open("/decisions")).text


async def test_s133_nobody_judges_themselves_nor_takes_back_what_was_decided_about_them(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    root = await place.write(ben, "Which oven?", group, title="Ovens")
    measures = f"/@{group.handle}/measures"
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, ben.handle) as at_ben:
        for what in ("ask to edit", "hide"):
            await at_ada.open(f"/p/{root.id}/measures")
            await at_ada.press(f"/p/{root.id}/measures", what=what, grounds="other", reason="Why")
        await at_ada.open(measures)
        await at_ada.press(f"{measures}/pauses", handle=ben.handle, days="3", grounds="other", reason="Why")
        statement = at_ada.attribute(f"form[action='{measures}/take_back'] [name=statement]", "value") or ""
        await appointed(place, ada, group, ben)
        tried = [
            await pressed(at_ben, place, f"{measures}/take_back", statement=statement),
            await pressed(at_ben, place, f"{measures}/show_again", post=str(root.id)),
            await pressed(at_ben, place, f"{measures}/pauses/end", account=str(ben.id)),
            await pressed(at_ben, place, f"/p/{root.id}/measures", what="note", grounds="other", reason="Well done"),
        ]

    assert [status in (403, 422) for status in tried] == [True] * 4
    async with place.at.db() as db:
        assert await db.fetchval("SELECT paused_until IS NOT NULL FROM membership WHERE member_id = $1", ben.id)
        assert await db.fetchval("SELECT count(*) FROM statement WHERE account_id = $1", ben.id) == 3
        assert await db.fetchval("SELECT bool_and(ended_at IS NULL) FROM statement WHERE account_id = $1", ben.id)


async def test_an_appeal_that_is_granted_undoes_each_of_them_and_the_log_holds(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    group = await place.group(ada, ben, cleo)
    await appointed(place, ada, group, cleo)
    root = await place.write(ben, "Which oven?", group, title="Ovens")
    async with (
        reader(place.at, ada.handle) as at_ada,
        reader(place.at, ben.handle) as at_ben,
        reader(place.at, cleo.handle) as at_cleo,
    ):
        for what in ("note", "ask to edit", "hide"):
            await at_ada.open(f"/p/{root.id}/measures")
            await at_ada.press(f"/p/{root.id}/measures", what=what, grounds="other", reason="Why")
        await at_ada.open(f"/@{group.handle}/measures")
        await at_ada.press(
            f"/@{group.handle}/measures/pauses", handle=ben.handle, days="3", grounds="other", reason="Why"
        )
        await at_ben.open("/decisions")
        for path in [node.attributes["href"] or "" for node in at_ben.page.css("main ul.entries a.name")]:
            number = path.rpartition("/")[2]
            await at_ben.open(path)
            await at_ben.press(f"{path}/appeal", text="It was not so")
            assert (await at_ada.open(f"/appeals/{number}")).status == 404
            await at_cleo.open(f"/appeals/{number}")
            await at_cleo.press(f"/appeals/{number}/decide", verdict="grant", answer="Right")
            assert at_cleo.note == "Saved."
        await at_ada.open(f"/@{group.handle}/measures")
    async with place.at.db() as db:
        ended = await db.fetch("SELECT measure, ended_at FROM statement WHERE account_id = $1 ORDER BY id", ben.id)
        wrong = await audit.wrong_places(db)
        hidden = await db.fetchval("SELECT count(*) FROM group_hidden_post WHERE post_id = $1", root.id)

    assert [row["measure"] for row in ended] == ["note", "ask to edit", "hide", "pause"]
    assert all(row["ended_at"] is not None for row in ended)
    assert (wrong, hidden) == ([], 0)
    assert "Nothing is hidden" in at_ada.text
    assert at_ada.all("#paused ~ ul") == []


async def test_apps_take_the_same_measures(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    root = await place.write(ben, "Which oven?", group, title="Ovens")
    now, here = place.at.site.now(), place.at.here
    status, path = f"/api/fedcomm/v1/statuses/{root.id}", f"/api/fedcomm/v1/groups/{group.id}"
    async with place.at.client() as http:
        apps = {
            name: {"Authorization": f"Bearer {await place.at.token(who, ALL_SCOPES)}"}
            for name, who in (("ada", ada), ("ben", ben))
        }

        async def said(method: str, where: str, *, by: str = "ada", **fields: object) -> tuple[int, object]:
            sent = fields if method == "POST" else None
            answer = await http.request(method, place.at.url + where, headers=apps[by], json=sent)
            return answer.status_code, answer.json()

        async def listed(where: str) -> list[dict[str, object]]:
            return json.loads((await http.get(f"{place.at.url}{path}/{where}", headers=apps["ada"])).content)

        refused = [(await said("POST", f"{status}/{verb}", by="ben", reason="x"))[0] for verb in ("hide", "note")]
        unreasoned = [(await said("POST", f"{status}/{verb}"))[0] for verb in ("hide", "note", "ask_to_edit")]
        for verb in ("hide", "note", "ask_to_edit"):
            assert await said("POST", f"{status}/{verb}", reason="So that", rules=[1]) == (200, {})
        assert (await said("POST", f"{status}/ask_to_edit", reason="Again"))[0] == 422
        assert (await said("POST", f"{path}/pauses", account_id=str(ben.id), days=2, reason="Heated"))[0] == 200
        assert (await said("POST", "/api/v1/statuses", by="ben", status="x", in_reply_to_id=str(root.id)))[0] == 403
        async with place.at.db() as db:
            draft = await drafting.from_text(db, here, ben, "Which?", editing=root, now=now)
            await changing.edit(db, here, ben, root.id, draft, now=now + timedelta(minutes=1))
        notes, hidden, paused = await listed("notes"), await listed("hidden"), await listed("pauses")
        assert await said("POST", f"{status}/show_again") == (200, {})
        assert await said("DELETE", f"{path}/pauses/{ben.id}") == (200, {})
        assert (await said("DELETE", f"{path}/pauses/{ben.id}"))[0] == 404

    assert (refused, unreasoned) == ([403, 403], [422, 422, 422])
    assert [(each["asks_to_edit"], each["edited_at"] is not None) for each in notes] == [(True, True), (False, True)]
    assert [each["status_id"] for each in hidden] == [str(root.id)]
    assert [each["reason"] for each in paused] == ["Heated"]
