"""Whom and what a text names."""

from fedcomm.text.mentions import Hashtag, Mention, find_hashtags, find_mentions, without_edges


def handles(text: str, *, ports: bool = False) -> list[str]:
    return [mention.handle for mention in find_mentions(text, ports=ports)]


def test_a_mention_is_found_with_its_place() -> None:
    text = "Ask @Ada, or @ben@North.Example."

    assert find_mentions(text) == [Mention(4, 8, "Ada", None), Mention(13, 31, "ben", "north.example")]
    assert [text[mention.start : mention.end] for mention in find_mentions(text)] == ["@Ada", "@ben@North.Example"]
    assert handles(text) == ["ada", "ben@north.example"]


def test_mail_addresses_and_paths_are_no_mentions() -> None:
    assert handles("ada@a.test https://a.test/@ada x@ada a=@ada @@ada @ @-a") == []


def test_signs_of_the_sentence_are_not_part_of_a_name() -> None:
    assert handles("(@ada) @ben! @cleo's @dora... @emil_ @f-g @paint_shops: ok") == (
        ["ada", "ben", "cleo", "dora", "emil_", "f-g", "paint_shops"]
    )


def test_a_port_counts_only_where_it_is_allowed() -> None:
    assert handles("@ada@localhost:7001 hi") == []
    assert handles("@ada@localhost:7001 hi", ports=True) == ["ada@localhost:7001"]
    assert handles("@ada@a.test:80", ports=False) == ["ada@a.test"]


def test_hosts_in_other_letters_are_compared_in_ascii() -> None:
    assert handles("@ada@bücher.example") == ["ada@xn--bcher-kva.example"]


def test_hashtags_need_a_letter_and_stand_alone() -> None:
    text = "#Ovens #123 #1a a#b &#39; ##x #straße #c++ https://a.test/#part #カフェ"

    assert [hashtag.tag for hashtag in find_hashtags(text)] == ["Ovens", "1a", "straße", "c", "カフェ"]
    assert Hashtag(0, 6, "Ovens") in find_hashtags(text)


def test_tags_are_compared_without_case_and_width() -> None:
    assert [hashtag.name for hashtag in find_hashtags("#OVENS #ｏｖｅｎｓ #Ovens")] == ["ovens"] * 3


def is_group(mention: Mention) -> bool:
    return mention.handle in {"bakers", "market@north.example"}


def test_groups_at_the_edges_are_taken_out_of_the_text() -> None:
    assert without_edges("@bakers Which oven?", is_group) == "Which oven?"
    assert without_edges("@bakers: Which oven?", is_group) == "Which oven?"
    assert without_edges("@bakers\n\nWhich oven?\nOurs broke", is_group) == "Which oven?\nOurs broke"
    assert without_edges("Which oven? @bakers @market@north.example", is_group) == "Which oven?"
    assert without_edges("Which oven?\n\n@bakers\n@market@north.example\n", is_group) == "Which oven?"
    assert without_edges("@bakers", is_group) == ""
    assert without_edges("@bakers @bakers x @bakers", is_group) == "x"


def test_people_and_groups_inside_a_sentence_stay() -> None:
    assert without_edges("@ada @bakers Which oven?", is_group) == "@ada Which oven?"
    assert without_edges("@bakers @ada Which oven? @ben @bakers", is_group) == "@ada Which oven? @ben"
    assert without_edges("I asked @bakers before", is_group) == "I asked @bakers before"
    assert without_edges("- @bakers is here", is_group) == "- @bakers is here"
