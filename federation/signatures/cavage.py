"""HTTP signatures as most servers speak them: draft-cavage-http-signatures-12, with RSA and SHA-256.

Source: federation.md 1.2, decisions D46.
"""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime

from federation.errors import Unauthentic
from federation.signatures.claims import NO_FIELDS, Claim, Kind, check_created, check_expires, check_time, kind_of
from federation.signatures.digests import digest_field
from federation.signatures.header_fields import Member, decode_base64
from federation.signatures.http_date import read_date, write_date
from federation.signatures.key_formats import PrivateKey
from federation.signatures.key_formats import sign as sign_bytes
from federation.signatures.request import BODILESS, Request, check_digest, is_for_us, split_url

# hs2019 leaves it to the key; nobody signs RSA-PSS with it, though the draft says so.
_ALGORITHMS: Mapping[str, Kind | None] = {"hs2019": None, "rsa-sha256": "rsa", "ed25519": "ed25519"}
_MOST_COVERED = 64


def sign(
    key: PrivateKey,
    key_id: str,
    *,
    method: str,
    url: str,
    body_sha256: bytes | None,
    now: datetime,
    fields: Mapping[str, str] = NO_FIELDS,
) -> dict[str, str]:
    """The headers that sign a request: `Host`, `Date`, `Signature`, `Digest` when there is a body, and `fields`.

    They are to be sent exactly as returned. Only RSA keys are understood by the servers that speak this scheme.
    """
    _, host, target = split_url(url)
    headers = {"Host": host, "Date": write_date(now)}
    text = f"(request-target): {method.lower()} {target}\nhost: {host}\ndate: {headers['Date']}"
    covered = "(request-target) host date"
    if body_sha256 is not None:
        headers["Digest"] = digest_field(body_sha256)
        text += f"\ndigest: {headers['Digest']}"
        covered += " digest"
    for name, value in fields.items():
        headers[name] = value
        text += f"\n{name.lower()}: {value}"
        covered += f" {name.lower()}"
    signature = b64encode(sign_bytes(key, text.encode())).decode()
    headers["Signature"] = f'keyId="{key_id}",algorithm="rsa-sha256",headers="{covered}",signature="{signature}"'
    return headers


def read(request: Request, parameters: Mapping[str, Member], now: datetime) -> Claim:
    """What a `Signature` header claims; everything is checked that needs no key.

    Raises Unauthentic (unreadable, stale, for another server, not covering what it must, digest not of this body).
    """
    key_id, signature, covered_list = (_text(parameters, name) for name in ("keyId", "signature", "headers"))
    if not key_id or not signature:
        raise Unauthentic("a signature without keyId or signature")
    algorithm = (_text(parameters, "algorithm") or "hs2019").lower()
    kind = kind_of(algorithm, _ALGORITHMS)
    covered = ["(created)"] if covered_list is None else covered_list.lower().split()
    if len(set(covered)) != len(covered) or len(covered) > _MOST_COVERED:
        raise Unauthentic("a signed header stands twice")
    times = {name: _seconds(parameters, name) for name in ("created", "expires")}
    if algorithm != "hs2019" and ("(created)" in covered or "(expires)" in covered):
        raise Unauthentic("(created) and (expires) belong to hs2019")
    _check_covered(request, covered, times, now)
    return Claim(
        "cavage", key_id, kind, decode_base64(signature), _signed_texts(request, covered, times), frozenset(covered)
    )


def _check_covered(request: Request, covered: list[str], times: Mapping[str, int | None], now: datetime) -> None:
    """What must be signed is, and holds: target, host, a time near now, and the body unless there is none (D46)."""
    required = {"(request-target)", "host"} | (set[str]() if request.method in BODILESS else {"digest"})
    if not required.issubset(covered):
        raise Unauthentic("the signature does not cover what it must")
    if "date" not in covered and "(created)" not in covered:
        raise Unauthentic("no time is signed")
    if not is_for_us(request):
        raise Unauthentic("signed for another server")
    if "date" in covered:
        check_time(read_date(request.field("date") or ""), now)
    if (created := times["created"]) is not None:
        check_created(created, now)
    if (expires := times["expires"]) is not None:
        check_expires(expires, now)
    if "digest" in covered:
        check_digest(request, "digest")
    if "content-digest" in covered:
        check_digest(request, "content-digest")


def _signed_texts(request: Request, covered: list[str], times: Mapping[str, int | None]) -> tuple[bytes, ...]:
    """The signed lines; when the target has a query also without it, as peers differ (federation.md 1.2)."""
    path, question_mark, _ = request.target.partition("?")
    targets = (request.target, path) if question_mark else (request.target,)
    texts: list[bytes] = []
    for target in targets:
        lines = [f"{name}: {_value(request, name, target, times)}" for name in covered]
        try:
            texts.append("\n".join(lines).encode("latin-1"))
        except UnicodeEncodeError:
            raise Unauthentic("a signed header that is not text") from None
    return tuple(texts)


def _value(request: Request, name: str, target: str, times: Mapping[str, int | None]) -> str:
    if name == "(request-target)":
        return f"{request.method.lower()} {target}"
    found = times.get(name[1:-1]) if name in ("(created)", "(expires)") else request.field(name)
    if found is None:
        raise Unauthentic("a signed header is missing")
    return str(found)


def _text(parameters: Mapping[str, Member], name: str) -> str | None:
    value = parameters.get(name)
    if value is not None and not isinstance(value, str):
        raise Unauthentic(f"{name} is not a text")
    return value


def _seconds(parameters: Mapping[str, Member], name: str) -> int | None:
    """Seconds since 1970; some servers put them into quotes. Raises Unauthentic."""
    value = parameters.get(name)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
        return int(value)
    raise Unauthentic(f"{name} is not a time")
