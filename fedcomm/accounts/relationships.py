"""How a viewer stands to others: following, muting, blocking, noting; both directions at once."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from fedcomm.database import Connection


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """How a viewer and another account stand to each other."""

    account_id: int
    is_following: bool = False
    is_requested: bool = False
    shows_boosts: bool = False
    notifies: bool = False
    languages: list[str] | None = None
    is_followed_by: bool = False
    is_requested_by: bool = False
    is_blocking: bool = False
    is_blocked_by: bool = False
    is_muting: bool = False
    mutes_notifications: bool = False
    mute_ends_at: datetime | None = None
    hides_domain: bool = False
    is_endorsed: bool = False
    note: str = ""


async def between(db: Connection, viewer_id: int, account_ids: Iterable[int]) -> dict[int, Relationship]:
    """How the viewer and each of these accounts stand to each other, by account; in one statement."""
    rows = await db.fetch(
        """
        SELECT wanted.id AS account_id,
               COALESCE(mine.state = 'accepted', false) AS is_following,
               COALESCE(mine.state = 'requested', false) AS is_requested,
               COALESCE(mine.show_boosts, false) AS shows_boosts,
               COALESCE(mine.notify, false) AS notifies,
               mine.languages,
               COALESCE(theirs.state = 'accepted', false) AS is_followed_by,
               COALESCE(theirs.state = 'requested', false) AS is_requested_by,
               EXISTS (SELECT FROM block b WHERE b.account_id = $1 AND b.target_id = wanted.id) AS is_blocking,
               EXISTS (SELECT FROM block b WHERE b.account_id = wanted.id AND b.target_id = $1) AS is_blocked_by,
               mute.id IS NOT NULL AS is_muting,
               COALESCE(mute.hides_notifications, false) AS mutes_notifications,
               mute.expires_at AS mute_ends_at,
               EXISTS (SELECT
                         FROM account far
                         JOIN domain_block shut ON shut.domain IN (far.handle_domain, far.authority)
                        WHERE far.id = wanted.id AND NOT far.is_local AND shut.account_id = $1) AS hides_domain,
               EXISTS (SELECT
                         FROM endorsement e
                        WHERE e.account_id = $1 AND e.target_id = wanted.id) AS is_endorsed,
               COALESCE(note.text, '') AS note
          FROM unnest($2::bigint[]) AS wanted (id)
     LEFT JOIN mute ON mute.account_id = $1 AND mute.target_id = wanted.id
     LEFT JOIN account_note note ON note.account_id = $1 AND note.target_id = wanted.id
     LEFT JOIN follow mine ON mine.follower_id = $1 AND mine.followee_id = wanted.id
     LEFT JOIN follow theirs ON theirs.follower_id = wanted.id AND theirs.followee_id = $1
        """,
        viewer_id,
        list(set(account_ids)),
    )
    return {row["account_id"]: Relationship(**row) for row in rows}
