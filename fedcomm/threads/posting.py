"""Where a post becomes a row, ours or another server's: one verb for both (architecture 1.3; product 6, 7)."""

from datetime import datetime

import msgspec

from fedcomm import facts, ids, tombstones
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Gone, NotAllowed
from fedcomm.here import Here
from fedcomm.text import limits, titles
from fedcomm.threads import appearing, carrying, first_look, placing, quoting, reading, rows
from fedcomm.threads.appearing import tell
from fedcomm.threads.changing import delete, delete_by_uri, edit
from fedcomm.threads.model import COLUMNS, Draft, Post
from fedcomm.threads.moderating import release, remove, restore
from fedcomm.threads.placing import Place, place_detached, place_waiting

__all__ = [
    "delete",
    "delete_by_uri",
    "edit",
    "place_detached",
    "place_waiting",
    "publish",
    "release",
    "remove",
    "restore",
    "tell",
]

ID_TRIES = 5
"""Ids taken from a time elsewhere may collide (D22); five times in a row they do not."""


async def publish(
    db: Connection, here: Here, author: Account, draft: Draft, *, quiet: bool = False, now: datetime
) -> Post:
    """Publish a post, written here or received from elsewhere, and let its groups announce it.

    What came before is returned as it is. `quiet`: a post fetched to make a thread whole; nobody is told, until it
    comes by itself.
    Raises NotFound (what it answers, or the group), NotAllowed, Invalid, Gone (it was deleted before it came, R019).
    """
    if author.state != "active":
        raise NotAllowed("This account may not write.")
    if author.is_local and author.moved_to_uri is not None:
        raise NotAllowed("You have moved to another account. Write there, or come back in the settings.")
    if draft.remote is not None and (known := await _arrived_before(db, author, draft.remote.uri, now=now)):
        if not quiet:
            await appearing.tell(db, known, now=now)
        return known
    place = await placing.place(db, author, draft, now=now)
    why, group_too = None, place.state == "held"
    if author.is_local and author.kind == "person" and draft.remote is None:
        why = await first_look.wanted(db, here.authority, author, draft, place.audience, now=now)
        place = place if why is None else msgspec.structs.replace(place, state="held")
    quoted = await quoting.quotable(db, author, draft.quoted_id, place.audience) if draft.quoted_id else None
    post, is_new = await _insert(db, here, author, fitting(draft, place), place, now=now)
    if not is_new:
        return post
    await rows.write_parts(db, here, author, post, draft)
    if why is not None:
        await first_look.keep(db, post.id, why, group_too=group_too, now=now)
    if post.state == "held":
        await facts.record(db, facts.PostHeld(post.id), now=now)
    if quoted is not None:
        await quoting.begin(db, here, author, post, quoted, now=now)
    elif draft.remote is not None and draft.remote.quoted_uri is not None:
        await quoting.receive(db, here, author, post, draft.remote, now=now)
    if post.is_root and post.group_id is not None:
        await carrying.begin(db, here, author, post, draft.carry_ids, now=now)
    if post.state == "visible":
        await appearing.appear(db, here, author, post, quiet=quiet, now=now)
    has_answers = False
    if not post.is_local:
        contexts = draft.remote.context_uris if draft.remote is not None else ()
        has_answers = await placing.place_answers(db, here, post, contexts, now=now)
    is_as_written = not (has_answers or post.is_quote or (post.is_root and post.group_id is not None))
    return post if is_as_written else await _again(db, post.id)


async def _arrived_before(db: Connection, author: Account, uri: str, *, now: datetime) -> Post | None:
    """The row of a post that is here already. Raises Gone, NotAllowed (the id is another author's)."""
    known = await reading.by_uri(db, uri)
    if known is None:
        if await tombstones.keeps_away(db, uri, author.uri, now=now):
            raise Gone("This post was deleted.")
        return None
    if known.author_id != author.id:
        raise NotAllowed("This post is by somebody else.")
    if known.state == "deleted":
        raise Gone("This post was deleted.")
    return known


def fitting(draft: Draft, place: Place) -> Draft:
    """The draft as it may be stored there: roots in groups have a title, nothing else has one (D32, D34)."""
    if place.group_id is not None and place.thread_id is None:
        title = titles.typed(draft.title or "")
        if title:
            return msgspec.structs.replace(draft, title=title, kind=draft.kind or _kind(draft, title))
        generated = titles.of_html(draft.content_html, fallback="Untitled")
        title = generated.text[: limits.TITLE]
        return msgspec.structs.replace(
            draft, title=title, title_is_generated=True, kind=draft.kind or _kind(draft, title)
        )
    if draft.title and not draft.title_is_generated and place.thread_id is None and place.parent_uri is None:
        return msgspec.structs.replace(draft, title=None, kind=None, content_html=rows.titled(draft))
    return msgspec.structs.replace(draft, title=None, title_is_generated=False, kind=None)


def _kind(draft: Draft, title: str) -> str:
    if draft.poll is not None:
        return "poll"
    return "question" if title.rstrip().endswith(("?", "？")) else "discussion"


async def _insert(
    db: Connection, here: Here, author: Account, draft: Draft, place: Place, *, now: datetime
) -> tuple[Post, bool]:
    """The row of a post, and whether it is new. Raises Conflict."""
    remote = draft.remote
    used = await rows.used_emojis(db, author, draft, now=now)
    written_at = remote.published_at if remote is not None else draft.written_at
    for _ in range(ID_TRIES):
        post_id = ids.new(now) if written_at is None else ids.at(written_at, now=now)
        row = await db.fetchrow(
            f"""
            INSERT INTO post (id, uri, url, is_local, author_id, group_id, thread_id, parent_id, parent_author_id,
                              parent_uri, object_type, kind, title, title_is_generated, content_html, source, summary,
                              is_sensitive, language, audience, context_uri, state, app_id, published_at, created_at,
                              edited_at, same_here_count, quote_policy, is_quote, emojis,
                              searchable_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                    $23, $24, $25, $26, $27, $28, $29, $30, $31)
                ON CONFLICT DO NOTHING
            RETURNING {COLUMNS}
            """,
            post_id,
            remote.uri if remote else here.post_uri(post_id),
            remote.url if remote else here.post_url(author.handle, post_id),
            remote is None,
            author.id,
            place.group_id,
            place.thread_id or post_id,
            place.parent.id if place.parent else None,
            place.parent.author_id if place.parent else None,
            place.parent_uri,
            remote.object_type if remote else rows.object_type(draft, has_poll=draft.poll is not None),
            draft.kind,
            draft.title,
            draft.title_is_generated,
            draft.content_html,
            draft.source,
            draft.summary,
            draft.is_sensitive or bool(draft.summary),
            draft.language,
            place.audience,
            await _context(db, here, post_id, draft, place),
            place.state,
            draft.app_id,
            min(written_at, now) if written_at else now,
            now,
            rows.edited_at(remote, now=now) if remote else None,
            1 if draft.kind == "question" else 0,
            draft.quote_policy or ("public" if remote is None else "nobody"),
            draft.quoted_id is not None or (remote is not None and remote.quoted_uri is not None),
            used,
            list(remote.searchable_by) if remote is not None and remote.searchable_by is not None else None,
        )
        if row is not None:
            return Post(**row), True
        if remote is not None and (known := await _arrived_before(db, author, remote.uri, now=now)):
            return known, False
    raise Conflict("No free id was found.")


async def _context(db: Connection, here: Here, post_id: int, draft: Draft, place: Place) -> str | None:
    """How the conversation is called on the wire (D50)."""
    if place.context_uri is not None:
        return place.context_uri
    if draft.remote is None:
        return here.context_uri(place.thread_id or post_id)
    if draft.remote.context_uris:
        return draft.remote.context_uris[0]
    group = await lookup.by_id(db, place.group_id) if place.group_id is not None else None
    return here.context_uri(post_id) if group is not None and group.is_local else None


async def _again(db: Connection, post_id: int) -> Post:
    post = await reading.find(db, post_id)
    assert post is not None
    return post
