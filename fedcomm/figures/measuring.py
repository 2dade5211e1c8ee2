"""The four core figures of product 21: how long a first response takes, how many threads get one, what becomes of
threads, and whether newcomers come back.

Counted are threads that people started in the groups of this instance, announcements apart, and responses by other
people. Bots, groups that speak for themselves, direct messages, and what was deleted, removed or is held do not count.
Nothing about who reads is known or used.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from fedcomm import ids
from fedcomm.database import Connection, Row

PROMISE = timedelta(hours=24)
"""The promised time of first reply (product 4)."""
AT_REST_AFTER = timedelta(days=7)
WELCOMED_WITHIN = timedelta(hours=48)
BACK_WITHIN = timedelta(days=28)

MEASURED_WITHIN_S = 25.0
"""Of a year with a million posts it takes longer than a statement that somebody waits for may."""

LEAST_PEOPLE = 5
"""No figure is shown about fewer (product 1, fixed)."""

GROUPS = "(SELECT id FROM account WHERE kind = 'group' AND is_local)"
ROOT_COUNTS = """root.state = 'visible' AND root.audience <> 'direct'
             AND EXISTS (SELECT FROM account WHERE id = root.author_id AND kind = 'person' AND NOT is_bot)"""
REPLY_COUNTS = "reply.state = 'visible' AND reply.audience <> 'direct'"
RESPONSE_COUNTS = f"""{REPLY_COUNTS} AND reply.author_id <> root.author_id
             AND EXISTS (SELECT FROM account WHERE id = reply.author_id AND kind = 'person' AND NOT is_bot)"""
POST_COUNTS = "post.state = 'visible' AND post.audience <> 'direct'"
WROTE_COUNTS = f"""{POST_COUNTS}
             AND EXISTS (SELECT FROM account WHERE id = post.author_id AND kind = 'person' AND NOT is_bot)"""
"""Conditions: which posts count, under the names that the statements below give them."""

NO_THREADS: Mapping[str, Any] = {
    "starters_count": 0,
    "threads_count": 0,
    "answered_in_time": 0,
    "median_s": None,
    "slowest_tenth_s": None,
    "at_rest_count": 0,
    "in_progress_count": 0,
    "unanswered_count": 0,
}
NO_NEWCOMERS: Mapping[str, Any] = {
    "welcomed_count": 0,
    "welcomed_back": 0,
    "unwelcomed_count": 0,
    "unwelcomed_back": 0,
}


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured of one window of time. Durations in seconds."""

    starters_count: int
    threads_count: int
    answered_in_time: int
    median_s: float | None
    """Until the first response; None when more than half of the threads have none."""
    slowest_tenth_s: float | None
    """So long it took at most for nine of ten; None when more than a tenth has no response."""
    at_rest_count: int
    in_progress_count: int
    unanswered_count: int
    welcomed_count: int
    welcomed_back: int
    unwelcomed_count: int
    unwelcomed_back: int

    @property
    def is_shown(self) -> bool:
        """Whether figures 1 to 3 are about enough people."""
        return self.starters_count >= LEAST_PEOPLE

    @property
    def response_rate(self) -> float:
        """The share of threads with a response."""
        return (self.threads_count - self.unanswered_count) / self.threads_count if self.threads_count else 0.0

    @property
    def in_time_rate(self) -> float:
        """The share of threads with a response within the promised time."""
        return self.answered_in_time / self.threads_count if self.threads_count else 0.0

    @property
    def welcomed_rate(self) -> float | None:
        """The share of welcomed newcomers who came back; None when they are too few."""
        return _share(self.welcomed_back, self.welcomed_count)

    @property
    def unwelcomed_rate(self) -> float | None:
        """The share of other newcomers who came back; None when they are too few."""
        return _share(self.unwelcomed_back, self.unwelcomed_count)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole >= LEAST_PEOPLE else None


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of all groups of ours together, and of each of which there is something to count."""

    everywhere: Figures
    groups: Mapping[int, Figures]


async def measure(db: Connection, window: timedelta, *, until: datetime) -> Measured:
    """The figures of a window that ends at a moment, as far as can be told today of an earlier one."""
    threads, newcomers = await _threads(db, window, until=until), await _newcomers(db, window, until=until)
    found = {
        each: Figures(**{**NO_THREADS, **threads.get(each, {})}, **{**NO_NEWCOMERS, **newcomers.get(each, {})})
        for each in threads.keys() | newcomers.keys()
    }
    return Measured(
        everywhere=found[None], groups={each: figures for each, figures in found.items() if each is not None}
    )


async def _threads(db: Connection, window: timedelta, *, until: datetime) -> dict[int | None, dict[str, Any]]:
    """Figures 1 to 3 by group; None: of all groups."""
    rows = await db.fetch(
        f"""
        WITH thread AS (
            SELECT root.group_id, root.author_id, root.published_at, first.published_at AS answered_at,
                   last.published_at AS last_at,
                   coalesce(extract(epoch FROM first.published_at - root.published_at), 'infinity')::float8 AS seconds
              FROM post root
              LEFT JOIN LATERAL (SELECT reply.published_at
                                   FROM post reply
                                  WHERE reply.thread_id = root.id AND reply.id > root.id AND reply.id < $2
                                    AND {RESPONSE_COUNTS}
                               ORDER BY reply.id
                                  LIMIT 1) first ON true
              LEFT JOIN LATERAL (SELECT reply.published_at
                                   FROM post reply
                                  WHERE reply.thread_id = root.id AND reply.id > root.id AND reply.id < $2
                                    AND {REPLY_COUNTS}
                               ORDER BY reply.id DESC
                                  LIMIT 1) last ON true
             WHERE root.group_id IN {GROUPS} AND root.thread_id = root.id AND root.parent_uri IS NULL
               AND root.id >= $1 AND root.id < $2 AND root.kind IS DISTINCT FROM 'announcement' AND {ROOT_COUNTS})
        SELECT group_id, count(DISTINCT author_id) AS starters_count, count(*) AS threads_count,
               count(*) FILTER (WHERE answered_at - published_at <= $4) AS answered_in_time,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) AS median_s,
               percentile_disc(0.9) WITHIN GROUP (ORDER BY seconds) AS slowest_tenth_s,
               count(*) FILTER (WHERE answered_at IS NOT NULL AND last_at < $3) AS at_rest_count,
               count(*) FILTER (WHERE answered_at IS NOT NULL AND last_at >= $3) AS in_progress_count,
               count(*) FILTER (WHERE answered_at IS NULL) AS unanswered_count
          FROM thread
      GROUP BY GROUPING SETS ((), (group_id))
        """,
        ids.lowest(until - window),
        ids.lowest(until),
        until - AT_REST_AFTER,
        PROMISE,
        timeout=MEASURED_WITHIN_S,
    )
    return {row["group_id"]: _plain(row) for row in rows}


def _plain(row: Row) -> dict[str, Any]:
    """A row without its group; how long is None where too many have no response."""
    found = {name: value for name, value in row.items() if name != "group_id"}
    for name in ("median_s", "slowest_tenth_s"):
        found[name] = None if found[name] in (None, float("inf")) else found[name]
    return found


async def _newcomers(db: Connection, window: timedelta, *, until: datetime) -> dict[int | None, dict[str, Any]]:
    """Of the people whose first post in a group is 28 days old or older, within as long a window: who came back to it.

    By group; None: those whose first post in any of our groups it is, and who came back to any.
    """
    end = until - BACK_WITHIN
    rows = await db.fetch(
        f"""
        WITH wrote AS (
            SELECT post.author_id, post.group_id, min(post.id) AS first_id
              FROM post
             WHERE post.group_id IN {GROUPS} AND post.id >= $1 AND post.id < $2 AND {WROTE_COUNTS}
          GROUP BY GROUPING SETS ((post.author_id), (post.author_id, post.group_id))),
        before AS (
            SELECT post.author_id, coalesce(post.group_id, 0) AS group_id
              FROM post
             WHERE post.author_id IN (SELECT author_id FROM wrote) AND post.id < $1
               AND post.group_id IN {GROUPS} AND {POST_COUNTS}
          GROUP BY GROUPING SETS ((post.author_id), (post.author_id, post.group_id))),
        newcomer AS (
            SELECT wrote.author_id, wrote.group_id, root.id, root.published_at
              FROM wrote
              JOIN post root ON root.id = wrote.first_id
             WHERE NOT EXISTS (SELECT
                                 FROM before
                                WHERE before.author_id = wrote.author_id
                                  AND before.group_id = coalesce(wrote.group_id, 0))),
        fared AS (
            SELECT root.group_id,
                   EXISTS (SELECT
                             FROM post reply
                            WHERE reply.parent_id = root.id
                              AND reply.published_at <= root.published_at + $3::interval
                              AND {RESPONSE_COUNTS}) AS is_welcomed,
                   EXISTS (SELECT
                             FROM post
                            WHERE post.author_id = root.author_id AND post.id > root.id
                              AND post.published_at <= root.published_at + $4::interval
                              AND post.group_id IN {GROUPS}
                              AND coalesce(post.group_id = root.group_id, true) AND {POST_COUNTS}) AS is_back
              FROM newcomer root)
        SELECT group_id, count(*) FILTER (WHERE is_welcomed) AS welcomed_count,
               count(*) FILTER (WHERE is_welcomed AND is_back) AS welcomed_back,
               count(*) FILTER (WHERE NOT is_welcomed) AS unwelcomed_count,
               count(*) FILTER (WHERE NOT is_welcomed AND is_back) AS unwelcomed_back
          FROM fared
      GROUP BY group_id
        """,
        ids.lowest(end - window),
        ids.lowest(end),
        WELCOMED_WITHIN,
        BACK_WITHIN,
        timeout=MEASURED_WITHIN_S,
    )
    return {row["group_id"]: {name: value for name, value in row.items() if name != "group_id"} for row in rows}
