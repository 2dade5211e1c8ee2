"""What can be wrong with a running instance, for `./run check` and for the last step of setting one up."""

import asyncio
import os
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from fedcomm.config import Config
from fedcomm.database import Connection
from fedcomm.http.operators import LEAST_DISK_FREE
from fedcomm.jobs import backlog
from fedcomm.jobs import queues as jobs
from fedcomm.portability import stored_archives
from fedcomm.settings import Settings

CLOCK_OFF = timedelta(seconds=30)


class Finding(msgspec.Struct, frozen=True):
    """What was looked at, whether it is well, and what was seen or should be done."""

    what: str
    is_well: bool
    text: str


async def queues(db: Connection, settings: Config) -> Finding:
    """Whether work is taken up."""
    now = datetime.now(UTC)
    stalled = await backlog.stalled(db, after=settings.durations.stalled_after, now=now)
    if stalled:
        return Finding("queues", False, "; ".join(stalled) + " (is ./run serve running?)")
    held = await jobs.held_deliveries(db)
    if held is not None:
        told = f"nothing is sent since {held.held_at:%Y-%m-%d %H:%M} UTC ({held.held_reason}): ./run delivery release"
        return Finding("queues", False, told)
    found = await backlog.look(db, now=now)
    return Finding("queues", True, ", ".join(f"{each.queue} {each.waiting} waiting" for each in found))


async def archives(db: Connection, settings: Config) -> Finding | None:
    """Whether archives reach the operator's own store as they should; None where none are wanted."""
    if settings.archives_url is None:
        return None
    now = datetime.now(UTC)
    found = await stored_archives.standing(db)
    if found.last is None:
        return Finding("archives", True, "none was made yet; the server makes the first one when it runs")
    good = f"the last went well at {found.last_good.started_at:%Y-%m-%d %H:%M} UTC" if found.last_good else "none did"
    if found.is_well(settings.archives_every, now=now):
        return Finding("archives", True, f"{good}, {found.kept_count} kept")
    if found.last.state == "failed":
        return Finding("archives", False, f"the last one failed ({found.last.error}); {good}: look at the store")
    return Finding("archives", False, f"{good}, which is too long ago (is ./run serve running?)")


async def clock(db: Connection) -> Finding:
    """Whether this machine and the database agree what time it is."""
    off = abs(datetime.now(UTC) - await backlog.clock_of_database(db))
    if off > CLOCK_OFF:
        return Finding("clock", False, f"{off.total_seconds():.0f} s apart from the database's: set both by NTP")
    return Finding("clock", True, "agrees with the database's")


def contacts(settings: Config, chosen: Settings) -> Finding:
    """Whether others find whom to write to and by which rules it goes (C15); while developing, nobody looks."""
    missing = [
        what
        for what, there in (("an address for questions", chosen.contact_email), ("rules", chosen.rules))
        if not there
    ]
    if missing:
        told = f"not set: {' and '.join(missing)}, which anybody must find (/admin/settings, /admin/rules)"
        return Finding("contacts", settings.dev, told)
    return Finding("contacts", True, f"{chosen.contact_email}; {len(chosen.rules)} rules")


async def name(settings: Config) -> Finding:
    """Whether the name under which others look for this server leads anywhere."""
    host = urlsplit(settings.base_url).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        return Finding("name", False, f"{host} does not resolve ({error.strerror}): others cannot find this server")
    return Finding("name", True, f"{host} is at {', '.join(sorted({str(each[4][0]) for each in found}))}")


def disk(settings: Config) -> Finding:
    """Whether there is room."""
    folder = existing(settings.folder)
    free = shutil.disk_usage(folder).free
    if free < LEAST_DISK_FREE:
        return Finding("disk", False, f"{free // 2**20} MiB free at {folder}: make room")
    return Finding("disk", True, f"{free // 2**30} GiB free at {folder}")


def data_folder(settings: Config) -> Finding:
    """Whether files can be kept."""
    folder = existing(settings.folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("data folder", False, f"{folder} cannot be written to by this user")
    return Finding("data folder", True, str(settings.folder))


def existing(folder: Path) -> Path:
    """A folder, or the nearest above it that is there."""
    while not folder.exists():
        folder = folder.parent
    return folder
