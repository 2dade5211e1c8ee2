"""Pictures on pages, without script: chosen, described, shown large, described anew (product 6; D37, D64)."""

import io

import pytest
from PIL import Image

from fedcomm.accounts import logins
from tests.web.conftest import Place
from tests.web.reader import Reader, Value, reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


Fields = dict[str, Value]


def picture(side: int = 40) -> bytes:
    """A small real picture."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), (23, 97, 79)).save(out, "PNG")
    return out.getvalue()


def shown(at: Reader) -> list[tuple[str, str]]:
    """The pictures of the post: what is said of each, and where it opens large."""
    said = [each.attributes.get("alt") or "" for each in at.page.css(".attachments figure img")]
    return list(zip(said, (each.attributes.get("href") or "" for each in at.page.css(".attachments a")), strict=True))


async def test_a_thread_has_the_pictures_that_were_chosen_and_what_is_said_of_them(place: Place) -> None:
    ada = await place.person("ada")
    bakers = await place.group(ada)
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        fields: Fields = {"group": str(bakers.id), "title": "Which oven?", "text": "Look."}
        fields["new_alt[]"] = ["The oven", "The door", "", ""]
        await at.upload("/compose", {"file_0": picture(), "file_1": picture(60)}, fields)
        found = shown(at)
        large = await at.http.get(found[1][1])

    assert at.note == "Published."
    assert [alt for alt, _ in found] == ["The oven", "The door"]
    assert at.all(".attachments details p") == ["The oven", "The door"]
    with Image.open(io.BytesIO(large.content)) as opened:
        assert opened.size == (60, 60)


async def test_pictures_stay_with_the_form_until_it_is_published(place: Place) -> None:
    ada = await place.person("ada")
    await place.group(ada)
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        fields: Fields = {"text": "Look.", "group": "own", "preview": "yes", "new_alt[]": ["One", "", "Two", ""]}
        await at.upload("/compose", {"file_0": picture(), "file_2": picture(50)}, fields)
        previewed = at.all("fieldset.picked textarea")
        places = len(at.page.css("input[type=file]"))
        refused = await at.upload("/compose", {"file_0": b"<svg/>"}, {"group": "own", "text": "Look."})
        wrong, kept = refused.status, at.all("fieldset.picked textarea")[:2]
        changes: Fields = {"pictures[0][alt]": "One, closer", "pictures[1][remove]": "yes"}
        await at.upload("/compose", {}, {"group": "own", "text": "Look.", **changes})

    assert (previewed, places) == (["One", "Two", "", ""], 2)
    assert (wrong, kept) == (422, ["One", "Two"])
    assert [alt for alt, _ in shown(at)] == ["One, closer"]


async def test_what_is_said_of_a_picture_can_be_changed_later(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        fields: Fields = {"group": "own", "text": "Look.", "new_alt[]": ["One", "", "", ""]}
        await at.upload("/compose", {"file_0": picture(), "file_1": picture()}, fields)
        path = at.path
        number = path.rsplit("/", 1)[1]
        await at.open(f"/p/{number}/edit")
        await at.upload(f"/p/{number}/edit", {}, {"pictures[1][alt]": "Two"})
        changed = [alt for alt, _ in shown(at)]
        await at.open(f"/p/{number}/edit")
        await at.upload(f"/p/{number}/edit", {"file_0": picture()}, {"pictures[0][remove]": "yes"})
        replaced = [alt for alt, _ in shown(at)]
        before = await at.open(f"/p/{number}/edit")
        too_long = (await before.upload(f"/p/{number}/edit", {}, {"pictures[0][alt]": "x" * 1501})).status
        after = await at.open(path)

    assert changed == ["One", "Two"]
    assert replaced == ["Two", "Picture without description"]
    assert too_long == 422
    assert [alt for alt, _ in shown(after)] == replaced


async def test_a_reply_has_pictures_that_stay_with_its_form_until_it_is_published(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    root = await place.write(ada, "Ours broke.", group, title="Which oven?")
    async with reader(place.at, ben.handle) as at:
        await at.open(f"/@{ada.handle}/{root.id}")
        action = f"/p/{root.id}/reply"
        await at.upload(action, {"file_0": picture(), "file_1": b"<svg/>"}, {"text": "Ours", "new_alt[]": ["The oven"]})
        refused = (at.status, at.all("textarea[name=text]"), at.all("fieldset.picked textarea")[:1])
        await at.upload(action, {"file_0": picture(60)}, {"text": "Ours", "new_alt[]": ["The door", "", ""]})
        found = shown(at)
        note = at.note
        await at.open(f"/@{ada.handle}/{root.id}")
        await at.upload(action, {"file_0": picture()}, {})
        wordless = at.note

    assert refused == (422, ["Ours"], ["The oven"])
    assert note == "Your reply is there."
    assert [alt for alt, _ in found] == ["The oven", "The door"]
    assert wordless == "Your reply is there."


async def test_s096_no_form_takes_the_pictures_of_others(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    async with reader(place.at, ada.handle) as at, reader(place.at, ben.handle) as other:
        await at.open("/compose")
        await at.upload("/compose", {"file_0": picture()}, {"group": "own", "text": "Look.", "preview": "yes"})
        number = at.attribute("input[name='pictures[0][id]']", "value")
        assert number
        await other.open("/compose")
        await other.upload("/compose", {}, {"group": "own", "text": "Mine", "pictures[0][id]": number})
        stolen = other.status
        await at.press("/compose", group="own", text="Look.")

    assert stolen == 404
    assert len(shown(at)) == 1


async def test_a_form_from_another_site_uploads_nothing(place: Place) -> None:
    """S128: the origin is looked at before the files are."""
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        token = at.attribute("input[name=csrf_token]", "value") or ""
        sent = {"file_0": ("a.png", picture(), "image/png")}
        answers = [
            await at.http.post("/compose", data=data, files=sent, headers=headers)
            for data, headers in (
                ({"csrf_token": token, "group": "own"}, {"Origin": "https://evil.example"}),
                ({"csrf_token": "guessed", "group": "own"}, {}),
            )
        ]
        async with place.at.site.read() as db:
            count = await db.fetchval("SELECT count(*) FROM media WHERE owner_id = $1", ada.id)

    assert [each.status_code for each in answers] == [403, 403]
    assert count == 0


async def test_the_form_is_in_german_too(place: Place) -> None:
    ada = await place.person("ada")
    async with place.at.db() as db:
        await logins.prefer(db, ada.id, locale="de")
    async with reader(place.at, ada.handle) as at:
        assert "Bis zu 4. Sagen Sie, was darauf zu sehen ist" in (await at.open("/compose")).text


async def test_pictures_that_are_not_for_everybodys_eyes_are_covered(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/compose")
        await at.upload("/compose", {"file_0": picture()}, {"group": "own", "text": "Look."})
        path, number = at.path, int(at.path.rsplit("/", 1)[1])
        open_ = len(at.page.css("details.warning .attachments img"))
        async with place.at.client(await place.at.token(ada)) as app:
            answer = await app.put(f"/api/v1/statuses/{number}", json={"status": "Look.", "sensitive": True})
        await at.open(path)
        covered = len(at.page.css("details.warning .attachments img"))
        said = at.all("details.warning > summary")

    assert answer.status_code == 200
    assert (open_, covered) == (0, 1)
    assert said == ["Not for everybody's eyes: show it"]


async def test_messages_have_pictures_that_only_those_see_who_talk(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    async with reader(place.at, ada.handle) as at, reader(place.at, ben.handle) as other:
        await at.open(f"/new_message?to=@{ben.handle}")
        await at.upload("/new_message", {"file_0": b"<svg/>"}, {"text": "Look."})
        refused = at.status
        await at.upload("/new_message", {"file_0": picture()}, {"text": "Look.", "new_alt[]": ["The oven", "", "", ""]})
        assert (refused, at.note) == (422, "Sent.")
        assert [alt for alt, _ in shown(at)] == ["The oven"]

        await other.open("/messages")
        path = other.attribute(".notices .name", "href") or ""
        await other.open(path)
        assert [alt for alt, _ in shown(other)] == ["The oven"]
        await other.upload(path, {"file_0": picture(30)}, {"text": "", "new_alt[]": ["The door", "", "", ""]})
        assert other.note == "Sent."
        assert [alt for alt, _ in shown(other)] == ["The oven", "The door"]
