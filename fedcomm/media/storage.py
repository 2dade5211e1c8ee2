"""Where uploaded files lie: a folder, or a bucket of an S3-compatible store (decisions D8, D64).

Names are made by `uploads` alone; what a client called its file is used nowhere (S153). Large files go through in
pieces: none is ever in memory as a whole unless `get` asks for it.
"""

import asyncio
import errno
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from fedcomm.config import Wrong

NAME = re.compile(r"[a-z0-9]{32}[a-z]?(\.[a-z0-9]{2,4})?")
PIECE = 256 * 1024


class StoreAway(Exception):
    """The store does not answer as it should; the same may work a little later."""


class StoreFull(StoreAway):
    """There is no room for a file; what is kept already can be read (R029)."""


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""The disk is full, or our share of it."""


class Stored(Protocol):
    """One file, to be read in pieces."""

    size: int

    def pieces(self, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes from the first to the last, both counted from 0."""
        ...


class Store(Protocol):
    """Bytes by name. Putting the same name twice keeps the latter; deleting what is not there changes nothing.

    All raise StoreAway when the store does not answer.
    """

    async def put(self, name: str, body: bytes) -> None:
        """Keep bytes; whoever is told that they are kept finds them after a crash. Raises StoreFull."""
        ...

    async def put_file(self, name: str, file: BinaryIO) -> None:
        """Keep what is in an open file."""
        ...

    async def get(self, name: str) -> bytes | None:
        """What is kept under a name, if anything is."""
        ...

    async def open(self, name: str) -> Stored | None:
        """What is kept under a name, to be read in pieces."""
        ...

    async def copy(self, name: str, path: Path) -> bool:
        """Write what is kept under a name to a path; False when nothing is."""
        ...

    async def delete(self, name: str) -> None:
        """Keep it no longer."""
        ...

    def names(self, beginning: str) -> AsyncIterator[tuple[str, datetime]]:
        """Everything that is kept whose name begins with these two letters, and since when."""
        ...

    async def close(self) -> None:
        """End what is open."""
        ...


class StoredFile:
    """A file of this machine."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self.size = size

    async def pieces(self, first: int, last: int) -> AsyncIterator[bytes]:
        """Read from the disk, off the loop."""
        file = await asyncio.to_thread(self._path.open, "rb")
        try:
            await asyncio.to_thread(file.seek, first)
            while first <= last and (piece := await asyncio.to_thread(file.read, min(PIECE, last - first + 1))):
                first += len(piece)
                yield piece
        finally:
            file.close()


class Folder:
    """Fulfils `Store` with one file for each name, in folders by the first four letters."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: str, body: bytes) -> None:
        """Write a file beside its place and move it there."""
        await asyncio.to_thread(self._put, self._path(name), body)

    async def put_file(self, name: str, file: BinaryIO) -> None:
        """Copy a file beside its place and move it there."""
        await asyncio.to_thread(self._put, self._path(name), file)

    async def get(self, name: str) -> bytes | None:
        """Read a file."""
        return await asyncio.to_thread(self._get, self._path(name))

    async def open(self, name: str) -> StoredFile | None:
        """Find a file."""
        return await asyncio.to_thread(opened_file, self._path(name))

    async def copy(self, name: str, path: Path) -> bool:
        """Copy a file."""
        try:
            await asyncio.to_thread(shutil.copyfile, self._path(name), path)
        except FileNotFoundError:
            return False
        return True

    async def delete(self, name: str) -> None:
        """Remove a file."""
        path = self._path(name)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    async def names(self, beginning: str) -> AsyncIterator[tuple[str, datetime]]:
        """All files whose names begin so, one folder after the other."""
        for folder in await asyncio.to_thread(lambda: sorted((self._root / beginning[:2]).glob("*"))):
            for found in await asyncio.to_thread(self._in, folder):
                yield found

    async def close(self) -> None:
        """Nothing is open."""

    def _in(self, folder: Path) -> list[tuple[str, datetime]]:
        found: list[tuple[str, datetime]] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    found.append((entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC)))
        return found

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(f"no name of a stored file: {name!r}")
        return self._root / name[:2] / name[2:4] / name

    def _put(self, path: Path, body: bytes | BinaryIO) -> None:
        """Raises StoreFull."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with beside.open("xb") as file:
                if isinstance(body, bytes):
                    file.write(body)
                else:
                    body.seek(0)
                    shutil.copyfileobj(body, file, PIECE)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException as problem:  # a cancellation too: half a file is left nowhere, and the mistake goes on
            beside.unlink(missing_ok=True)
            if isinstance(problem, OSError) and problem.errno in NO_ROOM:
                raise StoreFull(f"no room for {path.name}") from problem
            raise

    def _get(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def opened_file(path: Path) -> StoredFile | None:
    """A file of this machine, if there is one."""
    try:
        return StoredFile(path, path.stat().st_size)
    except FileNotFoundError:
        return None


def folder_of(url: str, setting: str = "FEDCOMM_MEDIA_URL") -> Path:
    """The folder at an address like file:///a/whole/path. Raises Wrong."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise Wrong(
            f"{setting}: {parts.scheme or 'what stands there'}: is not supported; take file:///a/whole/path"
            " or s3://KEY:SECRET@host/bucket?region=..."
        )
    return Path(unquote(parts.path))
