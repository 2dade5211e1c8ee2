"""A thread of a group of ours was moved to another one: those who read the old group are told in form A (FEP-f15d).

To others the old announcement is taken back and a new one made, which are facts of their own (federation.md 2.2).
"""

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.activitypub.outbound import moderation
from fedcomm.http.context import SiteWork
from fedcomm.threads import reading
from federation.vocabulary.activities import Move


async def moved(work: SiteWork, fact: facts.ThreadMoved) -> None:
    """Tell where it went, its author's server too."""
    async with work.site.read() as db:
        post = await reading.find(db, fact.post_id)
        people = await lookup.by_ids(db, {fact.origin_id, fact.target_id, fact.by_id, post.author_id if post else 0})
    origin, target = people[fact.origin_id], people[fact.target_id]
    if post is None or post.state != "visible" or not origin.is_local:
        return await moderation.nothing(work)
    act = Move(actor=origin.uri, object=post.context_uri or post.uri, origin=origin.uri, target=target.uri)
    author = people.get(post.author_id)
    also = [author] if author is not None and not author.is_local else []
    return await moderation.announce(work, origin, people.get(fact.by_id), act, also=also, post=post)
