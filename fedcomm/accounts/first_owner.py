"""The first person of a new instance: who runs it, let in by a one-time link (decisions D2, D78)."""

from datetime import datetime, timedelta

from fedcomm.accounts import logins, signup
from fedcomm.database import Connection
from fedcomm.here import Here

HANDLE = "operator"
LINK_LIFETIME = timedelta(hours=24)


async def make(db: Connection, here: Here, *, now: datetime) -> str | None:
    """Make the owner's account when nobody has one yet; returns the link that lets in, None when somebody has.

    Several processes that start at once make one: the handle is unique.
    """
    if await db.fetchval("SELECT EXISTS (SELECT FROM login)"):
        return None
    host = here.domain.partition(":")[0]
    account = await signup.create_person(
        db,
        here,
        handle=HANDLE,
        email=f"{HANDLE}@{host if '.' in host else host + '.invalid'}",
        password=None,
        role="owner",
        created_by="first start",
        now=now,
    )
    value = await logins.make_link(db, account.id, now=now, expires_at=now + LINK_LIFETIME)
    return here.set_password_url(value)
