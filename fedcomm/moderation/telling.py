"""Who is told of a report: those who look after the group it is about, else those who run the instance (product 13)."""

from fedcomm import facts
from fedcomm.jobs.work import Work
from fedcomm.moderation import reports
from fedcomm.notifications import telling
from fedcomm.notifications.report_rights import cares_for, is_staff


async def of_report(work: Work, fact: facts.ReportFiled) -> None:
    """Group content goes to its moderators first; where nobody looks after the group, to the instance's."""
    async with work.transaction() as db:
        report = await reports.find(db, fact.report_id)
        if report is None:
            return
        people = await db.fetch(
            f"""
            WITH person AS (
                SELECT login.account_id AS id
                  FROM login
                  JOIN account ON account.id = login.account_id AND account.state = 'active'
                 WHERE login.state = 'active' AND login.account_id NOT IN ($2, $3)
            ), carer AS (
                SELECT person.id FROM person WHERE {cares_for("person.id", "$1::bigint")}
            )
            SELECT id FROM carer
         UNION ALL
            SELECT person.id
              FROM person
             WHERE NOT EXISTS (SELECT FROM carer) AND {is_staff("person.id")}
            """,
            report.group_id,
            report.target_id,
            report.reporter_id,
        )
        await telling.tell_of_report(db, [row["id"] for row in people], report.reporter_id, report.id, now=work.now)
