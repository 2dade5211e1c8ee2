"""What other servers say of themselves: their software and what they understand of groups (decisions D17, D56).

Learnt at a peer's first Follow, Offer or announcement; asked again once a week. Whoever does not answer stays unknown
and is spoken to in the form everybody understands.
"""

import asyncio
import logging
from datetime import timedelta
from weakref import WeakKeyDictionary

from fedcomm.http.context import Site
from fedcomm.network import peers
from federation import nodeinfo, relaying
from federation.errors import FederationError
from federation.fetching import Fetcher

log = logging.getLogger(__name__)

ASK_AGAIN = timedelta(days=7)

_under_way: WeakKeyDictionary[Site, dict[str, asyncio.Task[None]]] = WeakKeyDictionary()


async def learn_profile(site: Site, authority: str) -> None:
    """Ask a peer what it is, unless we know it from this week; many askers wait for one answer."""
    async with site.read() as db:
        known = await peers.profile(db, authority)
    checked = known.profile_checked_at
    if known.announce_form is not None and checked is not None and site.now() - checked < ASK_AGAIN:
        return
    tasks = _under_way.setdefault(site, {})
    task = tasks.get(authority)
    if task is None:
        task = asyncio.create_task(_ask(site, authority))
        tasks[authority] = task
        task.add_done_callback(lambda _: tasks.pop(authority, None))
    await asyncio.shield(task)


async def _ask(site: Site, authority: str) -> None:
    try:
        software = await nodeinfo.ask(site.service(Fetcher), authority)
    except FederationError as problem:
        log.info("peer does not say what it is peer=%s reason=%s", authority, problem)
        return
    form = relaying.profile_for(capabilities=software.capabilities, software=software.name)
    async with site.transaction() as db:
        await peers.remember_profile(
            db,
            authority,
            software_name=software.name or None,
            software_version=software.version or None,
            capabilities=sorted(software.capabilities),
            announce_form=form,
            now=site.now(),
        )
