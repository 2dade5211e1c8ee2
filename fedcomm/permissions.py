"""Who may do what: the table of product.md section 26 as data, which every verb asks (decisions D11, D44).

Two kinds of roles: what a person is in a group, and what they are on this instance. Someone may do what any of their
roles allows. What further depends on a charter (product.md's "C") is decided by the feature that owns the rule.
"""

from typing import Literal

GroupRole = Literal["facilitator", "moderator", "member", "prospect", "visitor"]
InstanceRole = Literal["owner", "admin", "moderator", "member", "visitor"]

Action = Literal[
    "read public threads",
    "read group threads",
    "start thread",
    "reply",
    "react",
    "vote",
    "boost",
    "join group",
    "edit own",
    "delete own",
    "mark answer",
    "carry to another group",
    "decide carrying",
    "announce",
    "remove post",
    "hold post",
    "hide post",
    "write to author",
    "pause members",
    "ban people",
    "lock thread",
    "pin thread",
    "invite people",
    "appoint roles",
    "admit members",
    "change group",
    "act as group",
    "see figures",
]

InstanceAction = Literal[
    "create group",
    "see admin",
    "manage peers",
    "manage deliveries",
    "manage accounts",
    "approve sign-ups",
    "change settings",
    "see reports",
    "remove posts",
    "keep evidence",
    "read in an emergency",
    "export instance",
    "announce to all",
    "review trends",
    "invite people",
]

GROUP_TABLE: dict[Action, frozenset[GroupRole]] = {
    "read public threads": frozenset({"visitor", "prospect", "member", "moderator", "facilitator"}),
    "read group threads": frozenset({"member", "moderator", "facilitator"}),
    "start thread": frozenset({"member", "moderator", "facilitator"}),
    "reply": frozenset({"member", "moderator", "facilitator"}),
    "react": frozenset({"visitor", "prospect", "member", "moderator", "facilitator"}),
    "vote": frozenset({"member", "moderator", "facilitator"}),
    "boost": frozenset({"visitor", "prospect", "member", "moderator", "facilitator"}),
    "join group": frozenset({"visitor", "prospect"}),
    "edit own": frozenset({"visitor", "prospect", "member", "moderator", "facilitator"}),
    "delete own": frozenset({"visitor", "prospect", "member", "moderator", "facilitator"}),
    "mark answer": frozenset({"facilitator"}),
    "carry to another group": frozenset({"member", "moderator", "facilitator"}),
    "decide carrying": frozenset({"moderator", "facilitator"}),
    "announce": frozenset({"facilitator"}),
    "remove post": frozenset({"moderator", "facilitator"}),
    "hold post": frozenset({"moderator", "facilitator"}),
    "hide post": frozenset({"moderator", "facilitator"}),
    "write to author": frozenset({"moderator", "facilitator"}),
    "pause members": frozenset({"moderator", "facilitator"}),
    "ban people": frozenset({"moderator", "facilitator"}),
    "lock thread": frozenset({"moderator", "facilitator"}),
    "pin thread": frozenset({"moderator", "facilitator"}),
    "invite people": frozenset({"facilitator"}),
    "appoint roles": frozenset({"facilitator"}),
    "admit members": frozenset({"facilitator"}),
    "change group": frozenset({"facilitator"}),
    "act as group": frozenset({"facilitator"}),
    "see figures": frozenset({"facilitator"}),
}

INSTANCE_TABLE: dict[InstanceAction, frozenset[InstanceRole]] = {
    "create group": frozenset({"member", "moderator", "admin", "owner"}),
    "see admin": frozenset({"admin", "owner"}),
    "manage peers": frozenset({"admin", "owner"}),
    "manage deliveries": frozenset({"admin", "owner"}),
    "manage accounts": frozenset({"admin", "owner"}),
    "approve sign-ups": frozenset({"admin", "owner"}),
    "change settings": frozenset({"admin", "owner"}),
    "see reports": frozenset({"moderator", "admin", "owner"}),
    "remove posts": frozenset({"moderator", "admin", "owner"}),
    "keep evidence": frozenset({"owner"}),
    "read in an emergency": frozenset({"admin", "owner"}),
    "export instance": frozenset({"owner"}),
    "announce to all": frozenset({"admin", "owner"}),
    "review trends": frozenset({"moderator", "admin", "owner"}),
    "invite people": frozenset({"admin", "owner"}),
}


def may(role: GroupRole | None, action: Action) -> bool:
    """Whether somebody with this role in a group may do this; None is a visitor."""
    return (role or "visitor") in GROUP_TABLE[action]


def may_here(role: InstanceRole | None, action: InstanceAction) -> bool:
    """Whether somebody with this role on the instance may do this; None is a visitor."""
    return (role or "visitor") in INSTANCE_TABLE[action]


def roles_that_may(action: Action) -> list[str]:
    """The group roles that may do this, for one statement that checks and acts."""
    return sorted(GROUP_TABLE[action])
