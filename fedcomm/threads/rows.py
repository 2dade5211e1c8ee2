"""The rows that belong to a post beside its own: mentions, tags, attachments, names of its conversation, raw bytes."""

import html
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from fedcomm import emojis
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.here import Here
from fedcomm.media import uploads
from fedcomm.polls import asking
from fedcomm.text import limits, mentions
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.model import Attachment, Draft, Post, Remote

CLOCKS_DIFFER_BY = timedelta(hours=1)
"""Edits elsewhere may be so far ahead of our clock, as signatures may (D46): what counts is their order (R020)."""


async def write_parts(db: Connection, here: Here, author: Account, post: Post, draft: Draft) -> None:
    """Everything beside the row of a new post."""
    await write_mentions(db, post.id, draft)
    await write_tags(db, post.id, draft)
    if draft.remote is not None:
        attached = draft.remote.attachments
    else:
        attached = await uploaded(db, author.id, draft, post.id) if draft.media_ids else ()
    await write_attachments(db, post.id, attached, is_public=post.audience in PUBLIC)
    await _write_contexts(db, here, author, post, draft)
    await write_closing(db, post, draft, now=post.created_at)
    if draft.poll is not None:
        await asking.put(db, post.id, draft.poll, now=post.created_at)
    if post.kind == "question":
        # One same here for each person, the asker counted (product 6).
        await db.execute(
            "INSERT INTO same_here (post_id, account_id, created_at) VALUES ($1, $2, $3)",
            post.id,
            author.id,
            post.published_at,
        )


async def write_closing(db: Connection, post: Post, draft: Draft, *, now: datetime) -> None:
    """Whether its author elsewhere lets nobody answer; in a group of ours that is for its moderators to say."""
    if draft.remote is None or draft.remote.is_closed is None or post.thread_id != post.id:
        return
    if not draft.remote.is_closed:
        await db.execute("DELETE FROM thread_lock WHERE thread_id = $1 AND by_id = $2", post.id, post.author_id)
        return
    await db.execute(
        """
        INSERT INTO thread_lock (thread_id, by_id, locked_at)
        SELECT $1, $2, $4
         WHERE NOT EXISTS (SELECT FROM account WHERE id = $3 AND is_local)
            ON CONFLICT (thread_id) DO NOTHING
        """,
        post.id,
        post.author_id,
        post.group_id,
        now,
    )


async def used_emojis(db: Connection, author: Account, draft: Draft, *, now: datetime) -> list[dict[str, Any]]:
    """The custom emoji of the author's server that a draft uses; what that server says of them is kept."""
    if draft.remote is not None and draft.remote.emojis:
        await emojis.remember(db, author.authority, draft.remote.emojis, now=now)
    authority = emojis.OURS if author.is_local else author.authority
    options = draft.poll.options if draft.poll is not None else ()
    return await emojis.used(db, authority, draft.title or "", draft.content_html, draft.summary, *options)


async def write_mentions(db: Connection, post_id: int, draft: Draft) -> None:
    """Whom a post is addressed to, in the order they are named."""
    most = limits.MENTIONS_FROM_OUTSIDE if draft.remote else limits.MENTIONS
    named = list(dict.fromkeys(draft.mention_ids))[:most]
    silent = [account_id for account_id in dict.fromkeys(draft.silent_mention_ids) if account_id not in named][:most]
    if named or silent:
        await db.execute(
            """
            INSERT INTO post_mention (post_id, account_id, position, is_silent)
            SELECT $1, named.id, named.position, named.position > $3
              FROM unnest($2::bigint[]) WITH ORDINALITY AS named (id, position)
                ON CONFLICT (post_id, account_id) DO UPDATE
               SET position = excluded.position, is_silent = post_mention.is_silent AND excluded.is_silent
            """,
            post_id,
            [*named, *silent],
            len(named),
        )


async def write_tags(db: Connection, post_id: int, draft: Draft) -> None:
    """The tags of a post, each once."""
    most = limits.TAGS_FROM_OUTSIDE if draft.remote else limits.TAGS
    shown = {mentions.normalised_tag(tag): tag.removeprefix("#") for tag in reversed(draft.tags[:most])}
    if shown:
        await db.execute(
            """
            INSERT INTO post_tag (post_id, tag, shown_as, is_local)
            SELECT $1, tag, shown_as, $4
              FROM unnest($2::text[], $3::text[]) AS named (tag, shown_as)
                ON CONFLICT DO NOTHING
            """,
            post_id,
            list(shown.keys()),
            list(shown.values()),
            draft.remote is None,
        )


async def uploaded(db: Connection, author_id: int, draft: Draft, post_id: int) -> tuple[Attachment, ...]:
    """The uploads of a draft, which are this post's from now on. Raises Invalid."""
    if draft.media_ids is None:
        return ()
    return tuple(
        Attachment(
            media_type=each.media_type or "",
            remote_url="",
            description=each.description,
            blurhash=each.blurhash,
            width=each.width,
            height=each.height,
            media_id=each.id,
            file=each.file,
            preview=each.preview,
            preview_width=each.preview_width,
            preview_height=each.preview_height,
            focus_x=each.focus_x,
            focus_y=each.focus_y,
            kind=each.kind,
            duration=each.duration,
            frame_rate=each.frame_rate,
            bit_rate=each.bit_rate,
        )
        for each in await uploads.attach(db, author_id, draft.media_ids, post_id)
    )


async def write_attachments(
    db: Connection, post_id: int, attachments: Sequence[Attachment], *, is_public: bool
) -> None:
    """The files of a post, in their order. Apps ask without a token: what is not public has keys.

    What they are said to show is searched with the text; whether they are covered, their author's standing decides.
    """
    if not attachments:
        return
    kept = attachments[: limits.MEDIA_FROM_OUTSIDE]
    await db.executemany(
        """
        INSERT INTO post_attachment (post_id, position, media_type, remote_url, description, blurhash, width, height,
                                     media_id, file, preview, preview_width, preview_height, focus_x, focus_y, kind,
                                     duration, frame_rate, bit_rate, key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        """,
        [
            (post_id, number, *msgspec.structs.astuple(each)[:-1], "" if is_public or each.file else new_key())
            for number, each in enumerate(kept)
        ],
    )
    await db.execute(
        """
        UPDATE post
           SET alt_text = $2, is_covered = author.media_covered_at IS NOT NULL
          FROM account author
         WHERE post.id = $1
           AND author.id = post.author_id
           AND (post.alt_text <> $2 OR post.is_covered <> (author.media_covered_at IS NOT NULL))
        """,
        post_id,
        " ".join(each.description.replace("<", " ") for each in kept if each.description),
    )


async def rewrite_attachments(
    db: Connection, post_id: int, attachments: Sequence[Attachment], *, is_public: bool
) -> None:
    """Other files in place of those that a post had."""
    await db.execute("DELETE FROM post_attachment WHERE post_id = $1", post_id)
    await db.execute("UPDATE post SET alt_text = '' WHERE id = $1 AND alt_text <> ''", post_id)
    await write_attachments(db, post_id, attachments, is_public=is_public)


def new_key() -> str:
    """Nobody guesses 128 bits (S096)."""
    return secrets.token_urlsafe(16)


def _authority(uri: str) -> str:
    """Whose a name is; nobody's where it is no address, as conversations may be called anything."""
    try:
        return urlsplit(uri).netloc.lower()
    except ValueError:
        return ""


async def _write_contexts(db: Connection, here: Here, author: Account, post: Post, draft: Draft) -> None:
    """The names of the conversation: ours, and those that its own servers give it (D50).

    A detached post, and what stands below one, does not know yet whose conversation it names.
    """
    authorities = {author.authority}
    if draft.remote is not None and draft.remote.context_uris:
        group = await lookup.by_id(db, post.group_id) if post.group_id is not None else None
        if group is not None:
            authorities.add(group.authority)
    names = _names_by(here, authorities, draft)
    ours = here.context_uri(post.id)
    if post.thread_id == post.id:
        names.append(ours)
    if names:
        await db.execute(
            """
            INSERT INTO thread_context (uri, thread_id)
            SELECT DISTINCT uri, $2::bigint
              FROM unnest($1::text[]) AS uri
             WHERE uri = $3 OR EXISTS (SELECT FROM post WHERE id = $2 AND parent_uri IS NULL)
                ON CONFLICT DO NOTHING
            """,
            names,
            post.thread_id,
            ours,
        )


def _names_by(here: Here, authorities: Collection[str], draft: Draft) -> list[str]:
    """The names of a draft's conversation that count: given by servers of theirs, and none of ours."""
    given = draft.remote.context_uris if draft.remote is not None else ()
    return [uri for uri in given if _authority(uri) != here.authority and _authority(uri) in authorities]


async def name_threads(db: Connection, here: Here, begun: Sequence[tuple[int, Account, Draft]]) -> None:
    """The same for many threads that belong to no group: the first post of each, its author and draft."""
    named = [
        (uri, post_id)
        for post_id, author, draft in begun
        for uri in (*_names_by(here, (author.authority,), draft), here.context_uri(post_id))
    ]
    await db.execute(
        """
        INSERT INTO thread_context (uri, thread_id)
        SELECT * FROM unnest($1::text[], $2::bigint[])
            ON CONFLICT DO NOTHING
        """,
        [uri for uri, _ in named],
        [post_id for _, post_id in named],
    )


def edited_at(remote: Remote, *, now: datetime) -> datetime | None:
    """When it was last changed elsewhere, as far as that can be."""
    return min(remote.edited_at, now + CLOCKS_DIFFER_BY) if remote.edited_at else None


def object_type(draft: Draft, *, has_poll: bool) -> str:
    """How a post of ours travels: with a typed title as Article, unless a warning covers it (D16, D35)."""
    if has_poll:
        return "Question"
    return "Article" if draft.title and not draft.title_is_generated and not draft.summary else "Note"


def titled(draft: Draft) -> str:
    """The text of a post whose title has no place of its own, with the title before it."""
    return f"<p><strong>{html.escape(draft.title or '', quote=False)}</strong></p>{draft.content_html}"
