"""A small S3-compatible store over real HTTP: it checks every signature by its own reading of the rules, keeps bytes in
memory, and can be told to fail."""

import asyncio
import hashlib
import hmac
import re
import urllib.parse
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape

KEY, SECRET, REGION, BUCKET = "AKIDEXAMPLE", "wJalr/XUtnFEMI+K7MDENG", "eu-test-1", "fedcomm-media"
PAGE = 3
"""So many names in one page of a list."""


@dataclass
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class S3Server:
    """The store; `failing` answers so many requests with 503."""

    objects: dict[str, tuple[bytes, datetime]] = field(default_factory=dict[str, tuple[bytes, datetime]])
    asked: list[Asked] = field(default_factory=list[Asked])
    refused: list[str] = field(default_factory=list[str])
    failing: int = 0
    port: int = 0
    largest_piece: int = 0

    @property
    def url(self) -> str:
        """What FEDCOMM_MEDIA_URL says."""
        secret = urllib.parse.quote(SECRET, safe="")
        return f"s3://{KEY}:{secret}@127.0.0.1:{self.port}/{BUCKET}/some/where?region={REGION}&tls=off"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ")
                headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:] if line)}
                asked = Asked(method, target, headers, await reader.readexactly(int(headers.get("content-length", 0))))
                self.asked.append(asked)
                status, more, body = self.answer(asked)
                said = "".join(f"{name}: {value}\r\n" for name, value in more.items())
                length = "" if "content-length" in more else f"content-length: {len(body)}\r\n"
                writer.write(f"HTTP/1.1 {status} x\r\n{said}{length}\r\n".encode() + body)
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    def answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        """What a store says."""
        if self.failing > 0:
            self.failing -= 1
            return 503, {}, b"<Error><Code>SlowDown</Code></Error>"
        wrong = wrong_with(asked)
        if wrong:
            self.refused.append(wrong)
            return 403, {}, f"<Error><Code>{wrong}</Code></Error>".encode()
        path, _, query = asked.target.partition("?")
        key = urllib.parse.unquote(path).removeprefix(f"/{BUCKET}/")
        if not key:
            return self.listed(dict(urllib.parse.parse_qsl(query)))
        return self.kept(asked, key)

    def kept(self, asked: Asked, key: str) -> tuple[int, dict[str, str], bytes]:
        """One object."""
        if asked.method == "PUT":
            self.objects[key] = (asked.body, datetime.now(UTC))
            return 200, {}, b""
        if asked.method == "DELETE":
            self.objects.pop(key, None)
            return 204, {}, b""
        if key not in self.objects:
            return 404, {}, b"" if asked.method == "HEAD" else b"<Error><Code>NoSuchKey</Code></Error>"
        body = self.objects[key][0]
        if asked.method == "HEAD":
            return 200, {"content-length": str(len(body))}, b""
        first, last = (int(each) for each in asked.headers["range"].removeprefix("bytes=").split("-"))
        return 206, {}, body[first : last + 1]

    def listed(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """A page of names."""
        names = sorted(name for name in self.objects if name.startswith(query["prefix"]))
        names = [name for name in names if name > query.get("continuation-token", "")]
        items = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>"
            f"{self.objects[name][1].strftime('%Y-%m-%dT%H:%M:%S.000Z')}</LastModified></Contents>"
            for name in names[:PAGE]
        )
        more = f"<NextContinuationToken>{names[PAGE - 1]}</NextContinuationToken>" if len(names) > PAGE else ""
        page = f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{items}{more}</ListBucketResult>'
        return 200, {}, page.encode()


def wrong_with(asked: Asked) -> str:
    """What is wrong with the signature of a request; empty for a good one."""
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, SignedHeaders=([a-z0-9;-]+), "
        r"Signature=([0-9a-f]{64})",
        asked.headers.get("authorization", ""),
    )
    if found is None:
        return "AuthorizationHeaderMalformed"
    key, day, region, names, given = found.groups()
    if (key, region) != (KEY, REGION):
        return "InvalidAccessKeyId"
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names.split(";")):
        return "UnsignedHeaders"
    if hashlib.sha256(asked.body).hexdigest() != asked.headers["x-amz-content-sha256"]:
        return "XAmzContentSHA256Mismatch"
    moment = datetime.strptime(asked.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if abs((datetime.now(UTC) - moment).total_seconds()) > 900 or not asked.headers["x-amz-date"].startswith(day):
        return "RequestTimeTooSkewed"
    path, _, query = asked.target.partition("?")
    pairs = sorted(urllib.parse.parse_qsl(query, keep_blank_values=True))
    canonical = [
        asked.method,
        urllib.parse.quote(urllib.parse.unquote(path), safe="/-_.~"),
        "&".join(f"{urllib.parse.quote(k, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}" for k, v in pairs),
        *(f"{name}:{asked.headers[name]}" for name in names.split(";")),
        "",
        names,
        asked.headers["x-amz-content-sha256"],
    ]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{asked.headers['x-amz-date']}\n{day}/{region}/s3/aws4_request\n{digest}"
    signing = f"AWS4{SECRET}".encode()
    for part in (day, region, "s3", "aws4_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    wanted = hmac.digest(signing, text.encode(), "sha256").hex()
    return "" if hmac.compare_digest(wanted, given) else "SignatureDoesNotMatch"


@asynccontextmanager
async def s3_server() -> AsyncGenerator[S3Server]:
    """A store that listens while the block lasts."""
    store = S3Server()
    server = await asyncio.start_server(store.serve, "127.0.0.1", 0, limit=64 * 1024)
    store.port = server.sockets[0].getsockname()[1]
    async with server:
        yield store
