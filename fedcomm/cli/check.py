"""`./run check`: is everything well, and if not, what to mend."""

import asyncio
import os
import shutil
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
import msgspec

from fedcomm import audit, config, database, database_urls, migrating
from fedcomm.cli import one_line
from fedcomm.cli.instance import print_json
from fedcomm.config import Config
from fedcomm.database import Connection
from fedcomm.database_urls import Urls
from fedcomm.http.operators import LEAST_DISK_FREE
from fedcomm.jobs import backlog
from fedcomm.notifications import push_subscriptions
from fedcomm.sealing import NoSecret, Seal
from fedcomm.threads import recounting

CLOCK_OFF = timedelta(seconds=30)


class Finding(msgspec.Struct, frozen=True):
    """What was looked at, whether it is well, and what was seen or should be done."""

    what: str
    is_well: bool
    text: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--counters", is_flag=True, help="Count posts, replies, followers and reactions anew; takes a while.")
@click.option(
    "--forget-sealed", is_flag=True, help="Forget what a lost secret sealed: apps ask anew for notifications."
)
def command(as_json: bool, counters: bool, forget_sealed: bool) -> None:
    """Verify configuration, database, queues, log, name, clock, disk. Exit status 1 if something is to be mended."""
    findings = asyncio.run(_look(counters=counters, forget_sealed=forget_sealed))
    if as_json:
        print_json(findings)
    else:
        for each in findings:
            click.echo(f"{'ok ' if each.is_well else 'NOT'}  {each.what}: {each.text}")
    if not all(each.is_well for each in findings):
        sys.exit(1)


async def _look(*, counters: bool, forget_sealed: bool) -> list[Finding]:
    try:
        settings = config.load()
    except config.Wrong as wrong:
        return [Finding("configuration", False, str(wrong))]
    told = "; ".join(settings.warnings()) or f"{settings.base_url}, listening at {settings.listen}"
    findings = [Finding("configuration", True, told), _disk(settings), await _name(settings), _secret_folder(settings)]
    try:
        async with database_urls.opened(settings) as urls:
            findings += await _database(urls, settings, counters=counters, forget_sealed=forget_sealed)
    except Exception as error:  # told as a finding, like everything else that is not well
        findings.append(Finding("database", False, one_line(error) or f"{type(error).__name__}: {error}"))
    return findings


async def _database(urls: Urls, settings: Config, *, counters: bool, forget_sealed: bool) -> list[Finding]:
    db = await database.connect(urls.main)
    try:
        version = await db.fetchval("SHOW server_version")
        findings = [Finding("database", True, f"PostgreSQL {version}")]
        if not await migrating.is_current(db):
            return [*findings, Finding("migrations", False, "some wait: ./run migrate")]
        findings.append(Finding("migrations", True, "all applied"))
        if forget_sealed:
            gone = await push_subscriptions.forget_all(db)
            findings.append(Finding("what was sealed", True, f"forgotten: {gone} devices ask anew"))
        findings += [await _queues(db, settings), await _clock(db), await _log(db, settings)]
        return [*findings, await _counters(db)] if counters else findings
    finally:
        await db.close()


async def _queues(db: Connection, settings: Config) -> Finding:
    now = datetime.now(UTC)
    stalled = await backlog.stalled(db, after=settings.durations.stalled_after, now=now)
    if stalled:
        return Finding("queues", False, "; ".join(stalled) + " (is ./run serve running?)")
    queues = await backlog.look(db, now=now)
    return Finding("queues", True, ", ".join(f"{each.queue} {each.waiting} waiting" for each in queues))


async def _log(db: Connection, settings: Config) -> Finding:
    """Whether what moderators and admins did is written down as it was (C06)."""
    wrong = await audit.wrong_places(db)
    try:
        wrong += await audit.wrong_seals(db, Seal(settings.secret_file))
    except NoSecret as missing:
        wrong.append(str(missing))
    if wrong:
        return Finding("log", False, "; ".join(wrong[:5]) + ": somebody changed it, or an old copy was brought back")
    return Finding("log", True, f"{await audit.length(db)} entries, all as they were written")


async def _counters(db: Connection) -> Finding:
    wrong = await recounting.recount(db)
    if wrong:
        shown = ", ".join(f"{d.table} {d.id} {d.counter} {d.stored} for {d.counted}" for d in wrong[:5])
        return Finding("counters", False, f"{len(wrong)} wrong: {shown}")
    return Finding("counters", True, "all as counted")


async def _clock(db: Connection) -> Finding:
    off = abs(datetime.now(UTC) - await backlog.clock_of_database(db))
    if off > CLOCK_OFF:
        return Finding("clock", False, f"{off.total_seconds():.0f} s apart from the database's: set both by NTP")
    return Finding("clock", True, "agrees with the database's")


async def _name(settings: Config) -> Finding:
    host = urlsplit(settings.base_url).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        return Finding("name", False, f"{host} does not resolve ({error.strerror}): others cannot find this server")
    return Finding("name", True, f"{host} is at {', '.join(sorted({str(each[4][0]) for each in found}))}")


def _disk(settings: Config) -> Finding:
    folder = _existing(settings.folder)
    free = shutil.disk_usage(folder).free
    if free < LEAST_DISK_FREE:
        return Finding("disk", False, f"{free // 2**20} MiB free at {folder}: make room")
    return Finding("disk", True, f"{free // 2**30} GiB free at {folder}")


def _secret_folder(settings: Config) -> Finding:
    folder = _existing(settings.folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("data folder", False, f"{folder} cannot be written to by this user")
    return Finding("data folder", True, str(settings.folder))


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder
