"""The register of processing activities, to be looked at and taken along (GDPR Art. 30; C10)."""

from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import people
from fedcomm.database import Connection
from fedcomm.http import csv_files
from fedcomm.http.context import Site, site
from fedcomm.http.pages import admin_page
from fedcomm.http.router import Route
from fedcomm.looks import register
from fedcomm.looks.frame import show, texts
from fedcomm.looks.shown import GivenToLine
from fedcomm.network import peers
from fedcomm.notifications import push_subscriptions
from fedcomm.portability import erasures

HEADINGS = ("purpose", "data", "people", "kept", "given to", "tables")
MOST_SHOWN = 20


async def _others(db: Connection, here: Site) -> list[GivenToLine]:
    """Everybody else who gets something: by what this instance is set up with, and by whom it speaks with."""
    found = [
        GivenToLine(kind="servers", names=tuple(await peers.known(db))),
        GivenToLine(kind="push", names=tuple(await push_subscriptions.authorities(db))),
    ]
    config = here.config
    store = urlsplit(config.media_url)
    further = {
        "mail": config.smtp.host if config.smtp is not None else "",
        "files": store.netloc if store.scheme != "file" else "",
        "sign-in": (urlsplit(config.sign_on.issuer).hostname or "") if config.sign_on is not None else "",
    }
    return [*found, *(GivenToLine(kind=kind, names=(name,)) for kind, name in further.items() if name)]


@admin_page("see admin")
async def page(request: Request) -> Response:
    """What is kept, why and for how long, and who gets it."""
    here, _ = site(request), await texts(request)
    async with here.read() as db:
        others = await _others(db, here)
        erased_count = await erasures.count_since(db, here.now() - erasures.KEPT_FOR)
    return await show(
        request,
        "admin/register.html",
        processings=register.lines(_, here.durations),
        others=others,
        most=MOST_SHOWN,
        erased_count=erased_count,
        contact=here.settings.contact_email,
    )


@admin_page("see admin")
async def as_table(request: Request) -> Response:
    """The purposes as a table."""
    here, _ = site(request), await texts(request)
    rows = [
        (each.name, each.data, each.people, each.kept, each.given_to, " ".join(each.tables))
        for each in register.lines(_, here.durations)
    ]
    return csv_files.answer("register", HEADINGS, rows)


@admin_page("see admin")
async def as_json(request: Request) -> Response:
    """All of it, with every server there is, for a register of the association's own."""
    here, _ = site(request), await texts(request)
    async with here.read() as db:
        told = {
            "controller": here.settings.name,
            "domain": here.here.domain,
            "contact": here.settings.contact_email,
            "made_at": here.now(),
            "people": await people.count(db),
            "processings": register.lines(_, here.durations),
            "given_to": await _others(db, here),
        }
    headers = csv_files.kept("register.json")
    return Response(msgspec.json.encode(told), media_type="application/json", headers=headers)


routes = [
    Route("/admin/register", page),
    Route("/admin/register.csv", as_table),
    Route("/admin/register.json", as_json),
]
