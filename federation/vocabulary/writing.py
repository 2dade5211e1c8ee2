"""From our dataclasses to JSON, strictly: `to` and `cc` as lists, full addresses, nothing empty.

Everything written can be put into canonical form (RFC 8785): the only numbers with a fraction are focal points.
"""

import orjson

from federation.vocabulary import activities as said
from federation.vocabulary.activities import Activity
from federation.vocabulary.actors import Actor
from federation.vocabulary.collections import Collection, CollectionPage, Item
from federation.vocabulary.contexts import (
    ACTIVITY_CONTEXT,
    ACTOR_CONTEXT,
    EVENT_CONTEXT,
    FEATURING_CONTEXT,
    POST_CONTEXT,
    Context,
)
from federation.vocabulary.featuring import (
    FeatureAuthorization,
    FeaturedCollection,
    write_feature_authorization,
    write_featured_collection,
)
from federation.vocabulary.objects import Post, QuoteAuthorization, Tombstone
from federation.vocabulary.values import Document
from federation.vocabulary.writing_actors import write_actor
from federation.vocabulary.writing_objects import (
    filled,
    write_moment,
    write_post,
    write_quote_authorization,
    write_tag,
    write_tombstone,
)

Featuring = FeaturedCollection | FeatureAuthorization
Writable = Activity | Post | QuoteAuthorization | Tombstone | Actor | Collection | CollectionPage | Featuring


def write(thing: Writable) -> Document:
    """A document that stands alone, with its `@context`."""
    return {"@context": context_of(thing), **write_bare(thing)}


def write_bytes(thing: Writable) -> bytes:
    """The bytes to send or to answer with. They are made once and kept: every attempt sends the same (R047)."""
    return encode(write(thing))


def encode(document: Document) -> bytes:
    return orjson.dumps(document)


def write_bare(thing: Writable) -> Document:
    """As it stands inside another document, without `@context`."""
    match thing:
        case Activity():
            return write_activity(thing)
        case Post():
            return write_post(thing)
        case QuoteAuthorization():
            return write_quote_authorization(thing)
        case Tombstone():
            return write_tombstone(thing)
        case Actor():
            return write_actor(thing)
        case Collection():
            return _collection(thing)
        case CollectionPage():
            return _page(thing)
        case FeaturedCollection():
            return write_featured_collection(thing)
        case FeatureAuthorization():
            return write_feature_authorization(thing)


def context_of(thing: Writable) -> Context:
    """The shortest of our contexts that has all the terms in it."""
    match thing:
        case Actor() | said.Update(object=Actor()):
            return ACTOR_CONTEXT
        case Post(event=None) | QuoteAuthorization() | said.QuoteRequest():
            return POST_CONTEXT
        case Post():
            return EVENT_CONTEXT
        case said.Create(object=Post() as inner) | said.Update(object=Post() as inner):
            return context_of(inner)
        case said.Announce(object=Post() | Activity() as inner):
            return context_of(inner)
        case Collection() | CollectionPage():
            return POST_CONTEXT
        case said.FeatureRequest():
            return FEATURING_CONTEXT
        case said.Accept(object=said.FeatureRequest()) | said.Reject(object=said.FeatureRequest()):
            return FEATURING_CONTEXT
        case FeaturedCollection() | FeatureAuthorization():
            return FEATURING_CONTEXT
        case _:
            return ACTIVITY_CONTEXT


def write_activity(activity: Activity) -> Document:
    """An activity without `@context`; what is embedded in it has none either."""
    written: Document = {"id": activity.id} if activity.id else {}
    written["type"] = activity.type_name if isinstance(activity, said.Unknown) else activity.type
    written["actor"] = activity.actor
    if activity.published is not None:
        written["published"] = write_moment(activity.published)
    written["to"] = list(activity.to)
    written["cc"] = list(activity.cc)
    if activity.audience:
        written["audience"] = activity.audience
    written.update(_particulars(activity))
    return written


def _particulars(activity: Activity) -> Document:
    """What each kind of activity has beyond who, to whom and when."""
    match activity:
        case said.Create() | said.Update() | said.Announce() | said.Undo():
            return filled({"object": _embedded(activity.object)})
        case said.Accept():
            return filled({"object": _embedded(activity.object), "result": activity.result})
        case said.Reject():
            more = {"target": activity.target, "summary": activity.summary}
            return filled({"object": _embedded(activity.object), **more})
        case said.Delete():
            return _delete(activity)
        case said.Like():
            tag = [write_tag(activity.picture)] if activity.picture is not None else None
            emoji = {"content": activity.emoji, "_misskey_reaction": activity.emoji, "tag": tag}
            return filled({"object": activity.object, **emoji})
        case said.Flag():
            return filled({"object": list(activity.objects), "content": activity.content})
        case said.Move():
            where = {"origin": activity.origin, "target": activity.target, "result": activity.result}
            return filled({"object": activity.object, **where})
        case said.FeatureRequest():
            return filled({"object": activity.object, "instrument": activity.instrument})
        case said.QuoteRequest():
            return filled({"object": activity.object, "instrument": _embedded(activity.instrument)})
        case said.Offer():
            return filled({"object": _embedded(activity.object), "target": activity.target})
        case said.Add():
            return filled({"object": activity.object, "target": activity.target})
        case said.Remove():
            return filled({"object": activity.object, "target": activity.target, "summary": activity.summary})
        case said.Block():
            return _block(activity)
        case said.Lock():
            return filled({"object": activity.object, "summary": activity.summary})
        case said.Follow() | said.Join() | said.Leave() | said.Dislike() | said.Unknown():
            return filled({"object": activity.object})
        case _:
            raise TypeError(f"no way to write {type(activity).__name__}")


def _embedded(inner: Activity | Post | Actor | str | None) -> Document | str | None:
    return inner if inner is None or isinstance(inner, str) else write_bare(inner)


def _delete(activity: said.Delete) -> Document:
    """Names the object by its id, which is all Lemmy reads. An empty reason still says that a moderator did it."""
    written: Document = {"object": activity.object}
    if activity.summary is not None:
        written["summary"] = activity.summary
    if activity.with_replies:
        written["withReplies"] = True
    return written


def _block(activity: said.Block) -> Document:
    written = filled({"object": activity.object, "target": activity.target, "summary": activity.summary})
    written["removeData"] = activity.remove_data
    if activity.ends_at is not None:
        # Lemmy reads `endTime`, older Lemmy and PieFed `expires`.
        written["endTime"] = written["expires"] = write_moment(activity.ends_at)
    return written


def _collection(collection: Collection) -> Document:
    first = collection.first
    written = filled(
        {
            "id": collection.id,
            "type": "OrderedCollection" if collection.ordered else "Collection",
            "name": collection.name,
            "attributedTo": collection.attributed_to,
            "audience": collection.audience,
            "fc:movedFrom": collection.moved_from,
            "fc:movedTo": collection.moved_to,
            "updated": write_moment(collection.updated),
            "totalItems": collection.total,
            "first": _page(first) if isinstance(first, CollectionPage) else first,
            "last": collection.last,
        }
    )
    if collection.items or (first is None and not collection.total):
        written["orderedItems" if collection.ordered else "items"] = [_item(one) for one in collection.items]
    return written


def _page(page: CollectionPage) -> Document:
    written = filled(
        {
            "id": page.id,
            "type": "OrderedCollectionPage" if page.ordered else "CollectionPage",
            "partOf": page.part_of,
            "next": page.next,
            "prev": page.prev,
            "totalItems": page.total,
        }
    )
    written["orderedItems" if page.ordered else "items"] = [_item(one) for one in page.items]
    return written


def _item(item: Item) -> Document | str:
    return item if isinstance(item, str) else write_bare(item)
