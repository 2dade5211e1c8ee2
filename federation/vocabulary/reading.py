"""From JSON of any server to our dataclasses. Forgives whatever can be forgiven (federation.md rule 9).

One or many, object or address, missing, null and wrong types are all survived; lists and texts are cut at the limits of
`limits.py` (S141), addresses that are not http(s) are left out (S049), hidden characters are removed (S051). What is
left is refused with Malformed, and nothing else is ever raised.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypedDict

from federation.errors import Malformed
from federation.vocabulary import activities as said
from federation.vocabulary import limits
from federation.vocabulary.activities import ACTIVITY_TYPES, Activity
from federation.vocabulary.actors import ACTOR_TYPES, Actor
from federation.vocabulary.collections import Collection, CollectionPage, Item
from federation.vocabulary.objects import Post, Tombstone
from federation.vocabulary.reading_actors import read_actor
from federation.vocabulary.reading_objects import read_post, read_tombstone
from federation.vocabulary.reading_tags import read_tags
from federation.vocabulary.urls import canonical_url
from federation.vocabulary.values import (
    Document,
    addressees,
    count,
    document,
    group_named,
    is_signed,
    label,
    moment,
    reference,
    references,
    several,
    short,
    type_of,
    words,
)

Anything = Activity | Post | Tombstone | Actor | Collection | CollectionPage

_DEEPEST = 2
"""Announce{Undo{Like}}: the deepest nesting of activities that means something."""

_COLLECTIONS = {"Collection": False, "OrderedCollection": True}
_PAGES = {"CollectionPage": False, "OrderedCollectionPage": True}


def read(value: object) -> Anything:
    """Whatever it is. An object of an unknown type is read as a post, an activity of an unknown type as `Unknown`.

    Raises Malformed.
    """
    thing = document(value)
    if thing is None:
        raise Malformed("not a JSON object")
    kind = type_of(thing)
    if kind in ACTIVITY_TYPES:
        return read_activity(thing)
    if kind in ACTOR_TYPES or "inbox" in thing:
        return read_actor(thing)
    if kind in _COLLECTIONS or kind in _PAGES:
        return read_collection(thing)
    if kind == "Tombstone":
        return read_tombstone(thing)
    return read_activity(thing) if is_activity(thing) else read_post(thing)


def read_activity(value: object) -> Activity:
    """An activity. Raises Malformed (not an object, no type, no actor)."""
    thing = document(value)
    if thing is None:
        raise Malformed("not a JSON object")
    return _activity(thing, 0)


def read_collection(value: object) -> Collection | CollectionPage:
    """A collection or one of its pages. Items that cannot be read are left out. Raises Malformed."""
    thing = document(value)
    kind = type_of(thing) if thing else ""
    if thing is None or (kind not in _COLLECTIONS and kind not in _PAGES):
        raise Malformed("not a collection")
    return _page(thing) if kind in _PAGES else _collection(thing)


class _Envelope(TypedDict):
    id: str | None
    actor: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: str | None
    published: datetime | None
    has_proof: bool
    has_ld_signature: bool


def is_activity(thing: Document) -> bool:
    """Whether it says that somebody did something, rather than being a thing itself."""
    kind = type_of(thing)
    if kind in ACTIVITY_TYPES or kind == "EmojiReact":
        return True
    return "actor" in thing and "attributedTo" not in thing and "content" not in thing and "name" not in thing


def _activity(thing: Document, depth: int) -> Activity:
    kind = type_of(thing)
    actors = several(thing.get("actor"), 2)
    actor = reference(actors[0]) if len(actors) == 1 else None
    if not kind or actor is None:
        raise Malformed("the activity has no type, or not one actor that is an http(s) address")
    signature = document(thing.get("signature"))
    envelope = _Envelope(
        id=canonical_url(thing.get("id")),
        actor=actor,
        to=addressees(thing.get("to")),
        cc=addressees(thing.get("cc")),
        audience=group_named(thing.get("audience")),
        published=moment(thing.get("published")),
        has_proof=is_signed(thing),
        has_ld_signature=signature is not None and signature.get("type") == "RsaSignature2017",
    )
    reader = _READERS.get(kind)
    if reader is None:
        return said.Unknown(**envelope, type_name=kind, object=reference(thing.get("object")))
    return reader(thing, envelope, depth)


def _embedded_activity(value: object, depth: int) -> Activity | str | None:
    """An activity inside another, else its id."""
    thing = document(value)
    if thing is not None and depth < _DEEPEST and is_activity(thing):
        try:
            return _activity(thing, depth + 1)
        except Malformed:
            return reference(value)  # it says too little to act on, but its id may still name what we know
    return reference(value)


def _embedded_post(value: object) -> Post | str | None:
    """A post inside an activity, else its id."""
    thing = document(value)
    if thing is None:
        return reference(value)
    kind = type_of(thing)
    if kind == "Tombstone" or kind in ACTOR_TYPES or canonical_url(thing.get("id")) is None or _bare(thing):
        return reference(value)
    return read_post(thing)


def _bare(thing: Document) -> bool:
    """Whether it only names something. A tombstone without more says all it has to say."""
    return thing.keys() <= {"id", "type", "@context"} and type_of(thing) != "Tombstone"


def _create(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    return said.Create(**envelope, object=_embedded_post(_first(thing.get("object"))))


def _update(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    value = _first(thing.get("object"))
    inner = document(value)
    if inner is not None and (type_of(inner) in ACTOR_TYPES or "inbox" in inner):
        try:
            return said.Update(**envelope, object=read_actor(inner))
        except Malformed:
            return said.Update(**envelope, object=reference(value))  # half an actor: to be fetched
    return said.Update(**envelope, object=_embedded_post(value))


def _delete(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    value = _first(thing.get("object"))
    inner = document(value)
    is_tombstone = inner is not None and type_of(inner) == "Tombstone" and canonical_url(inner.get("id")) is not None
    return said.Delete(
        **envelope,
        object=reference(value),
        tombstone=read_tombstone(inner) if inner is not None and is_tombstone else None,
        summary=words(thing.get("summary"), limits.SUMMARY),
        with_replies=thing.get("withReplies") is True,
    )


def _announce(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    value = _first(thing.get("object"))
    inner = document(value)
    if depth > 0 or inner is None:
        return said.Announce(**envelope, object=reference(value))  # unwrapped once (D48)
    if is_activity(inner):
        return said.Announce(**envelope, object=_embedded_activity(inner, depth))
    return said.Announce(**envelope, object=_embedded_post(inner))


def _like(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    emoji = short(thing.get("content"), limits.SHORTCODE) or short(thing.get("_misskey_reaction"), limits.SHORTCODE)
    pictures = read_tags(thing.get("tag")).emojis if emoji is not None else ()
    picture = next((each for each in pictures if emoji == f":{each.name}:" or emoji == each.name), None)
    return said.Like(**envelope, object=reference(thing.get("object")), emoji=emoji, picture=picture)


def _flag(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    complaint = words(thing.get("content"), limits.SUMMARY) or words(thing.get("summary"), limits.SUMMARY)
    return said.Flag(**envelope, objects=references(thing.get("object"), limits.FLAGGED), content=complaint)


def _block(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    return said.Block(
        **envelope,
        object=reference(thing.get("object")),
        target=reference(thing.get("target")),
        summary=words(thing.get("summary"), limits.SUMMARY),
        ends_at=moment(thing.get("endTime")) or moment(thing.get("expires")),
        remove_data=thing.get("removeData") is True,
    )


def _reject(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    return said.Reject(
        **envelope,
        object=_embedded_activity(_first(thing.get("object")), depth),
        target=reference(thing.get("target")),
        summary=words(thing.get("summary"), limits.SUMMARY),
    )


def _accept(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    inner = _embedded_activity(_first(thing.get("object")), depth)
    return said.Accept(**envelope, object=inner, result=reference(thing.get("result")))


def _move(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    moved, target = reference(thing.get("object")), reference(thing.get("target"))
    origin, result = reference(thing.get("origin")), reference(thing.get("result"))
    return said.Move(**envelope, object=moved, origin=origin, target=target, result=result)


def _add(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    listed, target = reference(thing.get("object")), reference(thing.get("target"))
    return said.Add(**envelope, object=listed, target=target, target_owner=_owner(thing.get("target")))


def _remove(thing: Document, envelope: _Envelope, depth: int) -> Activity:
    return said.Remove(
        **envelope,
        object=reference(thing.get("object")),
        target=reference(thing.get("target")),
        target_owner=_owner(thing.get("target")),
        summary=words(thing.get("summary"), limits.SUMMARY),
    )


def _owner(value: object) -> str | None:
    collection = document(value)
    return reference(collection.get("attributedTo")) if collection is not None else None


_READERS: dict[str, Callable[[Document, _Envelope, int], Activity]] = {
    "Create": _create,
    "Update": _update,
    "Delete": _delete,
    "Follow": lambda thing, e, _: said.Follow(**e, object=reference(thing.get("object"))),
    "Accept": _accept,
    "Reject": _reject,
    "Announce": _announce,
    "Like": _like,
    "EmojiReact": _like,
    "Dislike": lambda thing, e, _: said.Dislike(**e, object=reference(thing.get("object"))),
    "Undo": lambda thing, e, depth: said.Undo(**e, object=_embedded_activity(_first(thing.get("object")), depth)),
    "Flag": _flag,
    "Move": _move,
    "Add": _add,
    "Remove": _remove,
    "Offer": lambda thing, e, depth: said.Offer(
        **e, object=_embedded_activity(_first(thing.get("object")), depth), target=reference(thing.get("target"))
    ),
    "QuoteRequest": lambda thing, e, _: said.QuoteRequest(
        **e, object=reference(thing.get("object")), instrument=reference(thing.get("instrument"))
    ),
    "FeatureRequest": lambda thing, e, _: said.FeatureRequest(
        **e, object=reference(thing.get("object")), instrument=reference(thing.get("instrument"))
    ),
    "Join": lambda thing, e, _: said.Join(**e, object=reference(thing.get("object"))),
    "Leave": lambda thing, e, _: said.Leave(**e, object=reference(thing.get("object"))),
    "Block": _block,
    "Lock": lambda thing, e, _: said.Lock(
        **e, object=reference(thing.get("object")), summary=words(thing.get("summary"), limits.SUMMARY)
    ),
}


def _first(value: object) -> object:
    return next(iter(several(value, 1)), None)


def _collection(thing: Document) -> Collection:
    id = canonical_url(thing.get("id"))
    if id is None:
        raise Malformed("the collection has no id that is an http(s) address")
    inline = document(thing.get("first"))
    return Collection(
        id=id,
        ordered=_COLLECTIONS[type_of(thing)],
        total=count(thing.get("totalItems")),
        first=_page(inline) if inline else canonical_url(thing.get("first")),
        last=reference(thing.get("last")),
        items=_items(thing),
        attributed_to=reference(thing.get("attributedTo")),
        audience=group_named(thing.get("audience")),
        moved_from=reference(thing.get("fc:movedFrom")),
        moved_to=reference(thing.get("fc:movedTo")),
        name=label(thing.get("name"), limits.TITLE),
        updated=moment(thing.get("updated")),
    )


def _page(thing: Document) -> CollectionPage:
    return CollectionPage(
        id=canonical_url(thing.get("id")),
        ordered=type_of(thing) != "CollectionPage",
        part_of=reference(thing.get("partOf")),
        next=reference(thing.get("next")),
        prev=reference(thing.get("prev")),
        total=count(thing.get("totalItems")),
        items=_items(thing),
    )


def _items(thing: Document) -> tuple[Item, ...]:
    given = thing.get("orderedItems")
    given = thing.get("items") if given is None else given
    found = (_item(one) for one in several(given, limits.COLLECTION_ITEMS))
    return tuple(item for item in found if item is not None)


def _item(value: object) -> Item | None:
    thing = document(value)
    if thing is None or _bare(thing) or type_of(thing) in _COLLECTIONS or type_of(thing) in _PAGES:
        return reference(value)
    try:
        found = read(thing)
    except Malformed:
        return reference(value)
    return None if isinstance(found, Collection | CollectionPage) else found
