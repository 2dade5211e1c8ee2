"""What waits for a member, as home says it: who addressed them, questions without a reply, what is theirs to decide."""

from datetime import datetime, timedelta

from fedcomm import ids
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.looks import posts
from fedcomm.looks.shown import GroupCard, WaitingLine
from fedcomm.moderation import report_queue
from fedcomm.notifications import markers
from fedcomm.notifications import reading as notices
from fedcomm.notifications.model import Wanted
from fedcomm.timelines import group as group_timeline
from fedcomm.timelines import waiting
from fedcomm.web.notifications import notices_of

MOST_NAMED = 3
"""So many of those who addressed the member; all are among the notices."""
MOST_QUESTIONS = 3
STILL_ASKED = timedelta(days=14)
"""Older questions without a reply are for those who look after the group."""


async def lines(db: Connection, me: Account, joined: list[GroupCard], *, now: datetime) -> list[WaitingLine]:
    """All of it, in the order in which it is most likely to matter."""
    by_id = {group.id: group for group in joined}
    return [*await _addressed(db, me), *await _to_decide(db, me, by_id), *await _unanswered(db, me, by_id, now)]


async def _addressed(db: Connection, me: Account) -> list[WaitingLine]:
    """The newest replies and mentions that the member has not seen."""
    marker = (await markers.of(db, me.id, ["notifications"])).get("notifications")
    looked_at = marker.last_read_id if marker else 0
    cursor = Cursor(since_id=looked_at, limit=MOST_NAMED)
    found = await notices.page(db, me.id, Wanted(types=("mention",)), cursor=cursor)
    return [
        WaitingLine(
            kind="reply" if notice.kind == "reply" else "mention",
            url=notice.url,
            who=notice.account.name,
            title=notice.thread_title or "",
        )
        for notice in (await notices_of(db, me, found, looked_at) if found else [])
        if notice.url is not None
    ]


async def _to_decide(db: Connection, me: Account, by_id: dict[int, GroupCard]) -> list[WaitingLine]:
    """What waits for them as those who look after a group, or the instance."""
    found: list[WaitingLine] = []
    for each in await waiting.in_groups(db, me.id):
        group = by_id.get(each.group_id)
        if group is None:
            continue
        if each.requests:
            found.append(WaitingLine(kind="joins", url=f"{group.url}/waiting", count=each.requests, group=group.name))
        if each.held:
            found.append(WaitingLine(kind="held", url=f"{group.url}/held", count=each.held, group=group.name))
    if count := await report_queue.open_count(db, me.id):
        found.append(WaitingLine(kind="reports", url="/reports", count=count))
    return found


async def _unanswered(db: Connection, me: Account, by_id: dict[int, GroupCard], now: datetime) -> list[WaitingLine]:
    """Questions in their groups to which nobody has replied: perhaps they know."""
    above = ids.lowest(now - STILL_ASKED)
    found = await group_timeline.unanswered(db, me.id, list(by_id), above=above, limit=MOST_QUESTIONS)
    return [
        WaitingLine(
            kind="question",
            url=card.url,
            who=card.author.name,
            title=card.title or card.excerpt,
            group=card.group.name if card.group else "",
        )
        for card in (await posts.thread_cards(db, me.id, found) if found else [])
    ]
