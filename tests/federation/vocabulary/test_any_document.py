"""Properties of reading and writing, over any JSON and over all that we can say."""

import json
import random
from typing import cast

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.errors import Malformed
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.reading import Anything, read
from federation.vocabulary.reading_actors import read_actor
from federation.vocabulary.reading_objects import read_post
from federation.vocabulary.reading_tags import read_tags
from federation.vocabulary.text import clean_name, clean_text
from federation.vocabulary.urls import canonical_host, canonical_url, host_of
from federation.vocabulary.values import Document
from federation.vocabulary.writing import encode, write, write_bytes
from tests.federation.recorded_messages import names, recorded
from tests.federation.vocabulary.made_up import KEYS, any_json, dealt_json, everything

MANY = 40_000
QUICK = settings(max_examples=150, deadline=None)


def _survives(value: object) -> bool:
    """Either it is malformed (False), or what was understood can be written, signed, stored and read again."""
    try:
        found = read(value)
    except Malformed:
        return False
    written = write(found)
    rfc8785.dumps(json.loads(encode(written)))
    assert "\x00" not in json.dumps(written, ensure_ascii=False)
    assert write(read(json.loads(encode(written)))) == written
    return True


@given(any_json)
@QUICK
def test_s140_reading_any_json_raises_nothing_but_malformed(value: object) -> None:
    _survives(value)
    read_tags(value)


@given(st.sampled_from(names()), st.data())
@QUICK
def test_s140_a_real_message_with_any_value_replaced_is_survived(name: str, data: st.DataObject) -> None:
    message: Document = json.loads(json.dumps(recorded(name)))
    target = message
    inner = message.get("object")
    if isinstance(inner, dict) and data.draw(st.booleans()):
        target = cast("Document", inner)
    target[data.draw(st.sampled_from(sorted(target)) | st.sampled_from(KEYS))] = data.draw(any_json)
    _survives(message)


@given(st.dictionaries(st.sampled_from(KEYS), any_json))
@QUICK
def test_an_actor_and_a_post_of_any_fields_are_survived(fields: Document) -> None:
    known: Document = {"id": "https://a.example/1", "inbox": "https://a.example/1/inbox"}
    _survives({**fields, **known, "type": "Person"})
    read_actor({**fields, **known})
    read_post({**fields, **known})


@given(everything)
@QUICK
def test_what_we_write_is_read_as_what_we_meant(thing: Anything) -> None:
    assert read(json.loads(write_bytes(thing))) == thing


@given(everything)
@QUICK
def test_what_we_write_is_canonical_json_safe_and_the_same_each_time(thing: Anything) -> None:
    assert rfc8785.dumps(json.loads(write_bytes(thing)))
    assert write_bytes(thing) == write_bytes(thing)


@given(st.text(max_size=60) | st.from_regex(r"[hH]ttps?://[^/]{1,20}(:[0-9]{0,6})?(/.{0,10})?", fullmatch=True))
@QUICK
def test_s048_an_address_has_one_spelling_which_stays(text: str) -> None:
    found = canonical_url(text)
    if found is not None:
        assert canonical_url(found) == found
        host = host_of(found)
        assert host == host.lower()
        assert host.isascii()


@given(st.text(max_size=40))
@QUICK
def test_s048_a_host_has_one_spelling_which_stays(text: str) -> None:
    found = canonical_host(text)
    assert found is None or canonical_host(found) == found


@given(st.text(st.characters(exclude_categories=())), st.integers(1, 50))
@QUICK
def test_s051_cleaning_twice_is_cleaning_once(text: str, most: int) -> None:
    for clean in (clean_name, clean_text):
        once = clean(text, most)
        assert clean(once, most) == once
        assert len(once) <= most


_OF_PUBLIC: Document = {"id": "https://a.example/1", "type": "Hashtag"}


@pytest.mark.parametrize(
    "thing",
    [
        {**_OF_PUBLIC, "attributedTo": PUBLIC},
        {**_OF_PUBLIC, "attributedTo": {"type": "Group", "id": PUBLIC}},
        {**_OF_PUBLIC, "attributedTo": [PUBLIC], "actor": "https://b.example/"},
        {**_OF_PUBLIC, "attributedTo": "https://b.example/", "actor": PUBLIC},
    ],
)
def test_s140_public_is_an_audience_and_neither_an_author_nor_a_group(thing: Document) -> None:
    found = read_post(thing)
    assert PUBLIC not in (*found.attributed_to, *found.attributed_groups, found.audience)
    _survives(thing)


@pytest.mark.slow
def test_s140_reading_very_many_jsons_raises_nothing_but_malformed() -> None:
    _survives({"id": "https://a.example/1", "type": "Hashtag", "attributedTo": {"type": "Group", "id": PUBLIC}})
    understood = 0
    for number in range(MANY):
        value = dealt_json(random.Random(number))
        try:
            understood += _survives(value)
        except Exception as mistake:
            raise AssertionError(f"number {number}: {value!r}") from mistake
    assert understood > MANY // 50
