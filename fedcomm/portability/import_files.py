"""What somebody brings along as a table: the columns that Mastodon writes, and plain lists of addresses.

Source: Mastodon's exports (`tables.py` writes the same). Each line that says nothing is told with its number and why.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from fedcomm.accounts import blocks
from fedcomm.errors import Invalid
from fedcomm.here import Here
from fedcomm.text import sheets

Kind = Literal["follows", "lists", "blocks", "mutes", "domain_blocks", "bookmarks", "archive"]
Why = Literal[
    "address", "domain", "uri", "title", "twice", "self", "answer", "boost", "private", "not yours", "unreadable"
]

TABLES: tuple[Kind, ...] = ("follows", "lists", "blocks", "mutes", "domain_blocks", "bookmarks")
MOST_LINES = 20_000
MOST_SKIPPED = 200
LONGEST_ADDRESS = 320
LONGEST_URI = 2_000
LONGEST_TITLE = 256
MOST_LANGUAGES = 20

_ADDRESS = re.compile(r"@?([\w.\-]{1,64})(?:@([\w.\-]{1,253}(?::[0-9]{1,5})?))?", re.ASCII)
_HEADS: Mapping[str, str] = {
    "account address": "address", "show boosts": "show_boosts", "notify on new posts": "notify",
    "languages": "languages", "hide notifications": "hides_notifications", "#domain": "domain", "domain": "domain",
    "#uri": "uri", "list name": "title",
}  # fmt: skip
_COLUMNS: Mapping[Kind, Sequence[str]] = {
    "follows": ("address", "show_boosts", "notify", "languages"),
    "lists": ("title", "address"),
    "blocks": ("address",),
    "mutes": ("address", "hides_notifications"),
    "domain_blocks": ("domain",),
    "bookmarks": ("uri",),
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line that says something. `told`: what it says beside whom or what it is about."""

    number: int
    subject: str
    told: dict[str, Any] = {}


class Skipped(msgspec.Struct, frozen=True):
    """A line that says nothing that can be done."""

    line: int
    text: str
    why: Why


class ReadFile(msgspec.Struct, frozen=True):
    """What a file says."""

    lines: list[Line]
    skipped: list[Skipped]


def read(body: bytes, kind: Kind, here: Here, *, own: str) -> ReadFile:
    """What a table says; `own` is the address of who brings it. Raises Invalid (no table, too long, nothing in it)."""
    rows = sheets.read(body, field="file", most=MOST_LINES)
    columns, first = _columns(rows[0], kind) if rows else ({}, 0)
    lines: list[Line] = []
    skipped: list[Skipped] = []
    met: set[tuple[str, str]] = set()
    for number, row in enumerate(rows[first:], first + 1):
        found = _line(number, row, columns, kind, here, own)
        if isinstance(found, Line) and (key := (found.subject, str(found.told.get("title", "")))) not in met:
            met.add(key)
            lines.append(found)
        else:
            why = "twice" if isinstance(found, Line) else found
            skipped.append(Skipped(number, ",".join(row)[:120], why))
    if not lines:
        raise Invalid("There is nothing in this file that can be taken over. Is it of another kind?", field="file")
    return ReadFile(lines, skipped[:MOST_SKIPPED])


def _columns(head: Sequence[str], kind: Kind) -> tuple[dict[str, int], int]:
    """Where each column stands, and the first line that is no head."""
    named = {_HEADS[cell.strip().lower()]: place for place, cell in enumerate(head) if cell.strip().lower() in _HEADS}
    wanted = _COLUMNS[kind]
    if wanted[-1 if kind == "lists" else 0] in named:
        return {name: place for name, place in named.items() if name in wanted}, 1
    return {name: place for place, name in enumerate(wanted)}, 0


def _line(number: int, row: Sequence[str], columns: Mapping[str, int], kind: Kind, here: Here, own: str) -> Line | Why:
    cells = {name: sheets.as_meant(row[place].strip()) for name, place in columns.items() if place < len(row)}
    if kind == "domain_blocks":
        return _domain(number, cells.get("domain", ""), here)
    if kind == "bookmarks":
        uri = cells.get("uri", "")
        is_web = uri.startswith(("https://", "http://")) and uri.isprintable() and " " not in uri
        return Line(number=number, subject=uri) if is_web and len(uri) <= LONGEST_URI else "uri"
    address = _address(cells.get("address", ""), here)
    if address is None:
        return "address"
    if address == own and kind != "lists":
        return "self"
    told = _told(cells, kind)
    return Line(number=number, subject=address, told=told) if told is not None else "title"


def _domain(number: int, typed: str, here: Here) -> Line | Why:
    try:
        domain = blocks.checked_domain(typed)
    except Invalid:
        return "domain"
    return Line(number=number, subject=domain) if domain not in (here.domain, here.authority) else "self"


def _address(typed: str, here: Here) -> str | None:
    """`name@domain` in lower case; an address without a domain is one of ours."""
    found = _ADDRESS.fullmatch(typed) if len(typed) <= LONGEST_ADDRESS else None
    return f"{found[1]}@{found[2] or here.domain}".lower() if found else None


def _told(cells: Mapping[str, str], kind: Kind) -> dict[str, Any] | None:
    """What a line says beside its address; None: a list without a name."""
    if kind == "lists":
        title = cells.get("title", "")
        return {"title": title} if title and len(title) <= LONGEST_TITLE else None
    if kind == "mutes":
        return {"hides_notifications": _is_yes(cells.get("hides_notifications", ""), otherwise=True)}
    if kind == "follows":
        named = [each.strip() for each in cells.get("languages", "").split(",") if each.strip()]
        return {
            "show_boosts": _is_yes(cells.get("show_boosts", ""), otherwise=True),
            "notify": _is_yes(cells.get("notify", ""), otherwise=False),
            "languages": [each for each in named if len(each) <= 20][:MOST_LANGUAGES] or None,
        }
    return {}


def _is_yes(text: str, *, otherwise: bool) -> bool:
    return text.lower() in ("true", "1", "yes") if text else otherwise
