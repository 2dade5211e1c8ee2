"""The directory of groups, and founding one."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Invalid
from fedcomm.groups import founding
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, page, signed_in, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.permissions import may_here
from fedcomm.web.paging import Paged, cursor

MOST_ELSEWHERE = 24


class GroupForm(msgspec.Struct):
    """A new group."""

    name: str = ""
    handle: str = ""
    purpose: str = ""
    for_whom: str = ""


@page
async def directory(request: Request) -> Response:
    """One's own groups, those of this instance, and those of others that somebody here has met."""
    me, asked = await visitor(request), cursor(request)
    viewer_id = me.account.id if me else None
    async with site(request).read() as db:
        joined = await groups.joined(db, viewer_id) if viewer_id is not None else []
        mine = {group.id for group in joined}
        here = await groups.here(
            db, viewer_id=viewer_id, limit=asked.limit, without=mine, after=asked.max_id, before=asked.min_id
        )
        around = Paged(request, [each.id for each in here], asked)
        is_first = around.newer_url is None
        elsewhere = await groups.elsewhere(db, limit=MOST_ELSEWHERE + len(mine)) if me and is_first else []
        others = [group for group in elsewhere if group.id not in mine][:MOST_ELSEWHERE]
        mine_shown = await cards.group_cards(db, joined if is_first else [], viewer_id)
        here_shown = await cards.group_cards(db, here[around.first : around.last], viewer_id)
        others_shown = await cards.group_cards(db, others, viewer_id)
    may_create = me is not None and may_here(me.login.role, "create group")
    return await show(
        request,
        "groups.html",
        mine=mine_shown,
        others=here_shown,
        elsewhere=others_shown,
        may_create=may_create,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@member_page
async def new_group_page(request: Request) -> Response:
    """The form."""
    return await show(request, "new_group.html", form={}, errors={})


@member_page
async def create_group(request: Request) -> Response:
    """Found a group; who does is its first facilitator."""
    here = site(request)
    form = await read(request, GroupForm)
    _ = await texts(request)
    try:
        async with here.transaction() as db:
            group = await founding.create(
                db,
                here.here,
                signed_in(request).account,
                form.handle,
                form.name,
                form.purpose,
                for_whom=form.for_whom,
                now=here.now(),
            )
    except Invalid as refused:
        errors = errors_of(refused, _, {"username": "handle"})
        return await show(request, "new_group.html", status=422, form=msgspec.to_builtins(form), errors=errors)
    return then(request, cards.account_path(group), "group-made")


routes = [
    Route("/groups", directory),
    Route("/new_group", new_group_page),
    Route("/new_group", create_group, methods=["POST"]),
]
