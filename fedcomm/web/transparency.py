"""What was complained of and decided here, year by year, for everybody (DSA Art. 15; C15)."""

from datetime import UTC

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.figures import transparency
from fedcomm.figures.transparency import Count
from fedcomm.http import csv_files
from fedcomm.http.auth import anyone
from fedcomm.http.context import Site, site
from fedcomm.http.forms import query
from fedcomm.http.pages import page
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.transparency import parts

AN_HOUR = "public, max-age=3600"
"""The same for everybody."""

HEADINGS = ("year", "what", "kind", "count")


class YearForm(msgspec.Struct):
    """Which year."""

    year: str = ""


async def _years(here: Site) -> list[int]:
    """This one, and all before it of which there is something to say."""
    last = here.now().astimezone(UTC).year
    async with here.read() as db:
        first = await transparency.first_year(db)
    return list(range(last, min(first or last, last) - 1, -1))


@page
async def year_page(request: Request) -> Response:
    """The counts of a year: this one, unless another is asked for."""
    here, years, _ = site(request), await _years(site(request)), await texts(request)
    asked = query(request, YearForm).year
    year = next((each for each in years if str(each) == asked), years[0])
    async with here.read() as db:
        found = await transparency.of_year(db, year)
    return await show(request, "transparency.html", year=year, years=years, parts=parts(found, _))


async def _all(here: Site) -> list[Count]:
    years = await _years(here)
    async with here.read() as db:
        return [each for year in reversed(years) for each in await transparency.of_year(db, year)]


@anyone
async def as_table(request: Request) -> Response:
    """All years as a table."""
    rows = [(each.year, each.what, each.kind, each.count) for each in await _all(site(request))]
    return csv_files.answer("transparency", HEADINGS, rows, cache=AN_HOUR)


@anyone
async def as_json(request: Request) -> Response:
    """All years for programs."""
    here = site(request)
    told = {"domain": here.here.domain, "counts": await _all(here)}
    headers = csv_files.kept("transparency.json", cache=AN_HOUR)
    return Response(msgspec.json.encode(told), media_type="application/json", headers=headers)


routes = [
    Route("/about/numbers", year_page),
    Route("/about/numbers.csv", as_table),
    Route("/about/numbers.json", as_json),
]
