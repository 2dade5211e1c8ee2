"""Other instances and what ours lets them do (decisions D20, D58)."""

from collections.abc import Mapping
from typing import Literal, cast
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.looks.shown import PeerLine
from fedcomm.network import lists, peers

PAGE = 50


class PageForm(msgspec.Struct):
    """Which instances to show: those whose name holds `q`, behind `after`."""

    q: str = ""
    after: str = ""


class PolicyForm(msgspec.Struct):
    """What is decided about an instance, and why."""

    authority: str = ""
    policy: Literal["default", "allowed", "limited", "suspended"] = "default"
    note: str = ""


@admin_page("manage peers")
async def page(request: Request) -> Response:
    """All known instances by name, or those whose name holds what was searched for."""
    return await _page(request, {}, {})


@admin_page("manage peers")
async def decide(request: Request) -> Response:
    """Decide about an instance; what follows begins at once."""
    here = site(request)
    form = await read(request, PolicyForm)
    _ = await texts(request)
    by_id = signed_in(request).account.id
    try:
        async with here.transaction() as db:
            await _decide(db, by_id, form, request)
    except Invalid as refused:
        typed = cast("dict[str, str]", msgspec.to_builtins(form))
        return await _page(request, typed, {"authority": sentence(refused, _)}, status=422)
    return then(request, "/admin/peers", "saved")


async def _decide(db: Connection, by_id: int, form: PolicyForm, request: Request) -> None:
    now = site(request).now()
    verbs = {
        "default": peers.restore,
        "allowed": peers.allow,
        "limited": peers.limit,
        "suspended": peers.suspend,
    }
    await verbs[form.policy](db, by_id, form.authority, form.note.strip()[:500], now=now)


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200) -> Response:
    here = site(request)
    wanted = query(request, PageForm) if request.method == "GET" else PageForm()
    after, name = wanted.after[:300], wanted.q.strip()[:200]
    async with here.read() as db:
        found = await peers.page(db, containing=name.lower(), after=after, limit=PAGE + 1)
        known = await peers.accounts_known(db, [peer.authority for peer in found])
        deciders = await lookup.by_ids(db, [each.policy_by_id for each in found if each.policy_by_id is not None])
        handles = {account_id: account.handle for account_id, account in deciders.items()}
        brought = await lists.names(db, [each.policy_list_id for each in found if each.policy_list_id is not None])
    kept = {"q": name} if name else {}
    older = "?" + urlencode({**kept, "after": found[PAGE - 1].authority}) if len(found) > PAGE else None
    return await show(
        request,
        "admin/peers.html",
        status=status,
        peers=[_line(peer, known.get(peer.authority, 0), handles, brought) for peer in found[:PAGE]],
        form=form,
        errors=errors,
        federation=here.settings.federation,
        query=name,
        newer_url="?" + urlencode(kept) if after else None,
        older_url=older,
    )


def _line(peer: peers.Peer, accounts_count: int, handles: Mapping[int, str], brought: Mapping[int, str]) -> PeerLine:
    return PeerLine(
        authority=peer.authority,
        policy=peer.policy,
        software=" ".join(part for part in (peer.software_name, peer.software_version) if part),
        accounts_count=accounts_count,
        last_heard_at=peer.last_inbound_at,
        note=peer.policy_reason,
        waiting_count=peer.waiting,
        decided_at=peer.policy_at if peer.policy != "default" else None,
        decided_by=handles.get(peer.policy_by_id, "") if peer.policy_by_id is not None else "",
        list_id=peer.policy_list_id if peer.policy_list_id in brought else None,
        list_name=brought.get(peer.policy_list_id, "") if peer.policy_list_id is not None else "",
    )


routes = [
    Route("/admin/peers", page),
    Route("/admin/peers", decide, methods=["POST"]),
]
