"""After a backup was brought back: what others wrote is asked for once more, as they may have changed or deleted it.

What they said of it between the backup and now was heard by the database that is lost, and is not said again (R037).
"""

import logging
import time

from fedcomm.activitypub.resolving import Resolver
from fedcomm.errors import Refusal
from fedcomm.http.context import Site
from fedcomm.portability import restoring
from fedcomm.threads import reading
from federation.authority import authority
from federation.errors import FederationError

PIECE = 40
"""Posts that are asked for in one go."""

log = logging.getLogger(__name__)


async def go_on(site: Site) -> None:
    """Look at a piece of them, the latest first; those whose server does not answer stay as they are."""
    async with site.read() as db:
        at = await restoring.looking(db)
        if at is None:
            return
        posts = await reading.of_others(db, below=at.next_post_id, above=at.last_post_id, limit=PIECE)
    resolver = site.service(Resolver)
    ends = time.monotonic() + site.durations.work_limit.total_seconds() / 2
    reached: int | None = None
    for post_id, uri in posts:
        if time.monotonic() > ends:
            break
        try:
            await resolver.pace.take(authority(uri))
            await resolver.refresh(uri)
        except (FederationError, Refusal) as reason:
            log.debug("post not looked at again uri=%s reason=%s", uri, reason)
        reached = post_id
    if posts and reached is None:
        return
    async with site.transaction() as db:
        await restoring.looked(db, at, reached, now=site.now())
