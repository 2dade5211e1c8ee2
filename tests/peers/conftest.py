"""What the meetings with servers of other projects share: our side of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests import keys
from tests.conftest import MakeDatabase
from tests.peers.world import World
from tests.peers.world import world as made

PEERS = ("SNAC", "GOTOSOCIAL")
"""Each ends the name of the variable that says where it runs."""


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.peer(name), id=name.lower()) for name in PEERS])
def peer(request: pytest.FixtureRequest) -> str:
    """The server of another project that this test is about."""
    return request.param


def _make_keys() -> tuple[str, str]:
    """The same for everybody and in every run: a peer remembers the key of our application actor."""
    return keys.rsa_pem(0), keys.ed25519_pem(0)


@pytest_asyncio.fixture
async def world(
    peer: str, monkeypatch: pytest.MonkeyPatch, database_url: MakeDatabase, tmp_path: Path
) -> AsyncIterator[World]:
    """A group here, two of its people, and somebody on the server that this test is about."""
    monkeypatch.setattr("tests.running.make_keys", _make_keys)
    async with made(database_url, tmp_path, peer) as built:
        yield built
