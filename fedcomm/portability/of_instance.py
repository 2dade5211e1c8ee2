"""What the archive of a whole instance holds: all that belongs to it, in open formats, without anything that lets in.

Posts for everybody and for the network are in it, and their files. What was written for some only is in the archives of
those who wrote it and of their groups, and in evidence under a legal hold. To start again with the same ids and keys,
there is the backup. Source: product 24; C20.
"""

import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from fedcomm import __version__
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, Row
from fedcomm.network import list_files, lists
from fedcomm.portability import of_group, personal, tables
from fedcomm.portability.instance_tables import BY_NAME, FOR_ALL, NOT_IN_IT, QUESTIONS, SETTINGS_LEFT_OUT, WHERE
from fedcomm.portability.packing import Packing
from fedcomm.portability.personal import Sources
from fedcomm.text import sheets

CONTENTS = "contents.json"
"""The last file."""
FORMAT = "fedcomm instance 1"
GROUP_FILES = {"settings": "groups", "members": "memberships", "carried": "carried", "pinned": "pinned", "bans": "bans"}
"""Questions of a group's archive that are asked for all of them, and what the file of their answers is called."""

ACTORS = """
    SELECT id AS key
      FROM account
     WHERE is_local AND kind IN ('person', 'group') AND state NOT IN ('pending', 'deleted') AND id > $1
  ORDER BY id
     LIMIT $2
    """
GROUPS = """
    SELECT id AS key, uri
      FROM account
     WHERE is_local AND kind = 'group' AND state <> 'deleted' AND id > $1
  ORDER BY id
     LIMIT $2
    """
POSTS = f"""
    SELECT post.id AS key, post.author_id AS by_id, post.id AS post_id, post.uri AS post_uri, NULL::text AS boost_uri,
           post.published_at AS shown_at
      FROM post
      JOIN account writer ON writer.id = post.author_id
     WHERE writer.is_local AND {FOR_ALL} AND post.id > $1
  ORDER BY post.id
     LIMIT $2
    """
BOOSTS = f"""
    SELECT boost.id AS key, boost.account_id AS by_id, boost.post_id, post.uri AS post_uri, boost.uri AS boost_uri,
           boost.created_at AS shown_at
      FROM boost
      JOIN account who ON who.id = boost.account_id
      JOIN post ON post.id = boost.post_id
      JOIN account writer ON writer.id = post.author_id
     WHERE who.is_local AND who.state <> 'deleted' AND boost.uri IS NOT NULL AND {FOR_ALL} AND boost.id > $1
  ORDER BY boost.id
     LIMIT $2
    """
FILES = f"""
    SELECT media.id AS key, media.file
      FROM media
      JOIN post ON post.id = media.post_id
      JOIN account writer ON writer.id = post.author_id
     WHERE media.state = 'ready' AND media.file IS NOT NULL AND {FOR_ALL} AND media.id > $1
  ORDER BY media.id
     LIMIT $2
    """
EMOJIS = """
    SELECT id AS key, file
      FROM custom_emoji
     WHERE authority IS NULL AND file IS NOT NULL AND id > $1
  ORDER BY id
     LIMIT $2
    """


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries each file of an archive has, how many files each folder, and what is not there."""

    entries: dict[str, int]
    files_left_out: int
    posts_for_some_only: int


async def count(db: Connection) -> int:
    """How many pieces the archive has, about."""
    return (
        len(QUESTIONS)
        + len(GROUP_FILES)
        + await db.fetchval(
            """
        SELECT (SELECT count(*) FROM post JOIN account ON account.id = author_id WHERE account.is_local)
             + (SELECT count(*) FROM boost JOIN account ON account.id = account_id WHERE account.is_local)
             + (SELECT count(*) FROM media WHERE state = 'ready')
             + (SELECT count(*) FROM account WHERE is_local)
        """
        )
    )


async def pack(sources: Sources, domain: str, into: Packing, *, now: datetime) -> AsyncIterator[None]:
    """Put it all in, one piece after the other. Raises packing.NoRoom, StoreAway."""
    work = _Filling(sources, into)
    await into.add_text("instance.json", _pretty(await _about(sources, domain, now)))
    for step in (work.actors, work.groups, work.tables, work.posts, work.files):
        async for _ in step():
            yield
    await into.add_text("blocked_domains.csv", await _blocked(sources))
    async with sources.read() as db:
        few = await db.fetchval(
            f"""
            SELECT count(*)
              FROM post
              JOIN account writer ON writer.id = post.author_id
             WHERE writer.is_local AND writer.state <> 'deleted' AND post.state <> 'deleted' AND NOT ({FOR_ALL})
            """
        )
    told = Contents(entries=work.counts, files_left_out=into.left_out, posts_for_some_only=few)
    await into.add_text(CONTENTS, _pretty(msgspec.structs.asdict(told)))


def contents(path: Path) -> Contents:
    """What an archive says is in it. Raises KeyError, if it was cut off."""
    with zipfile.ZipFile(path) as archive:
        return msgspec.json.decode(archive.read(CONTENTS), type=Contents)


class _Filling:
    """One archive while it is filled. `counts`: how many entries each file has."""

    def __init__(self, sources: Sources, into: Packing) -> None:
        self._sources = sources
        self._into = into
        self.counts: dict[str, int] = {}

    async def actors(self) -> AsyncGenerator[None]:
        """The documents of our people and groups, and their pictures."""
        pictures: list[str] = []

        async def documents() -> AsyncIterator[dict[str, Any]]:
            async for rows in self._pages(ACTORS):
                async with self._sources.read() as db:
                    found = await lookup.by_ids(db, [row["key"] for row in rows])
                for row in rows:
                    yield await self._actor(found[row["key"]], pictures)

        await self._list("actors.json", documents())
        yield
        for name in pictures:
            await self._file("pictures", name)
            yield

    async def _actor(self, account: Account, pictures: list[str]) -> dict[str, Any]:
        document = await self._sources.scribe.actor(account)
        for file, member in ((account.avatar_url, "icon"), (account.header_url, "image")):
            if file is not None:
                pictures.append(file)
                document[member] = {"type": "Image", "url": f"pictures/{file}"}
        return document

    async def groups(self) -> AsyncGenerator[None]:
        """What a group's archive says of itself, of all groups."""
        for name, file in GROUP_FILES.items():
            await self._list(f"{file}.json", self._of_groups(of_group.QUESTIONS[name]))
            yield

    async def _of_groups(self, question: str) -> AsyncIterator[dict[str, Any]]:
        async for groups in self._pages(GROUPS):
            for group in groups:
                async for rows in tables.pages(self._sources.read, question, group["key"], group["key"]):
                    for row in rows:
                        yield {"group": group["uri"], **personal.plain(row)}

    async def tables(self) -> AsyncGenerator[None]:
        """What is rows of tables here."""
        for name, question in QUESTIONS.items():
            await self._list(f"{name}.json", self._rows(question, "" if name in BY_NAME else -1))
            yield

    async def _rows(self, question: str, start: str | int) -> AsyncIterator[dict[str, Any]]:
        async for rows in tables.pages(self._sources.read, question, start=start):
            for row in rows:
                yield personal.plain(row)

    async def posts(self) -> AsyncGenerator[None]:
        """What our people and groups wrote and boosted."""
        context = self._sources.scribe.context
        await self._list("outbox.json", self._entries(), personal.head("outbox.json", context))
        for _ in range(self.counts["outbox.json"]):
            yield

    async def _entries(self) -> AsyncIterator[dict[str, Any]]:
        for question in (POSTS, BOOSTS):
            async for rows in self._pages(question):
                async with self._sources.read() as db:
                    writers = await lookup.by_ids(db, [row["by_id"] for row in rows])
                for row in rows:
                    entry = personal.shown(row)
                    async with self._sources.read() as db:
                        yield await self._sources.scribe.entry(db, writers[row["by_id"]], entry)

    async def files(self) -> AsyncGenerator[None]:
        """Files of posts, and our own emoji."""
        for folder, question in (("media_attachments", FILES), ("emojis", EMOJIS)):
            async for rows in self._pages(question):
                for row in rows:
                    await self._file(folder, row["file"])
                    yield

    async def _file(self, folder: str, name: str) -> None:
        if await personal.put_file(self._sources.store, self._into, f"{folder}/{name}", name):
            self.counts[folder] = self.counts.get(folder, 0) + 1
        else:
            self._into.left_out += 1

    async def _list(self, name: str, items: AsyncIterator[Any], head: dict[str, Any] | None = None) -> None:
        async def counted() -> AsyncIterator[Any]:
            self.counts[name] = 0
            async for item in items:
                self.counts[name] += 1
                yield item

        await self._into.add_list(name, head or {"about": name.removesuffix(".json")}, counted())

    def _pages(self, question: str) -> AsyncIterator[Sequence[Row]]:
        return tables.pages(self._sources.read, question)


async def _about(sources: Sources, domain: str, now: datetime) -> Mapping[str, Any]:
    async with sources.read() as db:
        rows = await db.fetch("SELECT name, value FROM setting ORDER BY name")
    settings = {row["name"]: row["value"] for row in rows if row["name"] not in SETTINGS_LEFT_OUT}
    return {
        "format": FORMAT,
        "fedcomm": __version__,
        "domain": domain,
        "made_at": now,
        "settings": settings,
        "tables": WHERE,
        "not_in_it": {**NOT_IN_IT, **{f"setting {name}": why for name, why in SETTINGS_LEFT_OUT.items()}},
    }


async def _blocked(sources: Sources) -> str:
    async with sources.read() as db:
        found = await lists.decided(db, ("suspended", "limited"))
    return sheets.lines([list_files.BLOCK_COLUMNS, *map(list_files.block_row, found)])


def _pretty(told: Mapping[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()
