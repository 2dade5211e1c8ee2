"""What is decided about people, as those see it whom it strikes and those who decide anew."""

from datetime import datetime

import msgspec

from fedcomm.looks.shown.frame import AccountCard
from fedcomm.looks.shown.groups import GroupTag


class GroupLogLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was decided in a group. `by` and `about` are for those who look after it."""

    what: str
    reason: str
    created_at: datetime
    by: str = ""
    about: str = ""


class StruckPost(msgspec.Struct, frozen=True, kw_only=True):
    """A post on account of which something was decided."""

    url: str
    excerpt: str


class AppealView(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says against it. `is_granted` is None while nobody has decided it."""

    text: str
    created_at: datetime
    is_granted: bool | None = None
    answer: str = ""
    decided_at: datetime | None = None


class DecisionView(msgspec.Struct, frozen=True, kw_only=True):
    """A measure and its reasons. `group`: which decided it; None: those who run the instance."""

    id: int
    target: AccountCard
    measure: str
    code: str
    reason: str
    created_at: datetime
    group: GroupTag | None = None
    rules: tuple[str, ...] = ()
    posts: tuple[StruckPost, ...] = ()
    was_reported: bool = False
    is_automated: bool = False
    until: datetime | None = None
    ended_at: datetime | None = None
    appeal: AppealView | None = None

    @property
    def may_appeal(self) -> bool:
        """Whether whom it strikes may still ask for another decision."""
        return self.appeal is None and self.ended_at is None
