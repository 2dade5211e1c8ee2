"""Whom or what the address of a page names."""

from starlette.requests import Request

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.http.context import site
from fedcomm.http.paging import id_from
from fedcomm.network import peers


async def account(request: Request, db: Connection) -> Account:
    """The person or group of `/@name` or `/@name@host`. Raises NotFound, also for who is not to be seen (S094)."""
    here = site(request).here
    name, _, host = str(request.path_params["handle"]).partition("@")
    found = await lookup.by_handle(db, name, host or here.domain)
    if found is None or found.state != "active" or found.kind == "application":
        raise NotFound
    if not found.is_local and await peers.is_suspended(db, found.authority):
        raise NotFound
    return found


async def author(request: Request, db: Connection) -> Account:
    """Whose post `/@name/<id>` is: as `account`, or the instance itself, which writes to its members."""
    here = site(request).here
    if str(request.path_params["handle"]).lower() == here.domain.replace(":", "_").lower():
        found = await lookup.by_uri(db, here.instance_actor_uri)
        if found is not None:
            return found
    return await account(request, db)


async def group(request: Request, db: Connection) -> Account:
    """The group of `/@name` or `/@name@host`. Raises NotFound."""
    found = await account(request, db)
    if not found.is_group:
        raise NotFound
    return found


async def named(request: Request, db: Connection, typed: str) -> Account:
    """Whom a handle means. Raises Invalid."""
    name, _, host = typed.strip().removeprefix("@").partition("@")
    found = await lookup.by_handle(db, name, host or site(request).here.domain)
    if found is None or found.state == "deleted":
        raise Invalid("Nobody here knows whom you mean.", field="handle")
    return found


def post_id(request: Request) -> int:
    """The post of `/p/<id>/...`."""
    return int(request.path_params["id"])


def id_of(text: str) -> int:
    """An id that a form says. Raises NotFound: forms of ours hold valid ones."""
    try:
        return id_from(text)
    except Invalid as wrong:
        raise NotFound from wrong
