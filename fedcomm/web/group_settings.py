"""What a group says of itself, who may do what there, what is looked at first; by its facilitators (product 4, 13)."""

from collections.abc import Mapping
from typing import cast, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.groups import describing, membership
from fedcomm.groups import reading as groups
from fedcomm.groups.describing import Changes
from fedcomm.groups.model import CarryPolicy, GroupProfile, JoinRule, PostingRule, Rule
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.own_pictures import replacing
from fedcomm.http.pages import member_page, member_upload, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import Choice
from fedcomm.permissions import may
from fedcomm.web import addressed, own_pictures
from fedcomm.web.own_pictures import PicturesForm

JOINING: tuple[JoinRule, ...] = ("open", "request", "invite")
"""The rules that need nothing which groups do not have yet."""


class SettingsForm(msgspec.Struct):
    """The whole page; rules and words one in each line."""

    name: str = ""
    purpose: str = ""
    for_whom: str = ""
    join_rule: str = ""
    posting_rule: str = ""
    carry_policy: str = ""
    rules: str = ""
    held_words: str = ""
    holds_links: str = ""
    slow_minutes: str = ""


async def _mine(request: Request, db: Connection) -> tuple[Account, GroupProfile]:
    """A group of ours that the reader may change. Raises NotFound, NotAllowed."""
    group = await addressed.group(request, db)
    profile = await groups.profile(db, group.id)
    if profile is None or not may(await membership.role(db, group.id, signed_in(request).account.id), "change group"):
        raise NotAllowed("Only a facilitator of the group may do this.")
    return group, profile


@member_page
async def settings_page(request: Request) -> Response:
    """The group as it is now."""
    async with site(request).read() as db:
        group, profile = await _mine(request, db)
    return await _page(request, _present(group, profile), {})


def _present(group: Account, profile: GroupProfile) -> dict[str, str]:
    """What the form says as things are."""
    return {
        "name": group.name,
        "purpose": profile.purpose,
        "for_whom": profile.for_whom,
        "join_rule": profile.join_rule,
        "posting_rule": profile.posting_rule,
        "carry_policy": profile.carry_policy,
        "rules": "\n".join(rule.title for rule in profile.rules),
        "held_words": "\n".join(profile.held_words),
        "holds_links": "yes" if profile.holds_links else "",
        "slow_minutes": str(profile.slow_minutes),
    }


async def _page(
    request: Request,
    form: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    pictures: PicturesForm | None = None,
    status: int = 200,
) -> Response:
    _ = await texts(request)
    async with site(request).read() as db:
        group, profile = await _mine(request, db)
    joining: list[JoinRule] = [*JOINING, *([profile.join_rule] if profile.join_rule not in JOINING else [])]
    return await show(
        request,
        "group_settings.html",
        status=status,
        group=cards.group_card(group, profile),
        joining=tuple(Choice(value=each, label=_joining(each, _)) for each in joining),
        posting=tuple(Choice(value=each, label=label) for each, label in _posting(_).items()),
        carrying=tuple(Choice(value=each, label=label) for each, label in _carrying(_).items()),
        pictures=own_pictures.shown(group, pictures or own_pictures.form_of(group)),
        form=form,
        errors=errors,
    )


def _joining(rule: JoinRule, _: Texts) -> str:
    named = {"open": _("Anyone"), "request": _("Whoever asks and is let in"), "invite": _("By invitation")}
    return named.get(rule, rule)


def _posting(_: Texts) -> dict[PostingRule, str]:
    return {
        "members": _("Members"),
        "anyone": _("Anyone"),
        "first post held": _("Members; a first post is looked at beforehand"),
        "all held": _("Members; each post is looked at beforehand"),
        "facilitators": _("Only facilitators start threads"),
    }


def _carrying(_: Texts) -> dict[CarryPolicy, str]:
    return {
        "auto": _("Show it at once when a member of both asks"),
        "ask facilitator": _("A facilitator decides"),
        "never": _("Never"),
    }


@member_page
async def save(request: Request) -> Response:
    """Change it."""
    here, me, form = site(request), signed_in(request).account, await read(request, SettingsForm)
    try:
        async with here.transaction() as db:
            group, profile = await _mine(request, db)
            await describing.change(db, me, group, _changes(form, profile), now=here.now())
    except Invalid as refused:
        return await _page(request, msgspec.to_builtins(form), errors_of(refused, await texts(request)), status=422)
    return then(request, f"{cards.account_path(group)}/settings", "saved")


async def _save_pictures(request: Request) -> Response:
    """Change the group's pictures and what is said of them."""
    here, me, form = site(request), signed_in(request).account, own_pictures.read(request)
    async with here.read() as db:
        group, profile = await _mine(request, db)
    try:
        changes = await own_pictures.changes(here, request, group, form)
        if changes != own_pictures.NOTHING:
            async with replacing(here, group.id, changes) as db:
                await describing.depict(db, here.here, me, group, changes, now=here.now())
    except Invalid as refused:
        errors = errors_of(refused, await texts(request))
        return await _page(request, _present(group, profile), errors, pictures=form, status=422)
    return then(request, f"{cards.account_path(group)}/settings", "saved")


save_pictures = member_upload(_save_pictures)


def _changes(form: SettingsForm, before: GroupProfile) -> Changes:
    """What the form says. Longer texts of rules stay with the rules whose titles stay. Raises Invalid."""
    known = {rule.title: rule.text for rule in before.rules}
    titles = [line.strip() for line in form.rules.splitlines() if line.strip()]
    minutes = form.slow_minutes.strip() or "0"
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) <= 6):
        raise Invalid("Please enter a number.", field="slow_minutes")
    if form.join_rule not in get_args(JoinRule):
        raise Invalid("Please choose who can join.", field="join_rule")
    if form.posting_rule not in get_args(PostingRule):
        raise Invalid("Please choose who can post.", field="posting_rule")
    if form.carry_policy not in get_args(CarryPolicy):
        raise Invalid("Please choose what happens to threads of other groups.", field="carry_policy")
    return Changes(
        name=form.name,
        purpose=form.purpose,
        for_whom=form.for_whom,
        join_rule=cast("JoinRule", form.join_rule),
        posting_rule=cast("PostingRule", form.posting_rule),
        carry_policy=cast("CarryPolicy", form.carry_policy),
        rules=tuple(Rule(title=title, text=known.get(title, "")) for title in titles),
        held_words=tuple(form.held_words.splitlines()[:1_000]),
        holds_links=form.holds_links == "yes",
        slow_minutes=int(minutes),
    )


routes = [
    Route("/@{handle}/settings", settings_page),
    Route("/@{handle}/settings", save, methods=["POST"]),
    Route("/@{handle}/settings/pictures", save_pictures, methods=["POST"], has_time_limit=False),
]
