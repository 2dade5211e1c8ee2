"""One instance for all tests of a module that leave it as it was; others run their own."""

from collections.abc import AsyncIterator

import pytest_asyncio

from fedcomm import postgres
from tests.conftest import new_database
from tests.running import Instance, instance
from tests.security.cast import Cast, the_cast


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(cluster: postgres.Cluster) -> AsyncIterator[Instance]:
    """A running instance. Tests that use it are marked `pytest.mark.asyncio(loop_scope="module")`."""
    async with instance(await new_database(cluster)) as at:
        yield at


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cast(cluster: postgres.Cluster) -> AsyncIterator[Cast]:
    """A post for each audience and a reader for each right; for tests marked as above."""
    async with the_cast(await new_database(cluster)) as everybody:
        yield everybody
