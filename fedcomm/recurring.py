"""Every recurring work: what, and how often (decisions D60; R011, R017)."""

import asyncio
from functools import partial

from fedcomm import audit
from fedcomm.accounts import attempts, blocks, logins, many_sign_ups, oauth, passkeys, sessions, sign_ins
from fedcomm.activitypub import backfilling, looking_again, unanswered
from fedcomm.api import media, publishing_later
from fedcomm.figures import keeping, transparency
from fedcomm.groups import banning, mailed_invitations, parting, pausing
from fedcomm.http import retaining, shared_lists
from fedcomm.http.context import Site
from fedcomm.jobs import early_activities, fact_queue, inbox_queue, mail_queue, waiting_deliveries
from fedcomm.jobs.clock import Recurring
from fedcomm.media import kept_files
from fedcomm.media.storage import Store
from fedcomm.moderation import emergency, legal_notices
from fedcomm.moderation import retention as cases
from fedcomm.network import lists, peers
from fedcomm.notifications import announcements, push_queue, push_subscriptions
from fedcomm.polls import counting
from fedcomm.portability import erasures, exports, imports
from fedcomm.sealing import Seal
from fedcomm.streaming import news
from fedcomm.threads import once, relayed, retention


def recurring(site: Site) -> list[Recurring]:
    """The list for one site."""
    durations = site.durations
    return [
        Recurring("forget old work", durations.housekeeping, partial(forget_old_work, site)),
        Recurring("forget old deliveries", durations.housekeeping, partial(forget_old_deliveries, site)),
        Recurring("write down what erasures met with", durations.housekeeping, partial(gather_erasures, site)),
        Recurring("forget old mail", durations.housekeeping, partial(forget_old_mail, site)),
        Recurring("forget closed cases", durations.housekeeping, partial(forget_closed_cases, site)),
        Recurring("forget who signed in", durations.housekeeping, partial(forget_who_signed_in, site)),
        Recurring("forget archives", durations.housekeeping, partial(forget_archives, site)),
        Recurring("tell who was turned down", durations.mutes_end, partial(tell_turned_down, site)),
        Recurring("end mutes", durations.mutes_end, partial(end_mutes, site)),
        Recurring("end bans", durations.mutes_end, partial(end_bans, site)),
        Recurring("end pauses", durations.mutes_end, partial(end_pauses, site)),
        Recurring("end emergency access", durations.mutes_end, partial(end_emergency_access, site)),
        Recurring("part from who is gone", durations.housekeeping, partial(part_from_gone, site)),
        Recurring("seal the log", durations.housekeeping, partial(seal_log, site)),
        Recurring("sweep pushes", durations.housekeeping, partial(sweep_pushes, site)),
        Recurring("publish scheduled posts", durations.scheduled_posts, partial(publish_scheduled, site)),
        Recurring("tell announcements", durations.scheduled_posts, partial(tell_announcements, site)),
        Recurring("end polls", durations.polls_end, partial(end_polls, site)),
        Recurring("sweep uploads", durations.housekeeping, partial(media.sweep, site)),
        Recurring("sweep orphaned files", durations.orphans, partial(sweep_orphans, site)),
        Recurring("hear what came early", durations.early_heard, partial(hear_early, site)),
        Recurring("go on with lists of peers", durations.scheduled_posts, partial(go_on_with_lists, site)),
        Recurring("read subscribed lists of peers", durations.housekeeping, partial(shared_lists.refresh_due, site)),
        Recurring("keep others' posts within bounds", durations.scheduled_posts, partial(keep_within_bounds, site)),
        Recurring("keep others' files within bounds", durations.figures, partial(sweep_files, site)),
        Recurring("measure figures", durations.figures, partial(measure_figures, site)),
        Recurring("look for parents of replies", durations.detached_retry, partial(backfilling.look_for_parents, site)),
        Recurring("ask about unanswered requests", durations.requests_asked, partial(unanswered.go_on, site)),
        Recurring("look again after a restore", durations.scheduled_posts, partial(looking_again.go_on, site)),
    ]


async def forget_old_work(site: Site) -> None:
    """Remove done facts, seen activities and drop logs that are old enough."""
    now = site.now()
    async with site.pool.transaction() as db:
        await fact_queue.forget(db, before=now - site.durations.keep_facts_done)
        await inbox_queue.forget(
            db,
            bytes_before=now - site.durations.keep_inbox_bytes,
            seen_before=now - site.durations.keep_seen_activities,
            drops_before=now - site.durations.keep_drop_log,
        )
        await peers.forget_strangers(db, before=now - site.durations.keep_strangers)
        await once.forget_old(db, now=now)
        await relayed.sweep(db, before=now - site.durations.delivery_given_up)
        await news.forget(db, before=now - site.durations.keep_live_updates)


async def hear_early(site: Site) -> None:
    """Interpret what was said about posts before they were here."""
    now = site.now()
    async with site.pool.transaction() as db:
        heard = await early_activities.hear(db, now=now)
        await early_activities.forget(db, before=now - site.durations.keep_early)
    if heard:
        site.wakeups.ring("inbox")


async def forget_old_mail(site: Site) -> None:
    """Remove letters that are done for long enough, bounces that count no longer, addresses that nobody came by."""
    now = site.now()
    async with site.pool.transaction() as db:
        await mail_queue.forget(
            db,
            done_before=now - site.durations.keep_mail_done,
            failed_before=now - site.durations.keep_mail_failed,
            bounced_before=now - mail_queue.BOUNCES_COUNT_FOR,
        )
        await mailed_invitations.forget(db, ended_before=now - site.durations.keep_invited_addresses)
        await legal_notices.forget_senders(db, before=now - site.durations.keep_notice_senders)


async def forget_closed_cases(site: Site) -> None:
    """Remove reports, notices and decisions that were closed long ago; the counts of their years stay."""
    before = site.now() - site.durations.keep_closed_cases
    async with site.pool.transaction() as db:
        await transparency.keep_years(db, before=before)
        await cases.forget(db, before=before)


async def forget_archives(site: Site) -> None:
    """Remove exports that can be fetched no more, and imports that can be taken back no more."""
    now = site.now()
    async with site.read() as db:
        fetched = await exports.over(db, now=now)
        brought = await imports.over(db, before=now - site.durations.keep_imports)
    for _, file in (*fetched, *brought):
        if file is not None:
            await site.service(Store).delete(file)
    async with site.pool.transaction() as db:
        await exports.forget(db, [export_id for export_id, _ in fetched])
        await imports.forget(db, [import_id for import_id, _ in brought])


async def end_mutes(site: Site) -> None:
    """Mutes for a time end with it."""
    async with site.pool.transaction() as db:
        await blocks.end_mutes(db, now=site.now())


async def tell_turned_down(site: Site) -> None:
    """Who was turned down with others is told once that can no longer be taken back."""
    async with site.transaction(wakes=("facts", "mail")) as db:
        await many_sign_ups.end_due(db, now=site.now())


async def end_bans(site: Site) -> None:
    """Who was put out of a group for a time may come back after it."""
    async with site.pool.transaction() as db:
        await banning.end_due(db, now=site.now())


async def end_pauses(site: Site) -> None:
    """Who was paused in a group writes there again after it."""
    async with site.pool.transaction() as db:
        await pausing.end_due(db, now=site.now())


async def end_emergency_access(site: Site) -> None:
    """Who read what is for a group's members can no more once their time is over, and the members are told."""
    async with site.transaction() as db:
        await emergency.end_due(db, now=site.now())


async def part_from_gone(site: Site) -> None:
    """Followers whose inbox was not there on three different days are gone, and so may be whole servers (R014)."""
    now = site.now()
    async with site.read() as db:
        inboxes = await waiting_deliveries.gone_inboxes(db, now=now)
    for inbox_url in inboxes:
        async with site.transaction() as db:
            if await parting.part_from_gone(db, site.here, inbox_url, now=now) == 0:
                await waiting_deliveries.forget_gone(db, inbox_url)


async def forget_who_signed_in(site: Site) -> None:
    """Remove sessions that have run out and attempts that no longer count, with the addresses they came from (D60)."""
    now = site.now()
    async with site.pool.transaction() as db:
        await attempts.sweep(db, now=now)
        await sessions.sweep(db, now=now)
        await logins.sweep_links(db, now=now)
        await oauth.sweep_codes(db, now=now)
        await passkeys.sweep(db, now=now)
        await sign_ins.sweep(db, before=now - site.durations.keep_sign_ins)


async def publish_scheduled(site: Site) -> None:
    """Publish the posts whose time has come."""
    await publishing_later.publish_due(site)


async def tell_announcements(site: Site) -> None:
    """Tell of announcements whose time has come, or is over."""
    async with site.transaction() as db:
        await announcements.tell_due(db, now=site.now())


async def end_polls(site: Site) -> None:
    """Tell that polls have ended."""
    async with site.transaction() as db:
        await counting.end_due(db, now=site.now())


async def seal_log(site: Site) -> None:
    """Once a day, seal how far the log has come (C06)."""
    async with site.pool.transaction() as db:
        await audit.seal_day(db, site.service(Seal), now=site.now())


async def sweep_pushes(site: Site) -> None:
    """Remove what was not brought to apps in time, and the subscriptions of revoked tokens."""
    async with site.pool.transaction() as db:
        await push_queue.forget(db, before=site.now() - site.durations.push_given_up)
        await push_subscriptions.sweep(db)


async def sweep_orphans(site: Site) -> None:
    """Remove stored files that belong to nothing, each time of another 256th of them."""
    turn = int(site.now().timestamp() / max(site.durations.orphans.total_seconds(), 0.001))
    await media.sweep_orphans(site, f"{turn % 256:02x}")


async def go_on_with_lists(site: Site) -> None:
    """Take further steps of a long list of other instances, as many as time allows."""
    patience = keeping.Patience(site.durations.work_limit.total_seconds() / 3)
    is_more = True
    while is_more and not patience.is_over:
        async with site.transaction() as db:
            is_more = await lists.go_on(db, now=site.now())


async def keep_within_bounds(site: Site) -> None:
    """Once a day, begin to remove old threads from elsewhere; take further steps of what was begun."""
    now = site.now()
    async with site.pool.transaction() as db:
        await retention.begin_due(db, site.settings, every=site.durations.retention, now=now)
    patience = keeping.Patience(site.durations.work_limit.total_seconds() / 3)
    await retaining.go_on(site.pool, site.config.folder, site.settings, patience, now=now)


async def sweep_files(site: Site) -> None:
    """Remove copies of others' files that are too old or too many."""
    folder = site.config.folder / kept_files.SHOWN
    await asyncio.to_thread(kept_files.sweep, folder, retaining.file_bounds(site.settings))


async def measure_figures(site: Site) -> None:
    """Measure how people fare and what is stored; days that were missed as far as time allows, the rest next time."""
    now = site.now()
    patience = keeping.Patience(site.durations.work_limit.total_seconds() / 3)
    kept_bytes = await asyncio.to_thread(kept_files.bytes_in, site.config.folder / kept_files.SHOWN)
    async with site.pool.transaction() as db:
        await keeping.measure_storage(db, kept_bytes=kept_bytes, now=now)
        await keeping.forget(db, now=now)
        missing = await keeping.missing(db, now=now)
    for window, day in missing:
        if patience.is_over:
            return
        async with site.pool.transaction() as db:
            await keeping.measure_day(db, window, day, now=now)


async def gather_erasures(site: Site) -> None:
    """Write down what servers answered to the end of accounts, before the deliveries are forgotten (C08)."""
    now = site.now()
    async with site.pool.transaction() as db:
        await erasures.gather(db, await erasures.due(db, now=now), now=now)
        await erasures.forget(db, now=now)


async def forget_old_deliveries(site: Site) -> None:
    """Give up what could not be delivered for two weeks, and forget what was delivered or given up long ago."""
    now = site.now()
    expired = 1
    while expired:
        async with site.pool.transaction() as db:
            expired = await waiting_deliveries.expire(db, before=now - site.durations.delivery_given_up, now=now)
    async with site.pool.transaction() as db:
        await waiting_deliveries.forget(
            db,
            done_before=now - site.durations.keep_deliveries_done,
            failed_before=now - site.durations.keep_deliveries_failed,
        )
