"""Passwords: Argon2id with 19 MiB, two rounds, one lane; at most two at a time, in threads (decisions D29)."""

import asyncio
import os

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from fedcomm.errors import Invalid

SHORTEST = 10
LONGEST = 256
_MEMORY_KIB = 19 * 1024
_at_once = asyncio.Semaphore(2)
_DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$SsFR7Rx4rzNWKgSPsyRoBTpuyPTgVvyOnuIh+CYUtOQ"


def check_strength(password: str) -> None:
    """Refuse what is too short or too long to be a password. Raises Invalid."""
    if len(password) < SHORTEST:
        raise Invalid("The password needs at least %(n)s characters.", n=SHORTEST, field="password")
    if len(password) > LONGEST:
        raise Invalid("The password may have at most %(n)s characters.", n=LONGEST, field="password")


def _hash(password: str) -> str:
    kdf = Argon2id(salt=os.urandom(16), length=32, iterations=2, lanes=1, memory_cost=_MEMORY_KIB)
    return kdf.derive_phc_encoded(password.encode())


def _matches(password: str, stored: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(password.encode(), stored)
    except (InvalidKey, ValueError):
        return False
    return True


async def hashed(password: str) -> str:
    """The stored form (a PHC string) of a password."""
    check_strength(password)
    async with _at_once:
        return await asyncio.to_thread(_hash, password)


async def matches(password: str, stored: str | None) -> bool:
    """Whether this is the password. With nothing stored it takes as long and is False, so that no one can tell."""
    if len(password) > LONGEST:
        return False
    async with _at_once:
        found = await asyncio.to_thread(_matches, password, stored or _DUMMY)
    return found and stored is not None
