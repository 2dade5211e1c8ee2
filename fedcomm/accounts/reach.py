"""Where the followers of an account of ours are reached."""

from fedcomm.database import Connection


async def follower_inboxes(db: Connection, account_id: int) -> list[tuple[str, str]]:
    """The distinct inboxes (url, authority) that reach all followers elsewhere, one for each server that shares one."""
    rows = await db.fetch(
        """
        SELECT COALESCE(reader.shared_inbox_url, reader.inbox_url) AS url, min(reader.authority) AS authority
          FROM follow
          JOIN account reader ON reader.id = follow.follower_id AND NOT reader.is_local AND reader.state = 'active'
         WHERE follow.followee_id = $1 AND follow.state = 'accepted'
      GROUP BY COALESCE(reader.shared_inbox_url, reader.inbox_url)
        """,
        account_id,
    )
    return [(row["url"], row["authority"]) for row in rows]
