"""`./run export`: what belongs to an instance, in open formats."""

import asyncio
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from fedcomm import audit, config
from fedcomm.backups.archive import Unusable
from fedcomm.cli.instance import print_json
from fedcomm.portability import of_instance
from fedcomm.portability.packing import NoRoom, Packing
from fedcomm.portability.personal import Scribe, Sources

TELLS_EVERY_S = 2.0
AS_MUCH_AS_FITS = 2**62
"""Only the disk bounds what an operator has put together."""


@click.group()
def command() -> None:
    """Take along what belongs to this instance, in open formats."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def instance(file: Path, as_json: bool) -> None:
    """Write people, groups, posts for everybody, files, settings, other servers and the log into FILE, a ZIP archive.

    The instance may go on running. There are no passwords, keys or sessions in it, and no posts for some people only;
    to start again with the same ids and keys, use `./run backup`. Keep FILE as safe as a list of members.
    """
    path = file.expanduser().absolute()
    os.umask(0o077)
    made = asyncio.run(_write(path))
    if as_json:
        print_json({"file": str(path), "bytes": path.stat().st_size, **msgspec.structs.asdict(made)})
        return
    click.echo(f"{path}: {sum(made.entries.values())} entries, {path.stat().st_size / 2**20:.1f} MiB")
    click.echo(f"posts for some people only, which are not in it: {made.posts_for_some_only}")
    if made.files_left_out:
        click.echo(f"!!! {made.files_left_out} files did not fit or were not there: ./run check --files", err=True)


async def _write(path: Path) -> of_instance.Contents:
    from fedcomm import app  # here, as it imports every room: `--help` shall answer at once
    from fedcomm.media.storage import Store

    settings, now, last = config.load(), datetime.now(UTC), time.monotonic()
    done = 0

    async def told() -> None:
        nonlocal last
        if sys.stderr.isatty() and time.monotonic() - last > TELLS_EVERY_S:
            last = time.monotonic()
            click.echo(f"{done} pieces, {into.written / 2**20:.0f} MiB", err=True)

    try:
        into = Packing(path, now=now, told=told, most=AS_MUCH_AS_FITS)
    except OSError as problem:  # exists already, no such folder, not ours
        raise Unusable(f"{path} cannot be written: {problem.strerror or problem}") from problem
    try:
        async with app.running(settings, with_worker=False) as here:
            site = here.site
            sources = Sources(site.pool.connection, site.service(Store), site.service(Scribe))
            async for _ in of_instance.pack(sources, site.here.domain, into, now=now):
                done += 1
            async with site.transaction(wakes=()) as db:
                await audit.write(db, None, "export instance", site.here.domain, now=site.now())
        await into.close()
    except BaseException as problem:
        await asyncio.to_thread(path.unlink)
        if isinstance(problem, NoRoom):
            raise Unusable(str(problem)) from problem
        raise
    return await asyncio.to_thread(of_instance.contents, path)
