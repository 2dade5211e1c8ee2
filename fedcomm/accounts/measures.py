"""What those who run the instance do about an account, ours or another's: shut out, cover, limit, suspend; and undo it.

Who may, is asked by `check_may`; every measure is written down in the audit log. Source: product 13, 26; S108, S133.
"""

from datetime import datetime

from fedcomm import audit, facts
from fedcomm.accounts import logins, lookup, signup, statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import UNNAMED, Grounds, Measure
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.network.judged import is_judged
from fedcomm.permissions import InstanceRole, may_here
from fedcomm.text import cleaning

_RANKS: dict[InstanceRole, int] = {"visitor": 0, "member": 0, "moderator": 1, "admin": 2, "owner": 3}

_SAID: dict[Measure, str] = {
    "warn": "warn account",
    "cover": "cover media",
    "limit": "limit account",
    "disable": "disable account",
    "suspend": "suspend account",
}
"""How the measures are called in the log."""


def is_shown_to_strangers(viewer: str, author: str) -> str:
    """A condition: neither the author nor the author's server is limited, or the viewer follows the author.

    For lists of what everybody may read, where posts come by themselves; both are placeholders or columns.
    """
    me = f"{viewer}::bigint"
    return f"""NOT EXISTS (SELECT
                  FROM account quiet
                 WHERE quiet.id = {author}
                   AND {is_limited("quiet")}
                   AND NOT EXISTS (SELECT
                                     FROM follow
                                    WHERE follow.follower_id = {me}
                                      AND follow.followee_id = quiet.id
                                      AND follow.state = 'accepted'))"""


def is_limited(account: str) -> str:
    """A condition on rows of `account`: it, or its server, is limited."""
    return f"""({account}.limited_at IS NOT NULL
            OR (NOT {account}.is_local
                AND {is_judged(f"{account}.authority", "limited")}))"""


async def check_may(db: Connection, by: Account | None, target: Account) -> None:
    """Whether somebody may do something about an account; `by` is None for commands of the operator.

    Raises NotAllowed: oneself, who stands as high, a group.
    """
    if target.is_local and target.kind != "person":
        raise NotAllowed("Only people can be dealt with here.")
    if by is None:
        return
    mine = (await logins.of(db, by.id)).role
    if not may_here(mine, "manage accounts"):
        raise NotAllowed("This action is not allowed")
    if target.id == by.id:
        raise NotAllowed("You cannot do this to yourself.")
    if target.is_local:
        theirs = (await logins.of_many(db, [target.id])).get(target.id)
        if theirs is not None and _RANKS[theirs.role] >= _RANKS[mine]:
            raise NotAllowed("Who runs this instance as well can be dealt with only by somebody who stands higher.")


async def disable(
    db: Connection, by: Account | None, target: Account, reason: str, grounds: Grounds = UNNAMED, *, now: datetime
) -> None:
    """Shut one of ours out: sessions and tokens end, posts stay. Raises NotAllowed, Invalid (somebody else's)."""
    await check_may(db, by, target)
    if not target.is_local:
        raise Invalid("Only people of this instance can be shut out.")
    if target.state == "disabled":
        return
    await signup.disable(db, target.id, now=now)
    await _state(db, by, target, "disable", reason, grounds, now=now)


async def enable(db: Connection, by: Account | None, target: Account, *, now: datetime) -> None:
    """Let somebody in again who was shut out. Twice is once. Raises NotAllowed."""
    await check_may(db, by, target)
    changed = await db.fetchval(
        "UPDATE login SET state = 'active' WHERE account_id = $1 AND state = 'disabled' RETURNING true", target.id
    )
    if not changed:
        return
    await db.execute(
        """
        UPDATE account
           SET state = 'active', version = version + 1, updated_at = $2
         WHERE id = $1 AND state = 'disabled'
        """,
        target.id,
        now,
    )
    await audit.write(db, _id(by), "enable account", target.acct, now=now)
    await statements.end(db, target.id, "disable", now=now)


async def limit(
    db: Connection, by: Account | None, target: Account, reason: str, grounds: Grounds = UNNAMED, *, now: datetime
) -> None:
    """Show what somebody writes to those only who follow them. Twice is once. Raises NotAllowed."""
    await check_may(db, by, target)
    changed = await db.fetchval(
        "UPDATE account SET limited_at = $2 WHERE id = $1 AND limited_at IS NULL RETURNING true", target.id, now
    )
    if changed:
        await _state(db, by, target, "limit", reason, grounds, now=now)


async def unlimit(db: Connection, by: Account | None, target: Account, *, now: datetime) -> None:
    """Show somebody to all again. Raises NotAllowed."""
    await check_may(db, by, target)
    changed = await db.fetchval(
        "UPDATE account SET limited_at = NULL WHERE id = $1 AND limited_at IS NOT NULL RETURNING true", target.id
    )
    if changed:
        await audit.write(db, _id(by), "unlimit account", target.acct, now=now)
        await statements.end(db, target.id, "limit", now=now)


async def cover(
    db: Connection, by: Account | None, target: Account, reason: str, grounds: Grounds = UNNAMED, *, now: datetime
) -> None:
    """Show the pictures and films of somebody to those only who ask for it. Twice is once. Raises NotAllowed."""
    await check_may(db, by, target)
    changed = await db.fetchval(
        "UPDATE account SET media_covered_at = $2 WHERE id = $1 AND media_covered_at IS NULL RETURNING true",
        target.id,
        now,
    )
    if changed:
        await _state(db, by, target, "cover", reason, grounds, now=now)
        await facts.record(db, facts.MediaCovered(target.id), now=now)


async def uncover(db: Connection, by: Account | None, target: Account, *, now: datetime) -> None:
    """Show them as their author says again. Raises NotAllowed."""
    await check_may(db, by, target)
    changed = await db.fetchval(
        "UPDATE account SET media_covered_at = NULL WHERE id = $1 AND media_covered_at IS NOT NULL RETURNING true",
        target.id,
    )
    if changed:
        await audit.write(db, _id(by), "uncover media", target.acct, now=now)
        await statements.end(db, target.id, "cover", now=now)
        await facts.record(db, facts.MediaCovered(target.id), now=now)


async def suspend(
    db: Connection, by: Account | None, target: Account, reason: str, grounds: Grounds = UNNAMED, *, now: datetime
) -> None:
    """Neither hear nor show somebody from now on; sessions and tokens of ours end, all else is kept. Twice is once.

    Raises NotAllowed, Invalid (a sign-up that waits: turn it down).
    """
    await check_may(db, by, target)
    if target.state == "pending":
        raise Invalid("This sign-up waits for an answer.")
    if await _set_state(db, target, "suspended", ("active", "disabled"), now=now):
        await _state(db, by, target, "suspend", reason, grounds, now=now)
    if target.is_local:
        await logins.end_access(db, target.id)


async def restore(db: Connection, by: Account | None, target: Account, *, now: datetime) -> None:
    """Take a suspension back; who was shut out before stays so. Raises NotAllowed."""
    await check_may(db, by, target)
    login = (await logins.of_many(db, [target.id])).get(target.id)
    state = "disabled" if login is not None and login.state == "disabled" else "active"
    if await _set_state(db, target, state, ("suspended",), now=now):
        await audit.write(db, _id(by), "restore account", target.acct, now=now)
        await statements.end(db, target.id, "suspend", now=now)


async def _set_state(db: Connection, target: Account, state: str, before: tuple[str, ...], *, now: datetime) -> bool:
    changed = await db.fetchval(
        """
        UPDATE account
           SET state = $2, version = version + 1, updated_at = $4
         WHERE id = $1 AND state = ANY($3::text[])
        RETURNING true
        """,
        target.id,
        state,
        list(before),
        now,
    )
    if changed and target.is_local:
        await facts.record(db, facts.AccountChanged(target.id), now=now)
    return bool(changed)


async def warn(
    db: Connection, by: Account | None, target: Account, reason: str, grounds: Grounds = UNNAMED, *, now: datetime
) -> None:
    """Tell somebody what they should not do, and nothing else. Raises NotAllowed."""
    await check_may(db, by, target)
    await _state(db, by, target, "warn", reason, grounds, now=now)


async def _state(
    db: Connection,
    by: Account | None,
    target: Account,
    measure: Measure,
    reason: str,
    grounds: Grounds,
    *,
    now: datetime,
) -> None:
    """Write down what was done, and tell whom it was done to why. Raises Invalid: nothing is said to them."""
    reason = cleaning.one_line(reason, statements.LONGEST_REASON) or "; ".join(grounds.rules)
    if not reason:
        raise Invalid("Please give a reason: they are told it.", field="reason")
    details = {"code": grounds.code, "rules": list(grounds.rules), "report": grounds.report_id}
    await audit.write(db, _id(by), _SAID[measure], target.acct, reason, details, now=now)
    await statements.issue(db, target.id, measure, reason, grounds, by_id=_id(by), now=now)


def _id(by: Account | None) -> int | None:
    return by.id if by is not None else None


async def of(db: Connection, account_id: int) -> Account:
    """An account whatever its state, for those who look after the instance. Raises NotFound."""
    found = await lookup.by_id(db, account_id)
    if found is None or found.state == "deleted":
        raise NotFound("There is no such account.")
    return found


async def covered(db: Connection, account_ids: list[int]) -> set[int]:
    """Of which of these accounts the pictures and films are covered."""
    rows = await db.fetch(
        "SELECT id FROM account WHERE id = ANY($1::bigint[]) AND media_covered_at IS NOT NULL", account_ids
    )
    return {row["id"] for row in rows}


async def limited(db: Connection, account_ids: list[int]) -> set[int]:
    """Which of these accounts are limited themselves."""
    rows = await db.fetch("SELECT id FROM account WHERE id = ANY($1::bigint[]) AND limited_at IS NOT NULL", account_ids)
    return {row["id"] for row in rows}
