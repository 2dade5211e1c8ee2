"""Votes in the threads of our groups, passed on to the servers of their members (federation.md 2.2, T31; D80).

Bytes that prove who says it are passed on as they came; else the vote is written anew in the voter's name, which those
believe who trust the group, and the rest confirm by its id.
"""

from dataclasses import dataclass

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.outbound import sending
from fedcomm.http.context import SiteWork
from fedcomm.threads import audience, reading, votes
from fedcomm.threads.model import Post
from fedcomm.threads.votes import Vote
from federation import relaying
from federation.vocabulary.activities import Activity, Dislike, Like, Undo
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.writing import encode, write


@dataclass(frozen=True, slots=True)
class Change:
    """One vote that others have to learn of: how it stands, or stood for them until it was taken back."""

    post: Post
    group: Account
    by: Account
    vote: Vote
    is_undone: bool
    inboxes: dict[str, str]


async def gather(work: SiteWork, fact: facts.VoteChanged) -> None:
    """A vote was cast or taken back: it is looked at again in a while."""
    async with work.transaction() as db:
        due = facts.VoteDue(fact.post_id, fact.by_id, fact.vote_uri, fact.said)
        await facts.record(db, due, now=work.now, after=work.site.durations.votes_gathered)


async def pass_on(work: SiteWork, fact: facts.VoteDue) -> None:
    """Tell what came of it, unless something later will."""
    change = await _change(work, fact)
    if change is None:
        return await sending.queue(work)
    as_it_came = fact.said.encode() if fact.vote_uri == change.vote.uri else b""
    body = as_it_came or await _written(work, change)
    outgoing = await sending.announced(work.site, change.group, change.post, body, change.inboxes)
    async with work.transaction() as db:
        await votes.note_told(db, change.post.id, change.by.id, None if change.is_undone else change.vote)
        await sending.enqueue(db, work.site, [outgoing] if change.inboxes else [], now=work.now)
    return None


async def _change(work: SiteWork, fact: facts.VoteDue) -> Change | None:
    """What others do not know yet; None: nothing, or what a later fact is about."""
    async with work.site.read() as db:
        post = await reading.find(db, fact.post_id)
        if post is None or post.group_id is None or post.state != "visible":
            return None
        people = await lookup.by_ids(db, {post.group_id, fact.by_id})
        before, after = await votes.told(db, post.id, fact.by_id), await votes.of(db, post.id, fact.by_id)
        recipients = await audience.recipients(db, post.id)
    group, by, vote = people.get(post.group_id), people.get(fact.by_id), after or before
    if group is None or by is None or not group.is_local or vote is None:
        return None
    if after and (after.uri != fact.vote_uri or (before and before.is_like == after.is_like)):
        return None
    inboxes = {
        each.inbox_url: each.authority
        for each in recipients
        if group.id in each.group_ids and each.authority != by.authority and _is_told(post, by, each.announce_form)
    }
    return Change(post, group, by, vote, after is None, inboxes)


def _is_told(post: Post, by: Account, form: relaying.Profile | None) -> bool:
    return "announce_activity" in relaying.home_steps(
        "reaction",
        form or "C",
        author_is_ours=by.is_local,
        has_proof=by.is_local,
        is_first=post.is_root,
        is_public=post.audience in audience.PUBLIC,
    )


async def _written(work: SiteWork, change: Change) -> bytes:
    """The vote, or that it was taken back, in words of ours; with a proof if the voter is ours."""
    group, by, vote = change.group, change.by, change.vote
    cc = (PUBLIC,) if change.post.audience in audience.PUBLIC else ()
    kind = Like if vote.is_like else Dislike
    act: Activity = kind(id=vote.uri, actor=by.uri, to=(group.uri,), cc=cc, audience=group.uri, object=change.post.uri)
    if change.is_undone:
        _, uri = sending.fresh_id(work.site)
        id_ = uri if by.is_local else f"{vote.uri}#undo"
        act = Undo(id=id_, actor=by.uri, to=(group.uri,), cc=cc, audience=group.uri, object=act)
    document = write(act)
    return encode(await sending.proven(work.site, by, document) if by.is_local and cc else document)
