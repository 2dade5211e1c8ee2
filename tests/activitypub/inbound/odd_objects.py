"""Odd ActivityStreams documents, in our own words: every type, wrong shapes everywhere, cycles, depth, JSON-LD forms.

`{me}`, `{inbox}` and so on are not used: each function is given the addresses of who says it and of whom it is said to.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from tests.kit.peers import PUBLIC

Document = dict[str, Any]

OBJECTS = """Note Article Page Question Event Video Audio Image Document Place Profile Relationship Tombstone Collection
    OrderedCollection CollectionPage Person Group Service Application Organization Link Mention Hashtag Emoji
    ChatMessage Recipe Review Commit Ticket Flag Object http://example.org/ns#Thing as:Note""".split()
ACTIVITIES = """Accept Add Announce Arrive Block Create Delete Dislike EmojiReact Flag Follow Ignore Invite Join Leave
    Like Listen Lock Move Offer QuoteRequest Read Reject Remove TentativeAccept TentativeReject Travel Undo Update View
    Vote Bite""".split()
FIELDS = """id type attributedTo to cc bto audience content contentMap name nameMap summary source mediaType published
    updated inReplyTo context conversation url tag attachment icon image replies likes shares sensitive oneOf anyOf
    endTime closed votersCount startTime location quote quoteUrl interactionPolicy language proof signature preview
    generator duration""".split()
VALUES: list[Any] = [
    None, True, 0, -1, 1.5e300, 10**40, "", " ", "\u0000", "\u202e", "x" * 3000, [], {}, [[]], [None], [{}, 1, None],
    {"id": None}, {"@value": "text", "@language": "de"}, {"de": "Brot", "en": None, "x-" * 40: []}, "not a time",
    "9999-12-31T23:59:60+99:99", "0000-00-00T00:00:00Z", "https://", "javascript:alert(1)", "https://[::1", "data:,x",
    {"type": "Link", "href": ["a", {"href": {}}]}, [["https://a.example/1"]], ["#tag", {"type": "Mention"}],
]  # fmt: skip
"""Where a string, a time, an address or a list of them is expected."""


def said(me: str, ada: str, number: int, kind: str, about: Any, **more: Any) -> Document:
    """An activity as it should be around something that is not."""
    id_ = f"{me}/odd/{number}"
    around: Document = {"id": id_, "type": kind, "actor": me, "object": about, "to": [PUBLIC], "cc": [ada]}
    return {"@context": "https://www.w3.org/ns/activitystreams", **around, **more}


def note(me: str, ada: str, number: int, **more: Any) -> Document:
    """A post that is as it should be, but for `more`."""
    mention = {"type": "Mention", "href": ada, "name": "@ada"}
    usual: Document = {"id": f"{me}/odd/notes/{number}", "type": "Note", "attributedTo": me, "content": "<p>Odd</p>"}
    return {**usual, "to": [PUBLIC], "cc": [ada], "tag": [mention], "published": "2026-11-01T10:00:00Z", **more}


def corpus(me: str, ada: str, ours: str) -> Iterator[Document]:
    """All of it. `ada` is one of ours, `ours` a post of hers."""
    numbers = itertools.count()

    def create(**more: Any) -> Document:
        number = next(numbers)
        return said(me, ada, number, "Create", note(me, ada, number, **more))

    for kind in OBJECTS:
        yield create(type=kind)
        yield create(type=[kind, "Note"], name="A name", url=f"{me}/page")
    for number, (field, value) in enumerate(itertools.product(FIELDS, VALUES)):
        if number % 3 == 0:
            yield create(**{field: value})
    for kind, about in itertools.product(ACTIVITIES, _abouts(me, ada, ours)):
        if not (kind == "Delete" and me in str(about)):  # that would be the end of them
            yield said(me, ada, next(numbers), kind, about)
    for inner, outer in itertools.product(
        ("Like", "Follow", "Create", "Delete", "Undo"), ("Undo", "Announce", "Accept")
    ):
        about = said(me, ada, next(numbers), inner, said(me, ada, next(numbers), outer, ours))
        yield said(me, ada, next(numbers), outer, about)
    for more in _larger(me, ada):
        yield create(**more)
    for changed in _envelopes(me):
        yield {**create(), **changed}


def _abouts(me: str, ada: str, ours: str) -> list[Any]:
    return [
        None, ours, ada, me, "", 7, [], [ours, ada], {}, {"id": ours}, {"type": "Note"}, [{"id": me, "type": "Person"}],
        {"id": ours, "type": ["Note", None, 3], "attributedTo": [ada, me]}, f"{me}/odd/not/there", PUBLIC,
    ]  # fmt: skip


def _larger(me: str, ada: str) -> Iterator[Document]:
    """Depth, breadth, cycles, and JSON-LD as other processors may write it."""
    deep: Any = "end"
    for _ in range(60):
        deep = {"type": "Note", "inReplyTo": deep, "tag": [deep] if isinstance(deep, str) else []}
    yield {"inReplyTo": deep}
    yield {"content": "<div>" * 2000 + "deep" + "</div>" * 2000}
    yield {"tag": [{"type": "Hashtag", "name": f"#t{n}"} for n in range(3000)]}
    yield {"tag": [{"type": "Mention", "href": f"{me}{n}", "name": "@x"} for n in range(400)]}
    yield {"to": [f"{me}/nobody/{n}" for n in range(2000)] + [ada]}
    yield {"attachment": [{"type": "Image", "url": f"{me}/{n}.png"} for n in range(500)]}
    yield {"type": "Question", "oneOf": [{"type": "Note", "name": str(n % 3)} for n in range(300)]}
    for cycle in ("inReplyTo", "context", "quote", "replies", "conversation"):
        yield {"id": f"{me}/odd/cycles/{cycle}", cycle: f"{me}/odd/cycles/{cycle}"}
    yield {"replies": {"type": "Collection", "first": {"type": "CollectionPage", "next": f"{me}/odd/r", "items": [1]}}}
    spelled = "https://www.w3.org/ns/activitystreams#"
    yield {f"{spelled}content": [{"@value": "Brot", "@language": "de"}], "content": None}
    yield {
        "@graph": [{"@id": me, "@type": [f"{spelled}Person"]}],
        "@id": f"{me}/odd/graph",
        "@type": [f"{spelled}Note"],
    }
    yield {"contentMap": {"de": "<p>Brot</p>", "en": "<p>Bread</p>", "und": 3, "": "x"}, "content": None}
    yield {"content": {"@set": [{"@value": "a"}]}, "published": {"@type": "xsd:dateTime", "@value": "2026-11-01"}}
    yield {"__proto__": {"type": "Note"}, "constructor": {}, "toString": "x", "\ud800": "\udfff"}


def _envelopes(me: str) -> Iterator[Document]:
    """What is wrong is the activity itself."""
    contexts: list[Any] = [
        None,
        3,
        [],
        [[]],
        {},
        ["https://example.org/never", {"@vocab": 1}],
        {"as": "x", "type": "@type"},
    ]
    for context in contexts:
        yield {"@context": context}
    for value in VALUES:
        yield {"published": value, "to": value, "cc": value}
        yield {"id": value}
    yield {"type": ["Create", "Like"]}
    yield {"actor": [me, me]}
    yield {"actor": {"id": me, "type": "Person"}}
    yield {"object": None, "target": {"object": {}}, "origin": [], "instrument": 4, "result": {"id": 1}}
