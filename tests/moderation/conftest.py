"""One instance for all tests of a module that leave others alone; those that change its settings run their own."""

from collections.abc import AsyncIterator

import pytest_asyncio

from fedcomm import postgres
from tests.conftest import new_database
from tests.running import Instance, instance


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(cluster: postgres.Cluster) -> AsyncIterator[Instance]:
    """A running instance. Tests that use it are marked `pytest.mark.asyncio(loop_scope="module")`."""
    async with instance(await new_database(cluster)) as at:
        yield at
