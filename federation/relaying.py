"""What a group passes on, to whom, and in which form; taking apart what other groups pass on.

One host gets one form, never two (T1). A hosts understand `Announce{activity}` of everything (FEP-1b12), B hosts an
`Announce` of the id of a thread's first post and the author's forwarded bytes (Mastodon), C hosts that `Announce` only.
Source: federation.md 2.2 and 2.3.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Literal, NamedTuple, cast

import msgspec

from federation.errors import Malformed
from federation.signatures.object_proofs import restore_context
from federation.vocabulary.activities import Announce, Undo
from federation.vocabulary.contexts import FC, PUBLIC
from federation.vocabulary.reading import is_activity
from federation.vocabulary.values import Document, document, type_of
from federation.vocabulary.writing import encode

Profile = Literal["A", "B", "C"]

Event = Literal[
    "thread",
    "reply",
    "edit",
    "author_delete",
    "removal",
    "restored",
    "reaction",
    "moderation",
    "group_profile",
    "moved",
]
"""`moderation`: lock, pin, ban, change of moderators. `restored`: an undone `removal`."""

Step = Literal["announce_activity", "announce_id", "raw_forward", "author_direct", "group_direct", "undo_announce"]
"""`raw_forward`: the author's bytes, posted by the group. `author_direct`: the author's activity under the author's own
HTTP signature. `group_direct`: the group's own activity, not wrapped."""

FEP_1B12 = "https://w3id.org/fep/1b12"
CARRYING = FC + "carrying"
"""Capability: understands threads carried by several groups (federation.md 4.2)."""

_UNWRAP = frozenset(
    {
        "lemmy", "piefed", "pyfedi", "mbin", "kbin", "nodebb", "discourse", "friendica", "wordpress", "ghost",
        "fedcomm", "neodb",
    }
)  # fmt: skip
_BOOST = frozenset(("mastodon", "hometown", "glitch", "glitch-soc", "glitchsoc", "fedibird", "kmyblue", "chuckya"))
_MOST_RELAYED_AT_ONCE = 50


def profile_for(
    *, capabilities: Collection[str] = (), has_sent_activities: bool = False, software: str | None = None
) -> Profile:
    """Which form a host understands: what it says of itself first, what it did second, its name last (D17, D56).

    `capabilities` are the `implements` entries (href and name) of its instance actor and NodeInfo's
    `metadata.capabilities`. `has_sent_activities`: it ever sent us an `Announce{activity}` of a Group, a `Page` or an
    `audience`. Nothing known is C.
    """
    if understands(capabilities, "1b12") or has_sent_activities:
        return "A"
    name = (software or "").strip().lower()
    if name in _UNWRAP:
        return "A"
    return "B" if name in _BOOST else "C"


def understands(capabilities: Collection[str], fep: str) -> bool:
    """Whether a capability in any of its spellings names this FEP: `fep-1b12`, `https://w3id.org/fep/1b12` ..."""
    return any(
        one.lower().rstrip("/").removesuffix(".md").endswith((f"fep-{fep}", f"fep/{fep}")) for one in capabilities
    )


_Rule = (
    Step | Literal["author_if_followed", "author_if_ours", "forward_if_proven", "announce_if_first", "undo_if_first"]
)

_AUTHOR_THEN_FORWARD: tuple[_Rule, ...] = ("author_if_ours", "forward_if_proven")

_TABLE: dict[Event, dict[Profile, tuple[_Rule, ...]]] = {
    "thread": {
        "A": ("announce_activity",),
        "B": ("author_if_followed", "announce_id"),
        "C": ("author_if_followed", "announce_id"),
    },
    "reply": {
        "A": ("announce_activity",),
        "B": ("author_if_followed", "forward_if_proven"),
        "C": ("author_if_followed",),
    },
    "edit": {"A": ("announce_activity",), "B": _AUTHOR_THEN_FORWARD, "C": ("author_if_ours",)},
    "author_delete": {
        "A": ("announce_activity",),
        "B": (*_AUTHOR_THEN_FORWARD, "undo_if_first"),
        "C": ("author_if_ours", "undo_if_first"),
    },
    "removal": {"A": ("announce_activity",), "B": ("undo_if_first",), "C": ("undo_if_first",)},
    "restored": {"A": ("announce_activity",), "B": ("announce_if_first",), "C": ("announce_if_first",)},
    "reaction": {"A": ("announce_activity",), "B": (), "C": ()},
    "moderation": {"A": ("announce_activity",), "B": (), "C": ()},
    "group_profile": {"A": ("group_direct",), "B": ("group_direct",), "C": ("group_direct",)},
    "moved": {
        "A": ("announce_activity",),
        "B": ("undo_if_first", "announce_if_first"),
        "C": ("undo_if_first", "announce_if_first"),
    },
}
"""What the home group does, by event and form. Source: federation.md 2.2."""


def home_steps(
    event: Event,
    profile: Profile,
    *,
    author_is_ours: bool,
    has_proof: bool,
    is_first: bool,
    host_follows_author: bool = False,
    is_public: bool = True,
) -> tuple[Step, ...]:
    """What the home group sends to one host for one event, in this order; nothing is an empty tuple.

    `has_proof`: the author's activity carries an embedded signature that this host understands. `is_first`: it is about
    the first post of a thread. `host_follows_author`: the author, who is ours, has followers there. What is not public
    goes only where activities are unwrapped (form A), and whole.
    """
    if not is_public and profile != "A":
        return ("group_direct",) if event == "group_profile" else ()
    steps: list[Step] = []
    for rule in _TABLE[event][profile]:
        match rule:
            case "author_if_followed":
                holds, step = author_is_ours and host_follows_author, "author_direct"
            case "author_if_ours":
                holds, step = author_is_ours, "author_direct"
            case "forward_if_proven":
                holds, step = has_proof and "author_direct" not in steps, "raw_forward"
            case "announce_if_first":
                holds, step = is_first, "announce_id"
            case "undo_if_first":
                holds, step = is_first, "undo_announce"
            case _:
                holds, step = True, rule
        if holds:
            steps.append(step)
    return tuple(steps)


def carrier_steps(
    event: Event, profile: Profile, *, understands_carrying: bool, has_proof: bool, is_first: bool
) -> tuple[Step, ...]:
    """What a group that carries a thread of another home sends to one host of its followers.

    It announces the first post by its id, in every form, and wraps nothing: what follows in the thread is passed on as
    the author sent it. The home group's removals do not bind it. Source: D49, federation.md 4.2.
    """
    match event:
        case "thread":
            return ("announce_id",)
        case "group_profile" | "removal" | "restored" | "moved":
            return ()
        case "author_delete":
            forwarded: tuple[Step, ...] = ("raw_forward",) if understands_carrying or _b(profile, has_proof) else ()
            return (*forwarded, "undo_announce") if is_first else forwarded
        case "reply" | "edit":
            return ("raw_forward",) if understands_carrying or _b(profile, has_proof) else ()
        case "reaction" | "moderation":
            return ("raw_forward",) if understands_carrying else ()


def _b(profile: Profile, has_proof: bool) -> bool:
    return profile == "B" and has_proof


def announcement_of_activity(
    id: str, *, group: str, followers: str, published: datetime, is_public: bool = True
) -> Announce:
    """The envelope of form A. The activity itself is put in as received: `splice`."""
    to, cc = ((PUBLIC,), (followers,)) if is_public else ((followers,), ())
    return Announce(id=id, actor=group, to=to, cc=cc, audience=group, published=published)


def announcement_of_id(
    id: str, *, group: str, followers: str, published: datetime, post: str, also_to: Iterable[str] = ()
) -> Announce:
    """The boost of forms B and C, and of a carrier. It needs an id of its own, so that its Undo is unambiguous.

    `also_to` are the post's author, and for a carrier the home group.
    """
    cc = tuple(dict.fromkeys((followers, *also_to)))
    return Announce(id=id, actor=group, to=(PUBLIC,), cc=cc, published=published, object=post)


def undo_of(id: str, announce: Announce) -> Undo:
    """Takes an announcement back, for the same audience. What was embedded is named by its id only."""
    inner = announce.object
    named = inner if inner is None or isinstance(inner, str) else inner.id
    short = replace(announce, to=(), cc=(), audience=None, published=None, object=named)
    return Undo(id=id, actor=announce.actor, to=announce.to, cc=announce.cc, object=short)


def splice(outer: Document, inner: bytes) -> bytes:
    """The announcement as bytes, with the bytes of the activity in it exactly as they were received (rule 4)."""
    shell = encode({key: value for key, value in outer.items() if key != "object"})
    return b"".join((shell[:-1], b',"object":', inner.strip(), b"}"))


class Relayed(NamedTuple):
    """An activity that came inside an Announce."""

    document: Document
    body: bytes
    """Its bytes as they stood there."""


def unwrap(announce: Document, body: bytes) -> tuple[Relayed, ...]:
    """The activities in an Announce, whose bytes are `body`; empty when it announces an object.

    It is opened once: an Announce inside is dropped (D48). PieFed may put up to 50 activities into one (T31). Where
    PieFed took away an inner `@context`, the one in its proof stands in (federation.md 2.8). None of this proves who
    said the inner activity (D47).

    Raises Malformed (the bytes are not those of the document).
    """
    value = announce.get("object")
    path = ["object"]
    inner = document(value)
    if inner is not None and not is_activity(inner):
        path.append("orderedItems" if inner.get("orderedItems") else "items")
        value = inner.get(path[-1])
        inner = None
    if inner is not None:
        return _relayed([inner], [_raw(body, path)])
    if not isinstance(value, list):
        return ()
    listed = cast("list[object]", value)[:_MOST_RELAYED_AT_ONCE]
    return _relayed(listed, _raw_list(_raw(body, path))[:_MOST_RELAYED_AT_ONCE])


def _relayed(values: list[object], bodies: list[bytes]) -> tuple[Relayed, ...]:
    if len(values) != len(bodies):
        raise Malformed("the bytes are not those of the document")
    found: list[Relayed] = []
    for value, raw in zip(values, bodies, strict=True):
        inner = document(value)
        if inner is not None and is_activity(inner) and type_of(inner) != "Announce":
            found.append(Relayed(restore_context(inner), raw))
    return tuple(found)


def _raw(body: bytes, path: list[str]) -> bytes:
    """The bytes of one value. Keys are unique, or the body would have been refused (S140)."""
    try:
        for key in path:
            body = bytes(msgspec.json.decode(body, type=dict[str, msgspec.Raw])[key])
    except (msgspec.DecodeError, KeyError) as error:
        raise Malformed("the bytes are not those of the document") from error
    return body


def _raw_list(body: bytes) -> list[bytes]:
    try:
        return [bytes(one) for one in msgspec.json.decode(body, type=list[msgspec.Raw])]
    except msgspec.DecodeError as error:
        raise Malformed("the bytes are not those of the document") from error
