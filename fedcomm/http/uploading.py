"""Files that come in, from apps and from pages: kept as they come, then made ready (S107; D64)."""

import asyncio
import os
from typing import BinaryIO

from fedcomm.errors import Invalid
from fedcomm.http.context import Site
from fedcomm.media import pictures, uploads
from fedcomm.media.films import LARGEST_FILM, Films, first_kind
from fedcomm.media.pictures import Pictures
from fedcomm.media.sniffing import media_type
from fedcomm.media.storage import Store
from fedcomm.media.uploads import Focus, Upload


def largest_form(here: Site) -> int:
    """The largest body with a file, its small picture and what is said of it."""
    largest = LARGEST_FILM if here.service(Films).accepted_types else pictures.LARGEST_PICTURE
    return largest + 2 * 1024 * 1024


async def take(
    here: Site,
    owner_id: int,
    file: BinaryIO,
    *,
    description: str,
    focus: Focus | None = None,
    is_awaited: bool = False,
    is_picture: bool = False,
) -> Upload:
    """Keep a file that somebody uploads. `is_picture`: film and sound are not taken. Raises Invalid."""
    head, size = await asyncio.to_thread(beginning, file)
    source_type = media_type(head)
    is_film = not is_picture and here.service(Films).takes(source_type, size)
    if not is_film:
        pictures.form_of(head, size)
    uploads.described(description)
    token = uploads.new_token()
    await here.service(Store).put_file(token, file)
    async with here.transaction() as db:
        return await uploads.add(
            db,
            owner_id,
            token,
            size=size,
            description=description,
            focus=focus,
            kind=first_kind(source_type) if is_film else "image",
            source_type=source_type if is_film else None,
            is_awaited=is_awaited,
            now=here.now(),
        )


def beginning(file: BinaryIO) -> tuple[bytes, int]:
    """What a file begins with, and how long it is."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return file.read(64), size


async def make_ready(here: Site, upload: Upload) -> None:
    """Prepare the picture of an upload, unless it is or cannot be. The raw file, with all it may tell, goes (S107)."""
    store = here.service(Store)
    body = await store.get(upload.token)
    try:
        prepared = await here.service(Pictures).prepare(body or b"")
    except Invalid:
        async with here.transaction() as db:
            await uploads.fail(db, upload.id)
    else:
        ready = await uploads.keep(store, upload.token, prepared)
        async with here.transaction() as db:
            is_wanted = await uploads.finish(db, upload.id, ready)
            found = await uploads.find(db, upload.id)
        kept = (found.file, found.preview) if found and is_wanted else ()
        for name in filter(None, (ready.file, ready.preview)):
            if name not in kept:
                await store.delete(name)
    await store.delete(upload.token)
