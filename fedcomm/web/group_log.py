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
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.shown import GroupLogLine
from fedcomm.permissions import may
from fedcomm.web import addressed
from fedcomm.web.paging import Paged, cursor


def _told(_: Texts) -> dict[str, str]:
    """What members read of; reports and appeals are for those who decide them."""
    return {
        "remove post": _("A post was taken out"),
        "restore post": _("A post was brought back"),
        "let held post through": _("A post was let through"),
        "hide post": _("A post was hidden for the group's own people"),
        "show hidden post": _("A hidden post is shown again"),
        "lock thread": _("A thread was closed"),
        "unlock thread": _("A thread was opened again"),
        "ban": _("Somebody was put out of the group"),
        "put out of the group": _("Somebody was put out of the group"),
        "lift ban": _("Somebody may come back"),
        "look first at a member": _("What a member writes is first looked at"),
        "trust a member again": _("A member is trusted again"),
        "appoint": _("Somebody has another role"),
        "change group": _("The settings of the group were changed"),
        "move group": _("The group moved"),
        "export group": _("The group's data were put together to be taken along"),
    }


@member_page
async def log_page(request: Request) -> Response:
    """The log of a group, newest first. Nobody else than its members learns that there is one."""
    me, asked, _ = signed_in(request).account, cursor(request), await texts(request)
    told = _told(_)
    async with site(request).read() as db:
        group = await addressed.group(request, db)
        role = await membership.role(db, group.id, me.id) if group.is_local else None
        if role is None:
            raise NotFound
        wanted = audit.Wanted(group_id=group.id, actions=tuple(told))
        found = await audit.between(db, wanted, asked)
        around = Paged(request, [each.id for each in found], asked)
        page = found[around.first : around.last]
        in_full = may(role, "remove post")
        people = await lookup.by_ids(db, [each.actor_id for each in page if each.actor_id is not None])
        profile = await groups.profile(db, group.id)
    lines = [
        GroupLogLine(
            what=told[each.action],
            reason=each.reason,
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
