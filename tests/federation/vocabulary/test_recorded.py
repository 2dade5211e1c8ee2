"""Messages in the shape of real servers are understood. Source: federation.md 2.4, 2.6-2.8."""

from datetime import UTC, datetime

import pytest

from federation.vocabulary import activities as said
from federation.vocabulary.actors import Group, Multikey, Person, ProfileField, PublicKey
from federation.vocabulary.collections import Collection
from federation.vocabulary.objects import Attachment, CollectionRef, EventDetails, InteractionPolicy, Post, Tombstone
from federation.vocabulary.reading import read
from federation.vocabulary.tags import Emoji, Hashtag, Mention
from federation.vocabulary.writing import write
from tests.federation.recorded_messages import PUBLIC, RUI, SALES, names, recorded

INES = "https://assoc.example/u/ines"
STANDS = "https://lemmy.example/c/stands"
NODEBB = "http://nodebb.example:4567"
PIEFED = "http://piefed.example:8080"


@pytest.mark.parametrize("name", names())
def test_every_recorded_message_is_understood(name: str) -> None:
    assert not isinstance(read(recorded(name)), said.Unknown)


@pytest.mark.parametrize("name", names())
def test_what_was_understood_can_be_written_and_means_the_same(name: str) -> None:
    once = write(read(recorded(name)))
    again = write(read(once))
    assert again == once


def _activity(name: str) -> said.Activity:
    found = read(recorded(name))
    assert isinstance(found, said.Activity)
    return found


def _post(thing: object) -> Post:
    """The post in an activity, at whatever depth."""
    while isinstance(thing, said.Announce | said.Create | said.Update):
        thing = thing.object
    assert isinstance(thing, Post)
    return thing


def _relayed(name: str) -> said.Activity:
    outer = read(recorded(name))
    assert isinstance(outer, said.Announce)
    assert isinstance(outer.object, said.Activity)
    return outer.object


def test_a_note_of_mastodon_that_mentions_a_group() -> None:
    activity = _activity("mastodon-4.7.0/create-note-mentioning-group")
    note = _post(activity)

    assert activity.has_ld_signature
    assert not activity.has_proof
    assert note.author == RUI
    assert (note.to, note.cc) == ((PUBLIC,), (f"{RUI}/followers", SALES))
    assert note.mentions == (Mention(SALES, "@sales@assoc.example"),)
    assert note.hashtags == (Hashtag("Porto", "https://masto.example/tags/porto"),)
    assert note.emojis == (
        Emoji(
            "stand",
            "https://files.masto.example/e/3.png",
            "https://masto.example/emojis/3",
            datetime(2025, 1, 1, tzinfo=UTC),
        ),
    )
    assert note.attachments == (
        Attachment(
            type="Document",
            url="https://files.masto.example/a/1.jpg",
            media_type="image/jpeg",
            alt="A stand",
            width=1200,
            height=800,
            blurhash="UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
            focal_point=(0.0, -0.25),
        ),
    )
    assert note.replies == CollectionRef(
        id=f"{RUI}/statuses/9/replies",
        items=(f"{RUI}/statuses/10",),
        next=f"{RUI}/statuses/9/replies?only_other_accounts=true&page=true",
    )
    assert note.likes is not None
    assert note.likes.total == 3
    assert note.conversation == "tag:masto.example,2026-11-20:objectId=77:objectType=Conversation"
    assert note.interaction_policy == InteractionPolicy(can_quote=(PUBLIC,))
    assert (note.language, note.summary, note.in_reply_to) == ("en", None, None)


def test_a_vote_is_told_from_a_reply() -> None:
    vote, reply = (
        _post(read(recorded("mastodon-4.7.0/vote"))),
        _post(_relayed("lemmy-1.0.0-beta.1/announce-create-note")),
    )
    assert vote.is_vote
    assert vote.to == (INES,)
    assert not reply.is_vote


def test_a_deleted_note_comes_as_a_tombstone() -> None:
    gone = _activity("mastodon-4.7.0/delete")
    assert isinstance(gone, said.Delete)
    assert gone.object == f"{RUI}/statuses/9"
    assert gone.tombstone == Tombstone(id=f"{RUI}/statuses/9")
    assert gone.summary is None


def test_an_updated_person_has_keys_fields_and_former_addresses() -> None:
    update = _activity("mastodon-4.7.0/update-person")
    assert isinstance(update, said.Update)
    rui = update.object
    assert isinstance(rui, Person)
    pem = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n"
    assert rui.public_keys == (PublicKey(f"{RUI}#main-key", RUI, pem),)
    assert rui.assertion_methods == (
        Multikey(f"{RUI}#ed25519-key", RUI, "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"),
    )
    assert rui.fields == (ProfileField("Shop", '<a href="https://rui.example" rel="me">rui.example</a>'),)
    assert rui.also_known_as == ("https://old.example/users/rui",)
    assert rui.shared_inbox == "https://masto.example/inbox"
    assert (rui.discoverable, rui.indexable, rui.locked) == (True, False, False)


def test_a_page_of_lemmy_keeps_its_title_link_source_and_language() -> None:
    page = _post(_relayed("lemmy-1.0.0-beta.1/announce-create-page"))
    assert (page.type, page.name) == ("Page", "Display stands: R&D < 5%")
    assert page.attachments == (
        Attachment(type="Link", url="https://stands.example/offer", media_type="text/html; charset=utf-8"),
    )
    assert (page.source, page.language, page.audience) == ("We open a third shop in May.", "en", STANDS)
    assert page.updated == datetime(2026, 11, 20, 8, 15, tzinfo=UTC)


def test_the_key_summary_tells_a_moderators_deletion_from_the_authors() -> None:
    by_author = _relayed("lemmy-1.0.0-beta.1/announce-delete-by-author")
    by_moderator = _relayed("lemmy-1.0.0-beta.1/announce-delete-by-moderator")
    assert isinstance(by_author, said.Delete)
    assert isinstance(by_moderator, said.Delete)
    assert (by_author.summary, by_moderator.summary) == (None, "advertising")
    assert by_author.object == by_moderator.object == "https://lemmy.example/post/7"


def test_an_undone_deletion_names_what_it_undoes() -> None:
    undo = _relayed("lemmy-1.0.0-beta.1/announce-undo-delete")
    assert isinstance(undo, said.Undo)
    assert isinstance(undo.object, said.Delete)
    assert undo.object.object == "https://lemmy.example/post/7"


def test_moderation_of_lemmy_is_read() -> None:
    lock = _relayed("lemmy-1.0.0-beta.1/announce-lock")
    block = _relayed("lemmy-1.0.0-beta.1/announce-block")
    pin = _relayed("lemmy-1.0.0-beta.1/announce-add-featured")
    unmod = _relayed("lemmy-1.0.0-beta.1/announce-remove-moderator")
    assert isinstance(lock, said.Lock)
    assert (lock.object, lock.summary) == ("https://lemmy.example/post/7", "answered")
    assert isinstance(block, said.Block)
    assert (block.object, block.target, block.remove_data) == (RUI, STANDS, True)
    assert block.ends_at == datetime(2026, 12, 20, tzinfo=UTC)
    assert isinstance(pin, said.Add)
    assert pin.target == f"{STANDS}/featured"
    assert isinstance(unmod, said.Remove)
    assert unmod.target == f"{STANDS}/moderators"


def test_reports_of_mastodon_and_lemmy_are_read_alike() -> None:
    many, one = _activity("mastodon-4.7.0/flag"), _activity("lemmy-1.0.0-beta.1/flag")
    assert isinstance(many, said.Flag)
    assert isinstance(one, said.Flag)
    assert (many.objects, many.content) == ((INES, "https://assoc.example/p/31"), "advertising")
    assert (one.objects, one.content) == (("https://assoc.example/p/31",), "off topic")


@pytest.mark.parametrize("name", ["lemmy-1.0.0-beta.1/group", "piefed-1.6.18/community", "nodebb-4.15.1/category"])
def test_a_group_says_who_moderates_it_and_where_it_is_reached(name: str) -> None:
    group = read(recorded(name))
    assert isinstance(group, Group)
    assert group.moderators == f"{group.id}/moderators"
    assert group.shared_inbox == group.id.split("/c", 1)[0] + "/inbox"


def test_t37_ids_with_percent_signs_and_fragments_stay_as_they_are() -> None:
    announce = _activity("nodebb-4.15.1/announce-of-encoded-id")
    assert announce.id == (
        f"{NODEBB}/post/https%3A%2F%2Fmasto.example%2Fusers%2Frui%2Fstatuses%2F9#activity/announce/1763546700000"
    )
    assert _post(announce).to == (PUBLIC,)


def test_a_like_that_embeds_the_whole_post_names_it() -> None:
    like = _relayed("nodebb-4.15.1/announce-like-with-whole-post")
    assert isinstance(like, said.Like)
    assert (like.object, like.actor) == (f"{NODEBB}/post/2", RUI)


def test_integers_among_the_addressees_are_left_out() -> None:
    undo = _activity("nodebb-4.15.1/undo-announce-with-integers")
    assert isinstance(undo, said.Undo)
    assert undo.cc == (PUBLIC,)
    assert isinstance(undo.object, said.Announce)
    assert undo.object.object is None
    assert undo.object.id == f"{NODEBB}/post/3#activity/announce/cid/2"


def test_moderators_that_are_embedded_whole_are_read() -> None:
    moderators = read(recorded("nodebb-4.15.1/moderators"))
    assert isinstance(moderators, Collection)
    (admin,) = moderators.items
    assert isinstance(admin, Person)
    assert admin.shared_inbox == f"{NODEBB}/inbox"


@pytest.mark.parametrize("name", ["nodebb-4.15.1/context", "piefed-1.6.18/context"])
def test_a_context_lists_its_posts_and_names_its_owner(name: str) -> None:
    context = read(recorded(name))
    assert isinstance(context, Collection)
    assert len(context.items) == context.total == 2
    assert context.attributed_to == context.audience is not None


def test_a_moved_topic_says_from_where_to_where() -> None:
    move = _activity("nodebb-4.15.1/move-topic")
    assert isinstance(move, said.Move)
    assert (move.origin, move.target) == (f"{NODEBB}/category/2", f"{NODEBB}/category/4")


def test_a_follow_that_comes_back_with_additions_is_known_by_its_id() -> None:
    accept = _activity("piefed-1.6.18/accept-follow-with-null")
    assert isinstance(accept, said.Accept)
    assert isinstance(accept.object, said.Follow)
    assert accept.object.id == "https://assoc.example/a/f4"


def test_an_accept_may_name_the_follow_by_its_id() -> None:
    accept = _activity("guppe/accept-with-id")
    assert isinstance(accept, said.Accept)
    assert accept.object == "https://assoc.example/a/f5"


def test_a_vote_without_addressees_is_read() -> None:
    like = _relayed("piefed-1.6.18/announce-like-without-addressees")
    assert isinstance(like, said.Like)
    assert (like.to, like.cc) == ((), ())


def test_t13_the_channel_of_a_video_is_its_group_and_the_person_its_author() -> None:
    video = read(recorded("peertube/video"))
    assert isinstance(video, Post)
    assert video.attributed_to == ("https://tube.example/accounts/tom",)
    assert video.attributed_groups == ("https://tube.example/video-channels/stands",)
    assert video.audience == "https://tube.example/video-channels/stands"
    assert video.url == "https://tube.example/w/v1"
    assert (video.content, video.source) == ("<p>How to build *one* &amp; more</p>", "How to build *one* & more")


def test_an_event_of_mobilizon_is_by_its_person_in_its_group() -> None:
    event = _post(read(recorded("mobilizon/create-event")))
    assert event.is_by("https://mobi.example/@ana")
    assert event.audience == "https://mobi.example/@guild"
    assert event.event == EventDetails(
        starts_at=datetime(2026, 11, 27, 10, tzinfo=UTC),
        ends_at=datetime(2026, 11, 27, 17, tzinfo=UTC),
        timezone="Europe/Lisbon",
        status="CONFIRMED",
        join_mode="free",
        place="Hall 2, Rua 1, Braga, PT",
        capacity=40,
        participants=28,
    )


def test_a_post_on_a_wall_names_whose_wall_it_is() -> None:
    assert _post(read(recorded("smithereen/create-on-wall"))).wall_of == SALES


@pytest.mark.parametrize(("name", "emoji"), [("misskey/like-with-emoji", "🎉"), ("pleroma/emoji-react", "👍")])
def test_reactions_are_likes_with_an_emoji(name: str, emoji: str) -> None:
    like = _activity(name)
    assert isinstance(like, said.Like)
    assert like.emoji == emoji


def test_what_carries_a_thread_to_a_second_group_is_read() -> None:
    offer, accept = _activity("fedcomm-0.1.0/offer-to-carry"), _activity("fedcomm-0.1.0/accept-to-carry")
    announce = _activity("fedcomm-0.1.0/announce-as-carrier")
    assert isinstance(offer, said.Offer)
    assert isinstance(accept, said.Accept)
    assert isinstance(announce, said.Announce)
    assert offer.target == accept.actor == announce.actor
    assert (accept.object, accept.result) == (offer.id, announce.id)
    assert announce.object == offer.object
