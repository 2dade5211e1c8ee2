"""Lists of other instances: ours as files for others; theirs looked at, taken over, and taken back."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid
from fedcomm.http import csv_files, shared_lists
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in, small_files
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import ChangeLine, PeerListLine, SubscriptionLine
from fedcomm.network import list_files, lists, subscriptions
from fedcomm.network.lists import Change, PeerList
from fedcomm.network.subscriptions import Subscription
from fedcomm.text import cleaning

MOST_SHOWN = 500
FIRST_STEPS = 3
"""So many steps are taken while somebody waits; what is left goes on by itself."""


class ListForm(msgspec.Struct):
    """What kind of list the file is, and how somebody calls it."""

    kind: Literal["blocks", "allows"] = "blocks"
    name: str = ""


class ApplyForm(msgspec.Struct):
    """Which servers of the list are left out, and that others' follows may fall silent."""

    leave_out: list[str] = []
    is_sure: str = ""


@admin_page("manage peers")
async def page(request: Request) -> Response:
    """Our lists to take along, a form for others', and those that were read."""
    return await _page(request, {})


async def _page(request: Request, errors: dict[str, str], *, status: int = 200) -> Response:
    async with site(request).read() as db:
        found = await lists.newest(db)
        subscribed = await subscriptions.all_of_them(db)
    return await show(
        request,
        "admin/peer_lists.html",
        status=status,
        lists=[list_line(each) for each in found],
        subscriptions=[subscription_line(each) for each in subscribed],
        errors=errors,
        form={"kind": "blocks"},
    )


def list_line(found: PeerList) -> PeerListLine:
    return PeerListLine(
        id=found.id,
        name=found.name,
        state=found.state,
        entries_count=len(found.entries),
        changed_count=len(found.before),
        done_count=found.done_count,
        all_count=len(found.before) if found.state == "undoing" else len(found.entries),
        created_at=found.created_at,
        subscription_id=found.subscription_id,
        is_automatic=found.is_automatic,
    )


def subscription_line(mine: Subscription) -> SubscriptionLine:
    """A subscribed list, as pages show it."""
    return SubscriptionLine(
        id=mine.id,
        name=mine.name,
        url=mine.url,
        hardest=mine.hardest,
        is_automatic=mine.is_automatic,
        entries_count=len(mine.wanted),
        left_out=tuple(sorted(mine.left_out)),
        problem=mine.problem,
        read_at=mine.read_at,
        changed_at=mine.changed_at,
        due_at=mine.due_at,
    )


@admin_page("manage peers")
async def propose(request: Request) -> Response:
    """Read a file; what it would change is shown, and nothing is changed."""
    here, form = site(request), await read(request, ListForm)
    _ = await texts(request)
    try:
        body = small_files(request).get("list", b"")
        if not body:
            raise Invalid("Please choose a file.", field="list")
        found = list_files.read(body, form.kind, own=here.here.authority)
    except Invalid as refused:
        return await _page(request, errors_of(refused, _), status=422)
    name = cleaning.one_line(form.name, 100) or _("List")
    async with here.transaction(wakes=()) as db:
        made = await lists.propose(db, signed_in(request).account.id, name, found, now=here.now())
    return then(request, f"/admin/peers/lists/{made.id}")


@admin_page("manage peers")
async def look(request: Request) -> Response:
    """What a list would change, or has changed. Raises NotFound."""
    return await _look(request, {})


async def _look(
    request: Request, errors: dict[str, str], *, leaving_out: Sequence[str] = (), status: int = 200
) -> Response:
    async with site(request).read() as db:
        found = await lists.by_id(db, int(request.path_params["id"]))
        changes = await lists.changes(db, found) if found.state == "proposed" else []
        follows = await shared_lists.cut(db, changes)
    changes.sort(key=lambda each: -follows.get(each.authority, 0))
    return await show(
        request,
        "admin/peer_list.html",
        status=status,
        list=list_line(found),
        changes=[_change(each, follows.get(each.authority, 0)) for each in changes[:MOST_SHOWN]],
        changes_count=len(changes),
        follows_count=sum(follows.values()),
        leaving_out=leaving_out,
        errors=errors,
        skipped=found.skipped,
    )


def _change(each: Change, follows_count: int) -> ChangeLine:
    return ChangeLine(
        authority=each.authority,
        was=each.was,
        policy=each.policy,
        reason=each.reason,
        follows_count=follows_count,
    )


@admin_page("manage peers")
async def apply(request: Request) -> Response:
    """Take the list over, step by step; a long one goes on by itself. Never without a word over others' follows."""
    form, list_id = await read(request, ApplyForm), int(request.path_params["id"])
    here, out, _ = site(request), set(form.leave_out), await texts(request)
    if form.is_sure != "yes":
        async with here.read() as db:
            changes = await lists.changes(db, await lists.by_id(db, list_id))
            follows = await shared_lists.cut(db, [each for each in changes if each.authority not in out])
        if follows:
            unsure = {"is_sure": _("Please say that these follows may fall silent, or leave those instances out.")}
            return await _look(request, unsure, leaving_out=form.leave_out, status=422)
    now, me = here.now(), signed_in(request).account.id

    async def take_over(db: Connection) -> None:
        found = await lists.begin(db, me, list_id, form.leave_out, now=now)
        known = {each.authority for each in found.entries}
        await _remember_left_out(db, found, [name for name in form.leave_out if name in known])

    return await _act(request, take_over)


@admin_page("manage peers")
async def undo(request: Request) -> Response:
    """Take the list back: what it changed is as it was, unless somebody has decided otherwise since.

    A subscribed one does not want the same again.
    """
    now, me, list_id = site(request).now(), signed_in(request).account.id, int(request.path_params["id"])

    async def take_back(db: Connection) -> None:
        found = await lists.take_back(db, me, list_id, now=now)
        await _remember_left_out(db, found, [each.authority for each in found.before])

    return await _act(request, take_back)


async def _remember_left_out(db: Connection, found: PeerList, names: Sequence[str]) -> None:
    if found.subscription_id is not None and names:
        await subscriptions.leave_out(db, found.subscription_id, names)


async def _act(request: Request, act: Callable[[Connection], Awaitable[None]]) -> Response:
    here, list_id = site(request), int(request.path_params["id"])
    try:
        async with here.transaction(wakes=()) as db:
            await act(db)
    except Conflict:
        return then(request, f"/admin/peers/lists/{list_id}", "gone")
    await some_steps(here, list_id)
    return then(request, f"/admin/peers/lists/{list_id}", "saved")


async def some_steps(here: Site, list_id: int) -> None:
    """Begin at once with a list that is taken over or back."""
    for _ in range(FIRST_STEPS):
        async with here.transaction() as db:
            if not await lists.go_on(db, now=here.now(), list_id=list_id):
                return


@admin_page("manage peers")
async def throw_away(request: Request) -> Response:
    """Forget a list that was only looked at; of a subscribed one, leave all of this out from now on."""
    back = "/admin/peers/lists"
    try:
        async with site(request).transaction(wakes=()) as db:
            found = await lists.throw_away(db, int(request.path_params["id"]))
            await _remember_left_out(db, found, [each.authority for each in found.entries])
    except Conflict:
        return then(request, back, "gone")
    if found.subscription_id is not None:
        back = f"/admin/peers/subscriptions/{found.subscription_id}"
    return then(request, back, "deleted")


@admin_page("manage peers")
async def blocks(request: Request) -> Response:
    """Whom we limit or suspend, in the columns of Mastodon."""
    async with site(request).read() as db:
        found = await lists.decided(db, ["limited", "suspended"])
    return csv_files.answer("domain_blocks", list_files.BLOCK_COLUMNS, map(list_files.block_row, found))


@admin_page("manage peers")
async def allows(request: Request) -> Response:
    """Whom we allow, in the columns of Mastodon."""
    async with site(request).read() as db:
        found = await lists.decided(db, ["allowed"])
    return csv_files.answer("domain_allows", list_files.ALLOW_COLUMNS, ([each.authority] for each in found))


routes = [
    Route("/admin/peers/lists", page),
    Route("/admin/peers/lists", propose, methods=["POST"]),
    Route("/admin/peers/lists/{id:int}", look),
    Route("/admin/peers/lists/{id:int}/apply", apply, methods=["POST"]),
    Route("/admin/peers/lists/{id:int}/undo", undo, methods=["POST"]),
    Route("/admin/peers/lists/{id:int}/throw_away", throw_away, methods=["POST"]),
    Route("/admin/peers/blocks.csv", blocks),
    Route("/admin/peers/allows.csv", allows),
]
