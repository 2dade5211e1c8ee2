"""What the operator's tools ask: does the process live, does the instance work, what are its figures.

`/healthz` needs nothing but the process. `/readyz` names what does not work (R045). `/metrics` is for direct local
connections, or for who has the token: behind a proxy on this machine everybody would be local (decisions D68, D72).
"""

import asyncio
import hmac
import ipaddress
import logging
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from fedcomm.errors import NotFound
from fedcomm.http.auth import Endpoint, Need
from fedcomm.http.context import site
from fedcomm.http.metrics import Metrics
from fedcomm.http.router import Route
from fedcomm.jobs import backlog, steering

LEAST_DISK_FREE = 200 * 2**20
PEERS_IN_METRICS = 50
"""Those with the most waiting: names of all peers would never stop growing."""
READY_WITHIN_S = 3.0
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

log = logging.getLogger(__name__)


def _open_to_all(endpoint: Endpoint) -> Endpoint:
    """Marks what needs no token; these never look one up, as they must work while the database does not."""
    endpoint.need = Need("anyone")  # pyright: ignore[reportFunctionMemberAccess]  # functions take attributes
    return endpoint


@_open_to_all
async def healthz(_request: Request) -> Response:
    """The process lives and answers."""
    return PlainTextResponse("OK", headers={"Cache-Control": "no-store"})


@_open_to_all
async def readyz(request: Request) -> Response:
    """200 when database, queues and disk are well; 503 with a list of what is not."""
    here = site(request)
    troubles: list[str] = []
    try:
        async with asyncio.timeout(READY_WITHIN_S), here.read() as db:
            troubles += await backlog.stalled(db, after=here.durations.stalled_after, now=here.now())
    except Exception as error:  # whatever keeps the database from answering, the answer is: not ready
        log.warning("not ready error=%s: %s", type(error).__name__, error)
        troubles.append(f"database: {type(error).__name__}")
    free = _disk_free(here.config.folder)
    if free < LEAST_DISK_FREE:
        troubles.append(f"disk: {free // 2**20} MiB free")
    status = 503 if troubles else 200
    return JSONResponse({"ready": not troubles, "troubles": troubles}, status, headers={"Cache-Control": "no-store"})


@_open_to_all
async def metrics(request: Request) -> Response:
    """Figures in Prometheus's form."""
    here = site(request)
    if not _may_see_metrics(request, here.config.metrics_token):
        raise NotFound
    async with here.read() as db:
        queues = await backlog.look(db, now=here.now())
        peers = await steering.status(db, limit=PEERS_IN_METRICS)
    body, content_type = here.service(Metrics).render(queues, peers)
    return Response(body, media_type=content_type, headers={"Cache-Control": "no-store"})


def _may_see_metrics(request: Request, token: str | None) -> bool:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token is not None and hmac.compare_digest(given.encode(), token.encode()):
        return True
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _disk_free(folder: Path) -> int:
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


Handler = Callable[[Request], Awaitable[Response]]

routes = [
    Route("/healthz", healthz),
    Route("/health", healthz),
    Route("/api/v1/streaming/health", healthz),
    Route("/readyz", readyz),
    Route("/metrics", metrics),
]
