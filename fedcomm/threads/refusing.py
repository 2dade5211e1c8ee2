"""A group writes to somebody elsewhere why it did not take their post, where a Reject is shown to nobody (T35)."""

from datetime import datetime, timedelta

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.here import Here
from fedcomm.threads import drafting, posting

ONCE_IN = timedelta(days=1)
"""So often does a group write to the same person (T35)."""


async def explain(db: Connection, here: Here, group: Account, author: Account, reason: str, *, now: datetime) -> bool:
    """A private message of the group with the reason. False: it wrote to them less than a day ago."""
    wrote_lately = await db.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM post
                         JOIN post_mention mention ON mention.post_id = post.id
                        WHERE post.author_id = $1
                          AND post.audience = 'direct'
                          AND post.published_at > $3
                          AND mention.account_id = $2)
        """,
        group.id,
        author.id,
        now - ONCE_IN,
    )
    if wrote_lately:
        return False
    text = f"{author.full_handle} {reason}"
    draft = await drafting.from_text(db, here, group, text, visibility="direct", now=now)
    await posting.publish(db, here, group, draft, now=now)
    return True
