"""What the instance finds wrong with itself is told in the reader's language."""

import ast
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from fedcomm import facts
from fedcomm.config import Config
from fedcomm.database import Connection
from fedcomm.http import checking
from fedcomm.http.checking import Finding, Texts
from fedcomm.i18n import translator
from fedcomm.jobs import queues
from fedcomm.portability import packing, stored_archives
from fedcomm.settings import Rule, Settings
from tests import running
from tests.running import Instance, MakeDatabase
from tests.web.reader import reader

GERMAN = translator("de").gettext
DAY = timedelta(days=1)
RULES = (Rule(id=1, text="Be kind."),)

Look = Callable[[Texts], Awaitable[Finding | None]]


async def both(look: Look) -> tuple[Finding, Finding]:
    """What is found, in English and in German."""
    english, german = await look(checking.ENGLISH), await look(GERMAN)
    assert english is not None
    assert german is not None
    assert (english.what, english.is_well) == (german.what, german.is_well)
    return english, german


async def archive(db: Connection, at: datetime, *, error: str = "") -> None:
    """One was made, or was to be made."""
    every, lease = DAY, timedelta(minutes=5)
    found = await stored_archives.claim(db, every=every, lease=lease, now=at)
    assert found is not None
    if error:
        await stored_archives.fail(db, found, error, now=at)
    else:
        await stored_archives.finish(db, found, size=1, left_out=0, now=at)


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    """The configuration of an instance that keeps archives."""
    url = (tmp_path / "own").as_uri()
    return running.configuration(7000, "postgresql:///x", tmp_path, {"FEDCOMM_ARCHIVES_URL": url})


def test_no_finding_says_what_is_not_translated() -> None:
    tree = ast.parse(Path(checking.__file__).read_text(encoding="utf-8"))
    said = [
        node.args[2]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
    ]

    assert len(said) > 10
    assert [ast.unparse(each) for each in said if isinstance(each, ast.Constant | ast.JoinedStr)] == []


async def test_work_that_stands_still_is_told_in_german(db: Connection, settings: Config) -> None:
    await queues.introduce(db)
    now = datetime.now(UTC)

    async def look(_: Texts) -> Finding:
        return await checking.queues(db, settings, _)

    for name in queues.NAMES:
        await queues.note(db, name, looked_at=now, succeeded_at=now)
    _, well = await both(look)
    await queues.hold_deliveries(db, f"{queues.RESTORED}2026-01-01 10:00 UTC", now=now)
    _, held = await both(look)
    await db.execute("UPDATE queue SET looked_at = $1 WHERE name = 'mail'", now - timedelta(hours=2))
    await db.execute("UPDATE queue SET looked_at = NULL WHERE name = 'facts'")
    english, stalled = await both(look)

    assert "Folgearbeiten: 0 warten" in well.text
    assert "seit " in held.text
    assert "(zurückgeholt aus der Sicherung vom 2026-01-01 10:00 UTC): ./run delivery release" in held.text
    assert "facts: no worker yet" in english.text
    assert "Folgearbeiten: noch niemand bei der Arbeit" in stalled.text
    assert "Mail: niemand bei der Arbeit seit " in stalled.text
    assert stalled.text.endswith("(läuft ./run serve?)")


async def test_work_that_is_late_is_told_in_german(db: Connection, settings: Config) -> None:
    now = datetime.now(UTC)
    await queues.introduce(db)
    for name in queues.NAMES:
        await queues.note(db, name, looked_at=now, succeeded_at=None)
    await facts.record(db, facts.PostPublished(7), now=now - timedelta(hours=1))

    english = await checking.queues(db, settings)
    german = await checking.queues(db, settings, GERMAN)

    assert "facts: stands still, the oldest is due since " in english.text
    assert "Folgearbeiten: steht still, das Älteste ist fällig seit " in german.text


async def test_archives_are_told_in_german(db: Connection, settings: Config) -> None:
    now = datetime.now(UTC)

    async def look(_: Texts) -> Finding | None:
        return await checking.archives(db, settings, _)

    _, none = await both(look)
    told: list[str] = []
    ago = 40 * DAY
    for error in (stored_archives.ENDED_EARLY, packing.NO_ROOM, "PUT x: 403 AccessDenied", ""):
        await archive(db, now - ago, error=error)
        told.append((await both(look))[1].text)
        ago -= DAY
    await archive(db, now - timedelta(minutes=1))
    _, good = await both(look)

    assert none.text.startswith("es gibt noch keines")
    assert "(der Server endete, bevor es fertig war); keines ist gelungen" in told[0]
    assert "(auf der Platte ist kein Platz für das, was zusammengestellt wird)" in told[1]
    assert "(die Antwort war: PUT x: 403 AccessDenied)" in told[2]
    assert told[3].startswith("das letzte gelang am ")
    assert "was zu lange her ist" in told[3]
    assert good.text.endswith("2 aufbewahrt")


@pytest.mark.parametrize(
    ("chosen", "german"),
    [
        (Settings(name="x"), "weder eine Adresse für Fragen noch Regeln gesetzt"),
        (Settings(name="x", rules=RULES), "keine Adresse für Fragen gesetzt"),
        (Settings(name="x", contact_email="a@b.example"), "keine Regeln gesetzt"),
        (Settings(name="x", contact_email="a@b.example", rules=RULES), "a@b.example; Regeln: 1"),
    ],
)
def test_missing_contacts_are_told_in_german(settings: Config, chosen: Settings, german: str) -> None:
    assert checking.contacts(settings, chosen, GERMAN).text.startswith(german)


async def test_name_clock_and_disk_are_told_in_german(db: Connection, settings: Config) -> None:
    elsewhere = replace(settings.here, base_url="https://nobody.invalid")
    away = msgspec.structs.replace(settings, here=elsewhere)

    found = [
        await checking.name(settings, GERMAN),
        await checking.clock(db, GERMAN),
        checking.disk(settings, GERMAN),
    ]
    lost = await checking.name(away, GERMAN)

    assert [each.is_well for each in found] == [True, True, True]
    assert "ist zu finden unter" in found[0].text
    assert found[1].text == "stimmt mit der Uhr der Datenbank überein"
    assert " GiB frei unter " in found[2].text
    assert not lost.is_well
    assert lost.text.startswith("nobody.invalid ")
    assert "resolve" not in lost.text


async def test_a_german_admin_reads_german_findings(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with running.instance(await database_url(), tmp_path) as at:
        await at.person("olga", role="owner", password=running.PASSWORD)
        await hold(at)
        async with at.db() as db:
            await db.execute("UPDATE login SET locale = 'de'")
        async with reader(at, "olga", locale="de") as german:
            await german.open("/admin/setup/check")
            findings = german.all(".task-lines .meta")
            await german.open("/admin/deliveries")
            deliveries = german.text

    assert len(findings) == 6
    english = ("is at", "free at", "not set", "waiting", "nothing is sent", "agrees", "brought back", "no worker")
    assert [each for each in findings if any(word in each for word in english)] == []
    assert "zurückgeholt aus der Sicherung vom 2026-01-01 10:00 UTC" in deliveries


async def hold(at: Instance) -> None:
    """Nothing is sent, as after a backup was brought back; all loops look."""
    await at.settle()
    async with at.db() as db:
        now = datetime.now(UTC)
        for name in queues.NAMES:
            await queues.note(db, name, looked_at=now, succeeded_at=now)
        await queues.hold_deliveries(db, f"{queues.RESTORED}2026-01-01 10:00 UTC", now=now)
