"""Every route of the client API, and what they need of the site."""

from fedcomm.api import apps, oauth, statuses, timelines
from fedcomm.api.entities.statuses import Encoded
from fedcomm.http.auth import Tokens
from fedcomm.http.context import Site
from fedcomm.http.limits import Limits
from fedcomm.http.router import Route

routes: list[Route] = [
    *apps.routes,
    *oauth.routes,
    *statuses.routes,
    *timelines.routes,
]


def hand_in(here: Site) -> None:
    """Give the site what the client API and all who check tokens and limits need."""
    here.provide(Tokens, Tokens())
    here.provide(Limits, Limits(processes=here.processes, is_on=here.config.rate_limits))
    here.provide(Encoded, Encoded(here.here))
