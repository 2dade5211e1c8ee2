"""What a group passes on, in the one form its receiver understands. Source: federation.md 2.2, 2.3, 4.2."""

import json
from datetime import UTC, datetime
from itertools import product

import pytest

from federation.errors import Malformed
from federation.relaying import (
    CARRYING,
    FEP_1B12,
    Event,
    Profile,
    Step,
    announcement_of_activity,
    announcement_of_id,
    carrier_steps,
    home_steps,
    profile_for,
    splice,
    understands,
    undo_of,
    unwrap,
)
from federation.vocabulary import activities as said
from federation.vocabulary.contexts import ACTIVITY_CONTEXT
from federation.vocabulary.reading import read_activity
from federation.vocabulary.values import Document
from federation.vocabulary.writing import write
from tests.federation.recorded_messages import PUBLIC, RUI, SALES, body, recorded

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
FOLLOWERS = f"{SALES}/followers"
MARKET = "https://north.example/groups/market"

EVENTS: tuple[Event, ...] = (
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
)


_FEP_PAGE = "https://codeberg.org/fediverse/fep/src/fep/1b12/fep-1b12.md"


@pytest.mark.parametrize(
    ("software", "capabilities", "has_sent_activities", "profile"),
    [
        (None, [], False, "C"),
        ("mastodon", [], False, "B"),
        ("Mastodon ", [], False, "B"),
        ("lemmy", [], False, "A"),
        ("fedcomm", [], False, "A"),
        ("gotosocial", [], False, "C"),
        ("misskey", [], False, "C"),
        ("mastodon", ["fep-1b12"], False, "A"),
        ("mastodon", [FEP_1B12], False, "A"),
        ("mastodon", ["RFC 9421", "FEP-1b12"], False, "A"),
        ("mastodon", [_FEP_PAGE], False, "A"),
        ("mastodon", ["fep-8b32"], False, "B"),
        ("mastodon", [], True, "A"),
        (None, [], True, "A"),
    ],
)
def test_d17_capability_first_then_evidence_then_the_name(
    software: str | None, capabilities: list[str], has_sent_activities: bool, profile: Profile
) -> None:
    found = profile_for(software=software, capabilities=capabilities, has_sent_activities=has_sent_activities)
    assert found == profile


def test_a_capability_is_not_found_inside_another() -> None:
    assert not understands(["https://evil.example/fep-1b12-not", "1b12"], "1b12")


def _home(event: Event, profile: Profile, *, ours: bool, proof: bool, first: bool = True) -> tuple[Step, ...]:
    return home_steps(event, profile, author_is_ours=ours, has_proof=proof, is_first=first)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(("ours", "proof"), list(product([True, False], repeat=2)))
def test_t1_lemmy_like_hosts_get_the_whole_activity_and_nothing_else(event: Event, ours: bool, proof: bool) -> None:
    expected = ("group_direct",) if event == "group_profile" else ("announce_activity",)
    assert _home(event, "A", ours=ours, proof=proof) == expected


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(("ours", "proof", "first"), list(product([True, False], repeat=3)))
@pytest.mark.parametrize("profile", ["B", "C"])
def test_t1_other_hosts_never_get_a_wrapped_activity(
    event: Event, profile: Profile, ours: bool, proof: bool, first: bool
) -> None:
    assert "announce_activity" not in _home(event, profile, ours=ours, proof=proof, first=first)


@pytest.mark.parametrize(
    ("event", "ours", "proof", "b", "c"),
    [
        ("thread", False, False, ["announce_id"], ["announce_id"]),
        ("thread", True, True, ["announce_id"], ["announce_id"]),
        ("edit", True, False, ["author_direct"], ["author_direct"]),
        ("edit", True, True, ["author_direct"], ["author_direct"]),
        ("edit", False, True, ["raw_forward"], []),
        ("edit", False, False, [], []),
        ("author_delete", True, True, ["author_direct", "undo_announce"], ["author_direct", "undo_announce"]),
        ("author_delete", False, True, ["raw_forward", "undo_announce"], ["undo_announce"]),
        ("author_delete", False, False, ["undo_announce"], ["undo_announce"]),
        ("removal", True, True, ["undo_announce"], ["undo_announce"]),
        ("restored", False, False, ["announce_id"], ["announce_id"]),
        ("moved", False, False, ["undo_announce", "announce_id"], ["undo_announce", "announce_id"]),
        ("reaction", True, True, [], []),
        ("moderation", True, True, [], []),
        ("group_profile", True, True, ["group_direct"], ["group_direct"]),
    ],
)
def test_what_mastodon_and_others_get_for_the_first_post_of_a_thread(
    event: Event, ours: bool, proof: bool, b: list[Step], c: list[Step]
) -> None:
    assert list(_home(event, "B", ours=ours, proof=proof)) == b
    assert list(_home(event, "C", ours=ours, proof=proof)) == c


@pytest.mark.parametrize(
    ("event", "ours", "proof", "b", "c"),
    [
        ("reply", False, True, ["raw_forward"], []),
        ("reply", True, True, ["raw_forward"], []),
        ("reply", False, False, [], []),
        ("author_delete", False, True, ["raw_forward"], []),
        ("author_delete", True, False, ["author_direct"], ["author_direct"]),
        ("removal", True, True, [], []),
        ("restored", True, True, [], []),
    ],
)
def test_what_mastodon_and_others_get_for_a_reply(
    event: Event, ours: bool, proof: bool, b: list[Step], c: list[Step]
) -> None:
    assert list(_home(event, "B", ours=ours, proof=proof, first=False)) == b
    assert list(_home(event, "C", ours=ours, proof=proof, first=False)) == c


@pytest.mark.parametrize("profile", ["B", "C"])
def test_followers_of_our_author_get_the_post_from_the_author_first(profile: Profile) -> None:
    def steps(event: Event) -> tuple[Step, ...]:
        return home_steps(
            event, profile, author_is_ours=True, has_proof=True, is_first=event == "thread", host_follows_author=True
        )

    assert steps("thread") == ("author_direct", "announce_id")
    assert steps("reply") == ("author_direct",)


@pytest.mark.parametrize("event", EVENTS)
def test_t9_what_is_not_public_goes_only_where_it_is_unwrapped(event: Event) -> None:
    def steps(profile: Profile) -> tuple[Step, ...]:
        return home_steps(event, profile, author_is_ours=True, has_proof=True, is_first=True, is_public=False)

    assert steps("A") == _home(event, "A", ours=True, proof=True)
    assert steps("B") == steps("C") == (("group_direct",) if event == "group_profile" else ())


def test_a_carrier_boosts_the_thread_and_passes_on_what_follows_unwrapped() -> None:
    def steps(event: Event, profile: Profile, *, knows: bool = False, proof: bool = True) -> tuple[Step, ...]:
        return carrier_steps(event, profile, understands_carrying=knows, has_proof=proof, is_first=event == "thread")

    for profile in ("A", "B", "C"):
        assert steps("thread", profile) == ("announce_id",)
        assert steps("removal", profile) == ()
    for event in ("reply", "edit", "author_delete", "reaction", "moderation"):
        assert steps(event, "A", knows=True, proof=False) == ("raw_forward",)
        assert steps(event, "C") == ()
    assert steps("reply", "B") == ("raw_forward",)
    assert steps("reply", "B", proof=False) == ()
    assert steps("reaction", "B") == ()
    gone = carrier_steps("author_delete", "A", understands_carrying=True, has_proof=True, is_first=True)
    assert gone == ("raw_forward", "undo_announce")


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("profile", ["A", "B", "C"])
def test_a_carrier_never_wraps(event: Event, profile: Profile) -> None:
    steps = carrier_steps(event, profile, understands_carrying=True, has_proof=True, is_first=True)
    assert "announce_activity" not in steps


def test_our_carrying_is_a_capability_of_its_own() -> None:
    assert CARRYING == "https://w3id.org/fedcomm/ns#carrying"


def test_the_two_forms_of_an_announcement() -> None:
    one = announcement_of_activity(f"{SALES}/a/1", group=SALES, followers=FOLLOWERS, published=NOON)
    other = announcement_of_id(
        f"{SALES}/a/2", group=SALES, followers=FOLLOWERS, published=NOON, post=f"{RUI}/1", also_to=[RUI]
    )
    assert write(one) == {
        "@context": ACTIVITY_CONTEXT,
        "id": f"{SALES}/a/1",
        "type": "Announce",
        "actor": SALES,
        "published": "2026-11-20T12:00:00Z",
        "to": [PUBLIC],
        "cc": [FOLLOWERS],
        "audience": SALES,
    }
    assert write(other) == {
        "@context": ACTIVITY_CONTEXT,
        "id": f"{SALES}/a/2",
        "type": "Announce",
        "actor": SALES,
        "published": "2026-11-20T12:00:00Z",
        "to": [PUBLIC],
        "cc": [FOLLOWERS, RUI],
        "object": f"{RUI}/1",
    }


def test_an_announcement_of_what_is_not_public_is_to_the_followers_only() -> None:
    private = announcement_of_activity(
        "https://a.example/1", group=SALES, followers=FOLLOWERS, published=NOON, is_public=False
    )
    assert (private.to, private.cc) == ((FOLLOWERS,), ())


def test_an_undo_names_the_announcement_and_has_its_audience() -> None:
    boost = announcement_of_id(f"{SALES}/a/2", group=SALES, followers=FOLLOWERS, published=NOON, post=f"{RUI}/1")
    undo = undo_of(f"{SALES}/a/3", boost)
    assert (undo.to, undo.cc) == (boost.to, boost.cc)
    assert undo.object == said.Announce(id=f"{SALES}/a/2", actor=SALES, object=f"{RUI}/1")


ODD = b' { "type" : "Create","id":"https://m.example/1",  "actor":"https://m.example/u", "e":"\\u00e9",\n"n":1E2 } \n'


def test_the_bytes_of_a_relayed_activity_are_those_that_were_received() -> None:
    envelope = announcement_of_activity("https://a.example/1", group=SALES, followers=FOLLOWERS, published=NOON)
    sent = splice(write(envelope), ODD)

    assert ODD.strip() in sent
    assert json.loads(sent) == {**write(envelope), "object": json.loads(ODD)}
    (relayed,) = unwrap(json.loads(sent), sent)
    assert relayed.body == ODD.strip()
    assert relayed.document == json.loads(ODD)


def test_d48_an_announce_in_an_announce_is_dropped() -> None:
    nested: Document = {
        "type": "Announce",
        "actor": SALES,
        "object": {"type": "Announce", "actor": SALES, "object": {}},
    }
    assert unwrap(nested, json.dumps(nested).encode()) == ()


@pytest.mark.parametrize(
    "inner", ["https://m.example/1", None, 3, [], [1], {"id": "https://m.example/1"}, {"items": 4}]
)
def test_an_announced_object_is_not_an_activity(inner: object) -> None:
    announce: Document = {"type": "Announce", "actor": SALES, "object": inner}
    assert unwrap(announce, json.dumps(announce).encode()) == ()


def test_t31_several_votes_in_one_announce_are_all_taken_out() -> None:
    name = "piefed-1.6.18/announce-many-votes"
    relayed = unwrap(recorded(name), body(name))
    assert [read_activity(one.document).id for one in relayed] == [json.loads(one.body)["id"] for one in relayed]
    assert len(relayed) == 2
    listed: Document = {
        "type": "Announce",
        "object": {"type": "OrderedCollection", "orderedItems": [dict(CREATE_DOCUMENT)]},
    }
    assert [one.document for one in unwrap(listed, json.dumps(listed).encode())] == [CREATE_DOCUMENT]


CREATE_DOCUMENT: Document = {"type": "Create", "actor": RUI}


def test_an_announce_of_very_many_activities_is_cut() -> None:
    many: Document = {"type": "Announce", "object": [CREATE_DOCUMENT] * 1_000}
    assert len(unwrap(many, json.dumps(many).encode())) == 50


def test_a_context_that_was_taken_away_is_restored_from_the_proof() -> None:
    name = "piefed-1.6.18/announce-proven-without-context"
    (relayed,) = unwrap(recorded(name), body(name))
    assert relayed.document["@context"] == [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
    ]
    assert b'"@context"' not in relayed.body.split(b'"proof"')[0]


@pytest.mark.parametrize("other", [b"", b"{}", b"[]", b'{"object":[]}', b'{"object":{}'])
def test_bytes_of_another_document_are_malformed(other: bytes) -> None:
    many: Document = {"type": "Announce", "object": [CREATE_DOCUMENT]}
    with pytest.raises(Malformed):
        unwrap(many, other)


def test_what_comes_out_of_a_recorded_announce_is_the_inner_activity() -> None:
    name = "lemmy-1.0.0-beta.1/announce-create-page"
    (relayed,) = unwrap(recorded(name), body(name))
    outer = read_activity(recorded(name))
    assert isinstance(outer, said.Announce)
    assert read_activity(relayed.document) == outer.object
    assert relayed.body in body(name)
