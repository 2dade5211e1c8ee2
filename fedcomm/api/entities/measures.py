"""The milder measures of groups as apps that know groups see them (groups-in-clients.md section 4; product 13)."""

from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.api.entities import accounts
from fedcomm.api.entities.times import stamp
from fedcomm.groups.pausing import Pause
from fedcomm.here import Here
from fedcomm.threads.asking_authors import Written
from fedcomm.threads.moderating import Hidden


def pause(here: Here, of: Pause, who: Account) -> dict[str, Any]:
    """That somebody only reads in a group."""
    return {"account": accounts.account(here, who), "reason": of.reason, "ends_at": stamp(of.until)}


def hidden(of: Hidden) -> dict[str, Any]:
    """That a group hides a post for its own people."""
    return {"status_id": str(of.post_id), "reason": of.reason, "created_at": stamp(of.created_at)}


def note(here: Here, of: Written, who: Account) -> dict[str, Any]:
    """What was written to the author of a post. `edited_at`: when they changed it after that."""
    return {
        "id": str(of.id),
        "asks_to_edit": of.kind == "ask to edit",
        "account": accounts.account(here, who),
        "status_id": str(of.post_id),
        "reason": of.reason,
        "created_at": stamp(of.created_at),
        "ended_at": stamp(of.ended_at) if of.ended_at else None,
        "edited_at": stamp(of.edited_at) if of.edited_at else None,
    }
