"""The source of what runs, as one archive: what AGPL section 13 lets everybody have (decisions D75).

Only what belongs to the program is taken, by name: nothing else that may lie beside it, such as secrets or data.
"""

import asyncio
import gzip
import io
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from fedcomm import __version__

ROOT = Path(__file__).parent.parent
PACKAGES = ("fedcomm", "federation")
FOLDERS = (*PACKAGES, "migrations", "tests", "deploy", ".ci")
FILES = (
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "FEDERATION.md", "SECURITY.md", "LICENSE", "pyproject.toml",
    "requirements.lock", "requirements-dev.lock", "run", ".gitignore",
)  # fmt: skip
LEFT_OUT = ("__pycache__", ".pyc", ".pyo", ".swp", "~", ".orig", ".rej")


class Archive(msgspec.Struct, frozen=True):
    """A file to download."""

    name: str
    body: bytes


async def made() -> Archive:
    """The archive, put together off the loop when first asked for and kept."""
    return await asyncio.to_thread(_made)


@cache
def _made() -> Archive:
    top = f"fedcomm-{__version__}"
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for path in files(ROOT):
            archive.addfile(*_entry(path, f"{top}/{path.relative_to(ROOT).as_posix()}"))
    return Archive(f"{top}.tar.gz", out.getvalue())


def files(root: Path) -> Iterator[Path]:
    """The files of the source: of a checkout all of it, where only the packages are installed these."""
    is_checkout = (root / "pyproject.toml").is_file()
    for name in FOLDERS if is_checkout else PACKAGES:
        yield from (path for path in sorted((root / name).rglob("*")) if _belongs(path))
    if is_checkout:
        yield from (root / name for name in FILES if (root / name).is_file())


def _belongs(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    return not any(part.endswith(LEFT_OUT) for part in path.parts)


def _entry(path: Path, name: str) -> tuple[tarfile.TarInfo, io.BytesIO]:
    body = path.read_bytes()
    entry = tarfile.TarInfo(name)
    entry.size = len(body)
    entry.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
    return entry, io.BytesIO(body)
