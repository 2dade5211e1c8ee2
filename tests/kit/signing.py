"""Signatures as other servers make them, written apart from ours so that a mistake in ours shows; and spoiled ones.

Source: draft-cavage-http-signatures-12; RFC 9421, RFC 9530.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Literal
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from tests.kit.servers import Seen


@dataclass(frozen=True, slots=True)
class Tamper:
    """What is wrong with a request; nothing at first.

    unsigned: no signature at all. age: how old its date is. covers: the header names signed (cavage). key_id: names
    another key. target: signed for another path. digest_of: digest of other bytes. body: sent instead of what was
    signed. flipped: one bit of the signature turned. host: signed and sent for another server. algorithm: what the
    header says (cavage). fields: headers replaced at the end; None takes one away.
    """

    unsigned: bool = False
    age: timedelta = timedelta()
    covers: Sequence[str] | None = None
    key_id: str | None = None
    target: str | None = None
    digest_of: bytes | None = None
    body: bytes | None = None
    flipped: bool = False
    host: str | None = None
    algorithm: str | None = None
    fields: tuple[tuple[str, str | None], ...] = ()


HONEST = Tamper()


def signed_headers(
    key: RSAPrivateKey,
    key_id: str,
    *,
    url: str,
    body: bytes | None,
    method: str = "POST",
    scheme: Literal["cavage", "rfc9421"] = "cavage",
    tamper: Tamper = HONEST,
    also: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """All headers of a signed request, `Host` included, spoiled as told. `also`: further ones, signed with them."""
    parts = urlsplit(url)
    target = tamper.target or (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    at = datetime.now(UTC) - tamper.age
    headers = {"Host": tamper.host or parts.netloc, "Date": format_datetime(at, usegmt=True)} | dict(also or {})
    if not tamper.unsigned:
        named = tamper.key_id or key_id
        digested = body if tamper.digest_of is None else tamper.digest_of
        make = _cavage if scheme == "cavage" else _rfc9421
        headers |= make(key, named, method, target, parts.scheme, headers, digested, at, tamper)
    for name, value in tamper.fields:
        headers.pop(name, None)
        if value is not None:
            headers[name] = value
    return headers


def _rsa(key: RSAPrivateKey, text: str, tamper: Tamper) -> str:
    signature = bytearray(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))
    if tamper.flipped:
        signature[10] ^= 1
    return base64.b64encode(signature).decode()


def _sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _cavage(
    key: RSAPrivateKey,
    key_id: str,
    method: str,
    target: str,
    scheme: str,
    headers: dict[str, str],
    body: bytes | None,
    at: datetime,
    tamper: Tamper,
) -> dict[str, str]:
    made = {} if body is None else {"Digest": f"SHA-256={_sha256(body)}"}
    known = {name.lower(): value for name, value in (headers | made).items()}
    known["(request-target)"] = f"{method.lower()} {target}"
    usual = ["(request-target)", *map(str.lower, headers)] + ([] if body is None else ["digest"])
    covers = list(tamper.covers) if tamper.covers is not None else usual
    signature = _rsa(key, "\n".join(f"{name}: {known[name]}" for name in covers), tamper)
    algorithm = tamper.algorithm or "rsa-sha256"
    made["Signature"] = f'keyId="{key_id}",algorithm="{algorithm}",headers="{" ".join(covers)}",signature="{signature}"'
    return made


def _rfc9421(
    key: RSAPrivateKey,
    key_id: str,
    method: str,
    target: str,
    scheme: str,
    headers: dict[str, str],
    body: bytes | None,
    at: datetime,
    tamper: Tamper,
) -> dict[str, str]:
    made = {} if body is None else {"Content-Digest": f"sha-256=:{_sha256(body)}:"}
    known = {"@method": method, "@target-uri": f"{scheme}://{headers['Host']}{target}"}
    known |= {name.lower(): value for name, value in made.items()}
    known |= {name.lower(): value for name, value in headers.items() if name not in ("Host", "Date")}
    covers = list(tamper.covers) if tamper.covers is not None else list(known)
    listed = " ".join(f'"{name}"' for name in covers)
    parameters = f'({listed});created={int(at.timestamp())};keyid="{key_id}";alg="rsa-v1_5-sha256"'
    lines = [f'"{name}": {known[name]}' for name in covers] + [f'"@signature-params": {parameters}']
    made["Signature-Input"] = f"sig1={parameters}"
    made["Signature"] = f"sig1=:{_rsa(key, chr(10).join(lines), tamper)}:"
    return made


def is_signed_by(seen: Seen, key: object, *, base: str) -> bool:
    """Whether a request that came here carries a good signature of this RSA key, its body's digest included.

    Reads what our own server sends (one signature, usual order), not what others may.
    """
    assert isinstance(key, RSAPublicKey)
    known = dict(seen.headers)
    digest = _sha256(seen.body)
    if "signature-input" in known:
        parameters = known["signature-input"].partition("=")[2]
        covers = re.findall(r'"([^"]*)"', parameters.partition(")")[0])
        known |= {"@method": seen.method, "@target-uri": base + seen.target, "@authority": known["host"]}
        text = "\n".join([f'"{name}": {known[name]}' for name in covers] + [f'"@signature-params": {parameters}'])
        signature = known["signature"].partition(":")[2].removesuffix(":")
        digest_holds = "content-digest" not in known or known["content-digest"] == f"sha-256=:{digest}:"
    else:
        fields = dict(re.findall(r'(\w+)="([^"]*)"', known["signature"]))
        known["(request-target)"] = f"{seen.method.lower()} {seen.target}"
        text = "\n".join(f"{name}: {known[name]}" for name in fields["headers"].split())
        signature = fields["signature"]
        digest_holds = "digest" not in known or known["digest"] == f"SHA-256={digest}"
    try:
        key.verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return digest_holds
