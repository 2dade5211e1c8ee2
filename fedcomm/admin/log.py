"""What admins, moderators and the server itself decided: all of it, by whom and why (product 26)."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.audit import Entry, Wanted
from fedcomm.database import Connection
from fedcomm.http import csv_files
from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.pages import admin_page
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.log_words import about, words
from fedcomm.looks.shown import Choice, LogLine

PAGE = 50
MOST_IN_FILE = 10_000
NOBODY = 0


class LogForm(msgspec.Struct):
    """Which entries: by whom, what, about whom, older than `before`."""

    by: str = ""
    what: str = ""
    target: str = ""
    before: str = ""


async def _wanted(db: Connection, form: LogForm, domain: str) -> Wanted:
    by_id: int | None = None
    handle = form.by.strip().removeprefix("@").partition("@")[0]
    if handle:
        person = await lookup.by_handle(db, handle[:100], domain)
        by_id = person.id if person is not None else NOBODY
    return Wanted(actor_id=by_id, action=form.what.strip()[:100], target=form.target.strip()[:300])


@admin_page("see admin")
async def page(request: Request) -> Response:
    """A page of the log, newest first."""
    form, here, _ = query(request, LogForm), site(request), await texts(request)
    said = words(_)
    before = id_from(form.before) if form.before else None
    async with here.read() as db:
        found = await audit.page(db, before=before, limit=PAGE + 1, wanted=await _wanted(db, form, here.here.domain))
        people = await _people(db, found)
        actions = await audit.actions(db)
    kept = {name: value for name in ("by", "what", "target") if (value := getattr(form, name))}
    older = "?" + urlencode({**kept, "before": found[PAGE - 1].id}) if len(found) > PAGE else None
    return await show(
        request,
        "admin/log.html",
        entries=[_line(each, people, said, _) for each in found[:PAGE]],
        actions=sorted(
            (Choice(value=each, label=said.get(each, each)) for each in actions), key=lambda each: each.label.lower()
        ),
        form={"by": form.by, "what": form.what, "target": form.target},
        csv_url="/admin/log.csv" + ("?" + urlencode(kept) if kept else ""),
        newer_url="?" + urlencode(kept) if form.before else None,
        older_url=older,
    )


async def _people(db: Connection, entries: Sequence[Entry]) -> dict[int, Account]:
    return await lookup.by_ids(db, {each.actor_id for each in entries if each.actor_id is not None})


def _line(entry: Entry, people: Mapping[int, Account], said: Mapping[str, str], _: Texts) -> LogLine:
    return LogLine(
        id=entry.id,
        by=_by(entry, people),
        action=said.get(entry.action, entry.action),
        target=about(entry.action, entry.target, _),
        number=entry.target if entry.target.isdigit() else "",
        reason=entry.reason,
        details=_details(entry),
        created_at=entry.created_at,
    )


def _by(entry: Entry, people: Mapping[int, Account]) -> str:
    """The handle of who did it; empty for the server itself and the command line."""
    if entry.actor_id is None:
        return ""
    person = people.get(entry.actor_id)
    return f"@{person.handle}" if person is not None else str(entry.actor_id)


def _details(entry: Entry) -> str:
    return orjson.dumps(entry.details, option=orjson.OPT_SORT_KEYS).decode() if entry.details else ""


@admin_page("see admin")
async def download(request: Request) -> Response:
    """The newest ten thousand entries that are wanted, as a table for spreadsheets."""
    form, here = query(request, LogForm), site(request)
    async with here.read() as db:
        found = await audit.page(db, limit=MOST_IN_FILE, wanted=await _wanted(db, form, here.here.domain))
        people = await _people(db, found)
    return csv_files.answer(
        "log",
        ("id", "at", "by", "action", "target", "reason", "details"),
        [_row(each, people) for each in found],
    )


def _row(each: Entry, people: Mapping[int, Account]) -> tuple[object, ...]:
    at = each.created_at.isoformat()
    return (each.id, at, _by(each, people), each.action, each.target, each.reason, _details(each))


routes = [
    Route("/admin/log", page),
    Route("/admin/log.csv", download),
]
