"""Looking for people, groups and posts that live elsewhere, for edges that may not know the protocol themselves."""

from typing import Protocol

from fedcomm.accounts.model import Account
from fedcomm.threads.model import Post


class Finder(Protocol):
    """Turns a handle or an address into what it names, fetched if need be. `app.py` hands in who can."""

    async def search(self, text: str) -> Account | Post | None:
        """What `@name@host`, a page or an ActivityPub id names. None: there is no such thing, or nobody answers.

        Call it while no transaction is open.
        """
        ...
