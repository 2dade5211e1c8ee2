"""What one member hides for themselves: people, whole servers; and what they note about others.

Muted: what they write is not shown where it comes by itself; they do not learn of it. Blocked: nor do they see what the
member writes outside groups, and neither follows the other (`groups/parting.py`). Source: Mastodon API documentation,
methods/mutes, methods/blocks, methods/domain_blocks.
"""

from datetime import datetime, timedelta

import msgspec

from fedcomm import ids
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.text import cleaning

LONGEST_NOTE = 2_000
LONGEST_DOMAIN = 253
LONGEST_MUTE = timedelta(days=3_650)


class Muted(msgspec.Struct, frozen=True, kw_only=True):
    """Whom somebody has muted; no end = until it is taken back."""

    id: int
    target_id: int
    expires_at: datetime | None


def is_welcome(viewer: str, account: str) -> str:
    """A condition: the viewer hides neither this account nor its server, and is not blocked by it.

    Both are placeholders or columns, as in `visible_to`; a visitor (NULL) hides nobody.
    """
    muted = f"UNION ALL SELECT target_id FROM mute WHERE account_id = {viewer}::bigint"
    return _is_none_of(viewer, account, muted)


def unwelcome(viewer: str) -> str:
    """A table of the ids (`id`) of all accounts not welcome in that sense, for statements that ask several times."""
    me = f"{viewer}::bigint"
    return f"""(SELECT target_id AS id FROM block WHERE account_id = {me}
     UNION ALL
        SELECT account_id FROM block WHERE target_id = {me}
     UNION ALL
        SELECT target_id FROM mute WHERE account_id = {me}
     UNION ALL
        SELECT far.id
          FROM account far
          JOIN domain_block shut ON shut.domain IN (far.handle_domain, far.authority)
         WHERE NOT far.is_local AND shut.account_id = {me})"""


def may_tell(viewer: str, account: str) -> str:
    """The same for notifications: a mute may leave these alone."""
    muted = f"UNION ALL SELECT target_id FROM mute WHERE account_id = {viewer}::bigint AND hides_notifications"
    return _is_none_of(viewer, account, muted)


def is_not_blocked(viewer: str, account: str) -> str:
    """The same without mutes: somebody muted is still there where one looks for them."""
    return _is_none_of(viewer, account, "")


def lets_read(viewer: str, author: str) -> str:
    """A condition: the author has not blocked the viewer."""
    return f"{author} NOT IN (SELECT shut.account_id FROM block shut WHERE shut.target_id = {viewer}::bigint)"


def _is_none_of(viewer: str, account: str, muted: str) -> str:
    """The sets do not depend on the row, so the database makes each once for a statement."""
    me = f"{viewer}::bigint"
    return f"""({account} NOT IN (SELECT target_id FROM block WHERE account_id = {me}
                              UNION ALL
                                 SELECT account_id FROM block WHERE target_id = {me}
                              {muted})
                AND (NOT EXISTS (SELECT FROM domain_block WHERE account_id = {me})
                     OR NOT EXISTS (SELECT
                                      FROM account far
                                      JOIN domain_block shut ON shut.domain IN (far.handle_domain, far.authority)
                                     WHERE far.id = {account} AND NOT far.is_local AND shut.account_id = {me})))"""


async def mute(
    db: Connection,
    by_id: int,
    target_id: int,
    *,
    hides_notifications: bool = True,
    lasts: timedelta | None = None,
    now: datetime,
) -> None:
    """Hide what somebody writes, and what they do unless notifications are wanted. Again = under the new conditions.

    Raises Invalid (oneself).
    """
    _check_other(by_id, target_id)
    await db.execute(
        """
        INSERT INTO mute (id, account_id, target_id, hides_notifications, expires_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (account_id, target_id) DO UPDATE
           SET hides_notifications = excluded.hides_notifications, expires_at = excluded.expires_at
        """,
        ids.new(now),
        by_id,
        target_id,
        hides_notifications,
        now + min(lasts, LONGEST_MUTE) if lasts else None,
        now,
    )


async def unmute(db: Connection, by_id: int, target_id: int) -> None:
    """Hide somebody no longer; nothing happens if they were not muted."""
    await db.execute("DELETE FROM mute WHERE account_id = $1 AND target_id = $2", by_id, target_id)


async def end_mutes(db: Connection, *, now: datetime) -> int:
    """End the mutes whose time is over. Returns how many."""
    rows = await db.fetch("DELETE FROM mute WHERE expires_at <= $1 RETURNING id", now)
    return len(rows)


async def put_block(db: Connection, by_id: int, target_id: int, *, uri: str | None = None, now: datetime) -> int | None:
    """Write a block down. `groups.parting.block` ends what was between the two as well. `uri`: of that of others.

    Its id; None when it was there before. Raises Invalid (oneself).
    """
    _check_other(by_id, target_id)
    return await db.fetchval(
        """
        INSERT INTO block (id, account_id, target_id, uri, created_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (account_id, target_id) DO NOTHING
        RETURNING id
        """,
        ids.new(now),
        by_id,
        target_id,
        uri,
        now,
    )


async def take_back(db: Connection, by_id: int, *, target_id: int | None = None, uri: str | None = None) -> int | None:
    """Take a block back, by whom it is against or by the id of its activity. Its id; None when there was none."""
    return await db.fetchval(
        "DELETE FROM block WHERE account_id = $1 AND (target_id = $2 OR uri = $3) RETURNING id", by_id, target_id, uri
    )


async def stand_between(db: Connection, one_id: int, other_id: int) -> bool:
    """Whether one of two accounts has blocked the other."""
    found: bool = await db.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM block
                        WHERE (account_id, target_id) IN (($1, $2), ($2, $1)))
        """,
        one_id,
        other_id,
    )
    return found


async def put_domain_block(db: Connection, by_id: int, domain: str, *, now: datetime) -> None:
    """Write down that somebody hides a whole server. Again changes nothing."""
    await db.execute(
        """
        INSERT INTO domain_block (id, account_id, domain, created_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id, domain) DO NOTHING
        """,
        ids.new(now),
        by_id,
        domain,
        now,
    )


async def unblock_domain(db: Connection, by_id: int, domain: str) -> None:
    """Hide a server no longer; nothing happens if it was not hidden."""
    await db.execute("DELETE FROM domain_block WHERE account_id = $1 AND domain = $2", by_id, domain)


def checked_domain(typed: str) -> str:
    """A domain as it stands in handles, with a port in development. Raises Invalid."""
    domain = typed.strip().lower().rstrip(".")
    try:
        domain = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        raise Invalid("This is not a domain.", field="domain") from None
    labels = domain.partition(":")[0].split(".")
    if len(domain) > LONGEST_DOMAIN or not all(label and label.replace("-", "a").isalnum() for label in labels):
        raise Invalid("This is not a domain.", field="domain")
    return domain


async def note(db: Connection, by_id: int, target_id: int, text: str, *, now: datetime) -> None:
    """Note something about an account, for oneself alone; an empty text removes the note."""
    kept = cleaning.paragraphs(text, LONGEST_NOTE)
    if not kept:
        await db.execute("DELETE FROM account_note WHERE account_id = $1 AND target_id = $2", by_id, target_id)
        return
    await db.execute(
        """
        INSERT INTO account_note (account_id, target_id, text, updated_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id, target_id) DO UPDATE
           SET text = excluded.text, updated_at = excluded.updated_at
        """,
        by_id,
        target_id,
        kept,
        now,
    )


async def mutes(db: Connection, account_id: int, *, below: int, limit: int) -> list[Muted]:
    """A page of whom somebody has muted, the last one first."""
    rows = await db.fetch(
        "SELECT id, target_id, expires_at FROM mute WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        account_id,
        below,
        limit,
    )
    return [Muted(**row) for row in rows]


async def blocks(db: Connection, account_id: int, *, below: int, limit: int) -> list[tuple[int, int]]:
    """A page of whom somebody has blocked, the last one first: (id of the block, id of the account)."""
    rows = await db.fetch(
        "SELECT id, target_id FROM block WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        account_id,
        below,
        limit,
    )
    return [(row["id"], row["target_id"]) for row in rows]


async def domain_blocks(db: Connection, account_id: int, *, below: int, limit: int) -> list[tuple[int, str]]:
    """A page of the servers that somebody hides, the last one first: (id of the block, domain)."""
    rows = await db.fetch(
        "SELECT id, domain FROM domain_block WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        account_id,
        below,
        limit,
    )
    return [(row["id"], row["domain"]) for row in rows]


def _check_other(by_id: int, target_id: int) -> None:
    if by_id == target_id:
        raise Invalid("You cannot hide yourself.")
