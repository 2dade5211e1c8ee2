"""Evidence: all that a legal hold covers as one file, which anybody can verify without us (C07; product 20).

A ZIP with what the hold kept, what is still here, files, the entries of the log about it, and `SHA256SUMS`: a hash of
every other member, signed with the instance's own RSA key (`SHA256SUMS.sig`, RSA PKCS#1 v1.5 with SHA-256).
`VERIFY.txt` says how to check both with common tools.
"""

import asyncio
import hashlib
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from fedcomm import audit
from fedcomm.accounts import lookup, signup
from fedcomm.accounts.keys import Keyring
from fedcomm.accounts.model import Account
from fedcomm.cursor import GREATEST_ID
from fedcomm.database import Connection
from fedcomm.guardrails import holds
from fedcomm.guardrails.holds import Hold
from fedcomm.here import Here
from fedcomm.media import uploads
from fedcomm.media.storage import Store
from fedcomm.portability.packing import Packing
from fedcomm.threads import copying

SUMS, SIGNATURE, KEY = "SHA256SUMS", "SHA256SUMS.sig", "public_key.pem"
MOST_POSTS = 20_000
LARGEST_READ = 64 * 1024 * 1024
"""Of a hash list, when a file is verified."""

Transaction = Callable[[], AbstractAsyncContextManager[Connection]]

HOW = """How to verify this file, with tools that come with every Linux and macOS:

    unzip evidence.zip -d evidence && cd evidence
    sha256sum -c SHA256SUMS
    openssl dgst -sha256 -verify public_key.pem -signature SHA256SUMS.sig SHA256SUMS

The first says whether every file is as it was written, the second whether the list was signed by the key in
public_key.pem. That this is the key of the instance, its own document says: the address is in manifest.json ("actor").
./run hold verify FILE does all of it.

hold.json       the hold: what it covers, since when, why
kept/           what was deleted while the hold covered it, each as it was then
present/        what it covers and is still there, as of today
files/          uploaded pictures, films and sounds
log.json        what the sealed log says about the hold, whom it is about and these posts, with place and hash
manifest.json   when and where this was made, and where the log's chain ended then
"""


class Unsound(Exception):  # reads as a sentence where it is raised
    """A file of evidence is not as it was written."""


async def export(
    transaction: Transaction, here: Here, store: Store, by: Account | None, hold_id: int, path: Path, *, now: datetime
) -> int:
    """Write the evidence of a hold into a new file. How many posts are in it. Raises NotAllowed, NotFound, NoRoom."""
    async with transaction() as db:
        hold = await holds.by_id(db, by, hold_id)
        actor = await signup.instance_actor(db, here, name=here.domain, now=now)
        await audit.write(db, by.id if by else None, "export evidence", str(hold_id), now=now)
    keys = await Keyring(transaction).of(actor.id, actor.uri, now=now)
    private = keys.rsa.private
    assert isinstance(private, RSAPrivateKey)
    sums: list[str] = []
    packing = Packing(path, now=now, told=_nobody)
    try:
        writer = _Writer(packing, sums)
        posts = await _write(transaction, here, store, hold, actor, writer, now=now)
        listed = "".join(sums)
        await packing.add_text(SUMS, listed)
        await packing.add(SIGNATURE, _bytes(private.sign(listed.encode(), PKCS1v15(), SHA256())))
        await packing.close()
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise
    return posts


class _Writer:
    """Adds members, and their hashes to the list."""

    def __init__(self, packing: Packing, sums: list[str]) -> None:
        self._packing = packing
        self._sums = sums

    async def add(self, name: str, pieces: AsyncIterator[bytes]) -> None:
        digest = hashlib.sha256()

        async def counted() -> AsyncIterator[bytes]:
            async for piece in pieces:
                digest.update(piece)
                yield piece

        await self._packing.add(name, counted())
        self._sums.append(f"{digest.hexdigest()}  {name}\n")

    async def add_json(self, name: str, said: Any) -> None:
        await self.add(name, _bytes(orjson.dumps(said, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)))


async def _write(
    transaction: Transaction, here: Here, store: Store, hold: Hold, actor: Account, out: _Writer, *, now: datetime
) -> int:
    await out.add("VERIFY.txt", _bytes(HOW.encode()))
    async with transaction() as db:
        person = await lookup.by_id(db, hold.person_id) if hold.person_id is not None else None
        media = [found for each in await holds.files(db, hold.id) if (found := await uploads.find(db, each))]
    targets = {str(hold.id), *([person.acct, person.handle, str(person.id)] if person else [])}
    named = [each.file for each in media if each.file is not None]
    count = await _write_kept(transaction, hold, out, targets)
    count += await _write_present(transaction, hold, out, targets, named)
    for name in dict.fromkeys(named):
        stored = await store.open(name)
        if stored is not None and stored.size:
            await out.add(f"files/{name}", stored.pieces(0, stored.size - 1))
    async with transaction() as db:
        entries = await audit.about(db, sorted(targets))
        length, last = await audit.end_of_chain(db)
    await out.add_json("hold.json", _plain(hold))
    await out.add_json("log.json", entries)
    rsa = (await Keyring(transaction).of(actor.id, actor.uri, now=now)).rsa.private
    assert isinstance(rsa, RSAPrivateKey)
    await out.add(KEY, _bytes(rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)))
    await out.add_json(
        "manifest.json",
        {
            "instance": here.domain,
            "actor": actor.uri,
            "made_at": now.isoformat(),
            "hold": str(hold.id),
            "posts": count,
            "log": {"length": length, "last_hash": last},
        },
    )
    return count


async def _write_kept(transaction: Transaction, hold: Hold, out: _Writer, targets: set[str]) -> int:
    above = count = 0
    while True:
        async with transaction() as db:
            found = await holds.copies(db, hold.id, above=above)
        for each in found:
            await out.add(f"kept/{each.kind}-{each.object_id}.json", _bytes(each.content.encode()))
            targets.add(str(each.object_id))
            count += each.kind == "post"
        if not found:
            return count
        above = found[-1].id


async def _write_present(
    transaction: Transaction, hold: Hold, out: _Writer, targets: set[str], named: list[str]
) -> int:
    below, count = GREATEST_ID, 0
    while count < MOST_POSTS:
        async with transaction() as db:
            found = await copying.covered(db, hold.id, below=below)
            said = [await copying.whole(db, each) for each in found]
        for post, whole in zip(found, said, strict=True):
            await out.add_json(f"present/post-{post.id}.json", whole)
            targets.add(str(post.id))
            named += [file["file"] for file in whole["files"] if file["file"]]
        count += len(found)
        if not found:
            break
        below = found[-1].id
    return count


def _plain(hold: Hold) -> dict[str, Any]:
    return {name: getattr(hold, name) for name in hold.__struct_fields__}


async def _bytes(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _nobody() -> None:
    """Nobody waits for how far it has come."""


def verify(path: Path) -> int:
    """Look through a file of evidence: how many members are as they were written. Raises Unsound."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _verify(archive)
    except (zipfile.BadZipFile, KeyError, ValueError, InvalidSignature) as problem:
        raise Unsound(f"{path.name} is not as it was written: {problem or 'the signature does not fit'}") from problem


def _verify(archive: zipfile.ZipFile) -> int:
    names = [each.filename for each in archive.infolist()]
    if len(names) != len(set(names)) or archive.getinfo(SUMS).file_size > LARGEST_READ:
        raise ValueError("a name is there twice, or the list of hashes is too long")
    listed = archive.read(SUMS)
    key = load_pem_public_key(archive.read(KEY))
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the key is of another kind")
    key.verify(archive.read(SIGNATURE), listed, PKCS1v15(), SHA256())
    said: dict[str, str] = {}
    for line in listed.decode().splitlines():
        expected, _, name = line.partition("  ")
        said[name] = expected
    if set(said) != set(names) - {SUMS, SIGNATURE}:
        raise ValueError("members are missing or were added")
    for name, expected in said.items():
        digest = hashlib.sha256()
        with archive.open(name) as member:
            while piece := member.read(256 * 1024):
                digest.update(piece)
        if digest.hexdigest() != expected:
            raise ValueError(f"{name} was changed")
    return len(said)
