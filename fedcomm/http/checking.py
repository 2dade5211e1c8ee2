"""What can be wrong with a running instance, for `./run check` and for the last step of setting one up."""

import asyncio
import os
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from fedcomm import i18n
from fedcomm.config import Config
from fedcomm.database import Connection
from fedcomm.http.operators import LEAST_DISK_FREE
from fedcomm.jobs import backlog
from fedcomm.jobs import queues as jobs
from fedcomm.jobs.backlog import Stall
from fedcomm.portability import packing, stored_archives
from fedcomm.settings import Settings

Texts = Callable[[str], str]
ENGLISH: Texts = i18n.translator(i18n.SOURCE_LOCALE).gettext
"""What commands say; pages say the same in the reader's language."""

CLOCK_OFF = timedelta(seconds=30)


class Finding(msgspec.Struct, frozen=True):
    """What was looked at, whether it is well, and what was seen or should be done."""

    what: str
    is_well: bool
    text: str


async def queues(db: Connection, settings: Config, _: Texts = ENGLISH) -> Finding:
    """Whether work is taken up."""
    now = datetime.now(UTC)
    stalls = await backlog.stalls(db, after=settings.durations.stalled_after, now=now)
    if stalls:
        told = "; ".join(_stall(each, _) for each in stalls)
        return Finding("queues", False, _("%(stalls)s (is ./run serve running?)") % {"stalls": told})
    held = await jobs.held_deliveries(db)
    if held is not None:
        told = _("nothing is sent since %(time)s (%(reason)s): ./run delivery release")
        said = {"time": _moment(held.held_at), "reason": why_held(held.held_reason, _)}
        return Finding("queues", False, told % said)
    found = await backlog.look(db, now=now)
    told = ", ".join(
        _("%(queue)s %(n)s waiting") % {"queue": queue_name(each.queue, _), "n": each.waiting} for each in found
    )
    return Finding("queues", True, told)


def _stall(stall: Stall, _: Texts) -> str:
    """What stands still, in words."""
    if stall.kind == "late":
        told = _("%(queue)s: stands still, the oldest is due since %(time)s")
    elif stall.since is None:
        told = _("%(queue)s: no worker yet")
    else:
        told = _("%(queue)s: no worker since %(time)s")
    at = f"{stall.since:%H:%M:%S}" if stall.since is not None else ""
    return told % {"queue": queue_name(stall.queue, _), "time": at}


def queue_name(queue: str, _: Texts) -> str:
    """What waits in a queue, in a word; the command says its name."""
    return {
        "facts": _("facts"),
        "inbox": _("inbox"),
        "deliveries": _("deliveries"),
        "mail": _("mail"),
        "clock": _("clock"),
    }.get(queue, queue)


def why_held(reason: str, _: Texts) -> str:
    """Why nothing is sent: as an operator wrote it, or that a backup was brought back."""
    if not reason.startswith(jobs.RESTORED):
        return reason
    return _("brought back from the backup of %(time)s") % {"time": reason.removeprefix(jobs.RESTORED)}


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


async def archives(db: Connection, settings: Config, _: Texts = ENGLISH) -> Finding | None:
    """Whether archives reach the operator's own store as they should; None where none are wanted."""
    if settings.archives_url is None:
        return None
    now = datetime.now(UTC)
    found = await stored_archives.standing(db)
    if found.last is None:
        return Finding("archives", True, _("none was made yet; the server makes the first one when it runs"))
    good = _("none went well")
    if found.last_good is not None:
        good = _("the last went well at %(time)s") % {"time": _moment(found.last_good.started_at)}
    if found.is_well(settings.archives_every, now=now):
        told = _("%(last)s, %(n)s kept") % {"last": good, "n": found.kept_count}
        return Finding("archives", True, told)
    if found.last.state == "failed":
        told = _("the last one failed (%(error)s); %(last)s: look at the store")
        return Finding("archives", False, told % {"error": why_archive_failed(found.last.error, _), "last": good})
    told = _("%(last)s, which is too long ago (is ./run serve running?)") % {"last": good}
    return Finding("archives", False, told)


def why_archive_failed(error: str, _: Texts) -> str:
    """Why one could not be made or stored; what a store or a disk answered is told as it said it."""
    if error == stored_archives.ENDED_EARLY:
        return _("the server ended before it was done")
    if error == packing.NO_ROOM:
        return _("no room on the disk for what is put together")
    return _("the answer was: %(answer)s") % {"answer": error}


async def clock(db: Connection, _: Texts = ENGLISH) -> Finding:
    """Whether this machine and the database agree what time it is."""
    off = abs(datetime.now(UTC) - await backlog.clock_of_database(db))
    if off > CLOCK_OFF:
        told = _("%(n)s s apart from the database's: set both by NTP") % {"n": f"{off.total_seconds():.0f}"}
        return Finding("clock", False, told)
    return Finding("clock", True, _("agrees with the database's"))


def contacts(settings: Config, chosen: Settings, _: Texts = ENGLISH) -> Finding:
    """Whether others find whom to write to and by which rules it goes (C15); while developing, nobody looks."""
    if chosen.contact_email and chosen.rules:
        told = _("%(address)s; rules: %(n)s") % {"address": chosen.contact_email, "n": len(chosen.rules)}
        return Finding("contacts", True, told)
    if chosen.rules:
        told = _("no address for questions is set, which anybody must find (/admin/settings)")
    elif chosen.contact_email:
        told = _("no rules are set, which anybody must find (/admin/rules)")
    else:
        told = _("neither an address for questions nor rules are set, which anybody must find (/admin/settings)")
    return Finding("contacts", settings.dev, told)


async def name(settings: Config, _: Texts = ENGLISH) -> Finding:
    """Whether the name under which others look for this server leads anywhere."""
    host = urlsplit(settings.base_url).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        if error.errno == socket.EAI_AGAIN:
            told = _("%(host)s could not be looked up, as no name server answered: try again in a while")
        else:
            told = _("%(host)s does not resolve: others cannot find this server")
        return Finding("name", False, told % {"host": host})
    places = ", ".join(sorted({str(each[4][0]) for each in found}))
    return Finding("name", True, _("%(host)s is at %(places)s") % {"host": host, "places": places})


def disk(settings: Config, _: Texts = ENGLISH) -> Finding:
    """Whether there is room."""
    folder = existing(settings.folder)
    free = shutil.disk_usage(folder).free
    if free < LEAST_DISK_FREE:
        told = _("%(n)s MiB free at %(folder)s: make room") % {"n": free // 2**20, "folder": folder}
        return Finding("disk", False, told)
    return Finding("disk", True, _("%(n)s GiB free at %(folder)s") % {"n": free // 2**30, "folder": folder})


def data_folder(settings: Config, _: Texts = ENGLISH) -> Finding:
    """Whether files can be kept."""
    folder = existing(settings.folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        told = _("%(folder)s cannot be written to by the user that runs the server") % {"folder": folder}
        return Finding("data folder", False, told)
    return Finding("data folder", True, str(settings.folder))


def existing(folder: Path) -> Path:
    """A folder, or the nearest above it that is there."""
    while not folder.exists():
        folder = folder.parent
    return folder
