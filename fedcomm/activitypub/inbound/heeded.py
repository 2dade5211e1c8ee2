"""What moderators of a thread's home group decided and we have heeded: groups of ours that carry the thread pass it on
(product 7; federation.md 4.2).
"""

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.jobs import early_activities
from fedcomm.threads import carrying
from fedcomm.threads.model import Post


async def note(said: Hearing, post: Post) -> None:
    """It took effect. Only what came from the home group or its moderator goes on, and what others can check."""
    if said.uri is None or not said.activity.has_proof or len(said.body) > early_activities.MOST_BYTES:
        return
    if said.relayed_by is None and not said.is_first_hand:
        return  # a carrying group told us: each tells its own followers
    home = await lookup.by_id(said.db, post.group_id) if post.group_id is not None else None
    if home is None or home.is_local:
        return  # a group of ours announces it itself
    carries = (await carrying.carriers(said.db, [post.thread_id]))[post.thread_id]
    groups = await lookup.by_ids(said.db, {each.group_id for each in carries if each.state == "carried"})
    if any(group.is_local for group in groups.values()):
        heard = facts.DecisionHeard(post.id, said.uri, said.activity.type, said.body.decode(errors="replace"))
        await facts.record(said.db, heard, now=said.now)
