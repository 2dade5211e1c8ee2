"""Legal holds: what is covered by one is copied before it is deleted; the copy stays until the hold ends (C07, C08).

What members see is deleted all the same. Only owners, and commands, place and end holds and see what is kept; each step
and the hash of each copy stand in the log, which cannot be changed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
import orjson

from fedcomm import audit, ids
from fedcomm.accounts import logins
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection, one
from fedcomm.errors import Conflict, Invalid, NotAllowed, NotFound
from fedcomm.permissions import may_here
from fedcomm.text import cleaning

Kind = Literal["person", "thread", "group", "report", "all"]
LONGEST_REASON = 500
LONGEST_WORD = 100
AT_ONCE = 500

COLUMNS = """
    id, kind, about, person_id, thread_id, group_id, post_ids, report_id, begins_at, ends_before, word, reason,
    is_confidential, placed_by, created_at, ended_by, end_reason, ended_at
"""


def _says(text: str) -> str:
    """A condition: this text of a post, or of what belongs to it, has the word of the hold in it."""
    return f"position(hold.word in lower({text})) > 0"


def _plain(html: str) -> str:
    """HTML as it reads: a word may stand partly in bold, and its signs be written as references."""
    said = f"regexp_replace({html}, '<[^>]*>', '', 'g')"
    for reference, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "''"), ("&amp;", "&")):
        said = f"replace({said}, '{reference}', '{sign}')"
    return said


def _text(of: str) -> str:
    parts = (f"{of}.title", f"{of}.summary", f"{of}.source", _plain(f"{of}.content_html"))
    return f"concat_ws(' ', {', '.join(parts)})"


COVERS = f"""(
       (hold.kind = 'all' OR hold.person_id = post.author_id OR hold.thread_id = post.thread_id
        OR hold.group_id = post.group_id OR post.id = ANY(hold.post_ids))
   AND (hold.begins_at IS NULL OR post.published_at >= hold.begins_at)
   AND (hold.ends_before IS NULL OR post.published_at < hold.ends_before)
   AND (hold.word = ''
        OR {_says(_text("post"))}
        OR EXISTS (SELECT FROM post_version said WHERE said.post_id = post.id AND {_says(_text("said"))})
        OR EXISTS (SELECT FROM post_attachment shown WHERE shown.post_id = post.id AND {_says("shown.description")})
        OR EXISTS (SELECT FROM poll_option choice WHERE choice.post_id = post.id AND {_says("choice.title")})))"""
"""A condition: a row `hold` of legal_hold covers a row `post`. A word is found within others, in any version."""


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """What a hold covers. `about`: how that is called, for people; '' is all that anybody writes here.

    Of that only what was published in a time, `ends_before` excluded, and what says a word, if these are given.
    """

    kind: Kind
    about: str
    begins_at: datetime | None = None
    ends_before: datetime | None = None
    word: str = ""
    person_id: int | None = None
    thread_id: int | None = None
    group_id: int | None = None
    post_ids: Sequence[int] = ()
    report_id: int | None = None


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold. Field meanings: the migration that makes the table."""

    id: int
    kind: Kind
    about: str
    person_id: int | None
    thread_id: int | None
    group_id: int | None
    post_ids: list[int]
    report_id: int | None
    begins_at: datetime | None
    ends_before: datetime | None
    word: str
    reason: str
    is_confidential: bool
    placed_by: int | None
    created_at: datetime
    ended_by: int | None
    end_reason: str
    ended_at: datetime | None


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was deleted while a hold covered it. `content` is JSON, `sha256` its hash."""

    id: int
    hold_id: int
    kind: Literal["post", "profile"]
    object_id: int
    uri: str
    content: str
    sha256: str
    created_at: datetime


async def check_may(db: Connection, by: Account | None) -> None:
    """Whether somebody may know of holds. `by` is None for commands of the operator. Raises NotAllowed."""
    if by is None:
        return
    login = (await logins.of_many(db, [by.id])).get(by.id)
    if login is None or login.state != "active" or not may_here(login.role, "keep evidence"):
        raise NotAllowed("Only owners of this instance may do this.")


async def place(
    db: Connection, by: Account | None, cover: Cover, reason: str, *, is_confidential: bool = False, now: datetime
) -> Hold:
    """From now on what it covers is kept. Raises NotAllowed, Invalid (no reason).

    `is_confidential`: who ends their account under it must not be told that copies are kept (product 20).
    """
    await check_may(db, by)
    reason = cleaning.one_line(reason, LONGEST_REASON)
    if not reason:
        raise Invalid("Please give a reason; it is kept with the hold.", field="reason")
    row = await one(
        db,
        f"""
        INSERT INTO legal_hold (id, kind, about, person_id, thread_id, group_id, post_ids, report_id, reason, placed_by,
                                created_at, begins_at, ends_before, word, is_confidential)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        RETURNING {COLUMNS}
        """,
        ids.new(now),
        cover.kind,
        cover.about,
        cover.person_id,
        cover.thread_id,
        cover.group_id,
        list(cover.post_ids),
        cover.report_id,
        reason,
        by.id if by else None,
        now,
        cover.begins_at,
        cover.ends_before,
        cover.word,
        is_confidential,
    )
    made = Hold(**row)
    details = {
        "kind": made.kind,
        "about": made.about,
        "from": made.begins_at.isoformat() if made.begins_at else None,
        "before": made.ends_before.isoformat() if made.ends_before else None,
        "word": made.word,
        "confidential": made.is_confidential,
    }
    await audit.write(db, by.id if by else None, "place legal hold", str(made.id), reason, details, now=now)
    return made


async def end(db: Connection, by: Account | None, hold_id: int, reason: str, *, now: datetime) -> None:
    """The hold is over: what only it kept is gone. Twice is a Conflict. Raises NotAllowed, NotFound, Invalid."""
    found = await by_id(db, by, hold_id)
    reason = cleaning.one_line(reason, LONGEST_REASON)
    if not reason:
        raise Invalid("Please give a reason; it is kept with the hold.", field="reason")
    changed = await db.fetchval(
        """
        UPDATE legal_hold
           SET ended_at = $2, ended_by = $3, end_reason = $4, post_ids = '{}'
         WHERE id = $1 AND ended_at IS NULL
        RETURNING true
        """,
        hold_id,
        now,
        by.id if by else None,
        reason,
    )
    if not changed:
        raise Conflict("This hold has ended already.")
    erased = await db.fetch("DELETE FROM held_copy WHERE hold_id = $1 RETURNING id", hold_id)
    await db.execute("DELETE FROM held_file WHERE hold_id = $1", hold_id)
    details = {"about": found.about, "erased": len(erased)}
    await audit.write(db, by.id if by else None, "end legal hold", str(hold_id), reason, details, now=now)


async def by_id(db: Connection, by: Account | None, hold_id: int) -> Hold:
    """A hold, for who may know of it. Raises NotAllowed, NotFound."""
    await check_may(db, by)
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM legal_hold WHERE id = $1", hold_id)
    if row is None:
        raise NotFound("There is no such hold.")
    return Hold(**row)


async def page(db: Connection, by: Account | None, *, cursor: Cursor) -> list[Hold]:
    """All holds, newest first. Raises NotAllowed."""
    await check_may(db, by)
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM legal_hold WHERE id < $1 AND id > $2 ORDER BY id {order} LIMIT $3",
        cursor.below,
        cursor.above,
        cursor.limit,
    )
    return sorted((Hold(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def copies_count(db: Connection, hold_ids: Sequence[int]) -> dict[int, int]:
    """How much these holds keep that would be gone without them."""
    rows = await db.fetch(
        "SELECT hold_id, count(*) AS count FROM held_copy WHERE hold_id = ANY($1::bigint[]) GROUP BY hold_id",
        list(hold_ids),
    )
    return {row["hold_id"]: row["count"] for row in rows}


async def told_copies_count(db: Connection, person_id: int) -> int:
    """How much of somebody's is kept that they may be told of: posts, and what was known of the person."""
    return await db.fetchval(
        """
        SELECT count(DISTINCT (held_copy.kind, held_copy.object_id))
          FROM held_copy
          JOIN legal_hold hold ON hold.id = held_copy.hold_id AND hold.ended_at IS NULL AND NOT hold.is_confidential
     LEFT JOIN post ON held_copy.kind = 'post' AND post.id = held_copy.object_id
         WHERE post.author_id = $1 OR (held_copy.kind = 'profile' AND held_copy.object_id = $1)
        """,
        person_id,
    )


async def copies(db: Connection, hold_id: int, *, above: int = 0) -> list[Copy]:
    """What a hold keeps, in the order it was deleted, some at a time; who asks was admitted."""
    rows = await db.fetch(
        """
        SELECT id, hold_id, kind, object_id, uri, content, sha256, created_at
          FROM held_copy
         WHERE hold_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
        hold_id,
        above,
        AT_ONCE,
    )
    return [Copy(**row) for row in rows]


async def files(db: Connection, hold_id: int) -> list[int]:
    """The uploads that a hold keeps."""
    rows = await db.fetch("SELECT media_id FROM held_file WHERE hold_id = $1 ORDER BY media_id", hold_id)
    return [row["media_id"] for row in rows]


async def about_person(db: Connection, person_id: int) -> list[int]:
    """The holds that cover somebody, whose profile is kept then; none, almost always."""
    rows = await db.fetch("SELECT id FROM legal_hold WHERE ended_at IS NULL AND person_id = $1 ORDER BY id", person_id)
    return [row["id"] for row in rows]


async def keep(
    db: Connection,
    hold_ids: Sequence[int],
    kind: Literal["post", "profile"],
    object_id: int,
    uri: str,
    said: Mapping[str, Any],
    *,
    media_ids: Sequence[int] = (),
    now: datetime,
) -> None:
    """Copy what is about to be deleted, in the transaction that deletes it; its hash goes into the log."""
    content = orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode()
    digest = hashlib.sha256(content.encode()).hexdigest()
    for hold_id in hold_ids:
        await db.execute(
            """
            INSERT INTO held_copy (id, hold_id, kind, object_id, uri, content, sha256, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            ids.new(now),
            hold_id,
            kind,
            object_id,
            uri,
            content,
            digest,
            now,
        )
        await db.execute(
            """
            INSERT INTO held_file (hold_id, media_id, post_id)
            SELECT $1, kept.id, $3
              FROM unnest($2::bigint[]) AS kept (id)
                ON CONFLICT DO NOTHING
            """,
            hold_id,
            list(media_ids),
            object_id,
        )
        details = {"kind": kind, "object": str(object_id), "sha256": digest}
        await audit.write(db, None, "keep under legal hold", str(hold_id), details=details, now=now)
