"""By which emergency access a group's threads could be read by who runs the instance: for its members (product 26)."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import NotFound
from fedcomm.groups import membership
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, emergency
from fedcomm.looks.frame import show
from fedcomm.moderation import emergency as accesses
from fedcomm.permissions import may
from fedcomm.web import addressed


@member_page
async def page(request: Request) -> Response:
    """Who could read, why, how long and how often they looked. Nobody else than members learns that there is one."""
    here, me = site(request), signed_in(request).account
    async with here.read() as db:
        group = await addressed.group(request, db)
        role = await membership.role(db, group.id, me.id) if group.is_local else None
        if not may(role, "read group threads"):
            raise NotFound
        lines = await emergency.lines(db, await accesses.of_group(db, group.id, role), me.id, now=here.now())
        profile = await groups.profile(db, group.id)
    return await show(request, "group_emergency.html", group=cards.group_card(group, profile), lines=lines)


routes = [Route("/@{handle}/emergency", page)]
