"""Files that people upload to attach them to posts. Source: Mastodon API documentation, methods/media.

The newer address answers at once and prepares the file afterwards; the older one answers when it is ready.
"""

import asyncio
from collections.abc import Mapping
from typing import BinaryIO

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import facts
from fedcomm.api.entities import media as entities
from fedcomm.errors import Invalid
from fedcomm.http import uploading
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import Site, SiteWork, site
from fedcomm.http.forms import LARGEST_BODY, convert, with_files
from fedcomm.http.router import Route
from fedcomm.media import pictures, sweeping, uploads
from fedcomm.media.pictures import Pictures, Prepared
from fedcomm.media.storage import Store
from fedcomm.media.uploads import Focus, Upload

UPLOAD_WITHIN_S = 600.0
"""A whole upload, also over a slow line."""
WAITED_FOR_S = 60.0
"""So long the older address waits for a film or sound, which is made elsewhere."""
LOOKED_EVERY_S = 0.5
MANY_NAMES = 1000


class MediaForm(msgspec.Struct):
    """What is said of a file; what is left out stays. `focus` is two numbers from -1 to 1."""

    description: str | None = None
    focus: str | None = None


def focus_of(text: str | None) -> Focus | None:
    """The point of a picture that must be seen. Raises Invalid."""
    if not text or not text.strip():
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise Invalid("focus is not valid.", field="focus") from None
    if not (abs(x) <= 1 and abs(y) <= 1):  # neither is what is not a number
        raise Invalid("focus is not valid.", field="focus")
    return x, y


async def _received(request: Request, *, is_awaited: bool = False) -> Upload:
    """Take a file and what is said of it, to be prepared later or by who awaits it. Raises Invalid."""
    here, me = site(request), member(request).account
    most = uploading.largest_form(here)
    async with asyncio.timeout(UPLOAD_WITHIN_S), with_files(request, largest=most) as (given, files):
        form = convert(MediaForm, given)
        if "file" not in files:
            raise Invalid("Choose a file first.", field="file")
        focus = focus_of(form.focus)
        small = await _thumbnail(here, files)
        upload = await uploading.take(
            here, me.id, files["file"], description=form.description or "", focus=focus, is_awaited=is_awaited
        )
        if small is not None:
            upload = await _choose(here, me.id, upload.id, small)
    return upload


async def _thumbnail(here: Site, files: Mapping[str, BinaryIO]) -> Prepared | None:
    """A small picture that came along. Raises Invalid."""
    if "thumbnail" not in files:
        return None
    head, size = await asyncio.to_thread(uploading.beginning, files["thumbnail"])
    pictures.form_of(head, size)
    files["thumbnail"].seek(0)
    return await here.service(Pictures).prepare(await asyncio.to_thread(files["thumbnail"].read))


async def _choose(here: Site, owner_id: int, upload_id: int, small: Prepared) -> Upload:
    """Show an upload small as this picture. Raises NotFound."""
    store = here.service(Store)
    async with here.transaction() as db:
        name, before = await uploads.choose_preview(db, owner_id, upload_id, small)
        await store.put(name, small.preview)
        upload = await uploads.loose(db, owner_id, upload_id)
    if before is not None:
        await store.delete(before)
    return upload


async def prepare(work: SiteWork, fact: facts.MediaUploaded) -> None:
    """Prepare what was uploaded; a consequence, so it happens whatever breaks down meanwhile."""
    async with work.site.read() as db:
        upload = await uploads.find(db, fact.media_id)
    if upload is not None and upload.state == "processing" and upload.source_type is None:
        await uploading.make_ready(work.site, upload)
    async with work.transaction():
        pass


async def sweep(here: Site) -> None:
    """Remove the files of deleted posts, and uploads that no post has taken within a day (D60, D61)."""
    store = here.service(Store)
    async with here.read() as db:
        found = await sweeping.to_sweep(db, before=here.now() - here.durations.keep_loose_uploads)
    if not found:
        return
    async with here.transaction() as db:
        going = await sweeping.take_to_sweep(db, found)
    await sweeping.remove_files(store, going)
    async with here.transaction() as db:
        await sweeping.forget(db, going)


async def sweep_orphans(here: Site, beginning: str) -> None:
    """Remove stored files that no row knows, when they have been there for so long that none will (D60).

    Only those whose names begin so, as a store may be large: they are looked through one part after the other.
    """
    store, before = here.service(Store), here.now() - here.durations.keep_loose_uploads
    waiting: list[str] = []
    async for name, since in store.names(beginning):
        if since < before:
            waiting.append(name)
        if len(waiting) >= MANY_NAMES:
            await _remove_orphans(here, waiting)
            waiting = []
    await _remove_orphans(here, waiting)


async def _remove_orphans(here: Site, names: list[str]) -> None:
    async with here.read() as db:
        found = await sweeping.orphans(db, names)
    for name in found:
        await here.service(Store).delete(name)


async def remove_files(work: SiteWork, fact: facts.PostDeleted) -> None:
    """A post is gone: so are its files."""
    await sweep(work.site)
    async with work.transaction():
        pass


@needs("write:media")
async def upload_soon(request: Request) -> Response:
    """Take a file; it is ready a little later."""
    return json(entities.upload(site(request).here, await _received(request)), status=202)


@needs("write:media")
async def upload_now(request: Request) -> Response:
    """Take a file, and answer when it is ready."""
    here, received = site(request), await _received(request, is_awaited=True)
    if received.source_type is None:
        await uploading.make_ready(here, received)
    for _ in range(int(WAITED_FOR_S / LOOKED_EVERY_S)):
        async with here.read() as db:
            found = await uploads.find(db, received.id)
        if found is None or found.state != "processing":
            break
        await asyncio.sleep(LOOKED_EVERY_S)
    return await _shown(request, received.id, unfinished=202)


async def _shown(request: Request, upload_id: int, *, unfinished: int = 206) -> Response:
    here = site(request)
    async with here.read() as db:
        upload = await uploads.loose(db, member(request).account.id, upload_id)
    if upload.state == "failed":
        is_picture = upload.source_type is None
        raise Invalid(
            "This picture could not be read." if is_picture else "This film or sound could not be read.", field="file"
        )
    status = unfinished if upload.state == "processing" else 200
    return json(entities.upload(here.here, upload), status=status)


@needs("write:media")
async def show_media(request: Request) -> Response:
    """Whether an upload is ready."""
    return await _shown(request, int(request.path_params["id"]))


@needs("write:media")
async def change_media(request: Request) -> Response:
    """Describe an upload before it is attached, or choose the picture that it is shown as."""
    here, me, upload_id = site(request), member(request).account, int(request.path_params["id"])
    async with with_files(request, largest=pictures.LARGEST_PICTURE + LARGEST_BODY) as (given, files):
        form = convert(MediaForm, given)
        async with here.transaction() as db:
            upload = await uploads.describe(
                db, me.id, upload_id, description=form.description, focus=focus_of(form.focus)
            )
        small = await _thumbnail(here, files)
    if small is not None:
        upload = await _choose(here, me.id, upload_id, small)
    return json(entities.upload(here.here, upload), status=206 if upload.state == "processing" else 200)


@needs("write:media")
async def remove_media(request: Request) -> Response:
    """Remove an upload that is not attached."""
    here = site(request)
    async with here.transaction() as db:
        await uploads.discard(db, member(request).account.id, int(request.path_params["id"]))
    await sweep(here)
    return json({})


routes = [
    Route("/api/v2/media", upload_soon, methods=["POST"], has_time_limit=False),
    Route("/api/v1/media", upload_now, methods=["POST"], has_time_limit=False),
    Route("/api/v1/media/{id:int}", show_media),
    Route("/api/v1/media/{id:int}", change_media, methods=["PUT", "PATCH"], has_time_limit=False),
    Route("/api/v1/media/{id:int}", remove_media, methods=["DELETE"]),
]
