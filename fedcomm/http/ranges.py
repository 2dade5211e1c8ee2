"""Files that are sent in pieces, and the part of one that somebody asks for who has the rest already.

Source: RFC 9110 sections 13.1.5 and 14.
"""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from fedcomm.media.storage import Stored


def answer(request: Request, stored: Stored, media_type: str, headers: dict[str, str]) -> Response:
    """The file, or a part of it. `headers` hold its `ETag`: a part of what has changed meanwhile is never sent."""
    headers = {**headers, "Accept-Ranges": "bytes"}
    is_same = request.headers.get("if-range", headers["ETag"]) == headers["ETag"]
    part = _part(request.headers.get("range", ""), stored.size) if is_same else None
    first, last = part or (0, stored.size - 1)
    headers["Content-Length"] = str(last - first + 1)
    if part is not None:
        headers["Content-Range"] = f"bytes {first}-{last}/{stored.size}"
    if request.method == "HEAD":
        return Response(b"", media_type=media_type, headers=headers)
    return StreamingResponse(stored.pieces(first, last), 206 if part else 200, media_type=media_type, headers=headers)


def _part(header: str, size: int) -> tuple[int, int] | None:
    """The one part that is asked for; None for all of it."""
    unit, _, asked = header.partition("=")
    first, dash, last = asked.partition("-")
    if unit.strip() != "bytes" or not dash or "," in asked or not first.strip().isdigit() or len(first) > 12:
        return None
    start = int(first)
    end = int(last) if last.strip().isdigit() and len(last) <= 12 else size - 1
    return (start, min(end, size - 1)) if start < size and start <= end else None
