"""One instance that speaks to fake servers."""

from collections.abc import AsyncGenerator

import pytest

from tests import running
from tests.running import Instance, MakeDatabase


@pytest.fixture
async def alpha(database_url: MakeDatabase) -> AsyncGenerator[Instance]:
    async with running.instances(database_url, 1) as (alpha,):
        yield alpha
