"""The pictures of people and groups on pages, without script: set, described, removed (product 6; D64; S107, S128)."""

import io

import pytest
from PIL import Image

from fedcomm.accounts import logins, lookup
from fedcomm.accounts.model import Account
from fedcomm.media.pictures import LARGEST_PICTURE
from fedcomm.media.storage import Store
from tests.web.conftest import Place
from tests.web.reader import Reader, reader
from tests.web.test_pictures import picture

pytestmark = pytest.mark.asyncio(loop_scope="module")
OWN = "/settings/pictures"


async def now(place: Place, account: Account) -> Account:
    """The account as it is by now."""
    async with place.at.db() as db:
        found = await lookup.by_id(db, account.id)
    assert found is not None
    return found


async def is_stored(place: Place, name: str | None) -> bool:
    """Whether there is such a file."""
    assert name
    return await place.at.site.service(Store).get(name) is not None


async def side(at: Reader, selector: str) -> tuple[int, int]:
    """How large the picture is that a page shows."""
    answer = await at.http.get(at.attribute(selector, "src") or "", follow_redirects=True)
    with Image.open(io.BytesIO(answer.content)) as opened:
        return opened.size


async def test_somebody_has_the_pictures_they_chose_until_they_remove_them(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/settings")
        drawn = at.all('input[name="remove_avatar"]')
        said = {"avatar_description": "Me at the oven", "header_description": "Tins <full>"}
        await at.upload(OWN, {"avatar": picture(50), "header": picture(70)}, said)
        first, note = await now(place, ada), at.note
        sizes = [await side(at, f".own-pictures {each}") for each in (".avatar", ".cover")]
        await at.open(f"/@{ada.handle}")
        alt = [at.attribute(f".banner {each}", "alt") for each in (".avatar", ".cover")]

        await at.open("/settings")
        await at.upload(OWN, {"avatar": picture(60)}, {})
        second = await now(place, ada)
        await at.upload(OWN, {}, {"remove_avatar": "yes"})
        third = await now(place, ada)
        await at.upload(OWN, {}, {})
        fourth = await now(place, ada)

    assert (drawn, note, sizes) == ([], "Saved.", [(50, 50), (70, 70)])
    assert alt == ["Me at the oven", "Tins <full>"]
    assert (second.avatar_description, second.header_url) == ("Me at the oven", first.header_url)
    assert (third.avatar_url, third.avatar_description, third.header_url) == (None, "", first.header_url)
    assert fourth == third, "what changes nothing is told to nobody"
    gone = [await is_stored(place, each) for each in (first.avatar_url, second.avatar_url, third.header_url)]
    assert gone == [False, False, True]


async def test_what_is_no_picture_or_too_large_is_refused_beside_its_field(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/settings")
        both = {"avatar": picture(), "header": b"<svg/>"}
        await at.upload(OWN, both, {"avatar_description": "Me"})
        no_picture = (at.status, at.all("#wrong-header"), at.all("#wrong-avatar"))
        typed = at.all('textarea[name="avatar_description"]')
        await at.upload(OWN, {"avatar": b"\x89PNG\r\n\x1a\n" + bytes(LARGEST_PICTURE)}, {})
        too_large = (at.status, at.all("#wrong-avatar"))
        await at.upload(OWN, {"avatar": picture()}, {"header_description": "x" * 151})
        too_long = (at.status, at.all("#wrong-header_description"))

    assert no_picture == (422, ["This is not a file of a kind that can be uploaded here."], [])
    assert typed == ["Me"]
    assert too_large[0] == 422
    assert "A picture may have at most" in too_large[1][0]
    assert too_long == (422, ["What is said about a picture may have at most 150 characters."])
    assert (await now(place, ada)) == ada


async def test_facilitators_and_nobody_else_set_the_pictures_of_their_group(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    path = f"/@{group.handle}/settings"
    async with reader(place.at, ada.handle) as at, reader(place.at, ben.handle) as other:
        await at.open(path)
        await at.upload(f"{path}/pictures", {"avatar": picture(50)}, {"avatar_description": "Our oven"})
        note, size = at.note, await side(at, ".own-pictures .avatar")
        await at.upload(f"{path}/pictures", {"header": b"no picture"}, {})
        refused = (at.status, len(at.all("#wrong-header")), at.attribute("#field-name", "value"))
        chosen = await now(place, group)
        await other.open("/settings")
        token = other.attribute("input[name=csrf_token]", "value") or ""
        sent = {"avatar": ("a.png", picture(30), "image/png")}
        by_member = await other.http.post(f"{path}/pictures", data={"csrf_token": token}, files=sent)
        async with place.at.db() as db:
            written = await db.fetchval(
                "SELECT details->'names' FROM audit_entry WHERE group_id = $1 AND action = 'change group'", group.id
            )
        await other.open(f"/@{group.handle}")
        alt = other.attribute(".banner .avatar", "alt")

    assert (note, size, by_member.status_code, alt) == ("Saved.", (50, 50), 403, "Our oven")
    assert refused == (422, 1, group.name)
    assert await now(place, group) == chosen
    assert written == ["avatar", "avatar_description"]


async def test_a_form_from_another_site_sets_no_picture(place: Place) -> None:
    """S128: the origin is looked at before the files are."""
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        await at.open("/settings")
        token = at.attribute("input[name=csrf_token]", "value") or ""
        sent = {"avatar": ("a.png", picture(), "image/png")}
        elsewhere = {"Origin": "https://evil.example"}
        answer = await at.http.post(OWN, data={"csrf_token": token}, files=sent, headers=elsewhere)
    assert answer.status_code == 403
    assert (await now(place, ada)).avatar_url is None


async def test_the_form_is_in_german_too(place: Place) -> None:
    ada = await place.person("ada")
    async with place.at.db() as db:
        await logins.prefer(db, ada.id, locale="de")
    async with reader(place.at, ada.handle) as at:
        await at.open("/settings")
        await at.upload(OWN, {"avatar": b"<svg/>"}, {})
    assert "Titelbild" in at.text
    assert at.all("#wrong-avatar") == ["Dateien dieser Art können hier nicht hochgeladen werden."]
