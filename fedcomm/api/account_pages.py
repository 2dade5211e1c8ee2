"""Pages of accounts: who follows, who reacted."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.api.accounts import many
from fedcomm.database import Connection
from fedcomm.http.answers import json
from fedcomm.http.context import site
from fedcomm.http.paging import link_header


async def answer(db: Connection, request: Request, page: Sequence[tuple[int, int]]) -> Response:
    """Accounts, each with the id of the row that put it here, by which the Link header goes on."""
    shown = await finding.by_ids(db, [account_id for _, account_id in page])
    return json(await many(site(request), shown), headers=link_header(request, [row_id for row_id, _ in page]))
