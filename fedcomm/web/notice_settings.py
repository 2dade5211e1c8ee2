"""Whose notices a member accepts, and who waits to be let through (product 14; Mastodon's notification policy)."""

from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import logins, lookup
from fedcomm.cursor import Cursor
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.shown import Choice, WaitingNotices
from fedcomm.notifications import policy, push_subscriptions, requests
from fedcomm.notifications.policy import Wish
from fedcomm.notifications.vapid import Vapid
from fedcomm.web import addressed

MOST_SHOWN = 80
CHOICES = ("mention", "status", "favourite", "reblog", "follow", "poll")
"""What a device may be told of; the rest is among the notices."""


class PolicyForm(msgspec.Struct):
    """What happens with the notices of those who ..."""

    for_not_following: Wish = "accept"
    for_not_followers: Wish = "accept"
    for_new_accounts: Wish = "accept"
    for_private_mentions: Wish = "accept"
    for_limited_accounts: Wish = "accept"
    for_bots: Wish = "accept"


class MailForm(msgspec.Struct):
    """What is mailed; empty: no."""

    held: str = ""


class RequestForm(msgspec.Struct):
    """Which request."""

    request: str = ""


@member_page
async def notices_page(request: Request) -> Response:
    """The form, and who waits."""
    me = signed_in(request).account
    _ = await texts(request)
    async with site(request).read() as db:
        found = await policy.of(db, me.id)
        page = await requests.page(db, me.id, cursor=Cursor(limit=MOST_SHOWN))
        people = await lookup.by_ids(db, [each.from_account_id for each in page])
        alerts = await push_subscriptions.alerts_of_browser(db, signed_in(request).session.id)
    return await show(
        request,
        "settings/notices.html",
        form=cast("dict[str, object]", msgspec.to_builtins(found)),
        errors={},
        server_key=await site(request).service(Vapid).public_key(now=site(request).now()),
        is_told=alerts is not None,
        alerts=[each for each in CHOICES if each in (CHOICES if alerts is None else alerts)],
        wants_held_mail=signed_in(request).login.wants_held_mail,
        wishes=(
            Choice(value="accept", label=_("Accept")),
            Choice(value="filter", label=_("Let them wait until I decide")),
            Choice(value="drop", label=_("Ignore")),
        ),
        waiting=[
            WaitingNotices(
                id=each.id,
                account=cards.account_card(people[each.from_account_id]),
                count=each.count,
                newest_at=each.updated_at,
            )
            for each in page
            if each.from_account_id in people
        ],
    )


@member_page
async def save_policy(request: Request) -> Response:
    """Accept others from now on."""
    form, here = await read(request, PolicyForm), site(request)
    async with here.transaction(wakes=()) as db:
        await policy.change(db, signed_in(request).account.id, msgspec.to_builtins(form), now=here.now())
    return then(request, "/settings/notices", "saved")


@member_page
async def save_mail(request: Request) -> Response:
    """Be mailed when posts wait, or not."""
    form = await read(request, MailForm)
    async with site(request).transaction(wakes=()) as db:
        await logins.want_held_mail(db, signed_in(request).account.id, is_wanted=form.held == "yes")
    return then(request, "/settings/notices", "saved")


@member_page
async def accept_request(request: Request) -> Response:
    """Let somebody's notices through, now and later."""
    form, here = await read(request, RequestForm), site(request)
    async with here.transaction(wakes=()) as db:
        found = await requests.accept(
            db, signed_in(request).account.id, [addressed.id_of(form.request)], now=here.now()
        )
    return then(request, "/settings/notices", "saved" if found else "gone")


@member_page
async def dismiss_request(request: Request) -> Response:
    """Take away what waits of somebody."""
    form = await read(request, RequestForm)
    async with site(request).transaction(wakes=()) as db:
        found = await requests.dismiss(db, signed_in(request).account.id, [addressed.id_of(form.request)])
    return then(request, "/settings/notices", "saved" if found else "gone")


routes = [
    Route("/settings/notices", notices_page),
    Route("/settings/notices", save_policy, methods=["POST"]),
    Route("/settings/notices/mail", save_mail, methods=["POST"]),
    Route("/settings/notices/accept", accept_request, methods=["POST"]),
    Route("/settings/notices/dismiss", dismiss_request, methods=["POST"]),
]
