"""Privacy policy, terms and imprint of the place, for everybody: what holds, what held, and what is to come."""

from datetime import date

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import instance_texts
from fedcomm.errors import NotFound
from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.pages import page
from fedcomm.http.router import Route
from fedcomm.looks.frame import show
from fedcomm.looks.shown import PlaceTextVersion
from fedcomm.text import markdown


class DayForm(msgspec.Struct):
    """As it holds from which day; empty: today."""

    of: str = ""


@page
async def text(request: Request) -> Response:
    """The text that holds, else the one that is to come, or that of a day. Raises NotFound (there is none)."""
    here, kind = site(request), instance_texts.kind_of(request.path_params["kind"])
    wanted, today = query(request, DayForm).of, here.now().date()
    async with here.read() as db:
        found = await instance_texts.versions(db, kind)
    written = [each for each in found if each.source]
    if wanted:
        shown = next((each for each in written if each.effective_on.isoformat() == wanted), None)
    else:
        shown = instance_texts.holding(found, today=today) or instance_texts.coming(written, after=today)
    if shown is None:
        raise NotFound
    return await show(
        request,
        "text.html",
        kind=kind,
        text_html=markdown.render(shown.source, home=here.here.base_url),
        shown_on=shown.effective_on,
        is_coming=shown.effective_on > today,
        later_on=_after(shown.effective_on, [each.effective_on for each in found]),
        versions=tuple(
            PlaceTextVersion(effective_on=each.effective_on, is_coming=each.effective_on > today) for each in written
        ),
    )


def _after(start: date, days: list[date]) -> date | None:
    return min((day for day in days if day > start), default=None)


routes = [Route("/about/texts/{kind}", text)]
