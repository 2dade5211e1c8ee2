"""When, where and whether an event of others takes place, as lines below its text (FEP-8a8e; federation.md 2.6).

Nobody takes part from here yet; who wants to goes to the event's own page, which is linked.
"""

import html
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fedcomm import i18n
from federation.vocabulary.objects import EventDetails, Post


def shown(post: Post, language: str | None) -> Iterable[str]:
    """Paragraphs, in the language of the post where we have it; none for what is no event."""
    event = post.event
    if event is None:
        return
    state = _state(event, language)
    if state:
        yield f"<p><strong>{html.escape(state)}</strong></p>"
    line = ", ".join(part for part in (_times(event), event.place) if part)
    if line:
        yield f"<p>{html.escape(line)}</p>"
    for url in dict.fromkeys(event.links):
        if url not in post.content:
            yield f'<p><a href="{html.escape(url, quote=True)}">{html.escape(url.partition("://")[2])}</a></p>'


def _state(event: EventDetails, language: str | None) -> str:
    """What has changed about it; nothing where it takes place as it was said."""
    _ = i18n.translator(language or i18n.SOURCE_LOCALE).gettext
    named = {
        "CANCELLED": _("Cancelled"),
        "POSTPONED": _("Postponed"),
        "RESCHEDULED": _("At another time than first said"),
        "MOVEDONLINE": _("Takes place online"),
        "TENTATIVE": _("Not certain yet"),
    }
    return named.get(event.status or "", "")


def _times(event: EventDetails) -> str:
    """Beginning and end where it takes place; the day of the end only where it is another one."""
    zone = _zone(event.timezone)
    times = [at.astimezone(zone) for at in (event.starts_at, event.ends_at) if at is not None]
    if not times:
        return ""
    said = [f"{times[0]:%Y-%m-%d %H:%M}"]
    said += [f"{at:%H:%M}" if at.date() == times[0].date() else f"{at:%Y-%m-%d %H:%M}" for at in times[1:]]
    return f"{' – '.join(said)} {_named(zone, times[0])}"


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name and len(name) <= 64 else ZoneInfo("UTC")
    except (ValueError, OSError, KeyError):  # a name that is none, and one that would be a file elsewhere
        return ZoneInfo("UTC")


def _named(zone: ZoneInfo, at: datetime) -> str:
    """The zone as people know it, with its hours before or after UTC, which change in summer."""
    if zone.key == "UTC":
        return "UTC"
    minutes = int((at.utcoffset() or UTC.utcoffset(None)).total_seconds()) // 60
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{zone.key} (UTC{sign}{minutes // 60}{f':{minutes % 60:02}' if minutes % 60 else ''})"
