"""How long one call takes, told apart from what neighbours on the machine do."""

import time
from collections.abc import Callable

TRIES = 5


def seconds(act: Callable[[str], object], text: str, *, enough: float = 0) -> float:
    """Our own processor time for one call: the best of some tries, of one try when that is `enough`."""
    best = float("inf")
    for _ in range(TRIES):
        begin = time.process_time()
        act(text)
        best = min(best, time.process_time() - begin)
        if best < enough:
            break
    return best
