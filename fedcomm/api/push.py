"""Being told of notifications while no app is open. Source: Mastodon API documentation, methods/push."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api.push_texts import TOKEN
from fedcomm.errors import Invalid
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import grant, member, needs, token_of
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.router import Route
from fedcomm.notifications import push_subscriptions
from fedcomm.notifications.push_subscriptions import ALERTS, Policy, Receiver, Subscription
from fedcomm.notifications.pushing import Messenger
from fedcomm.notifications.vapid import Vapid
from fedcomm.sealing import Seal


class Keys(msgspec.Struct):
    """The app's public key and its secret, in base64."""

    p256dh: str
    auth: str


class Where(msgspec.Struct):
    """Where the app is reached."""

    endpoint: str
    keys: Keys
    standard: bool = False


class Data(msgspec.Struct):
    """What the app is told."""

    alerts: dict[str, bool | None] = {}
    policy: Policy | None = None


class SubscriptionForm(msgspec.Struct):
    """A new subscription."""

    subscription: Where
    data: Data | None = None
    policy: Policy | None = None


class ChangeForm(msgspec.Struct):
    """What a subscription is to tell."""

    data: Data | None = None
    policy: Policy | None = None


def _wanted(data: Data | None) -> list[str]:
    return [name for name, is_on in data.alerts.items() if is_on] if data else []


async def _entity(here: Site, found: Subscription) -> dict[str, Any]:
    """The WebPushSubscription entity. Clients read its id as a number of 32 bit; nothing is asked for by it."""
    return {
        "id": (found.id >> 16) % 2**31,
        "endpoint": found.endpoint,
        "standard": found.is_standard,
        "alerts": {name: name in found.alerts for name in ALERTS},
        "policy": found.policy,
        "server_key": await here.service(Vapid).public_key(now=here.now()),
    }


@needs("push")
async def subscribe(request: Request) -> Response:
    """Tell this app from now on."""
    form, here = await read(request, SubscriptionForm), site(request)
    if member(request).person_id is not None:  # what reaches a device outlives a role
        raise Invalid("A group is not told on devices.", field="subscription")
    p256dh, auth = push_subscriptions.checked_keys(form.subscription.keys.p256dh, form.subscription.keys.auth)
    origin = here.service(Messenger).origin(form.subscription.endpoint)
    if origin is None:
        raise Invalid("Validation failed: Endpoint is not a valid URL", field="subscription")
    value = token_of(request)
    assert value is not None
    sealed = await here.service(Seal).sealed(TOKEN, value.encode())
    async with here.transaction(wakes=()) as db:
        found = await push_subscriptions.subscribe(
            db,
            member(request).account.id,
            grant(request).id,
            Receiver(
                endpoint=form.subscription.endpoint,
                authority=origin,
                p256dh=p256dh,
                auth=auth,
                is_standard=form.subscription.standard,
            ),
            sealed_token=sealed,
            alerts=_wanted(form.data),
            policy=(form.data.policy if form.data else None) or form.policy or "all",
            now=here.now(),
        )
    return json(await _entity(here, found))


@needs("push")
async def show_subscription(request: Request) -> Response:
    """What this app is told; 404 when it is not."""
    here = site(request)
    async with here.read() as db:
        found = await push_subscriptions.of_token(db, grant(request).id)
    return json(await _entity(here, found))


@needs("push")
async def change_subscription(request: Request) -> Response:
    """Change what this app is told: the alerts that are not named are switched off."""
    form, here = await read(request, ChangeForm), site(request)
    async with here.transaction(wakes=()) as db:
        found = await push_subscriptions.change(
            db,
            grant(request).id,
            alerts=_wanted(form.data) if form.data is not None else None,
            policy=(form.data.policy if form.data else None) or form.policy,
            now=here.now(),
        )
    return json(await _entity(here, found))


@needs("push")
async def unsubscribe(request: Request) -> Response:
    """Tell this app no more."""
    async with site(request).transaction(wakes=()) as db:
        await push_subscriptions.end(db, grant(request).id)
    return nothing()


routes = [
    Route("/api/v1/push/subscription", subscribe, methods=["POST"]),
    Route("/api/v1/push/subscription", show_subscription),
    Route("/api/v1/push/subscription", change_subscription, methods=["PUT", "PATCH"]),
    Route("/api/v1/push/subscription", unsubscribe, methods=["DELETE"]),
]
