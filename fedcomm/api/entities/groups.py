"""Groups, memberships and carrying as apps that know groups see them (groups-in-clients.md section 4)."""

from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.api.entities import accounts
from fedcomm.api.entities.times import stamp
from fedcomm.groups.banning import Ban
from fedcomm.groups.model import GroupProfile, Membership
from fedcomm.here import Here
from fedcomm.text.sanitise import to_plain
from fedcomm.threads.handing_over import ThreadMove
from fedcomm.threads.model import Carry


def group(here: Here, of: Account, profile: GroupProfile | None, mine: Membership | None) -> dict[str, Any]:
    """A group: its account, and what it says of itself. Of groups elsewhere only what their account says is known."""
    return {
        "id": str(of.id),
        "account": accounts.account(here, of),
        "is_local": of.is_local,
        "purpose": profile.purpose if profile else to_plain(of.bio_html).split("\n")[0],
        "for_whom": profile.for_whom if profile else "",
        "kind": profile.group_kind if profile else None,
        "visibility": profile.visibility if profile else None,
        "audience": profile.audience if profile else None,
        "join_rule": profile.join_rule if profile else None,
        "posting_rule": profile.posting_rule if profile else "facilitators" if of.is_posting_restricted else None,
        "carry_policy": profile.carry_policy if profile else None,
        "state": profile.state if profile else None,
        "rules": [
            {"id": str(number), "title": rule.title, "text": rule.text}
            for number, rule in enumerate(profile.rules if profile else (), start=1)
        ],
        "members_count": of.followers_count,
        "my_membership": membership(mine) if mine else None,
    }


def membership(of: Membership) -> dict[str, Any]:
    """How somebody takes part in a group."""
    return {"role": of.role, "state": of.state, "how": of.how, "since": stamp(of.created_at)}


def member(here: Here, of: Membership, who: Account) -> dict[str, Any]:
    """Somebody who takes part, or has asked to."""
    return {"account": accounts.account(here, who)} | membership(of)


def carry(here: Here, of: Carry, by: Account | None) -> dict[str, Any]:
    """That a group carries a thread of another one, or was asked to."""
    return _question(here, of, by) | {"group_id": str(of.group_id)}


def thread_move(here: Here, of: ThreadMove, by: Account | None) -> dict[str, Any]:
    """That a thread is to go to a group of another server, or to come from one."""
    groups = {"from_group_id": str(of.origin_id), "group_id": str(of.target_id)}
    return _question(here, of, by) | groups


def _question(here: Here, of: Carry | ThreadMove, by: Account | None) -> dict[str, Any]:
    return {
        "id": str(of.id),
        "thread_id": str(of.thread_id),
        "state": of.state,
        "reason": of.reason,
        "asked_by": accounts.account(here, by) if by else None,
        "created_at": stamp(of.created_at),
        "decided_at": stamp(of.decided_at) if of.decided_at else None,
    }


def ban(here: Here, of: Ban, who: Account) -> dict[str, Any]:
    """That somebody is put out of a group."""
    return {
        "account": accounts.account(here, who),
        "reason": of.reason,
        "ends_at": stamp(of.ends_at) if of.ends_at else None,
        "created_at": stamp(of.created_at),
    }
