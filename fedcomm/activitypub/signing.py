"""Signing what we send: documents are fetched in the name of the instance, deliveries go out in their sender's.

Fetches name no member, so no peer learns who reads what (federation.md 1.2, secure mode).
"""

import asyncio
from collections.abc import Mapping

from fedcomm.accounts import signup
from fedcomm.accounts.keys import ActorKeys, Keyring
from fedcomm.accounts.model import Account
from fedcomm.http.context import Site
from federation.signatures.claims import NO_FIELDS, Scheme
from federation.signatures.digests import sha256
from federation.signatures.signing import SigningKey, sign_request, wish_of


class InstanceSigner:
    """Signs our requests for documents with the key of the instance actor. Fulfils `federation.fetching.Signer`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._actor: Account | None = None

    async def actor(self) -> Account:
        """The account of the instance itself, made at the first call."""
        if self._actor is None:
            async with self._site.transaction() as db:
                self._actor = await signup.instance_actor(
                    db, self._site.here, name=self._site.settings.name, now=self._site.now()
                )
        return self._actor

    async def sign_get(self, url: str, scheme: Scheme, accept_signature: str | None) -> Mapping[str, str]:
        """The headers that sign a GET of exactly this URL."""
        actor = await self.actor()
        keys = await self._site.service(Keyring).of(actor.id, actor.uri, now=self._site.now())
        key = SigningKey(keys.rsa.uri, keys.rsa.private)
        wish = wish_of(accept_signature, key, has_body=False) if accept_signature else None
        return sign_request(key, method="GET", url=url, now=self._site.now(), scheme=scheme, wish=wish)


class PostSigner:
    """Signs one delivery with the key of the account that sends it. Fulfils `federation.delivery.SignPost`.

    The digest of the body is computed once for all destinations by whoever makes the signer.
    """

    def __init__(self, site: Site, keys: ActorKeys, digest: bytes) -> None:
        self._site = site
        self._key = SigningKey(keys.rsa.uri, keys.rsa.private)
        self._digest = digest

    async def __call__(
        self, url: str, scheme: Scheme, accept_signature: str | None, *, fields: Mapping[str, str] = NO_FIELDS
    ) -> Mapping[str, str]:
        """The headers that sign a POST of the body to exactly this URL, and `fields` with it.

        RSA runs in a thread and releases the GIL.
        """
        wish = wish_of(accept_signature, self._key, has_body=True) if accept_signature else None
        return await asyncio.to_thread(
            sign_request,
            self._key,
            method="POST",
            url=url,
            now=self._site.now(),
            body_sha256=self._digest,
            scheme=scheme,
            wish=wish,
            fields=fields,
        )


def digest_of(body: bytes) -> bytes:
    """The SHA-256 of a body, as signatures want it."""
    return sha256(body)
