"""Authors change and delete what they wrote, here or elsewhere (product 6; D61; R018-R020, S033-S035)."""

from datetime import datetime

import msgspec

from fedcomm import emojis, facts, tombstones
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotAllowed, NotFound
from fedcomm.here import Here
from fedcomm.media import uploads
from fedcomm.polls import asking
from fedcomm.polls import reading as polls
from fedcomm.text import limits, titles
from fedcomm.threads import (
    announcing,
    asking_authors,
    conversations,
    copying,
    emoji_reactions,
    first_look,
    placing,
    quoting,
    reading,
    rights,
    rows,
)
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.counting import count_post
from fedcomm.threads.model import COLUMNS, Draft, Post


async def edit(db: Connection, here: Here, by: Account, post_id: int, draft: Draft, *, now: datetime) -> Post:
    """Change text, title, warning, language, poll, mentions and tags of one's own post; place and audience stay (S042).

    What it said before is kept as a version. An edit from elsewhere that is not newer than what is here changes nothing
    (R018, R020). Raises NotFound, NotAllowed.
    """
    post = await _own(db, by, post_id)
    if draft.remote is None and post.group_id is not None and not await asking_authors.asked(db, by.id, post.id):
        await rights.to_edit(db, by, post.group_id)
    if draft.remote is not None:
        # Consent may come with the same words and time as before.
        await quoting.receive(db, here, by, post, draft.remote, now=now)
        await _change_policy(db, post, draft)
    said_at = now if draft.remote is None else (draft.remote.edited_at or draft.remote.published_at)
    if draft.remote is not None and said_at <= (post.edited_at or post.published_at):
        return post
    said_at = min(said_at, now + rows.CLOCKS_DIFFER_BY)
    if post.state == "visible":
        await first_look.check_edit(db, here.authority, by, draft, now=now)
    draft = _fitting(draft, post)
    shows_the_same = draft.remote is not None or await _rewrite_uploads(db, by, post_id, draft)
    asked = await polls.titles(db, post_id)
    has_poll = draft.poll is not None or (draft.keeps_poll and asked is not None)
    asks_the_same = draft.keeps_poll or not await asking.put(db, post_id, draft.poll, now=now)
    if shows_the_same and asks_the_same and _says_the_same(post, draft):
        return post
    await _keep_version(db, post, asked)
    row = await db.fetchrow(
        f"""
        UPDATE post
           SET title = $2, title_is_generated = $3, content_html = $4, source = $5, summary = $6, is_sensitive = $7,
               language = COALESCE($8, language), object_type = $9, edited_at = $10, version = version + 1,
               emojis = $11, searchable_by = $12
         WHERE id = $1
        RETURNING {COLUMNS}
        """,
        post_id,
        draft.title,
        draft.title_is_generated,
        draft.content_html,
        draft.source,
        draft.summary,
        draft.is_sensitive or bool(draft.summary),
        draft.language,
        draft.remote.object_type if draft.remote else rows.object_type(draft, has_poll=has_poll),
        said_at,
        await rows.used_emojis(db, by, draft, now=now),
        draft.remote.searchable_by if draft.remote else None,
    )
    assert row is not None
    between = await conversations.people(db, post) if post.audience == "direct" else None
    await _rewrite_parts(db, post, draft)
    await rows.write_closing(db, post, draft, now=now)
    if between is not None:
        await conversations.regroup(db, post, between, now=now)
    await asking_authors.note_change(db, post, now=now)
    if post.state == "visible":
        await facts.record(db, facts.PostEdited(post_id), now=now)
    return Post(**row)


async def delete(db: Connection, here: Here, by: Account, post_id: int, *, now: datetime) -> None:
    """Delete one's own post: the text goes at once, the place stays, answers stay below it (D61).

    Deleting twice changes nothing. Raises NotFound, NotAllowed.
    """
    post = await locked(db, post_id)
    if post.author_id != by.id:
        raise NotAllowed("Only the author may delete a post.")
    if post.state != "deleted":
        await _empty(db, post, now=now)


async def leave_no_place(db: Connection, post_id: int) -> None:
    """Threads do not say where a deleted post stood, unless something below it is still there (product 24).

    Newest first, so that answers to oneself hold nothing.
    """
    await db.execute(
        """
        UPDATE post
           SET keeps_place = false
         WHERE id = $1
           AND state = 'deleted'
           AND NOT EXISTS (SELECT
                             FROM post below
                            WHERE below.parent_id = $1 AND (below.state <> 'deleted' OR below.keeps_place))
        """,
        post_id,
    )


async def delete_by_uri(db: Connection, here: Here, actor_uri: str, uri: str, *, now: datetime) -> bool:
    """An actor elsewhere says that an object of theirs is gone, which may be before it was here (R019; S009, S035).

    False: nothing was here to be deleted.
    """
    await tombstones.remember(db, uri, actor_uri, now=now)
    post_id = await db.fetchval(
        """
        SELECT post.id
          FROM post
          JOIN account author ON author.id = post.author_id
         WHERE post.uri = $1 AND NOT post.is_local AND post.state <> 'deleted' AND author.uri = $2
        """,
        uri,
        actor_uri,
    )
    if post_id is None:
        await placing.place_answers_to_gone(db, here, uri, now=now)
        return False
    post = await locked(db, post_id)
    if post.state != "deleted":
        await _empty(db, post, now=now)
    return True


async def drop_emoji(db: Connection, emoji_id: int) -> None:
    """An emoji is gone or has another name: posts that used it show its shortcode."""
    await db.execute(f"UPDATE post SET {emojis.LEFT_OUT} WHERE {emojis.USED}", emoji_id)
    await emoji_reactions.drop(db, emoji_id)


async def locked(db: Connection, post_id: int) -> Post:
    """A post that nobody else changes until the transaction ends. Raises NotFound.

    The root of its thread is locked first, as everybody does who counts replies (R024).
    """
    await db.fetch(
        """
        SELECT
          FROM post
         WHERE id = (SELECT thread_id FROM post WHERE id = $1)
           FOR NO KEY UPDATE
        """,
        post_id,
    )
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM post WHERE id = $1 FOR NO KEY UPDATE", post_id)
    if row is None:
        raise NotFound("There is no such post.")
    return Post(**row)


async def _own(db: Connection, by: Account, post_id: int) -> Post:
    post = await locked(db, post_id)
    if post.state == "deleted":
        raise NotFound("There is no such post.")
    if post.author_id != by.id:
        raise NotAllowed("Only the author may change a post.")
    return post


def _fitting(draft: Draft, post: Post) -> Draft:
    """The draft as it may stand in place of what is there: roots in groups keep having a title (D32)."""
    if post.title is not None:
        title = titles.typed(draft.title or "")
        if title:
            return msgspec.structs.replace(draft, title=title)
        generated = titles.of_html(draft.content_html, fallback=post.title).text[: limits.TITLE]
        return msgspec.structs.replace(draft, title=generated, title_is_generated=True)
    if draft.title and not draft.title_is_generated and post.is_root:
        return msgspec.structs.replace(draft, title=None, content_html=rows.titled(draft))
    return msgspec.structs.replace(draft, title=None, title_is_generated=False)


def _says_the_same(post: Post, draft: Draft) -> bool:
    return draft.remote is None and (
        (post.title, post.content_html, post.source, post.summary, post.is_sensitive, post.language)
        == (
            draft.title,
            draft.content_html,
            draft.source,
            draft.summary,
            draft.is_sensitive or bool(draft.summary),
            draft.language or post.language,
        )
    )


async def _change_policy(db: Connection, post: Post, draft: Draft) -> None:
    """Whom somebody elsewhere lets quote their post now."""
    policy = draft.quote_policy or "nobody"
    if policy != post.quote_policy:
        await db.execute("UPDATE post SET quote_policy = $2, version = version + 1 WHERE id = $1", post.id, policy)


async def _keep_version(db: Connection, post: Post, asked: list[str] | None) -> None:
    await db.execute(
        """
        INSERT INTO post_version (post_id, version, title, content_html, source, summary, is_sensitive, created_at,
                                  poll_options)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        post.id,
        post.version,
        post.title,
        post.content_html,
        post.source,
        post.summary,
        post.is_sensitive,
        post.edited_at or post.published_at,
        asked,
    )


async def _rewrite_parts(db: Connection, post: Post, draft: Draft) -> None:
    """Whom and what the new text names. Who was addressed before stays so: they have the post and get its edits."""
    await rows.write_mentions(db, post.id, draft)
    await db.execute("DELETE FROM post_tag WHERE post_id = $1", post.id)
    await rows.write_tags(db, post.id, draft)
    if draft.remote is not None:
        await rows.rewrite_attachments(db, post.id, draft.remote.attachments, is_public=post.audience in PUBLIC)


async def _rewrite_uploads(db: Connection, by: Account, post_id: int, draft: Draft) -> bool:
    """Give a post of ours the uploads of the draft; whether they are those it had. Raises Invalid."""
    if draft.media_ids is None:
        return True
    before = (await reading.parts(db, [post_id]))[post_id].attachments
    after = list(await rows.uploaded(db, by.id, draft, post_id))
    if before == after:
        return True
    await rows.rewrite_attachments(db, post_id, after, is_public=True)  # those from here need no key
    return False


async def _empty(db: Connection, post: Post, *, now: datetime) -> None:
    """What is left of a deleted post: id, uri, place, times, and to whom it must be told, carriers among them (D61).

    What a legal hold covers is copied first (C07).
    """
    await copying.before_deletion(db, post, now=now)
    if post.state == "visible":
        await count_post(db, post, -1)
    await db.execute(
        """
        UPDATE post
           SET state = 'deleted', deleted_at = $2, title = NULL, title_is_generated = false, content_html = '',
               source = NULL, summary = '', alt_text = '', kind = NULL, emojis = '[]', reactions = '[]',
               version = version + 1, favourites_count = 0, boosts_count = 0, same_here_count = 0
         WHERE id = $1
        """,
        post.id,
        now,
    )
    await announcing.withdraw(db, post.id, now=now)
    await uploads.release(db, post.id)
    if post.is_quote:
        await quoting.end(db, post.id, now=now)
    if post.audience == "direct":
        await conversations.forget(db, post.id)
    await asking.put(db, post.id, None, now=now)
    await asking_authors.note_change(db, post, now=now)
    taken_part = await _taken_part(db, post)
    await db.execute(
        """
        WITH said AS (DELETE FROM post_version WHERE post_id = $1),
             looked_at AS (DELETE FROM first_look WHERE post_id = $1),
             shown AS (DELETE FROM post_attachment WHERE post_id = $1),
             tagged AS (DELETE FROM post_tag WHERE post_id = $1),
             received AS (DELETE FROM post_activity WHERE post_id = $1),
             boosted AS (DELETE FROM boost WHERE post_id = $1),
             favoured AS (DELETE FROM favourite WHERE post_id = $1),
             chosen AS (DELETE FROM emoji_reaction WHERE post_id = $1),
             disliked AS (DELETE FROM dislike WHERE post_id = $1),
             voted AS (DELETE FROM told_vote WHERE post_id = $1),
             shared AS (DELETE FROM same_here WHERE post_id = $1),
             kept AS (DELETE FROM bookmark WHERE post_id = $1),
             answered AS (DELETE FROM reception WHERE post_id = $1),
             closed AS (DELETE FROM thread_lock WHERE thread_id = $1)
        DELETE FROM group_hidden_post
         WHERE post_id = $1
        """,
        post.id,
    )
    await facts.record(db, facts.PostDeleted(post.id, taken_part), now=now)


async def _taken_part(db: Connection, post: Post) -> tuple[int, ...]:
    """Of each inbox elsewhere somebody who boosted or favoured a post of ours that anybody may read."""
    if not post.is_local or post.audience not in PUBLIC:
        return ()
    rows = await db.fetch(
        """
        SELECT min(account.id) AS id
          FROM (SELECT account_id FROM boost WHERE post_id = $1
                UNION ALL SELECT account_id FROM favourite WHERE post_id = $1) part
          JOIN account ON account.id = part.account_id AND NOT account.is_local
      GROUP BY COALESCE(account.shared_inbox_url, account.inbox_url)
        """,
        post.id,
    )
    return tuple(row["id"] for row in rows)
