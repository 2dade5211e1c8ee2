"""Reading forgives: other spellings, missing and wrong parts, and only then refuses."""

from datetime import UTC, datetime

import pytest

from federation.errors import Malformed
from federation.vocabulary import activities as said
from federation.vocabulary.actors import Capability, Group, Service
from federation.vocabulary.collections import Collection, CollectionPage
from federation.vocabulary.objects import CollectionRef, Poll, PollOption, Post
from federation.vocabulary.reading import read, read_activity, read_collection
from federation.vocabulary.reading_actors import read_actor
from federation.vocabulary.reading_objects import read_post
from federation.vocabulary.tags import ObjectLink
from tests.federation.recorded_messages import PUBLIC, RUI, SALES

ID = f"{RUI}/statuses/9"


def note(**more: object) -> Post:
    return read_post({"id": ID, "type": "Note", "attributedTo": RUI, **more})


@pytest.mark.parametrize("spelling", [PUBLIC, "as:Public", "Public"])
def test_t11_public_has_three_spellings(spelling: str) -> None:
    assert note(to=spelling).to == note(to=[spelling]).to == (PUBLIC,)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (None, ()),
        ([], ()),
        (SALES, (SALES,)),
        ([SALES, SALES, RUI], (SALES, RUI)),
        ({"id": SALES}, (SALES,)),
        ([{"id": SALES, "type": "Group"}, 1, None, True, "", {}, [RUI], "not an address"], (SALES,)),
        (1, ()),
        (True, ()),
    ],
)
def test_t10_addressees_in_any_form(value: object, meaning: tuple[str, ...]) -> None:
    assert note(to=value).to == note(cc=value).cc == meaning
    assert read_activity({"type": "Like", "actor": RUI, "to": value}).to == meaning


def test_audience_may_be_a_list_and_is_never_public() -> None:
    assert note(audience=[PUBLIC, SALES]).audience == SALES
    assert note(audience="as:Public").audience is None


def test_an_object_of_an_unknown_type_is_read_as_a_post() -> None:
    album = read(
        {"id": ID, "type": "Album", "name": "Songs", "content": "<p>Ten</p>", "url": "https://masto.example/a/9"}
    )
    assert album == Post(id=ID, type="Album", name="Songs", content="<p>Ten</p>", url="https://masto.example/a/9")


def test_an_activity_of_an_unknown_type_is_read_as_unknown() -> None:
    assert read({"id": ID, "type": "Arrive", "actor": RUI, "object": {"id": SALES}}) == said.Unknown(
        id=ID, type_name="Arrive", actor=RUI, object=SALES
    )


def test_an_actor_of_an_unknown_type_is_read_as_a_service() -> None:
    bot = read({"id": RUI, "type": "Robot", "inbox": f"{RUI}/inbox"})
    assert isinstance(bot, Service)


def test_the_first_of_several_types_counts() -> None:
    assert isinstance(read({"id": SALES, "type": ["Group", "Thing"], "inbox": f"{SALES}/inbox"}), Group)


@pytest.mark.parametrize("value", [None, 1, "text", [], [{}], {}, {"type": "Note"}, {"type": "Create", "object": {}}])
def test_what_says_nothing_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        read(value)


@pytest.mark.parametrize("actor", [None, 1, "", "rui", [], {}, "mailto:rui@masto.example", [RUI, SALES]])
def test_an_activity_without_one_actor_is_malformed(actor: object) -> None:
    with pytest.raises(Malformed):
        read_activity({"id": ID, "type": "Like", "actor": actor, "object": SALES})


@pytest.mark.parametrize("missing", ["id", "inbox"])
def test_an_actor_without_id_or_inbox_is_malformed(missing: str) -> None:
    whole: dict[str, object] = {"id": RUI, "type": "Person", "inbox": f"{RUI}/inbox"}
    assert read_actor(whole).id == RUI
    del whole[missing]
    with pytest.raises(Malformed):
        read_actor(whole)


def test_an_embedded_activity_that_says_too_little_is_known_by_its_id() -> None:
    undo = read({"id": ID, "type": "Undo", "actor": RUI, "object": {"id": f"{ID}/like", "type": "Like"}})
    assert isinstance(undo, said.Undo)
    assert undo.object == f"{ID}/like"


def test_an_embedded_follow_needs_no_id() -> None:
    undo = read({"id": ID, "type": "Undo", "actor": RUI, "object": {"type": "Follow", "actor": RUI, "object": SALES}})
    assert isinstance(undo, said.Undo)
    assert undo.object == said.Follow(actor=RUI, object=SALES)


def test_an_object_that_is_only_named_is_not_a_post() -> None:
    create = read({"type": "Create", "actor": RUI, "object": {"id": ID, "type": "Note"}})
    assert isinstance(create, said.Create)
    assert create.object == ID


def test_d48_an_announce_inside_an_announce_is_not_opened() -> None:
    inner = {"id": f"{ID}/a", "type": "Announce", "actor": RUI, "object": {"id": ID, "type": "Note", "content": "x"}}
    outer = read({"type": "Announce", "actor": SALES, "object": inner})
    assert isinstance(outer, said.Announce)
    assert outer.object == said.Announce(id=f"{ID}/a", actor=RUI, object=ID)


def test_times_are_utc_whatever_they_were_written_in() -> None:
    at = datetime(2026, 11, 20, 8, 12, tzinfo=UTC)
    for written in (
        "2026-11-20T08:12:00Z",
        "2026-11-20T10:12:00+02:00",
        "2026-11-20T08:12:00",
        "2026-11-20T08:12:00.000Z",
    ):
        assert note(published=written).published == at
    for broken in ("yesterday", "", 7, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:00", "2026-13-01", None):
        assert note(published=broken).published is None


def test_the_language_comes_from_the_maps_or_from_lemmys_field() -> None:
    assert note(contentMap={"de": "<p>Hallo</p>"}).language == "de"
    assert note(contentMap={"de": "<p>Hallo</p>"}).content == "<p>Hallo</p>"
    assert note(language={"identifier": "pt", "name": "Português"}).language == "pt"
    assert note(language={"identifier": "und", "name": "?"}).language is None
    assert note(contentMap={"und": "x"}).language is None


def test_a_poll_counts_each_name_once() -> None:
    options = [{"type": "Note", "name": n, "replies": {"totalItems": v}} for n, v in (("A", 2), ("B", "x"), ("A", 9))]
    poll = read_post(
        {"id": ID, "type": "Question", "oneOf": options, "votersCount": 2, "endTime": "2026-11-27T18:00:00Z"}
    )
    assert poll.poll == Poll(
        options=(PollOption("A", 2), PollOption("B", 0)),
        ends_at=datetime(2026, 11, 27, 18, tzinfo=UTC),
        voters=2,
    )
    several = read_post({"id": ID, "type": "Question", "anyOf": options}).poll
    assert several is not None
    assert several.multiple


def test_collections_inside_objects_may_be_an_address_or_given_inline() -> None:
    assert note(replies=f"{ID}/replies").replies == CollectionRef(id=f"{ID}/replies")
    inline = {"id": f"{ID}/replies", "type": "Collection", "totalItems": 1, "items": [{"id": SALES}, 4]}
    assert note(replies=inline).replies == CollectionRef(id=f"{ID}/replies", total=1, items=(SALES,))
    assert note(replies={"totalItems": -1}).replies is None
    assert note(replies=[]).replies is None


def test_a_collection_page_gives_its_items_and_the_next_page() -> None:
    page = read_collection(
        {
            "id": f"{ID}?page=1",
            "type": "OrderedCollectionPage",
            "partOf": ID,
            "next": f"{ID}?page=2",
            "orderedItems": [ID, {"id": SALES, "type": "Group", "inbox": f"{SALES}/inbox"}, 3, {"type": "Note"}],
        }
    )
    assert page == CollectionPage(
        id=f"{ID}?page=1", part_of=ID, next=f"{ID}?page=2", items=(ID, Group(id=SALES, inbox=f"{SALES}/inbox"))
    )


def test_a_collection_may_hold_its_first_page() -> None:
    found = read_collection({"id": ID, "type": "Collection", "first": {"type": "CollectionPage", "items": SALES}})
    assert found == Collection(id=ID, ordered=False, first=CollectionPage(ordered=False, items=(SALES,)))
    with pytest.raises(Malformed):
        read_collection({"id": ID, "type": "Note"})


def test_capabilities_are_those_of_the_actor_and_of_its_server() -> None:
    rfc = {"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC 9421"}
    group = read_actor(
        {
            "id": SALES,
            "type": "Group",
            "inbox": f"{SALES}/inbox",
            "implements": "https://w3id.org/fep/1b12",
            "generator": {"type": "Application", "id": "https://assoc.example/actor", "implements": [rfc, 3]},
        }
    )
    assert group.generator == "https://assoc.example/actor"
    assert group.implements == (Capability("https://w3id.org/fep/1b12"), Capability(str(rfc["href"]), "RFC 9421"))


def test_one_key_or_many_and_the_old_place_of_the_shared_inbox() -> None:
    key = {"id": f"{RUI}#main-key", "owner": RUI, "publicKeyPem": "PEM"}
    other = {"id": f"{RUI}#new-key", "owner": RUI, "publicKeyPem": "PEM2"}
    whole: dict[str, object] = {
        "id": RUI,
        "type": "Person",
        "inbox": f"{RUI}/inbox",
        "sharedInbox": "https://masto.example/inbox",
    }
    assert [k.id for k in read_actor({**whole, "publicKey": key}).public_keys] == [f"{RUI}#main-key"]
    assert [k.pem for k in read_actor({**whole, "publicKey": [key, other, 5, {}]}).public_keys] == ["PEM", "PEM2"]
    assert read_actor(whole).shared_inbox == "https://masto.example/inbox"


def test_quotes_have_many_names() -> None:
    quote = "https://other.example/p/1"
    for key in ("quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        assert note(**{key: quote}).quote == quote
    tag = {"type": "Link", "href": quote, "rel": "https://misskey-hub.net/ns#_misskey_quote", "name": "RE: it"}
    assert note(tag=tag).quote == quote
    assert note(tag=tag).links == (ObjectLink(quote, "RE: it", ("https://misskey-hub.net/ns#_misskey_quote",)),)


def test_t42_a_title_is_plain_text_and_stays_as_it_is() -> None:
    assert note(name="R&D < 5% &amp; <b>more</b>").name == "R&D < 5% &amp; <b>more</b>"
