"""What tests of other projects' clients share: a world for them, and where their files are."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.clients.world import World
from tests.clients.world import world as made
from tests.conftest import MakeDatabase
from tests.kit import certificates


@pytest_asyncio.fixture
async def world(database_url: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    """An association and a chapter at work."""
    async with made(database_url, tmp_path, certificates.make()) as built:
        yield built


@pytest.fixture
def client_folder(request: pytest.FixtureRequest) -> Path:
    """The folder of the client that this test is about, as the operator of the tests named it."""
    marker = request.node.get_closest_marker("client")
    folder = Path(os.environ[f"FEDCOMM_CLIENT_{marker.args[0]}"])
    assert folder.is_dir(), f"there is no folder {folder}"
    return folder
