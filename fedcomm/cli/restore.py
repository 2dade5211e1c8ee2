"""`./run restore`: a backup brought back into an empty place."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from fedcomm import config, database_urls
from fedcomm.backups import archive
from fedcomm.backups.archive import About, Contents
from fedcomm.cli.instance import print_json
from fedcomm.media import stores
from fedcomm.portability import restoring
from fedcomm.portability.restoring import Restored


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--verify", is_flag=True, help="Only read the file and say whether it is whole.")
@click.option("--dry-run", is_flag=True, help="Read the file and look at the place; change nothing.")
@click.option(
    "--as-it-was",
    is_flag=True,
    help="The instance was stopped before the backup and has not run since: hold nothing back, everybody stays signed"
    " in. For moving to another machine.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: Path, verify: bool, dry_run: bool, as_it_was: bool, as_json: bool) -> None:
    """Bring FILE back: into an empty database, with the same FEDCOMM_DOMAIN, while no server runs.

    Ids and keys are the same as before. Unless --as-it-was is given, nothing is sent to other servers until
    `./run delivery release` says so, what waited to be sent when the backup was made is kept among what failed, and
    everybody signs in again.
    """
    path = file.expanduser().absolute()
    if verify or dry_run:
        about, contents = archive.verify(path) if verify else asyncio.run(_look(path))
        return _tell_whole(path, about, contents, as_json=as_json)
    restored = asyncio.run(_restore(path, as_it_was=as_it_was))
    return print_json(restored) if as_json else _tell(restored, as_it_was=as_it_was)


def _tell_whole(path: Path, about: About, contents: Contents, *, as_json: bool) -> None:
    rows, media = sum(contents.rows.values()), sum(name.startswith(archive.MEDIA) for name in contents.members)
    if as_json:
        told = {"base_url": about.base_url, "made_at": about.made_at, "rows": rows, "media": media}
        return print_json({**told, "missing_media": list(contents.missing_media)})
    return click.echo(
        f"{path} is whole: {about.base_url} at {about.made_at:%Y-%m-%d %H:%M} UTC, {rows} rows,"
        f" {media} files" + ("" if about.has_media else " (made without them)")
    )


def _tell(restored: Restored, *, as_it_was: bool) -> None:
    click.echo(f"brought back: {restored.rows} rows, {restored.files} files of {restored.made_at:%Y-%m-%d %H:%M} UTC")
    if restored.missing_media:
        click.echo(f"!!! {len(restored.missing_media)} files were missing when the backup was made", err=True)
    if as_it_was:
        return
    for what, count in restored.kept_back.items():
        if count:
            click.echo(f"kept back: {count} {what}")
    click.echo(
        "nothing is sent to other servers yet: start the server, look round, then ./run delivery release"
        " (deploy/handbook/backup.md)"
    )


async def _look(path: Path) -> tuple[About, Contents]:
    settings, now = config.load(), datetime.now(UTC)
    about, contents = archive.verify(path)
    restoring.check_place(settings, about, contents, now=now)
    restoring.check_migrations(about)
    async with database_urls.opened(settings) as urls:
        await restoring.check_empty(urls.direct, now=now)
    return about, contents


async def _restore(path: Path, *, as_it_was: bool) -> Restored:
    from fedcomm.consequences import CONSEQUENCES, LEAVES  # here, as it imports every room

    settings = config.load()
    names = {fact.__name__: list(consequences) for fact, consequences in CONSEQUENCES.items()}
    store = stores.opened(settings.media_url, now=lambda: datetime.now(UTC))
    try:
        async with database_urls.opened(settings) as urls:
            return await restoring.restore(
                settings,
                urls.direct,
                store,
                path,
                leaves=sorted(LEAVES),
                names=names,
                as_it_was=as_it_was,
                now=datetime.now(UTC),
            )
    finally:
        await store.close()
