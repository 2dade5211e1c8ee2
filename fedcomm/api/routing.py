"""Every route of the client API, and what they need of the site."""

from fedcomm.api import (
    absent,
    accounts,
    apps,
    blocks,
    conversations,
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
    notifications,
    oauth,
    polls,
    profile,
    push,
    quotes,
    reactions,
    scheduled,
    search,
    sign_up,
    statuses,
    suggestions,
    tags,
    timelines,
)
from fedcomm.api.entities.live import LiveEntities
from fedcomm.api.entities.statuses import Encoded
from fedcomm.api.instance import Figures
from fedcomm.http.auth import Tokens
from fedcomm.http.context import Site
from fedcomm.http.limits import Limits
from fedcomm.http.router import Route
from fedcomm.streaming.hub import Hub
from fedcomm.timelines.home import Habits

routes: list[Route] = [
    *apps.routes,
    *oauth.routes,
    *instance.routes,
    *sign_up.routes,
    *profile.routes,
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
    *emojis.routes,
    *lists.routes,
    *notifications.routes,
    *grouped_notifications.routes,
    *markers.routes,
    *push.routes,
    *search.routes,
    *absent.routes,
]


def hand_in(here: Site) -> None:
    """Give the site what the client API and all who check tokens and limits need."""
    here.provide(Tokens, Tokens())
    here.provide(Limits, Limits(processes=here.processes, is_on=here.config.rate_limits))
    here.provide(Encoded, Encoded(here.here, now=here.now))
    here.provide(Figures, Figures())
    here.provide(Habits, Habits())
    live = LiveEntities(here)
    here.provide(Hub, Hub(here.read, here.wakeups.bell("live"), live, here.durations, here.now))
