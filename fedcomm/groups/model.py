"""What a group of ours says about itself, and who takes part in it."""

from datetime import datetime
from typing import Literal, get_args

import msgspec

Role = Literal["facilitator", "moderator", "member", "prospect"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Those who look after a group first."""
MembershipState = Literal["invited", "requested", "active", "paused", "left", "removed"]
PostingRule = Literal["members", "anyone", "first post held", "all held", "facilitators"]
JoinRule = Literal["open", "request", "invite", "verified companies", "roster list"]
CarryPolicy = Literal["auto", "ask facilitator", "never"]

PROFILE_COLUMNS = """
    account_id, purpose, for_whom, group_kind, visibility, audience, join_rule, posting_rule, carry_policy, rules,
    held_words, holds_links, slow_minutes, state, created_by, created_at
"""


class Rule(msgspec.Struct, frozen=True):
    """One numbered rule of a group."""

    title: str
    text: str = ""


class GroupProfile(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a group of ours. Field meanings: migrations/0003_groups_and_threads.sql."""

    account_id: int
    purpose: str
    for_whom: str
    group_kind: str
    visibility: str
    audience: str
    join_rule: JoinRule
    posting_rule: PostingRule
    carry_policy: CarryPolicy
    rules: list[Rule]
    held_words: list[str]
    holds_links: bool
    slow_minutes: int
    state: str
    created_by: int | None
    created_at: datetime


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """That a person takes part in a group, how and since when."""

    group_id: int
    member_id: int
    role: Role
    state: MembershipState
    how: str
    created_at: datetime
    updated_at: datetime
    paused_until: datetime | None = None
    """Until when they only read there."""
