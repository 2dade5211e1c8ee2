"""Every page for members and visitors."""

from fedcomm.http.router import Route
from fedcomm.web import (
    about,
    changing,
    compose,
    consent,
    find,
    group_page,
    groups,
    home,
    media,
    messages,
    notifications,
    profiles,
    reactions,
    settings,
    sign_in,
    sign_up,
    tags,
    threads,
)

routes: list[Route] = [
    *home.routes,
    *about.routes,
    *sign_in.routes,
    *sign_up.routes,
    *consent.routes,
    *settings.routes,
    *notifications.routes,
    *messages.routes,
    *groups.routes,
    *group_page.routes,
    *profiles.routes,
    *find.routes,
    *tags.routes,
    *threads.routes,
    *compose.routes,
    *changing.routes,
    *reactions.routes,
    *media.routes,
]
