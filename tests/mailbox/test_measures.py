"""Letters about what those who look after a group decided short of taking a post out (product 13; C12, S111)."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

from fedcomm.accounts import statements
from fedcomm.jobs import mail_queue
from tests.conftest import MakeDatabase
from tests.kit.mail_servers import Letter
from tests.mailbox.offices import Office, office
from tests.mailbox.test_held_posts import confirmed
from tests.web.conftest import Place
from tests.web.reader import Reader, reader

BEN = "ben@shop.example"


def about(here: Office, subject: str) -> Letter:
    """The one letter to Ben with this subject."""
    (letter,) = [each for each in here.server.to(BEN) if str(each.message["Subject"]).startswith(subject)]
    return letter


async def measured(at: Reader, post_id: int, what: str, reason: str) -> None:
    """Press the form on the page for measures about a post."""
    page = f"/p/{post_id}/measures"
    await at.open(page)
    await at.press(page, what=what, grounds="other", reason=reason)
    assert at.status == 200, at.text


async def test_c12_authors_are_mailed_each_measure_in_their_language_and_nobody_else_is(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """Also who wants no letters about what waits for them: reasons are owed. Who decided it is told to nobody."""
    async with office(await database_url(), tmp_path) as here, reader(here.at) as at_ada:
        place = Place(here.at)
        ada, cleo = await confirmed(here, "ada"), await confirmed(here, "cleo")
        ben = await confirmed(here, "ben", locale="de")
        group = await here.at.group(ada, "bakers")
        await place.join(group, ben, cleo)
        async with here.at.db() as db:
            await db.execute("UPDATE login SET wants_held_mail = false WHERE account_id = $1", ben.id)
        root = await place.write(ben, "canary-post", group, title="Ovens")
        await at_ada.sign_in("ada")
        for what in ("note", "ask to edit", "hide"):
            await measured(at_ada, root.id, what, f"Because <b>{what}</b> & more")
        await at_ada.open("/@bakers/measures")
        await at_ada.press("/@bakers/measures/pauses", handle="ben", days="3", grounds="other", reason="Zu hitzig")
        await here.at.settle()

        mailed = {each.recipient for each in here.server.letters}
        note = about(here, "Ein Hinweis zu dem, was Sie schrieben")
        request = about(here, "Sie werden gebeten, einen Beitrag zu ändern")
        hidden, paused = sorted(
            (each for each in here.server.to(BEN) if "Eine Entscheidung über Sie" in str(each.message["Subject"])),
            key=lambda each: "Zu hitzig" in each.text,
        )
        async with here.at.site.read() as db:
            rows = await db.fetch("SELECT id, measure FROM statement WHERE account_id = $1", ben.id)
        links = {row["measure"]: f"{here.at.url}/decisions/{row['id']}" for row in rows}

        assert mailed == {BEN}
        assert len(here.server.letters) == 4
        assert "Sonst folgt nichts daraus" in note.text
        assert "Bis Sie ihn geändert haben" in request.text
        assert "Ein Beitrag ist für die Leute der Gruppe verborgen" in hidden.text
        assert "Sie können in der Gruppe lesen, nicht schreiben" in paused.text
        for letter, measure in ((note, "note"), (request, "ask to edit"), (hidden, "hide"), (paused, "pause")):
            assert letter.message["Content-Language"] == "de"
            assert letter.message["List-Unsubscribe"] is None
            assert letter.link("/decisions/") == links[measure]
            assert links[measure] in unescape(letter.html)
            assert "Die Betreuung von Bakers" in re.sub(r"\s+", " ", letter.text)
            for part in (letter.text, letter.html):
                assert "@ben@" in part
                assert re.search(r"\bada\b", part, re.IGNORECASE) is None, "who decided"
                assert "canary-post" not in part
                assert "token" not in part
        for letter, what in ((note, "note"), (request, "ask to edit"), (hidden, "hide")):
            assert f"Because <b>{what}</b> & more" in letter.text
            assert f"Because &lt;b&gt;{what}&lt;" in letter.html
            assert "<b>" not in letter.html


async def test_what_is_taken_back_is_not_mailed_again_and_a_late_letter_says_so(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with office(await database_url(), tmp_path) as here, reader(here.at) as at_ada:
        place, measures = Place(here.at), "/@bakers/measures"
        ada, ben = await confirmed(here, "ada"), await confirmed(here, "ben")
        group = await here.at.group(ada, "bakers")
        await place.join(group, ben)
        root = await place.write(ben, "Which oven?", group, title="Ovens")
        await at_ada.sign_in("ada")
        await measured(at_ada, root.id, "hide", "Off topic")
        await here.at.settle()
        before = len(here.server.letters)
        await at_ada.open(measures)
        await at_ada.press(f"{measures}/show_again", post=str(root.id))
        await here.at.settle()
        after = len(here.server.letters)

        await here.server.stop()
        await measured(at_ada, root.id, "note", "Mind the prices")
        await at_ada.open(measures)
        await at_ada.press(f"{measures}/pauses", handle="ben", days="3", grounds="other", reason="Heated")
        await here.at.settle()
        await at_ada.open(measures)
        statement = at_ada.attribute(f"form[action='{measures}/take_back'] [name=statement]", "value") or ""
        await at_ada.press(f"{measures}/take_back", statement=statement)
        await at_ada.press(f"{measures}/pauses/end", account=str(ben.id))
        await here.server.start()
        here.time.ahead += timedelta(minutes=5)
        await here.at.settle()
        late = here.server.letters[after:]

        assert (before, after) == (1, 1)
        assert sorted("Mind the prices" in each.text for each in late) == [False, True]
        for letter in late:
            assert "Taken back, or over" in letter.text
            assert "Taken back, or over" in letter.html


async def test_many_notes_keep_no_other_letter_from_a_member(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with office(await database_url(), tmp_path) as here:
        ben = await confirmed(here, "ben")
        async with here.at.db() as db:
            for number in range(2 * mail_queue.A_DAY_TO_ONE):
                await statements.issue(db, ben.id, "note", f"Note {number}", by_id=None, now=here.time())
        await here.at.settle()
        notes = len(here.server.to(BEN))
        await here.put(to=BEN)
        await here.at.settle()

        assert mail_queue.A_DAY_TO_ONE <= notes < 2 * mail_queue.A_DAY_TO_ONE, "what leaves at once may pass together"
        assert len(here.server.to(BEN)) == notes + 1
