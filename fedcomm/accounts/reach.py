"""Where the followers of an account of ours are reached."""

from collections.abc import Sequence

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


async def acquainted_inboxes(db: Connection, account_id: int) -> list[tuple[str, str]]:
    """The same for followers elsewhere and those whom the account follows there, groups it is in among them."""
    rows = await db.fetch(
        """
        SELECT COALESCE(other.shared_inbox_url, other.inbox_url) AS url, min(other.authority) AS authority
          FROM (SELECT follower_id AS id FROM follow WHERE followee_id = $1
             UNION
                SELECT followee_id FROM follow WHERE follower_id = $1) wanted
          JOIN account other ON other.id = wanted.id AND NOT other.is_local AND other.state = 'active'
      GROUP BY COALESCE(other.shared_inbox_url, other.inbox_url)
        """,
        account_id,
    )
    return [(row["url"], row["authority"]) for row in rows]


async def carrying_inboxes(db: Connection, group_id: int) -> list[tuple[str, str]]:
    """Those of the groups elsewhere that carry threads of a group of ours, followed by nobody or not."""
    rows = await db.fetch(
        """
        SELECT COALESCE(carrier.shared_inbox_url, carrier.inbox_url) AS url, min(carrier.authority) AS authority
          FROM (SELECT DISTINCT carry.group_id
                  FROM carry
                  JOIN post ON post.id = carry.thread_id AND post.group_id = $1
                 WHERE carry.state = 'carried') carrying
          JOIN account carrier ON carrier.id = carrying.group_id AND NOT carrier.is_local AND carrier.state = 'active'
      GROUP BY COALESCE(carrier.shared_inbox_url, carrier.inbox_url)
        """,
        group_id,
    )
    return [(row["url"], row["authority"]) for row in rows]


async def inboxes_that_unwrap(db: Connection, group_id: int, also: Sequence[int] = ()) -> list[tuple[str, str]]:
    """The distinct inboxes (url, authority) of a group's followers, and of these accounts, on servers which read what a
    group passes on as activities (form A, D17).
    """
    rows = await db.fetch(
        """
        SELECT COALESCE(reader.shared_inbox_url, reader.inbox_url) AS url, min(reader.authority) AS authority
          FROM (SELECT follower_id AS id FROM follow WHERE followee_id = $1 AND state = 'accepted'
             UNION
                SELECT unnest($2::bigint[])) wanted
          JOIN account reader ON reader.id = wanted.id AND NOT reader.is_local AND reader.state = 'active'
          JOIN peer ON peer.authority = reader.authority AND peer.announce_form = 'A'
      GROUP BY COALESCE(reader.shared_inbox_url, reader.inbox_url)
        """,
        group_id,
        list(also),
    )
    return [(row["url"], row["authority"]) for row in rows]
