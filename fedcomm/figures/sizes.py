"""What takes room, by kind: tables of the database, files that members uploaded, and copies of others' files."""

import msgspec

from fedcomm.database import Connection

TABLES = {
    "posts": (
        "post", "post_mention", "post_tag", "post_version", "post_attachment", "post_activity", "thread_context",
        "boost", "favourite", "same_here", "bookmark", "dislike", "told_vote", "carry", "thread_move", "quote", "poll",
        "poll_option", "poll_vote", "reception", "conversation", "conversation_post", "notification", "tombstone",
    ),
    "people": (
        "account", "account_key", "login", "follow", "follower_check", "membership", "session", "oauth_token",
        "sign_in", "group_profile",
    ),
    "traffic": (
        "inbox_item", "seen_activity", "dropped_activity", "early_activity", "activity", "pending_delivery",
        "failed_delivery", "done_delivery", "destination", "delivery_peer", "peer", "fact", "consequence",
        "live_update", "mail",
    ),
}  # fmt: skip
"""Which tables are of which kind; the rest is of none of them."""


class Uploads(msgspec.Struct, frozen=True):
    """Files that members uploaded, of one kind: picture, film or sound."""

    count: int
    size: int


class Kinds(msgspec.Struct, frozen=True):
    """Bytes by kind."""

    database: dict[str, int] = {}
    uploads: dict[str, Uploads] = {}


async def measure(db: Connection) -> Kinds:
    """Look how much room each kind takes."""
    tables = await db.fetch(
        """
        SELECT COALESCE(kind.name, 'other') AS kind, sum(pg_total_relation_size(pg_class.oid))::bigint AS size
          FROM pg_class
     LEFT JOIN unnest($1::text[], $2::text[]) AS kind (table_name, name) ON kind.table_name = pg_class.relname
         WHERE pg_class.relkind IN ('r', 'm') AND pg_class.relnamespace = 'public'::regnamespace
      GROUP BY 1
        """,
        [table for tables in TABLES.values() for table in tables],
        [kind for kind, tables in TABLES.items() for _ in tables],
    )
    files = await db.fetch(
        """
        SELECT split_part(media_type, '/', 1) AS kind, count(*) AS count, coalesce(sum(size), 0)::bigint AS size
          FROM media
         WHERE state = 'ready'
      GROUP BY 1
        """
    )
    return Kinds(
        database={row["kind"]: row["size"] for row in tables},
        uploads={row["kind"]: Uploads(row["count"], row["size"]) for row in files},
    )
