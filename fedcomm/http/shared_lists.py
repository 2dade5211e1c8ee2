"""Subscribed lists of other instances, read: for recurring work and for who looks now.

What a list wants otherwise waits for somebody to look, unless it may be taken over by itself, which it never is the
first time, when it wants too much at once, or when somebody's follows would fall silent.
"""

from collections.abc import Sequence
from datetime import datetime

from fedcomm.accounts import follows
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.http.context import Site
from fedcomm.network import list_files, lists, subscriptions
from fedcomm.network.list_files import ReadList
from fedcomm.network.list_sources import FetchedList, ListSources, Problem
from fedcomm.network.lists import Change, PeerList


async def cut(db: Connection, changes: Sequence[Change]) -> dict[str, int]:
    """How many follows would fall silent, for each server that would be suspended."""
    below = await lists.known_below(db, [each.authority for each in changes if each.policy == "suspended"])
    counts = await follows.across(db, [known for all_known in below.values() for known in all_known])
    found = {name: sum(counts.get(known, 0) for known in all_known) for name, all_known in below.items()}
    return {name: count for name, count in found.items() if count}


async def fetch(here: Site, url: str, known: str | None = None) -> tuple[ReadList | None, str | None] | Problem:
    """What lies at an address, and its ETag; no list: it is as it was."""
    got = await here.service(ListSources).fetch(url, known)
    if not isinstance(got, FetchedList):
        return got
    if got.is_unchanged:
        return None, known
    try:
        return list_files.read(got.body, "blocks", own=here.here.authority), got.etag
    except Invalid:
        return "no list"


async def refresh(here: Site, subscription_id: int) -> PeerList | None:
    """Read a list again; what it wants otherwise, or None when that is nothing or it could not be read.

    Raises NotFound.
    """
    async with here.read() as db:
        mine = await subscriptions.by_id(db, subscription_id)
    got = await fetch(here, mine.url, mine.etag)
    now, every = here.now(), here.durations.lists_read
    async with here.transaction() as db:
        if isinstance(got, str):
            await subscriptions.note_problem(db, subscription_id, got, every=every, now=now)
            return None
        found, etag = got
        await subscriptions.by_id(db, subscription_id, holding=True)
        await subscriptions.note_read(db, subscription_id, found, etag, every=every, now=now)
        return await settle(db, subscription_id, found, now=now)


async def settle(db: Connection, subscription_id: int, found: ReadList | None, *, now: datetime) -> PeerList | None:
    """Propose what a list wants otherwise than it is here, and take it over where that may be done by itself."""
    mine = await subscriptions.by_id(db, subscription_id)
    wanted = await subscriptions.propose(db, mine, found.skipped if found is not None else (), now=now)
    if wanted is None or not mine.is_automatic or len(wanted.entries) > subscriptions.BY_ITSELF:
        return wanted
    if await subscriptions.was_taken_over(db, mine.id) and not await cut(db, await lists.changes(db, wanted)):
        await lists.begin(db, mine.by_id, wanted.id, [], is_automatic=True, now=now)
    return wanted


async def refresh_due(here: Site) -> None:
    """Read all lists whose time has come, one after the other."""
    async with here.read() as db:
        due = await subscriptions.due(db, now=here.now())
    for subscription_id in due:
        try:
            await refresh(here, subscription_id)
        except NotFound:
            continue  # it was unsubscribed meanwhile
