"""What those who look after a group of ours decide, announced to its followers in form A, which alone understands it
(federation.md 2.2: lock, pin, ban, moderators).

A moderator of ours acts under their own name, as other servers expect; what a moderator elsewhere did, the group says
itself, since some take no word of moderators of a third server (federation.md 2.4).
"""

from collections.abc import Iterable
from dataclasses import replace

from fedcomm import facts
from fedcomm.accounts import lookup, reach
from fedcomm.accounts.model import Account
from fedcomm.activitypub.outbound import posts, sending
from fedcomm.activitypub.outbound.authored import Said
from fedcomm.activitypub.outbound.sending import Outgoing
from fedcomm.database import Connection
from fedcomm.groups import banning
from fedcomm.groups import reading as groups
from fedcomm.http.context import SiteWork
from fedcomm.threads import audience, carrying, locking, reading
from fedcomm.threads.model import Post
from federation import relaying
from federation.vocabulary.activities import Activity, Add, Block, Delete, Lock, Remove, Undo
from federation.vocabulary.contexts import PUBLIC


async def ban(work: SiteWork, fact: facts.MemberBanned) -> None:
    """Somebody was put out of a group."""
    async with work.site.read() as db:
        people = await lookup.by_ids(db, {fact.group_id, fact.account_id, fact.by_id})
        found = await banning.find(db, fact.group_id, fact.account_id)
    group, person = people[fact.group_id], people[fact.account_id]
    if not group.is_local or found is None:
        return await nothing(work)
    block = _block(group, person, found.uri, fact.reason)
    block = replace(block, ends_at=found.ends_at, remove_data=fact.removes_posts)
    return await announce(work, group, people.get(fact.by_id), block, also=[person])


async def lift(work: SiteWork, fact: facts.BanLifted) -> None:
    """Somebody may come back."""
    async with work.site.read() as db:
        people = await lookup.by_ids(db, {fact.group_id, fact.account_id, fact.by_id})
    group, person = people[fact.group_id], people[fact.account_id]
    if not group.is_local:
        return await nothing(work)
    block = _block(group, person, fact.block_uri or None, "")
    return await announce(work, group, people.get(fact.by_id), Undo(actor="", object=block), also=[person])


async def lock(work: SiteWork, fact: facts.ThreadLocked) -> None:
    """A thread of a group was closed to answers, or opened again: also for its author and those who carry it."""
    async with work.site.read() as db:
        post = await reading.find(db, fact.post_id)
        found = (await locking.of(db, [fact.post_id])).get(fact.post_id)
        concerned = {fact.by_id} | ({post.group_id or 0, post.author_id} if post else set[int]())
        people = await lookup.by_ids(db, concerned)
    group = people.get(post.group_id or 0) if post is not None else None
    if post is None or group is None or not group.is_local or fact.is_locked != (found is not None):
        return await nothing(work)
    reason = found.reason if found is not None else ""
    act: Activity = Lock(id=fact.lock_uri or None, actor=group.uri, object=post.uri, summary=reason or None)
    act = replace(act, to=(PUBLIC,), cc=(group.uri,), audience=group.uri)
    if not fact.is_locked:
        act = Undo(actor=group.uri, object=act)
    also = [each for each in people.values() if not each.is_local]
    return await announce(work, group, people.get(fact.by_id), act, also=also, post=post)


async def restore(work: SiteWork, fact: facts.PostRestored) -> None:
    """What was removed is in the group again: whoever heeded the removal hears that it is taken back."""
    async with work.site.read() as db:
        post = await reading.find(db, fact.post_id)
        concerned = {fact.by_id} | ({post.group_id or 0, post.author_id} if post else set[int]())
        people = await lookup.by_ids(db, concerned)
    group = people.get(post.group_id or 0) if post is not None else None
    if post is None or group is None or not group.is_local or post.state != "visible":
        return await nothing(work)
    removal = Delete(actor=group.uri, to=(PUBLIC,), cc=(group.uri,), audience=group.uri, object=post.uri, summary="")
    act = Undo(actor=group.uri, object=removal)
    also = [each for each in (people.get(post.author_id),) if each is not None and not each.is_local]
    return await announce(work, group, people.get(fact.by_id), act, also=also, post=post)


async def pass_on(work: SiteWork, fact: facts.DecisionHeard) -> None:
    """A moderator of a home group elsewhere decided about a thread that groups of ours carry."""
    said = Said(fact.uri, fact.activity_type, fact.said.encode(), True, None)
    await sending.queue(work, *await posts.by_carriers(work.site, fact.post_id, said))


async def pin(work: SiteWork, fact: facts.PinChanged) -> None:
    """A thread was put on top of its group, or a post on top of somebody's page: their followers are told."""
    async with work.site.read() as db:
        post = await reading.find(db, fact.post_id)
        people = await lookup.by_ids(db, {fact.account_id, fact.by_id})
        inboxes = await reach.follower_inboxes(db, fact.account_id)
    owner = people.get(fact.account_id)
    if post is None or owner is None or post.audience not in audience.PUBLIC or post.state != "visible":
        return await nothing(work)
    target = owner.featured_url or owner.uri + "/featured"
    act = (Add if fact.is_pinned else Remove)(actor=owner.uri, to=(PUBLIC,), object=post.uri, target=target)
    if owner.is_group:
        return await announce(work, owner, people.get(fact.by_id), act, post=post)
    if not inboxes:
        return await nothing(work)
    id_, uri = sending.fresh_id(work.site)
    outgoing = await sending.ready(
        work.site,
        owner,
        replace(act, id=uri),
        id=id_,
        order_key=post.thread_id,
        inboxes=inboxes,
        post_id=post.id,
    )
    async with work.transaction() as db:
        await sending.enqueue(db, work.site, [outgoing], now=work.now)
    return None


async def appoint(work: SiteWork, fact: facts.ModeratorChanged) -> None:
    """Somebody begins or ceases to look after a group of ours."""
    async with work.site.read() as db:
        people = await lookup.by_ids(db, {fact.account_id, fact.group_id, fact.by_id})
    group, person = people[fact.group_id], people[fact.account_id]
    if not group.is_local:
        return await nothing(work)
    target = group.moderators_url or group.uri + "/moderators"
    act = (Add if fact.is_moderator else Remove)(actor=group.uri, object=person.uri, target=target)
    return await announce(work, group, people.get(fact.by_id), act, also=[person])


def _block(group: Account, person: Account, uri: str | None, reason: str) -> Block:
    return Block(
        id=uri,
        actor=group.uri,
        to=(PUBLIC,),
        cc=(group.uri,),
        audience=group.uri,
        object=person.uri,
        target=group.uri,
        summary=reason or None,
    )


async def announce(
    work: SiteWork,
    group: Account,
    by: Account | None,
    act: Activity,
    *,
    also: Iterable[Account] = (),
    post: Post | None = None,
) -> None:
    """A group of ours announces what somebody decided. `also`: whom it is about, who need not follow the group.

    `post`: what it is about; then it goes to those who carry the thread as well, and they pass it on.
    """
    site = work.site
    async with site.read() as db:
        carriers = await _carriers(db, post.thread_id) if post is not None else []
        concerned = [each.id for each in (*also, *carriers) if not each.is_local]
        inboxes = dict(await reach.inboxes_that_unwrap(db, group.id, concerned))
        is_public = await _is_public(db, group)
    if not inboxes and not any(each.is_local for each in carriers):
        return await nothing(work)
    actor = by if by is not None and by.is_local else group
    id_, uri = sending.fresh_id(site)
    to = (PUBLIC,) if is_public else ()
    act = replace(act, id=act.id or uri, actor=actor.uri, to=to, cc=(group.uri,), audience=group.uri)
    if isinstance(act, Undo) and isinstance(act.object, Activity):
        act = replace(act, object=replace(act.object, actor=actor.uri, to=to))
    key = post.thread_id if post is not None else -group.id
    inner = await sending.ready(site, actor, act, id=id_, order_key=key, inboxes=())
    envelope_id, envelope_uri = sending.fresh_id(site)
    envelope = relaying.announcement_of_activity(
        envelope_uri,
        group=group.uri,
        followers=group.followers_url or group.uri + "/followers",
        published=site.now(),
        is_public=is_public,
    )
    outgoing = await sending.wrapped(
        site,
        group,
        envelope,
        inner.body,
        id=envelope_id,
        order_key=key,
        inboxes=inboxes.items(),
        post_id=post.id if post is not None else None,
    )
    passed_on: list[Outgoing] = []
    if post is not None and is_public and carriers:
        passed_on = await posts.by_carriers(site, post.id, Said(inner.uri, inner.type, inner.body, True, None))
    return await sending.queue(work, *([outgoing] if inboxes else []), *passed_on)


async def _carriers(db: Connection, thread_id: int) -> list[Account]:
    """The groups that carry a thread, here and elsewhere."""
    carries = (await carrying.carriers(db, [thread_id]))[thread_id]
    return list((await lookup.by_ids(db, {each.group_id for each in carries if each.state == "carried"})).values())


async def nothing(work: SiteWork) -> None:
    """There is nobody to be told."""
    async with work.transaction():
        return


async def _is_public(db: Connection, group: Account) -> bool:
    profile = await groups.profile(db, group.id)
    return profile is None or profile.audience == "public"
