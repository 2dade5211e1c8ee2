"""Every page for those who run an instance."""

from fedcomm.admin import deliveries, emojis, peers, reports, settings, sign_ups
from fedcomm.http.router import Route

routes: list[Route] = [
    *sign_ups.routes,
    *reports.routes,
    *peers.routes,
    *deliveries.routes,
    *emojis.routes,
    *settings.routes,
]
