"""How people fare in a group, for its facilitators: the core figures with plots, and as a table (product 21)."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts.model import Account
from fedcomm.figures import of_groups
from fedcomm.figures.keeping import Day
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, figures
from fedcomm.looks.frame import locale_of, show
from fedcomm.web import addressed


async def _days(request: Request, window: int) -> tuple[Account, Sequence[Day]]:
    """The group of the path with what was measured of it. Raises NotFound, NotAllowed."""
    async with site(request).read() as db:
        group = await addressed.group(request, db)
        await of_groups.check_may(db, signed_in(request).account, group)
        return group, await of_groups.days(db, group.id, window)


@member_page
async def page(request: Request) -> Response:
    """The four figures as they stand, each with its way there."""
    window = figures.window_of(request)
    group, days = await _days(request, window)
    async with site(request).read() as db:
        profile = await groups.profile(db, group.id)
    path = f"/@{group.handle}/figures"
    return await show(
        request,
        "group_figures.html",
        group=cards.group_card(group, profile),
        figures=figures.sheet(days, window, path, f"{path}.csv", await locale_of(request)),
    )


@member_page
async def download(request: Request) -> Response:
    """The figures of a window, one row for each day, as a table for spreadsheets."""
    window = figures.window_of(request)
    group, days = await _days(request, window)
    return figures.table(f"{group.handle}-figures-{window}-days", days)


routes = [
    Route("/@{handle}/figures", page),
    Route("/@{handle}/figures.csv", download),
]
