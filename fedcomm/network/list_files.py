"""Lists of other servers as files, in the columns of Mastodon's exports, so that instances can share them.

Read are also plain lists of one domain a line, and lists with other columns, as far as they have these.
Source: Mastodon documentation, admin/moderation (import and export of domain blocks).
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from fedcomm.config import is_public_suffix
from fedcomm.errors import Invalid
from fedcomm.network.peers import Policy, key
from fedcomm.text import sheets

Kind = Literal["blocks", "allows"]
Why = Literal["domain", "suffix", "severity", "hidden", "twice", "own"]

BLOCK_COLUMNS = ("#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate")
ALLOW_COLUMNS = ("#domain",)
MOST_LINES = 20_000
LONGEST_REASON = 500
MOST_SKIPPED = 200

SEVERITIES: dict[str, Policy] = {"": "suspended", "suspend": "suspended", "silence": "limited", "limit": "limited"}
"""A list that does not say how hard blocks."""


class ListEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a list says about one server. What stood there before a list also has who brought that."""

    authority: str
    policy: Policy
    reason: str = ""
    list_id: int | None = None
    is_by_hand: bool = False
    subscription_id: int | None = None


class Skipped(msgspec.Struct, frozen=True):
    """A line that says nothing that can be done."""

    line: int
    text: str
    why: Why


class ReadList(msgspec.Struct, frozen=True):
    """What a file says."""

    entries: list[ListEntry]
    skipped: list[Skipped]


def read(body: bytes, kind: Kind, *, own: str) -> ReadList:
    """What a file says; `own` is the domain of this instance. Raises Invalid (no list, or too long)."""
    rows = sheets.read(body, field="list", most=MOST_LINES)
    columns, first = _columns(rows[0]) if rows else ({"domain": 0}, 0)
    entries: dict[str, ListEntry] = {}
    skipped: list[Skipped] = []
    for number, row in enumerate(rows[first:], first + 1):
        found = _entry(row, columns, kind, own)
        if isinstance(found, ListEntry) and found.authority not in entries:
            entries[found.authority] = found
        else:
            why = "twice" if isinstance(found, ListEntry) else found
            skipped.append(Skipped(number, ",".join(row)[:120], why))
    if not entries:
        raise Invalid("There is no domain in this file that can be taken over.", field="list")
    return ReadList(list(entries.values()), skipped[:MOST_SKIPPED])


def _columns(head: Sequence[str]) -> tuple[dict[str, int], int]:
    """Where each column is, and the first line behind the head; without a head the first column is the domain."""
    names = [cell.strip().lower().lstrip("#") for cell in head]
    if "domain" not in names:
        return {"domain": 0}, 0
    return {name: place for place, name in enumerate(names)}, 1


def _entry(row: Sequence[str], columns: dict[str, int], kind: Kind, own: str) -> ListEntry | Why:
    def cell(name: str) -> str:
        place = columns.get(name)
        return row[place].strip() if place is not None and place < len(row) else ""

    typed = cell("domain")
    if "*" in typed:
        return "hidden"
    policy = SEVERITIES.get(cell("severity").lower()) if kind == "blocks" else "allowed"
    if policy is None:
        return "severity"
    try:
        authority = key(typed)
    except Invalid:
        return "domain"
    if "." not in authority and ":" not in authority:
        return "domain"
    if is_public_suffix(authority):
        return "suffix"
    if authority == own:
        return "own"
    reason = cell("public_comment") or cell("comment") or cell("private_comment")
    return ListEntry(authority, policy, " ".join(reason.split())[:LONGEST_REASON])


def block_row(entry: ListEntry) -> tuple[str, ...]:
    """A line of an exported list of blocks."""
    is_suspended = "true" if entry.policy == "suspended" else "false"
    severity = "suspend" if entry.policy == "suspended" else "silence"
    return (entry.authority, severity, is_suspended, is_suspended, entry.reason, "false")
