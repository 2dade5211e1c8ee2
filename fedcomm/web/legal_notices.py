"""The form for notices of unlawful content, open to anybody, and what became of one (DSA Art. 16; C13)."""

from collections.abc import Mapping
from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import attempts
from fedcomm.errors import Conflict, Invalid, NotFound
from fedcomm.http import notice_links
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.limits import client_address
from fedcomm.http.pages import page
from fedcomm.http.router import Route
from fedcomm.looks import notices_of_law
from fedcomm.looks.frame import locale_of, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.moderation import legal_notices
from fedcomm.moderation.legal_notices import Ground, Said

LONGEST_TOKEN = 200


class NoticeForm(msgspec.Struct):
    """What is unlawful, why, and who says so."""

    url: str = ""
    ground: Ground | None = None
    explanation: str = ""
    name: str = ""
    email: str = ""
    good_faith: str = ""


@page
async def form_page(request: Request) -> Response:
    """The form."""
    return await _form(request, NoticeForm(url=request.query_params.get("url", "")[: legal_notices.LONGEST_URL]), {})


async def _form(request: Request, form: NoticeForm, errors: Mapping[str, str], *, status: int = 200) -> Response:
    return await show(
        request,
        "legal_notice_form.html",
        status=status,
        form=cast("dict[str, object]", msgspec.to_builtins(form)),
        errors=errors,
        grounds=notices_of_law.grounds(await texts(request)),
        longest=legal_notices.LONGEST_EXPLANATION,
        is_hidden_from_search=True,
    )


@page
async def file(request: Request) -> Response:
    """Take a notice; its own page is the receipt, and a letter leads there too."""
    here, form = site(request), await read(request, NoticeForm)
    _ = await texts(request)
    said = Said(
        url=form.url,
        ground=form.ground,
        explanation=form.explanation,
        name=form.name,
        email=form.email,
        is_in_good_faith=form.good_faith == "yes",
    )
    async with here.transaction(wakes=()) as db:
        subjects = (f"address:{client_address(request)}", *([f"mail:{form.email.strip()[:254]}"] if form.email else []))
        await attempts.count(db, "notice", subjects, now=here.now())
    try:
        async with here.transaction() as db:
            made = await legal_notices.file(
                db, here.here, said, site_name=here.settings.name, locale=await locale_of(request), now=here.now()
            )
    except (Invalid, Conflict) as refused:
        return await _form(request, form, errors_of(refused, _), status=422)
    here.wakeups.ring("mail")
    return then(request, await notice_links.path(here, made.id), "notice-taken")


@page
async def one_page(request: Request) -> Response:
    """The receipt, and later the answer, for who has the link. Raises NotFound."""
    here, token = site(request), str(request.path_params["token"])
    notice_id = await notice_links.opened(here, token) if len(token) <= LONGEST_TOKEN else None
    if notice_id is None:
        raise NotFound
    async with here.read() as db:
        found = await legal_notices.find(db, notice_id)
    if found is None:
        raise NotFound
    return await show(
        request,
        "legal_notice.html",
        notice=notices_of_law.view(found, "", await texts(request)),
        contact=here.settings.contact_email,
        is_hidden_from_search=True,
    )


routes = [
    Route("/notice", form_page),
    Route("/notice", file, methods=["POST"]),
    Route("/notice/{token}", one_page),
]
