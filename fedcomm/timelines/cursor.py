"""Pages by id, as client apps ask for them: newest first, whichever bound was given. Source: methods/timelines."""

from dataclasses import dataclass

GREATEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """`max_id`: older than; `since_id`: the newest that are newer than; `min_id`: the oldest that are newer than."""

    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None
    limit: int = 20

    @property
    def is_upwards(self) -> bool:
        """Whether the page is the one just above `min_id`."""
        return self.min_id is not None

    @property
    def below(self) -> int:
        """Ids of the page are smaller than this."""
        return min(self.max_id, GREATEST_ID) if self.max_id is not None else GREATEST_ID

    @property
    def above(self) -> int:
        """Ids of the page are greater than this."""
        return min(max(self.min_id or 0, self.since_id or 0), GREATEST_ID)

    @property
    def order(self) -> str:
        """The direction in which SQL looks for the page."""
        return "ASC" if self.is_upwards else "DESC"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a timeline. `id` pages; it is the post's, or that of the boost which wraps the post."""

    id: int
    post_id: int
    boost_id: int | None
    by_id: int
    """Who brought it here: the author, or who boosted or announced it."""


def newest_first(entries: list[Entry]) -> list[Entry]:
    """The entries of a page as they are shown, however they were looked for."""
    return sorted(entries, key=lambda entry: entry.id, reverse=True)
