"""Notifications of kinds that only fedcomm has, as apps are told them that know other servers (D42).

An app that says which types it knows gets ours with a text to show instead; every other app the nearest type it knows.
Source: Mastodon API documentation, entities/NotificationFallback; groups-in-clients.md section 3.
"""

from collections.abc import Collection, Sequence
from html import escape
from typing import Any

from fedcomm import i18n
from fedcomm.accounts.model import Account
from fedcomm.notifications.model import OWN_TYPES


def told(type_: str, by: Account, supported: Collection[str] | None, locale: str) -> dict[str, Any]:
    """The fields `type` and, where it is ours, `fallback`. `supported`: what the app says it knows; None: nothing."""
    standard = OWN_TYPES.get(type_)
    if standard is None:
        return {"type": type_}
    if supported is None:
        return {"type": standard}
    text = escape(sentence(type_, by.shown_name, locale), quote=False)
    return {"type": type_, "fallback": {"title": text, "summary": None, "details": None, "description": None}}


def sentence(type_: str, name: str, locale: str) -> str:
    """What happened, in the reader's language."""
    _ = i18n.translator(locale).gettext
    sentences = {
        "fedcomm.refused": _("%(name)s does not show your post"),
        "fedcomm.removed": _("%(name)s has taken your post out"),
    }
    return sentences[type_] % {"name": name}


def asked_for(types: Sequence[str]) -> list[str]:
    """The types an app names, with ours that it is told as one of them."""
    return [*types, *(ours for ours, standard in OWN_TYPES.items() if standard in types and ours not in types)]
