"""What an app shows of a notification before it asks for it. Source: Mastodon's payload, as its apps decode it."""

from typing import Any

import orjson

from fedcomm import i18n
from fedcomm.accounts import logins
from fedcomm.api.entities import notifications, own_notices
from fedcomm.errors import NotFound
from fedcomm.http.context import Site
from fedcomm.notifications import push_subscriptions, reading
from fedcomm.notifications.model import OWN_TYPES, PAGES_ONLY, Notification
from fedcomm.notifications.push_queue import Push
from fedcomm.notifications.pushing import Lost
from fedcomm.sealing import Seal
from fedcomm.text.sanitise import to_plain

TOKEN = "push token"  # noqa: S105  # what it is sealed for
LONGEST_TITLE = 120
LONGEST_BODY = 140


async def check_secret(here: Site) -> None:
    """Whether this instance has the secret with which its tokens were sealed (R039). Raises OtherSecret, NoSecret."""
    async with here.read() as db:
        sealed = await push_subscriptions.newest_sealed(db)
    if sealed is not None:
        await here.service(Seal).check(TOKEN, sealed)


class PushTexts:
    """Fulfils `fedcomm.notifications.pushing.Writer`."""

    def __init__(self, here: Site) -> None:
        self._here = here

    async def write(self, push: Push) -> bytes | None:
        """The message; None when it is gone, or kept away from the member meanwhile. Raises Lost."""
        token = await self._token(push)
        async with self._here.read() as db:
            try:
                found = await reading.by_id(db, push.account_id, push.notification_id)
            except NotFound:
                return None
            if found.type in PAGES_ONLY:
                return None
            shown = await notifications.shown_to(db, self._here, push.account_id, [found])
            login = await logins.of(db, push.account_id)
        if not shown:
            return None
        status = orjson.loads(orjson.dumps(shown[0].get("status")))
        if _is_hidden(status):
            return None
        title = _cut(_title(found, shown[0]["account"], login.locale), LONGEST_TITLE)
        body = _cut(_body(shown[0], status), LONGEST_BODY)
        if token is None:
            return orjson.dumps({"title": title, "body": body, "url": _page(status), "tag": str(found.id)})
        return orjson.dumps(
            {
                "access_token": token.decode(),
                "preferred_locale": login.locale,
                "notification_id": found.id,
                "notification_type": OWN_TYPES.get(found.type, found.type),
                "icon": shown[0]["account"]["avatar"],
                "title": title,
                "body": body,
            }
        )

    async def _token(self, push: Push) -> bytes | None:
        """The token that an app looks for; None for a browser. Raises Lost."""
        if push.sealed_token is None:
            return None
        token = await self._here.service(Seal).opened(TOKEN, push.sealed_token)
        if token is None:
            raise Lost("its token was sealed with another secret")
        return token


def _page(status: dict[str, Any] | None) -> str:
    """The page of ours that a notice leads to."""
    return f"/@{status['account']['acct']}/{status['id']}" if status is not None else "/notifications"


def _is_hidden(status: dict[str, Any] | None) -> bool:
    """Whether a filter of the member hides this post among notifications."""
    return status is not None and any(
        met["filter"]["filter_action"] == "hide" and "notifications" in met["filter"]["context"]
        for met in status.get("filtered", ())
    )


def _title(found: Notification, who: dict[str, Any], locale: str) -> str:
    if found.type in OWN_TYPES or found.type in own_notices.RECENT:
        return own_notices.sentence(found.type, who["display_name"] or who["acct"], locale)
    _ = i18n.translator(locale).gettext
    sentences: dict[str, str] = {
        "mention": _("%(name)s mentioned you"),
        "status": _("%(name)s has written something new"),
        "reblog": _("%(name)s passed your post on"),
        "favourite": _("%(name)s liked your post"),
        "follow": _("%(name)s follows you"),
        "follow_request": _("%(name)s would like to follow you"),
        "update": _("%(name)s edited a post you answered or passed on"),
        "poll": _("A poll has ended"),
        "quote": _("%(name)s quoted your post"),
        "quoted_update": _("%(name)s edited a post you quoted"),
        "admin.sign_up": _("%(name)s has signed up"),
        "admin.report": _("%(name)s reported something"),
        "moderation_warning": _("Something was decided about your account"),
    }
    return sentences.get(found.type, _("Something new from %(name)s")) % {"name": who["display_name"] or who["acct"]}


def _body(shown: dict[str, Any], status: dict[str, Any] | None) -> str:
    """The warning of a post and not what it covers, else what it says; of follows who it is; of decisions why."""
    if "moderation_warning" in shown:
        return shown["moderation_warning"]["text"]
    if status is None:
        return to_plain(shown["account"]["note"])
    return status["spoiler_text"] or to_plain(status["content"])


def _cut(text: str, longest: int) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…"
