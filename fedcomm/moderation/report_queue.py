"""The queue of reports: which of those that somebody may decide about, and how many wait (product 13)."""

from typing import Literal, get_args

import msgspec

from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.moderation.reports import COLUMNS, Category, Report
from fedcomm.notifications.report_rights import may_see_report

Assigned = Literal["", "me", "nobody", "others"]
ASSIGNED: tuple[Assigned, ...] = get_args(Assigned)
HERE = "here"
MOST_CHOICES = 200


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports; what is None, or empty, does not matter."""

    is_resolved: bool = False
    reporter_id: int | None = None
    target_id: int | None = None
    group_id: int | None = None
    category: Category | None = None
    assigned: Assigned = ""
    server: str = ""
    """Of who complains: `here`, or the authority of another one."""


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """By what the reports that somebody may see can be told apart."""

    group_ids: list[int]
    servers: list[str]


OPEN = Wanted()


def assigned_of(text: str) -> Assigned:
    """In whose hands, as it stands in an address; what nobody knows does not matter."""
    found: dict[str, Assigned] = {each: each for each in ASSIGNED}
    return found.get(text, "")


async def page(db: Connection, viewer_id: int, wanted: Wanted = OPEN, *, cursor: Cursor) -> list[Report]:
    """A page of the reports that somebody may decide about, newest first."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM report
         WHERE report.id < $2 AND report.id > $3
           AND (report.resolved_at IS NOT NULL) = $5
           AND ($6::bigint IS NULL OR report.reporter_id = $6)
           AND ($7::bigint IS NULL OR report.target_id = $7)
           AND ($8::bigint IS NULL OR report.group_id = $8)
           AND ($9::text IS NULL OR report.category = $9)
           AND CASE $10::text
               WHEN 'me' THEN report.assigned_id = $1
               WHEN 'nobody' THEN report.assigned_id IS NULL
               WHEN 'others' THEN report.assigned_id <> $1
               ELSE true END
           AND ($11 = ''
                OR EXISTS (SELECT
                             FROM account complains
                            WHERE complains.id = report.reporter_id
                              AND CASE WHEN $11 = '{HERE}' THEN complains.is_local
                                  ELSE complains.authority = $11 AND NOT complains.is_local END))
           AND {may_see_report("$1")}
      ORDER BY report.id {order}
         LIMIT $4
        """,
        viewer_id,
        cursor.below,
        cursor.above,
        cursor.limit,
        wanted.is_resolved,
        wanted.reporter_id,
        wanted.target_id,
        wanted.group_id,
        wanted.category,
        wanted.assigned,
        wanted.server,
    )
    return sorted((Report(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def choices(db: Connection, viewer_id: int) -> Choices:
    """The groups and the other servers of the newest thousand reports that somebody may see."""
    rows = await db.fetch(
        f"""
        SELECT DISTINCT seen.group_id, CASE WHEN who.is_local THEN NULL ELSE who.authority END AS authority
          FROM (SELECT report.group_id, report.reporter_id
                  FROM report
                 WHERE {may_see_report("$1")}
              ORDER BY report.id DESC
                 LIMIT 1000) seen
          JOIN account who ON who.id = seen.reporter_id
        """,
        viewer_id,
    )
    return Choices(
        group_ids=sorted({row["group_id"] for row in rows if row["group_id"] is not None})[:MOST_CHOICES],
        servers=sorted({row["authority"] for row in rows if row["authority"] is not None})[:MOST_CHOICES],
    )


async def open_count(db: Connection, viewer_id: int, *, group_id: int | None = None) -> int:
    """How many reports wait for somebody, in all or in one group."""
    return await db.fetchval(
        f"""
        SELECT count(*)
          FROM report
         WHERE resolved_at IS NULL
           AND ($2::bigint IS NULL OR report.group_id = $2)
           AND {may_see_report("$1")}
        """,
        viewer_id,
        group_id,
    )
