"""The rules of the instance: written, translated, put in order, taken away and put back."""

from typing import Literal, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import instance_rules
from fedcomm.errors import Invalid, NotFound
from fedcomm.http.context import Site, site
from fedcomm.http.forms import read
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks.frame import locale_of, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.scripts import language_name
from fedcomm.looks.shown import PlaceRuleLine, TranslationField
from fedcomm.settings import Rule, RuleText

PATH = "/admin/rules"


class RuleForm(msgspec.Struct):
    """A rule, and the same in other languages, field by field in one order."""

    text: str = ""
    hint: str = ""
    language: list[str] = []
    translated_text: list[str] = []
    translated_hint: list[str] = []


class MoveForm(msgspec.Struct):
    """What shall become of which rule."""

    id: int = 0
    to: Literal["up", "down", "away", "back", ""] = ""


@admin_page("change settings")
async def page(request: Request) -> Response:
    """All rules in order, a form for one more, and those that hold no more."""
    return await _page(request, RuleForm(), {})


async def _page(request: Request, form: RuleForm, errors: dict[str, str], *, status: int = 200) -> Response:
    here, locale = site(request), await locale_of(request)
    return await show(
        request,
        "admin/rules.html",
        status=status,
        rules=[_line(rule, locale) for rule in here.settings.rules],
        former=[_line(rule, locale) for rule in here.settings.former_rules],
        form=cast("dict[str, object]", msgspec.to_builtins(form)),
        errors=errors,
        languages=_fields(here, _translations(here, form), locale),
        own_language=language_name(here.settings.default_language, locale),
    )


def _line(rule: Rule, locale: str) -> PlaceRuleLine:
    languages = tuple(language_name(language, locale) for language in rule.translations)
    return PlaceRuleLine(id=rule.id, text=rule.text, hint=rule.hint, languages=languages)


def _fields(here: Site, translations: dict[str, RuleText], locale: str) -> list[TranslationField]:
    """A pair of fields for each language of the instance but its first, and for those that a rule has already."""
    first = here.settings.default_language
    languages = dict.fromkeys([*here.settings.languages, *translations])
    return [
        TranslationField(language=language, name=language_name(language, locale), text=told.text, hint=told.hint)
        for language in languages
        if language != first or language in translations
        for told in (translations.get(language, RuleText("")),)
    ]


def _translations(here: Site, form: RuleForm) -> dict[str, RuleText]:
    """What was typed in languages that this instance has, or that a rule has already."""
    rules = (*here.settings.rules, *here.settings.former_rules)
    known = {*here.settings.languages, *(language for rule in rules for language in rule.translations)}
    fields = zip(form.language, form.translated_text, form.translated_hint, strict=False)
    return {language: RuleText(text, hint) for language, text, hint in fields if language in known}


@admin_page("change settings")
async def add(request: Request) -> Response:
    """One more rule."""
    here, form = site(request), await read(request, RuleForm)
    _ = await texts(request)
    try:
        rule = instance_rules.checked(form.text, form.hint, _translations(here, form))
        async with here.transaction() as db:
            await instance_rules.add(db, here.config, signed_in(request).account.id, rule, now=here.now())
    except Invalid as refused:
        return await _page(request, form, errors_of(refused, _), status=422)
    await here.reload_settings()
    return then(request, PATH, "saved")


@admin_page("change settings")
async def edit_page(request: Request) -> Response:
    """The form of one rule. Raises NotFound."""
    rule = _rule(request)
    return await _edit_page(request, rule, {"text": rule.text, "hint": rule.hint}, rule.translations, {})


def _rule(request: Request) -> Rule:
    rule_id = int(request.path_params["id"])
    found = next((rule for rule in site(request).settings.rules if rule.id == rule_id), None)
    if found is None:
        raise NotFound
    return found


async def _edit_page(
    request: Request,
    rule: Rule,
    form: dict[str, str],
    translations: dict[str, RuleText],
    errors: dict[str, str],
    *,
    status: int = 200,
) -> Response:
    here, locale = site(request), await locale_of(request)
    return await show(
        request,
        "admin/rule.html",
        status=status,
        rule_id=rule.id,
        form=form,
        errors=errors,
        languages=_fields(here, translations, locale),
        own_language=language_name(here.settings.default_language, locale),
    )


@admin_page("change settings")
async def rewrite(request: Request) -> Response:
    """Say a rule otherwise. Raises NotFound."""
    here, rule, form = site(request), _rule(request), await read(request, RuleForm)
    _ = await texts(request)
    translations = _translations(here, form)
    try:
        wanted = instance_rules.checked(form.text, form.hint, translations)
        async with here.transaction() as db:
            me = signed_in(request).account.id
            await instance_rules.rewrite(db, here.config, me, rule.id, wanted, now=here.now())
    except Invalid as refused:
        typed = {"text": form.text, "hint": form.hint}
        return await _edit_page(request, rule, typed, translations, errors_of(refused, _), status=422)
    await here.reload_settings()
    return then(request, PATH, "saved")


@admin_page("change settings")
async def move(request: Request) -> Response:
    """Put a rule one place up or down, take it away, or put it back."""
    here, form = site(request), await read(request, MoveForm)
    config, me, now, _ = here.config, signed_in(request).account.id, here.now(), await texts(request)
    try:
        async with here.transaction() as db:
            match form.to:
                case "up":
                    await instance_rules.move(db, config, me, form.id, -1, now=now)
                case "down":
                    await instance_rules.move(db, config, me, form.id, 1, now=now)
                case "away":
                    await instance_rules.take_away(db, config, me, form.id, now=now)
                case "back":
                    await instance_rules.put_back(db, config, me, form.id, now=now)
                case _:
                    raise Invalid("Please choose what to do.")
    except NotFound:
        return then(request, PATH, "gone")
    except Invalid as refused:
        return await _page(request, RuleForm(), errors_of(refused, _), status=422)
    await here.reload_settings()
    return then(request, PATH, "rule-away" if form.to == "away" else "saved")


routes = [
    Route(PATH, page),
    Route(PATH, add, methods=["POST"]),
    Route(f"{PATH}/move", move, methods=["POST"]),
    Route(PATH + "/{id:int}", edit_page),
    Route(PATH + "/{id:int}", rewrite, methods=["POST"]),
]
