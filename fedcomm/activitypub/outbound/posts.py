"""Posts, edits and deletions, told to other servers (federation.md 2.2; decisions D16, D17, D49, D55, D56).

The author's server tells the author's followers, whom the post names, and the home group if that lives elsewhere. The
host of a group passes on what is said in the group's threads, in the one form that each receiving server understands.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from fedcomm import facts
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.outbound import authored, sending
from fedcomm.activitypub.outbound.authored import Said
from fedcomm.activitypub.outbound.sending import Outgoing
from fedcomm.http.context import Site, SiteWork
from fedcomm.jobs import waiting_deliveries
from fedcomm.network import peers
from fedcomm.threads import audience, reading
from fedcomm.threads.audience import Recipient
from fedcomm.threads.model import Post
from federation import relaying
from federation.relaying import Event, Profile, Step
from federation.vocabulary.activities import Delete
from federation.vocabulary.contexts import PUBLIC


@dataclass(frozen=True, slots=True)
class About:
    """A post with all that is known of where it goes."""

    post: Post
    author: Account
    groups: dict[int, Account]
    """Groups of ours that have the thread, its home or carriers."""
    recipients: list[Recipient]
    profiles: dict[str, peers.PeerProfile]


async def publish(work: SiteWork, fact: facts.PostPublished) -> None:
    """A post became visible here. The announcement of a thread is a fact of its own; replies are passed on here."""
    about = await about_post(work.site, fact.post_id)
    if about is None or about.post.state != "visible":
        return await sending.queue(work)
    said = await authored.create(work.site, about.author, about.post, leaves=bool(about.recipients))
    return await sending.queue(work, *await all_of(work.site, about, "reply", said, passes_on=not about.post.is_root))


async def place(work: SiteWork, fact: facts.PostPlaced) -> None:
    """A post that waited for what it answers stands in its thread. Its group could not be told before, if it lives
    elsewhere, and could not pass it on, if it lives here; what its author changed meanwhile goes after it.
    """
    about = await about_post(work.site, fact.post_id)
    if about is None or about.post.state != "visible":
        return await sending.queue(work)
    if about.author.is_local:
        return await sending.queue(work, *await _to_more(work.site, about))
    written = await authored.create(work.site, about.author, about.post)
    changed = await authored.update(work.site, about.author, about.post)
    first, then = await all_of(work.site, about, "reply", written), await all_of(work.site, about, "edit", changed)
    return await sending.queue(work, *first, *then)


async def _to_more(site: Site, about: About) -> list[Outgoing]:
    """A post of ours once more, for those who did not get it before: it names its group only now."""
    async with site.read() as db:
        before = await waiting_deliveries.inboxes_of(db, about.post.id)
    outgoing = await all_of(site, about, "reply", await authored.create_again(site, about.author, about.post))
    for each in outgoing:
        for inbox in before & each.inboxes.keys():
            del each.inboxes[inbox]
    return [each for each in outgoing if each.inboxes]


async def edit(work: SiteWork, fact: facts.PostEdited) -> None:
    """A post changed."""
    about = await about_post(work.site, fact.post_id)
    if about is None or about.post.state != "visible":
        return await sending.queue(work)
    said = await authored.update(work.site, about.author, about.post)
    return await sending.queue(work, *await all_of(work.site, about, "edit", said))


async def tally(work: SiteWork, fact: facts.PollTallied | facts.PollEnded) -> None:
    """A poll stands otherwise than before, or has ended. Of those of others we pass on what their own server says."""
    about = await about_post(work.site, fact.poll_id)
    is_theirs_to_say = about is not None and not about.author.is_local and isinstance(fact, facts.PollEnded)
    if about is None or about.post.state != "visible" or is_theirs_to_say:
        return await sending.queue(work)
    said = await authored.update(work.site, about.author, about.post, at=work.now)
    return await sending.queue(work, *await all_of(work.site, about, "edit", said))


async def refresh(work: SiteWork, fact: facts.QuoteAnswered | facts.QuotePolicyChanged | facts.ReplyAllowed) -> None:
    """A post of ours says the same, but what others let it do has changed: they get it anew."""
    about = await about_post(work.site, fact.post_id)
    if about is None or about.post.state != "visible" or not about.author.is_local:
        return await sending.queue(work)
    said = await authored.update(work.site, about.author, about.post)
    return await sending.queue(work, *await all_of(work.site, about, "edit", said))


async def delete(work: SiteWork, fact: facts.PostDeleted) -> None:
    """A post was deleted by its author. That its groups take back their announcements is a fact of its own."""
    about = await about_post(work.site, fact.post_id)
    if about is None:
        return await sending.queue(work)
    said = await authored.delete(work.site, about.author, about.post, about.groups.get(about.post.group_id or 0))
    outgoing = await all_of(work.site, about, "author_delete", said)
    if said is not None and said.outgoing is not None and fact.taken_part:
        async with work.site.read() as db:
            kept_by = await lookup.by_ids(db, set(fact.taken_part))
        said.outgoing.inboxes.update(sending.inbox_of(each) for each in kept_by.values())
    async with work.transaction() as db:
        peers_to_tell = {peer for each in outgoing for peer in each.inboxes.values()}
        await waiting_deliveries.empty(db, about.post.id, peers_to_tell=peers_to_tell)
        await sending.enqueue(db, work.site, outgoing, now=work.now)
    return None


async def remove(work: SiteWork, fact: facts.PostRemoved) -> None:
    """A moderator took a post out of a group of ours: a Delete with a reason, which only form A understands."""
    about = await about_post(work.site, fact.post_id)
    home = about.groups.get(about.post.group_id or 0) if about else None
    if about is None or home is None or not home.is_local:
        return await sending.queue(work)
    async with work.site.read() as db:
        moderator = await lookup.by_id(db, fact.by_id)
    actor = moderator if moderator is not None and moderator.is_local else home
    id_, uri = sending.fresh_id(work.site)
    removal = Delete(
        id=uri,
        actor=actor.uri,
        to=(PUBLIC,),
        cc=(home.uri,),
        audience=home.uri,
        object=about.post.uri,
        summary=fact.reason,
    )
    inner = await sending.ready(work.site, actor, removal, id=id_, order_key=about.post.thread_id, inboxes=())
    inboxes = {
        each.inbox_url: each.authority for each in about.recipients if home.id in each.group_ids and _form(each) == "A"
    }
    if not about.author.is_local and await _understands_groups(work.site, about.author.authority):
        url, authority = sending.inbox_of(about.author)  # whose posts they are hears it without being a member
        inboxes[url] = authority
    outgoing = await by_carriers(work.site, about.post.id, Said(inner.uri, inner.type, inner.body, True, None))
    if inboxes:
        outgoing.append(await sending.announced(work.site, home, about.post, inner.body, inboxes))
    return await sending.queue(work, *outgoing)


async def by_carriers(site: Site, post_id: int, said: Said) -> list[Outgoing]:
    """What moderators of a thread's home group decided, as groups of ours that carry the thread pass it on (product 7).

    As it came, to servers which understand carried threads and believe its proof; whoever follows the home group, or
    lives where it or the author does, has it from there. What a carrying group hides stays its own affair.
    """
    about = await about_post(site, post_id)
    if about is None or not said.has_proof:
        return []
    carriers = [group for group_id, group in about.groups.items() if group_id != about.post.group_id]
    return await all_of(site, about, "moderation", said, by=carriers) if carriers else []


async def _understands_groups(site: Site, authority: str) -> bool:
    async with site.read() as db:
        return (await peers.profile(db, authority)).announce_form == "A"


async def about_post(site: Site, post_id: int) -> About | None:
    """All that has to be known to send something about a post; None: it is not here any more."""
    async with site.read() as db:
        post = await reading.find(db, post_id)
        author = await lookup.by_id(db, post.author_id) if post else None
        if post is None or author is None:
            return None
        recipients = await audience.recipients(db, post_id)
        group_ids = {group_id for each in recipients for group_id in each.group_ids}
        groups = await lookup.by_ids(db, group_ids | ({post.group_id} if post.group_id else set()))
        profiles = await peers.profiles(db, sorted({each.authority for each in recipients}))
    return About(post, author, groups, recipients, profiles)


def _form(recipient: Recipient) -> Profile:
    return recipient.announce_form or "C"


async def all_of(
    site: Site,
    about: About,
    event: Event,
    said: Said | None,
    *,
    passes_on: bool = True,
    by: Iterable[Account] | None = None,
) -> list[Outgoing]:
    """The author's own sending, and what each group of ours passes on. `by`: only these do."""
    direct: dict[str, str] = {}
    if said is not None and said.outgoing is not None:
        direct = {each.inbox_url: each.authority for each in about.recipients if each.is_named or each.has_followers}
    passed: list[Outgoing] = []
    for group in about.groups.values() if by is None else by:
        if said is None or not group.is_local or not passes_on:
            continue
        steps = _steps(about, group, event, said)
        direct |= steps.get("author_direct", {}) if said.outgoing is not None else {}
        if wraps := steps.get("announce_activity"):
            passed.append(await sending.announced(site, group, about.post, said.body, wraps))
        if raws := _without(steps.get("raw_forward", {}), direct):
            id_, _ = sending.fresh_id(site)
            passed.append(
                sending.forwarded(
                    group,
                    said.uri,
                    said.type,
                    said.body,
                    id=id_,
                    order_key=about.post.thread_id,
                    inboxes=raws.items(),
                    post_id=about.post.id,
                )
            )
    own = said.outgoing if said is not None else None
    if own is not None:
        # Stored even when nobody has to get it: its id resolves (D47), and groups elsewhere may ask for it.
        own.inboxes.update(direct)
        return [own, *passed]
    return passed


def _without(inboxes: dict[str, str], others: dict[str, str]) -> dict[str, str]:
    return {url: authority for url, authority in inboxes.items() if url not in others}


def _steps(about: About, group: Account, event: Event, said: Said) -> dict[Step, dict[str, str]]:
    """For one group of ours: what it does, and to which inboxes."""
    wanted: dict[Step, dict[str, str]] = {}
    for each in about.recipients:
        if group.id not in each.group_ids:
            continue
        for step in _steps_for(about, group, each, event, said):
            wanted.setdefault(step, {})[each.inbox_url] = each.authority
    return wanted


def _steps_for(about: About, group: Account, each: Recipient, event: Event, said: Said) -> Iterable[Step]:
    if group.id == about.post.group_id:
        return relaying.home_steps(
            event,
            _form(each),
            author_is_ours=about.author.is_local,
            has_proof=said.has_proof,
            is_first=False,  # announcements and their ends are facts of their own
            host_follows_author=each.has_followers,
            is_public=about.post.audience in audience.PUBLIC,
        )
    home = about.groups.get(about.post.group_id or 0)
    if each.authority in (about.author.authority, home.authority if home else None):
        return ()  # they have it from the author
    capabilities = about.profiles[each.authority].capabilities
    return relaying.carrier_steps(
        event,
        _form(each),
        understands_carrying=relaying.CARRYING in capabilities,
        has_proof=said.has_proof,
        is_first=False,
    )
