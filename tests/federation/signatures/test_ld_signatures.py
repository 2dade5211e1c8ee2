"""LD signatures, as Mastodon checks them: over the graph of the whole document, by the actor's RSA key (D14, D52)."""

import hashlib
import importlib
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from federation.errors import Malformed
from federation.signatures.key_formats import is_signed_by
from federation.signatures.ld_contexts import CONTEXTS
from federation.signatures.ld_signatures import add_ld_signature
from federation.signatures.object_proofs import add_proof
from federation.vocabulary.activities import Activity, Create, Delete, Move, Update
from federation.vocabulary.actors import Group, Multikey, ProfileField, PublicKey
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.objects import (
    Attachment,
    CollectionRef,
    EventDetails,
    InteractionPolicy,
    Poll,
    PollOption,
    Post,
)
from federation.vocabulary.tags import Emoji, Hashtag, Mention, ObjectLink
from federation.vocabulary.writing import write
from tests import keys

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ADA = "https://ours.example/u/ada"
KEY = f"{ADA}#main-key"


def _post(**more: Any) -> Post:
    values: dict[str, Any] = {
        "id": "https://ours.example/p/1",
        "type": "Article",
        "attributed_to": (ADA,),
        "name": "Which oven?",
        "summary": "<p>Ours broke.</p>",
        "content": "<p>Ours broke.</p>",
        "source": "Ours broke.",
        "language": "en",
        "to": (PUBLIC,),
        "cc": (f"{ADA}/followers",),
        "audience": "https://ours.example/groups/sales",
        "network": "https://network.example/actor",
        "in_reply_to": "https://beta.example/p/9",
        "context": "https://ours.example/t/1",
        "conversation": "https://ours.example/t/1",
        "url": "https://ours.example/@ada/1",
        "published": NOW,
        "updated": NOW,
        "mentions": (Mention("https://beta.example/u/rui", "@rui@beta.example"),),
        "hashtags": (Hashtag("Fair", "https://ours.example/tags/fair"),),
        "emojis": (Emoji("oven", "https://ours.example/oven.png", "https://ours.example/e/1", NOW),),
        "links": (ObjectLink("https://beta.example/p/2", "p", ("quote",), "application/activity+json"),),
        "attachments": (
            Attachment(
                type="Image",
                url="https://ours.example/a.png",
                media_type="image/png",
                alt="an oven",
                width=20,
                height=10,
                blurhash="LEHV6n",
                focal_point=(0.5, -0.25),
            ),
            Attachment(type="Link", url="https://shop.example/", alt="a shop"),
        ),
        "image": "https://ours.example/b.png",
        "quote": "https://beta.example/p/2",
        "quote_authorization": "https://beta.example/q/2",
        "replies": CollectionRef(
            id="https://ours.example/p/1/replies",
            total=1,
            items=("https://ours.example/p/2",),
            next="https://x.example/",
        ),
        "likes": CollectionRef(id="https://ours.example/p/1/likes", total=3),
        "shares": CollectionRef(id="https://ours.example/p/1/shares", total=0),
        "comments_enabled": True,
        "interaction_policy": InteractionPolicy(can_reply=(PUBLIC,), can_quote=(ADA,), can_announce=(PUBLIC,)),
        "searchable_by": (PUBLIC,),
        "preview": "<p>Ours broke.</p>",
    } | more
    return Post(**values)


def _group() -> Group:
    home = "https://ours.example/groups/sales"
    return Group(
        id=home,
        inbox=f"{home}/inbox",
        outbox=f"{home}/outbox",
        followers=f"{home}/followers",
        following=f"{home}/following",
        featured=f"{home}/featured",
        moderators=f"{home}/moderators",
        shared_inbox="https://ours.example/inbox",
        username="sales",
        name="Sales",
        summary="<p>Selling</p>",
        source="Selling",
        webfinger="sales@ours.example",
        url="https://ours.example/@sales",
        public_keys=(PublicKey(f"{home}#main-key", home, "-----BEGIN PUBLIC KEY-----"),),
        assertion_methods=(Multikey(f"{home}#ed25519-key", home, "z6Mk"),),
        icon="https://ours.example/i.png",
        icon_text="a till",
        fields=(ProfileField("Rules", "Be brief"),),
        published=NOW,
        updated=NOW,
        discoverable=True,
        indexable=True,
        shows_media=True,
        shows_featured=True,
        attribution_domains=("shop.example",),
        also_known_as=("https://beta.example/c/old",),
        moved_to="https://beta.example/c/new",
        generator="https://ours.example/actor",
    )


def _said(kind: type[Activity], about: object) -> Activity:
    make: Any = kind
    return make(id="https://ours.example/a/1", actor=ADA, to=(PUBLIC,), cc=(), published=NOW, object=about)


EVERYTHING = [
    _said(Create, _post()),
    _said(
        Create, _post(type="Question", poll=Poll(options=(PollOption("Mon", 2),), ends_at=NOW, closed_at=NOW, voters=2))
    ),
    _said(
        Create, _post(type="Event", event=EventDetails(starts_at=NOW, ends_at=NOW, place="Hall 2", status="CONFIRMED"))
    ),
    _said(Update, _group()),
    _said(Delete, "https://ours.example/p/1"),
    Move(id="https://ours.example/a/2", actor=ADA, to=(PUBLIC,), object=ADA, target="https://beta.example/u/ada"),
]


def _named(said: Activity) -> str:
    return f"{type(said).__name__} of {type(getattr(said, 'object', None)).__name__}"


def _graph(document: dict[str, Any]) -> str:
    """What a reader with nothing but the two context documents makes of it."""
    jsonld: Any = importlib.import_module("pyld.jsonld")
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}
    return jsonld.normalize(document, options)


def _load(url: str, options: object) -> dict[str, Any]:
    return {"contentType": "", "contextUrl": None, "documentUrl": url, "document": CONTEXTS[url]}


def _holds(document: dict[str, Any]) -> bool:
    """Whether the signature holds, by the steps that RsaSignature2017 asks of a reader."""
    signature = document["signature"]
    options: dict[str, Any] = {name: signature[name] for name in ("creator", "created")}
    options["@context"] = "https://w3id.org/security/v1"
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    signed = "".join(hashlib.sha256(_graph(part).encode()).hexdigest() for part in (options, unsigned))
    return is_signed_by(keys.rsa_key(1).public_key(), b64decode(signature["signatureValue"]), signed.encode())


@pytest.mark.parametrize("said", EVERYTHING, ids=_named)
def test_the_signature_covers_all_that_is_said_and_the_proof(said: Activity) -> None:
    proven = add_proof(write(said), keys.ed25519_key(1), f"{ADA}#ed25519-key", now=NOW)
    signed = add_ld_signature(proven, keys.rsa_key(1), KEY, now=NOW)

    assert (signed["signature"]["type"], signed["signature"]["creator"]) == ("RsaSignature2017", KEY)
    assert {name: value for name, value in signed.items() if name != "signature"} == proven
    assert _holds(signed)
    assert not _holds({**signed, "actor": "https://evil.example/u/eve"})
    assert not _holds({**signed, "proof": {**signed["proof"], "proofValue": "z1"}})


def test_it_survives_being_written_in_another_order_and_with_lists_for_single_values() -> None:
    signed = add_ld_signature(write(EVERYTHING[0]), keys.rsa_key(1), KEY, now=NOW)
    other = {name: signed[name] for name in reversed(signed)}
    other["actor"] = [other["actor"]]
    other["object"] = [other["object"]]

    assert _holds(other)


@pytest.mark.parametrize("said", EVERYTHING, ids=_named)
def test_every_name_that_we_write_means_something(said: Activity) -> None:
    """What has no meaning is not signed, and could be changed on the way."""
    document = add_proof(write(said), keys.ed25519_key(1), f"{ADA}#ed25519-key", now=NOW)

    assert _meaningless(document) == []
    assert _meaningless({**document, "oddity": 1}) == ["_:oddity"]


def _meaningless(document: dict[str, Any]) -> list[str]:
    jsonld: Any = importlib.import_module("pyld.jsonld")
    return sorted(name for name in _names(jsonld.expand(document, {"documentLoader": _load})) if name.startswith("_:"))


def _names(value: object) -> set[str]:
    if isinstance(value, list):
        return {name for one in cast("list[object]", value) for name in _names(one)}
    if isinstance(value, dict):
        return {name for key, one in cast("dict[str, object]", value).items() for name in {key} | _names(one)}
    return set()


def test_many_threads_sign_at_once() -> None:

    def sign(said: Activity) -> dict[str, Any]:
        return add_ld_signature(write(said), keys.rsa_key(1), KEY, now=NOW)

    with ThreadPoolExecutor(8) as threads:
        signed = list(threads.map(sign, EVERYTHING * 5))

    assert all(_holds(each) for each in signed)


def test_a_context_that_is_not_here_is_never_asked_for() -> None:
    with pytest.raises(Malformed):
        add_ld_signature({"@context": "https://evil.example/context", "id": ADA}, keys.rsa_key(1), KEY, now=NOW)
