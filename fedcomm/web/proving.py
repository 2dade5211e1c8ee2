"""Proof that it is the member who asks for something grave: their password, or a fresh sign-in of who has none.

Who signs in at a provider or with a passkey may have no password. They sign in once more, as they always do, and have a
quarter of an hour then; a cookie that was stolen is older (S118, S123).
"""

from datetime import timedelta
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request

from fedcomm.accounts import attempts, passwords
from fedcomm.http.context import site
from fedcomm.http.pages import signed_in
from fedcomm.looks.frame import texts

FRESH_FOR = timedelta(minutes=15)


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What a form asks for. `again_url`: where who has no password, and signed in too long ago, does so once more."""

    has_password: bool
    is_fresh: bool
    again_url: str


def asked(request: Request, page: str) -> Proof:
    """What the forms of a page of ours ask the member for."""
    found = signed_in(request)
    return Proof(
        has_password=found.login.password_hash is not None,
        is_fresh=site(request).now() - found.session.created_at < FRESH_FOR,
        again_url=f"/sign_in?{urlencode({'again': '1', 'next': page})}",
    )


async def unproven(request: Request, typed: str, field: str = "current_password") -> dict[str, str]:
    """The error of the field, unless it is proven; passwords are counted before they are looked at. Raises TooMany."""
    here, found, _ = site(request), signed_in(request), await texts(request)
    if found.login.password_hash is None:
        if asked(request, "").is_fresh:
            return {}
        return {"": _("Please sign in once more first: that proves that it is you, as you have no password.")}
    async with here.transaction(wakes=()) as db:
        await attempts.count(db, "sign-in", (f"account:{found.account.id}",), now=here.now())
    if await passwords.matches(typed, found.login.password_hash):
        return {}
    return {field: _("This is not your present password.")}
