"""Writing on pages: threads, replies, changes, deletions, reactions (product 6, 7; decisions D32-D36, D40, D61)."""

import pytest

from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_thread_for_two_groups_is_one_thread_in_both(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers, millers = await place.group(ada, ben), await place.group(ben, ada, name="millers")
    async with reader(place.at, ada.handle) as at:
        await at.open(f"/compose?group={bakers.id}")
        chosen = at.attribute("input[name=group][checked]", "value")
        await at.press("/compose", title="Which oven?", text="Ours **broke**.", carry=[str(millers.id)])
        thread = at.path

        assert chosen == str(bakers.id)
        assert (at.note, at.all("h1")) == ("Published.", ["Which oven?"])
        assert at.all("main .chip span") == [bakers.name, millers.name]
        for group in (bakers, millers):
            assert (await at.open(f"/@{group.handle}")).all(".threads h3") == ["Which oven?"]
        assert (await at.open("/home")).all(".threads h3") == ["Which oven?"]
    async with reader(place.at) as visitor:
        assert "Ours broke." in (await visitor.open(thread)).text


async def test_several_further_groups_are_chosen_at_once(place: Place) -> None:
    ada = await place.person("ada")
    home, millers, cooks = [await place.group(ada, name=name) for name in ("bakers", "millers", "cooks")]
    async with reader(place.at, ada.handle) as at:
        await at.open(f"/compose?group={home.id}")
        further = [str(millers.id), str(cooks.id)]
        await at.press("/compose", title="Which oven?", text="Ours broke.", **{"carry[]": further})

        assert set(at.all("main .chip span")) == {home.name, millers.name, cooks.name}


async def test_a_preview_publishes_nothing_and_keeps_what_was_typed(place: Place) -> None:
    ada = await place.person("ada")
    bakers = await place.group(ada)
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        await at.press("/compose", group=str(bakers.id), title="Which oven?", text="*Ours* broke.", preview="yes")

        assert "not published yet" in at.text
        assert at.all("main em") == ["Ours"]
        assert at.attribute("input[name=title]", "value") == "Which oven?"
        assert (await at.open(f"/@{bakers.handle}")).all(".threads h3") == []


async def test_the_place_of_a_thread_is_chosen_and_never_assumed(place: Place) -> None:
    ada = await place.person("ada")
    await place.group(ada)
    await place.group(ada, name="millers")
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        await at.press("/compose", text="Where does this go?")

        assert at.status == 422
        assert "Please choose where it belongs." in at.text
        assert at.all("textarea[name=text]") == ["Where does this go?"]


async def test_a_personal_post_has_no_title_and_the_readers_that_were_chosen(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        refused = (await at.press("/compose", group="own", title="A title", text="Back from the fair.")).text
        await at.press("/compose", group="own", title="", text="Back from the fair.", audience="private")
        own = at.path

        assert "A title needs a group." in refused
        assert "Only the author's followers can read this." in at.text
    async with reader(place.at, ben.handle) as other:
        assert (await other.open(own)).status == 404


async def test_a_reply_stands_below_what_it_answers(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada, ben)
    root = await place.write(ada, "Ours broke.", bakers, title="Which oven?")
    first = await place.write(ada, "The red one?", parent=root)
    async with reader(place.at, ben.handle) as at:
        await at.open(f"/@{ada.handle}/{root.id}?reply_to={first.id}")
        answers = at.all(".reply-form .context span")
        await at.press(f"/p/{first.id}/reply", text="No, the *blue* one.")

        assert answers == [f"To {ada.name}"]
        assert at.note == "Your reply is there."
        assert at.all(".replies .prose") == ["The red one?", "No, the blue one."]
        assert at.all(".replies .context") == [f"to {ada.name}: The red one?"]
        assert at.all("h2")[0] == "2 replies"


async def test_a_reply_opened_by_its_own_address_is_shown_in_its_thread(place: Place) -> None:
    ada = await place.person("ada")
    root = await place.write(ada, "Ours broke.", await place.group(ada), title="Which oven?")
    reply = await place.write(ada, "The red one.", parent=root)
    async with reader(place.at) as visitor:
        answer = await visitor.http.get(f"/@{ada.handle}/{reply.id}", headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/@{ada.handle}/{root.id}?at={reply.id}#p{reply.id}"


async def test_a_reply_that_is_refused_keeps_its_words(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    root = await place.write(ada, "Ours broke.", await place.group(ada, ben), title="Which oven?")
    async with reader(place.at, ben.handle) as at:
        await at.open(f"/@{ada.handle}/{root.id}")
        await at.press(f"/p/{root.id}/reply", text="x" * 10_001)

        assert at.status == 422
        assert "A post may have at most 10 000 characters." in at.text
        assert at.all("textarea[name=text]") == ["x" * 10_001]


async def test_who_is_no_member_is_told_how_to_become_one(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada)
    root = await place.write(ada, "Ours broke.", bakers, title="Which oven?")
    async with reader(place.at, ben.handle) as at, reader(place.at, locale="de") as visitor:
        await at.open(f"/@{ada.handle}/{root.id}")
        note = at.all(".reply-form p")
        await visitor.open(f"/@{ada.handle}/{root.id}")

        assert note == [f"Only members write in {bakers.name}. Join the group first."]
        assert visitor.all(".reply-form a") == ["Anmelden", "Vom eigenen Server aus antworten"]


async def test_an_edit_keeps_what_was_said_before(place: Place) -> None:
    ada = await place.person("ada")
    root = await place.write(ada, "Ours broke.", await place.group(ada), title="Which oven?")
    async with reader(place.at, ada.handle) as at:
        await at.open(f"/p/{root.id}/edit")
        before = (at.attribute("input[name=title]", "value"), at.all("textarea")[0])
        await at.press(f"/p/{root.id}/edit", title="Which oven lasts?", text="Ours broke **twice**.")
        title = at.all("h1")
        await at.open(f"/p/{root.id}/history")

        assert before == ("Which oven?", "Ours broke.")
        assert title == ["Which oven lasts?"]
        assert at.all("section h2") == ["Which oven lasts?", "Which oven?"]
        assert at.all("section .prose") == ["Ours broke twice.", "Ours broke."]


async def test_others_may_neither_edit_nor_delete(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    root = await place.write(ada, "Ours broke.", await place.group(ada, ben), title="Which oven?")
    async with reader(place.at, ben.handle) as at:
        await at.open(f"/@{ada.handle}/{root.id}")
        buttons = at.all("main a.reaction")
        statuses = [(await at.open(f"/p/{root.id}/{what}")).status for what in ("edit", "delete", "remove")]

    assert "Edit" not in buttons
    assert statuses == [403, 403, 403]


async def test_a_deleted_question_leaves_the_answers_of_others(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada, ben)
    root = await place.write(ada, "Ours broke.", bakers, title="Which oven?")
    await place.write(ben, "The red one.", parent=root)
    alone = await place.write(ada, "Nobody answers.", bakers, title="Hello?")
    async with reader(place.at, ada.handle) as at:
        for post in (root, alone):
            await at.open(f"/p/{post.id}/delete")
            await at.press(f"/p/{post.id}/delete")
        note, group = at.note, at.path
        with_answer = await at.open(f"/@{ada.handle}/{root.id}")

        assert (note, group) == ("Deleted.", f"/@{bakers.handle}")
        assert with_answer.status == 200
        assert "This post was deleted by its author." in at.text
        assert "The red one." in at.text
        assert "Ours broke." not in at.answer.text
        assert (await at.open(f"/@{ada.handle}/{alone.id}")).status == 410


async def test_a_moderator_says_why_a_post_goes(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada, ben)
    root = await place.write(ben, "Buy my ovens!", bakers, title="Ovens!")
    async with reader(place.at, ada.handle) as at, reader(place.at) as visitor:
        await at.open(f"/p/{root.id}/remove")
        await at.press(f"/p/{root.id}/remove", reason=" ", grounds="spam")
        refused = at.status
        await at.press(f"/p/{root.id}/remove", reason="Advertising", grounds="rule-1")
        assert "Please choose on what it rests" in at.text  # rules are not named by their place, which may change
        await at.press(f"/p/{root.id}/remove", reason="Advertising", grounds=at.first_rule)

        assert refused == 422
        assert at.note == "It is no longer in the group."
        assert (await visitor.open(f"/@{ben.handle}/{root.id}")).status == 404


async def test_same_here_is_said_once_and_can_be_taken_back(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    root = await place.write(ada, "Ours broke.", await place.group(ada, ben), title="Which oven?")
    async with reader(place.at, ben.handle) as at:
        await at.open(f"/@{ada.handle}/{root.id}")
        seen = [at.all(".same-here")]
        for verb in ("favourite", "unfavourite"):
            await at.press(f"/p/{root.id}/{verb}")
            seen.append(at.all(".same-here"))
        await at.press(f"/p/{root.id}/boost")

    assert seen == [["Same here 1"], ["Same here 2"], ["Same here 1"]]
    assert at.attribute(f"form[action='/p/{root.id}/unboost'] button", "aria-pressed") == "true"


async def test_replies_stand_below_what_they_answer_and_open_pages_learn_of_new_ones(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    root = await place.write(ada, "Which?", await place.group(ada, ben), title="Which one")
    first = await place.write(ben, "The red.", parent=root)
    await place.write(ben, "Or the green.", parent=root)
    answer = await place.write(ada, "Why the red?", parent=first)
    async with reader(place.at) as at:
        await at.open(f"/@{ada.handle}/{root.id}")
        told = [
            (await at.http.get(f"/p/{root.id}/news?after={after}")).json()
            for after in (root.id, first.id, answer.id, "x")
        ]

    assert at.all(".replies .prose") == ["The red.", "Why the red?", "Or the green."]
    assert [item.attributes.get("class") for item in at.page.css(".replies > li")] == [None, "step-1", None]
    assert [each["replies"] for each in told] == [3, 2, 0, 4]
    assert at.attribute(".replies", "data-last") == str(answer.id)


async def test_a_long_thread_comes_in_pages_with_the_reply_that_is_asked_for(place: Place) -> None:
    ada = await place.person("ada")
    root = await place.write(ada, "Count with me.", await place.group(ada), title="Counting")
    replies = [await place.write(ada, f"Number {number}", parent=root) for number in range(1, 104)]
    async with reader(place.at) as at:
        await at.open(f"/@{ada.handle}/{root.id}")
        first, newer = at.all(".replies .prose"), at.attribute(".pager a[rel=prev]", "href")
        await at.open(f"/@{ada.handle}/{root.id}?at={replies[101].id}")
        second = at.all(".replies .prose")

    assert (len(first), first[0], first[-1]) == (100, "Number 1", "Number 100")
    assert newer == f"?at={replies[100].id}#p{replies[100].id}"
    assert second == ["Number 101", "Number 102", "Number 103"]
    assert at.attribute(".pager a[rel=next]", "href") == f"?at={replies[0].id}#replies"


async def test_another_group_is_asked_to_show_a_thread_and_decides(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada, ben)
    millers = await place.group(ben, ada, name="millers", carry_policy="ask facilitator")
    root = await place.write(ada, "Ours broke.", bakers, title="Which oven?")
    async with reader(place.at, ada.handle) as at, reader(place.at, ben.handle) as facilitator:
        await at.open(f"/@{ada.handle}/{root.id}")
        await at.press(f"/p/{root.id}/carry", group=str(millers.id))
        asked = (at.note, at.all("main .badge.warm"))
        await facilitator.open(f"/@{millers.handle}")
        waiting = facilitator.attribute(f"a[href='/@{millers.handle}/waiting']", "href")
        await facilitator.open(f"/@{millers.handle}/waiting")
        carry = facilitator.attribute("button[name=carry]", "value") or ""
        await facilitator.press(f"/@{millers.handle}/carries/accept", carry=carry)
        carried = (await facilitator.open(f"/@{millers.handle}")).all(".threads h3")
        await at.open(f"/@{ada.handle}/{root.id}")
        await at.press(f"/p/{root.id}/stop_carrying", group=str(millers.id))

        assert asked == ("The group has been asked to show the thread.", ["asked"])
        assert waiting is not None
        assert carried == ["Which oven?"]
        assert at.note == "The thread is no longer shown in that group."
        assert (await at.open(f"/@{millers.handle}")).all(".threads h3") == []
