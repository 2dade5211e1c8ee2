"""What a moderator of ours decides about a group of another server: told to that group, which decides.

It goes to the group's own inbox and nowhere else; the group announces what comes of it (federation.md 2.4, 4.4).
"""

from dataclasses import replace

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.outbound import sending
from fedcomm.groups import banning
from fedcomm.groups.banning import Ban
from fedcomm.http.context import SiteWork
from fedcomm.threads import locking, reading
from fedcomm.threads.model import Post
from federation.vocabulary.activities import Activity, Add, Block, Delete, Lock, Remove, Undo
from federation.vocabulary.contexts import PUBLIC


async def ask(work: SiteWork, fact: facts.DecisionPassedOn) -> None:
    """Send it to the group."""
    site = work.site
    async with site.read() as db:
        people = await lookup.by_ids(db, {fact.by_id, fact.group_id, fact.account_id})
        post = await reading.find(db, fact.post_id) if fact.post_id else None
        closed = (await locking.of(db, [fact.post_id])).get(fact.post_id)
        banned = await banning.find(db, fact.group_id, fact.account_id)
    by, group, person = people.get(fact.by_id), people.get(fact.group_id), people.get(fact.account_id)
    if by is None or group is None or group.is_local:
        return await sending.queue(work)
    if post is not None:
        lock_uri = closed.uri if closed is not None else None
        act = _about_post(fact, by, group, post, lock_uri)
    elif person is not None:
        act = _about_person(fact, by, group, person, banned)
    else:
        return await sending.queue(work)
    id_, uri = sending.fresh_id(site)
    outgoing = await sending.ready(
        site,
        by,
        _addressed(act, uri, by, group),
        id=id_,
        order_key=post.thread_id if post is not None else -group.id,
        inboxes=[sending.inbox_of(group, personal=True)],
        post_id=post.id if post is not None else None,
    )
    return await sending.queue(work, outgoing)


def _about_post(
    fact: facts.DecisionPassedOn, by: Account, group: Account, post: Post, lock_uri: str | None
) -> Activity:
    featured = group.featured_url or group.uri + "/featured"
    match fact.decision:
        case "lock":
            return Lock(actor=by.uri, object=post.uri, summary=fact.reason or None)
        case "unlock":
            return Undo(actor=by.uri, object=Lock(id=lock_uri, actor=by.uri, object=post.uri))
        case "pin":
            return Add(actor=by.uri, object=post.uri, target=featured)
        case "unpin":
            return Remove(actor=by.uri, object=post.uri, target=featured)
        case "restore":
            return Undo(actor=by.uri, object=Delete(actor=by.uri, object=post.uri, summary=fact.reason))
        case _:
            # The summary says that it is no author's deletion, even without a reason.
            return Delete(actor=by.uri, object=post.uri, summary=fact.reason)


def _about_person(
    fact: facts.DecisionPassedOn, by: Account, group: Account, person: Account, banned: Ban | None
) -> Activity:
    if fact.decision == "lift":
        known = banned.uri if banned is not None else None
        return Undo(actor=by.uri, object=Block(id=known, actor=by.uri, object=person.uri, target=group.uri))
    return Block(
        actor=by.uri,
        object=person.uri,
        target=group.uri,
        summary=fact.reason or None,
        ends_at=fact.ends_at,
        remove_data=fact.removes_posts,
    )


def _addressed(act: Activity, uri: str, by: Account, group: Account) -> Activity:
    """With its id, and told to the group; what an Undo takes back is told to the same."""
    told = replace(act, id=uri, actor=by.uri, to=(PUBLIC,), cc=(group.uri,), audience=group.uri)
    if isinstance(told, Undo) and isinstance(told.object, Activity):
        inner = replace(told.object, to=(PUBLIC,), cc=(group.uri,), audience=group.uri)
        return replace(told, object=inner)
    return told
