"""Who is told of reports, held posts, decisions and appeals (product 13; C12, C14, S168).

Of a report those who look after the group it is about, else those who run the instance; of a decision whom it is about;
of an appeal everybody who may decide it. Who decided is told to nobody (S111): the notice comes from who reads it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from fedcomm import facts
from fedcomm.accounts import lookup, statements
from fedcomm.database import Connection
from fedcomm.jobs.work import Work
from fedcomm.moderation import appeals, emergency, reports
from fedcomm.moderation.reports import Report
from fedcomm.notifications import telling
from fedcomm.notifications.report_rights import cares_for, is_staff
from fedcomm.threads import first_look, reading


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
        if about is None or target is None or not target.is_local or target.state == "deleted":
            return
        if about.measure != "remove post" or about.group_id is None:
            await telling.tell_of_statement(db, target.id, about.id, "moderation_warning", "statement", now=work.now)


class Look(NamedTuple):
    """Who may let a held post appear. `group_id` is None where it waits for those who run the instance."""

    people: list[int]
    author_id: int
    group_id: int | None


async def who_is_to_look(db: Connection, post_id: int) -> Look | None:
    """Those for whom a post waits; None when it waits no more."""
    post = await reading.find(db, post_id)
    if post is None or post.state != "held":
        return None
    group_id = None if await first_look.waits(db, post.id) else post.group_id
    carers, staff = await _looking_after(db, group_id, (post.author_id,))
    return Look(staff if group_id is None else carers, post.author_id, group_id)


async def of_held(work: Work, fact: facts.PostHeld) -> None:
    """Those who may let a post appear, once a day for a group and once for the instance: that something waits."""
    async with work.transaction() as db:
        look = await who_is_to_look(db, fact.post_id)
        if look is not None:
            key = f"held:{look.group_id or 0}:{work.now.date().isoformat()}"
            of_whom = look.author_id if look.group_id is None else look.group_id
            await telling.tell(db, look.people, "fedcomm.held", of_whom, None, key, work.now)


async def of_emergency_asked(work: Work, fact: facts.EmergencyAccessAsked) -> None:
    """Those who may confirm that an admin reads what is for a group's members."""
    async with work.transaction() as db:
        asked = await emergency.by_id(db, fact.access_id)
        if asked is not None and asked.waits(now=work.now):
            key = f"emergency asked:{asked.id}"
            people = await emergency.others(db, asked.reader_id)
            await telling.tell(db, people, "fedcomm.emergency", asked.reader_id, None, key, work.now)


async def of_emergency_ended(work: Work, fact: facts.EmergencyAccessEnded) -> None:
    """The members of a group whose threads an admin could read, afterwards (product 26)."""
    async with work.transaction() as db:
        ended = await emergency.by_id(db, fact.access_id)
        if ended is not None:
            people = await emergency.members(db, ended.group_id)
            key = f"emergency:{ended.id}"
            await telling.tell(db, people, "fedcomm.emergency", ended.group_id, None, key, work.now)


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
    return await _looking_after(db, report.group_id, (report.target_id, report.reporter_id))


async def _looking_after(db: Connection, group_id: int | None, but_for: Sequence[int]) -> tuple[list[int], list[int]]:
    """Those who look after a group, and those who run the instance."""
    rows = await db.fetch(
        f"""
        SELECT person.id, {cares_for("person.id", "$1::bigint")} AS cares, {is_staff("person.id")} AS is_staff
          FROM (SELECT login.account_id AS id
                  FROM login
                  JOIN account ON account.id = login.account_id AND account.state = 'active'
                 WHERE login.state = 'active' AND login.account_id <> ALL($2::bigint[])) person
         WHERE {cares_for("person.id", "$1::bigint")} OR {is_staff("person.id")}
        """,
        group_id,
        list(but_for),
    )
    return [row["id"] for row in rows if row["cares"]], [row["id"] for row in rows if row["is_staff"]]
