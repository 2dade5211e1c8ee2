"""Emergency accesses as pages show them: to who runs the instance, and to the members of the group (product 26)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.looks import cards
from fedcomm.looks.shown import EmergencyLine
from fedcomm.moderation.emergency import Access, State


async def lines(db: Connection, found: Sequence[Access], viewer_id: int, *, now: datetime) -> list[EmergencyLine]:
    """What is to be known of each, in the order given; without those whose group or reader is not known any more."""
    wanted = {who for each in found for who in (each.group_id, each.reader_id, each.confirmed_by, each.closed_by)}
    people = await lookup.by_ids(db, {who for who in wanted if who is not None})
    return [
        _line(each, people, viewer_id, now) for each in found if each.group_id in people and each.reader_id in people
    ]


def _line(each: Access, people: Mapping[int, Account], viewer_id: int, now: datetime) -> EmergencyLine:
    return EmergencyLine(
        id=each.id,
        group=cards.group_tag(people[each.group_id]),
        reader=cards.account_card(people[each.reader_id]),
        reason=each.reason,
        state=_state(each, now),
        asked_at=each.asked_at,
        lapses_at=each.lapses_at,
        confirmed_by=_name(each.confirmed_by, people),
        opened_at=each.opened_at,
        ends_at=each.closed_at if each.closed_at is not None and each.opened_at is not None else each.ends_at,
        closed_by=_name(each.closed_by, people),
        looks_count=each.looks_count,
        is_mine=each.reader_id == viewer_id,
    )


def _state(each: Access, now: datetime) -> State:
    """How it stands now, also before the worker has written down that its time is over."""
    if each.state == "asked" and not each.waits(now=now):
        return "lapsed"
    if each.state == "open" and not each.may_read(each.reader_id, now=now):
        return "ended"
    return each.state


def _name(account_id: int | None, people: Mapping[int, Account]) -> str:
    return people[account_id].shown_name if account_id is not None and account_id in people else ""
