"""Being told on this device: the browser's subscription, with the session of our pages, and which notices it is for."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import Invalid
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.notes import then
from fedcomm.notifications import push_subscriptions
from fedcomm.notifications.push_subscriptions import Receiver
from fedcomm.notifications.pushing import Messenger

PAGE = "/settings/notices"


class DeviceForm(msgspec.Struct):
    """Where the browser is reached, its keys, and what it is to be told."""

    endpoint: str = ""
    p256dh: str = ""
    auth: str = ""
    alerts: list[str] = []


@member_page
async def tell(request: Request) -> Response:
    """Tell this browser from now on."""
    here, found = site(request), signed_in(request)
    form = await read(request, DeviceForm)
    origin = here.service(Messenger).origin(form.endpoint)
    try:
        p256dh, auth = push_subscriptions.checked_keys(form.p256dh, form.auth)
        if origin is None:
            raise Invalid("This address cannot be told anything.", field="endpoint")
    except Invalid:
        return then(request, PAGE, "not-told")
    receiver = Receiver(endpoint=form.endpoint, authority=origin, p256dh=p256dh, auth=auth, is_standard=True)
    async with here.transaction(wakes=()) as db:
        await push_subscriptions.tell_browser(
            db, found.account.id, found.session.id, receiver, alerts=form.alerts, now=here.now()
        )
    return then(request, PAGE, "told-here")


@member_page
async def leave(request: Request) -> Response:
    """Tell this browser no more."""
    await read(request, DeviceForm)
    async with site(request).transaction(wakes=()) as db:
        await push_subscriptions.leave_browser(db, signed_in(request).session.id)
    return then(request, PAGE, "not-told-here")


routes = [
    Route(f"{PAGE}/push", tell, methods=["POST"]),
    Route(f"{PAGE}/push/end", leave, methods=["POST"]),
]
