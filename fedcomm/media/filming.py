"""The worker that makes films and sound anew: one at a time in a process, bounded, and taken up again after a crash."""

import asyncio
import logging
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from fedcomm.database import Down, Pool
from fedcomm.durations import Durations
from fedcomm.errors import Invalid
from fedcomm.jobs.rounds import until_stopped
from fedcomm.media import uploads
from fedcomm.media.films import Films, Made
from fedcomm.media.pictures import Pictures
from fedcomm.media.storage import Store, StoreAway
from fedcomm.media.uploads import Ready, Upload

log = logging.getLogger(__name__)


class Filming:
    """Works at what `uploads` says is a film or sound that is not ready. `folder`: where it may write meanwhile."""

    def __init__(
        self,
        pool: Pool,
        store: Store,
        films: Films,
        pictures: Pictures,
        folder: Path,
        durations: Durations,
        now: Callable[[], datetime],
    ) -> None:
        self._pool = pool
        self._store = store
        self._films = films
        self._pictures = pictures
        self._folder = folder
        self._durations = durations
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; what is under way then is handed back."""
        await asyncio.to_thread(self._clear)
        await until_stopped(stop, self._round, pause=self._durations.polling)

    async def settle(self) -> bool:
        """Do all that waits; True when there was something."""
        found = False
        while await self._next():
            found = True
        return found

    async def _round(self) -> bool:
        try:
            return await self._next()
        except (Down, StoreAway) as away:
            log.warning("films: put off error=%s", away)
        except Exception:  # the loop goes on whatever happens (R007)
            log.exception("films: a round failed")
        return False

    async def _next(self) -> bool:
        """Take one and make it; False when there is none."""
        async with self._pool.transaction() as db:
            upload = await uploads.claim_film(db, lease=self._durations.film_limit * 3, now=self._now())
        if upload is None:
            return False
        try:
            await self._make(upload)
        except Invalid as refusal:
            log.info("film refused media=%d reason=%s", upload.id, refusal)
            async with self._pool.transaction() as db:
                await uploads.fail(db, upload.id)
        except (asyncio.CancelledError, StoreAway):
            async with self._pool.transaction() as db:
                await uploads.hand_back(db, upload.id)
            raise
        await self._store.delete(upload.token)
        return True

    async def _make(self, upload: Upload) -> None:
        """From the raw file in the store to what is served. Raises Invalid, StoreAway."""
        folder = await asyncio.to_thread(self._new_folder)
        try:
            source = folder / "source"
            if not await self._store.copy(upload.token, source):
                raise Invalid("This file is no longer there.", field="file")
            ready = await self._still(upload, source) or await self._kept(
                upload, await self._films.make(source, upload.source_type or "", folder)
            )
            async with self._pool.transaction() as db:
                is_wanted = await uploads.finish(db, upload.id, ready)
                now_there = await uploads.find(db, upload.id)
            kept = now_there.preview if now_there and is_wanted else None
            for name in filter(None, (None if is_wanted else ready.file, ready.preview)):
                if name != kept:
                    await self._store.delete(name)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _still(self, upload: Upload, source: Path) -> Ready | None:
        """A GIF that does not move is a picture; None for all else. Raises Invalid."""
        if upload.source_type != "image/gif":
            return None
        prepared = await self._pictures.prepare(await asyncio.to_thread(source.read_bytes))
        return None if prepared.is_moving else await uploads.keep(self._store, upload.token, prepared)

    async def _kept(self, upload: Upload, made: Made) -> Ready:
        """Store a film or sound and its small picture. Raises Invalid, StoreAway."""
        size = await asyncio.to_thread(lambda: made.path.stat().st_size)
        ready = Ready(
            kind=made.kind,
            file=f"{upload.token}.{made.ending}",
            media_type=made.media_type,
            size=size,
            width=made.probed.width or None,
            height=made.probed.height or None,
            duration=made.probed.duration,
            frame_rate=made.probed.frame_rate or None,
            bit_rate=made.probed.bit_rate or None,
        )
        if made.poster is not None:
            prepared = await self._pictures.prepare(await asyncio.to_thread(made.poster.read_bytes))
            ready = msgspec.structs.replace(
                ready,
                preview=f"{upload.token}s.{prepared.preview_ending}",
                preview_width=prepared.preview_width,
                preview_height=prepared.preview_height,
                blurhash=prepared.blurhash,
            )
            await self._store.put(ready.preview or "", prepared.preview)
        file = await asyncio.to_thread(made.path.open, "rb")
        try:
            await self._store.put_file(ready.file, file)
        finally:
            file.close()
        return ready

    def _new_folder(self) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Path(tempfile.mkdtemp(dir=self._folder))

    def _clear(self) -> None:
        """Remove what processes that were killed left behind."""
        oldest = time.time() - self._durations.film_limit.total_seconds() * 4
        for left in self._folder.glob("*"):
            if left.stat().st_mtime < oldest:
                shutil.rmtree(left, ignore_errors=True)
