"""Notifications as those see them whom they concern. Source: Mastodon API documentation, entities/Notification,
entities/GroupedNotificationsResults."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from fedcomm.accounts import finding
from fedcomm.api.entities import accounts, collections, own_notices, reports, statements, statuses
from fedcomm.api.entities.encoded import Encoded
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.http.context import Site
from fedcomm.notifications.groups import Group
from fedcomm.notifications.model import PAGES_ONLY, Notification


async def shown_to(
    db: Connection,
    here: Site,
    viewer_id: int,
    found: Sequence[Notification],
    *,
    supported: Collection[str] | None = None,
    locale: str = "en",
) -> list[dict[str, Any]]:
    """Notification entities; those are left out whose person, post or report the viewer may not see any more.

    `supported`: the types that their app says it knows; None: it says nothing of that.
    """
    people = {account.id: account for account in await finding.by_ids(db, [each.from_account_id for each in found])}
    post_ids = [each.post_id for each in found if each.post_id is not None]
    posts = await statuses.posts(db, here.service(Encoded), list(dict.fromkeys(post_ids)), viewer_id)
    reported = await reports.of_notifications(
        db, here, viewer_id, [each.report_id for each in found if each.report_id is not None]
    )
    about = await _collections(db, here, viewer_id, found)
    warnings = await statements.of_notifications(db, here, viewer_id, found)
    shown: list[dict[str, Any]] = []
    for each in found:
        if each.report_id is not None and each.report_id not in reported:
            continue
        if each.collection_id is not None and each.collection_id not in about:
            continue
        if each.from_account_id not in people or (each.post_id is not None and each.post_id not in posts):
            continue
        if each.type in PAGES_ONLY or (each.statement_id is not None and each.statement_id not in warnings):
            continue
        by, collection = people[each.from_account_id], about.get(each.collection_id or 0)
        entity: dict[str, Any] = {
            "id": str(each.id),
            **own_notices.told(each.type, by, supported, locale, collection),
            "group_key": f"ungrouped-{each.id}",
            "created_at": stamp(each.created_at),
            "account": accounts.account(here.here, by),
        }
        if each.post_id is not None:
            entity["status"] = orjson.Fragment(posts[each.post_id])
        if each.report_id is not None:
            entity["report"] = reported[each.report_id]
        if collection is not None:
            entity["collection"] = collection
        if each.statement_id is not None:
            entity["moderation_warning"] = warnings[each.statement_id]
        if each.is_filtered:
            entity["filtered"] = True
        shown.append(entity)
    return shown


async def _collections(
    db: Connection, here: Site, viewer_id: int, found: Sequence[Notification | Group]
) -> Mapping[int, dict[str, Any]]:
    """The Collection entities that notifications are about, by id."""
    wanted = [each.collection_id for each in found if each.collection_id is not None]
    return await collections.by_ids(db, here.here, viewer_id, wanted)


async def in_groups(
    db: Connection,
    here: Site,
    viewer_id: int,
    found: Sequence[Group],
    *,
    supported: Collection[str] | None = None,
    locale: str = "en",
) -> dict[str, Any]:
    """The GroupedNotificationsResults entity, without groups of which the viewer may see nothing any more."""
    people = await finding.by_ids(db, list(dict.fromkeys(who for group in found for who in group.from_ids)))
    post_ids = list(dict.fromkeys(group.post_id for group in found if group.post_id is not None))
    posts = await statuses.posts(db, here.service(Encoded), post_ids, viewer_id)
    known = {account.id: account for account in people}
    report_ids = [group.report_id for group in found if group.report_id is not None]
    reported = await reports.of_notifications(db, here, viewer_id, report_ids)
    about = await _collections(db, here, viewer_id, found)
    warnings = await statements.of_notifications(db, here, viewer_id, found)
    return {
        "accounts": [accounts.account(here.here, account) for account in people],
        "statuses": [orjson.Fragment(posts[post_id]) for post_id in post_ids if post_id in posts],
        "notification_groups": [
            _group(
                group,
                own_notices.told(
                    group.type,
                    next(known[who] for who in group.from_ids if who in known),
                    supported,
                    locale,
                    about.get(group.collection_id or 0),
                ),
                [str(who) for who in dict.fromkeys(group.from_ids) if who in known],
                report=reported.get(group.report_id or 0),
                collection=about.get(group.collection_id or 0),
                warning=warnings.get(group.statement_id or 0),
            )
            for group in found
            if (group.collection_id is None or group.collection_id in about)
            and (group.report_id is None or group.report_id in reported)
            and (group.statement_id is None or group.statement_id in warnings)
            and group.type not in PAGES_ONLY
            and known.keys() & group.from_ids
            and (group.post_id is None or group.post_id in posts)
        ],
    }


def _group(
    group: Group,
    told: Mapping[str, Any],
    sample: Sequence[str],
    *,
    report: Mapping[str, Any] | None,
    collection: Mapping[str, Any] | None,
    warning: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The NotificationGroup entity. `sample`: some of those who did it."""
    return {
        "group_key": group.key,
        "notifications_count": group.count,
        **told,
        "most_recent_notification_id": group.newest_id,
        "page_min_id": str(group.oldest_id),
        "page_max_id": str(group.newest_id),
        "latest_page_notification_at": stamp(group.newest_at),
        "sample_account_ids": list(sample),
        **({"status_id": str(group.post_id)} if group.post_id is not None else {}),
        **({"report": report} if report is not None else {}),
        **({"collection": collection} if collection is not None else {}),
        **({"moderation_warning": warning} if warning is not None else {}),
    }
