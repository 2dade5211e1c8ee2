"""What was decided about somebody, as their app tells them. Source: Mastodon API, entities/AccountWarning, Appeal."""

from collections.abc import Mapping, Sequence
from typing import Any

from fedcomm.accounts import lookup, statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import Measure, Statement
from fedcomm.api.entities import accounts as entities
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.http.context import Site
from fedcomm.moderation import appeals
from fedcomm.moderation.appeals import Appeal
from fedcomm.notifications.groups import Group
from fedcomm.notifications.model import Notification

_ACTIONS: dict[Measure, str] = {
    "warn": "none",
    "cover": "sensitive",
    "limit": "silence",
    "disable": "disable",
    "suspend": "suspend",
    "end": "suspend",
    "remove post": "delete_statuses",
    "ban": "none",
    "hold": "none",
    "note": "none",
    "ask to edit": "none",
    "hide": "none",
    "pause": "none",
}


def warning(here: Site, found: Statement, target: Account, said: Appeal | None) -> dict[str, Any]:
    """The AccountWarning entity."""
    return {
        "id": str(found.id),
        "action": _ACTIONS[found.measure],
        "text": found.reason,
        "status_ids": [str(each) for each in found.post_ids] or None,
        "target_account": entities.account(here.here, target),
        "appeal": appeal(said) if said is not None else None,
        "created_at": stamp(found.created_at),
    }


def appeal(said: Appeal) -> dict[str, Any]:
    """The Appeal entity."""
    state = "pending" if said.is_granted is None else "approved" if said.is_granted else "rejected"
    return {"text": said.text, "state": state}


async def of_notifications(
    db: Connection, here: Site, viewer_id: int, told: Sequence[Notification | Group]
) -> Mapping[int, dict[str, Any]]:
    """The AccountWarning entities that stand in somebody's notifications, by id."""
    wanted = [each.statement_id for each in told if each.statement_id is not None]
    found = await statements.by_ids(db, viewer_id, wanted)
    said = await appeals.of(db, list(found))
    me = await lookup.by_id(db, viewer_id) if found else None
    return {} if me is None else {each.id: warning(here, each, me, said.get(each.id)) for each in found.values()}
