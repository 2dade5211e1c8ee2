"""What a consequence is given to work with. Features take `Work`; edges, which need the site, take `SiteWork`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from fedcomm.database import Connection
from fedcomm.here import Here


class Superseded(Exception):  # reads as a sentence where it is raised
    """Another worker has taken this over: our lease ran out, and what we were about to write must not count (R005)."""


class Work:
    """One try at one consequence of one fact.

    The effect belongs into `transaction()`, which also finishes the work: both are committed or neither, so what a
    consequence writes there is written once, however often a worker dies. What goes over the network comes before it.
    """

    def __init__(
        self,
        here: Here,
        *,
        now: datetime,
        transaction: Callable[[], AbstractAsyncContextManager[Connection]],
    ) -> None:
        self.here = here
        self.now = now
        self._transaction = transaction

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """The transaction of this work, to be used once. Raises Superseded at its end, and then nothing is written."""
        return self._transaction()
