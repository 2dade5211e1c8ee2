"""What was complained of and decided in a year, as counts that anybody may read (DSA Art. 15; C15)."""

from datetime import UTC, datetime

import msgspec

from fedcomm.database import Connection

FIRST_YEAR = 2020
"""Nothing is older; years before the first entry are left out anyway."""


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How often something happened in a year. What the kinds of each thing are called: `looks/transparency.py`."""

    year: int
    what: str
    kind: str
    count: int


REPORTS = """
    SELECT 'reports' AS what, category AS kind, count(*) AS count
      FROM report
     WHERE created_at >= $1 AND created_at < $2
  GROUP BY category
 UNION ALL
    SELECT 'reports', CASE WHEN complains.is_local THEN 'from here' ELSE 'from elsewhere' END, count(*)
      FROM report
      JOIN account complains ON complains.id = report.reporter_id
     WHERE report.created_at >= $1 AND report.created_at < $2
  GROUP BY complains.is_local
 UNION ALL
    SELECT 'reports', 'decided', count(*)
      FROM report
     WHERE resolved_at >= $1 AND resolved_at < $2
 UNION ALL
    SELECT 'reports', 'median hours', round(extract(epoch FROM percentile_disc(0.5)
                                            WITHIN GROUP (ORDER BY resolved_at - created_at)) / 3600)::bigint
      FROM report
     WHERE resolved_at >= $1 AND resolved_at < $2
    """
NOTICES = """
    SELECT 'notices' AS what, ground AS kind, count(*) AS count
      FROM legal_notice
     WHERE created_at >= $1 AND created_at < $2
  GROUP BY ground
 UNION ALL
    SELECT 'notices', decision, count(*)
      FROM legal_notice
     WHERE decided_at >= $1 AND decided_at < $2
  GROUP BY decision
 UNION ALL
    SELECT 'notices', 'median hours', round(extract(epoch FROM percentile_disc(0.5)
                                            WITHIN GROUP (ORDER BY decided_at - created_at)) / 3600)::bigint
      FROM legal_notice
     WHERE decided_at >= $1 AND decided_at < $2
    """
DECISIONS = """
    SELECT 'decisions' AS what, measure AS kind, count(*) AS count
      FROM statement
     WHERE created_at >= $1 AND created_at < $2
  GROUP BY measure
 UNION ALL
    SELECT 'grounds', code, count(*)
      FROM statement
     WHERE created_at >= $1 AND created_at < $2
  GROUP BY code
 UNION ALL
    SELECT 'decisions', 'automated', count(*)
      FROM statement
     WHERE is_automated AND created_at >= $1 AND created_at < $2
 UNION ALL
    SELECT 'appeals', CASE WHEN is_granted THEN 'granted' WHEN NOT is_granted THEN 'declined' ELSE 'waiting' END,
           count(*)
      FROM appeal
     WHERE created_at >= $1 AND created_at < $2
  GROUP BY 2
 UNION ALL
    SELECT 'servers', action, count(*)
      FROM audit_entry
     WHERE action IN ('suspended peer', 'limited peer', 'restore peer') AND created_at >= $1 AND created_at < $2
  GROUP BY action
    """


async def first_year(db: Connection) -> int | None:
    """The year of the first thing that is counted; None: there is none yet."""
    found = await db.fetchval(
        """
        SELECT min(first)
          FROM (SELECT min(created_at) AS first FROM report
                UNION ALL SELECT min(created_at) FROM legal_notice
                UNION ALL SELECT min(created_at) FROM statement
                UNION ALL SELECT make_timestamptz(min(year), 1, 1, 0, 0, 0, 'UTC') FROM year_count
                UNION ALL SELECT min(created_at) FROM audit_entry) AS looked
        """
    )
    return max(found.astimezone(UTC).year, FIRST_YEAR) if found is not None else None


async def of_year(db: Connection, year: int) -> list[Count]:
    """What was counted in a year, by UTC; as it was kept, where what was counted is gone."""
    rows = await db.fetch("SELECT year, what, kind, count FROM year_count WHERE year = $1 ORDER BY what, kind", year)
    return [Count(**row) for row in rows] or await _counted(db, year)


async def keep_years(db: Connection, *, before: datetime) -> None:
    """Keep the counts of all years of which something is about to be forgotten: what was closed before a moment."""
    first = await first_year(db)
    if first is None:
        return
    kept = {row["year"] for row in await db.fetch("SELECT DISTINCT year FROM year_count")}
    for year in range(first, before.astimezone(UTC).year + 1):
        if year in kept:
            continue
        await db.executemany(
            "INSERT INTO year_count (year, what, kind, count) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            [(each.year, each.what, each.kind, each.count) for each in await _counted(db, year)],
        )


async def _counted(db: Connection, year: int) -> list[Count]:
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found: list[Count] = []
    for question in (REPORTS, NOTICES, DECISIONS):
        rows = await db.fetch(question, begin, end)
        found += [Count(year=year, **row) for row in rows if row["count"] is not None]
    return sorted(found, key=lambda each: (each.what, each.kind))
