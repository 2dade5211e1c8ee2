"""What was decided in a group: its members read it in short, those who look after it in full (product 13; S170)."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm import audit
from fedcomm.accounts import lookup
from fedcomm.errors import NotFound
from fedcomm.groups import membership
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards
from fedcomm.looks.frame import show, texts
from fedcomm.looks.log_words import words
from fedcomm.looks.shown import GroupLogLine
from fedcomm.permissions import may
from fedcomm.web import addressed
from fedcomm.web.paging import Paged, cursor

TOLD = (
    "remove post",
    "restore post",
    "let held post through",
    "hide post",
    "show hidden post",
    "lock thread",
    "unlock thread",
    "ban",
    "put out of the group",
    "lift ban",
    "look first at a member",
    "trust a member again",
    "note to author",
    "end note to author",
    "ask to edit",
    "end asking to edit",
    "pause member",
    "end pause",
    "appoint",
    "change group",
    "move group",
    "export group",
    "open emergency access",
    "end emergency access",
)
"""What members read of, that it was done and why; reports and appeals are for those who decide them."""

PRIVATE = ("note to author", "ask to edit")
"""What was said to one person: members read that it was, and not what."""


@member_page
async def log_page(request: Request) -> Response:
    """The log of a group, newest first. Nobody else than its members learns that there is one."""
    me, asked, _ = signed_in(request).account, cursor(request), await texts(request)
    said = words(_)
    async with site(request).read() as db:
        group = await addressed.group(request, db)
        role = await membership.role(db, group.id, me.id) if group.is_local else None
        if role is None:
            raise NotFound
        wanted = audit.Wanted(group_id=group.id, actions=TOLD)
        found = await audit.between(db, wanted, asked)
        around = Paged(request, [each.id for each in found], asked)
        page = found[around.first : around.last]
        in_full = may(role, "remove post")
        people = await lookup.by_ids(db, [each.actor_id for each in page if each.actor_id is not None])
        profile = await groups.profile(db, group.id)
    lines = [
        GroupLogLine(
            what=said[each.action],
            reason=each.reason if in_full or each.action not in PRIVATE else "",
            created_at=each.created_at,
            by=people[each.actor_id].shown_name if in_full and each.actor_id in people else "",
            about=each.target if in_full and not each.target.isdigit() else "",
        )
        for each in page
    ]
    return await show(
        request,
        "group_log.html",
        group=cards.group_card(group, profile),
        lines=lines,
        in_full=in_full,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


routes = [Route("/@{handle}/log", log_page)]
