"""Lists that somebody makes of those they follow. Source: Mastodon API documentation, methods/lists.

The automatic lists of groups are in `groups/lists.py`; their ids are those of accounts, which a list never takes (D39).
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm import ids
from fedcomm.accounts import follows
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.text import cleaning

RepliesPolicy = Literal["followed", "list", "none"]
POLICIES: tuple[RepliesPolicy, ...] = ("followed", "list", "none")
MOST_LISTS = 50
LONGEST_TITLE = 256
MOST_AT_ONCE = 500

COLUMNS = "id, account_id, title, replies_policy, is_exclusive"


class OwnList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of somebody's. `replies_policy`: which replies of its members it shows: to anybody the owner follows, to
    members, or none; those to oneself and to the owner always.
    """

    id: int
    account_id: int
    title: str
    replies_policy: RepliesPolicy
    is_exclusive: bool


async def make(
    db: Connection, by: Account, title: str, *, replies_policy: str = "list", is_exclusive: bool = False, now: datetime
) -> OwnList:
    """A new list without members. Raises Invalid (title, policy, too many)."""
    policy = _policy(replies_policy)
    shown = _title(title)
    await db.execute("SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE", by.id)
    if len(await of(db, by.id)) >= MOST_LISTS:
        raise Invalid("You can have %(n)s lists at most.", n=MOST_LISTS)
    row = None
    while row is None:
        row = await db.fetchrow(
            f"""
            INSERT INTO own_list (id, account_id, title, replies_policy, is_exclusive, created_at)
            SELECT $1, $2, $3, $4, $5, $6
             WHERE NOT EXISTS (SELECT FROM account WHERE id = $1)
                ON CONFLICT DO NOTHING
            RETURNING {COLUMNS}
            """,
            ids.new(now),
            by.id,
            shown,
            policy,
            is_exclusive,
            now,
        )
    return OwnList(**row)


async def change(
    db: Connection,
    by: Account,
    list_id: int,
    *,
    title: str | None = None,
    replies_policy: str | None = None,
    is_exclusive: bool | None = None,
) -> OwnList:
    """Change one's list; None leaves it as it is. Raises NotFound, Invalid."""
    row = await db.fetchrow(
        f"""
        UPDATE own_list
           SET title = COALESCE($3, title),
               replies_policy = COALESCE($4, replies_policy),
               is_exclusive = COALESCE($5, is_exclusive)
         WHERE id = $1 AND account_id = $2
        RETURNING {COLUMNS}
        """,
        list_id,
        by.id,
        None if title is None else _title(title),
        None if replies_policy is None else _policy(replies_policy),
        is_exclusive,
    )
    if row is None:
        raise NotFound
    return OwnList(**row)


def _title(typed: str) -> str:
    title = cleaning.one_line(typed, LONGEST_TITLE + 1)
    if not title:
        raise Invalid("Validation failed: Title can't be blank", field="title")
    if len(title) > LONGEST_TITLE:
        raise Invalid("A title of a list may have at most %(n)s characters.", n=LONGEST_TITLE, field="title")
    return title


def _policy(asked: str) -> RepliesPolicy:
    for policy in POLICIES:
        if policy == asked:
            return policy
    raise Invalid("replies_policy is followed, list or none.", field="replies_policy")


async def remove(db: Connection, by: Account, list_id: int) -> None:
    """Remove a list of one's own. Raises NotFound."""
    gone = await db.fetchval("DELETE FROM own_list WHERE id = $1 AND account_id = $2 RETURNING true", list_id, by.id)
    if not gone:
        raise NotFound


async def of(db: Connection, account_id: int, *, with_id: int | None = None) -> list[OwnList]:
    """Somebody's lists, the first one first; or those that a certain account is in."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM own_list
         WHERE account_id = $1
           AND ($2::bigint IS NULL
                OR EXISTS (SELECT FROM own_list_member m WHERE m.list_id = own_list.id AND m.account_id = $2))
      ORDER BY id
        """,
        account_id,
        with_id,
    )
    return [OwnList(**row) for row in rows]


async def find(db: Connection, account_id: int, list_id: int) -> OwnList | None:
    """A list of somebody's; None when there is none, or it is another's (S097)."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM own_list WHERE id = $1 AND account_id = $2", list_id, account_id)
    return OwnList(**row) if row else None


async def with_member(db: Connection, list_ids: Collection[int], member_id: int | None) -> list[OwnList]:
    """Those of these lists that an account is in, or all of them."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM own_list
         WHERE id = ANY($1::bigint[])
           AND ($2::bigint IS NULL
                OR EXISTS (SELECT FROM own_list_member m WHERE m.list_id = own_list.id AND m.account_id = $2))
        """,
        list(list_ids),
        member_id,
    )
    return [OwnList(**row) for row in rows]


async def put(db: Connection, found: OwnList, account_ids: Sequence[int], *, now: datetime) -> None:
    """Put accounts into a list: oneself, and whom one follows or has asked to.

    Raises NotFound (one is not followed), Invalid (one is in it already, or they are too many); then none is put in.
    """
    wanted = list(dict.fromkeys(account_ids))
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid("At most %(n)s accounts can be put in at once.", n=MOST_AT_ONCE, field="account_ids")
    by_follow: dict[int, int | None] = dict(await follows.between(db, found.account_id, wanted))
    by_follow[found.account_id] = None
    if any(each not in by_follow for each in wanted):
        raise NotFound
    rows = await db.fetch(
        """
        INSERT INTO own_list_member (id, list_id, account_id, follow_id)
        SELECT given.id, $2, given.account_id, given.follow_id
          FROM unnest($1::bigint[], $3::bigint[], $4::bigint[]) AS given (id, account_id, follow_id)
            ON CONFLICT (list_id, account_id) DO NOTHING
        RETURNING id
        """,
        [ids.new(now) for _ in wanted],
        found.id,
        wanted,
        [by_follow[each] for each in wanted],
    )
    if len(rows) < len(wanted):
        raise Invalid("Validation failed: Account has already been taken", field="account_ids")


async def take_out(db: Connection, found: OwnList, account_ids: Collection[int]) -> None:
    """Take accounts out of a list; who is not in it stays out."""
    await db.execute(
        "DELETE FROM own_list_member WHERE list_id = $1 AND account_id = ANY($2::bigint[])", found.id, list(account_ids)
    )


async def members(
    db: Connection, found: OwnList, *, below: int, above: int = 0, upwards: bool = False, limit: int | None
) -> list[tuple[int, int]]:
    """A page of who is in a list, the last one first: (id of the row, account); no limit = all of them."""
    order = "ASC" if upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT id, account_id
          FROM own_list_member
         WHERE list_id = $1 AND id < $2 AND id > $3
      ORDER BY id {order}
         LIMIT $4
        """,
        found.id,
        below,
        above,
        limit,
    )
    return sorted(((row["id"], row["account_id"]) for row in rows), reverse=True)
