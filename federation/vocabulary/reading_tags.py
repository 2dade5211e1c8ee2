"""From JSON to mentions, hashtags, emoji and links."""

from typing import NamedTuple

from federation.vocabulary import limits
from federation.vocabulary.tags import Emoji, Hashtag, Mention, ObjectLink
from federation.vocabulary.urls import canonical_url
from federation.vocabulary.values import Document, document, label, link, moment, several, short, type_of

_QUOTE_RELATIONS = frozenset({"https://misskey-hub.net/ns#_misskey_quote", "http://fedibird.com/ns#quoteUri"})


class Tags(NamedTuple):
    mentions: tuple[Mention, ...] = ()
    hashtags: tuple[Hashtag, ...] = ()
    emojis: tuple[Emoji, ...] = ()
    links: tuple[ObjectLink, ...] = ()
    quote: str | None = None


_NOTHING = Tags()


def read_tags(value: object) -> Tags:
    """What stands in `tag`, sorted by kind; each actor is mentioned once. Types we do not know are left out."""
    if not value:
        return _NOTHING
    mentions: dict[str, Mention] = {}
    hashtags: dict[str, Hashtag] = {}
    emojis: dict[str, Emoji] = {}
    links: list[ObjectLink] = []
    for one in several(value, limits.TAGS + limits.MENTIONS):
        tag = document(one)
        if tag is None:
            continue
        match type_of(tag):
            case "Mention":
                _mention(tag, mentions)
            case "Hashtag":
                _hashtag(tag, hashtags)
            case "Emoji":
                _emoji(tag, emojis)
            case "Link":
                _link(tag, links)
            case _:
                continue
    quote = next((found.href for found in links if _QUOTE_RELATIONS.intersection(found.rel)), None)
    return Tags(
        tuple(mentions.values())[: limits.MENTIONS],
        tuple(hashtags.values())[: limits.TAGS],
        tuple(emojis.values())[: limits.TAGS],
        tuple(links)[: limits.TAGS],
        quote,
    )


def _mention(tag: Document, found: dict[str, Mention]) -> None:
    href = canonical_url(tag.get("href"))
    if href and href not in found:
        found[href] = Mention(href, label(tag.get("name"), limits.WORD) or "")


def _hashtag(tag: Document, found: dict[str, Hashtag]) -> None:
    written = short(tag.get("name"), limits.HASHTAG)
    name = written.lstrip("#").strip() if written else ""
    if name and name.casefold() not in found:
        found[name.casefold()] = Hashtag(name, canonical_url(tag.get("href")))


def _emoji(tag: Document, found: dict[str, Emoji]) -> None:
    written = short(tag.get("name"), limits.SHORTCODE)
    name = written.strip(":").strip() if written else ""
    icon = document(tag.get("icon"))
    address = link(icon.get("url")) if icon else None
    if name and address and name not in found:
        found[name] = Emoji(name, address, canonical_url(tag.get("id")), moment(tag.get("updated")))


def _link(tag: Document, found: list[ObjectLink]) -> None:
    href = canonical_url(tag.get("href"))
    if href:
        relations = tuple(r for one in several(tag.get("rel"), 10) if (r := short(one, limits.URL)))
        name = label(tag.get("name"), limits.TITLE) or ""
        found.append(ObjectLink(href, name, relations, short(tag.get("mediaType"), limits.WORD)))
