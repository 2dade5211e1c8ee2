"""Pictures of accounts, and files that came with posts: always from here, so that nobody elsewhere learns who reads
(decisions D64). Nothing is served but pictures, sound and film, and nothing as anything that a browser would run.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fedcomm import emojis
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.errors import NotFound
from fedcomm.http import ranges, retaining
from fedcomm.http.auth import anyone, viewer_id
from fedcomm.http.context import Site, site
from fedcomm.http.pages import visitor
from fedcomm.http.router import Route
from fedcomm.media import generated, uploads
from fedcomm.media.downloads import Downloads
from fedcomm.media.generated import Kind
from fedcomm.media.kept_files import SHOWN, KeptFiles
from fedcomm.media.sniffing import media_type
from fedcomm.media.storage import NAME, Store, Stored, StoreFull
from fedcomm.network import peers
from fedcomm.threads import reading
from fedcomm.threads.audience import PUBLIC

PICTURE_BYTES = 8 * 1024 * 1024
FILE_BYTES = 40 * 1024 * 1024
HEAD_BYTES = 64
"""Enough to tell what a file is."""
AT_ONCE = 2
"""So many pictures are drawn at a time."""

SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"
FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400"
FOR_ONE = "private, max-age=3600"

log = logging.getLogger(__name__)

_NOTHING_TO_SHOW = b""
"""Kept in place of a file that we do not show, so that it is not fetched again at every view."""


class Media:
    """The files of one site: where they are kept, and who is drawing just now."""

    def __init__(self, here: Site) -> None:
        self._here = here
        self._kept = KeptFiles(here.config.folder / SHOWN, lambda: retaining.file_bounds(here.settings))
        self._drawing = asyncio.Semaphore(AT_ONCE)
        self._under_way: dict[str, asyncio.Task[bytes | None]] = {}

    async def picture(self, account: Account, what: str) -> tuple[bytes, str]:
        """The avatar or header of an account, and how long it may be kept: its own, else a generated one."""
        remote = account.avatar_url if what == "avatars" else account.header_url
        if remote and not account.is_local:
            body = await self.fetched(remote, most=PICTURE_BYTES)
            if body is not None and (media_type(body) or "").startswith("image/"):
                return body, A_DAY
        if remote and account.is_local:
            body = await self._here.service(Store).get(remote)
            if body is not None:
                return body, FOR_EVER
        key = f"generated:{what}:{account.kind}:{account.uri}:{account.shown_name}"
        body = await self._once(key, lambda: self._drawn(account, what))
        if body is None:
            raise NotFound
        return body, A_DAY if remote else FOR_EVER

    async def _drawn(self, account: Account, what: str) -> bytes:
        kind: Kind = "group" if account.is_group else "person" if account.kind == "person" else "service"
        async with self._drawing:
            if what == "avatars":
                return await asyncio.to_thread(generated.avatar, account.uri, account.shown_name, kind)
            return await asyncio.to_thread(generated.header, account.uri, kind)

    async def fetched(self, url: str, *, most: int) -> bytes | None:
        """A file of another server; None when it cannot be had or is nothing that we show."""
        return await self._once(f"remote:{url}", lambda: self._download(url, most))

    async def fetched_file(self, url: str, *, most: int) -> Stored | None:
        """The same, to be sent in pieces: what is kept already is not read as a whole. Raises StoreFull."""
        kept = await self._kept.open(f"remote:{url}")
        if kept is None and await self.fetched(url, most=most) is not None:
            kept = await self._kept.open(f"remote:{url}")
            if kept is None:
                raise StoreFull("no room to show what others sent")
        return kept

    async def _download(self, url: str, most: int) -> bytes | None:
        body = await self._here.service(Downloads).file(url, most=most)
        return body if body is None or media_type(body) is not None else _NOTHING_TO_SHOW

    async def _once(self, key: str, make: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
        """What is kept, else what is made now, by one for all who ask meanwhile (S154: keys are hashed to names)."""
        kept = await self._kept.get(key)
        if kept is not None:
            return kept or None
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, make))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        return await asyncio.shield(task) or None

    async def _make(self, key: str, make: Callable[[], Awaitable[bytes | None]]) -> bytes | None:
        body = await make()
        if body is not None:
            try:
                await self._kept.put(key, body)
            except OSError as problem:  # a full disk: it is shown all the same, and made again next time (R029)
                log.warning("cannot be kept error=%s", problem)
        return body

    async def close(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)


def _file(request: Request, body: bytes, cache: str) -> Response:
    """Bytes as what they are: sniffed and sandboxed."""
    found = media_type(body)
    if found is None:
        raise NotFound
    headers = _headers(cache, hashlib.sha256(body).hexdigest()[:24])
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=found, headers=headers)


async def _in_pieces(request: Request, stored: Stored, tag: str, cache: str) -> Response:
    """A file as what it is, in pieces; and the part of it that players ask for."""
    head = b"".join([piece async for piece in stored.pieces(0, min(HEAD_BYTES, stored.size) - 1)])
    found = media_type(head)
    if found is None:
        raise NotFound
    headers = _headers(cache, tag)
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers={**headers, "Accept-Ranges": "bytes"})
    return ranges.answer(request, stored, found, headers)


def _headers(cache: str, tag: str) -> dict[str, str]:
    return {
        "Cache-Control": cache,
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Content-Disposition": "inline",
        "ETag": f'"{tag}"',
    }


async def _account_picture(request: Request, what: str) -> Response:
    here = site(request)
    async with here.read() as db:
        account = await lookup.by_id(db, int(request.path_params["id"]))
        if account is None or account.state in ("pending", "deleted", "suspended"):
            raise NotFound
        if not account.is_local and await peers.is_suspended(db, account.authority):
            raise NotFound
    if int(request.path_params["version"]) != account.version:
        return RedirectResponse(f"{here.here.media_base or '/media'}/{what}/{account.id}/{account.version}.png", 302)
    body, cache = await here.service(Media).picture(account, what)
    return _file(request, body, cache)


@anyone
async def avatar(request: Request) -> Response:
    """The picture of an account."""
    return await _account_picture(request, "avatars")


@anyone
async def header(request: Request) -> Response:
    """The header picture of an account."""
    return await _account_picture(request, "headers")


@anyone
async def emoji(request: Request) -> Response:
    """The picture of a custom emoji, ours or fetched from its own server."""
    here = site(request)
    async with here.read() as db:
        found = await emojis.by_id(db, int(request.path_params["id"]))
        if found is None:
            raise NotFound
        for who in {found.authority, urlsplit(found.icon_url or "").netloc.lower()} - {""}:
            if await peers.is_suspended(db, who):
                raise NotFound
    if found.file is not None:
        return await _stored(request, found.file, A_DAY)
    body = await here.service(Media).fetched(found.icon_url or "", most=emojis.LARGEST)
    if body is None or not (media_type(body) or "").startswith("image/"):
        raise NotFound
    return _file(request, body, A_DAY)


@anyone
async def logo(request: Request) -> Response:
    """The logo of this place."""
    name = request.path_params["name"]
    if name != site(request).settings.logo:
        raise NotFound
    return await _stored(request, name, FOR_EVER)


@anyone
async def attachment(request: Request) -> Response:
    """A file that came with a post from elsewhere, for those who may read the post."""
    here = site(request)
    me = await visitor(request)
    who = viewer_id(request) or (me.account.id if me else None)
    async with here.read() as db:
        post_id, key = int(request.path_params["id"]), request.query_params.get("key", "")
        post = (await reading.shown_with_key(db, post_id, key) if key else None) or await reading.by_id(
            db, post_id, who
        )
        files = (await reading.parts(db, [post.id]))[post.id].attachments
    position = int(request.path_params["position"])
    if position >= len(files):
        raise NotFound
    if (file := files[position].file) is not None:
        return await _stored(request, file, FOR_EVER if post.audience in PUBLIC else FOR_ONE)
    url = files[position].remote_url
    kept = await here.service(Media).fetched_file(url, most=FILE_BYTES)
    if kept is None:
        raise NotFound
    tag = hashlib.sha256(f"{url} {kept.size}".encode()).hexdigest()[:24]
    return await _in_pieces(request, kept, tag, A_DAY if post.audience in PUBLIC else FOR_ONE)


@anyone
async def uploaded(request: Request) -> Response:
    """A file that was uploaded here, for whoever was told its name, which nobody can guess (S032, S096)."""
    name = request.path_params["name"]
    if not NAME.fullmatch(name):
        raise NotFound
    async with site(request).read() as db:
        if await uploads.with_file(db, name) is None:
            raise NotFound
    return await _stored(request, name, FOR_EVER)


async def _stored(request: Request, name: str, cache: str) -> Response:
    stored = await site(request).service(Store).open(name)
    if stored is None:
        raise NotFound
    return await _in_pieces(request, stored, name, cache)


routes = [
    Route("/media/files/{name}", uploaded),
    Route("/media/avatars/{id:int}/{version:int}.png", avatar),
    Route("/media/headers/{id:int}/{version:int}.png", header),
    Route("/media/emojis/{id:int}/{version:int}.png", emoji),
    Route("/media/logo/{name}", logo),
    Route("/media/posts/{id:int}/{position:int}", attachment),
]
