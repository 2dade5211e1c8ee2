"""Bringing one's data from another server: read from a file, looked at, taken over, and taken back (product 24)."""

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, member_upload, sent, signed_in, small_files
from fedcomm.http.router import Route
from fedcomm.looks.frame import show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of, sentence
from fedcomm.looks.shown import ImportEntry, ImportTask
from fedcomm.media import uploads
from fedcomm.media.storage import Store
from fedcomm.portability import import_files, imports, present
from fedcomm.portability.import_files import Kind
from fedcomm.portability.imports import MOST_SHOWN, Counts, Import, TaskLine, Words

PAGE = "/settings/import"
LARGEST_ARCHIVE = 1024**3


class TableForm(msgspec.Struct):
    """What kind of table the file is, and what is to happen with what is not in it."""

    kind: Literal["follows", "lists", "blocks", "mutes", "domain_blocks", "bookmarks"] = "follows"
    mode: Literal["merge", "overwrite"] = "merge"


@member_page
async def import_page(request: Request) -> Response:
    """What can be brought along, and what was."""
    return await _page(request, {}, {"kind": "follows", "mode": "merge"})


async def _page(request: Request, errors: dict[str, str], form: dict[str, str], *, status: int = 200) -> Response:
    me = signed_in(request).account
    async with site(request).read() as db:
        found = await imports.newest(db, me.id)
        counts = await imports.counts(db, [each.id for each in found])
    return await show(
        request,
        "settings/import.html",
        status=status,
        imports=[task_line(each, counts[each.id]) for each in found],
        form=form,
        errors=errors,
    )


def task_line(task: Import, counts: Counts) -> ImportTask:
    """One as pages show it."""
    return ImportTask(
        id=task.id,
        kind=task.kind,
        state=task.state,
        overwrites=task.overwrites,
        all_count=counts.all,
        done_count=counts.done,
        as_before_count=counts.as_before,
        failed_count=counts.failed,
        undone_count=counts.undone,
        waiting_count=counts.waiting,
        created_at=task.created_at,
    )


@member_page
async def propose(request: Request) -> Response:
    """Read a table; what it would change is shown, and nothing is changed."""
    here, me, form = site(request), signed_in(request).account, await read(request, TableForm)
    _ = await texts(request)
    try:
        body = small_files(request).get("file", b"")
        if not body:
            raise Invalid("Please choose a file.", field="file")
        found = import_files.read(body, form.kind, here.here, own=f"{me.handle}@{here.here.domain}")
    except Invalid as refused:
        given = {"kind": form.kind, "mode": form.mode}
        return await _page(request, errors_of(refused, _), given, status=422)
    async with here.transaction(wakes=()) as db:
        import_id = await imports.propose(
            db, me.id, form.kind, found, overwrites=form.mode == "overwrite", now=here.now()
        )
    return then(request, f"{PAGE}/{import_id}")


async def _bring_archive(request: Request) -> Response:
    """Keep an archive of posts; the worker reads it, and it is looked at before anything comes of it."""
    here, me = site(request), signed_in(request).account
    _ = await texts(request)
    given = {"kind": "follows", "mode": "merge"}
    file = sent(request).files.get("archive")
    if file is None:
        return await _page(request, {"archive": _("Please choose a file.")}, given, status=422)
    name = f"{uploads.new_token()}.zip"
    await here.service(Store).put_file(name, file)
    try:
        async with here.transaction(wakes=()) as db:
            import_id = await imports.add_archive(db, me.id, name, now=here.now())
    except Conflict as refused:
        await here.service(Store).delete(name)
        return await _page(request, {"archive": sentence(refused, _)}, given, status=422)
    return then(request, f"{PAGE}/{import_id}")


bring_archive = member_upload(_bring_archive, largest=LARGEST_ARCHIVE, within_s=3600.0)


@member_page
async def look(request: Request) -> Response:
    """What one would change, or has changed. Raises NotFound."""
    here, me = site(request), signed_in(request).account
    async with here.read() as db:
        task = await imports.one(db, me.id, int(request.path_params["id"]))
        counts = (await imports.counts(db, [task.id]))[task.id]
        failed = await imports.lines(db, task.id, "failed", limit=MOST_SHOWN)
        would = await _would(db, me, task) if task.state == "proposed" else Would()
    return await show(
        request,
        "settings/import_one.html",
        task=task_line(task, counts),
        failed=[_entry(each) for each in failed],
        skipped=[ImportEntry(number=each.line, text=each.text, why=each.why) for each in task.skipped],
        new=would.new,
        strangers=would.strangers,
        as_now=would.as_now,
        ending=would.ending,
    )


class Pile(msgspec.Struct):
    """Lines of one sort: how many, and the first of them."""

    count: int = 0
    first: list[ImportEntry] = []

    def add(self, line: Words) -> None:
        """One more."""
        self.count += 1
        if self.count <= MOST_SHOWN:
            self.first.append(ImportEntry(number=line.number, text=line.subject, list_title=line.title))


class Would(msgspec.Struct):
    """What would happen: what is new, whom nobody here knows yet, what is so already, what would end."""

    new: Pile = msgspec.field(default_factory=Pile)
    strangers: Pile = msgspec.field(default_factory=Pile)
    as_now: Pile = msgspec.field(default_factory=Pile)
    ending: Pile = msgspec.field(default_factory=Pile)


async def _would(db: Connection, me: Account, task: Import) -> Would:
    """The same as things stand."""
    if task.kind == "archive":
        first = [_entry(each) for each in await imports.lines(db, task.id, "waiting", limit=MOST_SHOWN)]
        return Would(new=Pile(len(first), first))
    lines = await imports.waiting(db, task.id)
    so = set(await present.all_of(db, me.id, task.kind, with_groups=True))
    known = await _known(db, task.kind, [each.subject for each in lines if not each.is_ending])
    would = Would()
    for each in lines:
        is_so, is_known = (each.subject, each.title) in so, each.subject in known
        pile = would.as_now if is_so else would.new if is_known else would.strangers
        (would.ending if each.is_ending else pile).add(each)
    return would


async def _known(db: Connection, kind: Kind, subjects: list[str]) -> set[str]:
    """Those that are known here."""
    if kind == "domain_blocks":
        return set(subjects)
    ask = present.posts_here if kind == "bookmarks" else present.people_here
    return set(await ask(db, subjects))


def _entry(line: TaskLine) -> ImportEntry:
    return ImportEntry(
        number=line.number,
        text=str(line.told.get("url", line.subject)),
        list_title=str(line.told.get("title", "")),
        why=line.why or "",
    )


@member_page
async def begin(request: Request) -> Response:
    """Take it over; it goes on by itself."""
    now, me = site(request).now(), signed_in(request).account
    return await _act(request, lambda db, id_: imports.begin(db, me.id, id_, now=now), "import-begun")


@member_page
async def take_back(request: Request) -> Response:
    """Undo what it changed."""
    now, me = site(request).now(), signed_in(request).account
    return await _act(request, lambda db, id_: imports.take_back(db, me.id, id_, now=now), "saved")


@member_page
async def try_again(request: Request) -> Response:
    """Take up once more what failed."""
    now, me = site(request).now(), signed_in(request).account
    return await _act(request, lambda db, id_: imports.try_again(db, me.id, id_, now=now), "import-begun")


@member_page
async def throw_away(request: Request) -> Response:
    """Forget it; what it changed stays."""
    now, me = site(request).now(), signed_in(request).account
    return await _act(request, lambda db, id_: imports.throw_away(db, me.id, id_, now=now), "deleted", leads_to=PAGE)


async def _act(
    request: Request, act: Callable[[Connection, int], Awaitable[None]], note: str, *, leads_to: str = ""
) -> Response:
    import_id = int(request.path_params["id"])
    page = f"{PAGE}/{import_id}"
    try:
        async with site(request).transaction(wakes=()) as db:
            await act(db, import_id)
    except Conflict:
        return then(request, page, "gone")
    return then(request, leads_to or page, note)


routes = [
    Route("/settings/import", import_page),
    Route("/settings/import", propose, methods=["POST"]),
    Route("/settings/import/archive", bring_archive, methods=["POST"], has_time_limit=False),
    Route("/settings/import/{id:int}", look),
    Route("/settings/import/{id:int}/begin", begin, methods=["POST"]),
    Route("/settings/import/{id:int}/undo", take_back, methods=["POST"]),
    Route("/settings/import/{id:int}/again", try_again, methods=["POST"]),
    Route("/settings/import/{id:int}/throw_away", throw_away, methods=["POST"]),
]
