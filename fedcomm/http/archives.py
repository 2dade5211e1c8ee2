"""Archives that were put together, as they are fetched: in pieces, by who may, and on from where a line broke."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import NotFound
from fedcomm.http import csv_files, ranges
from fedcomm.http.context import site
from fedcomm.media.storage import Store
from fedcomm.portability.exports import Export


async def answer(request: Request, found: Export, name: str = "") -> Response:
    """An archive, or the rest of it. `name`: whose it is, in the name of the file. Raises NotFound."""
    here = site(request)
    stored = await here.service(Store).open(found.file)
    if stored is None:
        raise NotFound
    whose = "-".join(filter(None, (here.here.domain.replace(":", "_"), name)))
    headers = csv_files.kept(f"{whose}-{found.created_at:%Y-%m-%d}.zip")
    return ranges.answer(request, stored, "application/zip", {**headers, "ETag": f'"{found.id}"'})
