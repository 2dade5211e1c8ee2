"""Every page template, with a full context, in both languages: complete, safe under our policy, and usable by all."""

import itertools
from functools import cache
from pathlib import PurePath

import minijinja
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from fedcomm.looks.rendering import TEMPLATES, render
from tests.web.people import VISITOR, page_for
from tests.web.sample_pages import PAGES, Sample

NOT_PAGES = {"base.html", "settings/frame.html", "admin/frame.html"}


def _name(value: object) -> str:
    return PurePath(value.template).stem if isinstance(value, Sample) else str(value)


every_page = pytest.mark.parametrize(("sample", "locale"), list(itertools.product(PAGES, ("en", "de"))), ids=_name)
SAMPLES = {id(sample): sample for sample in PAGES}


def rendered(sample: Sample, locale: str) -> LexborHTMLParser:
    return LexborHTMLParser(_rendered_once(id(sample), locale))


@cache
def _rendered_once(sample_id: int, locale: str) -> str:
    """A page for all that is asked of it; its context is no key of a cache."""
    sample = SAMPLES[sample_id]
    return render(sample.template, locale, page=page_for(sample.reader), **sample.context)


def test_every_page_template_has_a_sample_here() -> None:
    files = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}

    pages = {name for name in files if not name.startswith("parts/")} - NOT_PAGES

    assert {sample.template for sample in PAGES} == pages


def test_a_page_that_lacks_something_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(minijinja.TemplateError, match="undefined"):
        render("message.html", "en", page=page_for(VISITOR), title="Only a title")


@every_page
def test_a_page_runs_under_the_strict_content_security_policy(sample: Sample, locale: str) -> None:
    tree = rendered(sample, locale)

    assert [node.html for node in tree.css("[style], style, base, iframe, object")] == []
    assert [node.html for node in tree.css("script:not([src])")] == []
    assert [n.html for n in tree.css("*") if any(name.startswith("on") for name in n.attributes)] == []


@every_page
def test_s084_what_people_wrote_cannot_become_markup_and_no_data_stands_in_scripts(sample: Sample, locale: str) -> None:
    tree = rendered(sample, locale)

    (script,) = tree.css("script")
    assert script.text() == ""
    assert (script.attributes["src"] or "").startswith("/static/app.")


@every_page
def test_s087_links_to_other_servers_say_nothing_of_where_they_stand(sample: Sample, locale: str) -> None:
    outside = [link for link in rendered(sample, locale).css("a[href]") if _href(link).startswith("http")]

    cleaned_elsewhere = [link for link in outside if link.css_matches(".prose a, dd a")]
    ours = [link for link in outside if link not in cleaned_elsewhere]
    assert {link.attributes["rel"] for link in ours} <= {"nofollow noopener noreferrer"}


@every_page
def test_links_lead_to_our_own_paths_or_to_web_addresses(sample: Sample, locale: str) -> None:
    hrefs = {_href(link) for link in rendered(sample, locale).css("a[href]")}

    assert [href for href in hrefs if not href.startswith(("/", "#", "?", "https://"))] == []
    assert [href for href in hrefs if href.startswith("//")] == []


@every_page
def test_every_form_that_changes_something_carries_the_token(sample: Sample, locale: str) -> None:
    forms = rendered(sample, locale).css("form[method=post]")

    tokens = [[field.attributes["value"] for field in form.css("input[name=csrf_token]")] for form in forms]

    assert tokens == [["form-token"]] * len(forms)


@every_page
def test_a_page_has_one_main_heading_and_its_sections_follow_in_order(sample: Sample, locale: str) -> None:
    tree = rendered(sample, locale)
    levels = [int((node.tag or "h0")[1]) for node in tree.css("h1, h2, h3, h4, h5, h6")]

    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise([1, *levels[levels.index(1) + 1 :]]))


@every_page
def test_a_screen_reader_gets_a_name_for_everything(sample: Sample, locale: str) -> None:
    tree = rendered(sample, locale)
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    labelled = {label.attributes.get("for") for label in tree.css("label[for]")}

    assert len(ids) == len(set(ids))
    assert {node.attributes["aria-labelledby"] for node in tree.css("[aria-labelledby]")} <= set(ids)
    described = " ".join(node.attributes["aria-describedby"] or "" for node in tree.css("[aria-describedby]"))
    assert set(described.split()) <= set(ids)
    assert [image.html for image in tree.css("img:not([alt])")] == []
    assert [button.html for button in tree.css("button, a[href]") if not _words(button)] == []
    unnamed = [field for field in tree.css("input, select, textarea") if not _is_named(field, labelled)]
    assert [field.html for field in unnamed] == []


@every_page
def test_a_page_tells_its_language(sample: Sample, locale: str) -> None:
    (html,) = rendered(sample, locale).css("html")

    assert html.attributes["lang"] == locale


def _href(link: LexborNode) -> str:
    return link.attributes["href"] or ""


def _words(node: LexborNode) -> str:
    return node.text(strip=True) + "".join(image.attributes["alt"] or "" for image in node.css("img[alt]"))


def _is_named(field: LexborNode, labelled: set[str | None]) -> bool:
    if field.attributes.get("type") == "hidden" or field.attributes.get("aria-hidden") == "true":
        return True
    parent = field.parent
    return field.attributes.get("id") in labelled or (parent is not None and parent.tag == "label")


@every_page
def test_no_page_shows_the_insides_of_its_templates(sample: Sample, locale: str) -> None:
    """A macro with the name of a method of mappings would be that method."""
    words = rendered(sample, locale).text()

    assert "['" not in words
    assert "<macro" not in words
