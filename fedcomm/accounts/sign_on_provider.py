"""The OpenID provider that the operator configured: where it is asked, its keys, and a code for proven claims.

The operator named it, so its address is not guarded as those that others name are, and it may stand in their own
network; its certificate is checked, no redirect is followed, and answers are bounded.
Sources: OpenID Connect Discovery 4; RFC 6749; RFC 7636 (PKCE); RFC 9700.
"""

import base64
import hashlib
import ssl
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote, urlencode, urlsplit

import httpx2 as httpx
import orjson

from fedcomm.accounts import sign_on_claims
from fedcomm.accounts.sign_on_claims import Claims, NotProven, UnknownKey
from fedcomm.sign_on_settings import SignOn

FRESH_S = 3_600.0
"""So long what the provider says of itself, and its keys, are not asked for again."""
KEYS_AGAIN_S = 30.0
"""An unknown key makes us ask for the keys, but not more often than this."""
LARGEST_ANSWER = 256 * 1024
SCOPES = "openid email profile"


class Away(Exception):
    """The provider cannot be asked, or answers something else than it should; says what, for the operator's log."""


class Provider:
    """One provider. `ask` may be called by many at once."""

    def __init__(
        self, chosen: SignOn, *, tls: ssl.SSLContext, seconds: float, keys_again_s: float = KEYS_AGAIN_S
    ) -> None:
        self.chosen = chosen
        self._client = httpx.AsyncClient(verify=tls, timeout=seconds, follow_redirects=False, trust_env=False)
        self._keys_again_s = keys_again_s
        self._itself: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, list[dict[str, Any]]] | None = None

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def address(self, *, state: str, nonce: str, verifier: str, back: str) -> str:
        """Where somebody is sent to say there who they are. Raises Away."""
        endpoint = await self._endpoint("authorization_endpoint")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.chosen.client_id,
            "redirect_uri": back,
            "scope": SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return endpoint + ("&" if urlsplit(endpoint).query else "?") + urlencode(asked, quote_via=quote)

    async def claims(self, code: str, *, nonce: str, verifier: str, back: str, now: datetime) -> Claims:
        """Who came back with this code. Raises Away, NotProven."""
        given = await self._token(code, verifier=verifier, back=back)
        token, access = given.get("id_token"), given.get("access_token")
        if not isinstance(token, str):
            raise NotProven("the provider gave no ID token")
        try:
            found = self._checked(token, await self._known_keys(FRESH_S), nonce=nonce, now=now)
        except UnknownKey:
            found = self._checked(token, await self._known_keys(self._keys_again_s), nonce=nonce, now=now)
        if "email" not in found and isinstance(access, str):
            found = {**await self._more(access, found.get("sub")), **found}
        return sign_on_claims.person(found, issuer=self.chosen.issuer)

    def _checked(self, token: str, keys: Sequence[Mapping[str, Any]], *, nonce: str, now: datetime) -> dict[str, Any]:
        chosen = self.chosen
        return sign_on_claims.checked(
            token, keys, issuer=chosen.issuer, client_id=chosen.client_id, nonce=nonce, now=now
        )

    async def _token(self, code: str, *, verifier: str, back: str) -> dict[str, Any]:
        """What the provider gives for a code. Raises Away, NotProven (it refuses the code)."""
        itself, chosen = await self._said_of_itself(), self.chosen
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        headers: dict[str, str] = {}
        ways = itself.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if chosen.client_secret and "client_secret_basic" in ways:
            pair = f"{quote(chosen.client_id, safe='')}:{quote(chosen.client_secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_id"] = chosen.client_id
            if chosen.client_secret:
                form["client_secret"] = chosen.client_secret
        status, answer = await self._ask("POST", await self._endpoint("token_endpoint"), data=form, headers=headers)
        if status == 200:
            return answer
        if answer.get("error") == "invalid_grant":
            raise NotProven("the provider refuses the code")
        raise Away(f"the token endpoint answers {status} {str(answer.get('error', ''))[:100]}")

    async def _more(self, access: str, subject: object) -> dict[str, Any]:
        """What else the provider says about somebody; nothing where it is about somebody else."""
        itself = await self._said_of_itself()
        if not isinstance(itself.get("userinfo_endpoint"), str):
            return {}
        headers = {"Authorization": f"Bearer {access}"}
        status, answer = await self._ask("GET", await self._endpoint("userinfo_endpoint"), headers=headers)
        return answer if status == 200 and answer.get("sub") == subject else {}

    async def _known_keys(self, fresh_s: float) -> list[dict[str, Any]]:
        if self._keys is None or time.monotonic() - self._keys[0] > fresh_s:
            status, answer = await self._ask("GET", await self._endpoint("jwks_uri"))
            found = answer.get("keys")
            if status != 200 or not isinstance(found, list):
                raise Away(f"the keys of the provider cannot be read: {status}")
            keys = [cast("dict[str, Any]", key) for key in cast("list[object]", found) if isinstance(key, dict)]
            self._keys = (time.monotonic(), keys)
        return self._keys[1]

    async def _endpoint(self, name: str) -> str:
        url = (await self._said_of_itself()).get(name)
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or not parts.hostname or parts.scheme not in ("https", urlsplit(self.chosen.issuer).scheme):
            raise Away(f"the provider names no usable {name}")
        return cast("str", url)

    async def _said_of_itself(self) -> dict[str, Any]:
        if self._itself is None or time.monotonic() - self._itself[0] > FRESH_S:
            url = self.chosen.issuer.rstrip("/") + "/.well-known/openid-configuration"
            status, answer = await self._ask("GET", url)
            if status != 200:
                raise Away(f"{url} answers {status}")
            if answer.get("issuer") != self.chosen.issuer:
                raise Away(f"{url} speaks for the issuer {str(answer.get('issuer'))[:200]!r}")
            self._itself = (time.monotonic(), answer)
        return self._itself[1]

    async def _ask(
        self, method: str, url: str, *, data: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of an answer; an empty object where there is none. Raises Away."""
        wanted = {"Accept": "application/json", **(headers or {})}
        try:
            async with self._client.stream(method, url, data=data, headers=wanted) as response:
                body = bytearray()
                async for piece in response.aiter_bytes():
                    body += piece
                    if len(body) > LARGEST_ANSWER:
                        raise Away(f"the answer of {urlsplit(url).hostname} is too large")
                status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as problem:
            raise Away(f"{urlsplit(url).hostname} cannot be asked: {type(problem).__name__}") from None
        try:
            answer: object = orjson.loads(bytes(body))
        except orjson.JSONDecodeError:
            answer = None
        return status, cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
