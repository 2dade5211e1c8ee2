"""One instance for the tests of a module."""

from tests.api.conftest import house

__all__ = ["house"]
