"""Links by which somebody without an account reads what became of a notice: the number, sealed, is the key (C13)."""

import base64

from fedcomm.http.context import Site
from fedcomm.sealing import Seal

PURPOSE = "legal notice"


async def path(here: Site, notice_id: int) -> str:
    """Where a notice is read."""
    sealed = await here.service(Seal).sealed(PURPOSE, str(notice_id).encode())
    return f"/notice/{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"


async def opened(here: Site, token: str) -> int | None:
    """The notice behind a link; None for another text."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    found = await here.service(Seal).opened(PURPOSE, sealed)
    return int(found) if found is not None else None
