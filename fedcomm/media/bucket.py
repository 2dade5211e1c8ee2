"""Fulfils `Store` with a bucket of an S3-compatible store: AWS, Ceph, Garage, MinIO and their like (decisions D8)."""

import asyncio
import hashlib
import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit

import httpx2 as httpx

from fedcomm.config import Wrong
from fedcomm.media.s3_signing import EMPTY_HASH, Credentials, path_of, query_of, signed
from fedcomm.media.storage import NAME, PIECE, StoreAway

SECONDS = 60.0
TRIES = 3
LARGEST_LIST = 4 * 1024 * 1024
"""Bytes of one page of names; stores send at most 1,000 of them."""

Body = bytes | BinaryIO | None


class StoredObject:
    """One object of a bucket."""

    def __init__(self, bucket: "Bucket", name: str, size: int) -> None:
        self._bucket = bucket
        self._name = name
        self.size = size

    async def pieces(self, first: int, last: int) -> AsyncIterator[bytes]:
        """Ask for a range and pass it on as it comes. Raises StoreAway."""
        if self.size == 0:
            return
        wanted = {"range": f"bytes={first}-{last}"}
        response = await self._bucket.ask("GET", self._name, headers=wanted, expected=(200, 206))
        try:
            async for piece in response.aiter_bytes(PIECE):
                yield piece
        except httpx.HTTPError as error:
            raise StoreAway(f"reading {self._name}: {type(error).__name__}") from None
        finally:
            await response.aclose()


class Bucket:
    """A bucket by its address: `s3://KEY:SECRET@host[:port]/bucket[/folder]?region=...`; `tls=off` for one nearby."""

    def __init__(self, url: str, *, now: Callable[[], datetime], setting: str = "FEDCOMM_MEDIA_URL") -> None:
        """Raises Wrong."""
        parts = urlsplit(url)
        try:
            port = f":{parts.port}" if parts.port else ""
            given = {
                name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()
            }
        except ValueError:
            raise Wrong(f"{setting}: the address of the bucket could not be read") from None
        bucket, _, folder = unquote(parts.path).strip("/").partition("/")
        if not (parts.username and parts.password and parts.hostname and bucket) or given.keys() - {"region", "tls"}:
            raise Wrong(f"{setting} is not like s3://KEY:SECRET@host/bucket?region=eu-central-1")
        if given.get("tls", "on") not in ("on", "off"):
            raise Wrong(f"{setting}: tls is neither on nor off")
        self._credentials = Credentials(
            key=unquote(parts.username), secret=unquote(parts.password), region=given.get("region", "us-east-1")
        )
        self._bucket, self._folder = bucket, f"{folder.rstrip('/')}/" if folder else ""
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self._host = host + port
        self._base = f"{'http' if given.get('tls') == 'off' else 'https'}://{self._host}"
        self._now = now
        self._client: httpx.AsyncClient | None = None

    async def put(self, name: str, body: bytes) -> None:
        """Store an object."""
        digest = await asyncio.to_thread(lambda: hashlib.sha256(body).hexdigest())
        await self._change("PUT", name, body, digest, len(body))

    async def put_file(self, name: str, file: BinaryIO) -> None:
        """Store an object from a file, read twice: for its hash, which is signed, and to send it."""
        size, digest = await asyncio.to_thread(_hashed, file)
        await self._change("PUT", name, file, digest, size)

    async def get(self, name: str) -> bytes | None:
        """Read an object."""
        found = await self.open(name)
        return None if found is None else b"".join([piece async for piece in found.pieces(0, found.size - 1)])

    async def open(self, name: str) -> StoredObject | None:
        """Ask how large an object is."""
        response = await self.ask("HEAD", name, expected=(200, 404))
        await response.aclose()
        if response.status_code == 404:
            return None
        return StoredObject(self, name, int(response.headers.get("content-length", "0")))

    async def copy(self, name: str, path: Path) -> bool:
        """Write an object to a path, in pieces."""
        found = await self.open(name)
        if found is None:
            return False
        file = await asyncio.to_thread(path.open, "wb")
        try:
            async for piece in found.pieces(0, found.size - 1):
                await asyncio.to_thread(file.write, piece)
        finally:
            await asyncio.to_thread(file.close)
        return True

    async def delete(self, name: str) -> None:
        """Remove an object."""
        response = await self.ask("DELETE", name, expected=(200, 204, 404))
        await response.aclose()

    async def names(self, beginning: str) -> AsyncIterator[tuple[str, datetime]]:
        """All objects below our folder whose names begin so and could be ours, a thousand at a time."""
        more = ""
        while True:
            query = {"list-type": "2", "prefix": self._folder + beginning} | (
                {"continuation-token": more} if more else {}
            )
            response = await self.ask("GET", "", query=query)
            page = await _read(response)
            try:
                tree = ElementTree.fromstring(page)  # noqa: S314  # what the operator's own store says, and bounded
            except ElementTree.ParseError:
                raise StoreAway("the list of names could not be read") from None
            for item in tree.iterfind("{*}Contents"):
                name = (item.findtext("{*}Key") or "").removeprefix(self._folder)
                changed = item.findtext("{*}LastModified") or ""
                if NAME.fullmatch(name):
                    yield name, _moment(changed)
            more = tree.findtext("{*}NextContinuationToken") or ""
            if not more:
                return

    async def close(self) -> None:
        """End its connections."""
        if self._client is not None:
            await self._client.aclose()

    async def ask(
        self,
        method: str,
        name: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        expected: tuple[int, ...] = (200,),
    ) -> httpx.Response:
        """One signed request without a body; who asks closes the answer. Raises StoreAway."""
        return await self._send(method, name, None, EMPTY_HASH, query or {}, headers or {}, expected)

    async def _change(self, method: str, name: str, body: Body, digest: str, size: int) -> None:
        headers = {"content-length": str(size)}
        response = await self._send(method, name, body, digest, {}, headers, (200, 201, 204))
        await response.aclose()

    async def _send(
        self,
        method: str,
        name: str,
        body: Body,
        body_hash: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        expected: tuple[int, ...],
    ) -> httpx.Response:
        """Ask, and ask again when the store did not answer or was busy: everything asked for here may be done twice."""
        if name and not NAME.fullmatch(name):
            raise ValueError(f"no name of a stored file: {name!r}")
        path, text = path_of(self._bucket, self._folder + name if name else ""), query_of(query)
        said = "nothing was tried"
        for _ in range(TRIES):
            sent = signed(
                self._credentials, method, path, text, {**headers, "host": self._host},
                body_hash=body_hash, now=self._now(),
            )  # fmt: skip
            try:
                request = self._connected().build_request(
                    method, f"{self._base}{path}{'?' + text if text else ''}", headers=sent, content=_content(body)
                )
                response = await self._connected().send(request, stream=True)
            except httpx.HTTPError as error:
                said = type(error).__name__
                continue
            if response.status_code in expected:
                return response
            said = str(response.status_code)
            await response.aclose()
            if response.status_code < 500:
                break
        raise StoreAway(f"{method} {name or 'list'}: {said}")

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=SECONDS, trust_env=False)
        return self._client


def _hashed(file: BinaryIO) -> tuple[int, str]:
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return size, digest.hexdigest()


def _content(body: Body) -> bytes | AsyncIterator[bytes] | None:
    return body if body is None or isinstance(body, bytes) else _pieces_of(body)


async def _pieces_of(file: BinaryIO) -> AsyncIterator[bytes]:
    await asyncio.to_thread(file.seek, 0)
    while piece := await asyncio.to_thread(file.read, PIECE):
        yield piece


async def _read(response: httpx.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        async for piece in response.aiter_bytes(PIECE):
            size += len(piece)
            if size > LARGEST_LIST:
                raise StoreAway("the list of names is too long")
            pieces.append(piece)
    except httpx.HTTPError as error:
        raise StoreAway(f"the list of names: {type(error).__name__}") from None
    finally:
        await response.aclose()
    return b"".join(pieces)


def _moment(text: str) -> datetime:
    """A time as stores write it; the present for what cannot be read, so that nothing is taken for old."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
