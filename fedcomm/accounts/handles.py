"""Handles of people and groups: one name space, never reused (decisions D19; S108)."""

import re

from fedcomm.database import Connection
from fedcomm.errors import Invalid

SHORTEST, LONGEST = 3, 20
_FORM = re.compile(r"[a-z0-9_]{3,20}\Z")

RESERVED = frozenset(
    """
    about abuse account accounts actor admin administrator all announcements anyone api app apps auth authorize board
    channel everybody everyone federation feed fedcomm group groups healthz help here home host info inbox instance
    instance_actor localhost login logout mail mailer_daemon media members metrics mod moderator moderators network
    nobody noreply no_reply oauth official outbox owner peer peers postmaster privacy public readyz register root rules
    search security service settings share sign_in sign_out sign_up signin signout signup site source staff static
    status support sysadmin system terms user users webmaster well_known www
    """.split()
)


def normalised(typed: str) -> str:
    """The stored form of what somebody typed. Raises Invalid (wrong form, or reserved)."""
    handle = typed.strip().lstrip("@").lower()
    if not _FORM.match(handle):
        raise Invalid(
            "A handle has %(shortest)s to %(longest)s characters: letters without accents, digits and underscores.",
            shortest=SHORTEST,
            longest=LONGEST,
            field="username",
        )
    if handle in RESERVED:
        raise Invalid("This handle is reserved. Please choose another.", field="username")
    return handle


async def check_free(db: Connection, handle: str, domain: str) -> None:
    """Refuse a handle that a person or group has, or had before it was deleted. Raises Invalid."""
    taken = await db.fetchval("SELECT true FROM account WHERE handle_key = $1 AND handle_domain = $2", handle, domain)
    if taken:
        raise Invalid("This handle is taken. Please choose another.", field="username")
