"""Who is told of a report: those who look after the group it is about, else those who run the instance (product 13)."""

from fedcomm import facts
from fedcomm.database import Connection
from fedcomm.jobs.work import Work
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Report
from fedcomm.notifications import telling
from fedcomm.notifications.report_rights import cares_for, is_staff


async def of_report(work: Work, fact: facts.ReportFiled) -> None:
    """Group content goes to its moderators first; where nobody looks after the group, to the instance's."""
    async with work.transaction() as db:
        report = await reports.find(db, fact.report_id)
        if report is not None:
            carers, staff = await _who_decides(db, report)
            await telling.tell_of_report(db, carers or staff, report.reporter_id, report.id, now=work.now)


async def of_passing_on(work: Work, fact: facts.ReportPassedOn) -> None:
    """A group's moderators leave it to those who run the instance."""
    async with work.transaction() as db:
        report = await reports.find(db, fact.report_id)
        if report is not None:
            _, staff = await _who_decides(db, report)
            await telling.tell_of_report(db, staff, report.reporter_id, report.id, now=work.now)


async def _who_decides(db: Connection, report: Report) -> tuple[list[int], list[int]]:
    """Those who look after its group, and those who run the instance, but for the two whom it is between."""
    rows = await db.fetch(
        f"""
        SELECT person.id, {cares_for("person.id", "$1::bigint")} AS cares, {is_staff("person.id")} AS is_staff
          FROM (SELECT login.account_id AS id
                  FROM login
                  JOIN account ON account.id = login.account_id AND account.state = 'active'
                 WHERE login.state = 'active' AND login.account_id NOT IN ($2, $3)) person
         WHERE {cares_for("person.id", "$1::bigint")} OR {is_staff("person.id")}
        """,
        report.group_id,
        report.target_id,
        report.reporter_id,
    )
    return [row["id"] for row in rows if row["cares"]], [row["id"] for row in rows if row["is_staff"]]
