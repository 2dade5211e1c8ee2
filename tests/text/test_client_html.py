"""Stored HTML for clients, as plain text and as excerpts."""

from fedcomm.text.sanitise import clean_bio, clean_field, clean_post, excerpt, for_client, to_plain

RICH = clean_post(
    "<h2>Ovens</h2><p>x<sup>2</sup>, H<sub>2</sub>O <s>old</s></p><hr>"
    "<table><thead><tr><th>a</th><th>b</th></tr></thead>"
    "<tbody><tr><td>1</td><td><p>2</p></td></tr></tbody></table><ul><li>y</li></ul>"
)


def test_clients_get_the_smaller_set() -> None:
    assert for_client(RICH) == (
        "<p><strong>Ovens</strong></p><p>x², H₂O <del>old</del></p><p>a | b<br>1 | 2</p><ul><li>y</li></ul>"
    )
    assert for_client("<p>a<br>b</p>") == "<p>a<br>b</p>"


def test_links_keep_their_relation_for_clients() -> None:
    stored = clean_post('<h2>x</h2><p><a href="https://us.test/tags/a" class="mention hashtag" rel="tag">#a</a></p>')

    assert for_client(stored) == f"<p><strong>x</strong></p>{stored.removeprefix('<h2>x</h2>')}"


def test_profiles_have_no_headings_tables_or_code_blocks() -> None:
    assert clean_bio("<h1>We</h1><p>bake <b>bread</b></p><pre>x</pre>") == "We<p>bake <b>bread</b></p>x"
    assert clean_field("<p>one</p><p><b>two</b> <a href='https://a.test/'>three</a></p>") == (
        'one<br>two <a href="https://a.test/" rel="nofollow noopener noreferrer">three</a>'
    )


def test_plain_text_keeps_paragraphs_lines_and_items() -> None:
    source = "<p>a  <b>b</b>\n c<br>d</p><ul><li>e</li><li>f</li></ul><p>&lt;g&gt; &amp; h</p>"

    assert to_plain(source) == "a b c\nd\n\n- e\n- f\n\n<g> & h"


def test_a_short_text_is_its_own_excerpt() -> None:
    stored = "<p>We open a <b>third</b> shop. Come!</p>"

    assert excerpt(stored, 1_000) == stored


def test_a_long_text_ends_at_a_sentence() -> None:
    stored = "<p>We open a <b>third shop. In May,</b> z. B.</p><p>Come and see us there.</p>"

    assert excerpt(stored, 34) == "<p>We open a <b>third shop.</b></p>"
    assert excerpt(stored, 48) == "<p>We open a <b>third shop. In May,</b> z. B.</p>"


def test_a_long_sentence_ends_at_a_word_and_says_so() -> None:
    assert excerpt(f"<p>{'bread ' * 50}</p>", 20) == "<p>bread bread bread…</p>"
    assert len(to_plain(excerpt(f"<p>{'x' * 50}</p>", 20))) <= 20
