"""How long is kept what was reported and decided: three years after it was closed (C11).

What is open, what is in force, and what a legal hold is about stays. So does the log: nobody can delete from it (C06).
"""

from datetime import datetime

from fedcomm.accounts import many_sign_ups, statements
from fedcomm.database import Connection
from fedcomm.moderation import emergency
from fedcomm.notifications import reading as notifications

_HELD = "EXISTS (SELECT FROM legal_hold hold WHERE hold.ended_at IS NULL AND {about})"
_REPORT_HELD = _HELD.format(about="(hold.report_id = report.id OR hold.person_id = report.target_id)")
_STATEMENT_HELD = _HELD.format(about="(hold.report_id = said.report_id OR hold.person_id = said.account_id)")
_NOTICE_HELD = _HELD.format(about="hold.person_id = legal_notice.target_id")

_OVER = """
    coalesce(said.ended_at, said.until,
             CASE WHEN said.measure IN ('warn', 'remove post', 'end') OR target.state = 'deleted'
                  THEN said.created_at END) < $1"""
"""A condition: a decision has no effect any more since long; without an end, one only that was over at once."""


async def forget(db: Connection, *, before: datetime) -> None:
    """Remove what was closed before a moment: decisions with their appeals, reports, notices, what could be undone."""
    decisions = await db.fetch(
        f"""
        SELECT said.id
          FROM statement said
          JOIN account target ON target.id = said.account_id
         WHERE said.created_at < $1
           AND {_OVER}
           AND NOT EXISTS (SELECT
                             FROM appeal
                            WHERE appeal.statement_id = said.id AND coalesce(appeal.decided_at, 'infinity') >= $1)
           AND NOT {_STATEMENT_HELD}
      ORDER BY said.id
           FOR UPDATE OF said
        """,
        before,
    )
    statement_ids = [row["id"] for row in decisions]
    await statements.forget(db, statement_ids)
    reports = await db.fetch(
        f"""
        DELETE FROM report
         WHERE resolved_at < $1
           AND NOT EXISTS (SELECT FROM statement WHERE statement.report_id = report.id)
           AND NOT {_REPORT_HELD}
     RETURNING id
        """,
        before,
    )
    report_ids = [row["id"] for row in reports]
    await db.execute("DELETE FROM report_collection WHERE report_id = ANY($1::bigint[])", report_ids)
    if statement_ids or report_ids:
        await notifications.forget_cases(db, statement_ids=statement_ids, report_ids=report_ids)
    await db.execute(f"DELETE FROM legal_notice WHERE decided_at < $1 AND NOT {_NOTICE_HELD}", before)
    await db.execute("DELETE FROM report_batch WHERE created_at < $1", before)
    await emergency.forget(db, before=before)
    await many_sign_ups.forget(db, before=before)
