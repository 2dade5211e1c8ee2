"""What other servers say of themselves: their software and what they understand of groups (decisions D17, D56).

Learnt at a peer's first Follow, Offer or announcement; asked again once a week. Whoever does not answer stays unknown
and is spoken to in the form everybody understands.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from fedcomm.database import Connection
from fedcomm.http.context import Site
from fedcomm.network import peers
from fedcomm.network.peers import PeerProfile
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
    async with site.transaction() as db:
        form = relaying.profile_for(
            capabilities=software.capabilities,
            has_sent_activities=_has_shown_a(await peers.profile(db, authority)),
            software=software.name,
        )
        await peers.remember_profile(
            db,
            authority,
            software_name=software.name or None,
            software_version=software.version or None,
            capabilities=sorted(software.capabilities),
            announce_form=form,
            now=site.now(),
        )


async def note_sent_activity(db: Connection, authority: str, *, now: datetime) -> None:
    """A group there wrapped an activity: it understands that form too, whatever it says of itself (D17)."""
    known = await peers.profile(db, authority)
    if known.announce_form == "A":
        return
    await peers.remember_profile(
        db,
        authority,
        software_name=known.software_name,
        software_version=known.software_version,
        capabilities=known.capabilities,
        announce_form="A",
        now=known.profile_checked_at or now - ASK_AGAIN,  # its software is asked for at the next occasion
    )


def _has_shown_a(known: PeerProfile) -> bool:
    """Whether a peer gets form A for what it did, not for what it said of itself."""
    said = relaying.profile_for(capabilities=known.capabilities, software=known.software_name)
    return known.announce_form == "A" and said != "A"
