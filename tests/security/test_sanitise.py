"""HTML from anywhere. Rows of section 6 of the security cases, and S051, S052 where texts are concerned."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcomm.text import cleaning, limits, links, sanitise
from fedcomm.text.sanitise import clean_bio, clean_field, clean_post, excerpt, for_client, to_plain
from tests.text.samples import HOSTILE, faults, tree
from tests.text.timing import seconds

TAGS = """
    < > & " ' / = x ; # ж <p> </p> <b> </b> <i_x=1> </i> <a_href='https://a.test/x'> </a> <table> <tr> <td> </td>
    </table> <ul> <li> </ul> <ol_start=2> </ol> <pre> </pre> <h1> </h1> <div> </div> <br> <hr> <blockquote>
    </blockquote> <span>
    <span_class='invisible'> <span_class='quote-inline'>
    </span> <code> </code> <svg> </svg> <math> <script> </script> <!-- --> &lt; &#0; &nbsp;
    bank.com https://a.test/x <img_alt=':ok:'> <sup> 2 </sup>
"""
PIECES = st.sampled_from([*TAGS.replace("_", "\0").split(), " ", "\n", "\t", "\ud800", "\u202e"])
HTML = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=40).map(
    lambda pieces: "".join(pieces).replace("\0", " ")
)
Clean = Callable[[str], str]


def client(source: str) -> str:
    return for_client(clean_post(source))


def summary(source: str) -> str:
    return excerpt(clean_post(source), 30)


CLEANERS: list[Clean] = [clean_post, clean_bio, clean_field, client, summary]


@pytest.mark.parametrize("clean", CLEANERS)
@pytest.mark.parametrize("source", HOSTILE)
def test_s074_s079_nothing_active_is_left_in_any_field(clean: Clean, source: str) -> None:
    assert faults(clean(source)) == []


def test_s074_code_does_not_even_stay_as_text() -> None:
    source = "<p>a<script>alert(1)</script>b<style>p{}</style>c<noscript>d</noscript></p><svg><text>e</text></svg>f"

    assert clean_post(source) == "<p>abc</p>f"
    assert to_plain(source) == "abc\n\nf"


def test_s075_s076_an_emoji_keeps_its_shortcode_as_text_and_attributes_stay_as_they_are() -> None:
    source = (
        '<p><img alt=":cat:" src="https://a.test/x.png"><img alt=":x&quot;onload=1:"></p>'
        '<a href="https://a.test/:cat:">x</a>'
    )

    assert clean_post(source) == ('<p>:cat:</p><a href="https://a.test/:cat:" rel="nofollow noopener noreferrer">x</a>')


@pytest.mark.parametrize("clean", CLEANERS)
@pytest.mark.parametrize("source", HOSTILE)
def test_s077_a_browser_reads_the_same_tree_again(clean: Clean, source: str) -> None:
    once = clean(source)

    assert clean(once) == once
    assert tree(once) == f"<body>{once}</body>"


@settings(max_examples=300, deadline=None)
@given(HTML)
def test_s077_s078_whatever_comes_is_cleaned_once_and_for_all(source: str) -> None:
    check_everything(source)


@pytest.mark.slow
@settings(max_examples=100_000, deadline=None)
@given(HTML)
def test_s078_a_hundred_thousand_inputs_never_raise(source: str) -> None:
    check_everything(source)


def check_everything(source: str) -> None:
    once = clean_post(source)
    assert faults(once) == []
    assert clean_post(once) == once
    assert tree(once) == f"<body>{once}</body>"

    smaller = for_client(once)
    assert faults(smaller) == []
    assert for_client(smaller) == smaller
    assert clean_post(smaller) == smaller

    short = excerpt(once, 20)
    assert faults(short) == []
    assert clean_post(short) == short
    to_plain(once).encode()


def test_s078_a_failing_reference_or_element_raises_nothing() -> None:
    assert clean_post("&#" + "9" * 10_000 + ";") == "\ufffd"
    assert clean_post("<math><annotation></annotation></math>x") == "x"
    assert clean_post("") == ""
    assert clean_post("<") == "&lt;"


@pytest.mark.parametrize("limit", [limits.NAME, limits.TITLE, limits.WARNING, limits.POLL_OPTION, limits.ALT_TEXT])
@pytest.mark.parametrize("source", HOSTILE)
def test_s079_each_field_of_plain_text_is_one_storable_line(limit: int, source: str) -> None:
    shown = cleaning.one_line(source, limit)

    assert len(shown) <= limit
    assert "\n" not in shown
    assert "\x00" not in shown
    shown.encode()


def test_s082_only_the_listed_classes_and_no_style_id_or_name_stay() -> None:
    source = (
        '<p class="modal quote-inline" style="color:red" id="a">RE: <a name="x" class="mention hashtag evil u-url" '
        'href="https://a.test/1">1</a></p><span class="h-card modal">x</span><code class="language-js">y</code>'
    )

    assert clean_post(source) == (
        '<p class="quote-inline">RE: <a href="https://a.test/1" class="mention hashtag u-url" '
        'rel="nofollow noopener noreferrer">1</a></p><span class="h-card">x</span><code>y</code>'
    )


def test_s082_nothing_is_hidden_outside_a_link_or_in_one_that_lies() -> None:
    assert clean_post('<p>a<span class="invisible ellipsis">b</span></p>') == "<p>a<span>b</span></p>"
    assert clean_post('<a href="https://a.test/x"><span class="invisible">click</span> here</a>') == (
        '<a href="https://a.test/x" rel="nofollow noopener noreferrer"><span>click</span> here</a>'
    )


def test_s082_an_address_that_mastodon_shortened_stays_shortened() -> None:
    shortened = (
        '<a href="https://www.example.com/a/b/cdefg" rel="nofollow noopener noreferrer"><span class="invisible">'
        'https://www.</span><span class="ellipsis">example.com/a</span><span class="invisible">/b/cdefg</span></a>'
    )

    assert clean_post(shortened) == shortened


def test_s087_each_outside_link_opens_without_a_way_back_and_keeps_tag_and_me() -> None:
    source = '<a href="https://a.test/" target="_blank" rel="me opener TAG">x</a>'

    assert clean_post(source) == '<a href="https://a.test/" rel="nofollow noopener noreferrer tag me">x</a>'
    assert clean_post('<a href="https://us.test/tags/a" rel="tag">#a</a>', home="https://us.test") == (
        '<a href="https://us.test/tags/a" rel="tag">#a</a>'
    )
    assert 'rel="nofollow noopener noreferrer"' in clean_post(
        '<a href="https://us.test.evil.test/">x</a>', home="https://us.test"
    )


LOOK_ALIKES = [
    ("https://evil.test/x", "https://bank.com/login", "https://bank.com/login (evil.test)"),
    ("https://evil.test/x", "bank.com", "bank.com (evil.test)"),
    ("https://evil.test/x", "Log in at www.bank.com now", "Log in at www.bank.com now (evil.test)"),
    ("https://evil.test/x", "bank\u200b.com", "bank\u200b.com (evil.test)"),
    ("https://evil.test/x", "bank．com", "bank．com (evil.test)"),
    ("https://evil.test/x", "https:bank.com", "https:bank.com (evil.test)"),
    ("https://bank.com.evil.test/", "bank.com", "bank.com (bank.com.evil.test)"),
    ("https://www.bank.com/a", "bank.com/a", "bank.com/a"),
    ("https://bank.com/a", "our bank", "our bank"),
    ("https://bank.com/a", "version 3.11 e.g. this", "version 3.11 e.g. this"),
    ("https://xn--bcher-kva.example/", "bücher.example", "bücher.example"),
    ("https://xn--pple-43d.com/", "аpple.com", "аpple.com (xn--pple-43d.com)"),
    ("https://xn--80ak6aa92e.com/", "аррӏе.com", "аррӏе.com (xn--80ak6aa92e.com)"),
]


@pytest.mark.parametrize(("href", "said", "shown"), LOOK_ALIKES)
def test_s052_a_link_that_names_another_host_shows_its_own(href: str, said: str, shown: str) -> None:
    once = clean_post(f'<a href="{href}">{said}</a>')

    assert to_plain(once) == shown
    assert clean_post(once) == once


def test_s052_a_hidden_beginning_cannot_hide_the_host() -> None:
    source = (
        '<a href="https://evil.test/"><span class="invisible">https://evil.test/?</span>'
        '<span class="ellipsis">bank.com/login</span></a>'
    )

    once = clean_post(source)

    assert "invisible" not in once
    assert to_plain(once).startswith("https://evil.test/?")


def test_s052_addresses_with_a_name_or_a_backslash_are_no_links() -> None:
    for href in ("https://bank.com@evil.test/", "https://bank.com\\@evil.test/", "https:\\\\evil.test", "https://a b/"):
        assert links.allowed(href) is None
        assert "<a" not in clean_post(f'<a href="{href}">x</a>')


def test_s052_hosts_whose_scripts_mix_are_shown_as_punycode() -> None:
    assert links.shown_host("xn--bcher-kva.example") == "bücher.example"
    assert links.shown_host("xn--pple-43d.com") == "xn--pple-43d.com"
    assert links.shown_host("xn--80ak6aa92e.com") == "xn--80ak6aa92e.com"
    assert links.shown_host("xn--e1afmkfd.xn--p1ai") == "пример.рф"
    assert links.shown_host("localhost:7001") == "localhost:7001"


def test_s051_names_lose_overrides_zero_widths_and_piled_up_marks() -> None:
    assert cleaning.one_line("Ada\u202egnp.exe", 60) == "Adagnp.exe"
    assert cleaning.one_line("A\u200bd\u2060a\ufeff", 60) == "Ada"
    assert cleaning.one_line("a\u200dda", 60) == "ada"
    assert len(cleaning.one_line("z" + "\u0301" * 200, 60)) <= 1 + cleaning.MOST_MARKS
    assert cleaning.one_line("\u3164\u2800\u200b", 60) == ""
    assert cleaning.one_line("می‌خواهم 👩‍👩‍👧 é", 60) == "می‌خواهم 👩‍👩‍👧 é"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80), st.integers(min_value=1, max_value=60))
def test_s051_cleaning_plain_text_twice_changes_nothing(text: str, limit: int) -> None:
    for clean in (cleaning.one_line, cleaning.paragraphs):
        once = clean(text, limit)
        assert clean(once, limit) == once
        assert len(once) <= limit


HUNDRED_KILOBYTES = [
    "<blockquote>",
    "<b>",
    "<div>",
    "<ul><li>",
    "<table><tr><td>",
    "<a href=https://a.test/>bank.com ",
    "<i x=1><p>",
    "<b><i><u><s><em><strong><p>x",
    "</p>",
    "<!--",
    '<a x="',
    "<a x='",
    "&",
    "<",
    "&lt;",
    "<svg>",
    "<svg></svg>",
    "<script>",
    "<span class=invisible>x",
    "<pre>\n",
    "<br>",
    "<p class=quote-inline>",
]


@pytest.mark.parametrize("piece", HUNDRED_KILOBYTES)
def test_s077_no_nesting_makes_cleaning_slow_or_long(piece: str) -> None:
    source = piece * (100_000 // len(piece))

    assert seconds(clean_post, source, enough=0.5) < 0.5
    assert len(clean_post(source)) < 10 * len(source)


def test_s077_formatting_that_is_never_closed_is_not_repeated_without_end() -> None:
    source = "".join(f"<i x={number}><p>x" for number in range(7_000))

    assert seconds(clean_post, source, enough=0.5) < 0.5
    assert len(clean_post(source)) < 10 * len(source)


FROM_ELSEWHERE = {
    "mastodon": (
        '<p><span class="h-card" translate="no"><a href="https://a.test/@ada" class="u-url mention">@<span>ada</span>'
        '</a></span> Which <a href="https://a.test/t/oven" class="mention hashtag" rel="tag">#<span>oven</span></a>'
        "</p>",
        '<p><span class="h-card"><a href="https://a.test/@ada" class="u-url mention" '
        'rel="nofollow noopener noreferrer">@<span>ada</span></a></span> Which <a href="https://a.test/t/oven" '
        'class="mention hashtag" rel="nofollow noopener noreferrer tag">#<span>oven</span></a></p>',
    ),
    "misskey": (
        '<p><span>Which oven?<br></span><span class="quote-inline"><br><br>RE: <a href="https://a.test/notes/1">'
        "https://a.test/notes/1</a></span></p>",
        '<p><span>Which oven?<br></span><span class="quote-inline"><br><br>RE: <a href="https://a.test/notes/1" '
        'rel="nofollow noopener noreferrer">https://a.test/notes/1</a></span></p>',
    ),
    "lemmy": (
        "<p>Which oven?</p>\n<blockquote>\n<p>a</p>\n</blockquote>\n<ul>\n<li>b</li>\n</ul>\n"
        '<p><img src="https://a.test/x.png" alt="An oven" /></p>\n<pre><code class="lang-py">x = 1\n</code></pre>\n',
        "<p>Which oven?</p><blockquote><p>a</p></blockquote><ul><li>b</li></ul><pre><code>x = 1\n</code></pre>",
    ),
    "nodebb": ('<p dir="auto">Which oven?<br />\nOurs broke.</p>\n', "<p>Which oven?<br>Ours broke.</p>"),
    "friendica": ("<div>Which oven?<div><br></div><div>Ours broke.</div></div>", "Which oven?<br>Ours broke."),
    "wordpress": (
        '<!-- wp:heading --><h1 class="wp-block-heading">Ovens</h1><!-- /wp:heading -->\n\n<figure><img src="x.png"/>'
        "<figcaption>An oven</figcaption></figure>\n<p>Ours broke.</p>",
        "<h2>Ovens</h2>An oven<p>Ours broke.</p>",
    ),
}


@pytest.mark.parametrize("software", FROM_ELSEWHERE)
def test_what_other_servers_write_keeps_its_meaning(software: str) -> None:
    source, stored = FROM_ELSEWHERE[software]

    assert clean_post(source) == stored


def test_a_document_of_a_mebibyte_is_cut_where_its_text_gets_too_long() -> None:
    assert len(clean_post("x" * sanitise.MOST_SOURCE)) == limits.BODY_FROM_OUTSIDE
