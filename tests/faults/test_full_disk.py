"""The disk of the media store is full, and has room again."""

import io
import json
import os
import resource
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
from PIL import Image

from tests.faults.checking import all_whole
from tests.faults.stage import databases
from tests.fediverse.members import Member, member
from tests.running import Instance, MakeDatabase, instances, settle

ROOM = 40_000


@contextmanager
def no_room() -> Generator[None]:
    """Files of this process cannot grow beyond ROOM: the system refuses in the middle of a write, as a full disk does.

    The database is a process of its own and has room.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def photo() -> bytes:
    """A picture that does not become small."""
    out = io.BytesIO()
    Image.frombytes("RGB", (300, 300), os.urandom(300 * 300 * 3)).save(out, "PNG")
    return out.getvalue()


async def test_r029_a_full_disk_refuses_files_leaves_no_halves_and_heals(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R029: 507 for who uploads; everybody else reads, writes and federates; nothing half-written stays."""
    folder = f"{tmp_path}/media"
    async with instances(database_url, 2, FEDCOMM_DATA_DIR=str(tmp_path), FEDCOMM_MEDIA_URL=f"file://{folder}") as two:
        here, there = two
        ada, ben = await member(here, "ada"), await member(there, "ben")
        await ben.join(ada.account)
        await settle(here, there)
        async with here.client(await here.token(ada.account)) as app, there.client() as visitor:
            before = files(tmp_path)
            with no_room():
                refused = await upload(app, photo())
                left = files(tmp_path) - before
                said = await write(app, "No picture today.")
                await settle(here, there)
            kept = await upload(app, photo())
            await settle(here, there)
            shown = await write(app, "Here it is.", kept.json()["id"])
            await settle(here, there)

            assert (refused.status_code, "error" in json.loads(refused.content)) == (507, True)
            assert left == set()
            assert kept.status_code in (200, 202)
            remote = await picture_of(there, ben, shown)
            before = files(tmp_path)
            with no_room():
                meanwhile = await visitor.get(remote)
                left = files(tmp_path) - before
            afterwards = await visitor.get(remote)

        assert meanwhile.status_code == 507
        assert left == set()
        assert (afterwards.status_code, afterwards.headers["content-type"][:6]) == (200, "image/")
        await all_whole(databases(here, there), within=10, posts={said, shown})


async def upload(app: httpx.AsyncClient, body: bytes) -> httpx.Response:
    return await app.post("/api/v2/media", files={"file": ("bread.png", body, "image/png")})


async def write(app: httpx.AsyncClient, text: str, *media: str) -> str:
    answer = await app.post("/api/v1/statuses", json={"status": text, "media_ids": list(media)})
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["uri"]
    return found


async def picture_of(at: Instance, reader: Member, uri: str) -> str:
    """Where the picture of a post elsewhere is shown here."""
    async with at.client(await at.token(reader.account)) as app:
        home = (await app.get("/api/v1/timelines/home")).json()
    (url,) = [status["media_attachments"][0]["url"] for status in home if status["uri"] == uri]
    return str(url)


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}
