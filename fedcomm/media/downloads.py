"""What showing others' files needs of the protocol's edge: bytes from elsewhere, past the address guard (D64)."""

from typing import Protocol


class Downloads(Protocol):
    """Fetches files of other servers. `app.py` hands in who can."""

    async def file(self, url: str, *, most: int) -> bytes | None:
        """The bytes at an address, at most so many; None when they cannot be had. Call it with no transaction open."""
        ...
