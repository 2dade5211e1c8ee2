"""Notifications of kinds that only fedcomm has, as apps are told them that know other servers (D42).

An app that says which types it knows gets ours with a text to show instead; every other app the nearest type it knows.
Source: Mastodon API documentation, entities/NotificationFallback; groups-in-clients.md section 3.
"""

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import Any

from fedcomm import i18n
from fedcomm.accounts.model import Account
from fedcomm.notifications.model import OWN_TYPES

RECENT = ("added_to_collection", "collection_update")
"""Types of Mastodon's that many apps do not know yet."""


def told(
    type_: str,
    by: Account,
    supported: Collection[str] | None,
    locale: str,
    about: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The fields `type` and, where it is ours or recent, `fallback`. `supported`: what the app says it knows.

    None: it does not say, and is given no fallback. `about`: the Collection entity that it is about.
    """
    standard = OWN_TYPES.get(type_)
    if standard is None and (supported is None or type_ not in RECENT or type_ in supported):
        return {"type": type_}
    if standard is not None and supported is None:
        return {"type": standard}
    text = escape(sentence(type_, by.shown_name, locale), quote=False)
    more = None if about is None else f'<a href="{escape(about["url"])}">{escape(about["name"], quote=False)}</a>'
    return {"type": type_, "fallback": {"title": text, "summary": None, "details": more, "description": more}}


def sentence(type_: str, name: str, locale: str) -> str:
    """What happened, in the reader's language."""
    _ = i18n.translator(locale).gettext
    sentences = {
        "fedcomm.refused": _("%(name)s does not show your post"),
        "fedcomm.removed": _("%(name)s has taken your post out"),
        "added_to_collection": _("%(name)s recommends you in a collection"),
        "collection_update": _("%(name)s changed a collection that you are in"),
    }
    return sentences[type_] % {"name": name}


def asked_for(types: Sequence[str]) -> list[str]:
    """The types an app names, with ours that it is told as one of them."""
    return [*types, *(ours for ours, standard in OWN_TYPES.items() if standard in types and ours not in types)]
