"""People and client apps as the tests of getting in need them: codes, tokens, one-time links."""

import base64
import hashlib
import itertools
from datetime import timedelta

import httpx2 as httpx

from fedcomm.accounts import logins, oauth, scopes
from fedcomm.accounts.model import Account
from fedcomm.accounts.oauth import App
from tests.running import Instance

BACK = "https://client.example/back"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()

NUMBERS = itertools.count(1)


async def person(house: Instance, *, password: str | None = None) -> Account:
    """Somebody new."""
    return await house.person(f"auth_{next(NUMBERS)}", password=password)


async def register(house: Instance, *uris: str, allowed: str = "read write") -> tuple[App, str]:
    """A new app and its secret."""
    async with house.db() as db:
        return await oauth.register(
            db,
            name="Test client",
            redirect_uris=list(uris or (BACK,)),
            scopes=scopes.parse(allowed),
            now=house.site.now(),
        )


async def code_for(house: Instance, made: App, account: Account, *, challenge: str | None = None) -> str:
    """What the consent page gives to an app."""
    async with house.db() as db:
        return await oauth.make_code(
            db,
            made,
            account.id,
            redirect_uri=made.redirect_uris[0],
            scopes=("read",),
            challenge=challenge,
            challenge_method="S256" if challenge else None,
            now=house.site.now(),
        )


async def link_for(house: Instance, account: Account) -> str:
    """A one-time link to set a password."""
    now = house.site.now()
    async with house.db() as db:
        return await logins.make_link(db, account.id, now=now, expires_at=now + timedelta(hours=1))


async def exchange(house: Instance, made: App, secret: str, code: str, **more: str) -> httpx.Response:
    """Turn a code into a token."""
    fields = {
        "grant_type": "authorization_code",
        "client_id": made.client_id,
        "client_secret": secret,
        "code": code,
        "redirect_uri": made.redirect_uris[0],
    }
    async with house.client() as client:
        return await client.post("/oauth/token", data=fields | more)
