"""`./run backup`: all of an instance in one file."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from fedcomm import config, database_urls
from fedcomm.backups.archive import Contents, Unusable
from fedcomm.cli.instance import print_json
from fedcomm.media import stores
from fedcomm.portability import backing_up


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--without-media", is_flag=True, help="Leave uploaded files out: a bucket is kept safe in its own way.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: Path, without_media: bool, as_json: bool) -> None:
    """Write rows, secret and uploaded files as they are now into FILE, and read it again to see that it is whole.

    The instance may go on running. FILE holds the private keys of all members and groups: keep it closed to others,
    and away from this machine. `./run restore` brings it back.
    """
    path = file.expanduser().absolute()
    contents = asyncio.run(_back_up(path, with_media=not without_media))
    size = path.stat().st_size
    rows, media = sum(contents.rows.values()), sum(name.startswith("media/") for name in contents.members)
    if as_json:
        missing = list(contents.missing_media)
        print_json({"file": str(path), "bytes": size, "rows": rows, "media": media, "missing_media": missing})
        return
    click.echo(f"{path}: {rows} rows, {media} files, {size / 2**20:.1f} MiB; read again, all there")
    if contents.missing_media:
        click.echo(f"!!! {len(contents.missing_media)} files were missing before: ./run check --files", err=True)


async def _back_up(path: Path, *, with_media: bool) -> Contents:
    settings, now = config.load(), datetime.now(UTC)
    store = stores.opened(settings.media_url, now=lambda: datetime.now(UTC))
    try:
        async with database_urls.opened(settings) as urls:
            return await backing_up.back_up(settings, urls.direct, store, path, with_media=with_media, now=now)
    except OSError as problem:  # no such folder, not ours, no room
        raise Unusable(f"{path} cannot be written: {problem.strerror or problem}") from problem
    finally:
        await store.close()
