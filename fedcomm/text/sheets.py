"""Tables as CSV, for spreadsheets: a cell is never a formula, whoever wrote it."""

import csv
import io
from collections.abc import Iterable, Sequence

from fedcomm.errors import Invalid

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """What stands in a cell: a text that a program would take for a formula has an apostrophe before it."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def as_meant(text: str) -> str:
    """A cell as it was before `cell`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows as text."""
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerows([cell(each) for each in row] for row in rows)
    return out.getvalue()


def read(body: bytes, *, field: str, most: int) -> list[list[str]]:
    """The rows of a file that somebody gave us, without empty ones. Raises Invalid (no text, or too long)."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("This file is no list in UTF-8.", field=field) from None
    if "\0" in text:
        raise Invalid("This file is no list in UTF-8.", field=field)
    if text.count("\n") > most:
        raise Invalid("A list may have %(n)s lines at most.", n=most, field=field)
    try:
        return [row for row in csv.reader(io.StringIO(text)) if any(each.strip() for each in row)]
    except csv.Error:
        raise Invalid("This file is no list in UTF-8.", field=field) from None
