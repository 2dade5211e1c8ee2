"""Twelve instances, five groups, threads of ten posts, a fifth of the instances away for a while.

Beside other tests this takes minutes on two cores. `./run bench network` does the same with as many instances as one
likes.
"""

import asyncio
from pathlib import Path

import pytest

from fedcomm import app
from fedcomm.cli import bench_network
from fedcomm.cli.bench_network import AWAY_SHARE, POSTS_IN_A_THREAD
from tests.faults.checking import complaints_at
from tests.running import MakeDatabase, make_keys

INSTANCES, THREADS = 12, 100


@pytest.mark.slow
@pytest.mark.alone
async def test_twelve_instances_end_with_the_same_threads_though_a_fifth_was_away(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    databases = await asyncio.gather(*(database_url() for _ in range(INSTANCES)))
    settings = {"FEDCOMM_DATA_DIR": str(tmp_path), "FEDCOMM_RATE_LIMITS": "off"}
    async with bench_network.network(databases, settings, parts=app.Parts(make_keys=make_keys)) as network:
        await network.discuss(THREADS)
        await network.converge(within_s=400)

        assert sum(network.away.values()) >= INSTANCES / AWAY_SHARE
        assert sum(len(posts) for _, posts in network.threads) == THREADS * POSTS_IN_A_THREAD
        for place in network.places:
            assert await complaints_at(place.site.here.domain, place.pool) == []
