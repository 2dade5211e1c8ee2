"""What a person's archive holds: what they wrote as ActivityStreams, tables for other servers, files, and all the rest.

Laid out as Mastodon does it, so that what reads those archives reads ours. Of others it holds addresses only, and the
messages that they sent to the person (product 24; C09).
"""

from collections.abc import AsyncIterator
from typing import Any, Protocol

import msgspec

from fedcomm.accounts.model import Account
from fedcomm.database import Connection, Row
from fedcomm.media.storage import Store
from fedcomm.portability import held, readable, tables
from fedcomm.portability.packing import Packing
from fedcomm.portability.tables import Read
from fedcomm.threads.published import Shown

CONTEXT = "https://www.w3.org/ns/activitystreams"

POSTS = """
    SELECT id AS key, id AS post_id, uri AS post_uri, NULL::text AS boost_uri, published_at AS shown_at
      FROM post
     WHERE author_id = $1 AND state <> 'deleted' AND id > $2
  ORDER BY id
     LIMIT $3
    """
BOOSTS = """
    SELECT boost.id AS key, boost.post_id, post.uri AS post_uri, boost.uri AS boost_uri, boost.created_at AS shown_at
      FROM boost
      JOIN post ON post.id = boost.post_id
     WHERE boost.account_id = $1 AND post.state <> 'deleted' AND boost.uri IS NOT NULL AND boost.id > $2
  ORDER BY boost.id
     LIMIT $3
    """
LIKES = """
    SELECT favourite.id AS key, post.uri
      FROM favourite
      JOIN post ON post.id = favourite.post_id
     WHERE favourite.account_id = $1 AND post.state <> 'deleted' AND favourite.id > $2
  ORDER BY favourite.id
     LIMIT $3
    """
BOOKMARKS = """
    SELECT bookmark.id AS key, post.uri
      FROM bookmark
      JOIN post ON post.id = bookmark.post_id
     WHERE bookmark.account_id = $1 AND post.state <> 'deleted' AND bookmark.id > $2
  ORDER BY bookmark.id
     LIMIT $3
    """
FILES = """
    SELECT id AS key, file, size
      FROM media
     WHERE owner_id = $1 AND state = 'ready' AND file IS NOT NULL AND id > $2
  ORDER BY id
     LIMIT $3
    """


class Scribe(Protocol):
    """Writes accounts and posts as ActivityPub documents; `app.py` hands in who knows the protocol."""

    @property
    def context(self) -> Any:
        """What the words of entries mean, in JSON-LD."""
        ...

    async def actor(self, account: Account) -> dict[str, Any]:
        """The document of an account of ours. Call it while no transaction is open."""
        ...

    async def entry(self, db: Connection, account: Account, entry: Shown) -> dict[str, Any]:
        """A Create or Announce of an account of ours, its own files named by where they lie in an archive."""
        ...


class Sources(msgspec.Struct, frozen=True):
    """Where everything comes from."""

    read: Read
    store: Store
    scribe: Scribe


async def count(db: Connection, account_id: int) -> int:
    """How many pieces an archive of this person has, about."""
    return len(held.QUESTIONS) + await db.fetchval(
        """
        SELECT (SELECT count(*) FROM post WHERE author_id = $1 AND state <> 'deleted')
             + (SELECT count(*) FROM boost WHERE account_id = $1)
             + (SELECT count(*) FROM media WHERE owner_id = $1 AND state = 'ready')
        """,
        account_id,
    )


async def pack(sources: Sources, person: Account, locale: str, into: Packing) -> AsyncIterator[None]:
    """Put it all in, one piece after the other. Raises packing.NoRoom, StoreAway."""
    document = await sources.scribe.actor(person)
    own = {"outbox": "outbox.json", "likes": "likes.json", "bookmarks": "bookmarks.json"}
    for name, file in (("avatar", person.avatar_url), ("header", person.header_url)):
        if file is not None and await put_file(sources.store, into, f"{name}.{file.rpartition('.')[2]}", file):
            own[name] = f"{name}.{file.rpartition('.')[2]}"
    document |= {"outbox": own["outbox"], "likes": own["likes"], "bookmarks": own["bookmarks"]}
    for name, member in (("avatar", "icon"), ("header", "image")):
        if name in own:
            document[member] = {"type": "Image", "url": own[name]}
    await into.add_text("actor.json", msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    written = _Written(sources, person)
    await into.add_list("outbox.json", head("outbox.json", sources.scribe.context), written.entries())
    for _ in range(written.count):
        yield
    await into.add_list("likes.json", head("likes.json"), _uris(sources.read, LIKES, person.id))
    await into.add_list("bookmarks.json", head("bookmarks.json"), _uris(sources.read, BOOKMARKS, person.id))
    for name, table in tables.TABLES.items():
        await into.add(table.file, _encoded(tables.written(sources.read, person.id, name)))
    async for _ in _media(sources, into, person.id):
        yield
    for name, question in held.QUESTIONS.items():
        await into.add_list(f"more/{name}.json", {"about": name}, _rows(sources.read, question, person.id))
        yield
    await into.add("index.html", readable.pages(sources.read, person, locale))


class _Written:
    """What a person wrote and boosted, oldest first."""

    def __init__(self, sources: Sources, person: Account) -> None:
        self._sources = sources
        self._person = person
        self.count = 0

    async def entries(self) -> AsyncIterator[dict[str, Any]]:
        for question in (POSTS, BOOSTS):
            async for rows in tables.pages(self._sources.read, question, self._person.id):
                for row in rows:
                    async with self._sources.read() as db:
                        found = await self._sources.scribe.entry(db, self._person, shown(row))
                    self.count += 1
                    yield found


def shown(row: Row) -> Shown:
    """A row of `POSTS` or `BOOSTS`, as an outbox has it."""
    return Shown(id=row["key"], **{name: row[name] for name in Shown.__struct_fields__ if name != "id"})


def head(name: str, context: Any = CONTEXT) -> dict[str, Any]:
    """What a list in an archive begins with."""
    return {"@context": context, "id": name, "type": "OrderedCollection"}


async def _uris(read: Read, question: str, account_id: int) -> AsyncIterator[str]:
    async for rows in tables.pages(read, question, account_id):
        for row in rows:
            yield row["uri"]


async def _rows(read: Read, question: str, account_id: int) -> AsyncIterator[dict[str, Any]]:
    async for rows in tables.pages(read, question, account_id):
        for row in rows:
            yield plain(row)


def plain(row: Row) -> dict[str, Any]:
    """A row without its key, with ids as texts: they are longer than the numbers of many readers."""
    return {
        name: str(value) if name.endswith("_id") and value is not None else value
        for name, value in row.items()
        if name != "key"
    }


async def _encoded(pieces: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for piece in pieces:
        yield piece.encode()


async def _media(sources: Sources, into: Packing, account_id: int) -> AsyncIterator[None]:
    async for rows in tables.pages(sources.read, FILES, account_id):
        for row in rows:
            if not await put_file(sources.store, into, f"media_attachments/{row['file']}", row["file"]):
                into.left_out += 1
            yield


async def put_file(store: Store, into: Packing, name: str, file: str) -> bool:
    """Put a stored file in; False: it is not there, or does not fit."""
    stored = await store.open(file)
    if stored is None or not into.has_room(stored.size):
        return False
    await into.add(name, stored.pieces(0, stored.size - 1))
    return True
