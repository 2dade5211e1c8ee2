"""Our members' reports, told to other servers in the name of the instance, not of who reported (product 13; T32)."""

from fedcomm import facts
from fedcomm.accounts import lookup, signup
from fedcomm.activitypub.outbound import sending
from fedcomm.http.context import SiteWork
from fedcomm.moderation import reports
from fedcomm.threads import reading
from federation.vocabulary.activities import Flag


async def flag(work: SiteWork, fact: facts.ReportFiled) -> None:
    """To the home group's server, whose moderators decide; to the server of whom it is about if the reporter wishes."""
    site = work.site
    async with site.transaction(wakes=()) as db:
        report = await reports.find(db, fact.report_id)
        if report is None:
            return
        posts = [post for post_id in report.post_ids if (post := await reading.find(db, post_id)) is not None]
        people = await lookup.by_ids(
            db, {report.reporter_id, report.target_id, *(post.group_id for post in posts if post.group_id is not None)}
        )
        actor = await signup.instance_actor(db, work.here, name=site.settings.name, now=work.now)
    target = people[report.target_id]
    told = {people[post.group_id].id for post in posts if post.group_id is not None and post.group_id in people}
    told |= {target.id} if report.is_forwarded else set()
    receivers = [people[account_id] for account_id in sorted(told) if not people[account_id].is_local]
    if not people[report.reporter_id].is_local or not receivers:
        return
    id_, uri = sending.fresh_id(site)
    activity = Flag(
        id=uri,
        actor=actor.uri,
        to=tuple(receiver.uri for receiver in receivers),
        objects=(target.uri, *(post.uri for post in posts if post.state != "deleted")),
        content=report.comment or None,
    )
    outgoing = await sending.ready(
        site,
        actor,
        activity,
        id=id_,
        order_key=sending.pair_key(actor, target),
        inboxes=[sending.inbox_of(receiver, personal=True) for receiver in receivers],
    )
    async with work.transaction() as db:
        await sending.enqueue(db, site, [outgoing], now=work.now)
