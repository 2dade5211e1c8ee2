"""Every page for members and visitors."""

from fedcomm.http.router import Route
from fedcomm.web import changing, compose, group_page, groups, home, profiles, reactions, sign_in, threads

routes: list[Route] = [
    route
    for pages in (home, sign_in, groups, group_page, profiles, threads, compose, changing, reactions)
    for route in pages.routes
]
