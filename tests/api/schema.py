"""Whether an answer is what clients can decode: `entities.json` against JSON.

`entities.json` holds, for each entity of Mastodon's client API, the type of each field, whether it may be null or be
missing, its values, and what the decoders of real clients do when it is. Where the documentation allows null or absence
and a client fails on it, the client is right. Source: Mastodon API documentation, entities; mastodon-clients.md trap 9.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
URL = re.compile(r"(https?|wss?)://[^\s]+\Z")
ID = re.compile(r"-?\d{1,19}\Z")
GREATEST_INTEGER = 2**31
"""Official Android reads limits and counts as 32 bit."""

NULL_ALL_THE_SAME = {("Poll", "expires_at")}
"""Clients need the key, and null in it."""
NULL_WITHOUT_APP = {("ScheduledStatus", "application_id")}
"""The documentation forgets tokens without an app, for which Mastodon says null."""
IDS_AS_NUMBERS = {
    ("NotificationGroup", "most_recent_notification_id"),
    ("WebPushSubscription", "id"),
    ("ScheduledStatus", "in_reply_to_id"),
    ("ScheduledStatus", "application_id"),
}
"""Ids which are numbers of 64 bit: in clients (mastodon-clients.md trap 5), or by the documentation."""
OURS = "fedcomm"
"""The one key that may be added anywhere; unknown keys did clients no harm (groups-in-clients.md section 1)."""
OWN_VALUES = {("Notification", "type"), ("NotificationGroup", "type")}
"""May be one of ours, where a text to show instead comes along (D42)."""

ALSO_KNOWN = {"OAuthServerMetadata": {"userinfo_endpoint"}}
"""Keys that Mastodon sends and its documentation of the entity forgets."""

Entity = Mapping[str, Mapping[str, Any]]


@cache
def entities() -> dict[str, Entity]:
    """All entities by name; those that extend another one hold its fields too."""
    found: dict[str, Entity] = json.loads(Path(__file__).with_name("entities.json").read_text(encoding="utf-8"))
    return {name: _extended(found, fields) for name, fields in found.items()}


def _extended(found: Mapping[str, Entity], fields: Entity) -> Entity:
    base = fields.get("...")
    own = {name: facts for name, facts in fields.items() if name != "..."}
    return fields if base is None else {**_extended(found, found[base["is"]]), **own}


def troubles(value: object, wanted: str, where: str = "$") -> list[str]:
    """What is wrong with a value that should be `wanted`: `Status`, `[Account]`, `URL`, `Quote or ShallowQuote`."""
    if " or " in wanted:
        attempts = [troubles(value, each, where) for each in wanted.split(" or ")]
        return [] if any(not found for found in attempts) else attempts[0]
    if wanted.startswith("["):
        if not isinstance(value, list):
            return [f"{where}: not an array"]
        items = cast("list[object]", value)
        return [found for n, item in enumerate(items) for found in troubles(item, wanted[1:-1], f"{where}[{n}]")]
    if wanted in entities():
        return _entity(value, wanted, where)
    return [] if _SIMPLE[wanted](value) else [f"{where}: {value!r} is no {wanted}"]


def _entity(value: object, name: str, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: not a {name}"]
    given = cast("dict[str, object]", value)
    fields = entities()[name]
    known = {field.partition(".")[0] for field in fields} | ALSO_KNOWN.get(name, set()) | {OURS}
    found = [f"{where}.{key}: unknown" for key in given if key not in known]
    for field, facts in fields.items():
        found += _field(given, name, field.split("."), facts, where)
    return found


def _field(given: object, name: str, path: list[str], facts: Mapping[str, Any], where: str) -> list[str]:
    """One field, which may lie deeper: `a.b` in an object, `a..b` in each object of an array, `a.` the array itself."""
    key, *rest = path
    if isinstance(given, list) and key == "":
        items = cast("list[object]", given)
        if not rest:
            return troubles(items, facts["is"], where)
        return [t for n, item in enumerate(items) for t in _field(item, name, rest, facts, f"{where}[{n}]")]
    if not isinstance(given, dict):
        return []
    place = cast("dict[str, object]", given)
    if rest:
        return _field(place.get(key), name, rest, facts, f"{where}.{key}") if key in place else []
    if key not in place:
        may_miss = facts.get("optional") and "required" not in facts.get("strict", {}).values()
        return [] if may_miss or not key else [f"{where}.{key}: missing"]
    value = place[key]
    if value is None:
        if (name, key) in NULL_WITHOUT_APP:
            return []
        may_be_null = facts.get("nullable") and (not facts.get("strict") or (name, key) in NULL_ALL_THE_SAME)
        return [] if may_be_null else [f"{where}.{key}: null"]
    if (name, key) in IDS_AS_NUMBERS:
        is_one = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
        return [] if is_one else [f"{where}.{key}: {value!r} is no id"]
    if key == "id" and facts["is"] == "String" and not (isinstance(value, str) and ID.match(value)):
        return [f"{where}.id: {value!r} is not decimal"]
    if "enum" in facts and (name, key) in OWN_VALUES and str(value).startswith("fedcomm.") and "fallback" in place:
        return []
    if "enum" in facts:
        values = cast("list[object]", value) if isinstance(value, list) else [value]
        return [f"{where}.{key}: {each!r} is none of its values" for each in values if each not in facts["enum"]]
    return troubles(value, facts["is"], f"{where}.{key}")


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -GREATEST_INTEGER <= value < GREATEST_INTEGER


_SIMPLE: dict[str, Callable[[object], bool]] = {
    "String": lambda value: isinstance(value, str),
    "URL": lambda value: isinstance(value, str) and bool(URL.match(value)),
    "Datetime": lambda value: isinstance(value, str) and bool(DATETIME.match(value)),
    "Date": lambda value: isinstance(value, str) and bool(DATE.match(value)),
    "Boolean": lambda value: isinstance(value, bool),
    "Integer": _is_integer,
    "Float": lambda value: isinstance(value, float),
    "Number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "Hash": lambda value: isinstance(value, dict),
    "Null": lambda value: value is None,
    "Nothing": lambda value: value == {},
}  # fmt: skip
