"""The file of a backup: a tar archive that says first what it is and last what must be in it.

    about.json              which instance, when, made by what
    tables/<name>.copy.gz   the rows of a table, as PostgreSQL's COPY writes them
    secret                  what sealed values in the database open with
    media/<name>            uploaded files
    contents.json           size and SHA-256 of all of these, and the rows of each table

A file that was cut off has no `contents.json`, so it is never taken for a whole one. While it is written it has another
name.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

import msgspec

T = TypeVar("T")

FORMAT = 1
ABOUT, CONTENTS, SECRET = "about.json", "contents.json", "secret"
TABLES, MEDIA = "tables/", "media/"
TABLE_END = ".copy.gz"
PIECE = 256 * 1024
LARGEST_JSON = 256 * 2**20


class Unusable(Exception):  # reads as a sentence where it is raised
    """A file that is no backup, or not a whole one, or not for this place; says why, in one line."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is of. `migrations`: number and checksum of each that the database had."""

    format: int
    fedcomm: str
    domain: str
    base_url: str
    made_at: datetime
    migrations: tuple[tuple[int, str], ...]
    tables: dict[str, tuple[str, ...]]
    """The columns of each table, in the order in which they stand in its rows."""
    has_media: bool


class Member(msgspec.Struct, frozen=True):
    """One file in it."""

    size: int
    sha256: str


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """All that must be in it. `missing_media`: files that the database names and that were not there already then."""

    members: dict[str, Member]
    rows: dict[str, int]
    missing_media: tuple[str, ...] = ()


@contextmanager
def writing(path: Path, about: About) -> Generator["Writer"]:
    """A new backup, readable by its owner only; broken off, nothing of it is left.

    Raises Unusable (there is such a file already), OSError.
    """
    if path.exists():
        raise Unusable(f"{path} exists already: choose another name")
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        number = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "wb") as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            writer = Writer(tar, about)
            yield writer
            writer.add_contents()
            tar.close()
            file.flush()
            os.fsync(number)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Writer:
    """What is put into a backup. `rows` and `missing_media` are told at its end."""

    def __init__(self, tar: tarfile.TarFile, about: About) -> None:
        self.rows: dict[str, int] = {}
        self.missing_media: list[str] = []
        self._tar = tar
        self._about = about
        self._members: dict[str, Member] = {}
        self.add(ABOUT, io.BytesIO(msgspec.json.encode(about)))

    def add(self, name: str, file: BinaryIO) -> None:
        """Add what is in an open file, from its beginning."""
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        counted = _Counted(file)
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(self._about.made_at.timestamp())
        self._tar.addfile(info, cast(BinaryIO, counted))
        self._members[name] = Member(size, counted.digest.hexdigest())

    def add_contents(self) -> None:
        """Say what must be in it: the last file."""
        told = Contents(members=dict(self._members), rows=self.rows, missing_media=tuple(self.missing_media))
        self.add(CONTENTS, io.BytesIO(msgspec.json.encode(told)))


class _Counted:
    """A file whose bytes are hashed as they are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


@contextmanager
def _reading(path: Path) -> Generator[None]:
    """What is wrong with a file is told in one line. Raises Unusable."""
    try:
        yield
    except (tarfile.TarError, EOFError) as broken:
        raise Unusable(f"{path} is no backup, or was cut off: {broken}") from None
    except OSError as problem:
        raise Unusable(f"{path} cannot be read: {problem.strerror}") from None


def members(path: Path, beginning: str = "") -> Iterator[tuple[str, BinaryIO]]:
    """The files in a backup whose names begin so, one after the other. Raises Unusable."""
    with _reading(path), tarfile.open(path, mode="r:") as tar:
        for info in tar:
            file = tar.extractfile(info) if info.isreg() and info.name.startswith(beginning) else None
            if file is not None:
                yield info.name, cast(BinaryIO, file)


def read_about(path: Path) -> About:
    """What a backup says of itself, unproven. Raises Unusable."""
    for name, file in members(path):
        if name == ABOUT:
            about = _decoded(path, file, About)
            if about.format != FORMAT:
                raise Unusable(f"{path} has form {about.format}, this fedcomm reads {FORMAT}: take a newer one")
            return about
        break
    raise Unusable(f"{path} is no backup of fedcomm")


def verify(path: Path) -> tuple[About, Contents]:
    """Read all of it and compare. Raises Unusable (cut off, changed, something missing or too much)."""
    about, contents = read_about(path), None
    found: dict[str, Member] = {}
    for name, file in members(path):
        if name == CONTENTS:
            contents = _decoded(path, file, Contents)
            continue
        with _reading(path):
            found[name] = _measured(file)
    if contents is None:
        raise Unusable(f"{path} was cut off: its end is missing")
    for name in sorted(contents.members.keys() | found.keys()):
        if found.get(name) != contents.members.get(name):
            raise Unusable(f"{path} is damaged: {name} is not what was written")
    if about.tables.keys() != contents.rows.keys():
        raise Unusable(f"{path} is damaged: it does not count the rows of all its tables")
    return about, contents


def _measured(file: BinaryIO) -> Member:
    digest, size = hashlib.sha256(), 0
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return Member(size, digest.hexdigest())


def _decoded(path: Path, file: BinaryIO, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(file.read(LARGEST_JSON), type=kind)
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise Unusable(f"{path} is damaged: {wrong}") from None
