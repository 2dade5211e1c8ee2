"""What is known about somebody who was reported, for who decides about the report (product 13)."""

from collections.abc import Sequence

import msgspec

from fedcomm.accounts import statements
from fedcomm.accounts.statements import Statement
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.moderation.reports import Report
from fedcomm.notifications.report_rights import is_staff, may_see_report

MOST = 10


class History(msgspec.Struct, frozen=True, kw_only=True):
    """Measures taken before, the last ones first, and how many other reports about them the viewer may see."""

    decided: Sequence[Statement]
    others_count: int


async def of_reported(db: Connection, viewer_id: int, report: Report) -> History:
    """Who runs the instance sees all of it; who looks after the group what that group decided."""
    sees_all = await db.fetchval(f"SELECT {is_staff('$1')}", viewer_id)
    decided = await statements.of_account(
        db, report.target_id, Cursor(limit=MOST), group_id=None if sees_all else report.group_id
    )
    others = await db.fetchval(
        f"SELECT count(*) FROM report WHERE target_id = $2 AND id <> $3 AND {may_see_report('$1')}",
        viewer_id,
        report.target_id,
        report.id,
    )
    return History(decided=decided, others_count=others)
