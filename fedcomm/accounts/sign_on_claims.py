"""What an OpenID provider says about somebody, believed only as far as it is proven.

Sources: OpenID Connect Core 3.1.3.7; RFC 8725 (the algorithm is ours to choose, the key must fit it); S016, S124.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from fedcomm.accounts import signup
from fedcomm.errors import Invalid
from fedcomm.text import cleaning

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures only: with a shared secret whoever knows it could sign, and "none" proves nothing."""
KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
CLOCKS_DIFFER_BY = timedelta(minutes=1)
LONGEST_SUBJECT = 255


class NotProven(Exception):
    """What came is not a proof of who somebody is; says why, for the operator's log."""


class UnknownKey(NotProven):
    """It is signed with a key that is not among those at hand: perhaps they were changed."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody as the provider knows them. `handle` is what they might be called here; may be empty, as may `name`."""

    issuer: str
    subject: str
    email: str = ""
    is_confirmed: bool = False
    """Whether the provider has seen that the mail address is theirs."""
    name: str = ""
    handle: str = ""


def checked(
    token: str, keys: Sequence[Mapping[str, Any]], *, issuer: str, client_id: str, nonce: str, now: datetime
) -> dict[str, Any]:
    """The claims of an ID token that this issuer gave to us, for this attempt. Raises NotProven, UnknownKey."""
    header = _header(token)
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise NotProven(f"signed with {algorithm!r}, which is not accepted")
    key = _key(keys, header.get("kid"), KINDS[algorithm[:2]])
    from joserfc import jwk, jwt  # it takes a while, and most instances never need it
    from joserfc.errors import JoseError

    try:
        found = jwt.decode(token, jwk.import_key(dict(key)), algorithms=[algorithm])
    except (JoseError, ValueError, TypeError) as wrong:
        raise NotProven(f"the signature does not hold: {type(wrong).__name__}") from None
    claims: dict[str, Any] = found.claims
    _check(claims, issuer=issuer, client_id=client_id, nonce=nonce, now=now)
    return claims


def _header(token: str) -> Mapping[str, Any]:
    from joserfc import jws
    from joserfc.errors import JoseError

    try:
        return cast("Mapping[str, Any]", jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError, TypeError) as wrong:
        raise NotProven(f"not a signed token: {type(wrong).__name__}") from None


def _key(keys: Sequence[Mapping[str, Any]], kid: object, kind: str) -> Mapping[str, Any]:
    fitting = [key for key in keys if key.get("kty") == kind and key.get("use", "sig") == "sig"]
    if kid is not None:
        fitting = [key for key in fitting if key.get("kid") == kid]
    if len(fitting) != 1:
        raise UnknownKey(f"{len(fitting)} keys of the provider fit kid {kid!r}")
    return fitting[0]


def _check(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: datetime) -> None:
    audience = claims.get("aud")
    audiences = cast("list[object]", audience) if isinstance(audience, list) else [audience]
    if claims.get("iss") != issuer:
        raise NotProven("issued by somebody else")
    if client_id not in audiences:
        raise NotProven("issued to somebody else")
    if claims.get("azp", client_id) != client_id or (len(audiences) > 1 and "azp" not in claims):
        raise NotProven("issued to several, and not to us first")
    if claims.get("nonce") != nonce:
        raise NotProven("issued for another attempt")
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    if expires <= (now - CLOCKS_DIFFER_BY).timestamp():
        raise NotProven("expired")
    if max(issued, _time(claims, "nbf", issued)) > (now + CLOCKS_DIFFER_BY).timestamp():
        raise NotProven("issued in the future")


def _time(claims: Mapping[str, Any], name: str, otherwise: float | None = None) -> float:
    value = claims.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotProven(f"{name} is no time")
    return float(value)


def person(claims: Mapping[str, Any], *, issuer: str) -> Claims:
    """Somebody from claims that were checked. What they say of mail and names is bounded. Raises NotProven."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        raise NotProven("no usable subject")
    email = _text(claims, "email")
    try:
        email = signup.check_email(email) if email else ""
    except Invalid:
        email = ""
    return Claims(
        issuer=issuer,
        subject=subject,
        email=email,
        is_confirmed=bool(email) and claims.get("email_verified") in (True, "true"),
        name=cleaning.one_line(_text(claims, "name"), 60),
        handle=_handle(_text(claims, "preferred_username") or email),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value[:1_000] if isinstance(value, str) else ""


def _handle(text: str) -> str:
    """What somebody might be called here: `Ada.Lovelace@company.example` -> `ada_lovelace`."""
    found = re.sub(r"[^a-z0-9]+", "_", text.partition("@")[0].lower()).strip("_")[:20].strip("_")
    return found if len(found) >= 3 else ""
