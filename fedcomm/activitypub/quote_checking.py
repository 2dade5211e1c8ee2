"""What posts of other servers quote: fetched, and the consent they name looked up where it must lie (FEP-044f; S050).

A stamp counts when the quoted author's own server gives it, and it names this author, this post and the quoted one.
"""

import logging

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.activitypub.resolving import Resolver
from fedcomm.errors import Refusal
from fedcomm.http.context import SiteWork
from fedcomm.threads import quoting, reading
from fedcomm.threads.model import Post
from federation.authority import live_together
from federation.errors import FederationError, Malformed, Unreachable
from federation.vocabulary.reading_objects import read_quote_authorization

log = logging.getLogger(__name__)


async def check(work: SiteWork, fact: facts.QuoteFound) -> None:
    """A post of another server quotes something. Raises Unreachable: tried again."""
    async with work.site.read() as db:
        post, quote = await reading.find(db, fact.post_id), await quoting.of_post(db, fact.post_id)
    if post is None or quote is None or quote.state != "pending":
        async with work.transaction():
            return
    quoted: Post | None = None
    stamp: str | None = None
    try:
        quoted = await work.site.service(Resolver).post(quote.quoted_uri)
        if fact.stamp_uri and await _is_stamped(work, post, quoted, fact.stamp_uri):
            stamp = fact.stamp_uri
    except Unreachable:
        raise
    except (FederationError, Refusal) as reason:
        log.info("quote stays unconfirmed post=%s reason=%s", post.uri, reason)
    async with work.transaction() as db:
        if quoted is None:
            return
        await quoting.meet(db, post.id, quoted)
        own = await quoting.stamp_for(db, work.here, quoted, post.uri) if quoted.is_local else None
        if stamp is not None or own is not None or quoted.author_id == post.author_id:
            await quoting.decide(db, post.id, "accepted", stamp or own, now=work.now)


async def _is_stamped(work: SiteWork, post: Post, quoted: Post, uri: str) -> bool:
    """Whether the quoted author really allows it. Raises FederationError, Refusal."""
    async with work.site.read() as db:
        author = await lookup.by_id(db, quoted.author_id)
    if author is None or author.is_local or not live_together(uri, author.uri):
        return False
    document = await work.site.service(Resolver).document(uri)
    if document.id != uri:
        return False
    try:
        given = read_quote_authorization(document.object)
    except Malformed:
        return False
    return (given.id, given.attributed_to, given.interacting, given.target) == (uri, author.uri, post.uri, quoted.uri)


async def meet(work: SiteWork, fact: facts.QuoteRequested) -> None:
    """A post that may quote one of ours is fetched, if it is not here: its quote is shown, and its author's told."""
    if fact.stamp_id is not None:
        try:
            await work.site.service(Resolver).post(fact.quoting_uri)
        except (FederationError, Refusal) as reason:
            log.info("quoting post not found uri=%s reason=%s", fact.quoting_uri, reason)
    async with work.transaction():
        pass
