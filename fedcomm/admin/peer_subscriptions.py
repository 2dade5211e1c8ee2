"""Lists of other instances that are followed: subscribed, read now, treated otherwise, and followed no longer."""

from collections.abc import Mapping
from typing import Literal, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.admin.peer_lists import list_line, some_steps, subscription_line
from fedcomm.errors import Conflict, Invalid
from fedcomm.http import shared_lists
from fedcomm.http.context import site
from fedcomm.http.forms import query, read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.network import lists, subscriptions
from fedcomm.network.list_sources import Problem
from fedcomm.text import cleaning

PATH = "/admin/peers/subscriptions"


class SubscriptionForm(msgspec.Struct):
    """Which list, how it is called, and how it is treated."""

    url: str = ""
    name: str = ""
    hardest: Literal["limited", "suspended"] = "suspended"
    taken: Literal["looked at", "by itself"] = "looked at"


class EndForm(msgspec.Struct):
    """What becomes of what a list brought."""

    then: Literal["keep", "back"] = "keep"


@admin_page("manage peers")
async def new(request: Request) -> Response:
    """A form for one more list."""
    return await _new(request, query(request, SubscriptionForm), {})


async def _new(request: Request, form: SubscriptionForm, errors: Mapping[str, str], *, status: int = 200) -> Response:
    typed = cast("dict[str, str]", msgspec.to_builtins(form))
    return await show(request, "admin/peer_subscribe.html", status=status, form=typed, errors=errors)


@admin_page("manage peers")
async def subscribe(request: Request) -> Response:
    """Follow a list: it is read at once, and what it would change is shown before anything does."""
    here, form, _ = site(request), await read(request, SubscriptionForm), await texts(request)
    form.url = form.url.strip()
    if not form.url.startswith(("https://", "http://")) or len(form.url) > subscriptions.LONGEST_URL:
        return await _new(request, form, {"url": _("Please give an address that begins with https://.")}, status=422)
    got = await shared_lists.fetch(here, form.url)
    if isinstance(got, str):
        return await _new(request, form, {"url": told(got, _)}, status=422)
    found, etag = got
    name = cleaning.one_line(form.name, 100) or form.url.partition("://")[2].partition("/")[0][:100]
    now, by = here.now(), signed_in(request).account.id
    try:
        async with here.transaction(wakes=()) as db:
            mine = await subscriptions.subscribe(
                db, by, name, form.url, hardest=form.hardest, is_automatic=form.taken == "by itself", now=now
            )
            await subscriptions.note_read(db, mine.id, found, etag, every=here.durations.lists_read, now=now)
            wanted = await shared_lists.settle(db, mine.id, found, now=now)
    except Invalid as refused:
        return await _new(request, form, errors_of(refused, _), status=422)
    except Conflict as refused:
        return await _new(request, form, {"url": sentence(refused, _)}, status=422)
    return then(request, f"/admin/peers/lists/{wanted.id}" if wanted is not None else f"{PATH}/{mine.id}")


def told(problem: Problem, _: Texts) -> str:
    """Why a list could not be read."""
    return {
        "away": _("There is no answer from there. Please look whether the address is right, or try again later."),
        "refused": _("The other server does not give it to us, or it is too large."),
        "no list": _("What lies there is no list of instances."),
    }[problem]


@admin_page("manage peers")
async def look(request: Request) -> Response:
    """One list: how it is, how it is treated, what it brought. Raises NotFound."""
    _ = await texts(request)
    async with site(request).read() as db:
        mine = await subscriptions.by_id(db, int(request.path_params["id"]))
        versions = await lists.newest(db, subscription_id=mine.id)
        brought_count = await lists.brought_count(db, mine.id)
    return await show(
        request,
        "admin/peer_subscription.html",
        subscription=subscription_line(mine),
        problem=told(mine.problem, _) if mine.problem is not None else "",
        form={"hardest": mine.hardest, "taken": "by itself" if mine.is_automatic else "looked at"},
        lists=[list_line(each) for each in versions],
        brought_count=brought_count,
    )


@admin_page("manage peers")
async def change(request: Request) -> Response:
    """Treat it otherwise; what that changes is to be looked at. Raises NotFound."""
    here, form, mine_id = site(request), await read(request, SubscriptionForm), int(request.path_params["id"])
    now, by = here.now(), signed_in(request).account.id
    async with here.transaction(wakes=()) as db:
        await subscriptions.change(
            db, by, mine_id, hardest=form.hardest, is_automatic=form.taken == "by itself", now=now
        )
        await shared_lists.settle(db, mine_id, None, now=now)
    return then(request, f"{PATH}/{mine_id}", "saved")


@admin_page("manage peers")
async def read_now(request: Request) -> Response:
    """Read it again now; what it wants otherwise is shown. Raises NotFound."""
    mine_id = int(request.path_params["id"])
    wanted = await shared_lists.refresh(site(request), mine_id)
    if wanted is None:
        return then(request, f"{PATH}/{mine_id}", "list-read")
    return then(request, f"/admin/peers/lists/{wanted.id}")


@admin_page("manage peers")
async def ask_again(request: Request) -> Response:
    """Leave nothing of it out any longer. Raises NotFound."""
    here, mine_id = site(request), int(request.path_params["id"])
    async with here.transaction(wakes=()) as db:
        await subscriptions.ask_again(db, signed_in(request).account.id, mine_id, now=here.now())
        await shared_lists.settle(db, mine_id, None, now=here.now())
    return then(request, f"{PATH}/{mine_id}", "saved")


@admin_page("manage peers")
async def end(request: Request) -> Response:
    """Follow it no longer; what it brought stays, or is taken back. Raises NotFound."""
    here, form, mine_id = site(request), await read(request, EndForm), int(request.path_params["id"])
    by = signed_in(request).account.id
    try:
        async with here.transaction(wakes=()) as db:
            back = await subscriptions.unsubscribe(db, by, mine_id, keeps=form.then == "keep", now=here.now())
    except Conflict:
        return then(request, f"{PATH}/{mine_id}", "gone")
    if back is None:
        return then(request, "/admin/peers/lists", "unsubscribed")
    await some_steps(here, back.id)
    return then(request, f"/admin/peers/lists/{back.id}", "unsubscribed")


routes = [
    Route(f"{PATH}/new", new),
    Route(PATH, subscribe, methods=["POST"]),
    Route(PATH + "/{id:int}", look),
    Route(PATH + "/{id:int}", change, methods=["POST"]),
    Route(PATH + "/{id:int}/read", read_now, methods=["POST"]),
    Route(PATH + "/{id:int}/ask_again", ask_again, methods=["POST"]),
    Route(PATH + "/{id:int}/end", end, methods=["POST"]),
]
