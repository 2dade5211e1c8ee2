"""Who is told of reports, decisions and appeals (product 13; C12, C14).

Of a report those who look after the group it is about, else those who run the instance; of a decision whom it is about;
of an appeal everybody who may decide it. Who decided is told to nobody (S111): the notice comes from who reads it.
"""

from fedcomm import facts
from fedcomm.accounts import lookup, statements
from fedcomm.database import Connection
from fedcomm.jobs.work import Work
from fedcomm.moderation import appeals, reports
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


async def of_statement(work: Work, fact: facts.StatementIssued) -> None:
    """Whom a measure strikes. Of a removed post the group's own notice tells, which leads to the statement."""
    async with work.transaction() as db:
        about = await statements.find(db, fact.statement_id)
        target = await lookup.by_id(db, about.account_id) if about is not None else None
        if about is not None and target is not None and target.is_local and about.measure != "remove post":
            await telling.tell_of_statement(db, target.id, about.id, "moderation_warning", "statement", now=work.now)


async def of_appeal(work: Work, fact: facts.AppealFiled) -> None:
    """Everybody who may decide it."""
    async with work.transaction() as db:
        for person_id in await appeals.deciders(db, fact.statement_id):
            await telling.tell_of_statement(db, person_id, fact.statement_id, "fedcomm.appeal", "appeal", now=work.now)


async def of_appeal_decided(work: Work, fact: facts.AppealDecided) -> None:
    """Who appealed."""
    async with work.transaction() as db:
        about = await statements.find(db, fact.statement_id)
        if about is not None:
            await telling.tell_of_statement(
                db, about.account_id, about.id, "moderation_warning", "appeal decided", now=work.now
            )


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
