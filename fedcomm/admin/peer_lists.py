"""Lists of other instances: ours as files for others; theirs looked at, taken over, and taken back."""

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import follows
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid
from fedcomm.http import csv_files
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in, small_files
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import ChangeLine, PeerListLine
from fedcomm.network import list_files, lists
from fedcomm.network.lists import Change, PeerList
from fedcomm.text import cleaning

MOST_SHOWN = 500
FIRST_STEPS = 3
"""So many steps are taken while somebody waits; what is left goes on by itself."""


class ListForm(msgspec.Struct):
    """What kind of list the file is, and how somebody calls it."""

    kind: Literal["blocks", "allows"] = "blocks"
    name: str = ""


class ApplyForm(msgspec.Struct):
    """Which servers of the list are left out."""

    leave_out: list[str] = []


@admin_page("manage peers")
async def page(request: Request) -> Response:
    """Our lists to take along, a form for others', and those that were read."""
    return await _page(request, {})


async def _page(request: Request, errors: dict[str, str], *, status: int = 200) -> Response:
    async with site(request).read() as db:
        found = await lists.newest(db)
    return await show(
        request,
        "admin/peer_lists.html",
        status=status,
        lists=[_line(each) for each in found],
        errors=errors,
        form={"kind": "blocks"},
    )


def _line(found: PeerList) -> PeerListLine:
    return PeerListLine(
        id=found.id,
        name=found.name,
        state=found.state,
        entries_count=len(found.entries),
        changed_count=len(found.before),
        done_count=found.done_count,
        all_count=len(found.before) if found.state == "undoing" else len(found.entries),
        created_at=found.created_at,
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
    async with site(request).read() as db:
        found = await lists.by_id(db, int(request.path_params["id"]))
        changes = await lists.changes(db, found) if found.state == "proposed" else []
        shown = await _with_follows(db, changes)
    shown.sort(key=lambda each: -each.follows_count)
    return await show(
        request,
        "admin/peer_list.html",
        list=_line(found),
        changes=shown[:MOST_SHOWN],
        changes_count=len(shown),
        follows_count=sum(each.follows_count for each in shown),
        skipped=found.skipped,
    )


async def _with_follows(db: Connection, changes: list[Change]) -> list[ChangeLine]:
    """The changes, with how many follows would fall silent: none where a server is only limited."""
    shut = [each.authority for each in changes if each.policy == "suspended"]
    below = await lists.known_below(db, shut)
    counts = await follows.across(db, [known for all_known in below.values() for known in all_known])
    return [
        ChangeLine(
            authority=each.authority,
            was=each.was,
            policy=each.policy,
            reason=each.reason,
            follows_count=sum(counts.get(known, 0) for known in below.get(each.authority, ())),
        )
        for each in changes
    ]


@admin_page("manage peers")
async def apply(request: Request) -> Response:
    """Take the list over, step by step; a long one goes on by itself."""
    left_out = (await read(request, ApplyForm)).leave_out
    now, me = site(request).now(), signed_in(request).account.id
    return await _act(request, lambda db, list_id: lists.begin(db, me, list_id, left_out, now=now))


@admin_page("manage peers")
async def undo(request: Request) -> Response:
    """Take the list back: what it changed is as it was, unless somebody has decided otherwise since."""
    now, me = site(request).now(), signed_in(request).account.id
    return await _act(request, lambda db, list_id: lists.take_back(db, me, list_id, now=now))


async def _act(request: Request, act: Callable[[Connection, int], Awaitable[None]]) -> Response:
    here, list_id = site(request), int(request.path_params["id"])
    try:
        async with here.transaction(wakes=()) as db:
            await act(db, list_id)
    except Conflict:
        return then(request, f"/admin/peers/lists/{list_id}", "gone")
    await _some_steps(here, list_id)
    return then(request, f"/admin/peers/lists/{list_id}", "saved")


async def _some_steps(here: Site, list_id: int) -> None:
    for _ in range(FIRST_STEPS):
        async with here.transaction() as db:
            if not await lists.go_on(db, now=here.now(), list_id=list_id):
                return


@admin_page("manage peers")
async def throw_away(request: Request) -> Response:
    """Forget a list that was only looked at."""
    try:
        async with site(request).transaction(wakes=()) as db:
            await lists.throw_away(db, int(request.path_params["id"]))
    except Conflict:
        return then(request, "/admin/peers/lists", "gone")
    return then(request, "/admin/peers/lists", "deleted")


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
