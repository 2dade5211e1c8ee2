"""How others find us: WebFinger, host-meta, NodeInfo; the same for every caller. Source: federation.md 1.1."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fedcomm import __version__
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.capabilities import FEATURES
from fedcomm.errors import Gone, NotFound
from fedcomm.http.auth import anyone
from fedcomm.http.context import Site, site
from fedcomm.http.router import Route
from fedcomm.network import usage
from fedcomm.threads import reading
from fedcomm.threads.audience import PUBLIC
from federation import nodeinfo, webfinger
from federation.errors import Malformed
from federation.nodeinfo import Usage
from federation.outside import Handle, Outside

KEPT = {"Cache-Control": "public, max-age=300"}
_KINDS = {"person": "Person", "group": "Group", "application": "Application"}


@anyone
async def answer_webfinger(request: Request) -> Response:
    """Who `acct:name@domain`, an actor's id or a page is, or which post has an id (FEP-4adb).

    Raises NotFound, Gone; 400 for no question at all.
    """
    here = site(request)
    resource = request.query_params.get("resource", "")
    if not resource:
        return JSONResponse({"error": "resource is missing"}, 400)
    if resource.rstrip("/") == here.here.base_url:
        found = webfinger.describe_instance(here.here.base_url, here.here.instance_actor_uri)
        return JSONResponse(found, media_type="application/jrd+json", headers=KEPT)
    if resource.startswith(here.here.post_uri(0)[:-1]):
        found = await _post(here, resource)
        return JSONResponse(found, media_type="application/jrd+json", headers=KEPT)
    account = await _asked_for(here, resource)
    document = webfinger.describe(
        Handle(account.handle, account.handle_domain),
        kind=_KINDS[account.kind],
        actor_uri=account.uri,
        page_url=account.url,
        interaction_url=f"{here.here.base_url}/authorize_interaction",
        intents={"Create": f"{here.here.base_url}/compose?title={{name}}&text={{content}}"}
        if account.kind == "person"
        else {},
    )
    return JSONResponse(document, media_type="application/jrd+json", headers=KEPT)


async def _post(here: Site, uri: str) -> dict[str, Any]:
    """About a post of ours that anybody may read, also without a signature. Raises NotFound, Gone."""
    if here.settings.authorized_fetch:
        raise NotFound
    async with here.read() as db:
        found = await reading.by_uri(db, uri)
        if found is None or not found.is_local or found.audience not in PUBLIC:
            raise NotFound
        if found.state == "deleted":
            raise Gone
        shown = await reading.by_id(db, found.id, None)
    return webfinger.describe_post(shown.uri, shown.url)


async def _asked_for(here: Site, resource: str) -> Account:
    try:
        asked = webfinger.read_resource(here.service(Outside), resource)
    except Malformed:
        raise NotFound from None
    async with here.read() as db:
        if isinstance(asked, Handle):
            if asked.domain not in (here.here.domain, here.here.authority):
                raise NotFound
            account = await lookup.local(db, asked.name)
        else:
            page = asked.removeprefix(here.here.base_url + "/@")
            account = await lookup.local(db, page) if page != asked else await lookup.by_uri(db, asked)
    if account is None or not account.is_local or account.state == "pending":
        raise NotFound
    if account.state == "deleted":
        raise Gone
    return account


@anyone
async def answer_host_meta(request: Request) -> Response:
    """Where WebFinger is; Mastodon asks when WebFinger answered 404 on the handle's domain."""
    return Response(webfinger.host_meta(site(request).here.base_url), media_type="application/xrd+xml", headers=KEPT)


@anyone
async def list_nodeinfo(request: Request) -> Response:
    """Which NodeInfo documents there are."""
    here = site(request).here
    return JSONResponse(nodeinfo.describe_links(here.base_url, here.instance_actor_uri), headers=KEPT)


@anyone
async def answer_nodeinfo(request: Request) -> Response:
    """What software this is, what it can do, how many use it."""
    here = site(request)
    version = str(request.path_params["version"])
    if version not in nodeinfo.VERSIONS:
        raise NotFound
    async with here.read() as db:
        counted = await usage.count(db, now=here.now())
    document = nodeinfo.describe(
        version,
        software_version=__version__,
        repository=here.config.source_url,
        is_open=here.settings.registrations in ("open", "approval"),
        usage=Usage(
            people=counted.people,
            active_month=counted.active_month,
            active_half_year=counted.active_half_year,
            threads=counted.threads,
            replies=counted.replies,
        ),
        capabilities=FEATURES,
        name=here.settings.name,
        description=here.settings.purpose,
    )
    return JSONResponse(document, media_type=nodeinfo.media_type(version), headers=KEPT)


routes = [
    Route("/.well-known/webfinger", answer_webfinger),
    Route("/.well-known/host-meta", answer_host_meta),
    Route("/.well-known/nodeinfo", list_nodeinfo),
    Route("/nodeinfo/{version}", answer_nodeinfo),
]
