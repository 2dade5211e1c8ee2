"""Archives of posts, as the worker reads them and takes them over; a copy of each lies in its folder meanwhile."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, Refusal
from fedcomm.here import Here
from fedcomm.media.pictures import Pictures
from fedcomm.media.storage import Store
from fedcomm.portability import archive_files, bringing_posts, imports
from fedcomm.portability.archive_files import Archive
from fedcomm.portability.import_files import Skipped
from fedcomm.portability.imports import Import, TaskLine

KEPT_S = 24 * 3600.0
LINES_AT_ONCE = 500

log = logging.getLogger(__name__)


class Unpacking:
    """Reads archives and takes their posts over. `folder`: where it may keep copies."""

    def __init__(
        self,
        here: Here,
        transaction: Callable[[], AbstractAsyncContextManager[Connection]],
        store: Store,
        prepare: Pictures,
        folder: Path,
        now: Callable[[], datetime],
    ) -> None:
        self._here = here
        self._transaction = transaction
        self._store = store
        self._prepare = prepare
        self._folder = folder
        self._now = now

    async def read(self, task: Import) -> None:
        """Read what is in one, to be looked at; one that cannot be read says why. Raises StoreAway."""
        try:
            archive = await self._opened(task)
            try:
                found = await asyncio.to_thread(archive.posts, now=self._now())
            finally:
                archive.close()
        except Invalid as refused:
            log.info("archive refused id=%d reason=%s", task.id, refused)
            async with self._transaction() as db:
                await imports.read(db, task, [Skipped(0, str(refused), "unreadable")])
                await imports.end(db, task, "unreadable", now=self._now())
            await self.forget(task)
            return
        for first in range(0, len(found.lines), LINES_AT_ONCE):
            async with self._transaction() as db:
                if not await imports.is_ours(db, task):
                    return
                await imports.add_lines(db, task.id, found.lines[first : first + LINES_AT_ONCE])
        skipped = found.skipped
        if found.boosts:
            skipped = [Skipped(0, str(found.boosts), "boost"), *skipped]
        async with self._transaction() as db:
            await imports.read(db, task, skipped)
            await imports.end(db, task, "proposed", now=self._now())

    async def step(self, task: Import, who: Account, lines: Sequence[TaskLine]) -> None:
        """Take over, or back, some posts; each in a transaction of its own. Raises StoreAway."""
        if task.state == "undoing":
            for line in lines:
                async with self._transaction() as db:
                    if not await imports.is_ours(db, task):
                        return
                    await bringing_posts.take_back(db, self._here, who, line, now=self._now())
                    await imports.note(db, task.id, line.number, "undone")
            return
        archive = await self._opened(task)
        try:
            for line in lines:
                if not await self._one(task, who, line, archive):
                    return
        finally:
            archive.close()

    async def _one(self, task: Import, who: Account, line: TaskLine, archive: Archive) -> bool:
        async with self._transaction() as db:
            is_here = await bringing_posts.brought(db, who.id, line.subject) is not None
        files: list[dict[str, Any]] = [] if is_here else line.told.get("files", [])
        kept, left_out = await bringing_posts.keep_pictures(archive, files, self._store, self._prepare)
        async with self._transaction() as db:
            if not await imports.is_ours(db, task):
                return False
            try:
                async with db.transaction():
                    post_id = await bringing_posts.publish(db, self._here, who, line, kept, now=self._now())
            except Refusal as refused:
                log.info("post of an archive refused id=%d number=%d reason=%s", task.id, line.number, refused)
                await imports.note(db, task.id, line.number, "failed", why="refused")
                return True
            before = {"left_out": left_out} if left_out else None
            state = "done" if post_id is not None else "as before"
            await imports.note(db, task.id, line.number, state, target_id=post_id, before=before)
        return True

    async def forget(self, task: Import) -> None:
        """Its copy is needed no more."""
        await asyncio.to_thread(self._path(task).unlink, missing_ok=True)

    async def _opened(self, task: Import) -> Archive:
        """Raises Invalid, StoreAway."""
        path = self._path(task)
        if not await asyncio.to_thread(path.exists):
            await asyncio.to_thread(self._clear)
            beside = path.with_suffix(f".{task.lease_token}")
            try:
                if task.file is None or not await self._store.copy(task.file, beside):
                    raise Invalid("This archive is no longer there.", field="archive")
                await asyncio.to_thread(archive_files.as_zip, beside)
                await asyncio.to_thread(beside.replace, path)
            finally:
                await asyncio.to_thread(beside.unlink, missing_ok=True)
        return await asyncio.to_thread(Archive, path)

    def _path(self, task: Import) -> Path:
        return self._folder / f"{task.id}.zip"

    def _clear(self) -> None:
        """Make the folder, without what processes that were killed left behind."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self._folder.iterdir():
            if left.stat().st_mtime < time.time() - KEPT_S:
                left.unlink(missing_ok=True)
