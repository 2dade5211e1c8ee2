"""Others ask to quote posts of ours, and answer where ours ask them (FEP-044f; S050)."""

from fedcomm import facts
from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.errors import NotAllowed, NotFound
from fedcomm.jobs.inbox_queue import Dropped
from fedcomm.threads import quoting, reading
from federation.authority import live_together
from federation.vocabulary.activities import Accept, Activity, QuoteRequest, Reject


async def asked(said: Hearing, activity: QuoteRequest) -> None:
    """Somebody asks whether a post of theirs may quote one of ours. Whoever may not read that learns nothing."""
    quoting_uri = activity.instrument
    if activity.object is None or not isinstance(quoting_uri, str) or said.uri is None:
        raise Dropped("a QuoteRequest that lacks something")
    if not live_together(quoting_uri, activity.actor):
        raise Dropped("a QuoteRequest for somebody else's post")
    quoted = await reading.by_uri(said.db, activity.object)
    if quoted is None or not quoted.is_local or quoted.state != "visible":
        raise Dropped("a QuoteRequest for what is not here")
    by = await said.actor()
    known = await reading.by_uri(said.db, quoting_uri)
    if known is not None and known.author_id != by.id:
        raise Dropped("a QuoteRequest for somebody else's post")
    try:
        await reading.by_id(said.db, quoted.id, by.id)
    except NotFound:
        raise Dropped("a QuoteRequest for what they may not read") from None
    stamp_id = None
    if await quoting.may_quote(said.db, by, quoted):
        try:
            stamp = await quoting.grant(said.db, quoted.id, quoting_uri, by.id, now=said.now)
        except NotAllowed:
            stamp = None  # it was allowed before, and taken back
        if stamp is not None:
            stamp_id = stamp.id
            if known is not None:
                address = quoting.stamp_uri(said.here, quoted.id, stamp.id)
                await quoting.accept_from(said.db, known.id, quoted.id, address, now=said.now)
    requested = facts.QuoteRequested(quoted.id, by.id, said.uri, quoting_uri, stamp_id)
    await facts.record(said.db, requested, now=said.now)


async def accepted(said: Hearing, activity: Accept, by: Account) -> bool:
    """The quoted author allows it, by a stamp that lies with them. False: it answers something else."""
    quote = await _asked(said, activity.object, by)
    if quote is None:
        return False
    if activity.result is None or not live_together(activity.result, by.uri):
        raise Dropped("an Accept of a quote without a stamp of theirs")
    await quoting.decide(said.db, quote.post_id, "accepted", activity.result, now=said.now)
    return True


async def rejected(said: Hearing, activity: Reject, by: Account) -> bool:
    """The quoted author refuses it, or takes back what they allowed. False: it answers something else."""
    quote = await _asked(said, activity.object, by)
    if quote is None:
        return False
    if not await quoting.decide(said.db, quote.post_id, "rejected", None, now=said.now) and quote.stamp_uri is not None:
        await quoting.receive_revocation(said.db, by.uri, quote.stamp_uri, now=said.now)
    return True


async def _asked(said: Hearing, answered: Activity | str | None, by: Account) -> quoting.Quote | None:
    uri = answered.id if isinstance(answered, Activity) else answered
    return await quoting.asked_by(said.db, uri, by.id) if uri is not None else None
