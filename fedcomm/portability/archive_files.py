"""Archives of posts as Mastodon makes them, and we: everything in them is somebody else's and bounded (S152).

Nothing is ever unpacked to a place that the archive names: files are read by name, each as far as it may be long,
whatever the archive says of their size. A `.tar.gz` is read once, and what is wanted of it is put into a ZIP file.
"""

import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec

from fedcomm.errors import Invalid
from fedcomm.portability.import_files import Line, Skipped, Why
from fedcomm.text import limits

MOST_ENTRIES = 200_000
MOST_JSON = 64 * 1024 * 1024
MOST_POSTS = 50_000
MOST_UNPACKED = 4 * 1024**3
MOST_NAME = 300
LONGEST_URI = 2_000
PIECE = 256 * 1024
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError)


class _Actor(msgspec.Struct):
    id: str


class _Outbox(msgspec.Struct, rename="camel"):
    ordered_items: list[msgspec.Raw] = []


class _Activity(msgspec.Struct):
    type: str
    actor: str = ""
    object: msgspec.Raw = msgspec.Raw(b"null")


class _File(msgspec.Struct):
    url: str = ""
    name: str | None = None


class _Tag(msgspec.Struct):
    type: str = ""
    name: str = ""


class _Note(msgspec.Struct, rename="camel"):
    id: str
    type: str
    published: datetime
    attributed_to: str = ""
    content: str | None = None
    summary: str | None = None
    name: str | None = None
    sensitive: bool | None = None
    in_reply_to: str | None = None
    url: str | None = None
    to: Any = None
    cc: Any = None
    content_map: dict[str, str] | None = None
    attachment: list[_File] = []
    tag: list[_Tag] = []


class ReadArchive(msgspec.Struct, frozen=True):
    """What an archive says: posts, oldest first, and what of it is left where it is."""

    lines: list[Line]
    skipped: list[Skipped]
    boosts: int


def as_zip(path: Path) -> None:
    """Make the file a ZIP file, if it is a compressed tape; what it is not is refused. Raises Invalid."""
    if zipfile.is_zipfile(path):
        return
    beside = path.with_suffix(".new")
    try:
        with tarfile.open(path, "r|gz") as tape, zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as into:
            _repack(tape, into)
        beside.replace(path)
    except _BROKEN:
        raise Invalid("This is no archive of posts as Mastodon makes them.", field="archive") from None
    finally:
        beside.unlink(missing_ok=True)


def _repack(tape: tarfile.TarFile, into: zipfile.ZipFile) -> None:
    written = 0
    for number, member in enumerate(tape):
        if number >= MOST_ENTRIES:
            raise Invalid("There are too many files in this archive.", field="archive")
        source = tape.extractfile(member) if member.isfile() and len(member.name) <= MOST_NAME else None
        if source is None or (name := _plain(member.name)) is None:
            continue
        with into.open(name, "w", force_zip64=True) as file:
            while piece := source.read(PIECE):
                written += len(piece)
                if written > MOST_UNPACKED:
                    raise Invalid("This archive is too large.", field="archive")
                file.write(piece)


def _plain(name: str) -> str | None:
    """A name without a way out: relative, in small steps downwards. None: it is no such name."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    return "/".join(parts) if parts and ".." not in parts and len(name) <= MOST_NAME else None


class Archive:
    """A ZIP file that somebody brought along, open for reading. Raises Invalid."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN:
            raise Invalid("This is no archive of posts as Mastodon makes them.", field="archive") from None
        if len(self._zip.infolist()) > MOST_ENTRIES:
            raise Invalid("There are too many files in this archive.", field="archive")
        self._by_name = {plain: each for each in self._zip.infolist() if (plain := _plain(each.filename)) is not None}
        boxes = sorted((name for name in self._by_name if name.rpartition("/")[2] == "outbox.json"), key=len)
        self._below = boxes[0].removesuffix("outbox.json") if boxes else ""

    def close(self) -> None:
        """Nothing more is read."""
        self._zip.close()

    def file(self, name: str, *, most: int) -> bytes | None:
        """A file by the name that a post calls it by; None: it is not there, or longer than this."""
        plain = _plain(name)
        found = self._by_name.get(self._below + plain) if plain is not None else None
        if found is None:
            return None
        try:
            with self._zip.open(found) as file:
                body = file.read(most + 1)
        except _BROKEN:
            return None
        return body if len(body) <= most else None

    def posts(self, *, now: datetime) -> ReadArchive:
        """What is in the outbox. Raises Invalid: it has none, or it is none."""
        try:
            owner = msgspec.json.decode(self.file("actor.json", most=MOST_JSON) or b"", type=_Actor).id
            items = msgspec.json.decode(self.file("outbox.json", most=MOST_JSON) or b"", type=_Outbox).ordered_items
        except (msgspec.DecodeError, RecursionError):
            raise Invalid("This is no archive of posts as Mastodon makes them.", field="archive") from None
        if len(items) > MOST_POSTS:
            raise Invalid("There are more than %(n)s posts in this archive.", n=MOST_POSTS, field="archive")
        notes, skipped, boosts = _notes(items, owner, now)
        if not notes:
            raise Invalid("There are no posts of yours in this archive that can be taken over.", field="archive")
        ours = {note.id for note in notes}
        lines: list[Line] = []
        for number, note in enumerate(sorted(notes, key=lambda each: each.published), 1):
            if note.in_reply_to is not None and note.in_reply_to not in ours:
                skipped.append(Skipped(number, note.url or note.id, "answer"))
            else:
                lines.append(Line(number=number, subject=note.id, told=_told(note)))
        return ReadArchive(lines, [msgspec.structs.replace(each, text=each.text[:200]) for each in skipped], boosts)


def _notes(items: list[msgspec.Raw], owner: str, now: datetime) -> tuple[list[_Note], list[Skipped], int]:
    notes: dict[str, _Note] = {}
    skipped: list[Skipped] = []
    boosts = 0
    for number, item in enumerate(items, 1):
        found = _note(item, owner, now)
        if isinstance(found, _Note):
            notes.setdefault(found.id, found)
        elif found == "boost":
            boosts += 1
        else:
            skipped.append(Skipped(number, _named(item), found))
    return list(notes.values()), skipped, boosts


def _note(item: msgspec.Raw, owner: str, now: datetime) -> _Note | Why:
    try:
        activity = msgspec.json.decode(item, type=_Activity)
        if activity.type != "Create":
            return "boost"
        note = msgspec.json.decode(activity.object, type=_Note)
    except (msgspec.DecodeError, RecursionError):
        return "unreadable"
    if owner != activity.actor or owner != note.attributed_to or not note.id.startswith(("https://", "http://")):
        return "not yours"
    if note.published.tzinfo is None or not EARLIEST <= note.published <= now or len(note.id) > LONGEST_URI:
        return "unreadable"
    return note if _audience(note) is not None else "private"


def _named(item: msgspec.Raw) -> str:
    return bytes(item)[:120].decode("utf-8", "replace")


def _audience(note: _Note) -> str | None:
    to, cc = list(_texts(note.to)), list(_texts(note.cc))
    if any(each in PUBLIC for each in to):
        return "public"
    if any(each in PUBLIC for each in cc):
        return "unlisted"
    return "followers" if any(each.endswith("/followers") for each in to) else None


def _texts(value: Any) -> Iterator[str]:
    for each in cast("list[Any]", value if isinstance(value, list) else [value]):
        if isinstance(each, str):
            yield each


def _told(note: _Note) -> dict[str, Any]:
    language = next(iter(note.content_map or {}), None)
    return {
        "content": note.content or "",
        "title": (note.name or "")[: limits.TITLE],
        "warning": note.summary if note.type == "Note" else None,
        "published": note.published.astimezone(UTC).isoformat(),
        "sensitive": bool(note.sensitive),
        "language": language if language is not None and _LANGUAGE.fullmatch(language) else None,
        "audience": _audience(note),
        "url": note.url or note.id,
        "parent": note.in_reply_to,
        "tags": [each.name[:100] for each in note.tag if each.type == "Hashtag"][: limits.TAGS],
        "files": [{"name": each.url, "description": each.name or ""} for each in note.attachment][: limits.MEDIA],
    }
