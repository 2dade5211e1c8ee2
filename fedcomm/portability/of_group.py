"""What a group's archive holds: itself, its members, its threads as far as who asks may read them, and its log.

Source: product 24. What was deleted is not in it, nor are those whose accounts have ended; uploaded files are.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.figures.of_groups import TOLD_COLUMNS
from fedcomm.portability import personal, tables
from fedcomm.portability.packing import Packing
from fedcomm.portability.personal import Sources
from fedcomm.threads.audience import visible_to

FORMAT = "fedcomm group 1"

QUESTIONS: Mapping[str, str] = {
    "settings": """
        SELECT account_id AS key, purpose, for_whom, group_kind, visibility, audience, join_rule, posting_rule,
               carry_policy, rules, held_words, holds_links, slow_minutes, state, created_at
          FROM group_profile
         WHERE account_id = $1 AND account_id > $3 AND $2::bigint IS NOT NULL
         LIMIT $4
        """,
    "members": """
        SELECT membership.member_id AS key, who.uri, who.handle || '@' || who.handle_domain AS address, who.name,
               membership.role, membership.state, membership.how, membership.is_held, membership.paused_until,
               membership.created_at, membership.updated_at
          FROM membership
          JOIN account who ON who.id = membership.member_id
         WHERE membership.group_id = $1
           AND who.state <> 'deleted'
           AND membership.member_id > $3
           AND $2::bigint IS NOT NULL
      ORDER BY membership.member_id
         LIMIT $4
        """,
    "posts": f"""
        SELECT post.id AS key, post.uri, post.url, root.uri AS thread, parent.uri AS answers, writer.uri AS author,
               writer.handle || '@' || writer.handle_domain AS author_address, post.kind, post.title,
               post.content_html AS content, post.source, post.summary AS warning, post.language, post.audience,
               post.state, post.published_at, post.edited_at,
               ARRAY(SELECT 'media_attachments/' || file FROM post_attachment
                      WHERE post_id = post.id AND file IS NOT NULL
                   ORDER BY position) AS files
          FROM post
          JOIN account writer ON writer.id = post.author_id
          JOIN post root ON root.id = post.thread_id
     LEFT JOIN post parent ON parent.id = post.parent_id
         WHERE (post.group_id = $1
                OR EXISTS (SELECT
                             FROM carry
                            WHERE carry.thread_id = post.thread_id AND carry.group_id = $1 AND carry.state = 'carried'))
           AND writer.state <> 'deleted'
           AND post.id > $3
           AND {visible_to("$2")}
      ORDER BY post.id
         LIMIT $4
        """,
    "carried": """
        SELECT carry.id AS key, thread.uri AS thread, carry.state, carry.reason, carry.created_at, carry.decided_at
          FROM carry
          JOIN post thread ON thread.id = carry.thread_id
         WHERE carry.group_id = $1 AND thread.state <> 'deleted' AND carry.id > $3 AND $2::bigint IS NOT NULL
      ORDER BY carry.id
         LIMIT $4
        """,
    "pinned": """
        SELECT pin.id AS key, post.uri, pin.created_at
          FROM pin
          JOIN post ON post.id = pin.post_id
         WHERE pin.account_id = $1 AND post.state <> 'deleted' AND pin.id > $3 AND $2::bigint IS NOT NULL
      ORDER BY pin.id
         LIMIT $4
        """,
    "bans": """
        SELECT ban.account_id AS key, who.uri, ban.reason, ban.ends_at, ban.created_at
          FROM ban
          JOIN account who ON who.id = ban.account_id
         WHERE ban.group_id = $1 AND who.state <> 'deleted' AND ban.account_id > $3 AND $2::bigint IS NOT NULL
      ORDER BY ban.account_id
         LIMIT $4
        """,
    "figures": f"""
        SELECT (day - DATE '2000-01-01') * 1000 + window_days AS key, day, window_days, {TOLD_COLUMNS}, measured_at
          FROM group_figure_day
         WHERE group_id = $1 AND (day - DATE '2000-01-01') * 1000 + window_days > $3 AND $2::bigint IS NOT NULL
      ORDER BY day, window_days
         LIMIT $4
        """,
    "log": """
        SELECT entry.id AS key, who.uri AS by, entry.action, entry.target, entry.reason, entry.created_at
          FROM audit_entry entry
     LEFT JOIN account who ON who.id = entry.actor_id
         WHERE entry.group_id = $1 AND entry.id > $3 AND $2::bigint IS NOT NULL
      ORDER BY entry.id
         LIMIT $4
        """,
}
FILES = f"""
    SELECT media.id AS key, media.file, media.size
      FROM media
      JOIN post ON post.id = media.post_id
     WHERE post.group_id = $1
       AND media.state = 'ready'
       AND media.file IS NOT NULL
       AND media.id > $3
       AND {visible_to("$2")}
  ORDER BY media.id
     LIMIT $4
    """


async def count(db: Connection, group_id: int) -> int:
    """How many pieces an archive of this group has, about."""
    return len(QUESTIONS) + await db.fetchval(
        """
        SELECT count(*)
          FROM media
          JOIN post ON post.id = media.post_id
         WHERE post.group_id = $1 AND media.state = 'ready'
        """,
        group_id,
    )


async def pack(sources: Sources, group: Account, by_id: int, into: Packing) -> AsyncIterator[None]:
    """Put it all in, one piece after the other, as `by_id` may read it. Raises packing.NoRoom, StoreAway."""
    document = {"format": FORMAT, "group": await sources.scribe.actor(group)}
    await into.add_text("group.json", msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
    for name, question in QUESTIONS.items():
        await into.add_list(f"{name}.json", {"about": name}, _rows(sources, question, group.id, by_id))
        yield
    async for rows in tables.pages(sources.read, FILES, group.id, by_id):
        for row in rows:
            if not await personal.put_file(sources.store, into, f"media_attachments/{row['file']}", row["file"]):
                into.left_out += 1
            yield


async def _rows(sources: Sources, question: str, group_id: int, by_id: int) -> AsyncIterator[dict[str, Any]]:
    async for rows in tables.pages(sources.read, question, group_id, by_id):
        for row in rows:
            yield personal.plain(row)
