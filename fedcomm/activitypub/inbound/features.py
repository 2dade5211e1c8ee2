"""Others ask to feature accounts of ours in their collections (FEP-7aa9)."""

from fedcomm.accounts import featured_elsewhere
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.jobs.inbox_queue import Dropped
from federation.authority import live_together
from federation.vocabulary.activities import FeatureRequest


async def asked(said: Hearing, activity: FeatureRequest) -> None:
    """Whose collection it is asks for it. Raises Missing, Dropped."""
    collection = activity.instrument
    if activity.object is None or collection is None or said.uri is None:
        raise Dropped("a FeatureRequest that lacks something")
    if not said.here.is_ours(activity.object) or not live_together(collection, activity.actor):
        raise Dropped("a FeatureRequest about nobody here, or for somebody else's collection")
    account, owner = await said.account(activity.object), await said.actor()
    if account.kind == "application":
        raise Dropped("the instance itself is not featured")
    await featured_elsewhere.ask(said.db, account, owner, collection, said.uri, now=said.now)
