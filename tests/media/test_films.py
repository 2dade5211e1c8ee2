"""Film, sound and animations from an app into a post, with the programs of this machine and without (S107, S151)."""

import asyncio
import io
import json
import shutil
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from fedcomm import postgres
from fedcomm.durations import Durations
from fedcomm.media import films
from tests.api.callers import Caller, caller
from tests.conftest import new_database
from tests.kit import answers
from tests.media.test_uploads import HIDDEN, moving, picture, send, served, stored
from tests.running import Instance, instance

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLACE = "+48.3984+009.9916/"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cinema(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """A running instance on a machine with the programs."""
    async with instance(await new_database(cluster), tmp_path_factory.mktemp("cinema")) as at:
        yield at


def made(path: Path, *arguments: str) -> bytes:
    """A real film or sound, with the place where it was taken and other words."""
    program = shutil.which("ffmpeg")
    assert program is not None
    told = ("-metadata", f"location={PLACE}", "-metadata", f"title={HIDDEN.decode()}", "-metadata", "artist=Ada")
    subprocess.run([program, "-v", "error", "-y", *arguments, *told, str(path)], check=True)
    return path.read_bytes()


PICTURES = ("-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=2")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:duration=2")


def film(folder: Path, name: str = "a.mov", *more: str, has_sound: bool = True) -> bytes:
    """Two seconds of film."""
    return made(folder / name, *PICTURES, *(TONE if has_sound else ()), *more)


async def ready(who: Caller, at: Instance, body: bytes, **fields: str) -> Any:
    """An upload through the newer address, when it is ready."""
    answer = await send(who, body, version="v2", name="a", said="application/octet-stream", **fields)
    assert answer.status_code == 202, answer.text
    await at.settle()
    return await who.get(f"/api/v1/media/{json.loads(answer.content)['id']}")


async def test_without_the_programs_no_film_is_taken_and_none_is_promised(
    cluster: postgres.Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    film_like = b"\x00\x00\x00\x20ftypisom" + bytes(4000)
    async with instance(await new_database(cluster), tmp_path) as at, caller(at) as ada:
        said = (await ada.get("/api/v2/instance"))["configuration"]["media_attachments"]
        refused = [await send(ada, body, version="v2") for body in (film_like, b"ID3\x04" + bytes(400))]
        animation = await ready(ada, at, moving())

    assert [each for each in said["supported_mime_types"] if not each.startswith("image/")] == []
    assert said["video_size_limit"] == 0
    assert [each.status_code for each in refused] == [422, 422]
    assert animation["type"] == "image"


@pytest.mark.film
async def test_a_film_is_made_anew_while_the_app_waits(cinema: Instance, tmp_path: Path) -> None:
    body = film(tmp_path)
    async with caller(cinema) as ada:
        first = json.loads((await send(ada, body, version="v2", description="The oven")).content)
        working = await ada.http.get(f"/api/v1/media/{first['id']}")
        early = await ada.refused(422, "POST", "/api/v1/statuses", json={"status": "x", "media_ids": [first["id"]]})
        await cinema.settle()
        done = await ada.get(f"/api/v1/media/{first['id']}")
        post = await ada.write("Look", media_ids=[first["id"]])
        document = json.loads((await served(cinema, post["uri"], Accept=answers.ACTIVITY_JSON)).content)
        said = (await ada.get("/api/v2/instance"))["configuration"]["media_attachments"]
    whole = await served(cinema, done["url"])
    part = await served(cinema, done["url"], Range="bytes=0-99")
    poster = await served(cinema, done["preview_url"])

    assert (first["type"], first["url"], working.status_code, "not ready" in early) == ("video", None, 206, True)
    assert (done["type"], done["description"]) == ("video", "The oven")
    assert done["meta"]["original"]["width"] == 320
    assert 1.9 < done["meta"]["original"]["duration"] < 2.2
    assert done["meta"]["original"]["frame_rate"] == "25000/1000"
    assert (done["meta"]["length"][:5], done["meta"]["fps"], done["meta"]["size"]) == ("0:00:", 25, "320x180")
    assert done["blurhash"]
    assert whole.headers["content-type"] == "video/mp4"
    assert (part.status_code, part.content) == (206, whole.content[:100])
    with Image.open(io.BytesIO(poster.content)) as opened:
        assert opened.size == (320, 180)
    assert post["media_attachments"][0]["type"] == "video"
    assert document["attachment"][0]["type"] == "Video"
    assert document["attachment"][0]["mediaType"] == "video/mp4"
    assert "video/mp4" in said["supported_mime_types"]
    assert said["video_size_limit"] == films.LARGEST_FILM


@pytest.mark.film
async def test_s107_a_film_tells_nothing_but_what_is_seen_and_heard(cinema: Instance, tmp_path: Path) -> None:
    bodies = [film(tmp_path, "a.mov"), film(tmp_path, "b.mp4"), made(tmp_path / "c.mp3", *TONE)]
    before = await stored(cinema)
    async with caller(cinema) as ada:
        shown = [await ready(ada, cinema, body) for body in bodies]
    files = [(await served(cinema, each["url"])).content for each in shown]

    assert all(HIDDEN in body for body in bodies)
    assert PLACE.encode() in bodies[0]
    for body in files:
        assert not any(word in body for word in (HIDDEN, b"48.3984", b"Ada"))
    assert not any("." not in name for name in await stored(cinema) - before), "the raw files are gone"


@pytest.mark.film
@pytest.mark.parametrize(
    ("name", "more", "has_sound", "kind", "media_type"),
    [
        ("a.webm", ("-c:v", "libvpx", "-c:a", "libopus"), True, "video", "video/mp4"),
        ("b.mp4", (), False, "gifv", "video/mp4"),
        ("c.mp4", ("-vf", "scale=321:181:flags=neighbor", "-pix_fmt", "yuv444p"), True, "video", "video/mp4"),
    ],
)
async def test_films_of_all_kinds_become_one_kind(
    cinema: Instance, tmp_path: Path, name: str, more: tuple[str, ...], has_sound: bool, kind: str, media_type: str
) -> None:
    async with caller(cinema) as ada:
        shown = await ready(ada, cinema, film(tmp_path, name, *more, has_sound=has_sound))

    assert shown["type"] == kind
    assert (await served(cinema, shown["url"])).headers["content-type"] == media_type


@pytest.mark.film
@pytest.mark.parametrize("name", ["a.mp3", "b.ogg", "c.flac", "d.wav", "e.m4a"])
async def test_sound_is_heard_everywhere_and_shown_as_its_author(cinema: Instance, tmp_path: Path, name: str) -> None:
    async with caller(cinema) as ada:
        shown = await ready(ada, cinema, made(tmp_path / name, *TONE))
        post = await ada.write("Listen", media_ids=[shown["id"]])
    sound = post["media_attachments"][0]

    assert (shown["type"], sound["type"]) == ("audio", "audio")
    assert (await served(cinema, shown["url"])).headers["content-type"] == "audio/mp4"
    assert 1.9 < sound["meta"]["original"]["duration"] < 2.2
    assert "/avatars/" in sound["preview_url"]


@pytest.mark.film
async def test_an_animation_becomes_a_film_that_repeats_and_a_still_a_picture(cinema: Instance) -> None:
    async with caller(cinema) as ada:
        animation, still = await ready(ada, cinema, moving()), await ready(ada, cinema, picture("GIF"))

    assert (animation["type"], still["type"]) == ("gifv", "image")
    assert (await served(cinema, animation["url"])).headers["content-type"] == "video/mp4"
    assert (await served(cinema, still["url"])).headers["content-type"] == "image/jpeg"


@pytest.mark.film
async def test_a_small_picture_of_ones_own_stays(cinema: Instance, tmp_path: Path) -> None:
    small = {"thumbnail": ("t.png", picture(size=(30, 30)), "image/png")}
    body = film(tmp_path)
    async with caller(cinema) as ada:
        with_it = await ada.http.post("/api/v2/media", files={"file": ("a", body, "video/mp4"), **small})
        await cinema.settle()
        first = await ada.get(f"/api/v1/media/{json.loads(with_it.content)['id']}")
        second = await ready(ada, cinema, body)
        changed = await ada.ask("PUT", f"/api/v1/media/{second['id']}", files=small)
        old = await served(cinema, second["preview_url"])

    assert first["meta"]["small"]["size"] == changed["meta"]["small"]["size"] == "30x30"
    assert changed["preview_url"] != second["preview_url"]
    assert old.status_code == 404


@pytest.mark.film
async def test_s151_broken_and_hostile_films_are_refused(cinema: Instance, tmp_path: Path) -> None:
    """A play list that names files of the server, a film cut off, and one that is only called so."""
    whole = film(tmp_path)
    secret = tmp_path / "secret.txt"
    secret.write_bytes(HIDDEN)
    play_list = f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n".encode()
    async with caller(cinema) as ada:
        listed = await send(ada, play_list, version="v2", said="video/mp4")
        for body in (b"\x00\x00\x00\x20ftypisom" + play_list * 20, whole[: len(whole) // 4], b"\x1aE\xdf\xa3" * 50):
            answer = await send(ada, body, version="v2")
            await cinema.settle()
            await ada.refused(422, "GET", f"/api/v1/media/{json.loads(answer.content)['id']}")

    assert listed.status_code == 422


@pytest.mark.film
async def test_s151_a_film_that_takes_too_long_is_given_up(cluster: postgres.Cluster, tmp_path: Path) -> None:
    long = made(tmp_path / "l.mp4", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=60:duration=3")
    hurried = replace(Durations(), film_limit=timedelta(seconds=0.3))
    folder = tmp_path / "data"
    async with instance(await new_database(cluster), folder, durations=hurried) as at, caller(at) as ada:
        first = json.loads((await send(ada, long, version="v2")).content)
        await at.settle()
        await ada.refused(422, "GET", f"/api/v1/media/{first['id']}")
        left = await asyncio.to_thread(lambda: list((folder / "films").glob("*")))
        kept = await stored(at)

    assert (left, kept) == ([], set())
