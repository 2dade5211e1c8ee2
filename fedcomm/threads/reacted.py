"""Reactions as they stand in rows, for those who tell others of them."""

import msgspec

from fedcomm.database import Connection


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """A favourite or a boost; `uri` is that of the Like or Announce."""

    id: int
    account_id: int
    post_id: int
    uri: str


async def favourite(db: Connection, favourite_id: int) -> Reaction | None:
    """A favourite; None when it was taken back."""
    row = await db.fetchrow("SELECT id, account_id, post_id, uri FROM favourite WHERE id = $1", favourite_id)
    return Reaction(**row) if row else None


async def boost(db: Connection, boost_id: int) -> Reaction | None:
    """A boost by a person, or a group's announcement; None when it was taken back."""
    row = await db.fetchrow("SELECT id, account_id, post_id, uri FROM boost WHERE id = $1", boost_id)
    return Reaction(**row) if row else None
