"""Searching on a page."""

import pytest

from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_groups_people_and_threads_are_found_by_their_words(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("quendolin")
    bakers = await place.group(ada, ben, name="zymologists")
    await place.write(ben, "Ours went sour.", bakers, title="Which zymase does Quendolin use?")
    async with reader(place.at, ada.handle) as at:
        await at.open("/search?q=zymase")
        threads = at.all("[aria-labelledby=threads] h3")
        await at.open("/search?q=zymolog")
        groups = at.all("[aria-labelledby=groups] h3")
        await at.open("/search?q=quendolin")
        both = at.all("[aria-labelledby=people] .name"), at.all("[aria-labelledby=threads] h3")

    assert threads == ["Which zymase does Quendolin use?"]
    assert groups == [bakers.name]
    assert both == ([ben.name], threads)


async def test_pages_of_results_follow_one_another(place: Place) -> None:
    ada = await place.person("ada")
    for number in range(21):
        await place.write(ada, f"Xanthan number {number}")
    async with reader(place.at, ada.handle) as at:
        await at.open("/search?q=xanthan")
        first = at.all("[aria-labelledby=threads] h3")
        await at.open("/search" + str(at.page.css("a[rel=next]")[0].attributes["href"]))

        assert len(first) == 20
        assert at.all("[aria-labelledby=threads] h3") == ["Xanthan number 0"]


async def test_a_wrong_question_and_an_empty_answer_are_explained(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/search?q=before:soon")
        assert (at.status, at.all("#wrong-q")) == (
            422,
            ["before:, after: and during: take a day such as 2026-11-21."],
        )
        await at.open("/search?q=nothingatallofthat")
        assert (at.status, at.all(".empty-title")) == (200, ["Nothing found"])
        await at.open("/search?q=@zoe@far.example")
        assert at.page.css_first("a[href='/find?address=%40zoe%40far.example']") is not None
        await at.open("/search?q=" + "x" * 501)
        assert (at.status, at.all("#wrong-q")) == (422, ["Please enter fewer words."])
