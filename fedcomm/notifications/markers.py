"""How far somebody has read, shared by their client apps. Source: Mastodon API documentation, methods/markers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm.database import Connection, one

Timeline = Literal["home", "notifications"]
TIMELINES: tuple[Timeline, ...] = ("home", "notifications")


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """The last entry of a timeline that somebody has read; `version` grows with every change."""

    timeline: Timeline
    last_read_id: int
    version: int
    updated_at: datetime


async def of(db: Connection, account_id: int, timelines: Sequence[str] = TIMELINES) -> dict[str, Marker]:
    """Somebody's markers, by timeline; those never set are left out."""
    rows = await db.fetch(
        """
        SELECT timeline, last_read_id, version, updated_at
          FROM marker
         WHERE account_id = $1 AND timeline = ANY($2::text[])
        """,
        account_id,
        list(timelines),
    )
    return {row["timeline"]: Marker(**row) for row in rows}


async def put(db: Connection, account_id: int, timeline: Timeline, last_read_id: int, *, now: datetime) -> Marker:
    """Set a marker."""
    row = await one(
        db,
        """
        INSERT INTO marker (account_id, timeline, last_read_id, updated_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT (account_id, timeline) DO UPDATE
           SET last_read_id = excluded.last_read_id, version = marker.version + 1, updated_at = excluded.updated_at
        RETURNING timeline, last_read_id, version, updated_at
        """,
        account_id,
        timeline,
        last_read_id,
        now,
    )
    return Marker(**row)
