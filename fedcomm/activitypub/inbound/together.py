"""Many new posts heard together: that somebody known here begins a thread of their own is most of what comes.

The same is asked of each as in `posts`, for all of them at once. Whatever is not that plain, or stands behind such a
thing of the same sender, is left to be heard alone, and so is what has no effect: there its reason is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fedcomm.accounts import follows, lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub import translating
from fedcomm.activitypub.translating import Named, Unknown
from fedcomm.database import Connection
from fedcomm.http.context import Site
from fedcomm.jobs.inbox_queue import Item
from fedcomm.network import peers
from fedcomm.threads import arriving
from fedcomm.threads.arriving import Arrival
from federation.addressing import addressees
from federation.authority import may_create
from federation.errors import Malformed
from federation.vocabulary.activities import Create
from federation.vocabulary.objects import Post as Object
from federation.vocabulary.reading import read_activity
from federation.vocabulary.strict_json import load_object


@dataclass(frozen=True, slots=True)
class _Said:
    """A new post as it was sent."""

    item: Item
    activity: Create
    written: Object


async def hear(db: Connection, site: Site, items: Iterable[Item], *, now: datetime) -> set[int]:
    """Publish what is plain; the ids of those items. Raises Conflict: then each is to be heard alone."""
    waiting = list(items)
    said = [each for item in waiting if (each := _understood(site, item)) is not None]
    if not said:
        return set()
    uris = {uri for each in said for uri in (each.activity.actor, *translating.names_in(each.written, each.activity))}
    known = await lookup.by_uris(db, uris)
    counted = await _who_count(db, site, said, known, now=now)
    unheard = await arriving.unheard(
        db, {each.written.id: each.activity.actor for each in said if each.activity.actor in counted}, now=now
    )
    read = await follows.read_here(db, [author.id for author in counted.values()])
    arrivals: dict[int, Arrival] = {}
    for each in said:
        author = counted.get(each.activity.actor)
        if author is None or each.written.id not in unheard:
            continue
        named = Named({uri: known[uri] for uri in translating.names_in(each.written, each.activity) if uri in known})
        if author.id in read or _concerns_us(site, each, named):
            arrival = _arrival(site, each, author, named, now=now)
            if arrival is not None:
                unheard.discard(each.written.id)
                arrivals[each.item.id] = arrival
    in_turn = _in_turn(waiting, arrivals)
    if in_turn:
        await arriving.publish(db, site.here, [arrivals[item.id] for item in in_turn], now=now)
    return {item.id for item in in_turn}


def may_be_heard(item: Item) -> bool:
    """Whether it might be the beginning of a thread."""
    return item.activity_type == "Create"


def _understood(site: Site, item: Item) -> _Said | None:
    """A post that its author sends, as far as the activity itself says so."""
    if not may_be_heard(item):
        return None
    try:
        activity = read_activity(load_object(item.body))
    except Malformed:
        return None
    if not isinstance(activity, Create) or not isinstance(written := activity.object, Object):
        return None
    if activity.actor != item.signer_uri or site.here.is_ours(activity.actor) or site.here.is_ours(written.id):
        return None
    is_theirs = may_create(activity.actor, written.id, written.attributed_to)
    return _Said(item, activity, written) if is_theirs and not written.is_vote and not written.in_reply_to else None


async def _who_count(
    db: Connection, site: Site, said: Iterable[_Said], known: dict[str, Account], *, now: datetime
) -> dict[str, Account]:
    """The authors who are known, alive, admitted, and described as they are now."""
    stale = now - site.durations.actor_stale
    found = {uri: known[uri] for uri in {each.activity.actor for each in said} if uri in known}
    admitted = await peers.admitted(db, {each.authority for each in found.values()}, site.settings.federation)
    return {
        uri: author
        for uri, author in found.items()
        if author.state == "active"
        and not author.is_local
        and author.authority in admitted
        and (author.fetched_at is None or author.fetched_at > stale)
    }


def _concerns_us(site: Site, said: _Said, named: Named) -> bool:
    """Whether it has to be kept though nobody here reads its author: it was sent to somebody, or names them."""
    if said.item.recipient_id is not None or named.ours():
        return True
    to, cc = addressees(said.written, said.activity)
    return any(site.here.is_ours(uri) for uri in (*to, *cc))


def _arrival(site: Site, said: _Said, author: Account, named: Named, *, now: datetime) -> Arrival | None:
    try:
        draft = translating.draft_with(named, site.here, said.written, said.activity, author, now=now)
    except Unknown:
        return None
    return Arrival(author, draft) if arriving.is_plain(draft) else None


def _in_turn(waiting: Sequence[Item], arrivals: dict[int, Arrival]) -> list[Item]:
    """Those that stand behind nothing else of the same sender that still has to be heard."""
    found: list[Item] = []
    held_up: set[str] = set()
    for item in waiting:
        if item.id not in arrivals:
            held_up.add(item.signer_uri)
        elif item.signer_uri not in held_up:
            found.append(item)
    return found
