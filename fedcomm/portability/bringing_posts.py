"""One post of an archive: it comes in as an old one, by who brings it, told to nobody and sent nowhere (product 24).

Whom it names is a link and no more; it says where it is from; and it comes once, however often it is brought.
"""

import asyncio
import contextlib
import html
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from fedcomm import i18n
from fedcomm.accounts import logins
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Gone, Invalid, NotFound
from fedcomm.here import Here
from fedcomm.media import pictures, uploads
from fedcomm.media.pictures import Pictures
from fedcomm.media.storage import Store
from fedcomm.media.uploads import Ready
from fedcomm.portability.archive_files import Archive
from fedcomm.portability.imports import TaskLine
from fedcomm.text import cleaning, limits, sanitise
from fedcomm.threads import posting
from fedcomm.threads.model import Draft


class Kept(msgspec.Struct, frozen=True):
    """A picture of an archive that lies in the store."""

    token: str
    size: int
    description: str
    ready: Ready


async def keep_pictures(
    archive: Archive, files: Sequence[dict[str, Any]], store: Store, prepare: Pictures
) -> tuple[list[Kept], int]:
    """Make the pictures of a post anew and keep them; and how many files were none, too large, or not there.

    Films and sounds stay out. Raises StoreAway.
    """
    kept: list[Kept] = []
    for file in files:
        name = urlsplit(str(file["name"])).path
        body = await asyncio.to_thread(archive.file, name, most=pictures.LARGEST_PICTURE)
        if body is None:
            continue
        token = uploads.new_token()
        try:
            ready = await uploads.keep(store, token, await prepare.prepare(body))
        except Invalid:
            continue
        description = cleaning.paragraphs(str(file["description"]), limits.ALT_TEXT)
        kept.append(Kept(token, len(body), description, ready))
    return kept, len(files) - len(kept)


async def publish(
    db: Connection, here: Here, who: Account, line: TaskLine, kept: Sequence[Kept], *, now: datetime
) -> int | None:
    """Its id; None: it was brought before, even if it was deleted since. Raises Refusal."""
    if await brought(db, who.id, line.subject) is not None:
        return None
    told = line.told
    parent_id = await _parent(db, who, told.get("parent"))
    draft = Draft(
        content_html=await _content(db, here, who, told),
        summary=cleaning.paragraphs(sanitise.to_plain(told.get("warning") or ""), limits.WARNING),
        is_sensitive=bool(told.get("sensitive")),
        language=told.get("language"),
        audience=told["audience"],
        parent_id=parent_id,
        tags=tuple(told.get("tags") or ()),
        media_ids=await _attached(db, who.id, kept, now=now),
        written_at=datetime.fromisoformat(told["published"]),
    )
    post = await posting.publish(db, here, who, draft, quiet=True, now=now)
    await db.execute(
        "INSERT INTO imported_post (account_id, original_uri, post_id, imported_at) VALUES ($1, $2, $3, $4)",
        who.id,
        line.subject,
        post.id,
        now,
    )
    return post.id


async def take_back(db: Connection, here: Here, who: Account, line: TaskLine, *, now: datetime) -> None:
    """Delete a post that was brought along; after that it may be brought again."""
    if line.target_id is not None:
        with contextlib.suppress(NotFound, Gone):  # its author was quicker
            await posting.delete(db, here, who, line.target_id, now=now)
    await db.execute("DELETE FROM imported_post WHERE account_id = $1 AND original_uri = $2", who.id, line.subject)


async def brought(db: Connection, account_id: int, original_uri: str) -> int | None:
    """The post that this one has become here."""
    found: int | None = await db.fetchval(
        "SELECT post_id FROM imported_post WHERE account_id = $1 AND original_uri = $2", account_id, original_uri
    )
    return found


async def _parent(db: Connection, who: Account, original_uri: str | None) -> int | None:
    """What it goes on from, if that is one's own, came along, and is still there."""
    found = await brought(db, who.id, original_uri) if original_uri else None
    if found is None:
        return None
    return await db.fetchval(
        "SELECT id FROM post WHERE id = $1 AND author_id = $2 AND state = 'visible'", found, who.id
    )


async def _content(db: Connection, here: Here, who: Account, told: dict[str, Any]) -> str:
    locale = (await logins.of(db, who.id)).locale
    url = str(told["url"])
    place = urlsplit(url).netloc
    said = i18n.translator(locale).gettext("Imported from %(place)s")
    linked = f'<a href="{html.escape(url)}">{html.escape(place)}</a>' if place else ""
    title = f"<p><strong>{html.escape(told['title'])}</strong></p>" if told.get("title") else ""
    mark = f"<p>{html.escape(said) % {'place': linked}}</p>"
    return sanitise.clean_post(title + str(told["content"]) + mark, home=here.base_url)


async def _attached(db: Connection, owner_id: int, kept: Sequence[Kept], *, now: datetime) -> tuple[int, ...] | None:
    ids: list[int] = []
    for each in kept:
        upload = await uploads.add(
            db,
            owner_id,
            each.token,
            size=each.size,
            description=each.description,
            focus=None,
            is_awaited=True,
            now=now,
        )
        await uploads.finish(db, upload.id, each.ready)
        ids.append(upload.id)
    return tuple(ids) or None
