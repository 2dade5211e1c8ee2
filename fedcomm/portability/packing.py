"""One ZIP file that grows on the disk piece by piece: nothing is in memory as a whole, and it is bounded."""

import asyncio
import re
import shutil
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

MOST_BYTES = 8 * 1024**3
ROOM_LEFT = 1024**3
"""So much of the disk stays free, whatever is put together."""
PIECE = 256 * 1024

PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\-/]+")
STORED_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".mp4", ".webm", ".mp3", ".ogg", ".m4a")
"""What is small already is not made smaller again."""


NO_ROOM = "no room on the disk for what is put together"


class NoRoom(Exception):
    """The disk has no room for it."""


class Packing:
    """A ZIP file that is being written. `told`: called after each piece, for who shows how far it has come."""

    def __init__(
        self, path: Path, *, now: datetime, told: Callable[[], Awaitable[None]], most: int = MOST_BYTES
    ) -> None:
        self._zip = zipfile.ZipFile(path, "x", compression=zipfile.ZIP_DEFLATED, compresslevel=6, allowZip64=True)
        self._folder = path.parent
        self._now = now
        self._told = told
        self._most = most
        self.written = 0
        self.left_out = 0
        """Files that did not fit."""

    def has_room(self, size: int) -> bool:
        """Whether a file of this size still fits."""
        return self.written + size <= self._most and shutil.disk_usage(self._folder).free - size > ROOM_LEFT

    async def add(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        """A file of these pieces. Raises NoRoom."""
        info = zipfile.ZipInfo(name, date_time=self._now.timetuple()[:6])
        info.external_attr = 0o600 << 16
        is_small = name.lower().endswith(STORED_ENDINGS)
        info.compress_type = zipfile.ZIP_STORED if is_small else zipfile.ZIP_DEFLATED
        file = self._zip.open(info, "w", force_zip64=True)
        try:
            waiting = bytearray()
            async for piece in pieces:
                waiting += piece
                if len(waiting) >= PIECE:
                    await self._write(file, bytes(waiting))
                    waiting.clear()
            await self._write(file, bytes(waiting))
        finally:
            await asyncio.to_thread(file.close)

    async def add_text(self, name: str, text: str) -> None:
        """A small file."""
        await self.add(name, _one(text.encode()))

    async def add_list(self, name: str, head: dict[str, Any], items: AsyncIterator[Any]) -> None:
        """A JSON object with these members, the last of which, `orderedItems`, is written one item after the other."""
        await self.add(name, _as_json(head, items))

    async def close(self) -> None:
        """The table of contents is written; only now it is a ZIP file."""
        await asyncio.to_thread(self._zip.close)

    async def _write(self, file: Any, piece: bytes) -> None:
        if not self.has_room(len(piece)):
            raise NoRoom(NO_ROOM)
        await asyncio.to_thread(file.write, piece)
        self.written += len(piece)
        await self._told()


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _as_json(head: dict[str, Any], items: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    yield msgspec.json.encode(head)[:-1] + b',"orderedItems":['
    between = b"\n"
    async for item in items:
        yield between + msgspec.json.encode(item)
        between = b",\n"
    yield b"]}\n"
