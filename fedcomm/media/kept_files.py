"""Files that can be made or fetched again, kept in a folder of bounded size: the least lately used go first (D64)."""

import asyncio
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from fedcomm.media.storage import StoredFile, opened_file

DAY = 86_400.0
GB = 10**9
SHOWN = "shown-media"
"""The folder, below that of the data, of what pages have shown of others' files and of pictures that were drawn."""


def bytes_in(folder: Path) -> int:
    """How much such a folder holds. It is looked at file by file: not for the loop."""
    total = 0
    for path in folder.glob("*/*"):
        try:
            total += path.stat().st_size
        except OSError:  # removed meanwhile
            continue
    return total


class Bounds(NamedTuple):
    """How much such a folder may hold, and how old files may be; None: no bound."""

    most_bytes: int | None
    seconds: float | None


def bounds(days: float, gb: int) -> Bounds:
    """The bounds as settings say them: 0 is none."""
    return Bounds(gb * GB or None, days * DAY or None)


def _beyond(folder: Path, within: Bounds) -> Iterator[tuple[Path, int]]:
    """What is too old, then the least lately used until the rest fits; each with its bytes."""
    found: list[tuple[float, int, Path]] = []
    now = time.time()
    for path in folder.glob("*/*"):
        try:
            stat = path.stat()
        except OSError:
            continue
        if within.seconds is not None and now - stat.st_mtime > within.seconds:
            yield path, stat.st_size
        else:
            found.append((stat.st_atime, stat.st_size, path))
    if within.most_bytes is None:
        return
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= within.most_bytes:
            return
        yield path, size
        total -= size


def sweep(folder: Path, within: Bounds, *, only_look: bool = False) -> tuple[int, int]:
    """Remove what is beyond the bounds, or only look; how many files, and their bytes. Not for the loop."""
    count = size = 0
    for path, of in _beyond(folder, within):
        if not only_look:
            path.unlink(missing_ok=True)
        count, size = count + 1, size + of
    return count, size


class KeptFiles:
    """A folder of bytes by key. Several processes may share it; losing it costs time only."""

    def __init__(self, folder: Path, within: Callable[[], Bounds]) -> None:
        self._folder = folder
        self._within = within
        self._added = 0

    async def get(self, key: str) -> bytes | None:
        """The bytes kept under a key; None when there are none, or when they are too old."""
        return await asyncio.to_thread(self._get, self._path(key))

    async def open(self, key: str) -> StoredFile | None:
        """The same, to be read in pieces."""
        path = self._path(key)
        return await asyncio.to_thread(opened_file, path) if await asyncio.to_thread(self._is_fresh, path) else None

    async def put(self, key: str, body: bytes) -> None:
        """Keep bytes under a key; whoever reads meanwhile gets the old ones or the new ones, never a part.

        Raises OSError.
        """
        await asyncio.to_thread(self._put, self._path(key), body)

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / name[:2] / name

    def _get(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes() if self._is_fresh(path) else None
        except OSError:
            return None

    def _is_fresh(self, path: Path) -> bool:
        """Whether a file is there and not too old; then it counts as lately used."""
        try:
            made = path.stat().st_mtime
            seconds = self._within().seconds
            if seconds is not None and time.time() - made > seconds:
                return False
            os.utime(path, (time.time(), made))  # read now, made then
        except OSError:
            return False
        return True

    def _put(self, path: Path, body: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            beside.write_bytes(body)
            beside.replace(path)
        except OSError:  # a full disk: half a file is left nowhere
            beside.unlink(missing_ok=True)
            raise
        self._added += len(body)
        within = self._within()
        if within.most_bytes is not None and self._added > within.most_bytes // 20:
            self._added = 0
            sweep(self._folder, within)
