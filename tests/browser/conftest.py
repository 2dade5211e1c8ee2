"""The two instances that the browser tests look at, built once for each module."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fedcomm import postgres
from tests.browser.stage import Stage, stage
from tests.conftest import new_database


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """An association and a chapter. Tests that use them are marked `pytest.mark.asyncio(loop_scope="module")`."""

    async def make() -> str:
        return await new_database(cluster)

    async with stage(make, tmp_path_factory.mktemp("stage")) as built:
        yield built
