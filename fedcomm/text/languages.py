"""Languages of texts: which tags are valid, what languages are called, and which one a post is in."""

import re
from functools import lru_cache
from typing import NamedTuple

LONGEST_TAG = 35

_TAG = re.compile(
    r"([a-z]{2,3}(?:-[a-z]{3}){0,2}|[a-z]{4,8})(-[a-z]{4})?(-(?:[a-z]{2}|[0-9]{3}))?"
    r"((?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)"
)


class Language(NamedTuple):
    """A language people may choose: its tag, and its name in the reader's language."""

    tag: str
    name: str


def checked(tag: str | None) -> str | None:
    """A language tag in its usual spelling (`de-AT`, `zh-Hant`), or None when it is none. Source: BCP 47, RFC 5646."""
    if not tag or len(tag) > LONGEST_TAG:
        return None
    found = _TAG.fullmatch(tag.strip().replace("_", "-").lower())
    if not found:
        return None
    language, script, region, rest = found.groups("")
    return language + script.title() + region.upper() + rest


def pick(*wanted: str | None, default: str = "en") -> str:
    """The first valid tag: the one chosen for the post, else the author's, else the instance's (D65)."""
    return next((tag for tag in map(checked, wanted) if tag), default)


@lru_cache(maxsize=8)
def known(locale: str) -> tuple[Language, ...]:
    """The languages offered for posts, with their names in a locale and in the order of these names."""
    from babel import Locale

    names = Locale.parse(locale, sep="-").languages
    shown = [Language(tag, str(names[tag])) for tag in _OFFERED if tag in names]
    return tuple(sorted(shown, key=lambda language: language.name.casefold()))


# The languages of ISO 639-1 and a few of ISO 639-3.
_OFFERED = tuple(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
    et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki
    kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
    nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te
    tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu ast ckb gsw hsb dsb kab nds sco
    """.split()
)
