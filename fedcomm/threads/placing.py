"""Where a post stands: below what it answers, in whose thread, and what becomes of answers that come too early.

An answer to what is not here is detached until that comes (D51). One to what its own server calls gone stands right
below the root of its conversation, as soon as that is here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from fedcomm import facts, tombstones
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.here import Here
from fedcomm.threads import carrying, conversations, reading, reception, relayed, rights
from fedcomm.threads.audience import PUBLIC, WIDTH
from fedcomm.threads.counting import count_post, count_reply
from fedcomm.threads.model import COLUMNS, Audience, Draft, Post, PostState


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the house a new post stands. No `thread_id`: it starts a thread."""

    audience: Audience
    group_id: int | None = None
    thread_id: int | None = None
    parent: Post | None = None
    parent_uri: str | None = None
    context_uri: str | None = None
    state: PostState = "visible"


async def place(db: Connection, author: Account, draft: Draft, *, now: datetime) -> Place:
    """Where a draft belongs, and whether its author may put it there."""
    remote = draft.remote
    said = rights.Said(
        content_html=draft.content_html,
        title=draft.title or "",
        summary=draft.summary,
        at=now if remote is None else min(remote.published_at, now),
    )
    if draft.parent_id is not None:
        return await _below(db, author, await reading.by_id(db, draft.parent_id, author.id), draft.audience, said)
    if remote is not None and remote.parent_uri is not None:
        parent = await reading.by_uri(db, remote.parent_uri)
        if parent is not None:
            return await _below(db, author, await _answered(db, author, parent), draft.audience, said)
        root = await _root_instead(db, remote.parent_uri, remote.context_uris)
        if root is not None:
            return await _below(db, author, await _answered(db, author, root), draft.audience, said)
        return Place(audience=draft.audience, parent_uri=remote.parent_uri)
    if draft.group_id is None:
        return Place(audience=draft.audience)
    if draft.audience not in PUBLIC:
        if remote is None and draft.audience != "direct":
            raise Invalid("This group cannot have threads for its members only yet. Choose public.", field="visibility")
        # What others address to followers only is not published (D33); what is direct goes to the moderators.
        return Place(audience=draft.audience)
    state = await rights.to_start(db, author, draft.group_id, said)
    return Place(audience=draft.audience, group_id=draft.group_id, state=state)


async def _answered(db: Connection, author: Account, parent: Post) -> Post:
    """What is to be answered, if the author may read it. Answers from elsewhere to what is deleted keep their place."""
    if parent.state == "deleted" and not author.is_local:
        return parent
    return await reading.by_id(db, parent.id, author.id)


async def _below(
    db: Connection, author: Account, parent: Post, wanted: Audience, said: rights.Said | None = None
) -> Place:
    """The place of a reply: thread, group and context of its parent, and never a wider audience.

    A private word in a group's thread is not part of the group's discussion.
    """
    parent = await _held(db, parent)
    group_id = parent.group_id
    if group_id is not None and wanted in ("followers", "direct"):
        group_id = None
    state: PostState = "visible"
    if group_id is not None:
        state = await rights.to_reply(db, author, group_id, parent.thread_id, said)
    elif parent.group_id is None and wanted != "direct":
        await rights.to_answer(db, author, parent.thread_id)
    audience = wanted if WIDTH[wanted] > WIDTH[parent.audience] else parent.audience
    if group_id is not None and author.is_local:
        audience = parent.audience
    return Place(
        audience=audience,
        group_id=group_id,
        thread_id=parent.thread_id,
        parent=parent,
        context_uri=parent.context_uri,
        state=state,
    )


async def _held(db: Connection, parent: Post) -> Post:
    """What is answered, as it stands until this transaction ends: outside of groups it may be getting its place in a
    thread just now, with all that stands below it, and the answer must go along.
    """
    while parent.group_id is None and not parent.is_root:
        thread_id = await db.fetchval("SELECT thread_id FROM post WHERE id = $1 FOR KEY SHARE", parent.thread_id)
        moved = await reading.find(db, parent.id) if thread_id != parent.thread_id else None
        if moved is None:
            break
        parent = moved
    return parent


async def place_detached(db: Connection, here: Here, post: Post, *, now: datetime) -> Post:
    """Put a reply, and what already stands below it, into its thread, now that what it answers is here, or is gone
    and the root of the conversation is here (D51).

    All of it that came by itself is told of, as its groups could not pass it on before. Stays as it is while neither is
    so, and when its author may not write there.
    """
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM post WHERE id = $1 FOR UPDATE", post.id)
    if row is None or row["parent_uri"] is None:
        return post if row is None else Post(**row)
    post = Post(**row)
    parent = await reading.by_uri(db, row["parent_uri"])
    if parent is None:
        parent = await _root_instead(db, row["parent_uri"], [post.context_uri] if post.context_uri else [])
    author = await lookup.by_id(db, post.author_id)
    # A parent that stands below this very post would make a ring.
    if parent is None or author is None or parent.thread_id == post.id:
        return post
    try:
        said = rights.Said(content_html=post.content_html, summary=post.summary, at=post.published_at)
        place = await _below(db, author, parent, post.audience, said)
    except (NotAllowed, NotFound):
        return post
    if place.state == "held" and post.state == "visible":
        await count_post(db, post, -1)
        await db.execute("UPDATE post SET state = 'held' WHERE id = $1", post.id)
        post = msgspec.structs.replace(post, state="held")
    moved = await _move(db, post, place)
    await _tell(db, moved, place, now=now)
    if not await carrying.is_passed_on(db, parent):
        await relayed.forget(db, [one.id for one in moved])
    return await reading.find(db, post.id) or post


async def waits(db: Connection, post: Post) -> bool:
    """Whether a reply, or what it stands below, waits for what it answers, so that its group may not be known yet."""
    if post.is_root or post.group_id is not None:
        return False
    return await db.fetchval("SELECT parent_uri IS NOT NULL FROM post WHERE id = $1", post.thread_id) or False


async def place_waiting(db: Connection, here: Here, *, limit: int = 100, now: datetime) -> int:
    """Place the detached posts whose parent is here after all: both came at the same moment. How many were found."""
    waiting = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM post
         WHERE parent_uri IS NOT NULL AND state <> 'deleted'
           AND EXISTS (SELECT FROM post parent WHERE parent.uri = post.parent_uri AND parent.thread_id <> post.id)
      ORDER BY id DESC
         LIMIT $1
        """,
        limit,
    )
    for row in waiting:
        await place_detached(db, here, Post(**row), now=now)
    return len(waiting)


async def place_answers(db: Connection, here: Here, post: Post, contexts: Sequence[str], *, now: datetime) -> bool:
    """Put below a new post the answers that came before it (out of order arrival), and right below the root of its
    thread those to posts of this conversation that are gone. `contexts`: how its conversation is called. Whether there
    were any.
    """
    waiting = await db.fetch(
        f"""
        SELECT {COLUMNS} FROM post WHERE parent_uri = $1
         UNION
        SELECT {COLUMNS}
          FROM post
         WHERE parent_uri IS NOT NULL AND context_uri = ANY($2)
           AND EXISTS (SELECT FROM tombstone WHERE tombstone.uri = post.parent_uri)
         ORDER BY id
         LIMIT 500
        """,
        post.uri,
        list(contexts),
    )
    for row in waiting:
        await place_detached(db, here, Post(**row), now=now)
    return bool(waiting)


async def have_answers(db: Connection, arrived: Mapping[str, Sequence[str]]) -> list[str]:
    """Those of many new posts, each with how its conversation is called, for which `place_answers` has something."""
    rows = await db.fetch(
        """
        SELECT parent_uri AS uri, NULL AS context FROM post WHERE parent_uri = ANY($1)
         UNION
        SELECT NULL, context_uri
          FROM post
         WHERE parent_uri IS NOT NULL AND context_uri = ANY($2)
           AND EXISTS (SELECT FROM tombstone WHERE tombstone.uri = post.parent_uri)
        """,
        list(arrived),
        list({context for contexts in arrived.values() for context in contexts}),
    )
    uris = {row["uri"] for row in rows}
    contexts = {row["context"] for row in rows if row["context"] is not None}
    return [uri for uri, names in arrived.items() if uri in uris or not contexts.isdisjoint(names)]


async def place_answers_to_gone(db: Connection, here: Here, uri: str, *, now: datetime) -> None:
    """What answers a post that never was here and never will be: right below the root of its conversation."""
    for row in await db.fetch(f"SELECT {COLUMNS} FROM post WHERE parent_uri = $1 ORDER BY id LIMIT 500", uri):
        await place_detached(db, here, Post(**row), now=now)


async def _root_instead(db: Connection, parent_uri: str, contexts: Sequence[str]) -> Post | None:
    """The root of a conversation, when what is answered in it is gone; None while that may still come."""
    if not await tombstones.is_gone(db, parent_uri):
        return None
    root = await reading.root_of_context(db, contexts)
    return root if root is not None and root.is_root else None


async def _tell(db: Connection, moved: Sequence[Post], place: Place, *, now: datetime) -> None:
    """What has its place now goes to its group, and what was fetched only to make a thread whole to nobody."""
    home = await lookup.by_id(db, place.group_id) if place.group_id is not None else None
    told = await db.fetch(
        "SELECT id FROM post WHERE id = ANY($1::bigint[]) AND is_told AND state = 'visible' ORDER BY id",
        [each.id for each in moved],
    )
    for each in moved:
        if each.is_local and each.group_id is not None and home is not None and not home.is_local:
            await reception.begin(db, each, home, now=now)
    for row in told:
        await facts.record(db, facts.PostPlaced(row["id"]), now=now)


async def _move(db: Connection, post: Post, place: Place) -> list[Post]:
    """Hang a detached post, with all that stands below it, under its parent. Counters follow. All that was moved."""
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
    rows = await db.fetch(
        f"""
        UPDATE post
           SET thread_id = $2, version = version + 1,
               group_id = CASE WHEN audience IN ('followers', 'direct') THEN NULL ELSE $3::bigint END
         WHERE thread_id = $1
        RETURNING {COLUMNS}
        """,
        post.id,
        place.thread_id,
        place.group_id,
    )
    await db.execute("UPDATE thread_context SET thread_id = $2 WHERE thread_id = $1", post.id, place.thread_id)
    await conversations.move(db, post.id, place.thread_id)
    placed = await reading.find(db, post.id)
    assert placed is not None
    moved = [Post(**row) for row in rows]
    counted = len([each for each in moved if each.state == "visible" and each.audience not in ("followers", "direct")])
    await count_reply(db, placed, 1 if placed.state == "visible" else 0, in_thread=counted)
    return moved
