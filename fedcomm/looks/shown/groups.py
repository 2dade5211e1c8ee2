"""Groups: in lists, at the top of their page, and what waits for those who look after them."""

from datetime import datetime
from typing import Literal

import msgspec

from fedcomm.groups.model import JoinRule, PostingRule, Role
from fedcomm.looks.shown.frame import AccountCard
from fedcomm.threads.model import Audience, CarryState

Standing = Literal["none", "requested", "active", "paused"]


class GroupTag(msgspec.Struct, frozen=True, kw_only=True):
    """A group as a label on a thread; `state` when it carries the thread rather than being its home."""

    id: int
    name: str
    full_handle: str
    url: str
    avatar_path: str
    is_local: bool = True
    domain: str = ""
    state: CarryState | None = None


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered rule of a group's charter."""

    title: str
    text: str = ""


class BanLine(msgspec.Struct, frozen=True, kw_only=True):
    """Who is out of a group, why and until when; None: until somebody lets them back."""

    account: AccountCard
    reason: str
    since: datetime
    ends_at: datetime | None


class PauseLine(msgspec.Struct, frozen=True, kw_only=True):
    """Who only reads in a group, why and until when."""

    account: AccountCard
    until: datetime
    reason: str


class PauseNote(msgspec.Struct, frozen=True, kw_only=True):
    """That the reader only reads in a group until then; `url` is the page with all reasons."""

    until: datetime
    reason: str
    url: str | None = None


class EmergencyNote(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody who is no member can read a group's threads for its members until then, and why."""

    name: str
    until: datetime
    reason: str


class HiddenLine(msgspec.Struct, frozen=True, kw_only=True):
    """A post that a group hides for its own people."""

    id: int
    author: AccountCard
    url: str
    excerpt: str
    reason: str
    since: datetime


class WrittenLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was written to an author about a post: a note, or that they change it. `url` is empty where nothing is left
    that the reader may read.
    """

    id: int
    is_request: bool
    author: AccountCard
    url: str
    excerpt: str
    reason: str
    created_at: datetime
    ended_at: datetime | None = None
    edited_at: datetime | None = None


class MemberLine(msgspec.Struct, frozen=True, kw_only=True):
    """Who takes part in a group, as what and since when."""

    account: AccountCard
    role: Role
    since: datetime


class InvitationLine(msgspec.Struct, frozen=True, kw_only=True):
    """A link that lets people in, for who made it. `most_uses` is None: as many as like."""

    id: int
    note: str
    groups: tuple[str, ...]
    uses: int
    most_uses: int | None
    expires_at: datetime
    is_open: bool


class InvitationView(msgspec.Struct, frozen=True, kw_only=True):
    """What an invitation lets one into, for whom it was sent."""

    code: str
    by: AccountCard
    groups: tuple[AccountCard, ...] = ()
    may_sign_up: bool = True


class GroupCard(msgspec.Struct, frozen=True, kw_only=True):
    """A group in a list. `new_count` are the threads since the reader looked last, None for visitors."""

    id: int
    name: str
    full_handle: str
    url: str
    avatar_path: str
    purpose: str
    members_count: int
    is_local: bool = True
    domain: str = ""
    last_post_at: datetime | None = None
    new_count: int | None = None
    standing: Standing = "none"


class GroupHead(msgspec.Struct, frozen=True, kw_only=True):
    """A group at the top of its own page. Rules are None where a peer does not tell them.

    `original_url` is the group's page at home, for groups of other instances.
    """

    card: GroupCard
    header_path: str | None = None
    header_text: str = ""
    avatar_text: str = ""
    about_html: str = ""
    audience: Audience = "public"
    join_rule: JoinRule | None = None
    posting_rule: PostingRule | None = None
    rules: tuple[RuleLine, ...] = ()
    facilitators: tuple[AccountCard, ...] = ()
    created_at: datetime | None = None
    original_url: str | None = None
    my_role: Role | None = None
    may_post: bool = False
    waiting_count: int = 0
    """How many requests wait for the reader, as one of those who look after the group."""
    reports_count: int = 0
    held_count: int = 0
    """Posts that wait to be looked at, for those who do."""
    may_hold: bool = False
    may_measure: bool = False
    """Whether the reader takes the milder measures there."""
    pause: PauseNote | None = None
    emergencies: tuple[EmergencyNote, ...] = ()
    """Who reads along in an emergency now; members are told."""
    may_change: bool = False
    """How many reports about its content the reader may decide about, that nobody has resolved."""
    may_invite: bool = False
    may_ban: bool = False
    may_move: bool = False
    may_see_figures: bool = False
    is_archived: bool = False
    moved_to: AccountCard | None = None


class GroupChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A group that may be posted to. `may_carry` is whether it can be named as a further group."""

    tag: GroupTag
    audience: Audience = "public"
    may_carry: bool = True
    carry_note: str = ""


class NeighbourLine(msgspec.Struct, frozen=True, kw_only=True):
    """A group that another one follows, or is followed by. `is_asked`: nobody has answered yet."""

    account: AccountCard
    since: datetime
    is_asked: bool = False


class JoinLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asked to join a group."""

    account: AccountCard
    asked_at: datetime
