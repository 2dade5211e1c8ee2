"""What other servers say of themselves: their software and what they understand of groups (decisions D17, D56).

Learnt at a peer's first Follow, Offer or announcement; asked again once a week. Whoever does not answer stays unknown
and is spoken to in the form everybody understands.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from fedcomm.activitypub.actors import NEWER_SIGNATURES
from fedcomm.database import Connection
from fedcomm.http.context import Site
from fedcomm.network import peers
from fedcomm.network.peers import PeerProfile
from federation import nodeinfo, relaying, webfinger
from federation.authority import live_together
from federation.errors import FederationError
from federation.fetching import Fetcher
from federation.nodeinfo import LONGEST_CAPABILITY, MOST_CAPABILITIES, Software
from federation.vocabulary.reading_actors import read_actor

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
    capabilities = software.capabilities | await _said_by_its_actor(site, authority, software)
    reads_newer_form = any(each.startswith(NEWER_SIGNATURES) for each in capabilities)
    if reads_newer_form:
        site.service(Fetcher).prefer(f"{await site.service(Fetcher).outside.base(authority)}/", "rfc9421")
    async with site.transaction() as db:
        form = relaying.profile_for(
            capabilities=capabilities,
            has_sent_activities=_has_shown_a(await peers.profile(db, authority)),
            software=software.name,
        )
        await peers.remember_profile(
            db,
            authority,
            software_name=software.name or None,
            software_version=software.version or None,
            capabilities=sorted(capabilities),
            announce_form=form,
            now=site.now(),
        )
        if reads_newer_form:
            await peers.prefer_signature_form(db, authority, "rfc9421", now=site.now())


async def _said_by_its_actor(site: Site, authority: str, software: Software) -> frozenset[str]:
    """What the actor that stands for a whole server says that this can do (FEP-844e), where NodeInfo left it open.

    NodeInfo says where that actor is (FEP-2677), else the root of the site (FEP-d556); of software that is known by its
    name the latter is not asked.
    """
    if relaying.understands(software.capabilities, "1b12"):
        return frozenset()
    fetcher = site.service(Fetcher)
    uri = software.application_uri
    try:
        if uri is None and relaying.profile_for(software=software.name) == "C":
            uri = await webfinger.instance_actor(fetcher, authority)
        if uri is None or not live_together(f"{await fetcher.outside.base(authority)}/", uri):
            return frozenset()
        actor = read_actor((await fetcher.fetch_object(uri)).object)
    except FederationError as problem:
        log.info("peer has no actor that says what it can do peer=%s reason=%s", authority, problem)
        return frozenset()
    said = (text for each in actor.implements[:MOST_CAPABILITIES] for text in (each.href, each.name or ""))
    return frozenset(text.lower() for text in said if 0 < len(text) <= LONGEST_CAPABILITY)


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
