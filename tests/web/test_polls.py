"""Polls on pages: asked, answered and read without a script."""

import pytest

from fedcomm.polls import counting
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_poll_is_asked_on_the_page_and_voted_in_once(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada, ben)
    async with reader(place.at, ada.handle) as at:
        await at.open(f"/compose?group={bakers.id}")
        fields = {"title": "Which oven?", "text": "Ours broke.", "option[]": ["Red", "", " Blue "], "open_for": "3600"}
        await at.press("/compose", **fields, preview="yes")
        assert at.all(".poll-results .what") == ["Red", "Blue"]
        assert at.attribute("#field-option-3", "value") == " Blue "
        await at.press("/compose", **fields)
        assert at.note == "Published."
        assert at.all(".poll-results .what") == ["Red", "Blue"]
        assert at.all(".poll form") == []
        thread = at.path
    vote = f"/p/{thread.rpartition('/')[2]}/vote"
    async with reader(place.at, ben.handle) as at:
        await at.open(thread)
        assert at.all(".poll form .choice") == ["Red", "Blue"]

        await at.press(vote)
        assert (at.status, at.all(".poll .wrong")) == (422, ["Choose an answer first."])
        await at.press(vote, **{"choice[]": "1"})

        assert at.note == "Your vote is counted."
        assert at.all(".poll-results .what") == ["Red", "Blue Your choice"]
        assert at.all(".poll-results .figure") == ["0 %, 0 votes", "100 %, 1 vote"]
        assert "1 person voted" in at.text
        assert at.all(".poll form") == []
    async with reader(place.at) as visitor:
        await visitor.open(thread)
        assert visitor.all(".poll-results .what") == ["Red", "Blue"]
        assert visitor.all(".poll form") == []
        assert "Your choice" not in visitor.text


async def test_who_is_no_member_of_the_group_sees_the_poll_and_has_no_button(place: Place) -> None:
    ada, cleo = await place.person("ada"), await place.person("cleo")
    bakers = await place.group(ada)
    async with reader(place.at, ada.handle) as at:
        await at.open(f"/compose?group={bakers.id}")
        await at.press("/compose", title="Which oven?", text="Ours.", **{"option[]": ["Red", "Blue"]})
        thread = at.path
    async with reader(place.at, cleo.handle) as at:
        await at.open(thread)
        assert at.all(".poll-results .what") == ["Red", "Blue"]
        assert at.all(".poll form") == []


async def test_a_poll_that_cannot_be_asked_is_refused_beside_its_answers(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        await at.press("/compose", group="own", text="Which?", **{"option[]": ["Red", ""], "several": "yes"})

        assert at.status == 422
        assert at.all("#wrong-option") == ["A poll needs at least 2 answers to choose from."]
        assert at.attribute("#field-option-1", "value") == "Red"
        assert at.all("input[name=several][checked]") == [""]
        assert "3 days" in at.all("#field-open_for option")


async def test_several_answers_are_chosen_and_hidden_results_wait(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        await at.press(
            "/compose",
            group="own",
            text="Which?",
            several="yes",
            hidden="yes",
            **{"option[]": ["Red", "Blue", "Green"]},
        )
        thread = at.path
    async with reader(place.at, ben.handle) as at:
        await at.open(thread)
        await at.press(f"/p/{thread.rpartition('/')[2]}/vote", **{"choice[]": ["0", "2"]})

        assert at.all(".poll-results .what") == ["Red Your choice", "Blue", "Green Your choice"]
        assert at.all(".poll-results .figure") == []
        assert "Results are shown at the end." in at.text


async def test_the_end_of_a_poll_stands_among_the_notices(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        await at.press("/compose", group="own", text="Which?", **{"option[]": ["Red", "Blue"]})
        thread = at.path
        async with place.at.db() as db:
            now = place.at.site.now()
            await db.execute("UPDATE poll SET ends_at = $1 WHERE ended_at IS NULL", now)
            await counting.end_due(db, now=now)
        await place.at.settle()

        assert "asked in a poll that has ended" in (await at.open("/notifications")).text
        assert "The poll has ended." in (await at.open(thread)).text


async def test_an_edit_on_the_page_keeps_the_poll(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        await at.press("/compose", group="own", text="Which?", **{"option[]": ["Red", "Blue"]})
        number = at.path.rpartition("/")[2]
        await at.open(f"/p/{number}/edit")
        await at.press(f"/p/{number}/edit", text="Which one?")

        assert at.all(".poll-results .what") == ["Red", "Blue"]
        assert (await at.open(f"/p/{number}/history")).all(".poll-asked") == ["Red Blue", "Red Blue"]


async def test_a_poll_is_changed_when_its_post_is_edited(place: Place) -> None:
    """methods/statuses#edit: other answers are another question, whose votes are gone; a new end keeps them."""
    ada, ben = await place.person("ada"), await place.person("ben")
    async with reader(place.at, ada.handle) as at, reader(place.at, ben.handle) as voter:
        await at.open("/compose")
        await at.press("/compose", group="own", text="Which?", **{"option[]": ["Red", "Blue"]})
        thread, number = at.path, at.path.rpartition("/")[2]
        edit = f"/p/{number}/edit"
        await at.open(edit)
        unvoted = "People have voted already" in at.text
        await voter.open(thread)
        await voter.press(f"/p/{number}/vote", **{"choice[]": "0"})
        await at.open(edit)
        warned, filled = "People have voted already" in at.text, at.attribute("#field-option-2", "value")
        await at.press(edit, open_for="604800")
        longer = at.all(".poll-results .figure")
        await at.open(edit)
        await at.press(edit, **{"option[]": ["Red", "Blue", "Green"]})
        other = (at.all(".poll-results .what"), at.all(".poll-results .figure"))
        await at.open(edit)
        await at.press(edit, **{"option[]": ["Red", "", ""]})
        refused = (at.status, at.all("#wrong-option"), at.attribute("#field-option-1", "value"))
        await at.open(edit)
        await at.press(edit, **{"option[]": ["", ""]})
        none = (at.status, at.all(".poll"))
        await at.open(edit)
        await at.press(edit, open_for="86400", **{"option[]": ["Yes", "No"]})
        again = at.all(".poll-results .what")

    assert (unvoted, warned, filled) == (False, True, "Blue")
    assert longer == ["100 %, 1 vote", "0 %, 0 votes"]
    assert other == (["Red", "Blue", "Green"], ["0 %, 0 votes"] * 3)
    assert refused == (422, ["A poll needs at least 2 answers to choose from."], "Red")
    assert none == (200, [])
    assert again == ["Yes", "No"]
