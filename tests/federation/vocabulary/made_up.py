"""Hypothesis strategies: any JSON, JSON that looks like ActivityPub, and all that we can write ourselves."""

import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from federation.vocabulary import activities as said
from federation.vocabulary.actors import ACTOR_TYPES, Actor, Capability, Multikey, ProfileField, PublicKey
from federation.vocabulary.collections import Collection, CollectionPage
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.objects import (
    Attachment,
    CollectionRef,
    EventDetails,
    InteractionPolicy,
    Poll,
    PollOption,
    Post,
    Tombstone,
)
from federation.vocabulary.tags import Emoji, Hashtag, Mention, ObjectLink
from federation.vocabulary.text import clean_name, clean_text
from federation.vocabulary.urls import canonical_url

T = TypeVar("T")

KEYS = sorted(
    """@context id type actor object target origin to cc audience attributedTo name nameMap summary content contentMap
    source mediaType preview inReplyTo context conversation url href published updated tag attachment icon image
    replies likes shares totalItems first next items orderedItems partOf oneOf anyOf endTime closed votersCount
    startTime location address participantCount attendees interactionPolicy canReply automaticApproval always quote
    language identifier inbox outbox endpoints sharedInbox publicKey publicKeyPem owner assertionMethod controller
    publicKeyMultibase implements generator proof signature focalPoint width blurhash value rel moderators alsoKnownAs
    result removeData withReplies sensitive fc:audience""".split()
)
TYPES = sorted(
    {*said.ACTIVITY_TYPES, *ACTOR_TYPES, "EmojiReact", "View", "Note", "Article", "Question", "Event", "Tombstone"}
    | {"Collection", "OrderedCollection", "OrderedCollectionPage", "Mention", "Hashtag", "Emoji", "Link", "Image"}
    | {"PropertyValue", "Multikey", "RsaSignature2017"}
)
HOSTS = st.sampled_from(["a.example", "b.example:8443", "xn--bcher-kva.example", "localhost:7001"])

urls = st.builds(
    "{}://{}/{}".format,
    st.sampled_from(["https", "http"]),
    HOSTS,
    st.text(st.sampled_from("abcXYZ019/-_.~%#?=&:;,+@!üß"), max_size=20),
)
_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | urls | st.sampled_from(TYPES)
    | st.sampled_from([PUBLIC, "as:Public", "2026-11-20T08:12:00Z", "#tag", ":emoji:", "text/markdown"])
)  # fmt: skip


def _branches(inner: SearchStrategy[object]) -> SearchStrategy[object]:
    likely = st.fixed_dictionaries(
        {"type": st.sampled_from(TYPES)}, optional={"id": urls, "actor": urls, "object": inner}
    )
    return st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=8),
        st.builds(_merged, likely, st.dictionaries(st.sampled_from(KEYS), inner, max_size=8)),
    )


def _merged(one: dict[str, object], other: dict[str, object]) -> dict[str, object]:
    return {**other, **one}


any_json: SearchStrategy[object] = st.recursive(_leaves, _branches, max_leaves=25)

_ODD = (
    None, True, False, 0, -1, 2**70, 0.5, -0.0, 1e300, math.inf, math.nan, "", "\x00", "a\u202eb", "\U0001f9c1" * 3,
    PUBLIC, "as:Public", "2026-11-20T08:12:00Z", "#tag", ":emoji:", "text/markdown", "https://a.example/1",
    "http://b.example:8443/%zz?#", "https://xn--bcher-kva.example/ü", "localhost:7001", "//", "urn:x",
)  # fmt: skip


def dealt_json(dice: random.Random, room: int = 4) -> object:
    """Any JSON of the same shapes, dealt thirty times as fast as it is drawn; it is not made smaller when it fails."""
    if room == 0 or dice.random() < 0.25:
        return dice.choice(_ODD) if dice.random() < 0.7 else dice.choice(TYPES)
    if dice.random() < 0.25:
        return [dealt_json(dice, room - 1) for _ in range(dice.randrange(5))]
    found = {dice.choice(KEYS): dealt_json(dice, room - 1) for _ in range(dice.randrange(9))}
    if dice.random() < 0.6:
        found["type"] = dice.choice(TYPES)
    if dice.random() < 0.5:
        found["id"] = f"https://{dice.choice(('a.example', 'b.example:8443'))}/{dice.randrange(3)}"
    return found


_START = datetime(2020, 1, 1, tzinfo=UTC)
moments = st.integers(0, 10**12).map(lambda ms: _START + timedelta(milliseconds=ms))
_characters = st.characters(exclude_categories=("Cs",))
names = st.text(_characters, max_size=30).map(lambda s: clean_name(s, 60)).filter(bool)
texts = st.text(_characters, min_size=1, max_size=60).map(lambda s: clean_text(s, 60)).filter(bool)
words = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=1, max_size=8)
counts = st.integers(0, 2**53 - 1)


def maybe(strategy: SearchStrategy[T]) -> SearchStrategy[T | None]:
    return st.none() | strategy


def several(strategy: SearchStrategy[T], by: str | None = None) -> SearchStrategy[tuple[T, ...]]:
    """Up to three, each once."""

    def key(one: T) -> str:
        return str(one if by is None else getattr(one, by)).casefold()

    return st.lists(strategy, max_size=3, unique_by=key).map(tuple)


ids = urls.map(canonical_url).filter(bool).map(str)
people = several(ids | st.just(PUBLIC))
emojis = several(st.builds(Emoji, words, ids, maybe(ids), maybe(moments)), by="name")
hashtags = several(st.builds(Hashtag, words, maybe(ids)), by="name")

collection_refs = st.builds(
    CollectionRef, id=maybe(ids), total=maybe(counts), first=maybe(ids), items=several(ids), next=maybe(ids)
).filter(lambda ref: ref != CollectionRef())
attachments = st.builds(
    Attachment,
    type=st.sampled_from(["Image", "Video", "Audio", "Document", "Link"]),
    url=ids,
    media_type=maybe(words),
    alt=st.just("") | texts,
    width=maybe(counts),
    height=maybe(counts),
    blurhash=maybe(words),
    focal_point=maybe(st.tuples(st.floats(-1, 1), st.floats(-1, 1))),
)
policies = st.builds(
    InteractionPolicy, can_reply=maybe(people), can_quote=maybe(people), can_announce=maybe(people)
).filter(lambda policy: policy != InteractionPolicy())
polls = st.builds(
    Poll,
    options=several(st.builds(PollOption, names, counts), by="name"),
    multiple=st.booleans(),
    ends_at=maybe(moments),
    closed_at=maybe(moments),
    voters=maybe(counts),
)
events = st.builds(
    EventDetails,
    starts_at=maybe(moments),
    ends_at=maybe(moments),
    timezone=maybe(words),
    status=maybe(st.sampled_from(["CONFIRMED", "CANCELLED"])),
    join_mode=maybe(words),
    place=maybe(names),
    capacity=counts,
    participants=maybe(counts),
)


def _posts(kind: SearchStrategy[str], **more: SearchStrategy[object]) -> SearchStrategy[Post]:
    return st.builds(
        Post,
        id=ids,
        type=kind,
        attributed_to=several(ids),
        name=maybe(names),
        content=texts,
        summary=maybe(texts),
        source=maybe(texts),
        language=maybe(st.sampled_from(["en", "de", "pt-BR"])),
        sensitive=st.booleans(),
        to=people,
        cc=people,
        audience=maybe(ids),
        network=maybe(ids),
        in_reply_to=maybe(ids),
        context=maybe(ids),
        conversation=maybe(names),
        published=maybe(moments),
        updated=maybe(moments),
        mentions=several(st.builds(Mention, ids, words), by="href"),
        hashtags=hashtags,
        emojis=emojis,
        links=several(st.builds(ObjectLink, ids, names, several(words), maybe(words))),
        attachments=several(attachments),
        image=maybe(ids),
        quote=maybe(ids),
        replies=maybe(collection_refs),
        likes=maybe(collection_refs),
        shares=maybe(collection_refs),
        comments_enabled=maybe(st.booleans()),
        interaction_policy=maybe(policies),
        searchable_by=maybe(people),
        preview=maybe(texts),
        **more,
    ).map(lambda post: replace(post, url=post.id + "/page"))


posts = (
    _posts(st.sampled_from(["Note", "Article", "Page", "Album"]))
    | _posts(st.just("Question"), poll=polls)
    | _posts(st.just("Event"), event=events)
)
tombstones = st.builds(
    Tombstone,
    id=ids,
    former_type=maybe(words),
    deleted=maybe(moments),
    attributed_to=several(ids),
    context=maybe(ids),
    audience=maybe(ids),
)


def _with_texts(actor: Actor) -> Actor:
    """Something is said only about pictures that are there."""
    said = actor.name or ""
    return replace(actor, icon_text=said if actor.icon else "", image_text=said if actor.image else "")


def _actors(kind: type[Actor]) -> SearchStrategy[Actor]:
    is_group = kind is ACTOR_TYPES["Group"]
    return (
        st.builds(
            kind,
            id=ids,
            inbox=ids,
            username=st.just("") | words,
            name=maybe(names),
            summary=maybe(texts),
            source=maybe(texts),
            webfinger=maybe(words),
            outbox=maybe(ids),
            followers=maybe(ids),
            following=maybe(ids),
            featured=maybe(ids),
            pending_followers=maybe(ids),
            pending_following=maybe(ids),
            moderators=maybe(ids),
            shared_inbox=maybe(ids),
            public_keys=several(st.builds(PublicKey, ids, ids, words), by="id"),
            assertion_methods=several(st.builds(Multikey, ids, ids, words), by="id"),
            icon=maybe(ids),
            image=maybe(ids),
            fields=several(st.builds(ProfileField, names, texts)),
            hashtags=hashtags,
            emojis=emojis,
            published=maybe(moments),
            updated=maybe(moments),
            locked=st.booleans(),
            discoverable=maybe(st.booleans()),
            indexable=maybe(st.booleans()),
            shows_media=maybe(st.booleans()),
            shows_media_replies=maybe(st.booleans()),
            shows_featured=maybe(st.booleans()),
            attribution_domains=several(st.sampled_from(["a.example", "news.b.example", "xn--bcher-kva.example"])),
            sensitive=st.booleans() if is_group else st.just(False),
            posting_restricted_to_mods=st.booleans() if is_group else st.just(False),
            also_known_as=several(ids),
            moved_to=maybe(ids),
            memorial=st.booleans(),
            suspended=st.booleans(),
            implements=several(st.builds(Capability, ids, maybe(names)), by="href"),
            generator=maybe(ids),
            network=maybe(ids),
        )
        .map(lambda actor: replace(actor, url=actor.id + "/page"))
        .map(_with_texts)
    )


actors = st.one_of([_actors(kind) for kind in ACTOR_TYPES.values()])

_OWN: dict[type[said.Activity], dict[str, SearchStrategy[object]]] = {
    said.Follow: {},
    said.Dislike: {},
    said.Like: {"emoji": maybe(st.just("🎉"))},
    said.Delete: {"summary": st.none() | st.just("") | texts, "with_replies": st.booleans()},
    said.Move: {"origin": maybe(ids), "target": maybe(ids)},
    said.Add: {"target": maybe(ids)},
    said.Offer: {"target": maybe(ids)},
    said.QuoteRequest: {"instrument": maybe(ids)},
    said.Remove: {"target": maybe(ids), "summary": maybe(texts)},
    said.Lock: {"summary": maybe(texts)},
    said.Block: {
        "target": maybe(ids),
        "summary": maybe(texts),
        "ends_at": maybe(moments),
        "remove_data": st.booleans(),
    },
}


def _activities(kind: type[said.Activity], **more: SearchStrategy[object]) -> SearchStrategy[said.Activity]:
    return st.builds(
        kind,
        id=maybe(ids),
        actor=ids,
        to=people,
        cc=people,
        audience=maybe(ids),
        published=maybe(moments),
        **more,
    )


simple = st.one_of([_activities(kind, object=maybe(ids), **more) for kind, more in _OWN.items()])
_answered = simple | maybe(ids)
activities = st.one_of(
    simple,
    _activities(said.Create, object=maybe(ids) | posts),
    _activities(said.Update, object=maybe(ids) | posts | actors),
    _activities(said.Announce, object=maybe(ids) | posts | simple | _activities(said.Create, object=posts)),
    _activities(said.Undo, object=_answered),
    _activities(said.Accept, object=_answered, result=maybe(ids)),
    _activities(said.Reject, object=_answered, target=maybe(ids), summary=maybe(texts)),
    _activities(said.Flag, objects=several(ids), content=maybe(texts)),
    _activities(said.Unknown, type_name=words, object=maybe(ids)),
)

_items = several(ids) | several(posts, by="id") | several(simple, by="id")
pages = st.builds(
    CollectionPage,
    id=maybe(ids),
    ordered=st.booleans(),
    part_of=maybe(ids),
    next=maybe(ids),
    prev=maybe(ids),
    total=maybe(counts),
    items=_items,
)
collections = st.builds(
    Collection,
    id=ids,
    ordered=st.booleans(),
    total=maybe(counts),
    first=maybe(ids | pages),
    last=maybe(ids),
    items=_items,
    attributed_to=maybe(ids),
    audience=maybe(ids),
    name=maybe(names),
    updated=maybe(moments),
)
everything = st.one_of(posts, tombstones, actors, activities, pages, collections)
