"""Who follows whom: ask, accept, refuse, end; ours and others' by the same functions.

Following a group is joining it: `groups/membership.py` calls these functions and keeps the membership beside.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm import facts, ids, tombstones
from fedcomm.accounts import blocks
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, one
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.here import Here

FollowState = Literal["requested", "accepted"]

COLUMNS = "id, follower_id, followee_id, state, uri, show_boosts, notify, languages, created_at, accepted_at, is_join"
_COLUMNS = ", ".join(f"follow.{name.strip()}" for name in COLUMNS.split(","))


class Follow(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody reads an account, or has asked to."""

    id: int
    follower_id: int
    followee_id: int
    state: FollowState
    uri: str | None
    show_boosts: bool
    notify: bool
    languages: list[str] | None
    created_at: datetime
    accepted_at: datetime | None
    is_join: bool = False
    """Of a group: they asked by a `Join`, and are answered so."""


async def follow(
    db: Connection,
    here: Here,
    by: Account,
    target: Account,
    *,
    now: datetime,
    show_boosts: bool | None = None,
    notify: bool | None = None,
    languages: Sequence[str] | None = None,
    state: FollowState | None = None,
) -> Follow:
    """One of ours follows an account, or changes how. None leaves an option as it is.

    An account elsewhere is asked; one of ours accepts at once unless it is locked, or as `state` says.
    Raises Invalid (oneself), NotFound (the account is gone), NotAllowed (one has blocked the other).
    """
    if by.id == target.id:
        raise Invalid("You cannot follow yourself.")
    if target.state != "active":
        raise NotFound("There is no such account.")
    if await blocks.stand_between(db, by.id, target.id):
        raise NotAllowed("You cannot follow this account.")
    if state is None or not target.is_local:
        state = "requested" if target.is_locked or not target.is_local else "accepted"
    follow_id = ids.new(now)
    row = await one(
        db,
        f"""
        INSERT INTO follow (id, follower_id, followee_id, state, uri, show_boosts, notify, languages, created_at,
                            accepted_at)
        VALUES ($1, $2, $3, $4, $5, COALESCE($6, true), COALESCE($7, false), $8, $9,
                CASE WHEN $4 = 'accepted' THEN $9::timestamptz END)
            ON CONFLICT (follower_id, followee_id) DO UPDATE
           SET show_boosts = COALESCE($6, follow.show_boosts),
               notify = COALESCE($7, follow.notify),
               languages = COALESCE($8, follow.languages)
        RETURNING {COLUMNS}
        """,
        follow_id,
        by.id,
        target.id,
        state,
        here.activity_uri(follow_id),
        show_boosts,
        notify,
        list(languages) if languages is not None else None,
        now,
    )
    made = Follow(**row)
    if made.id == follow_id:
        if made.state == "accepted":
            await _count(db, made, 1)
        await facts.record(
            db, facts.FollowReceived(made.id) if target.is_local else facts.FollowAsked(made.id), now=now
        )
    return made


async def unfollow(db: Connection, here: Here, by: Account, target: Account, *, now: datetime) -> bool:
    """One of ours stops following, or takes the question back. False = there was nothing to end."""
    ended = await _end(db, by.id, target.id)
    if ended is None:
        return False
    if not target.is_local:
        await facts.record(db, facts.FollowEnded(by.id, target.id, ended.uri or ""), now=now)
    return True


async def receive_follow(
    db: Connection,
    here: Here,
    follower: Account,
    target: Account,
    uri: str | None,
    *,
    now: datetime,
    state: FollowState | None = None,
    is_join: bool = False,
) -> Follow | None:
    """Somebody elsewhere follows one of ours. Asked again after being accepted, they are told so again.

    None: the Undo was here before (R021), or the target is not to be followed. Whom they have blocked is refused.
    """
    if not target.is_local or target.state != "active" or follower.id == target.id:
        return None
    if uri is not None and await tombstones.keeps_away(db, uri, follower.uri, now=now):
        return None
    if await blocks.stand_between(db, follower.id, target.id):
        await facts.record(db, facts.FollowRefused(follower.id, target.id, uri or ""), now=now)
        return None
    follow_id = ids.new(now)
    row = await one(
        db,
        f"""
        INSERT INTO follow (id, follower_id, followee_id, state, uri, created_at, accepted_at, is_join)
        VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $4 = 'accepted' THEN $6::timestamptz END, $7)
            ON CONFLICT (follower_id, followee_id) DO UPDATE
           SET uri = COALESCE(excluded.uri, follow.uri), is_join = excluded.is_join
        RETURNING {COLUMNS}
        """,
        follow_id,
        follower.id,
        target.id,
        state or ("requested" if target.is_locked else "accepted"),
        uri,
        now,
        is_join,
    )
    made = Follow(**row)
    if made.id == follow_id:
        if made.state == "accepted":
            await _count(db, made, 1)
        await facts.record(db, facts.FollowReceived(made.id), now=now)
    if made.state == "accepted":
        await facts.record(db, facts.FollowAccepted(made.id), now=now)
    return made


async def receive_undo(
    db: Connection, here: Here, follower: Account, target: Account, uri: str | None = None, *, now: datetime
) -> bool:
    """Somebody elsewhere stops following one of ours. False = there was nothing to end."""
    if uri is not None:
        await tombstones.remember(db, uri, follower.uri, now=now)
    ended = await _end(db, follower.id, target.id)
    if ended is not None and uri is not None and ended.uri == uri:
        await tombstones.forget(db, uri, follower.uri)
    return ended is not None


async def accept(db: Connection, here: Here, target: Account, follower_id: int, *, now: datetime) -> Follow:
    """One of ours lets somebody follow who has asked. Accepting twice changes nothing. Raises NotFound."""
    changed = await _accept(db, follower_id, target.id, now=now)
    if changed is not None:
        await facts.record(db, facts.FollowAccepted(changed.id), now=now)
        return changed
    present = await find(db, follower_id, target.id)
    if present is None:
        raise NotFound("There is no such request.")
    return present


async def refuse(db: Connection, here: Here, target: Account, follower_id: int, *, now: datetime) -> bool:
    """One of ours refuses who has asked, or removes a follower. False = there was neither."""
    ended = await _end(db, follower_id, target.id)
    if ended is None:
        return False
    await facts.record(db, facts.FollowRefused(follower_id, target.id, ended.uri or ""), now=now)
    return True


async def receive_accept(
    db: Connection, here: Here, follower: Account, target: Account, *, now: datetime
) -> Follow | None:
    """An account elsewhere accepts one of ours. None: nobody had asked (S039), or it is long accepted."""
    if target.is_local or not follower.is_local:
        return None
    return await _accept(db, follower.id, target.id, now=now)


async def receive_reject(db: Connection, here: Here, follower: Account, target: Account, *, now: datetime) -> bool:
    """An account elsewhere refuses one of ours, or ends the follow later. False = there was none."""
    if target.is_local or not follower.is_local:
        return False
    return await _end(db, follower.id, target.id) is not None


async def by_id(db: Connection, follow_id: int) -> Follow | None:
    """The follow with this id."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM follow WHERE id = $1", follow_id)
    return Follow(**row) if row else None


async def by_uri(db: Connection, uri: str) -> Follow | None:
    """The follow whose activity has this URI."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM follow WHERE uri = $1", uri)
    return Follow(**row) if row else None


async def find(db: Connection, follower_id: int, followee_id: int) -> Follow | None:
    """The follow between two accounts."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM follow WHERE follower_id = $1 AND followee_id = $2", follower_id, followee_id
    )
    return Follow(**row) if row else None


async def between(db: Connection, follower_id: int, account_ids: Iterable[int]) -> dict[int, int]:
    """Whom of these somebody follows, or has asked to: the id of the follow, by account."""
    rows = await db.fetch(
        "SELECT id, followee_id FROM follow WHERE follower_id = $1 AND followee_id = ANY($2::bigint[])",
        follower_id,
        list(account_ids),
    )
    return {row["followee_id"]: row["id"] for row in rows}


async def is_read_here(db: Connection, account_id: int) -> bool:
    """Whether one of ours follows this account, so that what it publishes matters here."""
    found: bool = await db.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM follow
                         JOIN account follower ON follower.id = follow.follower_id
                        WHERE follow.followee_id = $1 AND follow.state = 'accepted' AND follower.is_local)
        """,
        account_id,
    )
    return found


async def read_here(db: Connection, account_ids: Iterable[int]) -> set[int]:
    """Those of many accounts whom one of ours follows."""
    rows = await db.fetch(
        """
        SELECT wanted.id
          FROM unnest($1::bigint[]) AS wanted (id)
         WHERE EXISTS (SELECT
                         FROM follow
                         JOIN account follower ON follower.id = follow.follower_id
                        WHERE follow.followee_id = wanted.id AND follow.state = 'accepted' AND follower.is_local)
        """,
        list(set(account_ids)),
    )
    return {row["id"] for row in rows}


async def reads_here(db: Connection, account_id: int) -> bool:
    """Whether an account follows one of ours, or has joined a group of ours."""
    found: bool = await db.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM follow
                         JOIN account followee ON followee.id = follow.followee_id
                        WHERE follow.follower_id = $1 AND follow.state = 'accepted' AND followee.is_local)
        """,
        account_id,
    )
    return found


async def by_ours(db: Connection, account_id: int, *, above: int, limit: int) -> list[Follow]:
    """The follows of an account by those who live here, accepted or asked for, oldest first."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM follow
          JOIN account follower ON follower.id = follow.follower_id AND follower.is_local
         WHERE follow.followee_id = $1 AND follow.id > $2
      ORDER BY follow.id
         LIMIT $3
        """,
        account_id,
        above,
        limit,
    )
    return [Follow(**row) for row in rows]


async def reached_at(db: Connection, inbox_url: str, *, limit: int) -> list[Follow]:
    """The follows of ours by those who are reached at this inbox: at their own while the shared one is missing."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM destination asked
          JOIN account follower ON follower.authority = asked.authority AND NOT follower.is_local
          JOIN follow ON follow.follower_id = follower.id
         WHERE asked.inbox_url = $1
           AND (COALESCE(follower.shared_inbox_url, follower.inbox_url) = $1
                OR (follower.inbox_url = $1
                    AND EXISTS (SELECT
                                  FROM destination shared
                                 WHERE shared.inbox_url = follower.shared_inbox_url
                                   AND shared.missing_at IS NOT NULL)))
      ORDER BY follow.id
         LIMIT $2
        """,
        inbox_url,
        limit,
    )
    return [Follow(**row) for row in rows]


async def concerning(db: Connection, account_id: int) -> list[Follow]:
    """Every follow that an account has a part in, on either side."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM follow WHERE follower_id = $1 OR followee_id = $1 ORDER BY id", account_id
    )
    return [Follow(**row) for row in rows]


async def with_domain(db: Connection, account_id: int, domain: str) -> tuple[list[int], list[int]]:
    """Whom on another server somebody follows or has asked to, and who there follows them or has asked to."""
    rows = await db.fetch(
        """
        SELECT far.id, follow.follower_id = $1 AS is_followed
          FROM follow
          JOIN account far ON far.id IN (follow.follower_id, follow.followee_id)
                          AND NOT far.is_local
                          AND $2 IN (far.handle_domain, far.authority)
         WHERE $1 IN (follow.follower_id, follow.followee_id)
      ORDER BY far.id
        """,
        account_id,
        domain,
    )
    return [row["id"] for row in rows if row["is_followed"]], [row["id"] for row in rows if not row["is_followed"]]


_IN: dict[FollowState, str] = {"accepted": "state = 'accepted'", "requested": "state = 'requested'"}
"""Other statements, as each state has an index of its own."""


async def followers(
    db: Connection, account_id: int, *, below: int, limit: int, state: FollowState = "accepted"
) -> list[tuple[int, int]]:
    """A page of those who follow an account, or ask to, newest first: (id of the follow, id of the follower)."""
    rows = await db.fetch(
        f"""
        SELECT id, follower_id
          FROM follow
         WHERE followee_id = $1 AND {_IN[state]} AND id < $2
      ORDER BY id DESC
         LIMIT $3
        """,
        account_id,
        below,
        limit,
    )
    return [(row["id"], row["follower_id"]) for row in rows]


async def following(db: Connection, account_id: int, *, below: int, limit: int) -> list[tuple[int, int]]:
    """A page of those whom an account follows, newest first: (id of the follow, id of the followee)."""
    rows = await db.fetch(
        """
        SELECT id, followee_id
          FROM follow
         WHERE follower_id = $1 AND state = 'accepted' AND id < $2
      ORDER BY id DESC
         LIMIT $3
        """,
        account_id,
        below,
        limit,
    )
    return [(row["id"], row["followee_id"]) for row in rows]


async def _accept(db: Connection, follower_id: int, followee_id: int, *, now: datetime) -> Follow | None:
    row = await db.fetchrow(
        f"""
        UPDATE follow
           SET state = 'accepted', accepted_at = $3
         WHERE follower_id = $1 AND followee_id = $2 AND state = 'requested'
        RETURNING {COLUMNS}
        """,
        follower_id,
        followee_id,
        now,
    )
    if row is None:
        return None
    accepted = Follow(**row)
    await _count(db, accepted, 1)
    return accepted


async def _end(db: Connection, follower_id: int, followee_id: int) -> Follow | None:
    """What was between the two, accepted or asked for. None: nothing."""
    row = await db.fetchrow(
        f"DELETE FROM follow WHERE follower_id = $1 AND followee_id = $2 RETURNING {COLUMNS}", follower_id, followee_id
    )
    if row is None:
        return None
    ended = Follow(**row)
    await _count(db, ended, -1)
    return ended


async def _count(db: Connection, changed: Follow, by: int) -> None:
    """Both counters, in the order of the accounts' ids, so that no two transactions wait for each other (D62, R024)."""
    if changed.state != "accepted":
        return
    for account_id in sorted((changed.follower_id, changed.followee_id)):
        column = "following_count" if account_id == changed.follower_id else "followers_count"
        await db.execute(f"UPDATE account SET {column} = {column} + $2 WHERE id = $1", account_id, by)


async def across(db: Connection, authorities: Sequence[str]) -> dict[str, int]:
    """How many follows there are, both ways, between people here and at each of these servers."""
    rows = await db.fetch(
        """
        SELECT theirs.authority, count(*) AS follows
          FROM account theirs
          JOIN LATERAL (SELECT follow.id FROM follow
                          JOIN account ours ON ours.id = follow.follower_id AND ours.is_local
                         WHERE follow.followee_id = theirs.id AND follow.state = 'accepted'
                     UNION ALL
                        SELECT follow.id FROM follow
                          JOIN account ours ON ours.id = follow.followee_id AND ours.is_local
                         WHERE follow.follower_id = theirs.id AND follow.state = 'accepted') each ON true
         WHERE NOT theirs.is_local AND theirs.authority = ANY($1::text[])
      GROUP BY theirs.authority
        """,
        list(authorities),
    )
    return {row["authority"]: row["follows"] for row in rows}
