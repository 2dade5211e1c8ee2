"""Reports as those see them who filed or decide about them. Source: Mastodon API, entities/Report, Admin_Report."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.api.entities import accounts as entities
from fedcomm.api.entities import admin_accounts, statuses
from fedcomm.api.entities.encoded import Encoded
from fedcomm.api.entities.rules import rule
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.http.context import Site
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Report


def report(here: Site, found: Report, target: Account) -> dict[str, Any]:
    """The Report entity."""
    return {
        "id": str(found.id),
        "action_taken": found.resolved_at is not None,
        "action_taken_at": stamp(found.resolved_at) if found.resolved_at else None,
        "category": found.category,
        "comment": found.comment,
        "forwarded": found.is_forwarded,
        "created_at": stamp(found.created_at),
        "status_ids": [str(post_id) for post_id in found.post_ids],
        "collection_ids": [str(collection_id) for collection_id in found.collection_ids],
        "rule_ids": [str(number) for number in found.rule_ids],
        "target_account": entities.account(here.here, target),
    }


async def of_notifications(
    db: Connection, here: Site, viewer_id: int, report_ids: Sequence[int]
) -> Mapping[int, dict[str, Any]]:
    """The Report entities that stand in somebody's notifications, by id."""
    found = await reports.by_ids(db, viewer_id, report_ids) if report_ids else {}
    people = await lookup.by_ids(db, {each.target_id for each in found.values()}) if found else {}
    return {each.id: report(here, each, people[each.target_id]) for each in found.values() if each.target_id in people}


async def for_admins(db: Connection, here: Site, viewer_id: int, found: Sequence[Report]) -> list[dict[str, Any]]:
    """The Admin::Report entities, with the reported posts also where they are not for everybody: each look is noted."""
    ids = {
        account_id
        for each in found
        for account_id in (each.reporter_id, each.target_id, each.assigned_id, each.resolved_by_id)
        if account_id is not None
    }
    people = await admin_accounts.by_ids(db, here, ids)
    post_ids = list(dict.fromkeys(post_id for each in found for post_id in each.post_ids))
    posts = await statuses.posts(db, here.service(Encoded), post_ids, viewer_id)
    told = [each for each in found if each.reporter_id in people and each.target_id in people]
    await reports.note_look(db, viewer_id, {each.id: each.post_ids for each in told}, now=here.now())
    shown: list[dict[str, Any]] = []
    for each in told:
        shown.append(
            {
                "id": str(each.id),
                "action_taken": each.resolved_at is not None,
                "action_taken_at": stamp(each.resolved_at) if each.resolved_at else None,
                "category": each.category,
                "comment": each.comment,
                "forwarded": each.is_forwarded,
                "created_at": stamp(each.created_at),
                "updated_at": stamp(each.updated_at),
                "account": people[each.reporter_id],
                "target_account": people[each.target_id],
                "assigned_account": people.get(each.assigned_id or 0),
                "action_taken_by_account": people.get(each.resolved_by_id or 0),
                "statuses": [orjson.Fragment(posts[post_id]) for post_id in each.post_ids if post_id in posts],
                "rules": [rule(broken) for number in each.rule_ids if (broken := here.settings.rule(number))],
            }
        )
    return shown
