"""Pictures from a client app into a post, as their owner sees it and as those who must not get in do (D37, D64)."""

import asyncio
import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
import pytest_asyncio
from PIL import Image

from fedcomm import postgres
from fedcomm.api import media
from fedcomm.config import Wrong
from fedcomm.http import uploading
from fedcomm.http.context import clock
from fedcomm.media import pictures, stores
from tests.api.callers import Caller, caller, new_group
from tests.conftest import MakeDatabase, new_database
from tests.kit import answers
from tests.running import Instance, instance, instances, settle
from tests.security.raw_http import wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACE = b"48.3984N 9.9916E"
HIDDEN = b"canary of a camera"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def album(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """A running instance that may keep files, on a machine without programs for films."""
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as machine:
            machine.setenv("PATH", "")
            started = instance(await new_database(cluster), tmp_path_factory.mktemp("album"))
            at = await stack.enter_async_context(started)
        yield at


def picture(form: str = "PNG", *, size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    """A small real picture, its left half red."""
    made = Image.new(mode, size, (23, 97, 79) if mode == "RGB" else (23, 97, 79, 0))
    made.paste((200, 30, 30), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    made.save(out, form, **options)
    return out.getvalue()


def photo() -> bytes:
    """A photo as telephones make it: lying on its side, and telling where it was taken, and by whom."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = HIDDEN.decode()
    exif.get_ifd(0x8825)[29] = PLACE.decode()
    return picture("JPEG", exif=exif.tobytes(), comment=HIDDEN, xmp=HIDDEN)


def moving() -> bytes:
    """An animation with a comment."""
    frames = [Image.new("RGB", (20, 10), (25 * number, 0, 0)) for number in range(5)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=80, loop=0, comment=HIDDEN)
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A small PNG that says it has side x side pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * 400), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def send(
    who: Caller, body: bytes, *, version: str = "v1", name: str = "a.png", said: str = "image/png", **fields: str
) -> httpx.Response:
    """Upload a file."""
    return await who.http.post(f"/api/{version}/media", files={"file": (name, body, said)}, data=fields)


async def uploaded(who: Caller, body: bytes | None = None, **fields: str) -> Any:
    """The MediaAttachment of an upload that is ready."""
    answer = await send(who, body or picture(), **fields)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.content)


async def served(at: Instance, url: str, **headers: str) -> httpx.Response:
    """What a visitor gets at an address of ours."""
    async with at.client() as client:
        return await client.get(urlsplit(url).path, headers=headers)


def token_in(url: str) -> str:
    """What is hard to guess about an address."""
    return url.rsplit("/", 1)[1].partition(".")[0]


async def stored(at: Instance) -> set[str]:
    """The names of all files in the store."""
    root = Path(urlsplit(at.site.config.media_url).path)
    return await asyncio.to_thread(lambda: {path.name for path in root.rglob("*") if path.is_file()})


async def test_an_upload_is_ready_a_little_later(album: Instance) -> None:
    async with caller(album) as ada:
        answer = await send(ada, picture(), version="v2", description="A shop", focus="0.5,-0.25")
        first = json.loads(answer.content)
        waiting = await ada.http.get(f"/api/v1/media/{first['id']}")
        await album.settle()
        ready = await ada.get(f"/api/v1/media/{first['id']}")

    assert (answer.status_code, first["url"], first["type"]) == (202, None, "image")
    assert waiting.status_code == 206
    assert ready["description"] == "A shop"
    assert ready["meta"]["focus"] == {"x": 0.5, "y": -0.25}
    assert ready["meta"]["original"] == {"width": 60, "height": 40, "size": "60x40", "aspect": 1.5}
    assert (await served(album, ready["url"])).status_code == 200


async def test_pictures_are_in_the_post_in_the_order_of_the_ids(album: Instance) -> None:
    async with caller(album) as ada:
        one, two = await uploaded(ada, description="One"), await uploaded(ada, description="Two")
        post = await ada.write("", media_ids=[two["id"], one["id"]])
        again = await ada.get(f"/api/v1/statuses/{post['id']}")
        gone = await ada.refused(404, "GET", f"/api/v1/media/{one['id']}")
        only = await ada.get(f"/api/v1/accounts/{ada.id}/statuses", only_media=True)

    assert [each["description"] for each in again["media_attachments"]] == ["Two", "One"]
    assert [each["id"] for each in again["media_attachments"]] == [two["id"], one["id"]]
    assert again["media_attachments"][0]["url"] == two["url"]
    assert again["media_attachments"][0]["blurhash"] == two["blurhash"]
    assert gone
    assert [each["id"] for each in only] == [post["id"]]


async def test_a_thread_of_a_picture_alone_has_a_title(album: Instance) -> None:
    async with caller(album) as ada:
        group = await new_group(album, ada)
        post = await ada.write(f"@{group.handle}", media_ids=[(await uploaded(ada))["id"]])

    assert post["fedcomm"]["title"]
    assert len(post["media_attachments"]) == 1


async def test_s096_only_ones_own_pictures_once_and_at_most_four(album: Instance) -> None:
    async with caller(album) as ada, caller(album, "ben") as ben:
        mine, theirs = await uploaded(ada), await uploaded(ben)
        for ids in ([theirs["id"]], [mine["id"], mine["id"]], ["117657935257972936"], ["1", "2", "3", "4", "5"]):
            await ada.refused(422, "POST", "/api/v1/statuses", json={"status": "x", "media_ids": ids})
        for method in ("GET", "PUT", "DELETE"):
            await ada.refused(404, method, f"/api/v1/media/{theirs['id']}")
        await ada.write("Mine", media_ids=[mine["id"]])
        await ada.refused(422, "POST", "/api/v1/statuses", json={"status": "x", "media_ids": [mine["id"]]})
        unready = json.loads((await send(ada, picture(), version="v2")).content)
        await ada.refused(422, "POST", "/api/v1/statuses", json={"status": "x", "media_ids": [unready["id"]]})
        posts = await ada.get(f"/api/v1/accounts/{ada.id}/statuses")

    assert [each["content"] for each in posts] == ["<p>Mine</p>"]
    assert len(token_in(mine["url"])) == 32, "128 bits that nobody guesses"


async def test_what_is_said_of_a_picture_can_be_changed_before_and_after(album: Instance) -> None:
    async with caller(album) as ada:
        first = await uploaded(ada)
        changed = await ada.ask("PUT", f"/api/v1/media/{first['id']}", json={"description": "A shop", "focus": "0,1"})
        too_long = await ada.refused(422, "PUT", f"/api/v1/media/{first['id']}", json={"description": "x" * 1501})
        post = await ada.write("Look", media_ids=[first["id"]])
        edited = await ada.ask(
            "PUT",
            f"/api/v1/statuses/{post['id']}",
            json={"status": "Look", "media_attributes": [{"id": first["id"], "description": "Our shop"}]},
        )
        second = await uploaded(ada)
        other = await ada.ask(
            "PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Look", "media_ids": [second["id"]]}
        )
        same = await ada.ask("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Look again"})
        history = await ada.get(f"/api/v1/statuses/{post['id']}/history")

    assert (changed["description"], changed["meta"]["focus"]) == ("A shop", {"x": 0.0, "y": 1.0})
    assert "1,500" in too_long
    assert edited["media_attachments"][0]["description"] == "Our shop"
    assert edited["edited_at"]
    assert [each["id"] for each in other["media_attachments"]] == [second["id"]]
    assert same["media_attachments"] == other["media_attachments"] == history[-1]["media_attachments"]
    assert (await served(album, first["url"])).status_code == 404


@pytest.mark.parametrize(
    ("form", "mode", "becomes"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("PNG", "RGBA", "image/png"),
        ("WEBP", "RGB", "image/webp"),
        ("AVIF", "RGB", "image/jpeg"),
    ],
)
async def test_s032_a_picture_is_served_as_what_it_is_and_never_as_more(
    album: Instance, form: str, mode: str, becomes: str
) -> None:
    body = picture(form, mode=mode)
    async with caller(album) as ada:
        answer = await send(ada, body, name="../../actor.json", said="application/activity+json")
        made = json.loads(answer.content)
    for url in (made["url"], made["preview_url"]):
        got = await served(album, url, Accept=answers.ACTIVITY_JSON)
        with Image.open(io.BytesIO(got.content)) as opened:
            assert opened.size == (60, 40)
        assert got.headers["content-type"].startswith("image/")
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-disposition"] == "inline"
        assert got.headers["content-security-policy"].startswith("default-src 'none'; sandbox")
        assert "immutable" in got.headers["cache-control"]
    assert (await served(album, made["url"])).headers["content-type"] == becomes


@pytest.mark.parametrize(
    "body",
    [
        b'{"@context":"https://www.w3.org/ns/activitystreams","type":"Person","id":"https://a.example/"}',
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!doctype html><script>alert(1)</script>",
        b'<?xml version="1.0"?><a/>',
        b"%PDF-1.7 ...",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"push graphic-context\nviewbox 0 0 9 9\nimage over 0,0 0,0 'https://a.example/'\npop graphic-context",
        b"II*\x00" + bytes(60),
        b"BM" + bytes(60),
        b"\x00\x00\x00\x20ftypisom" + bytes(200),
        b"",
    ],
)
@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_s083_what_is_no_picture_is_refused_at_once(album: Instance, body: bytes, version: str) -> None:
    before = await stored(album)
    async with caller(album) as ada:
        answer = await send(ada, body, version=version, said="image/png")

    assert answer.status_code == 422
    assert json.loads(answer.content)["error"]
    assert await stored(album) <= before


async def test_s107_a_photo_tells_nothing_but_what_is_on_it(album: Instance) -> None:
    """Place, camera, comment are gone, from the file, the small copy, and the store; the photo stands upright."""
    assert photo().count(HIDDEN) >= 2
    assert PLACE in photo()
    async with caller(album) as ada:
        made = await uploaded(ada, photo())
        gif = await uploaded(ada, moving())
    bodies = [(await served(album, each[url])).content for each in (made, gif) for url in ("url", "preview_url")]
    root = Path(urlsplit(album.site.config.media_url).path)
    bodies += [path.read_bytes() for path in root.rglob("*") if path.is_file()]

    assert (made["meta"]["original"]["width"], made["meta"]["original"]["height"]) == (40, 60)
    assert not [body for body in bodies if PLACE in body or HIDDEN in body]
    with Image.open(io.BytesIO(bodies[0])) as upright:
        red = upright.convert("RGB").getpixel((20, 5))
        assert dict(upright.getexif()) == {}
    assert isinstance(red, tuple)
    assert red[0] > 150, "what was left is above after turning right"
    with Image.open(io.BytesIO(bodies[2])) as animation:
        assert getattr(animation, "n_frames", 1) == 5


@pytest.mark.parametrize("body", [bomb(40_000), bomb(6_000), picture("JPEG")[:-300], b"\x89PNG\r\n\x1a\n" + bytes(80)])
async def test_s151_bombs_and_broken_pictures_are_refused(album: Instance, body: bytes) -> None:
    async with caller(album) as ada:
        now = await send(ada, body)
        later = await send(ada, body, version="v2")
        await album.settle()
        found = await ada.refused(422, "GET", f"/api/v1/media/{json.loads(later.content)['id']}")

    assert (now.status_code, later.status_code) == (422, 202)
    assert json.loads(now.content)["error"] == found == "This picture could not be read."


async def test_s151_the_decoder_has_neither_network_nor_files_nor_much_memory() -> None:
    """Another process, which gives up these rights before it looks at the picture."""
    tries = (
        "socket.socket()",
        "open('/etc/hostname')",
        "subprocess.run(['true'])",
        "bytearray(decoding.MEMORY_BYTES)",
    )
    for each in tries:
        code = f"import socket, subprocess; from fedcomm.media import decoding; decoding.shut_in(); {each}"
        ended = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], capture_output=True, check=False)
        assert ended.returncode == 1, each
        assert b"Too many open files" in ended.stderr or b"MemoryError" in ended.stderr, (each, ended.stderr)


async def test_s151_who_decodes_too_long_is_stopped(album: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WITHIN_S", 0.01)
    async with caller(album) as ada:
        answer = await send(ada, picture())

    assert answer.status_code == 422


@pytest.mark.parametrize("name", ["../../../../etc/passwd", "/etc/passwd", "..\\..\\x.png", "a\0b.png", "x" * 5000])
async def test_s153_names_of_files_are_not_looked_at(album: Instance, name: str) -> None:
    before = await stored(album)
    async with caller(album) as ada:
        answer = await send(ada, picture(), name=name)
    new = await stored(album) - before

    if answer.status_code == 200:
        token = token_in(json.loads(answer.content)["url"])
        assert new == {f"{token}.png", f"{token}s.jpg"}
    else:
        assert (answer.status_code, new) == (400, set())


@pytest.mark.parametrize("name", ["..%2f..%2fsecret", "%2e%2e", "x.png", "a" * 32, "a" * 32 + ".png", "%00"])
async def test_s153_nothing_is_served_but_what_was_uploaded(album: Instance, name: str) -> None:
    assert (await served(album, f"/media/files/{name}")).status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "file://elsewhere.example/media",
        "media",
        "file:media",
        "s3://bucket/folder",
        "s3://key:secret@host.example/",
        "s3://key:secret@host.example/bucket?tls=perhaps",
        "s3://key:secret@host.example/bucket?acl=public",
        "s3://key:secret@host.example:port/bucket",
    ],
)
async def test_a_store_of_another_kind_is_refused_at_start(url: str) -> None:
    with pytest.raises(Wrong):
        stores.opened(url, now=clock)


async def test_a_file_that_is_too_large_is_refused(album: Instance) -> None:
    async with caller(album) as ada, wire(album) as line:
        large = await send(ada, picture() + bytes(pictures.LARGEST_PICTURE))
        most = uploading.largest_form(album.site)
        head = (
            f"POST /api/v2/media HTTP/1.1\r\nHost: {album.domain}\r\nAuthorization: Bearer {ada.token}\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {most + 1}\r\n"
            "Connection: close\r\n\r\n"
        )
        await line.send(head.encode())
        await line.until_closed()

    assert large.status_code == 422
    assert line.statuses() == [413]


async def test_a_large_picture_becomes_smaller(album: Instance) -> None:
    async with caller(album) as ada:
        made = await uploaded(ada, picture("JPEG", size=(5000, 2500)))

    assert made["meta"]["original"]["size"] == "3840x1920"
    assert made["meta"]["small"]["size"] == "640x320"


async def test_the_files_of_a_deleted_post_are_gone(album: Instance) -> None:
    """D61; a file that the author removed before posting is gone at once."""
    await album.settle()  # what other tests left to do makes files too
    before = await stored(album)
    async with caller(album) as ada:
        kept, dropped = await uploaded(ada), await uploaded(ada)
        assert await ada.ask("DELETE", f"/api/v1/media/{dropped['id']}") == {}
        left = await stored(album) - before
        post = await ada.write("Look", media_ids=[kept["id"]])
        await ada.refused(404, "DELETE", f"/api/v1/media/{kept['id']}")
        await ada.ask("DELETE", f"/api/v1/statuses/{post['id']}")
        status = (await served(album, kept["url"])).status_code
        await album.settle()

    assert len(left) == 2
    assert status == 404
    assert await stored(album) <= before


async def test_uploads_that_no_post_took_are_swept_after_a_day(cluster: postgres.Cluster, tmp_path: Path) -> None:
    moved = timedelta(0)

    async with instance(await new_database(cluster), tmp_path, now=lambda: clock() + moved) as at, caller(at) as ada:
        loose, used = await uploaded(ada), await uploaded(ada)
        await ada.write("Look", media_ids=[used["id"]])
        moved = timedelta(hours=23)
        await media.sweep(at.site)
        early = (await served(at, loose["url"])).status_code
        moved = timedelta(hours=25)
        await media.sweep(at.site)

        assert early == 200
        assert (await served(at, loose["url"])).status_code == 404
        assert (await served(at, used["url"])).status_code == 200
        assert len(await stored(at)) == 2


async def test_other_servers_get_the_picture_with_all_that_is_said_of_it(album: Instance) -> None:
    async with caller(album) as ada:
        made = await uploaded(ada, description="A shop", focus="0.5,-0.5")
        post = await ada.write("Look", media_ids=[made["id"]])
    document = json.loads((await served(album, post["uri"], Accept=answers.ACTIVITY_JSON)).content)

    assert document["attachment"] == [
        {
            "type": "Image",
            "url": made["url"],
            "mediaType": "image/png",
            "name": "A shop",
            "width": 60,
            "height": 40,
            "blurhash": made["blurhash"],
            "focalPoint": [0.5, -0.5],
        }
    ]


async def test_the_instance_says_what_can_be_uploaded(album: Instance) -> None:
    async with caller(album) as ada:
        said = (await ada.get("/api/v2/instance"))["configuration"]

    assert said["statuses"]["max_media_attachments"] == 4
    assert said["media_attachments"]["image_size_limit"] == pictures.LARGEST_PICTURE
    assert "image/avif" in said["media_attachments"]["supported_mime_types"]


async def test_a_profile_has_the_pictures_that_its_owner_chose(album: Instance) -> None:
    """Made anew like all pictures; those that they replace are removed from the store."""
    before = await stored(album)
    async with caller(album) as ada:
        path = "/api/v1/accounts/update_credentials"
        bare = await ada.get("/api/v1/accounts/verify_credentials")
        both = {"avatar": ("a.jpg", photo(), "image/jpeg"), "header": ("h.png", picture(size=(900, 300)), "image/png")}
        first = await ada.ask("PATCH", path, files=both, data={"display_name": "Ada"})
        second = await ada.ask("PATCH", path, files={"avatar": ("b.png", picture(), "image/png")})
        third = await ada.ask("PATCH", path, json={"display_name": "Ada B."})
        with_too_long_a_name: Any = {"files": both, "data": {"display_name": "x" * 61}}
        await ada.refused(422, "PATCH", path, **with_too_long_a_name)
        await ada.refused(422, "PATCH", path, files={"avatar": ("c.svg", b"<svg/>", "image/svg+xml")})
    avatars = [await served(album, each["avatar"]) for each in (second, third)]
    header = await served(album, third["header"])

    assert first["display_name"] == "Ada"
    assert first["avatar"] != bare["avatar"]
    assert avatars[0].headers.get("location", "") in third["avatar"]
    with Image.open(io.BytesIO(avatars[1].content)) as shown, Image.open(io.BytesIO(header.content)) as above:
        assert (shown.size, above.size) == ((60, 40), (900, 300))
    assert HIDDEN not in avatars[1].content
    assert len(await stored(album) - before) == 2


async def test_a_picture_travels_with_its_post_and_is_shown_from_there(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """D64: readers elsewhere load it from their own server, with description, blurhash and focus."""
    async with instances(database_url, 2, FEDCOMM_DATA_DIR=str(tmp_path)) as (alpha, beta):
        async with caller(alpha) as ada, caller(beta, "ben") as ben:
            found = await ben.get("/api/v2/search", q=f"@{ada.account.handle}@{alpha.domain}", resolve=True)
            await ben.post(f"/api/v1/accounts/{found['accounts'][0]['id']}/follow")
            await settle(alpha, beta)
            made = await uploaded(ada, description="A shop", focus="0.5,-0.5")
            await ada.write("Look", media_ids=[made["id"]])
            await settle(alpha, beta)
            (post,) = await ben.get("/api/v1/timelines/home")
            (shown,) = post["media_attachments"]
        there, here = await served(alpha, made["url"]), await served(beta, shown["url"])

    assert shown["url"].startswith(beta.url)
    assert (shown["remote_url"], shown["type"], shown["description"]) == (made["url"], "image", "A shop")
    assert (shown["blurhash"], shown["meta"]["focus"]) == (made["blurhash"], made["meta"]["focus"])
    assert here.content == there.content


async def test_a_post_may_have_a_picture_and_a_poll(database_url: MakeDatabase, tmp_path: Path) -> None:
    """As client apps offer it; elsewhere both are there too, and an edit may bring either to the other."""
    poll = {"options": ["Red", "Green"], "expires_in": 3600}
    async with instances(database_url, 2, FEDCOMM_DATA_DIR=str(tmp_path)) as (alpha, beta):
        async with caller(alpha) as ada, caller(beta, "ben") as ben:
            found = await ben.get("/api/v2/search", q=f"@{ada.account.handle}@{alpha.domain}", resolve=True)
            await ben.post(f"/api/v1/accounts/{found['accounts'][0]['id']}/follow")
            await settle(alpha, beta)
            made = await uploaded(ada, description="A shop")
            both = await ada.write("Which?", media_ids=[made["id"]], poll=poll)
            grown = await ada.write("Which one?", poll=poll)
            more = {"status": "Which?", "media_ids": [(await uploaded(ada))["id"]], "poll": poll}
            grown = await ada.ask("PUT", f"/api/v1/statuses/{grown['id']}", json=more)
            await settle(alpha, beta)
            there = await ben.get("/api/v1/timelines/home")

    for post in (both, grown, *there):
        assert [each["title"] for each in post["poll"]["options"]] == ["Red", "Green"]
        assert [each["type"] for each in post["media_attachments"]] == ["image"]
    assert len(there) == 2


async def test_a_picture_of_a_telephone_is_taken_where_its_library_is_installed(album: Instance) -> None:
    """HEIC: a real file, with a place. Without the library it is refused, and not promised either (S107)."""
    body = (Path(__file__).parent / "phone.heic").read_bytes()
    async with caller(album) as ada:
        said = (await ada.get("/api/v2/instance"))["configuration"]["media_attachments"]["supported_mime_types"]
        answer = await send(ada, body, name="a.heic", said="image/heic")
    is_promised = "image/heic" in said

    assert HIDDEN in body
    assert answer.status_code == (200 if is_promised else 422)
    if is_promised:
        shown = (await served(album, json.loads(answer.content)["url"])).content
        with Image.open(io.BytesIO(shown)) as opened:
            assert (opened.format, opened.size) == ("JPEG", (64, 48))
            red, green = opened.convert("RGB").tobytes()[:2]
        assert red > 150 > green
        assert HIDDEN not in shown
