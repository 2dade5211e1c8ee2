"""Reports: filed by members and other servers, seen and decided by whom `report_rights` admits (product 13; S169)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, get_args

import msgspec

from fedcomm import audit, facts, ids
from fedcomm.accounts import collections
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import Grounds
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.notifications.report_rights import cares_for, is_staff, may_see_report
from fedcomm.text import cleaning
from fedcomm.threads.audience import visible_to

Category = Literal["spam", "legal", "violation", "other"]
CATEGORIES: tuple[Category, ...] = get_args(Category)

LONGEST_COMMENT = 1_000
"""Of our members; of other servers, and of all that is said about one matter, five times as much."""
LONGEST_IN_ALL = 5_000
MOST_POSTS = 100

COLUMNS = """
    report.id, report.uri, report.reporter_id, report.target_id, report.group_id, report.category, report.rule_ids,
    report.comment, report.is_forwarded, report.assigned_id, report.resolved_by_id, report.resolved_at,
    report.passed_on_at, report.created_at, report.updated_at,
    ARRAY(SELECT post_id FROM report_post WHERE report_post.report_id = report.id ORDER BY post_id) AS post_ids,
    ARRAY(SELECT collection_id FROM report_collection WHERE report_collection.report_id = report.id
          ORDER BY collection_id) AS collection_ids
"""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint about somebody, perhaps about some of their posts."""

    id: int
    uri: str | None
    reporter_id: int
    target_id: int
    group_id: int | None
    category: Category
    rule_ids: list[int]
    comment: str
    is_forwarded: bool
    assigned_id: int | None
    resolved_by_id: int | None
    resolved_at: datetime | None
    passed_on_at: datetime | None
    """Since when those who run the instance are asked, beside those who look after the group."""
    created_at: datetime
    updated_at: datetime
    post_ids: list[int]
    collection_ids: list[int]


class Complaint(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says."""

    post_ids: Sequence[int] = ()
    collection_ids: Sequence[int] = ()
    comment: str = ""
    category: Category = "other"
    rule_ids: Sequence[int] = ()
    forwards: bool = False
    """Tell the server of whom it is about, too."""


async def file(db: Connection, by: Account, target: Account, complaint: Complaint, *, now: datetime) -> Report:
    """A member complains. Raises NotFound (a post they cannot see, or of somebody else; S093), Invalid."""
    if by.id == target.id:
        raise Invalid("You cannot report yourself.")
    if len(complaint.comment) > LONGEST_COMMENT:
        raise Invalid("Validation failed: Comment is too long (maximum is 1000 characters)", field="comment")
    wanted = list(dict.fromkeys(complaint.post_ids))
    if len(wanted) > MOST_POSTS:
        raise Invalid("Too many posts in one report.", field="status_ids")
    seen = await db.fetch(
        f"""
        SELECT post.id
          FROM post
         WHERE post.id = ANY($1::bigint[]) AND post.author_id = $3 AND {visible_to("$2")}
        """,
        wanted,
        by.id,
        target.id,
    )
    if len(seen) != len(wanted):
        raise NotFound("There is no such post.")
    if len(complaint.collection_ids) > MOST_POSTS:
        raise Invalid("Too many collections in one report.", field="collection_ids")
    theirs = await collections.by_ids(db, complaint.collection_ids, by.id)
    if any(each not in theirs or theirs[each].owner_id != target.id for each in complaint.collection_ids):
        raise NotFound("There is no such collection.")
    return await _keep(db, by, target, complaint, uri=None, now=now)


async def receive(
    db: Connection, by: Account, target: Account, complaint: Complaint, *, uri: str | None, now: datetime
) -> Report | None:
    """Another server complains, of one of ours or of what stands in a group of ours; None if it is neither.

    Posts of others than the target are left out. The same Flag twice is one.
    """
    rows = await db.fetch(
        "SELECT id FROM post WHERE id = ANY($1::bigint[]) AND author_id = $2 AND state <> 'deleted'",
        list(complaint.post_ids)[:MOST_POSTS],
        target.id,
    )
    kept = msgspec.structs.replace(complaint, post_ids=[row["id"] for row in rows])
    if not target.is_local and await _group_of(db, kept.post_ids) is None:
        return None
    if uri is not None:
        known = await db.fetchrow(f"SELECT {COLUMNS} FROM report WHERE report.uri = $1", uri)
        if known is not None:
            return Report(**known)
    return await _keep(db, by, target, kept, uri=uri, now=now)


async def _group_of(db: Connection, post_ids: Sequence[int]) -> int | None:
    """The group of ours in which reported posts stand: their home, else one that carries the thread."""
    return await db.fetchval(
        """
        SELECT home.id
          FROM post
          JOIN account home ON home.is_local
                           AND (home.id = post.group_id
                                OR EXISTS (SELECT
                                             FROM carry
                                            WHERE carry.thread_id = post.thread_id
                                              AND carry.group_id = home.id
                                              AND carry.state = 'carried'))
         WHERE post.id = ANY($1::bigint[])
      ORDER BY home.id <> COALESCE(post.group_id, 0), post.id
         LIMIT 1
        """,
        list(post_ids),
    )


async def _keep(
    db: Connection, by: Account, target: Account, complaint: Complaint, *, uri: str | None, now: datetime
) -> Report:
    """Write it down; what is said while the same complaint is open goes into it, and nobody is told again."""
    comment = cleaning.paragraphs(complaint.comment, LONGEST_IN_ALL)
    row = await db.fetchrow(
        """
        INSERT INTO report AS present (id, uri, reporter_id, target_id, group_id, category, rule_ids, comment,
                                       is_forwarded, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
            ON CONFLICT (reporter_id, target_id) WHERE resolved_at IS NULL DO UPDATE
           SET comment = CASE WHEN excluded.comment = '' OR present.comment LIKE '%' || excluded.comment || '%'
                              THEN present.comment
                              ELSE left(present.comment || E'\n\n' || excluded.comment, $11) END,
               category = excluded.category,
               rule_ids = ARRAY(SELECT DISTINCT unnest(present.rule_ids || excluded.rule_ids) ORDER BY 1),
               is_forwarded = present.is_forwarded OR excluded.is_forwarded,
               group_id = COALESCE(present.group_id, excluded.group_id),
               updated_at = excluded.updated_at
        RETURNING id, created_at = updated_at AS is_new
        """,
        ids.new(now),
        uri,
        by.id,
        target.id,
        await _group_of(db, complaint.post_ids),
        complaint.category,
        sorted(set(complaint.rule_ids)),
        comment,
        complaint.forwards,
        now,
        LONGEST_IN_ALL,
    )
    assert row is not None
    await db.execute(
        """
        INSERT INTO report_post (report_id, post_id)
        SELECT $1, wanted.id
          FROM unnest($2::bigint[]) AS wanted (id)
         WHERE (SELECT count(*) FROM report_post WHERE report_id = $1) < $3
            ON CONFLICT DO NOTHING
        """,
        row["id"],
        list(complaint.post_ids),
        MOST_POSTS,
    )
    await db.execute(
        """
        INSERT INTO report_collection (report_id, collection_id)
        SELECT $1, wanted.id
          FROM unnest($2::bigint[]) AS wanted (id)
            ON CONFLICT DO NOTHING
        """,
        row["id"],
        list(complaint.collection_ids),
    )
    if row["is_new"]:
        await facts.record(db, facts.ReportFiled(row["id"]), now=now)
    found = await find(db, row["id"])
    assert found is not None
    return found


async def find(db: Connection, report_id: int) -> Report | None:
    """A report, for what follows from it; who shows it to somebody asks `by_id`."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM report WHERE report.id = $1", report_id)
    return Report(**row) if row is not None else None


async def by_id(db: Connection, viewer_id: int, report_id: int) -> Report:
    """A report that somebody may decide about. Raises NotFound."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM report WHERE report.id = $2 AND {may_see_report('$1')}", viewer_id, report_id
    )
    if row is None:
        raise NotFound("There is no such report.")
    return Report(**row)


async def _to_decide(db: Connection, by: Account, report_id: int) -> Report:
    """A report that somebody decides about: nobody about what they complain of themselves, as long as somebody else is
    there who may (the conflict rule). Raises NotFound, NotAllowed.
    """
    found = await by_id(db, by.id, report_id)
    if found.reporter_id != by.id:
        return found
    another = await db.fetchval(
        f"""
        SELECT EXISTS (SELECT
                         FROM report
                         JOIN login ON login.state = 'active' AND login.account_id <> $2
                         JOIN account ON account.id = login.account_id AND account.state = 'active'
                        WHERE report.id = $1 AND {may_see_report("login.account_id")})
        """,
        report_id,
        by.id,
    )
    if another:
        raise NotAllowed("This is your own complaint: somebody else decides about it.")
    return found


async def by_ids(db: Connection, viewer_id: int, report_ids: Sequence[int]) -> dict[int, Report]:
    """Those of these reports that somebody may see."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM report WHERE report.id = ANY($2::bigint[]) AND {may_see_report('$1')}",
        viewer_id,
        list(report_ids),
    )
    return {row["id"]: Report(**row) for row in rows}


async def grounds_of(db: Connection, by: Account, report_id: int, rules: Mapping[int, str]) -> Grounds:
    """On what a measure rests that a report led to; `rules`: the instance's, by id.

    Raises NotFound, NotAllowed (their own complaint).
    """
    found = await _to_decide(db, by, report_id)
    broken = tuple(rules[number] for number in found.rule_ids if number in rules)
    return Grounds(code=found.category, rules=broken, report_id=report_id, post_ids=tuple(found.post_ids))


async def may_see_any(db: Connection, viewer_id: int) -> bool:
    """Whether somebody looks after anything of which there may be reports."""
    return await db.fetchval(
        f"""
        SELECT {is_staff("$1")}
               OR EXISTS (SELECT
                            FROM group_profile care
                            JOIN account ours ON ours.id = care.account_id AND ours.is_local
                           WHERE {cares_for("$1", "care.account_id")})
        """,
        viewer_id,
    )


async def change(
    db: Connection,
    by: Account,
    report_id: int,
    *,
    category: Category | None,
    rule_ids: Sequence[int] | None,
    now: datetime,
) -> Report:
    """Say better what a report is about. Raises NotFound, NotAllowed (their own complaint)."""
    present = await _to_decide(db, by, report_id)
    await db.execute(
        """
        UPDATE report
           SET category = COALESCE($2, category), rule_ids = COALESCE($3::integer[], rule_ids), updated_at = $4
         WHERE id = $1
        """,
        report_id,
        category,
        None if rule_ids is None else sorted(set(rule_ids)),
        now,
    )
    await audit.write(db, by.id, "change report", str(report_id), group_id=present.group_id, now=now)
    return await by_id(db, by.id, report_id)


async def assign(db: Connection, by: Account, report_id: int, *, to_id: int | None, now: datetime) -> Report:
    """Take a report into one's hands, or put it back. Raises NotFound, NotAllowed (their own complaint)."""
    present = await (by_id(db, by.id, report_id) if to_id is None else _to_decide(db, by, report_id))
    await db.execute("UPDATE report SET assigned_id = $2, updated_at = $3 WHERE id = $1", report_id, to_id, now)
    await audit.write(
        db, by.id, "assign report" if to_id else "unassign report", str(report_id), group_id=present.group_id, now=now
    )
    return await by_id(db, by.id, report_id)


async def pass_on(db: Connection, by: Account, report_id: int, *, now: datetime) -> Report:
    """Leave a report about a group's content to those who run the instance. Twice is once. Raises NotFound, Invalid."""
    present = await by_id(db, by.id, report_id)
    if present.group_id is None:
        raise Invalid("Those who run the instance have this report already.")
    changed = await db.fetchval(
        """
        UPDATE report
           SET passed_on_at = $2, assigned_id = NULL, updated_at = $2
         WHERE id = $1 AND passed_on_at IS NULL AND resolved_at IS NULL
        RETURNING true
        """,
        report_id,
        now,
    )
    if changed:
        await audit.write(db, by.id, "pass on report", str(report_id), group_id=present.group_id, now=now)
        await facts.record(db, facts.ReportPassedOn(report_id), now=now)
    return await by_id(db, by.id, report_id)


async def resolve(db: Connection, by: Account, report_id: int, *, now: datetime) -> Report:
    """Nothing is left to do about a report. Twice is once. Raises NotFound, NotAllowed (their own complaint)."""
    present = await _to_decide(db, by, report_id)
    changed = await db.fetchval(
        """
        UPDATE report
           SET resolved_at = $2, resolved_by_id = $3, updated_at = $2
         WHERE id = $1 AND resolved_at IS NULL
        RETURNING true
        """,
        report_id,
        now,
        by.id,
    )
    if changed:
        own = {"own complaint": True} if present.reporter_id == by.id else None
        await audit.write(db, by.id, "resolve report", str(report_id), "", own, group_id=present.group_id, now=now)
    return await by_id(db, by.id, report_id)


async def reopen(db: Connection, by: Account, report_id: int, *, now: datetime) -> Report:
    """Something is left to do after all.

    Raises NotFound, NotAllowed (their own complaint), Invalid (the same complaint is open again).
    """
    present = await _to_decide(db, by, report_id)
    if present.resolved_at is None:
        return present
    changed = await db.fetchval(
        """
        UPDATE report
           SET resolved_at = NULL, resolved_by_id = NULL, updated_at = $2
         WHERE id = $1
           AND NOT EXISTS (SELECT
                             FROM report again
                            WHERE again.reporter_id = report.reporter_id
                              AND again.target_id = report.target_id
                              AND again.resolved_at IS NULL)
        RETURNING true
        """,
        report_id,
        now,
    )
    if not changed:
        raise Invalid("The same complaint is open in another report.")
    await audit.write(db, by.id, "reopen report", str(report_id), group_id=present.group_id, now=now)
    return await by_id(db, by.id, report_id)


async def note_look(db: Connection, by_id: int, looked_at: Mapping[int, Sequence[int]], *, now: datetime) -> None:
    """Somebody was shown reported posts that are not for everybody: written down, but not what they say (D82).

    `looked_at`: the posts of each report, or appeal, by its id.
    """
    rows = await db.fetch(
        "SELECT id FROM post WHERE id = ANY($1::bigint[]) AND audience NOT IN ('public', 'unlisted')",
        list({post_id for post_ids in looked_at.values() for post_id in post_ids}),
    )
    closed = {row["id"] for row in rows}
    shown = {number: sorted(closed.intersection(post_ids)) for number, post_ids in looked_at.items()}
    details = {
        str(number): {"posts": [str(each) for each in post_ids]} for number, post_ids in shown.items() if post_ids
    }
    await audit.write_several(db, by_id, "look at reported posts", details, now=now)
