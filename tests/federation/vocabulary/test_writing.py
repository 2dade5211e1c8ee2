"""Writing is strict: the forms every peer understands, and nothing empty."""

from datetime import UTC, datetime

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.signatures.object_proofs import PROOF_TERMS, add_proof
from federation.vocabulary import activities as said
from federation.vocabulary.actors import Application, Capability, Group, Multikey, ProfileField, PublicKey
from federation.vocabulary.collections import Collection, CollectionPage
from federation.vocabulary.contexts import ACTIVITY_CONTEXT, ACTOR_CONTEXT, EVENT_CONTEXT, POST_CONTEXT, PUBLIC
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
from federation.vocabulary.values import Document
from federation.vocabulary.writing import Writable, context_of, write, write_bare, write_bytes
from tests.federation.recorded_messages import RUI, SALES

SITE = "https://assoc.example"
INES = f"{SITE}/u/ines"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

REPLY = Post(
    id=f"{SITE}/p/31",
    attributed_to=(INES,),
    content="<p>We share two.</p>",
    language="en",
    source="We share two.",
    to=(PUBLIC, RUI),
    cc=(SALES, f"{INES}/followers"),
    audience=SALES,
    in_reply_to=f"{RUI}/statuses/9",
    context=f"{SITE}/t/9",
    conversation=f"{SITE}/t/9",
    url=f"{SITE}/@ines/31",
    published=NOON,
    mentions=(Mention(RUI, "@rui@masto.example"),),
    replies=CollectionRef(id=f"{SITE}/p/31/replies", total=0),
)


def test_a_reply_as_other_servers_see_it() -> None:
    assert write(REPLY) == {
        "@context": POST_CONTEXT,
        "id": f"{SITE}/p/31",
        "type": "Note",
        "attributedTo": INES,
        "content": "<p>We share two.</p>",
        "contentMap": {"en": "<p>We share two.</p>"},
        "source": {"content": "We share two.", "mediaType": "text/markdown"},
        "audience": SALES,
        "inReplyTo": f"{RUI}/statuses/9",
        "context": f"{SITE}/t/9",
        "conversation": f"{SITE}/t/9",
        "url": f"{SITE}/@ines/31",
        "published": "2026-11-20T12:00:00Z",
        "replies": {"id": f"{SITE}/p/31/replies", "type": "Collection", "totalItems": 0},
        "to": [PUBLIC, RUI],
        "cc": [SALES, f"{INES}/followers"],
        "tag": [{"type": "Mention", "href": RUI, "name": "@rui@masto.example"}],
        "attachment": [],
        "sensitive": False,
    }


def test_t10_to_and_cc_are_always_lists_on_activity_and_object() -> None:
    create = write(said.Create(actor=INES, to=(PUBLIC,), object=Post(id=f"{SITE}/p/1", to=(PUBLIC,))))
    assert (create["to"], create["cc"]) == ([PUBLIC], [])
    inner = create["object"]
    assert isinstance(inner, dict)
    assert (inner["to"], inner["cc"]) == ([PUBLIC], [])


def test_t13_one_author_is_written_as_an_address() -> None:
    assert write(Post(id=f"{SITE}/p/1", attributed_to=(INES,)))["attributedTo"] == INES


def test_t42_a_title_is_written_as_plain_text() -> None:
    assert orjson.loads(write_bytes(Post(id=f"{SITE}/p/1", name="R&D < 5%")))["name"] == "R&D < 5%"


def test_times_have_milliseconds_only_when_they_need_them() -> None:
    post = Post(id=f"{SITE}/p/1", published=NOON, updated=NOON.replace(microsecond=123_456))
    assert (write(post)["published"], write(post)["updated"]) == ("2026-11-20T12:00:00Z", "2026-11-20T12:00:00.123Z")


def test_tags_attachments_and_policies_are_written_in_the_common_forms() -> None:
    post = Post(
        id=f"{SITE}/p/1",
        hashtags=(Hashtag("Fair", f"{SITE}/tags/fair"),),
        emojis=(Emoji("x", f"{SITE}/x.png"),),
        links=(ObjectLink(f"{SITE}/p/2", rel=("related",)),),
        attachments=(
            Attachment(type="Image", url=f"{SITE}/1.jpg", alt="A stand", focal_point=(0.0, -0.5)),
            Attachment(type="Link", url="https://stands.example/"),
        ),
        interaction_policy=InteractionPolicy(can_quote=(), can_reply=(PUBLIC,)),
        quote=f"{SITE}/p/3",
        image=f"{SITE}/2.jpg",
    )
    written = write(post)
    assert written["tag"] == [
        {"type": "Hashtag", "name": "#Fair", "href": f"{SITE}/tags/fair"},
        {"type": "Emoji", "name": ":x:", "icon": {"type": "Image", "url": f"{SITE}/x.png"}},
        {"type": "Link", "href": f"{SITE}/p/2", "rel": ["related"]},
    ]
    assert written["attachment"] == [
        {"type": "Image", "url": f"{SITE}/1.jpg", "name": "A stand", "focalPoint": [0.0, -0.5]},
        {"type": "Link", "href": "https://stands.example/"},
    ]
    assert written["interactionPolicy"] == {
        "canReply": {"automaticApproval": [PUBLIC]},
        "canQuote": {"automaticApproval": []},
    }
    assert written["quote"] == written["quoteUrl"] == f"{SITE}/p/3"


def test_a_poll_says_how_many_voted() -> None:
    written = write(Post(id=f"{SITE}/p/1", type="Question", poll=Poll(options=(PollOption("5 Dec", 2),), voters=2)))
    option: Document = {"type": "Note", "name": "5 Dec", "replies": {"type": "Collection", "totalItems": 2}}
    assert (written["oneOf"], written["votersCount"]) == ([option], 2)


def test_an_event_always_names_its_capacity() -> None:
    event = Post(id=f"{SITE}/p/1", type="Event", event=EventDetails(starts_at=NOON, place="Hall 2", status="CANCELLED"))
    written = write(event)
    assert written["@context"] == EVENT_CONTEXT
    assert written["maximumAttendeeCapacity"] == 0
    assert written["eventStatus"] == "https://w3id.org/fep/8a8e/EventCancelled"
    assert written["location"] == {"type": "Place", "name": "Hall 2"}


def test_a_group_as_other_servers_see_it() -> None:
    group = Group(
        id=SALES,
        inbox=f"{SALES}/inbox",
        username="sales",
        webfinger="sales@assoc.example",
        name="Sales desk",
        moderators=f"{SALES}/moderators",
        shared_inbox=f"{SITE}/inbox",
        public_keys=(PublicKey(f"{SALES}#main-key", SALES, "PEM"),),
        assertion_methods=(Multikey(f"{SALES}#ed25519", SALES, "z6Mk"),),
        fields=(ProfileField("Rules", "<p>Be kind</p>"),),
        generator=f"{SITE}/actor",
        implements=(Capability("https://w3id.org/fep/1b12", "FEP-1b12"),),
        discoverable=True,
    )
    assert write(group) == {
        "@context": ACTOR_CONTEXT,
        "id": SALES,
        "type": "Group",
        "preferredUsername": "sales",
        "webfinger": "sales@assoc.example",
        "name": "Sales desk",
        "inbox": f"{SALES}/inbox",
        "attributedTo": f"{SALES}/moderators",
        "moderators": f"{SALES}/moderators",
        "endpoints": {"sharedInbox": f"{SITE}/inbox"},
        "attachment": [{"type": "PropertyValue", "name": "Rules", "value": "<p>Be kind</p>"}],
        "discoverable": True,
        "publicKey": {"id": f"{SALES}#main-key", "owner": SALES, "publicKeyPem": "PEM"},
        "assertionMethod": [
            {"id": f"{SALES}#ed25519", "type": "Multikey", "controller": SALES, "publicKeyMultibase": "z6Mk"}
        ],
        "manuallyApprovesFollowers": False,
        "postingRestrictedToMods": False,
        "sensitive": False,
        "generator": {
            "type": "Application",
            "id": f"{SITE}/actor",
            "implements": [{"href": "https://w3id.org/fep/1b12", "name": "FEP-1b12"}],
        },
    }


def test_a_server_says_itself_what_it_can_do() -> None:
    server = Application(id=f"{SITE}/actor", inbox=f"{SITE}/inbox", implements=(Capability(f"{SITE}/x"),))
    assert write(server)["implements"] == [{"href": f"{SITE}/x"}]


def test_r036_while_keys_change_both_are_published() -> None:
    keys = (PublicKey(f"{INES}#main-key", INES, "A"), PublicKey(f"{INES}#key-2", INES, "B"))
    written = write(Group(id=INES, inbox=f"{INES}/inbox", public_keys=keys))["publicKey"]
    assert written == [
        {"id": f"{INES}#main-key", "owner": INES, "publicKeyPem": "A"},
        {"id": f"{INES}#key-2", "owner": INES, "publicKeyPem": "B"},
    ]


def test_an_accept_embeds_the_whole_follow() -> None:
    follow = said.Follow(id=f"{RUI}#f", actor=RUI, object=SALES)
    assert write(said.Accept(id=f"{SITE}/a/1", actor=SALES, to=(RUI,), object=follow)) == {
        "@context": ACTIVITY_CONTEXT,
        "id": f"{SITE}/a/1",
        "type": "Accept",
        "actor": SALES,
        "to": [RUI],
        "cc": [],
        "object": {"id": f"{RUI}#f", "type": "Follow", "actor": RUI, "to": [], "cc": [], "object": SALES},
    }


def test_an_offer_and_its_answer_name_each_other() -> None:
    offer = said.Offer(id=f"{SITE}/a/o5", actor=INES, to=(SALES,), object=f"{SITE}/p/7", target=SALES)
    answer = said.Accept(id=f"{SITE}/a/o6", actor=SALES, to=(INES,), object=offer.id, result=f"{SITE}/a/x1")
    assert (write(offer)["object"], write(offer)["target"]) == (f"{SITE}/p/7", SALES)
    assert (write(answer)["object"], write(answer)["result"]) == (f"{SITE}/a/o5", f"{SITE}/a/x1")


def test_a_moderators_deletion_has_a_summary_even_without_a_reason() -> None:
    by_author = said.Delete(actor=INES, object=f"{SITE}/p/1")
    assert "summary" not in write(by_author)
    assert write(by_author)["object"] == f"{SITE}/p/1"
    assert write(said.Delete(actor=INES, object=f"{SITE}/p/1", summary=""))["summary"] == ""


def test_a_tombstone_says_what_it_was() -> None:
    assert write_bare(Tombstone(id=f"{SITE}/p/1", former_type="Article", deleted=NOON)) == {
        "id": f"{SITE}/p/1",
        "type": "Tombstone",
        "formerType": "Article",
        "deleted": "2026-11-20T12:00:00Z",
    }


def test_collections_tell_their_size_and_pages_their_items() -> None:
    outbox = Collection(id=f"{SALES}/outbox", total=1, first=f"{SALES}/outbox?page=1")
    assert write_bare(outbox) == {
        "id": f"{SALES}/outbox",
        "type": "OrderedCollection",
        "totalItems": 1,
        "first": f"{SALES}/outbox?page=1",
    }
    followers = Collection(id=f"{SALES}/followers", total=3, ordered=False)
    assert write_bare(followers) == {"id": f"{SALES}/followers", "type": "Collection", "totalItems": 3}
    empty = Collection(id=f"{SALES}/featured")
    assert write_bare(empty)["orderedItems"] == []
    page = CollectionPage(id=f"{SALES}/outbox?page=1", part_of=f"{SALES}/outbox", items=(REPLY.id, REPLY))
    assert write_bare(page)["orderedItems"] == [REPLY.id, write_bare(REPLY)]


def test_every_context_is_the_shortest_with_all_terms_and_names_two_documents_only() -> None:
    create = said.Create(actor=INES, object=REPLY)
    group = Group(id=SALES, inbox=f"{SALES}/inbox")
    chosen: list[tuple[Writable, object]] = [
        (said.Follow(actor=INES, object=SALES), ACTIVITY_CONTEXT),
        (said.Announce(actor=SALES, object=REPLY.id), ACTIVITY_CONTEXT),
        (said.Announce(actor=SALES, object=create), POST_CONTEXT),
        (create, POST_CONTEXT),
        (group, ACTOR_CONTEXT),
        (said.Update(actor=SALES, object=group), ACTOR_CONTEXT),
    ]
    for thing, context in chosen:
        assert context_of(thing) is context
    for context in (ACTIVITY_CONTEXT, POST_CONTEXT, EVENT_CONTEXT, ACTOR_CONTEXT):
        assert [one for one in context if isinstance(one, str)] == [
            "https://www.w3.org/ns/activitystreams",
            "https://w3id.org/security/v1",
        ]


def test_d52_every_context_has_the_terms_of_a_proof_in_it() -> None:
    follow = write(said.Follow(id=f"{SITE}/a/1", actor=INES, object=SALES))
    proven = add_proof(follow, Ed25519PrivateKey.generate(), f"{INES}#ed25519", now=NOON)
    assert proven["@context"] == follow["@context"]
    for context in (ACTIVITY_CONTEXT, POST_CONTEXT, EVENT_CONTEXT, ACTOR_CONTEXT):
        terms = context[-1]
        assert isinstance(terms, dict)
        assert {name: terms.get(name) for name in PROOF_TERMS} == dict(PROOF_TERMS)
