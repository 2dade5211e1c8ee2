"""Replies of ours that the author of what they answer has looked at: servers on which authors choose who answers them
show a reply to others once that author's word stands in it (federation.md 1.7; GoToSocial).
"""

from datetime import datetime

from fedcomm import facts
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.threads.model import Post


async def receive(db: Connection, by: Account, post: Post, stamp: str | None, *, now: datetime) -> None:
    """The author of what is answered allows a reply of ours, by a word that lies at `stamp`; None: no longer.

    Others get the reply anew. What answers somebody else stays as it is (S039).
    """
    changed = await db.fetchval(
        """
        UPDATE post
           SET reply_stamp = $2, version = version + 1
         WHERE id = $1 AND is_local AND parent_author_id = $3 AND state = 'visible' AND reply_stamp IS DISTINCT FROM $2
        RETURNING true
        """,
        post.id,
        stamp,
        by.id,
    )
    if changed:
        await facts.record(db, facts.ReplyAllowed(post.id), now=now)
