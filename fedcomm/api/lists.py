"""Lists: those one makes, and behind them one by itself for each group that one has joined (D39).

Source: Mastodon API documentation, methods/lists. Title, members and existence of a group's list follow the group, so
changing these is refused with a sentence.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding
from fedcomm.accounts import lists as own_lists
from fedcomm.api.accounts import DEFAULT_ACCOUNTS, MOST_ACCOUNTS, many
from fedcomm.api.entities import accounts as entities
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.groups import lists
from fedcomm.groups.lists import GroupList
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor, id_from, link_header
from fedcomm.http.router import Route

REFUSED = "This list belongs to a group. To change who is in it, join or leave the group."


class ListForm(msgspec.Struct):
    """What to say about a list; None leaves it as it is."""

    title: str | None = None
    replies_policy: str | None = None
    exclusive: bool | None = None


class MembersForm(msgspec.Struct):
    """Ids of accounts."""

    account_ids: list[str] = []


@needs("read:lists")
async def show_lists(request: Request) -> Response:
    """My lists, then one for each group I have joined."""
    me = member(request).account.id
    async with site(request).read() as db:
        own = await own_lists.of(db, me)
        groups = await lists.of_member(db, me)
    return json([*map(entities.own_list, own), *map(entities.group_list, groups)])


@needs("read:lists")
async def show_list(request: Request) -> Response:
    """A list of mine, or that of a group I have joined."""
    me, list_id = member(request).account.id, int(request.path_params["id"])
    async with site(request).read() as db:
        own = await own_lists.find(db, me, list_id)
        if own is not None:
            return json(entities.own_list(own))
        return json(entities.group_list(await lists.one_of_member(db, me, list_id)))


@needs("write:lists")
async def create_list(request: Request) -> Response:
    """Make a list without members."""
    form = await read(request, ListForm)
    here = site(request)
    async with here.transaction(wakes=()) as db:
        made = await own_lists.make(
            db,
            member(request).account,
            form.title or "",
            replies_policy=form.replies_policy or "list",
            is_exclusive=bool(form.exclusive),
            now=here.now(),
        )
    return json(entities.own_list(made))


@needs("write:lists")
async def update_list(request: Request) -> Response:
    """Change a list of mine; keep a group's threads out of my home, or let them in again."""
    form = await read(request, ListForm)
    me, list_id = member(request).account, int(request.path_params["id"])
    async with site(request).transaction(wakes=()) as db:
        if await own_lists.find(db, me.id, list_id) is None:
            return await _update_group_list(db, me.id, list_id, form)
        changed = await own_lists.change(
            db, me, list_id, title=form.title, replies_policy=form.replies_policy, is_exclusive=form.exclusive
        )
    return json(entities.own_list(changed))


async def _update_group_list(db: Connection, me: int, group_id: int, form: ListForm) -> Response:
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


@needs("write:lists")
async def remove_list(request: Request) -> Response:
    """Remove a list of mine."""
    me, list_id = member(request).account, int(request.path_params["id"])
    async with site(request).transaction(wakes=()) as db:
        await _check_own(db, me.id, list_id)
        await own_lists.remove(db, me, list_id)
    return nothing()


async def _check_own(db: Connection, me: int, list_id: int) -> own_lists.OwnList:
    """A list of mine. Raises Invalid (it is a group's), NotFound."""
    found = await own_lists.find(db, me, list_id)
    if found is None:
        await lists.one_of_member(db, me, list_id)
        raise Invalid(REFUSED)
    return found


@needs("read:lists")
async def show_members(request: Request) -> Response:
    """Who is in a list, the last one first; in that of a group it is the group. A limit of 0 means all."""
    where = cursor(request, default=DEFAULT_ACCOUNTS, most=MOST_ACCOUNTS)
    everybody = request.query_params.get("limit") == "0"
    here = site(request)
    me, list_id = member(request).account.id, int(request.path_params["id"])
    async with here.read() as db:
        found = await own_lists.find(db, me, list_id)
        if found is None:
            group = await lists.one_of_member(db, me, list_id)
            return json(await many(here, await finding.by_ids(db, [group.group_id])))
        page = await own_lists.members(
            db,
            found,
            below=where.below,
            above=where.above,
            upwards=where.is_upwards,
            limit=None if everybody else where.limit,
        )
        shown = await finding.by_ids(db, [account_id for _, account_id in page])
    around = {} if everybody else link_header(request, [row_id for row_id, _ in page])
    return json(await many(here, shown), headers=around)


@needs("write:lists")
async def add_members(request: Request) -> Response:
    """Put those I follow into a list of mine."""
    form = await read(request, MembersForm)
    here = site(request)
    async with here.transaction(wakes=()) as db:
        found = await _check_own(db, member(request).account.id, int(request.path_params["id"]))
        await own_lists.put(db, found, [id_from(each) for each in form.account_ids], now=here.now())
    return nothing()


@needs("write:lists")
async def remove_members(request: Request) -> Response:
    """Take accounts out of a list of mine."""
    form = await read(request, MembersForm)
    async with site(request).transaction(wakes=()) as db:
        found = await _check_own(db, member(request).account.id, int(request.path_params["id"]))
        await own_lists.take_out(db, found, [id_from(each) for each in form.account_ids])
    return nothing()


@needs("read:lists")
async def lists_with(request: Request) -> Response:
    """Which of my lists an account is in: a group's automatic list has the group in it."""
    me = member(request).account.id
    async with site(request).read() as db:
        account = await finding.by_id(db, int(request.path_params["id"]))
        own = await own_lists.of(db, me, with_id=account.id)
        groups = await lists.of_member(db, me, group_id=account.id)
    return json([*map(entities.own_list, own), *map(entities.group_list, groups)])


routes = [
    Route("/api/v1/lists", show_lists),
    Route("/api/v1/lists", create_list, methods=["POST"]),
    Route("/api/v1/lists/{id:int}", show_list),
    Route("/api/v1/lists/{id:int}", update_list, methods=["PUT", "PATCH"]),
    Route("/api/v1/lists/{id:int}", remove_list, methods=["DELETE"]),
    Route("/api/v1/lists/{id:int}/accounts", show_members),
    Route("/api/v1/lists/{id:int}/accounts", add_members, methods=["POST"]),
    Route("/api/v1/lists/{id:int}/accounts", remove_members, methods=["DELETE"]),
    Route("/api/v1/accounts/{id:int}/lists", lists_with),
]
