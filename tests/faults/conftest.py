"""Faults are made on purpose here; that the machine is busy, or was stopped for a while, is none of them."""

import pytest


@pytest.fixture(autouse=True)
def databases_have_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement that waited for the processor has not lost its database (R027 is looked at in tests/reliability)."""
    monkeypatch.setattr("fedcomm.database.STATEMENT_WITHIN_S", 120.0)
    monkeypatch.setattr("fedcomm.database.CONNECT_WITHIN_S", 120.0)
    monkeypatch.setattr("fedcomm.database.IDLE_WITHIN_S", 120.0)
