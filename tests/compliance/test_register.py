"""The register of processing: every table and column about people stands in it, and it can be taken along (C10)."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from fedcomm.network import peers
from fedcomm.portability import processing
from tests import running
from tests.factories import make_remote_account
from tests.running import PASSWORD, MakeDatabase
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio

ABOUT_PEOPLE = re.compile(
    r"(^|_)(account|person|owner|author|actor|member|follower|followee|target|reporter|recipient|participant|by|people)"
    r"(_ids?|_uri)?$|_by(_id)?$|^(assigned|from_account|signer|person|people)_|email|mail_?|address|user_agent|subject"
    r"|handle|bio_|^name$|^text$|comment|content|source|^body$|^told$|payload|claims|password|avatar|header_url|endpoint"
)
"""Columns that hold a person, a word of theirs, or where they are to be found."""
NOT_ABOUT_PEOPLE = {
    "migration.name", "queue.name", "recurring.name", "setting.name", "vapid_key.name", "oauth_app.name",
}  # fmt: skip
"""Columns of this kind that name a thing."""


async def test_c10_every_column_with_data_about_people_stands_in_the_register(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with running.instance(await database_url(), tmp_path) as at, at.db() as db:
        rows = await db.fetch(
            """
            SELECT t.table_name AS name, array_agg(c.column_name::text) AS columns
              FROM information_schema.tables t
              JOIN information_schema.columns c USING (table_schema, table_name)
             WHERE t.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
          GROUP BY t.table_name
            """
        )
    there = {row["name"]: set(row["columns"]) for row in rows}
    columns = {f"{table}.{column}" for table, names in there.items() for column in names if ABOUT_PEOPLE.search(column)}
    told = {each for each in columns if each.partition(".")[0] in processing.TABLES}

    assert there.keys() == processing.TABLES.keys() | processing.NOBODYS
    assert processing.TABLES.keys() & processing.NOBODYS == set()
    assert columns - told == columns & NOT_ABOUT_PEOPLE
    assert {"login.email", "session.address", "sign_in_attempt.subject", "post.source", "report.comment"} <= told


async def test_c10_admins_look_at_the_register_and_take_it_along_with_all_who_get_something(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with running.instance(await database_url(), tmp_path) as at:
        await at.person("ada", role="admin", password=PASSWORD)
        await at.person("ben", password=PASSWORD)
        async with at.db() as db:
            await make_remote_account(db, "rui")
            await peers.allow(db, None, "beta.example", "", now=at.site.now())
        async with reader(at, "ada") as admin, reader(at, "ben") as member:
            refused = [(await member.open(f"/admin/register{end}")).status for end in ("", ".csv", ".json")]
            await admin.open("/admin/register")
            table = list(csv.DictReader(io.StringIO((await admin.http.get("/admin/register.csv")).text)))
            told = json.loads((await admin.http.get("/admin/register.json")).text)

    assert refused == [403, 403, 403]
    assert "Having an account and signing in" in admin.text
    assert "beta.example" in admin.text
    assert len(table) == len(told["processings"]) == len(processing.PURPOSES)
    assert all(all(row.values()) for row in table)
    assert {table for row in table for table in row["tables"].split()} == processing.TABLES.keys()
    assert "Archives 7 days" in next(row["kept"] for row in table if "export" in row["tables"].split())
    assert next(each["names"] for each in told["given_to"] if each["kind"] == "servers") == ["beta.example"]
    assert (told["domain"], told["people"]) == (at.domain, 2)
