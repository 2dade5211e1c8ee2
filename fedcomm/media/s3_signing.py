"""Signatures that S3-compatible stores ask for. Source: AWS, Signature Version 4, "Signing requests"."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

import msgspec

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "s3"
EMPTY_HASH = hashlib.sha256(b"").hexdigest()


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and in which region."""

    key: str
    secret: str
    region: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Credentials({self.key})"


def path_of(bucket: str, key: str) -> str:
    """The path of an object as it is sent and signed: each part quoted once."""
    return f"/{quote(bucket, safe='')}/{quote(key, safe='/')}" if key else f"/{quote(bucket, safe='')}/"


def query_of(query: Mapping[str, str]) -> str:
    """The query as it is sent and signed: sorted, everything quoted that is not unreserved."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items()))


def signed(
    credentials: Credentials,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    *,
    body_hash: str,
    now: datetime,
) -> dict[str, str]:
    """The headers of a request with its signature. `headers` has `host`; `path` and `query` are as they are sent."""
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    sent = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    sent |= {"x-amz-date": moment, "x-amz-content-sha256": body_hash}
    names = ";".join(sorted(sent))
    lines = "".join(f"{name}:{sent[name]}\n" for name in sorted(sent))
    request = "\n".join((method, path, query, lines, names, body_hash))
    scope = f"{moment[:8]}/{credentials.region}/{SERVICE}/aws4_request"
    text = "\n".join((ALGORITHM, moment, scope, hashlib.sha256(request.encode()).hexdigest()))
    signature = hmac.new(_key(credentials, moment[:8]), text.encode(), hashlib.sha256).hexdigest()
    sent["authorization"] = (
        f"{ALGORITHM} Credential={credentials.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return sent


def _key(credentials: Credentials, day: str) -> bytes:
    key = f"AWS4{credentials.secret}".encode()
    for part in (day, credentials.region, SERVICE, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
