"""What follows from what, on one page. Each consequence is tried on its own; one failing does not stop the others.

A consequence of a feature takes `Work` (`fedcomm.jobs.work`), one that sends to other servers `SiteWork`
(`fedcomm.http.context`). Names are stored in rows: renaming a function here means a migration of what waits.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fedcomm import facts
from fedcomm.facts import Fact
from fedcomm.http.context import SiteWork
from fedcomm.jobs import waiting_deliveries

Consequence = Callable[[SiteWork, Any], Awaitable[None]]


async def drop_deliveries(work: SiteWork, fact: facts.PeerSuspended) -> None:
    """What waits for a suspended peer is forgotten; posts and follows are kept for the day it is restored."""
    async with work.transaction() as db:
        await waiting_deliveries.drop(db, fact.authority)


CONSEQUENCES: Mapping[type[Fact], Mapping[str, Consequence]] = {
    facts.PeerSuspended: {"deliveries.drop": drop_deliveries},
}


def by_fact_name() -> dict[str, Mapping[str, Consequence]]:
    """The table as the worker reads it: facts by the name that their rows carry."""
    return {fact.__name__: consequences for fact, consequences in CONSEQUENCES.items()}
