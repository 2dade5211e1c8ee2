"""Following a group or person elsewhere, and answering from elsewhere (FED 2; groups-in-clients; S130).

Other servers send their people to `/authorize_interaction`; we send visitors whose account is elsewhere to theirs.
"""

import asyncio
import re
from urllib.parse import quote, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm.accounts import lookup, relationships
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http.context import Site, site
from fedcomm.http.finding import WITHIN_S, Finder
from fedcomm.http.forms import query, read
from fedcomm.http.pages import member_page, page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show, texts
from fedcomm.looks.posts import post_path
from fedcomm.looks.shown import AccountCard, GroupHead
from fedcomm.network import peers
from fedcomm.threads import reading
from fedcomm.threads.model import Post
from fedcomm.web import group_page

LONGEST = 2_000
_HANDLE = re.compile(r"(?:acct:)?@?([\w.-]{1,100})@([\w.:\[\]-]{1,255})\Z")
_SERVER = re.compile(r"(?:https?://)?(?:@?([\w.-]{1,100})@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::\d{1,5})?)/?\Z")


class FindForm(msgspec.Struct):
    """What to look for."""

    address: str = ""


class InteractForm(msgspec.Struct):
    """What to follow or answer, and where the reader's own account is."""

    uri: str = ""
    server: str = ""


@member_page
async def find(request: Request) -> Response:
    """Enter an address, see who it is."""
    return await _found(request, query(request, FindForm).address, "")


@member_page
async def authorize_interaction(request: Request) -> Response:
    """Somebody was sent here by another server's page, to follow or answer with their account here."""
    return await _found(request, query(request, InteractForm).uri, "#reply")


async def _found(request: Request, typed: str, anchor: str) -> Response:
    here = site(request)
    address = typed.strip()
    me = signed_in(request).account
    thing = await _look_up(here, address) if 0 < len(address) <= LONGEST else None
    if not isinstance(thing, Post):
        return await _result(request, address, thing)
    async with here.read() as db:
        post = await reading.by_id(db, thing.id, me.id)
        author = (await lookup.by_ids(db, [post.author_id]))[post.author_id]
    return RedirectResponse(post_path(post, author) + anchor, 303)


async def _result(request: Request, address: str, account: Account | None = None) -> Response:
    here = site(request)
    me = signed_in(request).account
    _ = await texts(request)
    group: GroupHead | None = None
    person: AccountCard | None = None
    is_following = False
    errors: dict[str, str] = {}
    if account is None and address:
        errors["address"] = _("Nothing was found at this address. Is it complete, and is that server running?")
    elif account is not None and account.is_group:
        async with here.read() as db:
            group = await group_page.head_of(db, account, me, now=site(request).now())
    elif account is not None:
        person = cards.account_card(account)
        async with here.read() as db:
            stand = (await relationships.between(db, me.id, [account.id]))[account.id]
        is_following = stand.is_following or stand.is_requested
    return await show(
        request,
        "find.html",
        status=404 if errors else 200,
        form={"address": address},
        errors=errors,
        group=group,
        person=person,
        person_bio_html=account.bio_html if account and person else "",
        is_following=is_following,
        is_hidden_from_search=True,
    )


async def _look_up(here: Site, address: str) -> Account | Post | None:
    """What an address names: known here, or asked of the server where it lives."""
    known = await _known(here, address)
    if known is not None or not here.has(Finder):
        return known
    found = await here.service(Finder).search(address)
    if isinstance(found, Account):
        async with here.read() as db:
            if found.state != "active" or await peers.is_suspended(db, found.authority):
                return None
    return found


async def _known(here: Site, address: str) -> Account | Post | None:
    handle = _HANDLE.match(address)
    async with here.read() as db:
        if handle is not None:
            found = await lookup.by_handle(db, handle[1], handle[2])
        elif address.startswith(("http://", "https://")):
            post = await reading.by_url(db, address, None)
            if post is not None:
                return post
            found = await lookup.by_uri(db, address) or await _by_page(db, here, address)
        else:
            found = await lookup.local(db, address.lstrip("@"))
        if found is None or found.state != "active" or found.kind == "application":
            return None
        return None if await peers.is_suspended(db, found.authority) else found


async def _by_page(db: Connection, here: Site, address: str) -> Account | None:
    """The account whose page of ours an address is."""
    if not here.here.is_ours(address):
        return None
    path = urlsplit(address).path
    if not path.startswith("/@"):
        return None
    name, _, host = path[2:].strip("/").partition("@")
    return await lookup.by_handle(db, name, host or here.here.domain)


@page
async def interact_page(request: Request) -> Response:
    """Ask a visitor for their own server."""
    return await _interact(request, query(request, InteractForm).uri, "", {})


@page
async def interact(request: Request) -> Response:
    """Show the way to the visitor's own server: a link, not a redirect, so that they see where it leads (S130)."""
    form = await read(request, InteractForm)
    _ = await texts(request)
    server = _SERVER.match(form.server.strip())
    if server is None:
        wrong = _("Please enter an address like @you@mastodon.example, or the name of your server.")
        return await _interact(request, form.uri, form.server, {"server": wrong}, status=422)
    await _named(request, form.uri)
    target = await _way_in(site(request), server[1], server[2].lower(), form.uri)
    return await show(
        request,
        "leaving.html",
        target_url=target,
        target_host=urlsplit(target).netloc.lower(),
        is_hidden_from_search=True,
    )


async def _way_in(here: Site, name: str | None, host: str, uri: str) -> str:
    """Where the visitor's own server lets them follow or answer: as it says itself, else where most have it."""
    found: str | None = None
    if name and here.has(Finder):
        try:
            async with asyncio.timeout(WITHIN_S):
                found = await here.service(Finder).way_in(f"{name}@{host}", uri)
        except TimeoutError:
            found = None  # who does not answer in time is taken for one who says nothing
    scheme = "http" if here.config.dev and _is_local(host) else "https"
    return found or f"{scheme}://{host}/authorize_interaction?uri={quote(uri, safe='')}"


def _is_local(server: str) -> bool:
    host = server.rpartition(":")[0] or server
    return host in ("localhost", "127.0.0.1")


async def _named(request: Request, uri: str) -> tuple[str, str]:
    """The name of what is to be followed or answered, and which of the two. Raises NotFound: only what is ours."""
    here = site(request)
    thing = await _known(here, uri.strip()) if 0 < len(uri) <= LONGEST else None
    if isinstance(thing, Post):
        async with here.read() as db:
            author = await lookup.by_id(db, thing.author_id)
        return thing.title or (author.shown_name if author else ""), "reply"
    if thing is None:
        raise NotFound
    return f"{thing.shown_name} ({thing.full_handle})", "follow"


async def _interact(request: Request, uri: str, server: str, errors: dict[str, str], *, status: int = 200) -> Response:
    what, verb = await _named(request, uri)
    return await show(
        request,
        "interact.html",
        status=status,
        form={"server": server},
        errors=errors,
        uri=uri,
        what=what,
        verb=verb,
        is_hidden_from_search=True,
    )


routes = [
    Route("/find", find),
    Route("/authorize_interaction", authorize_interaction),
    Route("/interact", interact_page),
    Route("/interact", interact, methods=["POST"]),
]
