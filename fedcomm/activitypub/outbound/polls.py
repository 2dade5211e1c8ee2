"""Votes by people here in polls that live elsewhere: to the author's own inbox, and nowhere else (FEP-9967)."""

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.activitypub.outbound import sending
from fedcomm.http.context import SiteWork
from fedcomm.polls import counting
from fedcomm.threads import reading
from federation.vocabulary.activities import Create
from federation.vocabulary.objects import Post as Object


async def vote(work: SiteWork, fact: facts.VoteCast) -> None:
    """Tell the author's server what one of ours chose, each answer by itself, matched there by its name."""
    async with work.site.read() as db:
        post = await reading.find(db, fact.poll_id)
        people = await lookup.by_ids(db, {fact.account_id, *((post.author_id,) if post else ())})
        chosen = await counting.chosen_names(db, fact.poll_id, fact.vote_ids)
    by = people.get(fact.account_id)
    author = people.get(post.author_id) if post else None
    outgoing: list[sending.Outgoing] = []
    for vote_id, name in chosen:
        if post is None or author is None or by is None or author.is_local:
            break
        uri = f"{by.uri}#votes/{vote_id}"
        told = Object(
            id=uri, attributed_to=(by.uri,), name=name, in_reply_to=post.uri, to=(author.uri,), published=work.now
        )
        activity = Create(id=f"{uri}/activity", actor=by.uri, to=(author.uri,), object=told)
        outgoing.append(await sending.between(work.site, by, author, activity, id=vote_id))
    await sending.queue(work, *outgoing)
