"""`./run check`: is everything well, and if not, what to mend."""

import asyncio
import sys
from datetime import UTC, datetime

import click
import msgspec

from fedcomm import audit, config, database, database_urls, mail_server, migrating
from fedcomm.accounts import signup
from fedcomm.cli import check_mail, one_line
from fedcomm.cli.instance import print_json
from fedcomm.config import Config
from fedcomm.database import Connection
from fedcomm.database_urls import Urls
from fedcomm.http import checking
from fedcomm.http.checking import Finding
from fedcomm.media import stores, sweeping
from fedcomm.notifications import push_subscriptions
from fedcomm.sealing import NoSecret, Seal
from fedcomm.settings import load as load_settings
from fedcomm.threads import recounting


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--counters", is_flag=True, help="Count posts, replies, followers and reactions anew; takes a while.")
@click.option("--files", is_flag=True, help="Look whether every uploaded file is there; takes a while.")
@click.option(
    "--forget-sealed", is_flag=True, help="Forget what a lost secret sealed: apps ask anew for notifications."
)
@click.option("--mail-to", default="", metavar="ADDRESS", help="Send a test mail there.")
def command(as_json: bool, counters: bool, files: bool, forget_sealed: bool, mail_to: str) -> None:
    """Verify configuration, database, queues, log, name, mail, clock, disk. Exit status 1 if something is amiss."""
    mail_to = signup.check_email(mail_to) if mail_to else ""
    findings = asyncio.run(_look(counters=counters, files=files, forget_sealed=forget_sealed, mail_to=mail_to))
    if as_json:
        print_json(findings)
    else:
        for each in findings:
            click.echo(f"{'ok ' if each.is_well else 'NOT'}  {each.what}: {each.text}")
    if not all(each.is_well for each in findings):
        sys.exit(1)


async def _look(*, counters: bool, files: bool, forget_sealed: bool, mail_to: str) -> list[Finding]:
    try:
        settings = config.load()
    except config.Wrong as wrong:
        return [Finding("configuration", False, str(wrong))]
    told = "; ".join(settings.warnings()) or f"{settings.base_url}, listening at {settings.listen}"
    findings = [Finding("configuration", True, told), checking.disk(settings), await checking.name(settings)]
    findings.append(checking.data_folder(settings))
    if settings.smtp is not None:
        findings.append(await check_mail.look(settings, to=mail_to))
    try:
        async with database_urls.opened(settings) as urls:
            if settings.smtp is None:
                findings.append(await check_mail.look(await _with_mail_server(urls, settings), to=mail_to))
            findings += await _database(urls, settings, counters=counters, files=files, forget_sealed=forget_sealed)
    except Exception as error:  # told as a finding, like everything else that is not well
        findings.append(Finding("database", False, one_line(error) or f"{type(error).__name__}: {error}"))
    return findings


async def _with_mail_server(urls: Urls, settings: Config) -> Config:
    """The configuration with the mail server that an admin set on a page, if there is one."""
    db = await database.connect(urls.main)
    try:
        if not await migrating.is_current(db):
            return settings
        kept = (await load_settings(db, settings)).mail_server
    finally:
        await db.close()
    found = await mail_server.opened(Seal(settings.secret_file), kept, settings.here.domain)
    return msgspec.structs.replace(settings, smtp=found)


async def _database(urls: Urls, settings: Config, *, counters: bool, files: bool, forget_sealed: bool) -> list[Finding]:
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
        findings.append(checking.contacts(settings, await load_settings(db, settings)))
        findings += [await checking.queues(db, settings), await checking.clock(db), await _log(db, settings)]
        archives = await checking.archives(db, settings)
        if archives is not None:
            findings.append(archives)
        if files:
            findings.append(await _files(db, settings))
        return [*findings, await _counters(db)] if counters else findings
    finally:
        await db.close()


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


async def _files(db: Connection, settings: Config) -> Finding:
    """Whether all that members uploaded can be shown (R038)."""
    lost = await sweeping.lost(db, stores.opened(settings.media_url, now=lambda: datetime.now(UTC)))
    if lost:
        shown = f"{', '.join(lost[:20])}{' ...' if len(lost) > 20 else ''}"
        return Finding("files", False, f"{len(lost)} missing, bring those of the backup back: {shown}")
    return Finding("files", True, "all there")


async def _counters(db: Connection) -> Finding:
    wrong = await recounting.recount(db)
    if wrong:
        shown = ", ".join(f"{d.table} {d.id} {d.counter} {d.stored} for {d.counted}" for d in wrong[:5])
        return Finding("counters", False, f"{len(wrong)} wrong: {shown}")
    return Finding("counters", True, "all as counted")
