"""Every page for those who run an instance."""

from fedcomm.admin import (
    accounts,
    announcements,
    apps,
    branding,
    deliveries,
    design,
    emojis,
    log,
    overview,
    peer_lists,
    peers,
    queues,
    reports,
    rules,
    settings,
    setup,
    sign_ups,
    storage,
)
from fedcomm.http.router import Route

routes: list[Route] = [
    *overview.routes,
    *sign_ups.routes,
    *accounts.routes,
    *reports.routes,
    *announcements.routes,
    *apps.routes,
    *log.routes,
    *peers.routes,
    *peer_lists.routes,
    *deliveries.routes,
    *queues.routes,
    *emojis.routes,
    *rules.routes,
    *storage.routes,
    *settings.routes,
    *branding.routes,
    *design.routes,
    *setup.routes,
]
