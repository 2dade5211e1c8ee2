"""FEDERATION.md is what the code says."""

import re
import subprocess
import sys
from pathlib import Path

from fedcomm.cli import federation_notes, federation_words
from federation.vocabulary import activities

ROOT = Path(__file__).parent.parent


def test_federation_md_is_what_the_command_prints() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fedcomm", "federation-notes"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert (ROOT / "FEDERATION.md").read_text(encoding="utf-8") == done.stdout


def test_every_activity_that_is_read_is_told_of() -> None:
    assert set(federation_notes.activity_types()) == set(federation_words.DEEDS)
    assert {each.type for each in federation_words.DEEDS} <= set(activities.ACTIVITY_TYPES)


def test_servers_that_were_met_have_their_messages_and_their_column_in_the_handbook() -> None:
    handbook = (ROOT / "deploy" / "handbook" / "compatibility.md").read_text(encoding="utf-8")

    for name, version, *_ in federation_words.PEERS_MET:
        assert f"{name} {version}" in handbook
        assert any((ROOT / "tests" / "federation" / "recorded" / f"{name.lower()}-{version}").glob("*.json"))


def test_every_line_of_the_handbook_about_other_servers_names_a_test_that_there_is() -> None:
    handbook = (ROOT / "deploy" / "handbook" / "compatibility.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", handbook))
    meetings = _tests_in(ROOT / "tests" / "peers")

    assert meetings <= named
    assert named - meetings <= _tests_in(ROOT / "tests")


def _tests_in(folder: Path) -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in folder.rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"^(?:async )?def (test_\w+)", text, re.M)}


def test_nothing_is_told_that_is_not_there() -> None:
    """Words without the thing they tell of would stay for ever."""
    written = federation_notes.text()

    for told in (
        *federation_words.PATHS.values(),
        *federation_words.OUR_TERMS.values(),
        *federation_words.FEPS.values(),
    ):
        assert told in written
