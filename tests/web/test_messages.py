"""Direct posts on pages: reading, answering, beginning, and who sees nothing of them."""

import pytest

from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_message_is_written_read_and_answered(place: Place) -> None:
    ada, ben, eva = [await place.person(name) for name in ("ada", "ben", "eva")]
    async with (
        reader(place.at, ada.handle) as at_ada,
        reader(place.at, ben.handle) as at_ben,
        reader(place.at, eva.handle) as at_eva,
    ):
        await at_ada.open(f"/@{ben.handle}")
        assert at_ada.attribute("main a[href^='/new_message']", "href") == f"/new_message?to=%40{ben.handle}%40" + (
            place.at.domain.replace(":", "%3A")
        )
        await at_ada.open(f"/new_message?to=@{ben.handle}")
        await at_ada.press("/new_message", text="Between *us*.")
        assert (at_ada.note, at_ada.all("h1 a"), at_ada.all(".replies .prose")) == (
            "Sent.",
            [ben.name],
            ["Between us."],
        )

        await at_ben.open("/home")
        assert at_ben.all(".nav a[href='/messages'] .count") == ["1 new"]
        assert at_ben.all(".tabs a[href='/you'] .count") == ["1 new"]
        await at_ben.open("/messages")
        assert at_ben.all(".notices .is-new .name") == [ada.name]
        path = at_ben.attribute(".notices .name", "href") or ""
        await at_ben.open(path)
        await at_ben.open("/messages")
        assert at_ben.all(".count") == []
        await at_ben.open(path)
        await at_ben.press(path, text="Yes.")
        assert at_ben.all(".replies .prose") == ["Between us.", "Yes."]

        await at_ada.open("/messages")
        assert at_ada.all(".notices .excerpt") == ["Yes."]
        assert (await at_eva.open(path)).status == 404
        assert "Between" not in (await at_eva.open("/messages")).text


async def test_an_answer_below_the_post_reaches_the_same_people(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, ben.handle) as at_ben:
        await at_ada.open("/new_message")
        await at_ada.press("/new_message", to=ben.handle, text="Between us.")
        url = at_ada.attribute(".replies .meta a", "href") or ""

        await at_ben.open(url)
        action = at_ben.attribute(".reply-form form", "action") or ""
        await at_ben.press(action, text="Yes.")

        await at_ada.open("/messages")
        assert at_ada.all(".notices .is-new .excerpt") == ["Yes."]


async def test_who_is_not_known_cannot_be_written_to_and_what_was_typed_stays(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/new_message")
        await at.press("/new_message", to="nobody_here", text="Hello?")

        assert at.status == 422
        assert "Nobody is known by this address." in at.text
        assert (at.attribute("#field-to", "value"), at.all("#field-text")) == ("nobody_here", ["Hello?"])
        await at.press("/new_message", to="", text="Hello?")
        assert at.status == 422


async def test_an_empty_answer_is_refused_and_the_conversation_stays(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    async with reader(place.at, ada.handle) as at:
        await at.open("/new_message")
        await at.press("/new_message", to=ben.handle, text="Between us.")
        path = at.path.partition("?")[0]
        await at.press(path, text="  ")

        assert at.status == 422
        assert "Write something first." in at.text
        assert at.all(".replies .prose") == ["Between us."]


async def test_a_conversation_is_taken_off_the_list(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    async with reader(place.at, ada.handle) as at:
        await at.open("/new_message")
        await at.press("/new_message", to=f"{ben.handle}, @{ada.handle}", text="Between us.")
        await at.press(f"{at.path}/remove")

        assert at.path == "/messages"
        assert at.all(".notices .name") == []
        assert at.note == "The conversation is off your list. What was said stays."


async def test_a_long_conversation_has_pages(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/new_message")
        await at.press("/new_message", to=ada.handle, text="Number 0")
        path = at.path
        for number in range(1, 22):
            await at.press(path, text=f"Number {number}")

        assert at.all(".replies .prose") == [f"Number {number}" for number in range(2, 22)]
        await at.open(path + (at.attribute(".pager a[rel=next]", "href") or ""))
        assert at.all(".replies .prose") == ["Number 0", "Number 1"]
        await at.open(at.attribute(".pager a[rel=prev]", "href") or "")
        assert len(at.all(".replies .prose")) == 20
