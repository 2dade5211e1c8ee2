"""Where lists of other instances are fetched from."""

from typing import Literal, Protocol

import msgspec

Problem = Literal["away", "refused", "no list"]
"""Why nothing was got: no answer, an answer that is none, or something that is no list."""


class FetchedList(msgspec.Struct, frozen=True):
    """What lies at an address. is_unchanged: it is in the state that was named, and there is no body."""

    body: bytes
    etag: str | None = None
    is_unchanged: bool = False


class ListSources(Protocol):
    """Fetches lists, past the address guard and bounded. `app.py` hands in who can."""

    async def fetch(self, url: str, known: str | None) -> FetchedList | Problem:
        """The list at an address; `known`: the ETag that it had. Call it with no transaction open."""
        ...
