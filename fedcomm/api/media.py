"""Pictures that people upload to attach them to posts. Source: Mastodon API documentation, methods/media.

The newer address answers at once and prepares the picture afterwards; the older one answers when it is ready.
"""

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm import facts
from fedcomm.api.entities import media as entities
from fedcomm.errors import Invalid
from fedcomm.http.answers import json
from fedcomm.http.auth import member, needs
from fedcomm.http.context import Site, SiteWork, site
from fedcomm.http.forms import convert, fields, read
from fedcomm.http.limits import Limits
from fedcomm.http.router import Route
from fedcomm.media import pictures, uploads
from fedcomm.media.pictures import Pictures
from fedcomm.media.storage import Store
from fedcomm.media.uploads import Focus, Upload

LARGEST_FORM = pictures.LARGEST_PICTURE + 128 * 1024
UPLOAD_WITHIN_S = 120.0
"""A whole upload, also over a slow line."""
UPLOADS_AT_ONCE = 30
"""Of one account, in the window of all limits."""


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
    """Take a file and what is said of it, to be prepared later or by who awaits it. Raises Invalid, TooMany."""
    here, me = site(request), member(request).account
    here.service(Limits).check("uploads", str(me.id), UPLOADS_AT_ONCE)
    files: dict[str, bytes] = {}
    async with asyncio.timeout(UPLOAD_WITHIN_S):
        form = convert(MediaForm, await fields(request, largest=LARGEST_FORM, files=files))
    if "file" not in files:
        raise Invalid("Choose a file first.", field="file")
    body, focus = files["file"], focus_of(form.focus)
    pictures.form_of(body)
    uploads.described(form.description or "")
    token = uploads.new_token()
    await here.service(Store).put(token, body)
    async with here.transaction() as db:
        return await uploads.add(
            db,
            me.id,
            token,
            size=len(body),
            description=form.description or "",
            focus=focus,
            is_awaited=is_awaited,
            now=here.now(),
        )


async def _make_ready(here: Site, upload: Upload) -> None:
    """Prepare the picture of an upload, unless it is or cannot be. The raw file, with all it may tell, goes (S107)."""
    store = here.service(Store)
    body = await store.get(upload.token)
    try:
        prepared = await here.service(Pictures).prepare(body or b"")
    except Invalid:
        async with here.transaction() as db:
            await uploads.fail(db, upload.id)
    else:
        file, preview = await uploads.keep(store, upload.token, prepared)
        async with here.transaction() as db:
            is_wanted = await uploads.finish(db, upload.id, file, preview, prepared)
        if not is_wanted:
            await store.delete(file)
            await store.delete(preview)
    await store.delete(upload.token)


async def prepare(work: SiteWork, fact: facts.MediaUploaded) -> None:
    """Prepare what was uploaded; a consequence, so it happens whatever breaks down meanwhile."""
    async with work.site.read() as db:
        upload = await uploads.find(db, fact.media_id)
    if upload is not None and upload.state == "processing":
        await _make_ready(work.site, upload)
    async with work.transaction():
        pass


async def sweep(here: Site) -> None:
    """Remove the files of deleted posts, and uploads that no post has taken within a day (D60, D61)."""
    store = here.service(Store)
    async with here.read() as db:
        found = await uploads.to_sweep(db, before=here.now() - here.durations.keep_loose_uploads)
    if not found:
        return
    async with here.transaction() as db:
        going = await uploads.take_to_sweep(db, found)
    await uploads.remove_files(store, going)
    async with here.transaction() as db:
        await uploads.forget(db, going)


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
    await _make_ready(here, received)
    return await _shown(request, received.id)


async def _shown(request: Request, upload_id: int) -> Response:
    here = site(request)
    async with here.read() as db:
        upload = await uploads.loose(db, member(request).account.id, upload_id)
    if upload.state == "failed":
        raise Invalid("This picture could not be read.", field="file")
    status = 206 if upload.state == "processing" else 200
    return json(entities.upload(here.here, upload), status=status)


@needs("write:media")
async def show_media(request: Request) -> Response:
    """Whether an upload is ready."""
    return await _shown(request, int(request.path_params["id"]))


@needs("write:media")
async def change_media(request: Request) -> Response:
    """Describe an upload before it is attached."""
    form = await read(request, MediaForm)
    here = site(request)
    async with here.transaction() as db:
        upload = await uploads.describe(
            db,
            member(request).account.id,
            int(request.path_params["id"]),
            description=form.description,
            focus=focus_of(form.focus),
        )
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
    Route("/api/v1/media/{id:int}", change_media, methods=["PUT", "PATCH"]),
    Route("/api/v1/media/{id:int}", remove_media, methods=["DELETE"]),
]
