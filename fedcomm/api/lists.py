"""Lists: one by itself for each group that somebody has joined (D39). Source: methods/lists.

Their title, members and existence follow the group, so changing these is refused with a sentence.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.api.accounts import many
from fedcomm.api.entities import accounts as entities
from fedcomm.errors import Invalid
from fedcomm.groups import lists
from fedcomm.groups.lists import GroupList
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import fields, read
from fedcomm.http.router import Route

REFUSED = "This list belongs to a group. To change who is in it, join or leave the group."


class ListForm(msgspec.Struct):
    """What to change about a list."""

    title: str | None = None
    replies_policy: str | None = None
    exclusive: bool | None = None


@needs("read:lists")
async def show_lists(request: Request) -> Response:
    """One list for each group I have joined."""
    async with site(request).read() as db:
        found = await lists.of_member(db, member(request).account.id)
    return json([entities.group_list(each) for each in found])


@needs("read:lists")
async def show_list(request: Request) -> Response:
    """The list of a group I have joined."""
    async with site(request).read() as db:
        found = await lists.one_of_member(db, member(request).account.id, int(request.path_params["id"]))
    return json(entities.group_list(found))


@needs("write:lists")
async def create_list(request: Request) -> Response:
    """Refused: there are no lists of one's own yet."""
    await fields(request)
    raise Invalid("Lists of your own cannot be made here yet. Each group you join has one by itself.", field="title")


@needs("write:lists")
async def update_list(request: Request) -> Response:
    """Keep a group's threads out of my home, or let them in again."""
    form = await read(request, ListForm)
    here, me, group_id = site(request), member(request).account.id, int(request.path_params["id"])
    async with here.transaction() as db:
        found = await lists.one_of_member(db, me, group_id)
        _refuse_other_changes(found, form)
        if form.exclusive is not None:
            found = await lists.set_exclusive(db, me, group_id, is_exclusive=form.exclusive)
    return json(entities.group_list(found))


def _refuse_other_changes(found: GroupList, form: ListForm) -> None:
    shown = entities.group_list(found)
    if form.title is not None and form.title != shown["title"]:
        raise Invalid("The list of a group is called like the group.", field="title")
    if form.replies_policy is not None and form.replies_policy != shown["replies_policy"]:
        raise Invalid("The list of a group holds its threads, not single replies.", field="replies_policy")


@needs("read:lists")
async def show_members(request: Request) -> Response:
    """Who is in the list: the group."""
    here = site(request)
    async with here.read() as db:
        found = await lists.one_of_member(db, member(request).account.id, int(request.path_params["id"]))
        shown = await finding.by_ids(db, [found.group_id])
    return json(many(here, shown))


@needs("write:lists")
async def refuse_change(request: Request) -> Response:
    """Refused: the list follows the group."""
    async with site(request).read() as db:
        await lists.one_of_member(db, member(request).account.id, int(request.path_params["id"]))
    await fields(request)
    raise Invalid(REFUSED)


routes = [
    Route("/api/v1/lists", show_lists),
    Route("/api/v1/lists", create_list, methods=["POST"]),
    Route("/api/v1/lists/{id:int}", show_list),
    Route("/api/v1/lists/{id:int}", update_list, methods=["PUT", "PATCH"]),
    Route("/api/v1/lists/{id:int}", refuse_change, methods=["DELETE"]),
    Route("/api/v1/lists/{id:int}/accounts", show_members),
    Route("/api/v1/lists/{id:int}/accounts", refuse_change, methods=["POST", "DELETE"]),
]
