"""Pictures and files on pages: from here, as what they are, for those who may see them (decisions D64)."""

import html
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
import pytest_asyncio
from PIL import Image

from fedcomm import postgres
from fedcomm.accounts import follows
from fedcomm.accounts.model import Account
from fedcomm.activitypub.actors import Actors
from fedcomm.media.kept_files import DAY, Bounds, KeptFiles
from fedcomm.media.sniffing import media_type
from fedcomm.threads import changing, posting
from fedcomm.threads.model import Attachment, Audience, Draft, Post, Remote
from fedcomm.web import media
from tests.conftest import new_database
from tests.kit import FakePeer, answers
from tests.running import instance
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILM = b"\x00\x00\x00\x20ftypisom" + bytes(range(256)) * 8
PAGE = b"<!doctype html><script>alert(1)</script>"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(*, side: int = 8, form: str = "PNG") -> bytes:
    """A small real picture."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), (23, 97, 79)).save(out, form)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class Album:
    """A peer with somebody whose picture and posts are shown here."""

    place: Place
    peer: FakePeer
    rui: Account

    async def post(self, *bodies: bytes, audience: Audience = "public", said: str = "image/png") -> Post:
        """A post of rui with these files."""
        attached: list[Attachment] = []
        for body in bodies:
            path = self.peer.new_id("files").removeprefix(self.peer.server.url(""))
            self.peer.server.on(path, answers.text(body, content_type=said))
            attached.append(Attachment(media_type=said, remote_url=self.peer.server.url(path), description="A shop"))
        uri = self.peer.new_id("notes")
        now = self.place.at.site.now()
        remote = Remote(uri=uri, url=uri, object_type="Note", published_at=now, attachments=tuple(attached))
        draft = Draft(content_html="<p>Look.</p>", audience=audience, remote=remote)
        async with self.place.at.db() as db:
            return await posting.publish(db, self.place.at.here, self.rui, draft, now=now)

    def asked(self) -> int:
        """How many requests have come out to the peer."""
        return len(self.peer.server.seen)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def album(place: Place) -> AsyncIterator[Album]:
    """The peer, known here."""
    async with FakePeer() as peer:
        rui = peer.add("rui", icon={"type": "Image", "url": peer.server.url("/rui.png")})
        peer.server.on("/rui.png", answers.text(picture(), content_type="image/png"))
        known = await place.at.site.service(Actors).account(rui.id)
        yield Album(place, peer, known)


async def fetched(album: Album, path: str, **headers: str) -> httpx.Response:
    """What a browser of a visitor gets."""
    async with album.place.at.client() as client:
        return await client.get(path, headers=headers)


def said(answer: httpx.Response) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.content)


async def test_people_and_groups_without_a_picture_have_one_that_stays(place: Place, album: Album) -> None:
    ada = await place.person("ada")
    for account in (ada, await place.group(ada)):
        for what in ("avatars", "headers"):
            answer = await fetched(album, f"/media/{what}/{account.id}/{account.version}.png")

            assert answer.status_code == 200
            assert answer.content.startswith(b"\x89PNG")
            assert answer.headers["content-type"] == "image/png"
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_an_address_with_an_old_version_leads_to_the_present_picture(place: Place, album: Album) -> None:
    ada = await place.person("ada")
    answer = await fetched(album, f"/media/avatars/{ada.id}/{ada.version + 7}.png")

    assert (answer.status_code, answer.headers["location"]) == (302, f"/media/avatars/{ada.id}/{ada.version}.png")


async def test_a_picture_elsewhere_is_fetched_once_and_shown_from_here(album: Album) -> None:
    before = album.asked()
    first = await fetched(album, f"/media/avatars/{album.rui.id}/{album.rui.version}.png")
    second = await fetched(album, f"/media/avatars/{album.rui.id}/{album.rui.version}.png")

    assert first.content == second.content == picture()
    assert album.asked() == before + 1


async def test_somebody_elsewhere_whose_picture_is_none_gets_a_generated_one(album: Album) -> None:
    mia = album.peer.add("mia", icon={"type": "Image", "url": album.peer.server.url("/mia.svg")})
    album.peer.server.on("/mia.svg", answers.text(DRAWING, content_type="image/svg+xml"))
    known = await album.place.at.site.service(Actors).account(mia.id)
    answer = await fetched(album, f"/media/avatars/{known.id}/{known.version}.png")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert b"svg" not in answer.content


@pytest.mark.parametrize(
    ("body", "said", "served"),
    [
        (picture(), "text/html", "image/png"),
        (picture(form="JPEG"), "image/png", "image/jpeg"),
        (picture(form="WEBP"), "image/webp", "image/webp"),
        (FILM, "video/mp4", "video/mp4"),
        (b"ID3\x04" + bytes(200), "audio/mpeg", "audio/mpeg"),
    ],
)
async def test_a_file_is_served_as_what_it_is_and_cannot_run(album: Album, body: bytes, said: str, served: str) -> None:
    post = await album.post(body, said=said)
    answer = await fetched(album, f"/media/posts/{post.id}/0")

    assert answer.content == body
    assert answer.headers["content-type"] == served
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; sandbox")


@pytest.mark.parametrize(
    "body", [PAGE, DRAWING, b"%PDF-1.7 ...", b"PK\x03\x04" + bytes(40), b"", b"GIF9", b"\x00\x00\x00\x20ftypxxxx"]
)
async def test_what_is_no_picture_sound_or_film_is_not_served(album: Album, body: bytes) -> None:
    post = await album.post(body, said="image/png")
    before = album.asked()
    statuses = [(await fetched(album, f"/media/posts/{post.id}/0")).status_code for _ in range(2)]

    assert statuses == [404, 404]
    assert album.asked() == before + 1


async def test_files_that_are_not_there_are_not_found(album: Album) -> None:
    post = await album.post(picture())
    gone = await album.post(picture())
    album.peer.server.otherwise(answers.status(404))
    for path in (f"/media/posts/{post.id}/1", "/media/posts/1/0", "/media/avatars/1/1.png"):
        assert (await fetched(album, path)).status_code == 404
    assert (await fetched(album, f"/media/posts/{gone.id}/0")).status_code == 200


async def test_a_file_that_is_too_large_is_left_where_it_is(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "FILE_BYTES", 1000)
    post = await album.post(picture() + bytes(2000))

    assert (await fetched(album, f"/media/posts/{post.id}/0")).status_code == 404


async def test_files_of_a_post_for_followers_are_for_followers(place: Place, album: Album) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    async with place.at.db() as db:
        made = await follows.follow(db, place.at.here, ada, album.rui, now=place.at.site.now())
        await follows.receive_accept(db, place.at.here, ada, album.rui, now=place.at.site.now())
    post = await album.post(picture(), audience="followers")
    path = f"/media/posts/{post.id}/0"
    async with reader(place.at, ada.handle) as follower, reader(place.at, ben.handle) as other:
        allowed, refused = await follower.http.get(path), await other.http.get(path)

    assert made.state == "requested"
    assert (allowed.status_code, refused.status_code, (await fetched(album, path)).status_code) == (200, 404, 404)
    assert allowed.headers["cache-control"].startswith("private")


async def test_apps_get_the_files_of_a_post_for_followers_by_a_key(place: Place, album: Album) -> None:
    """They ask for pictures without their token (D64, S096); a post that is gone takes its keys along."""
    ada = await place.person("ada")
    async with place.at.db() as db:
        await follows.follow(db, place.at.here, ada, album.rui, now=place.at.site.now())
        await follows.receive_accept(db, place.at.here, ada, album.rui, now=place.at.site.now())
    post, other = await album.post(picture(), audience="followers"), await album.post(picture(), audience="followers")
    async with place.at.client(await place.at.token(ada)) as app:
        status = json.loads((await app.get(f"/api/v1/statuses/{post.id}")).content)
    path = urlsplit(str(status["media_attachments"][0]["url"]))
    shown = await fetched(album, f"{path.path}?{path.query}")
    elsewhere = await fetched(album, f"/media/posts/{other.id}/0?{path.query}")
    guessed = [await fetched(album, f"{path.path}?key={key}") for key in ("", "x", "0" * 22)]
    async with place.at.db() as db:
        await changing.delete(db, place.at.here, album.rui, post.id, now=place.at.site.now())
    gone = await fetched(album, f"{path.path}?{path.query}")

    assert (shown.status_code, shown.content) == (200, picture())
    assert shown.headers["cache-control"].startswith("private")
    assert [elsewhere.status_code, *(each.status_code for each in guessed), gone.status_code] == [404] * 5


async def test_pictures_may_come_from_another_address(cluster: postgres.Cluster, tmp_path: Path) -> None:
    """FEDCOMM_MEDIA_PUBLIC_URL: in pages, in the client API and in documents; pages say so in their policy (S088)."""
    files = "https://files.example/m"
    url = await new_database(cluster)
    async with instance(url, tmp_path, FEDCOMM_MEDIA_PUBLIC_URL=files + "/") as at:
        ada = await at.person("ada")
        async with at.client(await at.token(ada)) as app:
            made = said(await app.post("/api/v1/media", files={"file": ("a.png", picture(), "image/png")}))
            post = said(await app.post("/api/v1/statuses", json={"status": "Look", "media_ids": [made["id"]]}))
            document = said(await app.get(post["uri"], headers={"Accept": answers.ACTIVITY_JSON}))
            actor = said(await app.get(ada.uri, headers={"Accept": answers.ACTIVITY_JSON}))
            page = await app.get(urlsplit(str(post["url"])).path)
            shown = html.unescape(page.text)
            old = await app.get(f"/media/avatars/{ada.id}/99.png")

    assert made["url"].startswith(f"{files}/files/")
    assert post["account"]["avatar"] == f"{files}/avatars/{ada.id}/{ada.version}.png" == old.headers["location"]
    assert document["attachment"][0]["url"] == made["url"]
    assert actor["icon"]["url"].startswith(f"{files}/avatars/")
    assert f'src="{made["url"]}"' in shown
    assert f'src="{files}/avatars/' in shown
    assert "/media/" not in shown
    assert "img-src 'self' https://files.example data:;" in page.headers["content-security-policy"]


async def test_players_ask_for_parts_and_browsers_for_what_has_changed(album: Album) -> None:
    path = f"/media/posts/{(await album.post(FILM, said='video/mp4')).id}/0"
    whole = await fetched(album, path)
    part = await fetched(album, path, Range="bytes=100-199")
    rest = await fetched(album, path, Range="bytes=2000-")
    odd = await fetched(album, path, Range="bytes=9-5,0-1")
    same = await fetched(album, path, **{"If-None-Match": whole.headers["etag"]})

    assert whole.headers["accept-ranges"] == "bytes"
    assert (part.status_code, part.content) == (206, FILM[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(FILM)}"
    assert rest.content == FILM[2000:]
    assert (odd.status_code, odd.content) == (200, FILM)
    assert (same.status_code, same.content) == (304, b"")


async def test_kept_files_go_when_they_are_old_or_too_many(tmp_path: Path) -> None:
    kept = KeptFiles(tmp_path, lambda: Bounds(1000, DAY))
    for number in range(30):
        await kept.put(f"file {number}", bytes(100))
    sizes = [path.stat().st_size for path in tmp_path.glob("*/*")]
    old = KeptFiles(tmp_path, lambda: Bounds(1000, 0.0))

    assert sum(sizes) <= 1000
    assert await kept.get("file 29") == bytes(100)
    assert await kept.get("file 0") is None
    assert await old.get("file 29") is None


@pytest.mark.parametrize("body", [b"", b"\xff", b"\xff\xfb", b"RIFF", b"RIFF\0\0\0\0AVI ", b"\xff\xff\xff\xff", PAGE])
async def test_what_cannot_be_told_is_nothing(body: bytes) -> None:
    assert media_type(body) is None
