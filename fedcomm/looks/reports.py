"""Reports as those see them who decide about them (product 13)."""

from collections.abc import Mapping, Sequence

from fedcomm.accounts import collections, logins, lookup
from fedcomm.accounts.collections import Collection
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.groups import membership
from fedcomm.looks import cards, posts
from fedcomm.looks.shown import ReportedPost, ReportLine
from fedcomm.moderation.reports import Report
from fedcomm.permissions import may, may_here
from fedcomm.settings import Settings
from fedcomm.threads import reading
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.model import Post


async def lines(db: Connection, found: Sequence[Report], viewer_id: int, settings: Settings) -> list[ReportLine]:
    """Reports that somebody may see, in the order given."""
    ids = {
        account_id
        for each in found
        for account_id in (each.reporter_id, each.target_id, each.assigned_id, each.group_id)
        if account_id is not None
    }
    people = await lookup.by_ids(db, ids)
    told = await reading.several(db, [post_id for each in found for post_id in each.post_ids])
    named = await collections.by_ids(db, [one for each in found for one in each.collection_ids], None)
    mine = await membership.of_member(db, viewer_id, [each.group_id for each in found if each.group_id is not None])
    cared_for = {
        group_id for group_id, each in mine.items() if each.state == "active" and may(each.role, "remove post")
    }
    login = (await logins.of_many(db, [viewer_id])).get(viewer_id)
    is_staff = login is not None and login.state == "active" and may_here(login.role, "remove posts")
    return [
        _line(each, people, told, named, viewer_id, settings, cares=each.group_id in cared_for, is_staff=is_staff)
        for each in found
        if each.target_id in people and each.reporter_id in people
    ]


def _line(
    found: Report,
    people: Mapping[int, Account],
    told: Mapping[int, Post],
    named: Mapping[int, Collection],
    viewer_id: int,
    settings: Settings,
    *,
    cares: bool,
    is_staff: bool,
) -> ReportLine:
    target, assigned = people[found.target_id], people.get(found.assigned_id or 0)
    group = people.get(found.group_id or 0)
    return ReportLine(
        id=found.id,
        reporter=cards.account_card(people[found.reporter_id]),
        target=cards.account_card(target),
        group=cards.group_tag(group) if group else None,
        category=found.category,
        rules=tuple(rule.text for number in found.rule_ids if (rule := settings.rule(number)) is not None),
        comment=found.comment,
        created_at=found.created_at,
        assigned_to=assigned.shown_name if assigned else None,
        is_mine=found.assigned_id == viewer_id,
        is_resolved=found.resolved_at is not None,
        is_passed_on=found.passed_on_at is not None,
        posts=tuple(
            ReportedPost(
                id=post.id,
                url=posts.post_path(post, target),
                excerpt=post.summary or posts.excerpt(post.content_html),
                is_removed=post.state == "removed",
                may_remove=_may_measure(post, found, cares=cares, is_staff=is_staff),
            )
            for post_id in found.post_ids
            if (post := told.get(post_id)) is not None and post.state != "deleted"
        )
        + tuple(
            ReportedPost(
                url=f"{cards.account_path(target)}/collections/{one}", excerpt=f"{about.name}: {about.description}"
            )
            for one in found.collection_ids
            if (about := named.get(one)) is not None
        ),
    )


def _may_measure(post: Post, about: Report, *, cares: bool, is_staff: bool) -> bool:
    """Whether the reader may do something about a post: as carer of its group, or, if it is public, of the instance."""
    is_there = post.state == "visible" and post.group_id is not None and post.group_id == about.group_id
    return is_there and (cares or (is_staff and post.audience in PUBLIC))
