"""Where a post becomes a row, ours or another server's: one verb for both (architecture 1.3; product 6, 7)."""

from datetime import datetime

import msgspec

from fedcomm import facts, ids, tombstones
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Gone, Invalid, NotAllowed, NotFound
from fedcomm.here import Here
from fedcomm.text import limits, titles
from fedcomm.threads import appearing, carrying, conversations, reading, rights, rows
from fedcomm.threads.audience import PUBLIC, WIDTH
from fedcomm.threads.changing import delete, delete_by_uri, edit
from fedcomm.threads.counting import count_reply
from fedcomm.threads.model import COLUMNS, Audience, Draft, Post, PostState
from fedcomm.threads.moderating import release, remove, restore

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
]

ID_TRIES = 5
"""Ids taken from a time elsewhere may collide (D22); five times in a row they do not."""


class _Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the house a new post stands. No `thread_id`: it starts a thread."""

    audience: Audience
    group_id: int | None = None
    thread_id: int | None = None
    parent: Post | None = None
    parent_uri: str | None = None
    context_uri: str | None = None
    state: PostState = "visible"


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
    if draft.remote is not None and (known := await _arrived_before(db, author, draft.remote.uri, now=now)):
        if not quiet:
            await appearing.tell(db, known, now=now)
        return known
    place = await _place(db, author, draft)
    post, is_new = await _insert(db, here, author, _fitting(draft, place), place, now=now)
    if not is_new:
        return post
    await rows.write_parts(db, here, author, post, draft)
    if post.is_root and post.group_id is not None:
        await carrying.begin(db, here, author, post, draft.carry_ids, now=now)
    if post.state == "visible":
        await appearing.appear(db, here, author, post, quiet=quiet, now=now)
    if not post.is_local:
        await _place_answers(db, here, post, quiet=quiet, now=now)
    return await _again(db, post.id)


async def place_detached(db: Connection, here: Here, post: Post, *, quiet: bool = False, now: datetime) -> Post:
    """Put a reply, and what already stands below it, into its thread, now that what it answers is here (D51).

    Stays as it is while the parent is missing, and when its author may not write there.
    """
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM post WHERE id = $1 FOR UPDATE", post.id)
    if row is None or row["parent_uri"] is None:
        return post if row is None else Post(**row)
    post = Post(**row)
    parent = await reading.by_uri(db, row["parent_uri"])
    author = await lookup.by_id(db, post.author_id)
    # A parent that stands below this very post would make a ring.
    if parent is None or author is None or parent.thread_id == post.id:
        return post
    try:
        place = await _below(db, author, parent, post.audience)
    except (NotAllowed, NotFound):
        return post
    await _move(db, post, place)
    if not quiet:
        for moved in await db.fetch(
            "SELECT id FROM post WHERE state = 'visible' AND (id = $1 OR parent_id = $1) ORDER BY id", post.id
        ):
            await facts.record(db, facts.PostPublished(moved["id"]), now=now)
    return await _again(db, post.id)


async def place_waiting(db: Connection, here: Here, *, limit: int = 100, now: datetime) -> int:
    """Place the detached posts whose parent is here after all: both came at the same moment. How many were found."""
    waiting = await db.fetch(
        """
        SELECT answer.id
          FROM post answer
          JOIN post parent ON parent.uri = answer.parent_uri AND parent.thread_id <> answer.id
         WHERE answer.parent_uri IS NOT NULL AND answer.state <> 'deleted'
      ORDER BY answer.id DESC
         LIMIT $1
        """,
        limit,
    )
    for row in waiting:
        await place_detached(db, here, await _again(db, row["id"]), now=now)
    return len(waiting)


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


async def _place(db: Connection, author: Account, draft: Draft) -> _Place:
    """Where a draft belongs, and whether its author may put it there."""
    remote = draft.remote
    if draft.parent_id is not None:
        return await _below(db, author, await _answered(db, author, draft.parent_id), draft.audience)
    if remote is not None and remote.parent_uri is not None:
        parent = await reading.by_uri(db, remote.parent_uri)
        if parent is not None:
            return await _below(db, author, await _answered(db, author, parent.id), draft.audience)
        return _Place(audience=draft.audience, parent_uri=remote.parent_uri)
    if draft.group_id is None:
        return _Place(audience=draft.audience)
    if draft.audience not in PUBLIC:
        if remote is None and draft.audience != "direct":
            raise Invalid("This group cannot have threads for its members only yet. Choose public.", field="visibility")
        # What others address to followers only is not published (D33); what is direct goes to the moderators.
        return _Place(audience=draft.audience)
    state = await rights.to_start(db, author, draft.group_id)
    return _Place(audience=draft.audience, group_id=draft.group_id, state=state)


async def _answered(db: Connection, author: Account, parent_id: int) -> Post:
    """What is to be answered, if the author may read it. Answers from elsewhere to what is deleted keep their place."""
    if not author.is_local:
        parent = await reading.find(db, parent_id)
        if parent is not None and parent.state == "deleted":
            return parent
    return await reading.by_id(db, parent_id, author.id)


async def _below(db: Connection, author: Account, parent: Post, wanted: Audience) -> _Place:
    """The place of a reply: thread, group and context of its parent, and never a wider audience.

    A private word in a group's thread is not part of the group's discussion.
    """
    group_id = parent.group_id
    if group_id is not None and wanted in ("followers", "direct"):
        group_id = None
    state: PostState = "visible"
    if group_id is not None:
        state = await rights.to_reply(db, author, group_id, parent.thread_id)
    audience = wanted if WIDTH[wanted] > WIDTH[parent.audience] else parent.audience
    if group_id is not None and author.is_local:
        audience = parent.audience
    return _Place(
        audience=audience,
        group_id=group_id,
        thread_id=parent.thread_id,
        parent=parent,
        context_uri=parent.context_uri,
        state=state,
    )


def _fitting(draft: Draft, place: _Place) -> Draft:
    """The draft as it may be stored there: roots in groups have a title, nothing else has one (D32, D34)."""
    if place.group_id is not None and place.thread_id is None:
        title = titles.typed(draft.title or "")
        if title:
            return msgspec.structs.replace(draft, title=title, kind=draft.kind or _kind(title))
        generated = titles.of_html(draft.content_html, fallback="Untitled")
        title = generated.text[: limits.TITLE]
        return msgspec.structs.replace(draft, title=title, title_is_generated=True, kind=draft.kind or _kind(title))
    if draft.title and not draft.title_is_generated and place.thread_id is None and place.parent_uri is None:
        return msgspec.structs.replace(draft, title=None, kind=None, content_html=rows.titled(draft))
    return msgspec.structs.replace(draft, title=None, title_is_generated=False, kind=None)


def _kind(title: str) -> str:
    return "question" if title.rstrip().endswith(("?", "？")) else "discussion"


async def _insert(
    db: Connection, here: Here, author: Account, draft: Draft, place: _Place, *, now: datetime
) -> tuple[Post, bool]:
    """The row of a post, and whether it is new. Raises Conflict."""
    remote = draft.remote
    for _ in range(ID_TRIES):
        post_id = ids.new(now) if remote is None else ids.at(remote.published_at, now=now)
        row = await db.fetchrow(
            f"""
            INSERT INTO post (id, uri, url, is_local, author_id, group_id, thread_id, parent_id, parent_author_id,
                              parent_uri, object_type, kind, title, title_is_generated, content_html, source, summary,
                              is_sensitive, language, audience, context_uri, state, app_id, published_at, created_at,
                              edited_at, same_here_count)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                    $23, $24, $25, $26, $27)
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
            remote.object_type if remote else rows.object_type(draft),
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
            min(remote.published_at, now) if remote else now,
            now,
            min(remote.edited_at, now + rows.CLOCKS_DIFFER_BY) if remote and remote.edited_at else None,
            1 if draft.kind == "question" else 0,
        )
        if row is not None:
            return Post(**row), True
        if remote is not None and (known := await _arrived_before(db, author, remote.uri, now=now)):
            return known, False
    raise Conflict("No free id was found.")


async def _context(db: Connection, here: Here, post_id: int, draft: Draft, place: _Place) -> str | None:
    """How the conversation is called on the wire (D50)."""
    if place.context_uri is not None:
        return place.context_uri
    if draft.remote is None:
        return here.context_uri(place.thread_id or post_id)
    if draft.remote.context_uris:
        return draft.remote.context_uris[0]
    group = await lookup.by_id(db, place.group_id) if place.group_id is not None else None
    return here.context_uri(post_id) if group is not None and group.is_local else None


async def _place_answers(db: Connection, here: Here, post: Post, *, quiet: bool, now: datetime) -> None:
    """Put the answers that came before this post below it (out of order arrival, D51)."""
    for row in await db.fetch(f"SELECT {COLUMNS} FROM post WHERE parent_uri = $1 ORDER BY id LIMIT 500", post.uri):
        await place_detached(db, here, Post(**row), quiet=quiet, now=now)


async def _move(db: Connection, post: Post, place: _Place) -> None:
    """Hang a detached post, with all that stands below it, under its parent. Counters follow."""
    assert place.parent is not None
    assert place.thread_id is not None
    await db.execute(
        """
        UPDATE post
           SET parent_id = $2, parent_author_id = $3, parent_uri = NULL, context_uri = COALESCE($4, context_uri),
               audience = $5, version = version + 1,
               replies_count = (SELECT count(*)
                                  FROM post answer
                                 WHERE answer.parent_id = $1
                                   AND answer.state = 'visible'
                                   AND answer.audience NOT IN ('followers', 'direct'))
         WHERE id = $1
        """,
        post.id,
        place.parent.id,
        place.parent.author_id,
        place.context_uri,
        place.audience,
    )
    moved = await db.fetch(
        """
        UPDATE post
           SET thread_id = $2, version = version + 1,
               group_id = CASE WHEN audience IN ('followers', 'direct') THEN NULL ELSE $3::bigint END
         WHERE thread_id = $1
        RETURNING audience, state
        """,
        post.id,
        place.thread_id,
        place.group_id,
    )
    await db.execute("UPDATE thread_context SET thread_id = $2 WHERE thread_id = $1", post.id, place.thread_id)
    await conversations.move(db, post.id, place.thread_id)
    placed = await _again(db, post.id)
    counted = len(
        [row for row in moved if row["state"] == "visible" and row["audience"] not in ("followers", "direct")]
    )
    await count_reply(db, placed, 1 if placed.state == "visible" else 0, in_thread=counted)


async def _again(db: Connection, post_id: int) -> Post:
    post = await reading.find(db, post_id)
    assert post is not None
    return post
