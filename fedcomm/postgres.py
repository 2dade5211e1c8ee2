"""PostgreSQL out of a wheel, for everyone who has not set DATABASE_URL: nothing to install, nothing to configure.

One cluster may serve many processes. Each holds a shared lock while it uses it; the server stops when the last one has
gone, however it went. `postgres_keeper.py` is the parent of the server. Only a unix socket in a folder of mode 0700
leads to it, so no password is needed.
"""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import asyncpg

from fedcomm import database, postgres_keeper, postgres_program
from fedcomm.postgres_program import MAJOR, Owner, Unavailable

__all__ = ["Cluster", "Unavailable", "quoted", "start"]

ROLE = "fedcomm"
START_WITHIN_S = 60.0
STOP_WITHIN_S = 40.0
LONGEST_SOCKET = 100
"""Bytes; the kernel takes 107."""

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


@dataclass(slots=True)
class Cluster:
    """A running PostgreSQL which this process is using. Ends with `stop`, or with the process."""

    place: Path
    """Its folder: `data` (what must be kept), `log`, locks, perhaps `socket` and a copy of the program."""
    socket: Path
    programs: Path
    """Where postgres, pg_dump and psql are."""
    owner: Owner
    _using: int | None = field(repr=False)

    def dsn_for(self, database: str) -> str:
        """How to connect to one of its databases, as asyncpg and libpq read it."""
        return f"postgresql:///{quote(database)}?user={ROLE}&host={quote(str(self.socket), safe='')}"

    async def ensure_database(self, name: str) -> bool:
        """Create a database unless it is there. True when it was created. Many may ask at once."""
        db = await database.connect(self.dsn_for("postgres"))
        try:
            if await db.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                return False
            await db.execute(f"CREATE DATABASE {quoted(name)}")
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            return False  # somebody else was faster
        finally:
            await db.close()
        return True

    async def drop_database(self, name: str) -> None:
        """Remove a database with all that is in it, also while others are connected to it."""
        db = await database.connect(self.dsn_for("postgres"))
        try:
            await db.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)")
        finally:
            await db.close()

    async def stop(self) -> None:
        """End our use of it. The server stops, and has stopped when this returns, if we were the last."""
        if self._using is not None:
            using, self._using = self._using, None
            await asyncio.to_thread(_leave, self, using)

    def answers(self) -> bool:
        """Whether the server takes connections now."""
        if not (self.socket / ".s.PGSQL.5432").exists():
            return False
        asked = [str(self.programs / "pg_isready"), "-q", "-h", str(self.socket), "-U", ROLE, "-d", "postgres"]
        return Owner(None, None, "").run(asked).returncode == 0

    def server_pid(self) -> int:
        """The process of the server, as it wrote it down."""
        return int((self.place / "data" / "postmaster.pid").read_text().split()[0])


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
    data_dir = data_dir.resolve()
    place = data_dir / f"postgres-{MAJOR}"
    data = place / "data"
    _refuse_other_version(data_dir)
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    starting = _wait_for(place / "starting.lock", fcntl.LOCK_EX, START_WITHIN_S)
    try:
        owner = postgres_program.owner_of(data)
        if owner.uid is not None:
            _open_our_own(data_dir, place)
        programs = postgres_program.folder_for(place, owner)
        if not data.exists():
            _make(place, data, programs, owner)
        using = _wait_for(place / "users.lock", fcntl.LOCK_SH, START_WITHIN_S)
        cluster = Cluster(place, _socket_folder(place, owner), programs, owner, using)
        try:
            _run(cluster, settings)
        except BaseException:  # Ctrl-C while it starts, too: nobody uses it, so it may be stopped
            os.close(using)
            raise
        return cluster
    finally:
        os.close(starting)


def _refuse_other_version(data_dir: Path) -> None:
    """Data made by another major version cannot be read; data of ours beside it was made on purpose."""
    ours = data_dir / f"postgres-{MAJOR}" / "data" / "PG_VERSION"
    for version in [ours] if ours.exists() else sorted(data_dir.glob("postgres-*/data/PG_VERSION")):
        made_with = version.read_text().strip()
        if made_with != MAJOR:
            old, programs = version.parent, postgres_program.wheel() / postgres_program.INSIDE
            raise Unavailable(
                f"{old} was made by PostgreSQL {made_with}, this fedcomm brings {MAJOR}; move it over as"
                f" deploy/handbook/upgrade.md says, with: {programs}/pg_upgrade --link --username={ROLE}"
                f" --old-bindir=PROGRAMS_OF_{made_with} --new-bindir={programs} --old-datadir={old}"
                f" --new-datadir={ours.parent}"
            )


def _open_our_own(data_dir: Path, place: Path) -> None:
    """Let the unprivileged user pass through our own folders, and through no others."""
    for folder in (data_dir, place):
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


@contextmanager
def _door(owner: Owner, folder: Path) -> Generator[tuple[str, tuple[int, ...]]]:
    """How this user gets into a folder: its path, or an open door."""
    if owner.may_enter(folder.parent):
        yield str(folder), ()
        return
    if not sys.platform.startswith("linux"):
        raise Unavailable(f"the database runs as user {owner.name}, who may not enter {folder}: move FEDCOMM_DATA_DIR")
    door = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{door}", (door,)
    finally:
        os.close(door)


def _make(place: Path, data: Path, programs: Path, owner: Owner) -> None:
    """Create the cluster: made under another name first, so that one broken off halfway is never taken for one."""
    unfinished = place / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    owner.owns(unfinished)
    with _door(owner, unfinished) as (path, doors):
        command = [
            str(programs / "initdb"),
            f"--pgdata={path}",
            f"--username={ROLE}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *[f"--set={name}={value}" for name, value in SETTINGS.items()],
        ]
        made = owner.run(command, doors)
    if made.returncode != 0:
        raise Unavailable(f"PostgreSQL could not make its files in {unfinished}: {_last_line(made.stderr)}")
    unfinished.rename(data)


def _socket_folder(place: Path, owner: Owner) -> Path:
    """Beside the data; below the system's temporary folder when the path is too long for a socket."""
    folder, noted = place / "socket", place / "socket-is-in"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) > LONGEST_SOCKET:
        if not noted.exists() or not Path(noted.read_text()).is_dir():
            noted.write_text(tempfile.mkdtemp(prefix="fedcomm-"))
        folder = Path(noted.read_text())
    folder.mkdir(mode=0o700, exist_ok=True)
    owner.owns(folder)
    return folder


def _run(cluster: Cluster, settings: Mapping[str, str]) -> None:
    """Start the keeper, unless one is at work, and wait until the server answers."""
    log = cluster.place / "log"
    before = log.stat().st_size if log.exists() else 0
    keeper = None
    deadline = time.monotonic() + START_WITHIN_S
    while not cluster.answers():
        if keeper is None and not _is_kept(cluster.place):
            keeper = _launch_keeper(cluster, settings)
        gone = keeper is not None and keeper.poll() is not None
        if gone or time.monotonic() > deadline:
            with log.open("rb") as lines:
                lines.seek(before)
                said = _last_line(lines.read().decode(errors="replace"))
            raise Unavailable(f"PostgreSQL did not start: {said} (all of it: {log})")
        time.sleep(0.02)
    if keeper is not None:
        keeper.returncode = 0  # it outlives us: not ours to wait for


def _launch_keeper(cluster: Cluster, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    data = cluster.place / "data"
    with _door(cluster.owner, data) as (data_path, doors), _door(cluster.owner, cluster.socket) as (socket, more_doors):
        command = [str(cluster.programs / "postgres"), "-D", data_path, "-k", socket, "-c", "listen_addresses="]
        for name, value in {"unix_socket_permissions": "0700", "port": "5432", **settings}.items():
            command += ["-c", f"{name}={value}"]
        how = {
            "command": command,
            "environment": postgres_program.ENVIRONMENT,
            "uid": cluster.owner.uid,
            "gid": cluster.owner.gid,
            "doors": [*doors, *more_doors],
        }
        return subprocess.Popen(  # noqa: S603  # ourselves
            [sys.executable, "-I", "-S", postgres_keeper.__file__, str(cluster.place), json.dumps(how)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            pass_fds=[*doors, *more_doors],
        )


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
    place, noted = cluster.place, cluster.place / "socket-is-in"
    if _is_kept(place):
        os.kill(int((place / "keeper.lock").read_text()), signal.SIGTERM)
    elif cluster.answers():
        os.kill(cluster.server_pid(), signal.SIGINT)
    deadline = time.monotonic() + STOP_WITHIN_S
    while _is_kept(place) or cluster.answers():
        if time.monotonic() > deadline:
            raise Unavailable(f"PostgreSQL does not stop; what it says is in {place / 'log'}")
        time.sleep(0.02)
    if noted.exists():
        shutil.rmtree(noted.read_text(), ignore_errors=True)
        noted.unlink()
    postgres_program.forget_temporary(place)


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
