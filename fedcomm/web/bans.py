"""Putting people out of a group, and letting them come back, for those who look after it (product 13)."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.groups import banning
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, grounds
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.looks.shown import BanLine, Choice
from fedcomm.web import addressed

DAYS = (0, 1, 7, 30, 365)


class BanForm(msgspec.Struct):
    """Whom to put out, why and on what that rests; for how many days (0 = until they are let back), and whether their
    posts go too.
    """

    handle: str = ""
    reason: str = ""
    grounds: str = ""
    days: int = 0
    removes_posts: str = ""


class LiftForm(msgspec.Struct):
    """Who may come back."""

    account: str = ""


@member_page
async def bans_page(request: Request) -> Response:
    """Who is out of the group."""
    handle = request.query_params.get("handle", "")[:300]
    return await _page(request, {"handle": handle}, {})


async def _page(request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200) -> Response:
    me = signed_in(request).account
    _ = await texts(request)
    async with site(request).read() as db:
        group = await addressed.group(request, db)
        found = await banning.of_group(db, me, group)
        people = await lookup.by_ids(db, [each.account_id for each in found])
        profile = await groups.profile(db, group.id)
    return await show(
        request,
        "group_bans.html",
        status=status,
        group=cards.group_card(group, profile),
        bans=[
            BanLine(
                account=cards.account_card(people[each.account_id]),
                reason=each.reason,
                since=each.created_at,
                ends_at=each.ends_at,
            )
            for each in found
            if each.account_id in people
        ],
        grounds=grounds.choices([rule.title for rule in profile.rules] if profile else (), _),
        days=tuple(Choice(value=str(each), label=_lasting(each, _)) for each in DAYS),
        form=form,
        errors=errors,
    )


def _lasting(days: int, _: Texts) -> str:
    return _("%(n)s days") % {"n": days} if days > 1 else _("One day") if days else _("Until somebody lets them back")


@member_page
async def put_out(request: Request) -> Response:
    """Put somebody out, member or not."""
    here, me, form = site(request), signed_in(request).account, await read(request, BanForm)
    _ = await texts(request)
    typed = {"handle": form.handle, "reason": form.reason, "grounds": form.grounds, "days": str(form.days)}
    try:
        async with here.transaction() as db:
            group = await addressed.group(request, db)
            await banning.check_may(db, me, group)
            person = await addressed.named(request, db, form.handle)
            chosen = grounds.chosen(form.grounds, await groups.rule_titles(db, group.id))
            if not form.reason.strip():
                raise Invalid("Please give a reason: they are told it.", field="reason")
            days = max(0, min(form.days, max(DAYS)))
            made = await banning.ban(
                db,
                here.here,
                me,
                group,
                person,
                reason=form.reason,
                ends_at=here.now() + timedelta(days=days) if days else None,
                removes_posts=form.removes_posts == "yes",
                grounds=chosen,
                now=here.now(),
            )
    except Invalid as refused:
        return await _page(request, typed, errors_of(refused, _), status=422)
    except NotAllowed as refused:
        return await _page(request, typed, {"handle": sentence(refused, _)}, status=403)
    return then(request, f"{cards.account_path(group)}/bans", "put-out" if made is not None else "asked-group")


@member_page
async def let_back(request: Request) -> Response:
    """Let somebody come back."""
    here, me, form = site(request), signed_in(request).account, await read(request, LiftForm)
    async with here.transaction() as db:
        group = await addressed.group(request, db)
        await banning.lift(db, here.here, me, group, addressed.id_of(form.account), now=here.now())
    return then(request, f"{cards.account_path(group)}/bans", "let-back" if group.is_local else "asked-group")


routes = [
    Route("/@{handle}/bans", bans_page),
    Route("/@{handle}/bans", put_out, methods=["POST"]),
    Route("/@{handle}/bans/end", let_back, methods=["POST"]),
]
