"""Conversations as clients see them. Source: Mastodon API, entities/Conversation."""

from collections.abc import Sequence
from typing import Any

import orjson

from fedcomm.accounts import finding
from fedcomm.api.entities import accounts, statuses
from fedcomm.api.entities.encoded import Encoded
from fedcomm.database import Connection
from fedcomm.here import Here
from fedcomm.threads.conversations import Conversation


async def shown(db: Connection, here: Here, encoded: Encoded, found: Sequence[Conversation]) -> list[dict[str, Any]]:
    """Conversation entities, all of one person. Who talks to nobody is shown as who they talk to."""
    if not found:
        return []
    me = found[0].account_id
    wanted = list(dict.fromkeys(person for each in found for person in each.participant_ids or [me]))
    people = {account.id: accounts.account(here, account) for account in await finding.by_ids(db, wanted)}
    posts = await statuses.posts(db, encoded, [each.post_id for each in found], me)
    return [
        {
            "id": str(each.id),
            "unread": each.unread_count > 0,
            "accounts": [people[person] for person in each.participant_ids or [me] if person in people],
            "last_status": orjson.Fragment(posts[each.post_id]) if each.post_id in posts else None,
        }
        for each in found
    ]
