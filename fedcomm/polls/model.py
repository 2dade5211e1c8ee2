"""What a poll asks, and how it stands."""

from datetime import datetime

import msgspec


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How a poll of another server stands, by word of that server."""

    votes: tuple[int, ...]
    """For each option, in their order."""
    voters: int | None = None
    """None: it does not say."""
    wire_names: tuple[str | None, ...] = ()
    """How that server spells the options, where our spelling differs: votes are matched by it."""


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """The poll of a draft. `counted` is None for what is asked here."""

    options: tuple[str, ...]
    is_multiple: bool = False
    hides_totals: bool = False
    ends_at: datetime | None = None
    counted: Counted | None = None


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that can be chosen."""

    title: str
    votes_count: int
    wire_name: str | None = None

    @property
    def name(self) -> str:
        """How the poll's own server spells it."""
        return self.wire_name or self.title


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll as it stands for one viewer: `own_votes` are the positions of what they chose, `voted` is true for its
    author too, who may not vote.
    """

    post_id: int
    is_multiple: bool
    hides_totals: bool
    ends_at: datetime | None
    ended_at: datetime | None
    voters_count: int | None
    options: list[Option]
    own_votes: list[int]
    voted: bool

    @property
    def votes_count(self) -> int:
        """All votes together; of one person several, where several may be chosen."""
        return sum(option.votes_count for option in self.options)

    def has_ended(self, now: datetime) -> bool:
        """Whether nobody can vote any more."""
        return self.ended_at is not None or (self.ends_at is not None and self.ends_at <= now)

    def shows_totals(self, now: datetime) -> bool:
        """Whether the figures for each option are shown."""
        return not self.hides_totals or self.has_ended(now)
