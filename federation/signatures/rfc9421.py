"""HTTP message signatures as servers begin to speak them: RFC 9421, with RSA (PKCS #1) or Ed25519 and RFC 9530 digests.

Source: federation.md 1.2, decisions D46.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.errors import Unauthentic
from federation.signatures.claims import NO_FIELDS, Claim, Kind, check_created, check_expires, check_time, kind_of
from federation.signatures.digests import content_digest_field
from federation.signatures.header_fields import Member, SignatureInput, read_inputs
from federation.signatures.http_date import read_date, write_date
from federation.signatures.key_formats import PrivateKey
from federation.signatures.key_formats import sign as sign_bytes
from federation.signatures.request import BODILESS, Request, check_digest, split_url

RSA = "rsa-v1_5-sha256"
ED25519 = "ed25519"
_ALGORITHMS: Mapping[str, Kind | None] = {RSA: "rsa", ED25519: "ed25519"}

_LABEL = "sig1"
_WITH_BODY = ("@method", "@target-uri", "content-digest")
_WITHOUT_BODY = ("@method", "@target-uri")
_DERIVED = ("@method", "@target-uri", "@authority", "@scheme", "@request-target", "@path", "@query")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a server asks for in `Accept-Signature`: under which label, covering what, with which further parameters."""

    label: str
    components: tuple[str, ...]
    algorithm: str | None = None
    nonce: str | None = None
    tag: str | None = None


def sign(
    key: PrivateKey,
    key_id: str,
    *,
    method: str,
    url: str,
    body_sha256: bytes | None,
    now: datetime,
    wish: Wish | None = None,
    fields: Mapping[str, str] = NO_FIELDS,
) -> dict[str, str]:
    """The headers that sign a request: `Signature-Input`, `Signature`, `Date`, `Content-Digest` with a body, `fields`.

    A wish is one that `read_wish` returned for a request of this kind.
    """
    headers = {"Date": write_date(now), **fields}
    if body_sha256 is not None:
        headers["Content-Digest"] = content_digest_field(body_sha256)
    needed = (*(_WITHOUT_BODY if body_sha256 is None else _WITH_BODY), *(name.lower() for name in fields))
    components = needed if wish is None else (*wish.components, *(n for n in needed if n not in wish.components))
    algorithm = RSA if isinstance(key, RSAPrivateKey) else ED25519
    parameters = f'created={int(now.timestamp())};keyid="{key_id}";alg="{algorithm}"'
    if wish is not None and wish.nonce is not None:
        parameters += f";nonce={_quoted(wish.nonce)}"
    if wish is not None and wish.tag is not None:
        parameters += f";tag={_quoted(wish.tag)}"
    covered = f"({' '.join(_quoted(name) for name in components)});{parameters}"
    values = _derived(method, *split_url(url)) | {name.lower(): value for name, value in headers.items()}
    text = _signed_text(((name, values[name]) for name in components), covered)
    label = _LABEL if wish is None else wish.label
    headers["Signature-Input"] = f"{label}={covered}"
    headers["Signature"] = f"{label}=:{b64encode(sign_bytes(key, text)).decode()}:"
    return headers


def read_wish(field: str, *, key: PrivateKey, has_body: bool) -> Wish | None:
    """What an `Accept-Signature` header asks for, if it is something this key can give; the first such, else None.

    Source: RFC 9421 section 5.
    """
    try:
        asked = read_inputs(field)
    except Unauthentic:
        return None
    algorithm = RSA if isinstance(key, RSAPrivateKey) else ED25519
    possible = {*_DERIVED, "date"} | ({"content-digest"} if has_body else set[str]())
    for item in asked:
        texts = {name: item.parameters.get(name) for name in ("alg", "nonce", "tag")}
        if not possible.issuperset(item.components) or item.parameters.get("expires"):
            continue
        if texts["alg"] not in (None, True, algorithm):
            continue
        nonce, tag = (value if isinstance(value, str) else None for value in (texts["nonce"], texts["tag"]))
        if _is_printable(nonce) and _is_printable(tag):
            return Wish(item.label, item.components, algorithm, nonce, tag)
    return None


def read(request: Request, members: Mapping[str, Member], now: datetime) -> Claim:
    """What `Signature-Input` and `Signature` claim; everything is checked that needs no key. One signature, no more.

    Raises Unauthentic (unreadable, stale, not covering what it must, digest not of this body).
    """
    inputs = read_inputs(request.field("signature-input") or "")
    if len(inputs) != 1 or list(members) != [inputs[0].label]:
        raise Unauthentic("not exactly one signature")
    (signed,) = inputs
    signature = members[signed.label]
    key_id = signed.parameters.get("keyid")
    if not isinstance(signature, bytes) or not isinstance(key_id, str) or not key_id:
        raise Unauthentic("a signature without keyid or bytes")
    kind = kind_of(signed.parameters.get("alg"), _ALGORITHMS)
    _check_times(signed, request, now)
    _check_covered(signed, request)
    scheme, _, host = request.here.partition("://")
    values = _derived(request.method, scheme, host, request.target)
    pairs = ((name, values[name] if name.startswith("@") else _field(request, name)) for name in signed.components)
    texts = (_signed_text(pairs, signed.text),)
    return Claim("rfc9421", key_id, kind, signature, texts, frozenset(signed.components))


def _check_times(signed: SignatureInput, request: Request, now: datetime) -> None:
    created, expires = signed.parameters.get("created"), signed.parameters.get("expires")
    if not isinstance(created, int) or isinstance(created, bool):
        raise Unauthentic("no time is signed")
    check_created(created, now)
    if expires is not None:
        if not isinstance(expires, int) or isinstance(expires, bool):
            raise Unauthentic("expires is not a time")
        check_expires(expires, now)
    if "date" in signed.components:
        check_time(read_date(request.field("date") or ""), now)


def _check_covered(signed: SignatureInput, request: Request) -> None:
    required = _WITHOUT_BODY if request.method in BODILESS else _WITH_BODY
    if not set(required).issubset(signed.components):
        raise Unauthentic("the signature does not cover what it must")
    if any(name.startswith("@") and name not in _DERIVED for name in signed.components):
        raise Unauthentic("a signed component we do not know")
    if "content-digest" in signed.components:
        check_digest(request, "content-digest")
    if "digest" in signed.components:
        check_digest(request, "digest")


def _derived(method: str, scheme: str, host: str, target: str) -> dict[str, str]:
    """What is signed besides headers. Source: RFC 9421 section 2.2."""
    path, _, query = target.partition("?")
    return {
        "@method": method.upper(),
        "@target-uri": f"{scheme}://{host}{target}",
        "@authority": host,
        "@scheme": scheme,
        "@request-target": target,
        "@path": path,
        "@query": f"?{query}",
    }


def _field(request: Request, name: str) -> str:
    value = request.field(name)
    if value is None:
        raise Unauthentic("a signed header is missing")
    return value


def _signed_text(pairs: Iterable[tuple[str, str]], covered: str) -> bytes:
    """The signature base: one line for each component, then what is covered. Source: RFC 9421 section 2.5."""
    lines = [f"{_quoted(name)}: {value}" for name, value in pairs]
    lines.append(f'"@signature-params": {covered}')
    try:
        return "\n".join(lines).encode("latin-1")
    except UnicodeEncodeError:
        raise Unauthentic("a signed header that is not text") from None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_printable(text: str | None) -> bool:
    return text is None or (text.isascii() and text.isprintable())
