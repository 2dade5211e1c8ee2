"""What people type, as HTML. Source: decisions D36."""

from fedcomm.text.markdown import Mentioned, names, render
from fedcomm.text.sanitise import clean_post, to_plain

MENTIONED = {
    "bakers": Mentioned("https://us.test/@bakers", "bakers"),
    "ada@north.test": Mentioned("https://north.test/@ada", "ada"),
}


def shown(source: str) -> str:
    return render(
        source, mentioned=MENTIONED, tag_url=lambda tag: f"https://us.test/tags/{tag}", home="https://us.test"
    )


def test_every_newline_is_a_break_and_an_empty_line_a_paragraph() -> None:
    assert shown("a\nb\n\nc") == "<p>a<br>b</p><p>c</p>"


def test_the_usual_signs_work() -> None:
    assert shown("*a* **b** ~~c~~ `d`") == "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"
    assert shown("- a\n- b\n\n3. c") == '<ul><li>a</li><li>b</li></ul><ol start="3"><li>c</li></ol>'
    assert shown("> a\n\n```\nb <c>\n```") == "<blockquote><p>a</p></blockquote><pre><code>b &lt;c&gt;\n</code></pre>"
    assert shown("a|b\n-|-\n1|2") == (
        "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>"
    )


def test_headings_begin_below_the_title_of_the_page() -> None:
    assert shown("# a\n## b\n###### c") == "<h2>a</h2><h3>b</h3><h6>c</h6>"


def test_what_people_type_without_thinking_of_markdown_stays_text() -> None:
    assert shown("Hello\n---\nx") == "<p>Hello</p><hr><p>x</p>"
    assert shown("a\n\n    four spaces") == "<p>a</p><p>four spaces</p>"
    assert shown("[note]: this is one") == "<p>[note]: this is one</p>"
    assert shown("snake_case_name 2 * 3 * 4") == "<p>snake_case_name 2 * 3 * 4</p>"


def test_raw_html_is_shown_and_pictures_are_not() -> None:
    assert shown("<b>a</b>") == "<p>&lt;b&gt;a&lt;/b&gt;</p>"
    assert "<img" not in shown("![a](https://a.test/x.png)")


def test_known_mentions_are_links_as_mastodons_clients_expect() -> None:
    assert shown("@bakers hi") == (
        '<p><span class="h-card"><a href="https://us.test/@bakers" class="u-url mention">'
        "@<span>bakers</span></a></span> hi</p>"
    )
    assert 'rel="nofollow noopener noreferrer"' in shown("@Ada@North.test")


def test_unknown_mentions_and_those_in_code_or_links_stay_text() -> None:
    assert shown("@nobody `@bakers` me@us.test") == "<p>@nobody <code>@bakers</code> me@us.test</p>"
    assert "mention" not in shown("[@bakers](https://us.test/x)")


def test_hashtags_link_to_their_page() -> None:
    assert shown("#Ovens `#x` #1") == (
        '<p><a href="https://us.test/tags/ovens" class="mention hashtag" rel="tag">#<span>Ovens</span></a> '
        "<code>#x</code> #1</p>"
    )
    assert render("#Ovens") == "<p>#Ovens</p>"


def test_addresses_are_links_and_shown_short_with_their_whole_host() -> None:
    assert shown("see https://www.example.com/a/long/path/that/goes/on.") == (
        '<p>see <a href="https://www.example.com/a/long/path/that/goes/on" rel="nofollow noopener noreferrer">'
        '<span class="invisible">https://www.</span><span class="ellipsis">example.com/a/long/path/that/g</span>'
        '<span class="invisible">oes/on</span></a>.</p>'
    )
    host = "a-very-long-name-of-a-host-that-needs-room.example.com"
    assert f'<span class="ellipsis">{host}</span>' in shown(f"https://{host}/path/to/it")


def test_an_address_ends_where_the_sentence_goes_on() -> None:
    for text, url in (
        ("(https://a.test/x)", "https://a.test/x"),
        ("https://a.test/x_(y)", "https://a.test/x_(y)"),
        ("https://a.test/x?", "https://a.test/x"),
        ("**https://a.test/**", "https://a.test/"),
        ("https://a.test/a_b_c", "https://a.test/a_b_c"),
        ("HTTPS://A.test/X", "https://a.test/X"),
        ("https://localhost:7001/@ada", "https://localhost:7001/@ada"),
    ):
        assert f'href="{url}"' in shown(text), text
    assert "<a" not in shown("xhttps://a.test/x")


def test_shortened_addresses_come_whole_as_plain_text_and_survive_cleaning() -> None:
    text = "see https://www.example.com/a/long/path/that/goes/on and https://bücher.example/x"
    once = shown(text)

    assert to_plain(once) == text
    assert clean_post(once, home="https://us.test") == once


def test_names_are_those_outside_code_and_addresses_each_once() -> None:
    found = names("@bakers @Bakers `@ben` #Ovens #ovens `#x` [@cleo](https://a.test) https://a.test/@dora @e@f.test")

    assert [mention.handle for mention in found.mentions] == ["bakers", "e@f.test"]
    assert found.hashtags == ("Ovens",)
    assert [mention.handle for mention in names("@e@localhost:7001", ports=True).mentions] == ["e@localhost:7001"]
