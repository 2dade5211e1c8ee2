"""Reports from other servers: mostly in the name of the server itself, which does not say who complained (T32)."""

from fedcomm.accounts import lookup
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Complaint
from fedcomm.text.sanitise import to_plain
from fedcomm.threads import reading
from federation.vocabulary.activities import Flag


async def flag(said: Hearing, activity: Flag) -> None:
    """Somebody is complained of, with some of their posts. Only what is known here counts; nothing is fetched."""
    known = await lookup.by_uris(said.db, activity.objects)
    posts = [post for uri in activity.objects if (post := await reading.by_uri(said.db, uri)) is not None]
    target = next(iter(known.values()), None)
    if target is None and posts:
        target = await lookup.by_id(said.db, posts[0].author_id)
    if target is None:
        raise Dropped("a Flag of nobody who is known here")
    complaint = Complaint(post_ids=[post.id for post in posts], comment=to_plain(activity.content or ""))
    by = await said.actor()
    if by.id == target.id:
        raise Dropped("a Flag of oneself")
    if await reports.receive(said.db, by, target, complaint, uri=said.uri, now=said.now) is None:
        raise Dropped("a Flag of nothing of ours")
