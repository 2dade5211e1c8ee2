"""What hypothesis draws, from a fixed seed in every run, from ever new ones for minutes with `./run test --fuzz`."""

import itertools
import os
import random
import time
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

FUZZ_SECONDS = "FEDCOMM_FUZZ_SECONDS"
"""How long each of these tests goes on; not set in usual runs."""

T = TypeVar("T")


def try_many(drawn: SearchStrategy[T], check: Callable[[T], None], *, usual: int) -> None:
    """Check so many draws. Raises what `check` raises, for the smallest draw that fails."""
    seconds = float(os.environ.get(FUZZ_SECONDS, "0"))
    ends = time.monotonic() + seconds
    first = random.SystemRandom().randrange(2**32) if seconds else 1
    checked = settings(max_examples=usual, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])(
        given(drawn)(check)
    )
    for number in itertools.count(first):
        seed(number)(checked)()
        if time.monotonic() >= ends:
            return
