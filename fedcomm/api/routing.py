"""Every route of the client API, and what they need of the site."""

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api import (
    accounts,
    admin_accounts,
    admin_domains,
    admin_sign_ups,
    admin_trends,
    announcements,
    apps,
    blocks,
    collections,
    conversations,
    discovery,
    emails,
    emojis,
    endorsements,
    featured_tags,
    filters,
    following,
    grouped_notifications,
    instance,
    kept,
    lists,
    markers,
    media,
    notification_requests,
    notifications,
    oauth,
    oembed,
    openapi,
    polls,
    profile,
    push,
    quotes,
    reactions,
    reports,
    scheduled,
    search,
    sign_up,
    statuses,
    suggestions,
    tags,
    timelines,
    unoffered,
    whole_profile,
)
from fedcomm.api.discovery import Trends
from fedcomm.api.entities.encoded import Encoded
from fedcomm.api.entities.live import LiveEntities
from fedcomm.api.fedcomm import bans as own_bans
from fedcomm.api.fedcomm import groups as own_groups
from fedcomm.api.fedcomm import measures as own_measures
from fedcomm.api.fedcomm import members as own_members
from fedcomm.api.fedcomm import moving as own_moving
from fedcomm.api.fedcomm import threads as own_threads
from fedcomm.api.instance import Figures
from fedcomm.http.answers import json
from fedcomm.http.auth import Tokens, public
from fedcomm.http.context import Site, site
from fedcomm.http.limits import Limits
from fedcomm.http.router import Route
from fedcomm.streaming.hub import Hub
from fedcomm.timelines.home import Habits
from fedcomm.timelines.homes_together import HomesTogether

routes: list[Route] = [
    *own_groups.routes,
    *own_members.routes,
    *own_bans.routes,
    *own_measures.routes,
    *own_moving.routes,
    *own_threads.routes,
    *discovery.routes,
    *oembed.routes,
    *unoffered.routes,
    *collections.routes,
    *apps.routes,
    *oauth.routes,
    *instance.routes,
    *sign_up.routes,
    *profile.routes,
    *whole_profile.routes,
    *accounts.routes,
    *following.routes,
    *endorsements.routes,
    *suggestions.routes,
    *blocks.routes,
    *featured_tags.routes,
    *tags.routes,
    *filters.routes,
    *media.routes,
    *statuses.routes,
    *quotes.routes,
    *scheduled.routes,
    *polls.routes,
    *reactions.routes,
    *timelines.routes,
    *kept.routes,
    *conversations.routes,
    *emails.routes,
    *emojis.routes,
    *lists.routes,
    *notifications.routes,
    *notification_requests.routes,
    *grouped_notifications.routes,
    *markers.routes,
    *push.routes,
    *reports.routes,
    *admin_accounts.routes,
    *admin_domains.routes,
    *admin_sign_ups.routes,
    *admin_trends.routes,
    *announcements.routes,
    *search.routes,
]


async def _described(request: Request) -> Response:
    """This API, described for machines."""
    here = site(request)
    described = openapi.document(routes, base_url=here.here.base_url, name=here.settings.name)
    return json(described, headers={"Cache-Control": "public, max-age=3600"})


routes.append(Route("/api/openapi.json", public(_described)))


def hand_in(here: Site) -> None:
    """Give the site what the client API and all who check tokens and limits need."""
    here.provide(Tokens, Tokens())
    here.provide(Limits, Limits(processes=here.processes, is_on=here.config.rate_limits))
    here.provide(Encoded, Encoded(here.here, now=here.now))
    here.provide(Figures, Figures())
    here.provide(Habits, Habits())
    here.provide(HomesTogether, HomesTogether(here.quick_read))
    here.provide(Trends, Trends())
    live = LiveEntities(here)
    here.provide(Hub, Hub(here.read, here.wakeups.bell("live"), live, here.durations, here.now))
