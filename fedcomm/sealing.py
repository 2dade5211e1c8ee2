"""What is kept in the database and must not be readable there: sealed with the secret of this instance.

The secret is a file beside the data (`FEDCOMM_SECRET_FILE`), made when something is sealed for the first time.
"""

import asyncio
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LENGTH = 32
NONCE = 12


class NoSecret(Exception):  # reads as a sentence where it is raised
    """The file of the secret can be neither read nor made."""


class OtherSecret(Exception):  # reads as a sentence where it is raised
    """What is kept was sealed with another secret than the one at hand (R039); says what to do."""


class Seal:
    """Seals and opens for one instance. What another secret sealed cannot be opened."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._secret: bytes | None = None

    async def sealed(self, purpose: str, clear: bytes) -> bytes:
        """These bytes, unreadable; they open under the same purpose only. Raises NoSecret."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + (await self._cipher(purpose)).encrypt(nonce, clear, None)

    async def opened(self, purpose: str, sealed: bytes) -> bytes | None:
        """What was sealed; None when it was by another secret, or was changed since. Raises NoSecret."""
        with suppress(InvalidTag, ValueError):
            return (await self._cipher(purpose)).decrypt(sealed[:NONCE], sealed[NONCE:], None)
        return None

    async def check(self, purpose: str, sealed: bytes) -> None:
        """Whether the secret at hand opens what is kept; none is made for it. Raises OtherSecret, NoSecret."""
        is_there = await asyncio.to_thread(self._file.exists)
        if not is_there or await self.opened(purpose, sealed) is None:
            state = "is not the one with which this database was written" if is_there else "is missing"
            raise OtherSecret(
                f"the secret {self._file} {state}: bring the old file back. If it is lost for good,"
                " ./run check --forget-sealed forgets what it sealed; apps then ask anew for their notifications"
            )

    async def _cipher(self, purpose: str) -> AESGCM:
        if self._secret is None:
            self._secret = await asyncio.to_thread(_read_or_make, self._file)
        key = HKDF(SHA256(), length=32, salt=None, info=f"fedcomm {purpose}".encode()).derive(self._secret)
        return AESGCM(key)


def _read_or_make(file: Path) -> bytes:
    """The secret; of two processes that make it at once, one wins for both."""
    try:
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
            fresh.touch(mode=0o600)
            try:
                fresh.write_bytes(secrets.token_bytes(LENGTH))
                with suppress(FileExistsError):
                    os.link(fresh, file)
            finally:
                fresh.unlink()
        kept = file.read_bytes()
    except OSError as problem:
        raise NoSecret(f"the secret {file} cannot be kept: {problem.strerror}") from problem
    if len(kept) < LENGTH:
        raise NoSecret(f"the secret {file} is too short")
    return kept
