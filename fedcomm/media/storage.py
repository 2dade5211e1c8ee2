"""Where uploaded files lie: a folder today, behind an interface that a bucket can fulfil too (decisions D8, D64).

Names are made by `uploads` alone; what a client called its file is used nowhere (S153).
"""

import asyncio
import os
import re
import secrets
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from fedcomm.config import Wrong

NAME = re.compile(r"[a-z0-9]{32}[a-z]?(\.[a-z0-9]{2,4})?")


class Store(Protocol):
    """Bytes by name. Putting the same name twice keeps the latter; deleting what is not there changes nothing."""

    async def put(self, name: str, body: bytes) -> None:
        """Keep bytes; whoever is told that they are kept finds them after a crash."""
        ...

    async def get(self, name: str) -> bytes | None:
        """What is kept under a name, if anything is."""
        ...

    async def delete(self, name: str) -> None:
        """Keep it no longer."""
        ...


class Folder:
    """Fulfils `Store` with one file for each name, in folders by the first four letters."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, name: str, body: bytes) -> None:
        """Write a file beside its place and move it there."""
        await asyncio.to_thread(self._put, self._path(name), body)

    async def get(self, name: str) -> bytes | None:
        """Read a file."""
        return await asyncio.to_thread(self._get, self._path(name))

    async def delete(self, name: str) -> None:
        """Remove a file."""
        path = self._path(name)
        await asyncio.to_thread(path.unlink, missing_ok=True)

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(f"no name of a stored file: {name!r}")
        return self._root / name[:2] / name[2:4] / name

    def _put(self, path: Path, body: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with beside.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def _get(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None


def opened(url: str) -> Store:
    """The store at an address of FEDCOMM_MEDIA_URL. Raises Wrong."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise Wrong(f"FEDCOMM_MEDIA_URL: {parts.scheme or url}: is not supported; take file:///a/whole/path")
    return Folder(Path(unquote(parts.path)))
