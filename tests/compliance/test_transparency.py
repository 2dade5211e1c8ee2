"""Points of contact, rules, and the counts of a year, for everybody (C15)."""

import csv
import io
import json
from pathlib import Path

import msgspec
import pytest

from fedcomm import settings
from fedcomm.http import checking
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Complaint
from fedcomm.network import peers
from fedcomm.settings import Rule
from tests import running
from tests.clocks import Clock
from tests.running import MakeDatabase
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio


async def test_c15_the_counts_of_a_year_are_those_of_what_was_reported_and_decided(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    clock = Clock()
    async with running.instance(await database_url(), tmp_path, now=clock) as at:
        ada = await at.person("ada", role="admin")
        ben, cleo = [await at.person(name) for name in ("ben", "cleo")]
        year = at.site.now().year
        async with at.db() as db:
            for category in ("spam", "legal"):
                about = ben if category == "spam" else ada
                filed = await reports.file(db, cleo, about, Complaint(category=category), now=at.site.now())
                assert filed.category == category
            clock.pass_by(hours=3)
            first = await db.fetchval("SELECT id FROM report WHERE target_id = $1", ben.id)
            await reports.resolve(db, ada, first, now=at.site.now())
            await peers.suspend(db, ada.id, "spam.example", "spam", now=at.site.now())
        async with reader(at) as visitor:
            await visitor.open("/about")
            link = visitor.attribute('a[href="/about/numbers"]', "href")
            await visitor.open("/about/numbers")
            text = visitor.text
            table = list(csv.DictReader(io.StringIO((await visitor.http.get("/about/numbers.csv")).text)))
            told = json.loads((await visitor.http.get("/about/numbers.json")).text)
            clock.pass_by(days=366)
            await visitor.open("/about/numbers")
            later = visitor.text
            await visitor.open(f"/about/numbers?year={year}")

    counts = {(row["what"], row["kind"]): int(row["count"]) for row in table}
    assert link is not None
    assert counts[("reports", "spam")] == counts[("reports", "legal")] == 1
    assert counts[("reports", "from here")] == 2
    assert (counts[("reports", "decided")], counts[("reports", "median hours")]) == (1, 3)
    assert counts[("servers", "suspended peer")] == 1
    assert {row["year"] for row in table} == {str(year)}
    assert [{**each, "count": str(each["count"]), "year": str(each["year"])} for each in told["counts"]] == table
    assert "Decisions about other instances" in text
    assert later.count("None in this year.") > text.count("None in this year.")
    assert visitor.text.partition("Reports by")[2] == text.partition("Reports by")[2]


async def test_c15_missing_contacts_and_rules_are_told_by_the_check_and_the_page_names_those_there_are(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    async with running.instance(await database_url(), tmp_path) as at:
        ada = await at.person("ada", role="owner", password=running.PASSWORD)
        public = msgspec.structs.replace(at.site.config, dev=False)
        missing = checking.contacts(public, at.site.settings)
        async with reader(at) as visitor:
            nowhere = (await visitor.open("/about")).text
            links = [visitor.attribute("#contact a", "href")]
        async with at.db() as db:
            rules = (Rule("Be kind."),)
            changes: settings.Changes = {"contact_email": "guild@x.example", "rules": rules, "languages": ("en", "de")}
            await settings.save(db, ada.id, changes, now=at.site.now())
        await at.site.reload_settings()
        there = checking.contacts(public, at.site.settings)
        async with reader(at) as visitor, reader(at, "ada") as owner:
            await visitor.open("/about")
            named = ("Ada" in visitor.text, (await owner.open("/about")).text.count("Ada") > 0)
            await owner.open("/admin/setup/check")

    assert (missing.is_well, there.is_well) == (False, True)
    assert "neither an address for questions nor rules" in missing.text
    assert "guild@x.example" in visitor.text
    assert "have not given an address" in nowhere
    assert "/notice" in links
    assert "Ada" not in nowhere
    assert named == (False, True)
    assert "English" in visitor.text
    assert "Be kind." in visitor.text
    assert "Address for questions, and rules" in owner.text
