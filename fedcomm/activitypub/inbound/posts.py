"""Others write, change and delete posts: translated into our words, then the verbs that our own members use.

Source: decisions D33, D45, D47, D49, D51; S026-S030, S033-S035, S042, S046; R018-R020.
"""

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import facts, tombstones
from fedcomm.accounts import follows, lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub import translating
from fedcomm.activitypub.inbound import actors, early, heeded, moderators, receptions, votes
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.activitypub.translating import Unknown
from fedcomm.errors import NotAllowed
from fedcomm.jobs import inbox_queue
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import carrying, placing, posting, quoting, reading, relayed, voting
from fedcomm.threads.model import Draft, Post
from federation.addressing import addressees
from federation.authority import live_together, may_create, may_delete, may_update, origin
from federation.vocabulary.activities import Create, Delete, Update
from federation.vocabulary.actors import Actor
from federation.vocabulary.objects import Post as Object

Kind = Literal["Create", "Update"]


async def create(said: Hearing, activity: Create) -> Post | None:
    """Somebody wrote a post. Raises Missing, Later, Dropped, Refusal."""
    written = activity.object
    if isinstance(written, str):
        return await _named(said, written)
    if written is None:
        raise Dropped("a Create without an object")
    return await _publish(said, written, "Create")


async def update(said: Hearing, activity: Update) -> Post | None:
    """Somebody changed a post, or themselves. One that was not here is as good as new (R020)."""
    changed = activity.object
    if changed is None:
        raise Dropped("an Update without an object")
    if isinstance(changed, Object):
        return await _publish(said, changed, "Update")
    uri = changed.id if isinstance(changed, Actor) else changed
    if uri == activity.actor or isinstance(changed, Actor):
        await actors.changed(said, uri)
        return None
    return await _named(said, uri)


async def delete(said: Hearing, activity: Delete) -> None:
    """Somebody deleted a post, or themselves; or the home group of a thread takes a post out of it."""
    uri = activity.object
    if uri is None:
        raise Dropped("a Delete without an object")
    if uri == activity.actor:
        await actors.deleted(said)
        return
    if await quoting.receive_revocation(said.db, activity.actor, uri, now=said.now):
        return
    known = await reading.by_uri(said.db, uri)
    author = await lookup.by_id(said.db, known.author_id) if known is not None else None
    if known is not None and author is not None and author.uri != activity.actor:
        await _remove(said, known, activity.summary or "", with_replies=activity.with_replies)
        return
    if known is None and said.relayed_by is not None and activity.summary is not None:
        await early.keep(said, uri, "a removal of what is not here")
        return
    if not may_delete(activity.actor, uri, [activity.actor]) or said.here.is_ours(uri):
        raise Dropped("a Delete of what is not theirs")
    keeps = known is not None and await carrying.is_passed_on(said.db, known)
    await posting.delete_by_uri(said.db, said.here, activity.actor, uri, now=said.now)
    if known is not None and keeps:
        await _keep(said, known, "Delete")


async def restore(said: Hearing, uri: str) -> None:
    """The home group of a thread takes a removal back."""
    if await early.is_kept(said, uri, "an Undo of a Delete of what is not here"):
        return
    known = await reading.by_uri(said.db, uri)
    group = await lookup.by_id(said.db, known.group_id) if known is not None and known.group_id is not None else None
    if known is None or group is None:
        raise Dropped("an Undo of a Delete of what is not here")
    by = await moderators.voice_of(said, group, thread_id=known.thread_id)
    await posting.restore(said.db, said.here, by, known.id, now=said.now)
    await heeded.note(said, known)


async def _remove(said: Hearing, known: Post, reason: str, *, with_replies: bool) -> None:
    """What moderators may do: take posts out of their own group's threads (S033, S035)."""
    group = await lookup.by_id(said.db, known.group_id) if known.group_id is not None else None
    if group is None:
        raise Dropped("a Delete of somebody else's post")
    by = await moderators.voice_of(said, group, thread_id=known.thread_id)
    why = receptions.reason_in(reason)
    await posting.remove(said.db, said.here, by, known.id, why, now=said.now)
    if with_replies:
        await facts.record(said.db, facts.RepliesUnwanted(known.id, by.id, why), now=said.now)
    await heeded.note(said, known)


async def _named(said: Hearing, uri: str) -> Post | None:
    """Only an id was sent: what lies there counts."""
    if not live_together(uri, said.activity.actor):
        raise Dropped("a post of another server")
    found = await said.need(f"post {uri}", lambda: fetched(said, uri))
    return await reading.by_uri(said.db, found) if found is not None else None


async def fetched(said: Hearing, uri: str) -> str | None:
    """The id of a post as its origin gives it now; None when it is gone. To be called outside of transactions."""
    post = await said.resolver.refresh(uri)
    return post.uri if post is not None else None


async def _publish(said: Hearing, written: Object, kind: Kind) -> Post | None:
    activity = said.activity
    if said.here.is_ours(written.id) or not may_create(activity.actor, written.id, written.attributed_to):
        raise Dropped("a post of somebody else")
    if written.is_vote:
        await votes.vote(said, written)
        return None
    author = await said.actor()
    known = await reading.by_uri(said.db, written.id)
    if known is not None:
        return await _change(said, written, author, known, kind)
    if not await _concerns_us(said, written, author):
        raise Dropped("it concerns nobody here")
    parent = await _bring_parent(said, written)
    draft = await _draft(said, written, author)
    if draft.audience in ("network", "group"):
        raise Dropped("not there yet: posts for the members of a group elsewhere")
    return await _accept(said, author, draft, parent, kind)


async def _change(said: Hearing, written: Object, author: Account, known: Post, kind: Kind) -> Post:
    """A post that is here: its author's newer words replace the older; nothing makes it reach further (S042)."""
    if known.author_id != author.id or not may_update(said.activity.actor, known.uri, [author.uri]):
        raise Dropped("a post of somebody else")
    if known.state == "deleted":
        raise Dropped("the post was deleted")
    draft = await _draft(said, written, author)
    assert draft.remote is not None
    is_counted = await voting.receive_counts(said.db, known, draft, at=said.item.received_at, now=said.now)
    if draft.remote.edited_at is None:
        await quoting.receive(said.db, said.here, author, known, draft.remote, now=said.now)
        if kind == "Update" and known.is_quote and known.content_html == draft.content_html:
            return known  # only its consent came
        if kind == "Create" or (is_counted and _says_the_same(known, draft)):
            return await _come(said, known, kind)
        draft = _told_at(draft, said.activity.published or said.item.received_at)
    if kind == "Update":
        draft = _in_order(known, draft)
    edited = await posting.edit(said.db, said.here, author, known.id, draft, now=said.now)
    if is_counted or edited.version != known.version:
        return await _come(said, edited, kind, passed_on_as="Update")
    if kind == "Create":
        return await _come(said, edited, kind)
    if draft.remote is not None and draft.remote.edited_at == known.edited_at:
        await _come_changed(said, edited)
    return edited


async def _come(said: Hearing, known: Post, kind: Kind, *, passed_on_as: Kind | None = None) -> Post:
    """What is here already comes by itself: it may have been fetched for an answer that overtook it.

    Then nobody has been told of it yet, and its group has no activity to pass on.
    """
    is_kept = await _is_kept(said, known)
    is_first = is_kept and await relayed.of(said.db, known.id, kind) is None
    if is_kept:
        await _keep(said, known, passed_on_as or kind)
    if kind == "Create" and not await posting.tell(said.db, known, now=said.now) and is_first and not known.is_root:
        # It was told of when somebody else passed it on, whose word could not be passed on in turn.
        await facts.record(said.db, facts.PostPlaced(known.id), now=said.now)
    return known


async def _come_changed(said: Hearing, known: Post) -> None:
    """The same for a change that was fetched before it came: whom a group of ours told of the post, it tells of that
    too, once.
    """
    if said.uri is None or not await carrying.is_passed_on(said.db, known):
        return
    passed_on = await relayed.of(said.db, known.id, "Update")
    if passed_on is None or passed_on.activity_uri != said.uri:
        await _keep(said, known, "Update")
        await facts.record(said.db, facts.PostEdited(known.id), now=said.now)


def _told_at(draft: Draft, at: datetime) -> Draft:
    assert draft.remote is not None
    return msgspec.structs.replace(draft, remote=msgspec.structs.replace(draft.remote, edited_at=at))


def _in_order(known: Post, draft: Draft) -> Draft:
    """Some tell the time of an edit to the second only; one more in that second is later, as they come in order."""
    told = draft.remote.edited_at if draft.remote is not None else None
    last = known.edited_at or known.published_at
    if told is None or told != last.replace(microsecond=0) or _says_the_same(known, draft):
        return draft
    return _told_at(draft, last + timedelta(milliseconds=1))


def _says_the_same(known: Post, draft: Draft) -> bool:
    """How a poll stands is no edit, where the text is as before."""
    return (known.content_html, known.summary) == (draft.content_html, draft.summary)


async def _accept(said: Hearing, author: Account, draft: Draft, parent: Post | None, kind: Kind) -> Post | None:
    """Publish what came, or refuse it in the name of the group it was for (D33, D45). `parent`: what it answers."""
    group = await _group_of(said, draft, parent)
    if draft.audience == "followers" and group is not None and group.is_local and draft.group_id is not None:
        await _refuse(said, author, group, "A group shares public posts only.")
        mentions = tuple(each for each in draft.mention_ids if each != group.id)
        silent = tuple(each for each in draft.silent_mention_ids if each != group.id)
        alone = msgspec.structs.replace(
            draft, group_id=None, carry_ids=(), mention_ids=mentions, silent_mention_ids=silent
        )
        named = await lookup.by_ids(said.db, {*mentions, *silent})
        if not any(each.is_local and not each.is_group for each in named.values()) and not await follows.is_read_here(
            said.db, author.id
        ):
            return None
        draft = alone
    is_for_ours = group is not None and group.is_local
    try:
        # Of what is refused nothing is written but the refusal; what is dropped is undone with the whole activity.
        async with said.db.transaction() if is_for_ours else nullcontext():
            post = await posting.publish(said.db, said.here, author, draft, now=said.now)
    except NotAllowed as refused:
        if group is None or not group.is_local:
            raise Dropped(str(refused)) from refused
        await _refuse(said, author, group, str(refused))
        return None
    if await _is_kept(said, post):
        await _keep(said, post, kind)
    return post


async def _refuse(said: Hearing, author: Account, group: Account, reason: str) -> None:
    """The author is told when they sent it themselves; what others pass on is dropped quietly."""
    if said.is_first_hand and said.uri is not None:
        refused = facts.PostRefused(group.id, author.id, said.uri, reason)
        await facts.record(said.db, refused, now=said.now)
    await inbox_queue.drop(said.db, said.item, f"refused: {reason}", now=said.now)


async def _group_of(said: Hearing, draft: Draft, parent: Post | None) -> Account | None:
    """The group whose thread a draft starts or continues."""
    group_id = draft.group_id
    if group_id is None and parent is not None:
        group_id = parent.group_id
    return await lookup.by_id(said.db, group_id) if group_id is not None else None


async def _draft(said: Hearing, written: Object, author: Account) -> Draft:
    """The post in our words; strangers who decide where it belongs are fetched first. Raises Missing."""
    without: set[str] = set()
    while True:
        try:
            return await translating.draft_of(
                said.db, said.here, written, said.activity, author, without=without, now=said.now
            )
        except Unknown as stranger:
            await said.meet(stranger.uri, is_home=stranger.is_home)
            without.add(stranger.uri)


async def _concerns_us(said: Hearing, written: Object, author: Account) -> bool:
    """Whether a post has to be kept: somebody here is named, answered or reads its author, or its group."""
    if said.relayed_by is not None or said.item.recipient_id is not None:
        return True
    named = await translating.named_by(said.db, written, said.activity)
    if named.ours() or await follows.is_read_here(said.db, author.id):
        return True
    to, cc = addressees(written, said.activity)
    if any(said.here.is_ours(uri) for uri in (*to, *cc)):
        return True
    if written.in_reply_to is not None and await reading.by_uri(said.db, written.in_reply_to) is not None:
        return True
    if written.in_reply_to is None:
        # A thread of a group elsewhere, by a member of one of ours: it is about to be offered to ours (D49).
        return bool(written.audience or named.groups()) and await follows.reads_here(said.db, author.id)
    return written.context is not None and await reading.thread_of_context(said.db, written.context) is not None


async def _bring_parent(said: Hearing, written: Object) -> Post | None:
    """What a reply answers is fetched with all above it; where it cannot be had, the reply stands alone (D51)."""
    parent = written.in_reply_to
    known = await reading.by_uri(said.db, parent) if parent is not None else None
    if parent is None or known is not None or said.here.is_ours(parent):
        return known
    outcome = await said.attempt(f"parent {parent}", lambda: _fetch_parent(said, parent), patient=False)
    if outcome.is_gone:
        await tombstones.remember(said.db, parent, str(origin(parent)), now=said.now)
    return None


async def _fetch_parent(said: Hearing, uri: str) -> str:
    return (await said.resolver.post(uri)).uri


async def _is_kept(said: Hearing, post: Post) -> bool:
    """Whether a group of ours passes on what is said of this post (D17), or may once the post has its place (D51)."""
    return await carrying.is_passed_on(said.db, post) or await placing.waits(said.db, post)


async def _keep(said: Hearing, post: Post, kind: Literal["Create", "Update", "Delete"]) -> None:
    if said.uri is not None:
        if kind == "Update":
            await relayed.forget_updates(said.db, post.id)
        has_proof = said.activity.has_proof or said.activity.has_ld_signature
        await relayed.keep(said.db, post.id, said.uri, kind, said.body, has_proof=has_proof, now=said.now)
