"""The queue of reports as a page: filters, what one does about several at once, and taking that back (product 13)."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.database import Connection
from fedcomm.errors import NotAllowed
from fedcomm.http.context import site
from fedcomm.http.forms import query
from fedcomm.http.pages import signed_in
from fedcomm.http.paging import id_from
from fedcomm.looks import grounds
from fedcomm.looks import reports as reports_shown
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.paging import Paged, cursor
from fedcomm.looks.shown import BatchLine, Choice
from fedcomm.moderation import many_reports, report_queue, reports
from fedcomm.moderation.report_queue import HERE, Wanted
from fedcomm.permissions import may_here

NOBODY = 0
"""No account has this id."""


class QueueForm(msgspec.Struct):
    """Which reports: open or resolved, of a group, a kind, in whose hands, from which server, about or by whom."""

    resolved: str = ""
    group: str = ""
    category: str = ""
    assigned: str = ""
    server: str = ""
    about: str = ""
    by: str = ""
    ticked: str = ""


async def page(
    request: Request,
    template: str,
    path: str,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The reports that the reader may decide about, newest first. Raises NotAllowed (there are none for them)."""
    here, who, asked = site(request), signed_in(request), cursor(request)
    form, _, me = query(request, QueueForm), await texts(request), who.account
    async with here.transaction(wakes=()) as db:
        if not await reports.may_see_any(db, me.id):
            raise NotAllowed("Only those who look after a group may do this.")
        found = await report_queue.page(db, me.id, await _wanted(db, form, here.here.domain), cursor=asked)
        around = Paged(request, [each.id for each in found], asked)
        shown = found[around.first : around.last]
        lines = await reports_shown.lines(db, shown, me.id, here.settings)
        await reports.note_look(db, me.id, {each.id: each.post_ids for each in shown}, now=here.now())
        filters = await _filters(db, me.id, _)
        batch = await many_reports.last(db, me.id, now=here.now())
    kept = {name: value for name, value in _kept(form).items() if value}
    is_resolved = form.resolved == "yes"
    open_kept = urlencode({name: value for name, value in kept.items() if name != "resolved"})
    return await show(
        request,
        template,
        status=status,
        reports=lines,
        is_resolved=is_resolved,
        filters=filters,
        form={**_kept(form), **(typed or {})},
        errors=errors or {},
        actions=_actions(is_resolved, may_here(who.login.role, "manage accounts"), _),
        grounds=grounds.choices([rule.text for rule in here.settings.rules], _),
        kept=open_kept,
        back=path + ("?" + urlencode(kept) if kept else ""),
        many_query="?" + urlencode(kept) if kept else "",
        is_narrowed=any((form.category, form.assigned, form.server, form.about, form.by)),
        is_ticked=form.ticked == "yes",
        batch=BatchLine(id=batch.id, action=batch.action, count=len(batch.report_ids)) if batch else None,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


def _kept(form: QueueForm) -> dict[str, str]:
    names = ("resolved", "group", "category", "assigned", "server", "about", "by")
    return {name: str(getattr(form, name))[:300] for name in names}


async def _wanted(db: Connection, form: QueueForm, domain: str) -> Wanted:
    """What is no choice of ours finds nothing, or does not matter."""
    return Wanted(
        is_resolved=form.resolved == "yes",
        group_id=id_from(form.group) if form.group else None,
        category=next((each for each in reports.CATEGORIES if each == form.category), None),
        assigned=report_queue.assigned_of(form.assigned),
        server=form.server.strip().lower()[:300],
        target_id=await _person(db, form.about, domain),
        reporter_id=await _person(db, form.by, domain),
    )


async def _person(db: Connection, typed: str, domain: str) -> int | None:
    """Whom a handle means; None: nobody is asked for."""
    name, _, host = typed.strip().removeprefix("@")[:300].partition("@")
    if not name:
        return None
    found = await lookup.by_handle(db, name, host or domain)
    return found.id if found is not None else NOBODY


async def _filters(db: Connection, viewer_id: int, _: Texts) -> dict[str, Sequence[Choice]]:
    known = await report_queue.choices(db, viewer_id)
    groups = await lookup.by_ids(db, known.group_ids)
    return {
        "group": (
            Choice(value="", label=_("All")),
            *(Choice(value=str(each), label=groups[each].shown_name) for each in known.group_ids if each in groups),
        ),
        "category": (
            Choice(value="", label=_("All")),
            Choice(value="spam", label=_("Spam")),
            Choice(value="violation", label=_("Against the rules")),
            Choice(value="legal", label=_("Against the law")),
            Choice(value="other", label=_("Something else")),
        ),
        "assigned": (
            Choice(value="", label=_("All")),
            Choice(value="me", label=_("Mine")),
            Choice(value="nobody", label=_("Nobody's yet")),
            Choice(value="others", label=_("Others'")),
        ),
        "server": (
            Choice(value="", label=_("All")),
            Choice(value=HERE, label=_("From here")),
            *(Choice(value=each, label=each) for each in known.servers),
        ),
    }


def _actions(is_resolved: bool, manages: bool, _: Texts) -> Sequence[Choice]:
    """What one may do about several reports of this list."""
    if is_resolved:
        return (Choice(value="reopen", label=_("Open again")),)
    found = [
        Choice(value="take", label=_("I take care of them")),
        Choice(value="put back", label=_("Put them back")),
        Choice(value="resolve", label=_("Resolved")),
        Choice(value="remove posts", label=_("Take the posts out of their groups")),
    ]
    return (*found, Choice(value="limit", label=_("Limit those reported"))) if manages else tuple(found)
