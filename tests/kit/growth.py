"""How the work of a function grows with what it is given: for rows that speak of time (decisions D73)."""

import time
from collections.abc import Callable

QUADRATIC = 100.0
LINEAR_WITH_NOISE = 40.0


def growth(work: Callable[[str], object], small: str, large: str) -> float:
    """How much more CPU time the ten times larger input takes: about 10 when linear, 100 when quadratic.

    Each is the best of five; what takes less than 0.2 ms is too short to grow.
    """

    def best(text: str) -> float:
        times: list[float] = []
        for _ in range(5):
            began = time.process_time()
            work(text)
            times.append(time.process_time() - began)
        return min(times)

    return best(large) / max(best(small), 0.0002)
