"""From JSON to the files of a post: what is attached to it, in the way of each server, and what it is itself.

A `Video`, `Audio` or `Image` names its own files in `url`, beside the page for people (PeerTube, Funkwhale).
"""

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite
from typing import cast

from federation.vocabulary import limits
from federation.vocabulary.objects import Attachment
from federation.vocabulary.urls import canonical_url, host_of
from federation.vocabulary.values import Document, count, document, link, several, short, type_of, words

_KINDS = frozenset({"Image", "Video", "Audio", "Document", "Link"})
_OWN = {"Image": "image/", "Video": "video/", "Audio": "audio/"}
"""Types that are a file themselves, and what media type that has."""
_PLAYLISTS = frozenset({"application/x-mpegurl", "application/vnd.apple.mpegurl"})
"""Of PeerTube: the files it plays stand in the `tag` of the Link."""
_ENTRIES = 50
_BIG = 720
"""Lines of a film beyond which nobody needs more, if there is a smaller one."""


def read_attachments(thing: Document) -> tuple[Attachment, ...]:
    """The files and links of a post, its own file first."""
    own = _own_file(thing)
    found = (_attachment(document(one)) for one in several(thing.get("attachment"), limits.ATTACHMENTS))
    attached = tuple(one for one in found if one is not None)
    return (own, *attached)[: limits.ATTACHMENTS] if own is not None else attached


def read_picture(value: object) -> str | None:
    """Address of an icon or image: the object, its address, or the first of several."""
    for one in several(value, 10):
        if found := _address(one):
            return found
    return None


def read_cover(thing: Document) -> str | None:
    """The picture that stands for a post: its `image`; of what is a file itself also its largest `icon`."""
    if (found := read_picture(thing.get("image"))) is not None or type_of(thing) not in _OWN:
        return found
    icons = sorted(several(thing.get("icon"), 10), key=_width, reverse=True)
    return next((found for one in icons if (found := _address(one))), None)


def read_page(id: str, value: object) -> str | None:
    """The page for people among the `url`s: the first on the host of the id, since `url` gives no authority (S030)."""
    home = host_of(id)
    for one in several(value, 10):
        entry = document(one)
        kind = short(entry.get("mediaType"), limits.WORD) if entry else None
        found = link(one) if kind in (None, "text/html", "application/xhtml+xml") else None
        if found and host_of(found) == home:
            return found
    return None


def _address(value: object) -> str | None:
    thing = document(value)
    return canonical_url(value) if thing is None else link(thing.get("url")) or canonical_url(thing.get("href"))


def _width(value: object) -> int:
    thing = document(value)
    return (count(thing.get("width")) or 0) if thing else 0


def _own_file(thing: Document) -> Attachment | None:
    """The file that the object is: the largest that is not too large, else the smallest."""
    kind = type_of(thing)
    if kind not in _OWN:
        return None
    files = [file for file in _own_files(thing, kind) if (file.media_type or "").startswith(_OWN[kind])]
    fitting = [file for file in files if (file.height or 0) <= _BIG]
    if fitting:
        return max(fitting, key=lambda file: file.height or 0)
    return min(files, key=lambda file: file.height or 0, default=None)


def _own_files(thing: Document, kind: str) -> Iterator[Attachment]:
    for one in several(thing.get("url"), _ENTRIES):
        entry = document(one)
        if entry is None:
            url, media_type = canonical_url(one), short(thing.get("mediaType"), limits.WORD)
            if url and media_type:
                yield Attachment(type=kind, url=url, media_type=media_type)
            continue
        if (short(entry.get("mediaType"), limits.WORD) or "").lower() in _PLAYLISTS:
            for inner in several(entry.get("tag"), _ENTRIES):
                if (file := _linked(document(inner), kind)) is not None:
                    yield file
        elif (file := _linked(entry, kind)) is not None:
            yield file


def _linked(entry: Document | None, kind: str) -> Attachment | None:
    """A file by its Link, unless that says that it is larger than anybody here would fetch."""
    size = count(entry.get("size")) if entry else None
    found = _attachment(entry) if size is None or size <= limits.FILE_BYTES else None
    return replace(found, type=kind, alt="") if found is not None else None


def _attachment(thing: Document | None) -> Attachment | None:
    if thing is None:
        return None
    url = link(thing.get("url")) or canonical_url(thing.get("href"))
    if url is None:
        return None
    kind = type_of(thing)
    where = document(next(iter(several(thing.get("url"), 1)), None)) or thing
    alt = words(thing.get("summary"), limits.ALT) or words(thing.get("name"), limits.ALT) or ""
    return Attachment(
        type=kind if kind in _KINDS else "Document",
        url=url,
        media_type=short(thing.get("mediaType"), limits.WORD) or short(where.get("mediaType"), limits.WORD),
        alt=alt,
        width=count(thing.get("width")),
        height=count(thing.get("height")),
        blurhash=short(thing.get("blurhash"), limits.WORD),
        focal_point=_focal_point(thing.get("focalPoint")),
    )


def _focal_point(value: object) -> tuple[float, float] | None:
    if not isinstance(value, list) or len(cast("list[object]", value)) != 2:
        return None
    x, y = cast("list[object]", value)
    if isinstance(x, bool) or isinstance(y, bool) or not isinstance(x, int | float) or not isinstance(y, int | float):
        return None
    return (float(x), float(y)) if isfinite(x) and isfinite(y) and abs(x) <= 1 and abs(y) <= 1 else None
