"""What is kept for a time goes after it and not before, by the recurring works alone (C11, with the times of D60)."""

from datetime import timedelta

from fedcomm import recurring
from fedcomm.figures import transparency
from fedcomm.guardrails import holds
from fedcomm.guardrails.holds import Cover
from tests.clocks import Clock
from tests.conftest import MakeDatabase
from tests.running import instance

DAY = timedelta(days=1)
KEPT: tuple[tuple[str, str, timedelta], ...] = (
    ("session", "(id, token_hash, account_id, csrf_token, address, created_at, last_used_at)"
     " VALUES ($1, $2, 1, 'x', '192.0.2.7', $3, $3)", 30 * DAY),
    ("sign_in", "(id, account_id, let_in, way, program, network, happened_at)"
     " VALUES ($1, length($2::bytea), false, 'password', 'Browser', '192.0.2.0/24', $3)", 30 * DAY),
    ("sign_in_attempt", "(id, subject, kind, attempted_at)"
     " VALUES ($1, 'address:192.0.2.7' || length($2::bytea), 'sign-in', $3)", DAY),
    ("one_time_link", "(token_hash, account_id, purpose, created_at, expires_at, address_key)"
     " VALUES ($2, $1, 'confirm address', $3, $3, 'ada@shop.example')", DAY),
    ("oauth_code", "(code_hash, app_id, account_id, redirect_uri, scopes, created_at, expires_at)"
     " VALUES ($2, $1, 1, 'app:/', '{read}', $3, $3)", DAY),
    ("inbox_item", "(id, activity_type, signer_uri, authority, body, received_at, state, due_at, done_at)"
     " VALUES ($1, 'Create', 'https://far.example/u/zoe', 'far.example', $2, $3, 'done', $3, $3)", 7 * DAY),
    ("seen_activity", "(activity_uri, signer_uri, seen_at)"
     " VALUES ('https://far.example/' || $1::bigint, 'https://far.example/' || length($2::bytea), $3)", 30 * DAY),
    ("dropped_activity", "(id, activity_type, signer_uri, authority, reason, dropped_at)"
     " VALUES ($1, 'Create', 'https://far.example/' || length($2::bytea), 'far.example', 'policy', $3)", 30 * DAY),
    ("early_activity", "(id, about_uri, activity_type, signer_uri, authority, body, received_at)"
     " VALUES ($1, 'https://far.example/1', 'Like', 'https://far.example/u/zoe', 'far.example', $2, $3)", DAY / 4),
    ("done_delivery", "(activity_id, destination_id, status, done_at)"
     " VALUES ($1, length($2::bytea), 202, $3)", 3 * DAY),
    ("failed_delivery", "(activity_id, destination_id, authority, order_key, attempts, failed_at)"
     " VALUES ($1, 1, 'far.example', length($2::bytea), 1, $3)", 30 * DAY),
    ("mail", "(id, kind, address, address_key, locale, state, due_at, created_at, expires_at, done_at)"
     " VALUES ($1, 'test', 'ada@shop.example', 'ada' || length($2::bytea), 'en', 'sent', $3, $3, $3, $3)", 3 * DAY),
    ("invitation", "(id, code_hash, by_id, group_ids, note, created_at, expires_at, mailed_to, words)"
     " VALUES ($1, $2, (SELECT min(id) FROM account), '{}', '', $3, $3, 'leo@shop.example', 'Do come')", 30 * DAY),
    ("mailed_code", "(code_hash, invitation_id, address_key, created_at)"
     " VALUES ($2, $1::bigint - 1, 'leo@shop.example', $3)", 30 * DAY),
)  # fmt: skip
"""Tables, a row of each (its number, some bytes, when it was done with), and how long that is kept."""
FORGOTTEN = {"invitation": "mailed_to IS NOT NULL OR words <> ''"}
"""Of a row that stays: what of it goes."""


async def test_c11_what_is_kept_for_a_time_goes_after_it_and_not_before(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with instance(await database_url(), now=clock) as at:

        async def forget() -> set[str]:
            for work in recurring.recurring(at.site):
                if work.name.startswith(("forget", "hear")):
                    await work.do()
            async with at.site.read() as db:
                return {
                    table
                    for table, *_ in KEPT
                    if await db.fetchval(f"SELECT EXISTS (SELECT FROM {table} WHERE {FORGOTTEN.get(table, 'true')})")
                }

        await at.person()
        async with at.db() as db:
            for number, (table, row, _) in enumerate(KEPT, 1):
                await db.execute(f"INSERT INTO {table} {row}", number, bytes([number]) * 8, at.site.now())
        found: dict[timedelta, tuple[set[str], set[str]]] = {}
        for age in sorted({kept for *_, kept in KEPT}):
            clock.ahead = age - timedelta(minutes=5)
            before = await forget()
            clock.ahead = age + timedelta(minutes=5)
            found[age] = before, await forget()

    for age, (before, after) in found.items():
        assert before == {table for table, _, kept in KEPT if kept >= age}, age
        assert after == {table for table, _, kept in KEPT if kept > age}, age


THREE_YEARS = 3 * 365 * DAY


async def test_c11_closed_cases_go_after_three_years_and_leave_the_counts_of_their_year(
    database_url: MakeDatabase,
) -> None:
    """What is open, in force, appealed against, or under a legal hold stays."""
    clock = Clock()
    async with instance(await database_url(), now=clock) as at:
        ada, ben, cleo = [await at.person(name) for name in ("ada", "ben", "cleo")]
        now = at.site.now()
        async with at.db() as db:
            for number, person, is_closed in ((1, ben, True), (2, ben, False), (3, cleo, True), (4, ben, True)):
                await db.execute(
                    """
                    INSERT INTO report (id, reporter_id, target_id, category, comment, resolved_at, created_at,
                                        updated_at)
                    VALUES ($1, $2, $3, 'spam', 'x', CASE WHEN $4 THEN $5::timestamptz END, $5, $5)
                    """,
                    number,
                    ada.id,
                    person.id,
                    is_closed,
                    now,
                )
            for number, person, measure, ended_at, report_id in (
                (1, ben, "warn", None, 1),
                (2, ben, "limit", None, 4),  # in force
                (3, ben, "suspend", now, None),
                (4, cleo, "warn", None, None),  # under a hold
                (5, ben, "warn", None, None),  # appealed against, undecided
            ):
                await db.execute(
                    """
                    INSERT INTO statement (id, account_id, measure, code, reason, ended_at, report_id, created_at)
                    VALUES ($1, $2, $3, 'spam', 'x', $4, $5, $6)
                    """,
                    number,
                    person.id,
                    measure,
                    ended_at,
                    report_id,
                    now,
                )
            await db.execute("INSERT INTO appeal (statement_id, text, created_at) VALUES (5, 'x', $1)", now)
            await db.execute(
                """
                INSERT INTO legal_notice (id, url, ground, explanation, name, email, email_key, locale, created_at,
                                          decision, reasons, decided_at)
                VALUES (1, 'x', 'other', 'x', '', '', '', 'en', $1, 'kept', 'x', $1)
                """,
                now,
            )
            await holds.place(db, None, Cover(kind="person", about="@cleo", person_id=cleo.id), "Case", now=now)
            counted = await transparency.of_year(db, now.year)

        async def left() -> tuple[list[int], list[int], int]:
            await recurring.forget_closed_cases(at.site)
            async with at.site.read() as db:
                reports = await db.fetch("SELECT id FROM report ORDER BY id")
                statements = await db.fetch("SELECT id FROM statement ORDER BY id")
                notices = await db.fetchval("SELECT count(*) FROM legal_notice")
                return [row["id"] for row in reports], [row["id"] for row in statements], notices

        clock.ahead = THREE_YEARS - timedelta(minutes=5)
        before = await left()
        clock.ahead = THREE_YEARS + timedelta(minutes=5)
        after = await left()
        async with at.site.read() as db:
            kept, first = await transparency.of_year(db, now.year), await transparency.first_year(db)

    assert before == ([1, 2, 3, 4], [1, 2, 3, 4, 5], 1)
    assert after == ([2, 3, 4], [2, 4, 5], 0)
    assert (kept, first) == (counted, now.year)
