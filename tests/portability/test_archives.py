"""Archives of posts brought along: old, marked, by who brings them, once, and sent to nobody (product 24; S152)."""

import dataclasses
import io
import json
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.durations import Durations
from fedcomm.errors import Invalid
from fedcomm.portability import archive_files
from fedcomm.portability.archive_files import Archive
from tests import running
from tests.factories import NOON, make_follow, make_remote_account
from tests.media.test_uploads import picture
from tests.running import PASSWORD, Instance, MakeDatabase
from tests.web.reader import Reader, reader

AT_ONCE = dataclasses.replace(Durations(), import_pause=timedelta(0))
ME = "https://old.example/users/ada"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def note(number: int, text: str, **fields: Any) -> dict[str, Any]:
    """A post as it stands in Mastodon's outbox.json."""
    id_ = f"{ME}/statuses/{number}"
    written = {
        "id": id_, "type": "Note", "summary": None, "inReplyTo": None, "published": f"2021-03-0{number}T10:00:00Z",
        "url": f"https://old.example/@ada/{number}", "attributedTo": ME, "to": [PUBLIC], "cc": [f"{ME}/followers"],
        "sensitive": False, "content": f"<p>{text}</p>", "contentMap": {"en": f"<p>{text}</p>"}, "attachment": [],
        "tag": [], **fields,
    }  # fmt: skip
    return {"id": f"{id_}/activity", "type": "Create", "actor": ME, "object": written}


def files_of(*items: dict[str, Any], actor: str = ME, **more: bytes) -> dict[str, bytes]:
    box = {"type": "OrderedCollection", "orderedItems": items}
    return {"actor.json": json.dumps({"id": actor}).encode(), "outbox.json": json.dumps(box).encode(), **more}


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def taped(files: dict[str, bytes], *strange: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tape:
        for each in strange:
            tape.addfile(each)
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tape.addfile(info, io.BytesIO(body))
    return out.getvalue()


ARCHIVED = files_of(
    note(1, 'Zinc, <a class="mention" href="https://b.example/@ben">@ben</a>', tag=[
        {"type": "Mention", "name": "@ben@b.example", "href": "https://b.example/@ben"},
        {"type": "Hashtag", "name": "#zinc"},
    ], attachment=[{"type": "Document", "url": "/media_attachments/files/1/a.png", "name": "A <door>"},
                   {"type": "Document", "url": "/media_attachments/files/1/b.mp4", "name": None}]),
    note(2, "And it held.<script>alert(1)</script>", inReplyTo=f"{ME}/statuses/1", to=[f"{ME}/followers"], cc=[]),
    note(3, "Answer.", inReplyTo="https://b.example/1"),
    note(4, "Secret.", to=["https://b.example/users/ben"], cc=[]),
    note(5, "Eve's own.", attributedTo="https://old.example/users/eve"),
    {"id": "x", "type": "Announce", "actor": ME, "object": "https://b.example/2"},
    {"type": "Create", "actor": ME, "object": {"id": 7}},
) | {"media_attachments/files/1/a.png": picture(), "media_attachments/files/1/b.mp4": b"film"}  # fmt: skip


async def bring(at: Instance, who: Reader, body: bytes) -> str:
    """Bring an archive and have it read; the path of its page."""
    await who.open("/settings/import")
    await who.upload("/settings/import/archive", {"archive": body}, {})
    page = who.path
    await at.settle()
    await who.open(page)
    return page


async def posts_of(db: Connection, who: Account) -> list[Any]:
    return await db.fetch(
        """
        SELECT id, content_html, audience, published_at, parent_id, uri, language,
               (SELECT array_agg(tag) FROM post_tag WHERE post_id = post.id) AS tags,
               (SELECT count(*) FROM post_mention WHERE post_id = post.id) AS mentions,
               (SELECT array_agg(description) FROM post_attachment WHERE post_id = post.id) AS files
          FROM post
         WHERE author_id = $1 AND state = 'visible'
      ORDER BY id
        """,
        who.id,
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("packed", [zipped, taped], ids=["zip", "tar.gz"])
async def test_a_mastodon_archive_comes_in_as_old_posts_once_and_nothing_leaves(
    database_url: MakeDatabase, tmp_path: Path, packed: Any
) -> None:
    async with running.instance(await database_url(), tmp_path, durations=AT_ONCE) as at:
        ada = await at.person("ada", password=PASSWORD)
        async with at.db() as db:
            rui = await make_remote_account(db)
            await make_follow(db, rui, ada, here=at.here, now=at.site.now())
        await at.settle()
        async with reader(at, "ada") as who:
            async with at.site.read() as db:
                before = await db.fetchval("SELECT (SELECT count(*) FROM activity) + (SELECT count(*) FROM fact)")
            page = await bring(at, who, packed(ARCHIVED))
            dry = who.text
            async with at.site.read() as db:
                untouched = await posts_of(db, ada)
            await who.press(f"{page}/begin")
            await at.settle()
            await who.open(page)
            done = who.text
            async with at.site.read() as db:
                after = await db.fetchval("SELECT (SELECT count(*) FROM activity) + (SELECT count(*) FROM fact)")
                found = await posts_of(db, ada)
                left = str(await db.fetch("SELECT told FROM import_line"))
            again = await bring(at, who, packed(ARCHIVED))
            await who.press(f"{again}/begin")
            await at.settle()
            await who.open(again)
            twice = who.text
            async with at.site.read() as db:
                still = [row["id"] for row in await posts_of(db, ada)]
            await who.open("/@ada")
            profile = who.text
            await who.open(page)
            await who.press(f"{page}/undo")
            await at.settle()
            async with at.site.read() as db:
                undone = await posts_of(db, ada)
                told = await db.fetch(
                    """
                    SELECT destination.authority
                      FROM activity
                      JOIN pending_delivery ON pending_delivery.activity_id = activity.id
                      JOIN destination ON destination.id = pending_delivery.destination_id
                     WHERE activity.type = 'Delete'
                    """
                )

        assert "2 posts would come in." in dry
        for word in (
            "answers somebody else",
            "is private",
            "is not by whom the archive is of",
            "boosts",
            "cannot be read",
        ):
            assert word in dry
        assert untouched == []
        assert after == before
        assert "2 lines changed something." in done
        first, second = found
        assert first["published_at"] == datetime(2021, 3, 1, 10, tzinfo=UTC)
        assert first["uri"] == at.here.post_uri(first["id"])
        assert "https://old.example/@ada/1" in first["content_html"]
        assert "Imported from" in first["content_html"]
        assert (first["mentions"], first["tags"], first["files"], first["language"]) == (
            0,
            ["zinc"],
            ["A <door>"],
            "en",
        )
        assert (second["parent_id"], second["audience"]) == (first["id"], "followers")
        assert "script" not in second["content_html"]
        assert "And it held" not in left
        assert "2 were so already." in twice
        assert still == [row["id"] for row in found]
        assert "Zinc" in profile
        assert undone == []
        assert [row["authority"] for row in told] == [rui.authority] * 2


@pytest.mark.asyncio
async def test_what_one_instance_puts_together_another_takes_over(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with (
        running.instance(await database_url(), tmp_path / "a") as alpha,
        running.instance(await database_url(), tmp_path / "b", durations=AT_ONCE) as beta,
    ):
        old, new = await alpha.person("ada", password=PASSWORD), await beta.person("ada", password=PASSWORD)
        async with alpha.client(await alpha.token(old)) as http:
            media = (await http.post("/api/v1/media", files={"file": ("a.png", picture(), "image/png")})).json()
            await http.post("/api/v1/statuses", json={"status": "It came off.", "media_ids": [media["id"]]})
        async with reader(alpha, "ada") as leaving, reader(beta, "ada") as coming:
            await leaving.open("/settings/export")
            await leaving.press("/settings/export")
            await alpha.settle()
            await leaving.open("/settings/export")
            body = (await leaving.http.get(leaving.attribute('a[href$=".zip"]', "href") or "")).content
            page = await bring(beta, coming, body)
            await coming.press(f"{page}/begin")
            await beta.settle()
        async with beta.site.read() as db:
            (found,) = await posts_of(db, new)
    assert "It came off." in found["content_html"]
    assert found["files"] == [""]


@pytest.mark.asyncio
async def test_s152_a_bad_archive_is_refused_and_stands_in_nobodys_way(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with running.instance(await database_url(), tmp_path, durations=AT_ONCE) as at:
        ada = await at.person("ada", password=PASSWORD)
        async with reader(at, "ada") as who:
            for body in (b"no archive", zipped({"outbox.json": b"{"}), zipped(files_of())[:200], taped({})[:40]):
                page = await bring(at, who, body)
                assert "Cannot be read" in who.text, body[:20]
                await who.press(f"{page}/throw_away")
            page = await bring(at, who, zipped(ARCHIVED))
            assert "2 posts would come in." in who.text
            await who.open("/settings/import")
            await who.upload("/settings/import/archive", {"archive": zipped(ARCHIVED)}, {})
            assert who.status == 422
        async with at.site.read() as db:
            assert await posts_of(db, ada) == []
        assert list((tmp_path / "imports").rglob("*.new")) == []


def opened(path: Path, body: bytes) -> Archive:
    path.write_bytes(body)
    archive_files.as_zip(path)
    return Archive(path)


def test_s152_names_lead_nowhere_and_sizes_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    link = tarfile.TarInfo("media_attachments/link")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "secret")
    device = tarfile.TarInfo("media_attachments/device")
    device.type = tarfile.CHRTYPE
    files = files_of(note(1, "One.")) | {"../../out": b"x", "/abs": b"y", "media_attachments/large": bytes(5_000_000)}

    for body in (zipped(files), taped(files, link, device)):
        archive = opened(tmp_path / "a.zip", body)
        for name in (
            "../secret",
            "../../out",
            str(tmp_path / "secret"),
            "media_attachments/link",
            "media_attachments/device",
        ):
            assert archive.file(name, most=10_000) is None, name
        assert archive.file("media_attachments/large", most=4_999_999) is None
        assert archive.file("media_attachments/large", most=5_000_000) is not None
        assert [each.subject for each in archive.posts(now=NOON).lines] == [f"{ME}/statuses/1"]
        archive.close()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.zip", "secret"]

    monkeypatch.setattr(archive_files, "MOST_UNPACKED", 1_000_000)
    with pytest.raises(Invalid):
        opened(tmp_path / "b.zip", taped(files))
    monkeypatch.setattr(archive_files, "MOST_JSON", 100)
    with pytest.raises(Invalid):
        opened(tmp_path / "c.zip", zipped(files)).posts(now=NOON)


@pytest.mark.parametrize(
    "strange",
    [
        {"published": "2399-01-01T00:00:00Z"}, {"published": "0001-01-01T00:00:00Z"},
        {"published": "2021-01-01T00:00:00"},
        {"id": "javascript:alert(1)"}, {"to": None, "cc": None}, {"content": 7}, {"attachment": "x"},
        {"attributedTo": ["https://old.example/users/eve"]},
    ],
)  # fmt: skip
def test_s152_a_strange_post_is_left_out_and_the_others_come(strange: dict[str, Any], tmp_path: Path) -> None:
    archive = opened(tmp_path / "a.zip", zipped(files_of(note(1, "One."), note(2, "Two.", **strange))))
    found = archive.posts(now=NOON)
    archive.close()

    assert [each.subject for each in found.lines] == [f"{ME}/statuses/1"]
    assert len(found.skipped) == 1
