"""Which groups follow which, and whether one may (FEP-d36d)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fedcomm.accounts import lookup
from fedcomm.accounts.follows import FollowState
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, Row
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.groups import reading

MOST_FOLLOWED = 50
MOST_SHOWN = 500


class Neighbour(msgspec.Struct, frozen=True, kw_only=True):
    """A group on the other side of a follow, and how far that is."""

    group: Account
    state: FollowState
    since: datetime


async def check_possible(db: Connection, group: Account, target: Account) -> None:
    """Whether a group of ours may follow an account at all, whoever asks. Raises Invalid, NotAllowed."""
    if not target.is_group:
        raise Invalid("A group can follow groups only.")
    profile = await reading.profile(db, group.id)
    if profile is None or profile.state != "active":
        raise NotAllowed("This group is read only.")
    if profile.visibility != "public":
        raise NotAllowed("A group that not everybody may know of cannot follow others.")
    others = await followed_by(db, group.id)
    if len(others) >= MOST_FOLLOWED and all(each.group.id != target.id for each in others):
        raise Invalid("A group may follow at most %(n)s groups.", n=MOST_FOLLOWED)


async def followed_by(db: Connection, group_id: int) -> list[Neighbour]:
    """The groups that a group follows or has asked to, newest first."""
    rows = await db.fetch(
        """
        SELECT follow.followee_id AS id, follow.state, COALESCE(follow.accepted_at, follow.created_at) AS since
          FROM follow
         WHERE follow.follower_id = $1
      ORDER BY follow.id DESC
         LIMIT $2
        """,
        group_id,
        MOST_SHOWN,
    )
    return await _known(db, rows)


async def followers_of(db: Connection, group_id: int) -> list[Neighbour]:
    """The groups that follow a group of ours, or ask to; those who ask first, then newest first."""
    rows = await db.fetch(
        """
        SELECT follow.follower_id AS id, follow.state, COALESCE(follow.accepted_at, follow.created_at) AS since
          FROM follow
          JOIN account reader ON reader.id = follow.follower_id AND reader.kind = 'group' AND reader.state = 'active'
         WHERE follow.followee_id = $1
      ORDER BY follow.state = 'accepted', follow.id DESC
         LIMIT $2
        """,
        group_id,
        MOST_SHOWN,
    )
    return await _known(db, rows)


async def asking(db: Connection, group_id: int) -> list[Neighbour]:
    """The groups that have asked to follow a group of ours and wait for an answer."""
    return [each for each in await followers_of(db, group_id) if each.state == "requested"]


async def uris_followed(db: Connection, group_id: int) -> list[str]:
    """The ids of the groups that a group of ours follows, for its public collection."""
    rows = await db.fetch(
        """
        SELECT followed.uri
          FROM follow
          JOIN account followed ON followed.id = follow.followee_id AND followed.kind = 'group'
     LEFT JOIN group_profile profile ON profile.account_id = followed.id
         WHERE follow.follower_id = $1
           AND follow.state = 'accepted'
           AND followed.state = 'active'
           AND (profile.account_id IS NULL OR profile.visibility = 'public')
      ORDER BY follow.id DESC
         LIMIT $2
        """,
        group_id,
        MOST_FOLLOWED,
    )
    return [row["uri"] for row in rows]


async def _known(db: Connection, rows: Sequence[Row]) -> list[Neighbour]:
    known = await lookup.by_ids(db, [row["id"] for row in rows])
    return [
        Neighbour(group=known[row["id"]], state=row["state"], since=row["since"]) for row in rows if row["id"] in known
    ]
