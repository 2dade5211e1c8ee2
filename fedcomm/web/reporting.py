"""Reporting a post or a person from their page (product 3, 13). Who decides about it: `reports.py` beside this."""

from collections.abc import Mapping
from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import locale_of, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.posts import Looker, post_path
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import Choice, PostView
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Category, Complaint
from fedcomm.threads import reading
from fedcomm.web import addressed

FIELDS = {"rule_ids": "rule"}


class ReportForm(msgspec.Struct):
    """What is wrong, in the words of who reports it."""

    category: Category | None = None
    rule: list[int] = []
    """Ids of the instance's rules."""
    comment: str = ""
    forward: str = ""


class _About(msgspec.Struct):
    """Whom, and perhaps which post of theirs."""

    target: Account
    post: PostView | None
    path: str
    back: str


async def _about(db: Connection, request: Request) -> _About:
    """Raises NotFound: what the reader may not see, or oneself."""
    me = signed_in(request).account
    if "handle" in request.path_params:
        target = await addressed.account(request, db)
        about = _About(target, None, f"{cards.account_path(target)}/report", cards.account_path(target))
    else:
        post = await reading.by_id(db, addressed.post_id(request), me.id)
        target = (await lookup.by_ids(db, [post.author_id]))[post.author_id]
        (view,) = await posts.post_views(db, [post], Looker(account=me), now=site(request).now())
        about = _About(target, view, f"/p/{post.id}/report", post_path(post, target))
    if about.target.id == me.id:
        raise NotFound
    return about


@member_page
async def report_page(request: Request) -> Response:
    """The form."""
    async with site(request).read() as db:
        about = await _about(db, request)
    return await _page(request, about, ReportForm(), {})


async def _page(
    request: Request, about: _About, form: ReportForm, errors: Mapping[str, str], *, status: int = 200
) -> Response:
    _ = await texts(request)
    rules, language = site(request).settings.rules, await locale_of(request)
    categories = [
        Choice(value="spam", label=_("Spam"), hint=_("Advertising, traps, the same thing again and again.")),
        Choice(value="violation", label=_("Against the rules"), hint=_("Say below which one.") if rules else ""),
        Choice(value="legal", label=_("Against the law")),
        Choice(value="other", label=_("Something else")),
    ]
    return await show(
        request,
        "report_form.html",
        status=status,
        target=cards.account_card(about.target),
        post=about.post,
        path=about.path,
        back=about.back,
        categories=categories,
        rules=[Choice(value=str(rule.id), label=rule.told(language).text) for rule in rules],
        form=cast("dict[str, object]", msgspec.to_builtins(form)),
        errors=errors,
        longest=reports.LONGEST_COMMENT,
        is_hidden_from_search=True,
    )


@member_page
async def file_report(request: Request) -> Response:
    """Tell those who look after it."""
    here, me = site(request), signed_in(request).account
    form = await read(request, ReportForm)
    _ = await texts(request)
    async with here.read() as db:
        about = await _about(db, request)
    if form.category is None:
        return await _page(request, about, form, {"category": _("Please choose what is wrong.")}, status=422)
    rules = {rule.id for rule in here.settings.rules}
    complaint = Complaint(
        post_ids=[about.post.id] if about.post is not None else [],
        comment=form.comment,
        category=form.category,
        rule_ids=[each for each in form.rule if each in rules] if form.category == "violation" else [],
        forwards=bool(form.forward) and not about.target.is_local,
    )
    try:
        async with here.transaction() as db:
            await reports.file(db, me, about.target, complaint, now=here.now())
    except Invalid as refused:
        return await _page(request, about, form, errors_of(refused, _, FIELDS), status=422)
    return then(request, about.back, "reported")


routes = [
    Route("/p/{id:int}/report", report_page),
    Route("/p/{id:int}/report", file_report, methods=["POST"]),
    Route("/@{handle}/report", report_page),
    Route("/@{handle}/report", file_report, methods=["POST"]),
]
