"""Lists of attacks, faults and requirements, and their tests; `python -m tests.case_lists` writes those in.

A row is covered by the tests that name it: `test_s012_...` in the name, or `S012` in the docstring or in a decorator
(ranges such as `S054-S060` count for all their rows; so with the requirements, `C12`). Case, work and note of a row are
kept by hand. Where most tests say more than one row, their names are kept by hand as well (`BY_HAND`): rows `F012`.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent
LISTS = {
    "S": TESTS / "security" / "README.md",
    "R": TESTS / "reliability" / "README.md",
    "C": TESTS / "compliance" / "README.md",
}
BY_HAND = {"F": TESTS / "fediverse" / "README.md"}
"""Lists in which the tests of a row are written in by hand; the column of works says how much it matters."""
FINISHED = {"network", "clients", "federation", "running"}
"""The works whose rows must all have a test; the next one is added when it begins to be finished."""
DOES_NOT_APPLY = "does not apply: "

ROW = re.compile(r"\| ([SRF][0-9]{3}|C[0-9]{2}) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|")
NAMED = re.compile(r"\b(?:([SR])([0-9]{3})(?:\s?[-–]\s?\1?([0-9]{3}))?|(C)([0-9]{2})(?:\s?[-–]\s?C?([0-9]{2}))?)\b")
IN_NAME = re.compile(r"(?:^|_)([sr][0-9]{3}|c[0-9]{2})(?=_|$)")
NOT_RUN = {"skip", "skipif", "xfail", "browser", "program"}


@dataclass(frozen=True, slots=True)
class Row:
    number: str
    case: str
    work: str
    tests: tuple[str, ...]
    note: str

    def __str__(self) -> str:
        tests = "<br>".join(f"`{test}`" for test in self.tests) or "-"
        return f"| {self.number} | {self.case} | {self.work} | {tests} | {self.note} |"


@dataclass(frozen=True, slots=True)
class Test:
    name: str
    """As in `threads/test_posting.py::test_it`."""
    rows: frozenset[str]
    always_runs: bool


def read(path: Path) -> list[Row]:
    """The rows of a list as they stand in its file."""
    return [
        Row(match[1], match[2], match[3], tuple(re.findall(r"`(.+?)`", match[4])), match[5])
        for line in path.read_text(encoding="utf-8").splitlines()
        if (match := ROW.fullmatch(line))
    ]


def tests() -> tuple[Test, ...]:
    """Every test function that names a row."""
    return tuple(test for test in every() if test.rows)


@cache
def every() -> tuple[Test, ...]:
    """Every test function."""
    found: list[Test] = []
    for path in sorted(TESTS.rglob("test_*.py")):
        if path.name == "test_case_lists.py":
            continue  # its examples name rows
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        whole_file = {name for node in tree.body for name in marks_of_file(node)}
        for function in functions(tree):
            marks = whole_file | {name for decorator in function.decorator_list for name in names(decorator)}
            place = path.relative_to(TESTS).as_posix()
            found.append(Test(f"{place}::{function.name}", frozenset(rows_named(function)), not marks & NOT_RUN))
    return tuple(found)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The tests of a file."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
            yield node


def rows_named(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The rows a test says it covers."""
    yield from (row.upper() for row in IN_NAME.findall(function.name))
    said = [ast.get_docstring(function) or ""]
    for decorator in function.decorator_list:
        for node in ast.walk(decorator):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.append(node.value)
    for text in said:
        for found in NAMED.findall(text):
            letter, first, last = found[:3] if found[0] else found[3:]
            for number in range(int(first), int(last or first) + 1):
                yield f"{letter}{number:0{len(first)}}"


def names(node: ast.AST) -> Iterator[str]:
    """The attribute names in an expression: `slow` in `pytest.mark.slow`."""
    return (part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute))


def marks_of_file(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
        yield from names(node.value)


def covering(row: str) -> tuple[str, ...]:
    """The tests of a row, as they stand in its line."""
    return tuple(sorted(test.name for test in tests() if row in test.rows))


def written(path: Path) -> str:
    """The text of a list with the tests there are."""
    lines: list[str] = []
    rows = {row.number: replace(row, tests=covering(row.number)) for row in read(path)}
    for line in path.read_text(encoding="utf-8").splitlines():
        match = ROW.fullmatch(line)
        lines.append(str(rows[match[1]]) if match else line)
    return "\n".join(lines) + "\n"


def missing(path: Path) -> list[Row]:
    """The rows of finished work that no test covers in every run, and that do apply."""
    sure = {row for test in tests() if test.always_runs for row in test.rows}
    return [
        row
        for row in read(path)
        if row.work in FINISHED and row.number not in sure and not row.note.startswith(DOES_NOT_APPLY)
    ]


def unkept(path: Path) -> list[str]:
    """What a list kept by hand says that does not hold: tests that are gone or do not always run, rows without any."""
    sure = {test.name for test in every() if test.always_runs}
    wrong: list[str] = []
    for row in read(path):
        wrong += [f"{row.number} {test}" for test in row.tests if test not in sure]
        if not row.tests and not row.note.startswith(DOES_NOT_APPLY):
            wrong.append(f"{row.number} {row.case}: no test")
    return wrong


if __name__ == "__main__":
    for each in LISTS.values():
        each.write_text(written(each), encoding="utf-8")
        print(f"{each.parent.name}: without a test: {' '.join(row.number for row in missing(each)) or 'none'}")
