"""Tables as files to keep."""

from collections.abc import AsyncIterator, Iterable, Sequence

from starlette.responses import Response, StreamingResponse

from fedcomm.http import headers
from fedcomm.text import sheets


def answer(
    name: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, cache: str = headers.PRIVATE
) -> Response:
    """The table as a file to keep. `name` is ours, without its ending."""
    told = kept(f"{name}.csv", cache=cache)
    return Response(sheets.lines([head, *rows]).encode(), media_type="text/csv", headers=told)


def in_pieces(name: str, pieces: AsyncIterator[str]) -> Response:
    """The same, for a long table that is read while it is sent."""
    return StreamingResponse(pieces, media_type="text/csv", headers=kept(f"{name}.csv"))


def kept(filename: str, *, cache: str = headers.PRIVATE) -> dict[str, str]:
    """The headers of what a browser keeps as a file, and nobody else unless `cache` says so. The name is ours."""
    return {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": cache,
        "X-Content-Type-Options": "nosniff",
    }
