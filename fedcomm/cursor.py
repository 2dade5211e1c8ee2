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
