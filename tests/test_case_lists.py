"""The lists of attacks, faults and requirements are true: each row of finished work has a test, each test is listed."""

import ast
from pathlib import Path

import pytest

from tests import case_lists
from tests.case_lists import BY_HAND, DOES_NOT_APPLY, FINISHED, LISTS

WORKS = {"network", "clients", "federation", "running", "groups and rules"}


@pytest.mark.parametrize(("letter", "digits", "count"), [("S", 3, 171), ("R", 3, 48), ("C", 2, 20)])
def test_every_row_stands_in_its_list_once(letter: str, digits: int, count: int) -> None:
    rows = case_lists.read(LISTS[letter])

    assert [row.number for row in rows] == [f"{letter}{number:0{digits}}" for number in range(1, count + 1)]
    assert {row.work for row in rows} <= WORKS


@pytest.mark.parametrize("letter", ["S", "R", "C"])
def test_every_row_of_finished_work_has_a_test_that_always_runs(letter: str) -> None:
    lacking = [f"{row.number} {row.case}" for row in case_lists.missing(LISTS[letter])]
    assert lacking == []


@pytest.mark.parametrize("letter", ["S", "R", "C"])
def test_the_lists_name_the_tests_there_are(letter: str) -> None:
    """When this fails: `python -m tests.case_lists` writes them in."""
    assert LISTS[letter].read_text(encoding="utf-8") == case_lists.written(LISTS[letter])


def test_what_other_servers_count_on_has_tests_that_are_there_and_always_run() -> None:
    rows = case_lists.read(BY_HAND["F"])

    assert [row.number for row in rows] == [f"F{number:03}" for number in range(1, 123)]
    assert {row.work for row in rows} == {"must", "should"}
    assert case_lists.unkept(BY_HAND["F"]) == []


def test_a_test_that_is_gone_or_does_not_always_run_is_named(tmp_path: Path) -> None:
    """The row that lists them in `fediverse/README.md` would otherwise go on to seem covered."""
    there, gone, browser = (
        "federation/test_relaying.py::test_the_two_forms_of_an_announcement",
        "federation/test_relaying.py::test_nobody_ever_wrote",
        "browser/test_passkeys.py::test_s120_a_passkey_takes_the_place_of_the_code_for_its_owner_alone",
    )
    path = tmp_path / "README.md"
    path.write_text(
        f"| F001 | One | must | `{there}`<br>`{gone}` |  |\n"
        f"| F002 | Two | must | - |  |\n"
        f"| F003 | Three | should | - | {DOES_NOT_APPLY}it belongs to another work |\n"
        f"| F004 | Four | should | `{browser}` |  |\n"
    )
    assert case_lists.unkept(path) == [f"F001 {gone}", "F002 Two: no test", f"F004 {browser}"]


@pytest.mark.parametrize("letter", ["S", "R", "C", "F"])
def test_a_row_that_does_not_apply_says_why_and_has_no_test(letter: str) -> None:
    for row in case_lists.read((LISTS | BY_HAND)[letter]):
        if row.note.startswith(DOES_NOT_APPLY):
            assert len(row.note) > len(DOES_NOT_APPLY) + 20
            assert row.tests == ()


def test_no_test_names_a_row_that_is_not_in_the_lists() -> None:
    known = {row.number for path in LISTS.values() for row in case_lists.read(path)}
    assert {row for test in case_lists.tests() for row in test.rows} - known == set()


def test_the_works_that_are_finished_are_works() -> None:
    assert FINISHED <= WORKS


@pytest.mark.parametrize(
    ("code", "rows"),
    [
        ("def test_s012_no_work_before_verification(): ...", {"S012"}),
        ("def test_both_s012_and_r003(): ...", {"S012", "R003"}),
        ('def test_ranges():\n    """Covers S054-S056 and R001."""', {"S054", "S055", "S056", "R001"}),
        ('@pytest.mark.parametrize("x", ["S140 NaN"])\ndef test_odd(x): ...', {"S140"}),
        ("def test_c06_a_chain(): ...", {"C06"}),
        (
            'def test_c_ranges():\n    """C06-C08, C20 and S168; no PC123 nor C1234."""',
            {"C06", "C07", "C08", "C20", "S168"},
        ),
        ('def test_nothing():\n    """Case S12 of the PS0123."""', set[str]()),
    ],
)
def test_a_test_names_its_rows(code: str, rows: set[str]) -> None:
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert set(case_lists.rows_named(function)) == rows
