"""What goes with an account at once when it ends, wherever it lived: all that only concerned itself (S108, D61).

What it wrote, favoured and followed goes after that, some at a time, as others are told of it (`leaving.py`).
"""

from datetime import datetime

from fedcomm.accounts import collections, featured_elsewhere
from fedcomm.accounts import forgetting as accounts
from fedcomm.database import Connection
from fedcomm.groups import lists
from fedcomm.polls import forgetting as votes
from fedcomm.portability import exports, imports
from fedcomm.timelines import featured_tags, filters, followed_tags


async def forget(db: Connection, account_id: int, *, now: datetime) -> None:
    """Settings, private notes, lists, votes, and what others kept about the account: in the transaction of its end."""
    await accounts.forget(db, account_id)
    await collections.forget(db, account_id, now=now)
    await featured_elsewhere.forget(db, account_id)
    await lists.forget(db, account_id)
    await votes.forget(db, account_id, now=now)
    await filters.forget(db, account_id)
    await followed_tags.forget(db, account_id)
    await featured_tags.forget(db, account_id)
    await exports.end_of(db, account_id, now=now)
    await imports.end_of(db, account_id)
