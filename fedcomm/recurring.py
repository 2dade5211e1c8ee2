"""Every recurring work: what, and how often (decisions D60; R011, R017)."""

from fedcomm.accounts import blocks
from fedcomm.activitypub import backfilling
from fedcomm.api import media, publishing_later
from fedcomm.http.context import Site
from fedcomm.jobs import fact_queue, inbox_queue, waiting_deliveries
from fedcomm.jobs.clock import Recurring
from fedcomm.notifications import push_queue, push_subscriptions
from fedcomm.polls import counting
from fedcomm.streaming import news
from fedcomm.threads import once, relayed


def recurring(site: Site) -> list[Recurring]:
    """The list for one site."""
    durations = site.durations

    async def forget_old_work() -> None:
        """Remove done facts, seen activities and drop logs that are old enough."""
        now = site.now()
        async with site.pool.transaction() as db:
            await fact_queue.forget(db, before=now - durations.keep_facts_done)
            await inbox_queue.forget(
                db,
                bytes_before=now - durations.keep_inbox_bytes,
                seen_before=now - durations.keep_seen_activities,
                drops_before=now - durations.keep_drop_log,
            )
            await once.forget_old(db, now=now)
            await relayed.sweep(db, before=now - durations.delivery_given_up)
            await news.forget(db, before=now - durations.keep_live_updates)

    async def end_mutes() -> None:
        """Mutes for a time end with it."""
        async with site.pool.transaction() as db:
            await blocks.end_mutes(db, now=site.now())

    async def publish_scheduled() -> None:
        """Publish the posts whose time has come."""
        await publishing_later.publish_due(site)

    async def end_polls() -> None:
        """Tell that polls have ended."""
        async with site.transaction() as db:
            await counting.end_due(db, now=site.now())

    async def sweep_uploads() -> None:
        """Remove pictures that no post took, and those of posts that are gone."""
        await media.sweep(site)

    async def sweep_pushes() -> None:
        """Remove what was not brought to apps in time, and the subscriptions of revoked tokens."""
        async with site.pool.transaction() as db:
            await push_queue.forget(db, before=site.now() - durations.push_given_up)
            await push_subscriptions.sweep(db)

    async def sweep_orphans() -> None:
        """Remove stored files that belong to nothing, each time of another 256th of them."""
        turn = int(site.now().timestamp() / max(durations.orphans.total_seconds(), 0.001))
        await media.sweep_orphans(site, f"{turn % 256:02x}")

    async def look_for_parents() -> None:
        """Place replies whose parent is here by now, and ask again for parents that could not be had."""
        await backfilling.look_for_parents(site)

    async def forget_old_deliveries() -> None:
        """Give up what could not be delivered for two weeks, and forget what was delivered or given up long ago."""
        now = site.now()
        expired = 1
        while expired:
            async with site.pool.transaction() as db:
                expired = await waiting_deliveries.expire(db, before=now - durations.delivery_given_up, now=now)
        async with site.pool.transaction() as db:
            await waiting_deliveries.forget(
                db,
                done_before=now - durations.keep_deliveries_done,
                failed_before=now - durations.keep_deliveries_failed,
            )

    return [
        Recurring("forget old work", durations.housekeeping, forget_old_work),
        Recurring("forget old deliveries", durations.housekeeping, forget_old_deliveries),
        Recurring("end mutes", durations.mutes_end, end_mutes),
        Recurring("sweep pushes", durations.housekeeping, sweep_pushes),
        Recurring("publish scheduled posts", durations.scheduled_posts, publish_scheduled),
        Recurring("end polls", durations.polls_end, end_polls),
        Recurring("sweep uploads", durations.housekeeping, sweep_uploads),
        Recurring("sweep orphaned files", durations.orphans, sweep_orphans),
        Recurring("look for parents of replies", durations.detached_retry, look_for_parents),
    ]
