"""Groups as they are read: what they say about themselves, which there are, which somebody has joined."""

from collections.abc import Iterable

import msgspec

from fedcomm.accounts import model as account_model
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.groups.model import PROFILE_COLUMNS, GroupProfile
from fedcomm.jobs.delivery_queue import domains_above
from fedcomm.network import peers


async def profile(db: Connection, group_id: int) -> GroupProfile | None:
    """What a group of ours says about itself; None for others' groups and for people."""
    return (await profiles(db, [group_id])).get(group_id)


async def profiles(db: Connection, group_ids: Iterable[int]) -> dict[int, GroupProfile]:
    """The profiles of those among these accounts that are groups of ours."""
    rows = await db.fetch(
        f"SELECT {PROFILE_COLUMNS} FROM group_profile WHERE account_id = ANY($1::bigint[])", list(set(group_ids))
    )
    return {row["account_id"]: msgspec.convert(dict(row), GroupProfile) for row in rows}


async def rule_titles(db: Connection, group_id: int) -> list[str]:
    """The rules of a group of ours in short; none of others'."""
    found = await profile(db, group_id)
    return [rule.title for rule in found.rules] if found is not None else []


async def may_know_of(db: Connection, group_id: int, viewer_id: int | None) -> bool:
    """Whether somebody may know that there is this group: hidden ones are for their members and whom they invited."""
    return await db.fetchval(
        """
        SELECT NOT EXISTS (SELECT
                             FROM group_profile
                            WHERE account_id = $1
                              AND (visibility = 'hidden' OR (visibility = 'network' AND $2::bigint IS NULL)))
               OR EXISTS (SELECT
                            FROM membership
                           WHERE group_id = $1 AND member_id = $2 AND state IN ('active', 'invited', 'paused'))
        """,
        group_id,
        viewer_id,
    )


async def of_authority(db: Connection, authority: str, *, limit: int) -> list[Account]:
    """The groups of another server that are known here."""
    rows = await db.fetch(
        f"""
        SELECT {_columns("a")}
          FROM account a
         WHERE a.kind = 'group' AND NOT a.is_local AND a.authority = $1 AND a.state = 'active'
      ORDER BY a.id
         LIMIT $2
        """,
        authority.lower(),
        limit,
    )
    return [Account(**row) for row in rows]


def is_ours(account: Account) -> bool:
    """Whether this is a group that lives here."""
    return account.is_group and account.is_local


async def here(
    db: Connection,
    *,
    viewer_id: int | None,
    limit: int = 100,
    without: Iterable[int] = (),
    after: int | None = None,
    before: int | None = None,
) -> list[Account]:
    """Groups of ours that a viewer may know of, busiest first; hidden ones only for their members.

    `after`: those that follow this group; `before`: the last ones that come before it. Neither for one that is gone.
    """
    rows = await db.fetch(
        f"""
        SELECT {_columns("a")}
          FROM account a
          JOIN group_profile g ON g.account_id = a.id
         WHERE a.is_local
           AND a.kind = 'group'
           AND a.state = 'active'
           AND g.state IN ('active', 'resting', 'archived')
           AND (g.visibility = 'public'
                OR (g.visibility = 'network' AND $1::bigint IS NOT NULL)
                OR EXISTS (SELECT
                             FROM membership m
                            WHERE m.group_id = a.id AND m.member_id = $1 AND m.state = 'active'))
           AND a.id <> ALL($3::bigint[])
           AND ($4::bigint IS NULL
                OR (COALESCE(a.last_post_at, '-infinity'), -a.id)
                 < (SELECT COALESCE(last_post_at, '-infinity'), -id FROM account WHERE id = $4))
           AND ($5::bigint IS NULL
                OR (COALESCE(a.last_post_at, '-infinity'), -a.id)
                 > (SELECT COALESCE(last_post_at, '-infinity'), -id FROM account WHERE id = $5))
      ORDER BY CASE WHEN $5::bigint IS NULL THEN COALESCE(a.last_post_at, '-infinity') END DESC,
               CASE WHEN $5::bigint IS NULL THEN a.id END,
               COALESCE(a.last_post_at, '-infinity'),
               a.id DESC
         LIMIT $2
        """,
        viewer_id,
        limit,
        list(without),
        after,
        before,
    )
    found = [Account(**row) for row in rows]
    return found if before is None else found[::-1]


async def elsewhere(db: Connection, *, limit: int = 50) -> list[Account]:
    """Groups of other instances that somebody here has joined, those of most members here first."""
    rows = await db.fetch(
        f"""
        SELECT {_columns("a")}
          FROM account a
    CROSS JOIN LATERAL (SELECT count(*) AS members_here
                          FROM membership m
                         WHERE m.group_id = a.id AND m.state IN ('active', 'requested')) known
         WHERE a.kind = 'group'
           AND NOT a.is_local
           AND a.state = 'active'
           AND known.members_here > 0
      ORDER BY known.members_here DESC, lower(a.name), a.id
         LIMIT $1
        """,
        limit,
    )
    shut = await peers.suspended(db)
    return [Account(**row) for row in rows if shut.isdisjoint(domains_above(row["authority"]))]


async def joined(db: Connection, member_id: int) -> list[Account]:
    """Groups, ours and others', that somebody takes part in, by name."""
    rows = await db.fetch(
        f"""
        SELECT {_columns("a")}
          FROM membership m
          JOIN account a ON a.id = m.group_id
         WHERE m.member_id = $1
           AND m.state = 'active'
           AND a.state = 'active'
      ORDER BY lower(a.name), a.id
        """,
        member_id,
    )
    return [Account(**row) for row in rows]


def _columns(alias: str) -> str:
    return ", ".join(f"{alias}.{name.strip()}" for name in account_model.COLUMNS.split(","))
