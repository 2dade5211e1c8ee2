"""One title, one text, whoever looks. Source: D16, D34, D35."""

from federation.vocabulary.objects import Poll, PollOption, Post
from federation.vocabulary.shaping import EXCERPT, excerpt, shape
from federation.vocabulary.writing import write

SHORT = "<p>Who rents display stands near Porto?</p>"
POST = Post(id="https://assoc.example/p/7", content=SHORT, attributed_to=("https://assoc.example/u/ines",))
LONG = "<p>" + "We wonder about it &amp; more. " * 60 + "</p>"


def test_d16_a_typed_title_makes_an_article_whose_summary_is_the_whole_short_text() -> None:
    article = shape(POST, title="R&D < 5%")
    assert (article.type, article.name, article.summary, article.preview) == ("Article", "R&D < 5%", SHORT, SHORT)
    assert article.content == SHORT
    assert write(article)["preview"] == {
        "type": "Note",
        "attributedTo": "https://assoc.example/u/ines",
        "content": SHORT,
    }


def test_d34_a_generated_title_does_not_travel() -> None:
    note = shape(POST, title="Who rents display stands near Porto?", title_is_generated=True)
    assert note == POST


def test_t8_a_reply_has_neither_title_nor_summary() -> None:
    reply = Post(id=POST.id, content=SHORT, in_reply_to="https://assoc.example/p/1")
    assert shape(reply, title="Re: stands") == reply


def test_d35_a_content_warning_is_the_whole_summary_of_a_note() -> None:
    covered = shape(POST, title="Prices", warning="money")
    assert (covered.type, covered.name, covered.summary, covered.sensitive) == ("Note", "Prices", "money", True)
    assert covered.preview is None
    assert shape(POST, title="Prices", title_is_generated=True, warning="money").name is None


def test_t7_only_a_poll_repeats_its_title_in_the_text() -> None:
    poll = Post(id=POST.id, content="<p>Vote!</p>", poll=Poll(options=(PollOption("5 < 6"),)))
    question = shape(poll, title="Which is < 5?")
    assert (question.type, question.name) == ("Question", "Which is < 5?")
    assert question.content == "<p>Which is &lt; 5?</p><p>Vote!</p>"
    assert "Prices" not in shape(POST, title="Prices").content


def test_d16_a_long_text_is_cut_at_the_end_of_a_sentence() -> None:
    summary = shape(Post(id=POST.id, content=LONG), title="Stands").summary
    assert summary is not None
    assert summary.endswith("We wonder about it &amp; more.</p>")
    assert len(summary.replace("&amp;", "&")) - len("<p></p>") <= EXCERPT
    assert len(summary) > EXCERPT - 60


def test_an_excerpt_keeps_whole_paragraphs_and_drops_markup() -> None:
    html = (
        "<h2>One</h2><p>Two <a href='https://x.example'>links</a>.<br>Three.</p><ul><li>Four!</li></ul><p>Five goes on"
    )
    assert excerpt(html, 36) == "<p>One</p><p>Two links. Three.</p><p>Four!</p>"
    assert excerpt(html, 16) == "<p>One</p><p>Two links.</p>"


def test_an_excerpt_without_a_sentence_is_cut_at_a_word() -> None:
    assert excerpt("<p>" + "word " * 20 + "</p>", 30) == "<p>word word word word word…</p>"
    assert excerpt("<p>" + "x" * 50 + "</p>", 30) == "<p>" + "x" * 29 + "…</p>"


def test_markup_does_not_count_as_text() -> None:
    html = "<p>" + "<b>a</b>" * 30 + "</p>"
    assert excerpt(html, 30) == html
