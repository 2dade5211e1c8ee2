"""What this place is, who runs it, and the source of what runs here (decisions D75; AGPL section 13)."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm import __version__, source_archive
from fedcomm.accounts import lookup, people
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups import reading as groups
from fedcomm.http.auth import anyone
from fedcomm.http.context import site
from fedcomm.http.pages import page, visitor
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.cards import rule_lines
from fedcomm.looks.frame import locale_of, show
from fedcomm.looks.shown import AccountCard
from fedcomm.text import markdown

MOST_GROUPS = 1_000


@page
async def about(request: Request) -> Response:
    """For visitors who want to know more than the front page says; by name, members alone learn who runs the place."""
    here = site(request)
    settings, is_member = here.settings, await visitor(request) is not None
    async with here.read() as db:
        staff = await _staff(db) if is_member else []
        members_count = await people.count(db)
        groups_count = len(await groups.here(db, viewer_id=None, limit=MOST_GROUPS))
    return await show(
        request,
        "about.html",
        about_html=markdown.render(
            settings.description, mentioned={}, tag_url=lambda tag: f"/tags/{tag}", home=here.here.base_url
        ),
        rules=rule_lines(settings.rules, await locale_of(request)),
        staff=staff,
        members_count=members_count,
        groups_count=groups_count,
        version=__version__,
        contact=settings.contact_email,
        languages=settings.languages,
        federation=settings.federation,
    )


async def _staff(db: Connection) -> list[AccountCard]:
    """Who runs this place: owners first, then admins."""
    found = [*await people.page(db, state="active", role="owner"), *await people.page(db, state="active", role="admin")]
    accounts = await lookup.by_ids(db, [person.id for person in found])
    return [cards.account_card(accounts[person.id]) for person in found if person.id in accounts]


@page
async def source(request: Request) -> Response:
    """Where the source is to be had: here, unless the operator publishes it elsewhere."""
    here = site(request)
    elsewhere = here.config.source_url
    if elsewhere != f"{here.here.base_url}/source":
        return RedirectResponse(elsewhere, 303)
    archive = await source_archive.made()
    return await show(
        request,
        "source.html",
        version=__version__,
        archive_url=f"/source/{archive.name}",
        size=len(archive.body),
    )


@anyone
async def download_source(request: Request) -> Response:
    """The archive of what runs here."""
    archive = await source_archive.made()
    if request.path_params["name"] != archive.name:
        raise NotFound
    return Response(
        archive.body,
        media_type="application/gzip",
        headers={
            "Content-Disposition": f'attachment; filename="{archive.name}"',
            "Cache-Control": "public, max-age=3600",
        },
    )


routes = [
    Route("/about", about),
    Route("/source", source),
    Route("/source/{name}", download_source),
]
