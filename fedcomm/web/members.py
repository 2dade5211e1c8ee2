"""Who takes part in a group, and giving members another role (product 4, 26)."""

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.groups import membership
from fedcomm.groups import reading as groups
from fedcomm.groups.model import Membership, Role
from fedcomm.http import paging
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import sentence
from fedcomm.looks.shown import Choice, MemberLine
from fedcomm.permissions import may
from fedcomm.search import members as finding
from fedcomm.web import addressed

PAGE = 50
GIVEN: tuple[Role, ...] = ("facilitator", "moderator", "member")
"""The roles that a facilitator gives on the page."""


class RoleForm(msgspec.Struct):
    """Who is to be what in the group."""

    account: str = ""
    role: str = ""


def _named(_: Texts) -> dict[Role, str]:
    return {
        "facilitator": _("Facilitator: looks after the group and its settings"),
        "moderator": _("Moderator: keeps the rules"),
        "member": _("Member"),
    }


def _given(text: str) -> Role | None:
    return next((each for each in GIVEN if each == text), None)


async def _group(request: Request, db: Connection) -> Account:
    """A group of ours that the reader may know of. Raises NotFound."""
    group = await addressed.group(request, db)
    if not group.is_local or not await groups.may_know_of(db, group.id, signed_in(request).account.id):
        raise NotFound
    return group


@member_page
async def members_page(request: Request) -> Response:
    """The members, newest first; found by name or handle, and by their role."""
    return await _page(request, {})


async def _page(request: Request, errors: Mapping[str, str], *, status: int = 200) -> Response:
    me, _ = signed_in(request).account, await texts(request)
    query, wanted = request.query_params.get("q", "")[: finding.LONGEST], _given(request.query_params.get("role", ""))
    offset = paging.offset(request)
    async with site(request).read() as db:
        group = await _group(request, db)
        found = await finding.members(db, group.id, query, role=wanted, limit=PAGE + 1, offset=offset)
        lines = await _lines(db, found[:PAGE])
        mine = await membership.role(db, group.id, me.id)
        profile = await groups.profile(db, group.id)
    kept = {name: value for name, value in (("q", query), ("role", wanted or "")) if value}
    newer = {**kept, "offset": max(offset - PAGE, 0)} if offset > PAGE else kept
    return await show(
        request,
        "group_members.html",
        status=status,
        group=cards.group_card(group, profile),
        lines=lines,
        query=query,
        role_asked=wanted or "",
        roles=tuple(Choice(value=each, label=label) for each, label in _named(_).items()),
        may_appoint=may(mine, "appoint roles"),
        may_ban=may(mine, "ban people"),
        errors=errors,
        newer_url="?" + urlencode(newer) if offset else None,
        older_url="?" + urlencode({**kept, "offset": offset + PAGE}) if len(found) > PAGE else None,
    )


async def _lines(db: Connection, found: list[Membership]) -> tuple[MemberLine, ...]:
    people = await lookup.by_ids(db, [each.member_id for each in found])
    return tuple(
        MemberLine(account=cards.account_card(people[each.member_id], each.role), role=each.role, since=each.created_at)
        for each in found
        if each.member_id in people
    )


@member_page
async def appoint(request: Request) -> Response:
    """Give a member another role; what stands in the way is said above the list."""
    here, me, form = site(request), signed_in(request).account, await read(request, RoleForm)
    try:
        async with here.transaction() as db:
            group = await _group(request, db)
            role = _given(form.role)
            if role is None:
                raise Invalid("Say which role.")
            await membership.appoint(db, me, group, addressed.id_of(form.account), role, now=here.now())
    except (Conflict, Invalid) as refused:
        return await _page(request, {"": sentence(refused, await texts(request))}, status=422)
    return then(request, f"{cards.account_path(group)}/members", "appointed")


routes = [
    Route("/@{handle}/members", members_page),
    Route("/@{handle}/members/role", appoint, methods=["POST"]),
]
