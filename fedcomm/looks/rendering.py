"""Templates to text: one minijinja environment, set up once, for every page of web and admin.

Undefined names are errors and everything is escaped; only `|safe` prints HTML as it is, and the templates use it for
the `_html` fields of `shown.py` and for pieces of their own. Texts are English in the templates; `_` and `ngettext`
translate them for the locale of the page and put named values in: `_("%(name)s replied", name=account.name)`.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Protocol, cast

import minijinja

from fedcomm.i18n import translator
from fedcomm.looks import moments, outside_links, scripts
from fedcomm.looks.palettes import palettes
from fedcomm.looks.posts import excerpt
from fedcomm.looks.static_files import coloured_url, static_url

TEMPLATES = Path(__file__).parent / "templates"


class _Texts(Protocol):
    def gettext(self, message: str) -> str: ...

    def ngettext(self, singular: str, plural: str, n: int) -> str: ...


def render(template: str, locale: str, **context: object) -> str:
    """The page `template`, in the language `locale`; `context` is what the comment at the template's top asks for.

    Raises minijinja.TemplateError when something it needs is missing.
    """
    return environment().render_template(template, **_texts(locale), **context)


@cache
def environment() -> minijinja.Environment:
    """All templates, compiled at first use and kept."""
    env = minijinja.Environment(
        loader=_load, undefined_behavior="strict", trim_blocks=True, lstrip_blocks=True, auto_escape_callback=_escaping
    )
    env.add_global("static_url", static_url)
    env.add_global("coloured_url", coloured_url)
    env.add_global("palettes", palettes)
    env.add_global("direction", scripts.direction)
    env.add_global("language_name", scripts.language_name)
    env.add_global("zone_name", moments.zone_name)
    env.add_filter("outside_url", outside_links.outside_url)
    env.add_filter("excerpt", excerpt)
    env.add_filter("time", moments.shown_time)
    env.add_filter("date", moments.shown_date)
    env.add_filter("day", moments.shown_day)
    env.add_filter("moment", moments.shown_moment)
    env.add_filter("ratio", moments.shown_ratio)
    env.add_filter("number", moments.shown_number)
    return env


def _load(name: str) -> str | None:
    path = TEMPLATES / name
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _escaping(_name: str) -> str:
    return "html"


@cache
def _texts(locale: str) -> dict[str, object]:
    texts = cast(_Texts, translator(locale))

    def gettext(message: str, **values: object) -> str:
        return _filled(texts.gettext(message), values)

    def ngettext(singular: str, plural: str, n: int, **values: object) -> str:
        return _filled(texts.ngettext(singular, plural, n), {"n": moments.number(n, locale), **values})

    named: dict[str, Callable[..., str]] = {"_": gettext, "ngettext": ngettext}
    return {"locale": locale, **named}


def _filled(text: str, values: dict[str, object]) -> str:
    return text % values if values else text
