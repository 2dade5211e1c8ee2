"""What a page of reports costs does not grow with how many stand on it, and each look is noted all the same (D82)."""

from typing import Any, cast

from fedcomm import audit
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.looks import reports as reports_shown
from fedcomm.moderation import report_queue, reports
from fedcomm.moderation.reports import Complaint
from fedcomm.settings import Settings
from tests.factories import NOON, make_account, make_group, make_thread

MOST = 12


async def test_a_page_of_nine_reports_takes_as_many_statements_as_one_of_two(db: Connection) -> None:
    fay, ben = await make_account(db, "fay"), await make_account(db, "ben")
    people = [await make_account(db, "cleo") for _ in range(9)]
    group = await make_group(db, members=[ben, *people], facilitator=fay)
    taken: list[int] = []
    for more in (2, 7):
        for _ in range(more):
            cleo = people.pop()
            posts = [await make_thread(db, ben, group) for _ in range(2)]
            await db.execute(
                "UPDATE post SET audience = 'group' WHERE id = ANY($1::bigint[])", [each.id for each in posts]
            )
            await reports.file(db, cleo, ben, Complaint(post_ids=[each.id for each in posts]), now=NOON)
        taken.append(await _statements(db, fay))

    looks = [entry for entry in await audit.page(db) if entry.action == "look at reported posts"]
    assert taken[0] == taken[1] <= MOST
    assert len(looks) == 2 + 9
    assert all(len(entry.details["posts"]) == 2 for entry in looks)
    assert await audit.wrong_places(db) == []


async def _statements(db: Connection, me: Account) -> int:
    seen: list[str] = []

    def note(record: Any) -> None:
        seen.append(record.query)

    cast("Any", db).add_query_logger(note)
    try:
        found = await report_queue.page(db, me.id, cursor=Cursor())
        lines = await reports_shown.lines(db, found, me.id, Settings(name="Here"))
        await reports.note_look(db, me.id, {each.id: each.post_ids for each in found}, now=NOON)
    finally:
        cast("Any", db).remove_query_logger(note)
    assert all(len(line.posts) == 2 for line in lines)
    return len([each for each in seen if "typeinfo_tree" not in each and "current_setting" not in each])
