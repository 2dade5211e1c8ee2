"""The lines that a group of ours shows in its profile, in apps and on other servers (product 4; decisions D39).

Rules, who can post, home; how soon a first reply is promised joins them once groups promise it. What somebody who acts
as the group has written there instead is left alone.
"""

from typing import Any

from fedcomm import i18n, settings
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.groups.model import GroupProfile, PostingRule
from fedcomm.text.sanitise import clean_field


async def of(db: Connection, group: Account, profile: GroupProfile) -> list[dict[str, Any]]:
    """The lines, in the instance's language."""
    return _in(i18n.choose(site=await settings.default_language(db)), group, profile)


def are_own(group: Account, profile: GroupProfile) -> bool:
    """Whether somebody has written other lines for the group."""
    return bool(group.fields) and all(group.fields != _in(each, group, profile) for each in i18n.known_locales())


def _in(locale: str, group: Account, profile: GroupProfile) -> list[dict[str, Any]]:
    texts = i18n.translator(locale)
    _, ngettext = texts.gettext, texts.ngettext
    posting: dict[PostingRule, str] = {
        "members": _("Members"),
        "anyone": _("Anyone"),
        "first post held": _("Members; a first post is looked at beforehand"),
        "all held": _("Members; each post is looked at beforehand"),
        "facilitators": _("Facilitators"),
    }
    count = len(profile.rules)
    rules = ngettext("%(n)s rule", "%(n)s rules", count) % {"n": count}
    home = group.url.partition("/@")[0]
    return [
        _line(_("Rules"), group.url, rules),
        _line(_("Who can post"), "", posting[profile.posting_rule]),
        _line(_("Home"), f"{home}/", group.handle_domain),
    ]


def _line(name: str, url: str, text: str) -> dict[str, Any]:
    shown = clean_field(f'<a href="{url}">{text}</a>' if url else text)
    return {"name": name, "value": url or text, "value_html": shown}
