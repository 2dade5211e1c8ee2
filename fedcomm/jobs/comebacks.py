"""How a peer that was away is caught up: slowly at first, then faster the more it takes (R016). Pure bookkeeping."""

from dataclasses import dataclass

FASTER_EVERY = 10
SHORTEST_S = 0.005


@dataclass(slots=True)
class Comeback:
    """The pace of one peer. Times are seconds of a clock that never goes back."""

    pause_s: float
    next_at: float = float("-inf")
    taken: int = 0

    def may_start(self, at: float) -> bool:
        """Whether its next delivery may begin."""
        return at >= self.next_at

    def started(self, at: float) -> None:
        """One has begun."""
        self.next_at = at + self.pause_s

    def took(self) -> None:
        """It took one: after every tenth the pauses are a third shorter."""
        self.taken += 1
        if self.taken % FASTER_EVERY == 0:
            self.pause_s *= 2 / 3

    @property
    def is_over(self) -> bool:
        """Whether it is as fast as any other again."""
        return self.pause_s < SHORTEST_S
