"""Whether those who keep a connection open still may (D57; S104)."""

from collections.abc import Collection
from datetime import datetime

from fedcomm.accounts.sessions import LIFETIME
from fedcomm.database import Connection


async def of_tokens(db: Connection, token_ids: Collection[int]) -> set[int]:
    """Which of these bearer tokens are valid now, of people who may act now."""
    rows = await db.fetch(
        """
        SELECT oauth_token.id
          FROM oauth_token
          JOIN login ON login.account_id = oauth_token.account_id AND login.state = 'active'
          JOIN account ON account.id = oauth_token.account_id AND account.state = 'active'
         WHERE oauth_token.id = ANY($1::bigint[]) AND oauth_token.revoked_at IS NULL
        """,
        list(token_ids),
    )
    return {row["id"] for row in rows}


async def of_sessions(db: Connection, session_ids: Collection[int], *, now: datetime) -> set[int]:
    """Which of these sessions of browsers are valid now, of people who may act now."""
    rows = await db.fetch(
        """
        SELECT session.id
          FROM session
          JOIN login ON login.account_id = session.account_id AND login.state = 'active'
          JOIN account ON account.id = session.account_id AND account.state = 'active'
         WHERE session.id = ANY($1::bigint[]) AND session.last_used_at > $2
        """,
        list(session_ids),
        now - LIFETIME,
    )
    return {row["id"] for row in rows}
