"""Who is addressed, who may read, whose group it is, and whom something written is for."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.addressing import (
    Addressed,
    Audience,
    Home,
    address,
    addressees,
    named_in,
    possible_homes,
    reach,
)
from federation.vocabulary import activities as said
from federation.vocabulary.objects import Post
from federation.vocabulary.reading import read
from federation.vocabulary.tags import Mention
from federation.vocabulary.writing import encode, write
from tests.federation.recorded_messages import PUBLIC, RUI, SALES, recorded

INES = "https://assoc.example/u/ines"
FOLLOWERS = f"{INES}/followers"
HOME = Home(SALES, f"{SALES}/followers")
NETWORK = "https://network.example/actor"
BEN = "https://north.example/u/ben"


def _address(audience: Audience, home: Home | None = HOME, **more: str) -> Addressed:
    return address(audience, author_followers=FOLLOWERS, home=home, network=NETWORK, mentioned=[BEN], **more)


def test_a_public_thread_is_to_its_group_and_everybody() -> None:
    assert _address("public") == Addressed((SALES, PUBLIC), (FOLLOWERS, BEN), SALES)


def test_a_public_reply_is_to_everybody_and_the_one_it_answers() -> None:
    assert _address("public", answered=RUI) == Addressed((PUBLIC, RUI), (SALES, FOLLOWERS, BEN), SALES)


def test_a_personal_post_names_no_group() -> None:
    assert _address("public", home=None) == Addressed((PUBLIC,), (FOLLOWERS, BEN))


def test_an_unlisted_post_has_everybody_in_copy_only() -> None:
    assert _address("unlisted") == Addressed((FOLLOWERS, SALES), (PUBLIC, BEN), SALES)


def test_d59_a_post_to_the_network_is_to_the_group_without_public() -> None:
    assert _address("network") == Addressed((SALES,), (HOME.followers, BEN), SALES, NETWORK)


def test_a_post_to_the_group_is_to_the_group_and_its_followers() -> None:
    assert _address("group", answered=RUI) == Addressed((SALES, RUI), (HOME.followers, BEN), SALES)


def test_d31_a_followers_post_goes_to_the_authors_followers_and_those_named() -> None:
    assert _address("followers") == Addressed((FOLLOWERS,), (BEN,))


def test_a_direct_post_goes_to_those_it_names() -> None:
    assert _address("direct", answered=RUI) == Addressed((RUI, BEN), (), SALES)
    assert _address("direct", home=None) == Addressed((BEN,), ())


def test_a_local_post_names_nobody() -> None:
    assert _address("local") == Addressed((), (), SALES)


@pytest.mark.parametrize("audience", ["network", "group"])
def test_a_post_to_a_group_or_network_needs_one(audience: Audience) -> None:
    with pytest.raises(ValueError, match=audience):
        _address(audience, home=None)
    with pytest.raises(ValueError, match="network"):
        address("network", author_followers=FOLLOWERS, home=HOME)


def test_nobody_is_addressed_twice() -> None:
    twice = address("public", author_followers=FOLLOWERS, home=HOME, answered=BEN, mentioned=[BEN, SALES, BEN])
    assert twice == Addressed((PUBLIC, BEN), (SALES, FOLLOWERS), SALES)


our_reach = partial(reach, groups={SALES}, group_followers={HOME.followers})


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        ("public", "public"),
        ("unlisted", "unlisted"),
        ("network", "network"),
        ("group", "group"),
        ("followers", "followers"),
        ("direct", "direct"),
    ],
)
@pytest.mark.parametrize("known", [FOLLOWERS, None])
def test_d30_what_we_address_is_understood_as_meant(audience: Audience, expected: str, known: str | None) -> None:
    found = _address(audience)
    assert our_reach(found.to, found.cc, network=found.network, author_followers=known) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("create-note-mentioning-group", "public"),
        ("create-note-unlisted", "unlisted"),
        ("create-note-followers-only", "followers"),
        ("create-note-direct", "moderators"),
        ("vote", "direct"),
    ],
)
def test_d33_how_far_a_post_of_mastodon_may_go(name: str, expected: str) -> None:
    create = read(recorded(f"mastodon-4.7.0/{name}"))
    assert isinstance(create, said.Create)
    assert isinstance(create.object, Post)
    assert our_reach(*addressees(create.object, create), author_followers=f"{RUI}/followers") == expected


def test_a_post_to_nobody_is_direct() -> None:
    assert reach((), (), groups={SALES}) == "direct"


def test_t9_followers_of_an_author_we_do_not_know_yet_are_not_the_public() -> None:
    assert reach([f"{RUI}/followers", SALES], [], groups={SALES}) == "followers"
    assert reach([SALES, BEN], [], groups={SALES}) == "direct"


@given(st.lists(st.sampled_from([SALES, HOME.followers, FOLLOWERS, BEN, RUI])), st.lists(st.sampled_from([SALES, BEN])))
@settings(max_examples=100, deadline=None)
def test_t9_without_public_nothing_is_public(to: list[str], cc: list[str]) -> None:
    assert our_reach(to, cc) not in ("public", "unlisted")


def test_t10_a_post_that_names_nobody_takes_the_addressees_of_its_activity() -> None:
    create = said.Create(actor=RUI, to=(PUBLIC,), cc=(SALES,))
    assert addressees(Post(id=f"{RUI}/1"), create) == ((PUBLIC,), (SALES,))
    assert addressees(Post(id=f"{RUI}/1", to=(SALES,)), create) == ((SALES,), ())
    assert addressees(Post(id=f"{RUI}/1")) == ((), ())


MARKET = "https://north.example/groups/market"


def test_d49_an_explicit_audience_is_the_only_possible_home() -> None:
    post = Post(id=f"{RUI}/1", audience=MARKET, to=(SALES,), mentions=(Mention(SALES),))
    assert possible_homes(post) == (MARKET,)
    assert possible_homes(Post(id=f"{RUI}/1"), said.Create(actor=RUI, audience=SALES)) == (SALES,)


def test_d49_without_audience_the_order_of_the_mentions_decides() -> None:
    post = Post(
        id=f"{RUI}/1",
        attributed_to=(RUI,),
        to=(PUBLIC, SALES),
        cc=(MARKET, f"{RUI}/followers", RUI),
        mentions=(Mention(BEN), Mention(MARKET)),
        wall_of="https://smith.example/groups/1",
    )
    assert possible_homes(post) == (BEN, MARKET, SALES, "https://smith.example/groups/1")


def test_t12_a_post_of_ours_names_exactly_one_group() -> None:
    named = _address("public", answered=RUI)
    assert [one for one in (*named.to, *named.cc) if "/groups/" in one] == [SALES]


def test_what_anybody_may_see_is_for_all_who_are_named_in_it() -> None:
    written = said.Create(
        id=f"{INES}/1", actor=INES, to=("as:Public",), object=Post(id=f"{INES}/p", attributed_to=(BEN,))
    )
    named = named_in(encode(write(written)))
    assert named.is_public
    assert {INES, BEN, f"{INES}/p"} <= set(named.uris)


def test_what_few_may_see_is_for_its_addressees_alone() -> None:
    answer = Post(id=f"{INES}/p", to=(RUI,), in_reply_to=f"{BEN}/1", mentions=(Mention(BEN),))
    named = named_in(encode(write(said.Create(id=f"{INES}/1", actor=INES, to=(RUI,), object=answer))))
    assert (named.uris, named.is_public) == ((RUI,), False)


def test_what_names_nobody_is_for_those_it_is_about() -> None:
    named = named_in(encode(write(said.Like(id=f"{INES}/1", actor=INES, object=f"{RUI}/1"))))
    assert f"{RUI}/1" in named.uris
    assert not named.is_public
