"""Accounts that move between servers: their other names, and where they went (federation.md 1.9; product 3f).

The new account names the old one (`alsoKnownAs`), or nobody follows it there (S045).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from fedcomm import facts, ids
from fedcomm.accounts import blocks, lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid

ONCE_IN = timedelta(days=7)
MOST_NAMES = 10


async def add_name(db: Connection, account: Account, other: Account, *, now: datetime) -> None:
    """One of ours says that another account, elsewhere, is theirs too: it may move here. Raises Invalid."""
    if other.id == account.id or other.is_group != account.is_group:
        raise Invalid("This account cannot be another name of yours.", field="handle")
    if len({*account.also_known_as, other.uri}) > MOST_NAMES:
        raise Invalid("An account has at most %(n)s other names.", n=MOST_NAMES, field="handle")
    await db.execute(
        """
        UPDATE account
           SET also_known_as = array_append(also_known_as, $2), version = version + 1, updated_at = $3
         WHERE id = $1 AND is_local AND NOT $2 = ANY(also_known_as)
        """,
        account.id,
        other.uri,
        now,
    )
    await facts.record(db, facts.AccountChanged(account.id), now=now)


async def drop_name(db: Connection, account: Account, uri: str, *, now: datetime) -> None:
    """It is theirs no longer. One that is not there changes nothing."""
    await db.execute(
        """
        UPDATE account
           SET also_known_as = array_remove(also_known_as, $2), version = version + 1, updated_at = $3
         WHERE id = $1 AND is_local
        """,
        account.id,
        uri,
        now,
    )
    await facts.record(db, facts.AccountChanged(account.id), now=now)


async def note(db: Connection, account: Account, target: Account, *, now: datetime) -> None:
    """Write down that an account has moved to another one. Raises Invalid: not agreed there, too soon, in a circle."""
    if target.id == account.id or target.is_group != account.is_group or target.moved_to_uri is not None:
        raise Invalid("One cannot move to this account.", field="handle")
    if account.uri not in target.also_known_as:
        raise Invalid(
            "The new account does not name the old one yet. Say there first that this one is yours too.", field="handle"
        )
    again_at = await possible_again(db, account.id)
    if again_at is not None and again_at > now:
        raise Invalid("An account can move once in seven days.", field="handle")
    await db.execute(
        "INSERT INTO account_move (id, account_id, target_id, moved_at) VALUES ($1, $2, $3, $4)",
        ids.new(now),
        account.id,
        target.id,
        now,
    )
    await db.execute(
        "UPDATE account SET moved_to_uri = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        account.id,
        target.uri,
        now,
    )
    await _shut_out_again(db, account, target, now=now)
    await facts.record(db, facts.AccountMoved(account.id, target.id), now=now)


async def possible_again(db: Connection, account_id: int) -> datetime | None:
    """When an account can move again after the last time; None: it never has."""
    latest: datetime | None = await db.fetchval(
        "SELECT max(moved_at) FROM account_move WHERE account_id = $1", account_id
    )
    return latest + ONCE_IN if latest is not None else None


async def come_back(db: Connection, account: Account, *, now: datetime) -> None:
    """One of ours is here again; who followed along stays there. Only once moved does this change anything."""
    changed = await db.fetchval(
        """
        UPDATE account
           SET moved_to_uri = NULL, version = version + 1, updated_at = $2
         WHERE id = $1 AND is_local AND moved_to_uri IS NOT NULL
        RETURNING true
        """,
        account.id,
        now,
    )
    if changed:
        await facts.record(db, facts.AccountChanged(account.id), now=now)


async def destination(db: Connection, account: Account) -> Account | None:
    """Where an account is now, if that account agrees and is known here; one step only (S143)."""
    return (await destinations(db, [account])).get(account.id)


async def destinations(db: Connection, accounts: Iterable[Account]) -> dict[int, Account]:
    """The same for many: by the id of the account that moved."""
    moved = {each.id: each for each in accounts if each.moved_to_uri not in (None, each.uri)}
    targets = await lookup.by_uris(db, list({each.moved_to_uri or "" for each in moved.values()})) if moved else {}
    found = {id_: targets.get(each.moved_to_uri or "") for id_, each in moved.items()}
    return {
        id_: target
        for id_, target in found.items()
        if target is not None and moved[id_].uri in target.also_known_as and target.state == "active"
    }


async def _shut_out_again(db: Connection, account: Account, target: Account, *, now: datetime) -> None:
    """Who of ours had blocked or muted the old account has the new one too: moving is no way round it."""
    for row in await db.fetch("SELECT account_id FROM block WHERE target_id = $1", account.id):
        if row["account_id"] != target.id:
            await blocks.put_block(db, row["account_id"], target.id, now=now)
    for row in await db.fetch("SELECT account_id, hides_notifications FROM mute WHERE target_id = $1", account.id):
        if row["account_id"] != target.id:
            hides = row["hides_notifications"]
            await blocks.mute(db, row["account_id"], target.id, hides_notifications=hides, now=now)
