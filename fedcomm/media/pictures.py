"""Pictures that people upload, made anew in a process of its own before anybody sees them (S032, S083, S107, S151)."""

import asyncio
import importlib.util
import sys
from functools import cache
from pathlib import Path

import msgspec

from fedcomm.errors import Invalid
from fedcomm.media.sniffing import media_type

LARGEST_PICTURE = 16 * 1024 * 1024
MOST_PIXELS = 33_177_600
"""7680 x 4320. Source: Mastodon's `image_matrix_limit`."""
AT_ONCE = 2
WITHIN_S = 20.0
_ROOT = Path(__file__).parent.parent.parent
_FORMS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}
_HEIC = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it is kept and served, and its small copy."""

    media_type: str
    body: bytes
    width: int
    height: int
    preview: bytes
    preview_type: str
    preview_width: int
    preview_height: int
    blurhash: str
    is_moving: bool = False

    @property
    def ending(self) -> str:
        """What its name ends in."""
        return _ENDINGS[self.media_type]

    @property
    def preview_ending(self) -> str:
        """What the name of the small copy ends in."""
        return _ENDINGS[self.preview_type]


@cache
def accepted_types() -> tuple[str, ...]:
    """What can be uploaded here; pictures of iPhones only where the library for them is installed."""
    heic = ("image/heic", "image/heif") if importlib.util.find_spec("pillow_heif") else ()
    return (*_FORMS, *heic)


def form_of(head: bytes, size: int) -> str:
    """The decoder for a file, by its first bytes and never by its name. Raises Invalid for all that we do not take."""
    found = _FORMS.get(media_type(head) or "")
    if found is None and head[4:8] == b"ftyp" and head[8:12] in _HEIC and "image/heic" in accepted_types():
        found = "HEIF"
    if found is None:
        raise Invalid("This is not a file of a kind that can be uploaded here.", field="file")
    if size > LARGEST_PICTURE:
        raise Invalid("A picture may have at most %(n)s bytes.", n=LARGEST_PICTURE, field="file")
    return found


class Pictures:
    """Prepares a few pictures at a time; one for each site."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)

    async def prepare(self, body: bytes) -> Prepared:
        """Decode a picture and make it anew. Raises Invalid."""
        form = form_of(body[:64], len(body))
        async with self._free:
            code, out = await _decoded(body, form)
        head, _, rest = out.partition(b"\n")
        if code != 0 or not rest:
            raise Invalid("This picture could not be read.", field="file")
        said = msgspec.json.decode(head, type=dict[str, str | int | bool])
        size = int(said.pop("size"))
        return msgspec.convert({**said, "body": rest[:size], "preview": rest[size:]}, Prepared)


async def _decoded(body: bytes, form: str) -> tuple[int, bytes]:
    """What the decoding process says, and how it ended; one that takes too long is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-s", "-E", "-m", "fedcomm.media.decoding", form, str(MOST_PIXELS),
        cwd=_ROOT, env={}, start_new_session=True,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WITHIN_S):
            out, _ = await process.communicate(body)
    except TimeoutError:
        return -1, b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, out
