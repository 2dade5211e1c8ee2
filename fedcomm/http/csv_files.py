"""Tables as CSV files, for spreadsheets: a cell is never a formula, whoever wrote it."""

import csv
import io
from collections.abc import Iterable, Sequence

from starlette.responses import Response

from fedcomm.http import headers

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """What stands in a cell: a text that a program would take for a formula has an apostrophe before it."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def written(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The table as text."""
    out = io.StringIO()
    sheet = csv.writer(out, lineterminator="\r\n")
    sheet.writerow(head)
    sheet.writerows([cell(each) for each in row] for row in rows)
    return out.getvalue()


def answer(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """The table as a file to keep. `name` is ours, without its ending."""
    return Response(
        written(head, rows).encode(),
        media_type="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": headers.PRIVATE,
            "X-Content-Type-Options": "nosniff",
        },
    )
