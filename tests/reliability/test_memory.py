"""Memory stays flat, however much comes, leaves, or waits (R042)."""

from pathlib import Path

import pytest

from fedcomm.cli import bench_soak
from fedcomm.cli.bench_peers import peers
from fedcomm.cli.bench_soak import Reading, growth
from tests.conftest import MakeDatabase
from tests.reliability import processes

COME = 5_000
ROUNDS = 25
MOST_MORE_MIB = 6.0
"""Two KiB for each that came and left between the middle of the first third and that of the last."""


@pytest.mark.slow  # a fifth of what all other tests of faults take
async def test_memory_stays_flat_while_thousands_come_and_thousands_leave(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """5,000 signed activities by 500 people of 50 servers, and 5,000 deliveries; `./run bench soak` takes 100,000."""
    async with processes.instance(
        await database_url(), tmp_path, parts=("web", "worker"), durations=1, environment={"FEDCOMM_WORKERS": "2"}
    ) as alpha:
        pids = {part: alpha.process_id(part) for part in alpha.parts}
        with peers(bench_soak.HOSTS) as there:
            had = await bench_soak.measure(alpha.settings, pids, there, rounds=ROUNDS, each=COME // ROUNDS)
            left = there.taken()

    more = {part: growth(readings) for part, readings in had.items()}
    print({part: [round(each.own, 1) for each in readings] for part, readings in had.items()}, more)
    assert left >= COME
    assert set(more) == {"web", "worker"}
    assert max(more.values()) < MOST_MORE_MIB, more


@pytest.mark.parametrize(
    ("leak_kib", "jump_mib", "is_seen"),
    [(0.0, 0.0, False), (0.0, 30.0, False), (4.0, 0.0, True), (4.0, 30.0, True)],
    ids=["nothing leaks", "caches fill at first", "4 KiB of each", "4 KiB of each, beside caches"],
)
def test_what_grows_without_bound_is_seen_and_what_fills_at_first_is_not(
    leak_kib: float, jump_mib: float, is_seen: bool
) -> None:
    """The judgement over the figures, for one that keeps something of each and for one that does not."""
    readings = [
        Reading(COME * number // ROUNDS, 0.0, 60 + (jump_mib if number > 2 else 0) + leak_kib * number * 200 / 1024)
        for number in range(1, ROUNDS + 1)
    ]

    assert (growth(readings) >= MOST_MORE_MIB) is is_seen
