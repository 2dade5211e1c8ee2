"""A group's archive: for those who may change the group, as far as they may read, without who is gone (product 24)."""

import json
import zipfile
from pathlib import Path

import pytest

from fedcomm.accounts.model import Account
from fedcomm.groups import membership
from fedcomm.portability import leaving
from fedcomm.threads import drafting, posting
from fedcomm.threads.model import Post
from tests import running
from tests.portability.test_exporting import items, opened
from tests.running import PASSWORD, MakeDatabase
from tests.web.reader import reader


@pytest.mark.asyncio
async def test_facilitators_take_their_group_along_without_what_was_deleted(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with running.instance(await database_url(), tmp_path) as at:
        ada, ben = [await at.person(name, password=PASSWORD) for name in ("ada", "ben")]
        gone = await at.person("gil")
        group = await at.group(ada, "bakers")

        async def write(by: Account, text: str, title: str | None = None, parent_id: int | None = None) -> Post:
            async with at.db() as db:
                draft = await drafting.from_text(
                    db,
                    at.here,
                    by,
                    text,
                    title=title,
                    group_ids=[group.id] if parent_id is None else [],
                    parent_id=parent_id,
                    visibility="public",
                    now=at.site.now(),
                )
                return await posting.publish(db, at.here, by, draft, now=at.site.now())

        async with at.db() as db:
            for member in (ben, gone):
                await membership.join(db, at.here, member, group, how="invite", now=at.site.now())
        root = await write(ben, "Which flour rises best?", title="Flour")
        reply = await write(ada, "Rye does.", parent_id=root.id)
        deleted = await write(ben, "Deleted words.", title="Away")
        erased = await write(gone, "Erased words.", title="Erased")
        async with at.db() as db:
            await posting.delete(db, at.here, ben, deleted.id, now=at.site.now())
            await leaving.leave_for_good(db, at.here, gone, now=at.site.now())

        async with reader(at, "ada") as facilitator, reader(at, "ben") as member:
            refused = [(await member.open("/@bakers/export")).status]
            await facilitator.open("/@bakers")
            await facilitator.open("/@bakers/export")
            await facilitator.press("/@bakers/export")
            await at.settle()
            await facilitator.open("/@bakers/export")
            link = facilitator.attribute('a[href$=".zip"]', "href") or ""
            refused.append((await member.http.get(link)).status_code)
            async with at.db() as db:
                await membership.appoint(db, ada, group, ben.id, "facilitator", now=at.site.now())
            refused.append((await member.http.get(link)).status_code)
            archive: zipfile.ZipFile = opened(await facilitator.http.get(link))

    assert refused == [403, 403, 404]
    assert json.loads(archive.read("group.json"))["format"] == "fedcomm group 1"
    posts = {each["uri"]: each for each in items(archive, "posts.json")}
    assert set(posts) == {root.uri, reply.uri}
    assert erased.uri not in posts
    assert (posts[reply.uri]["thread"], posts[reply.uri]["answers"]) == (root.uri, root.uri)
    assert posts[root.uri]["title"] == "Flour"
    assert posts[root.uri]["author"] == ben.uri
    assert {each["uri"]: each["role"] for each in items(archive, "members.json")} == {
        ada.uri: "facilitator", ben.uri: "member",
    }  # fmt: skip
    assert "export group" in [each["action"] for each in items(archive, "log.json")]
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Deleted words" not in everything
    assert b"Erased words" not in everything
    assert b"gil@" not in everything
