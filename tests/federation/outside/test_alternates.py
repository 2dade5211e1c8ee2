"""Links in pages and host-meta, found without a parser of HTML or XML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.alternates import find_alternate, find_lrdd_template, tags
from tests.kit.growth import LINEAR_WITH_NOISE, growth

TYPE = "application/activity+json"


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (f'<link rel="alternate" type="{TYPE}" href="https://x.example/1">', "https://x.example/1"),
        (f"<LINK HREF='/1?a=1&amp;b=2'\n TYPE='{TYPE.upper()}' REL='nofollow Alternate' />", "/1?a=1&b=2"),
        (f"<link rel=alternate type={TYPE} href=/1>", "/1"),
        (
            f'<link rel=alternate type=text/html href=/no><link rel=alternate type="{TYPE}; charset=utf-8" href=/1>',
            "/1",
        ),
        ('<link rel="alternate" type=\'application/ld+json; profile="x"\' href="/1">', "/1"),
        (f'<p title="é"><link rel="alternate" type="{TYPE}" href="/ü">', "/ü"),
        (f'<linkrel="alternate" type="{TYPE}" href="/1">', None),
        (f'<link rel="canonical" type="{TYPE}" href="/1">', None),
        (f'<link rel="alternate" type="{TYPE}">', None),
        (f'<link rel="alternate" type="{TYPE}" href="/1"', None),
        (f'<link rel="alternate" type="{TYPE}" x="{"a" * 5000}" href="/1">', None),
        ("", None),
    ],
)
def test_a_page_names_its_document(page: str, found: str | None) -> None:
    assert find_alternate(page) == found


@pytest.mark.parametrize(
    ("host_meta", "template"),
    [
        (
            '<?xml version="1.0"?><XRD><Link rel="lrdd" template="https://x.example/wf?r={uri}"/></XRD>',
            "https://x.example/wf?r={uri}",
        ),
        (
            '<XRD><Link type="application/xrd+xml" template="https://x.example/?a=1&amp;r={uri}" rel="lrdd"/></XRD>',
            "https://x.example/?a=1&r={uri}",
        ),
        ('<XRD><Link rel="lrdd" template="https://x.example/wf"/></XRD>', None),
        ('<XRD><Link rel="self" template="https://x.example/{uri}"/></XRD>', None),
        ("<XRD></XRD>", None),
    ],
)
def test_a_host_meta_says_where_webfinger_is(host_meta: str, template: str | None) -> None:
    assert find_lrdd_template(host_meta) == template


@given(st.text(alphabet="<link rel='\"=>/! \n\taA&;é", max_size=300))
def test_whatever_a_page_holds_reading_it_never_fails(text: str) -> None:
    for attributes in tags(text, "link"):
        assert all(name == name.lower() for name in attributes)


@pytest.mark.parametrize(
    "piece",
    [
        "<link ",
        "<link a='",
        '<link a="b',
        "<link a=b ",
        "<",
        "<link>",
        "<link rel=",
        "<!--",
        "&#x41;",
        "<link =",
        "<link '\"",
        "<link a = ",
    ],
)
def test_s070_s147_the_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    text = piece * (256 * 1024 // len(piece))

    for read in (find_alternate, find_lrdd_template):
        assert growth(read, text[:25_000], text[:250_000]) < LINEAR_WITH_NOISE
