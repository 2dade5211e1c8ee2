"""What moderators of groups of other servers decide from here: their group's server is asked, and decides.

Nothing changes here before the group itself says so, as with all it decides. Who looks after a group elsewhere is said
by its own collection. Source: federation.md 2.4, 4.4; product 13, 26.
"""

from datetime import datetime
from typing import Literal

from fedcomm import audit, facts
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.groups import membership
from fedcomm.groups.model import Role
from fedcomm.text import cleaning

Decision = Literal["lock", "unlock", "pin", "unpin", "remove", "restore", "ban", "lift"]
LONGEST_REASON = 500


async def looks_after(db: Connection, by: Account, group_id: int | None) -> bool:
    """Whether one of ours is among those who look after a group of another server."""
    if group_id is None or not by.is_local or by.is_group:
        return False
    return await db.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM group_moderator
                         JOIN account home ON home.id = group_moderator.group_id
                        WHERE home.id = $1
                          AND NOT home.is_local
                          AND home.kind = 'group'
                          AND home.state = 'active'
                          AND group_moderator.account_uri = $2)
        """,
        group_id,
        by.uri,
    )


async def role(db: Connection, group: Account, person: Account) -> Role | None:
    """What somebody of ours is in a group, ours or another server's; None = nothing that matters here."""
    if group.is_local:
        return await membership.role(db, group.id, person.id)
    return "moderator" if await looks_after(db, person, group.id) else None


async def passed_on(
    db: Connection,
    by: Account,
    group_id: int | None,
    decision: Decision,
    *,
    post_id: int = 0,
    account_id: int = 0,
    reason: str = "",
    ends_at: datetime | None = None,
    removes_posts: bool = False,
    now: datetime,
) -> bool:
    """Ask the server of a group elsewhere to do something. False: nothing is asked, it is for others to decide here.

    Raises Invalid (an end that is over).
    """
    if group_id is None or not await looks_after(db, by, group_id):
        return False
    if ends_at is not None and ends_at <= now:
        raise Invalid("The end must lie ahead.", field="ends_at")
    asked = facts.DecisionPassedOn(
        decision=decision,
        by_id=by.id,
        group_id=group_id,
        post_id=post_id,
        account_id=account_id,
        reason=cleaning.one_line(reason, LONGEST_REASON),
        ends_at=ends_at,
        removes_posts=removes_posts,
    )
    await facts.record(db, asked, now=now)
    details = {"group": str(group_id), "post": str(post_id), "account": str(account_id)}
    await audit.write(db, by.id, f"ask to {decision}", "", asked.reason, details=details, now=now)
    return True
