"""Keeping posts and files of others within bounds: for recurring work, the page of storage, and the command."""

import asyncio
from datetime import datetime
from pathlib import Path

from fedcomm.database import Pool
from fedcomm.figures.keeping import Patience
from fedcomm.media import kept_files
from fedcomm.media.kept_files import Bounds
from fedcomm.settings import Settings
from fedcomm.threads import retention


def file_bounds(bounds: Settings) -> Bounds:
    """How much of others' files is kept."""
    return kept_files.bounds(bounds.remote_files_days, bounds.remote_files_gb)


async def go_on(pool: Pool, folder: Path, bounds: Settings, patience: Patience, *, now: datetime) -> None:
    """Take further steps of the run that is under way, as many as there is patience for. `folder`: of the data."""
    async with pool.connection() as db:
        run = await retention.under_way(db)
    if run is None:
        return
    if run.files_count is None:
        count, size = await asyncio.to_thread(
            kept_files.sweep, folder / kept_files.SHOWN, file_bounds(bounds), only_look=not run.removes
        )
        async with pool.transaction() as db:
            await retention.note_files(db, run.id, count, size)
    is_more = True
    while is_more and not patience.is_over:
        async with pool.transaction() as db:
            is_more = await retention.go_on(db, now=now)
