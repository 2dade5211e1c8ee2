"""The process that decodes pictures of strangers: little memory, little time, no files, no network (S151, S107).

Started by `pictures` as `python -m fedcomm.media.decoding FORMAT PIXELS`, it reads a picture and writes a line of JSON,
then the picture made anew from its pixels, then its small copy. Nothing but pixels and their times gets from one to
the other: no place, camera, comment or profile. It exits with 1, and says why, when it will not.
"""

import importlib
import io
import json
import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    ImageSequence,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from fedcomm.media import blurhash

MEMORY_BYTES = 1536 * 1024 * 1024
CPU_SECONDS = 15
MOST_PIXELS_MOVING = 50_000_000
"""Of all pictures of an animation together."""
LONGEST_SIDE = 3840
PREVIEW_SIDE = 640
HASH_SIDE = 32
PLUGINS = (AvifImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
"""Loaded before files can no longer be opened."""
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}


class WillNot(Exception):
    """This picture is not decoded; the text says why."""


@dataclass(frozen=True, slots=True)
class Moving:
    """The pictures of an animation, and for how many milliseconds each is seen."""

    frames: list[Image.Image]
    times: list[int]
    loops: int | None


def shut_in() -> None:
    """Give up what a decoder does not need. Without a free file number there is neither file nor network."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def converted(body: bytes, form: str, most_pixels: int) -> tuple[dict[str, object], bytes, bytes]:
    """What is to be said of a picture, the picture, and its small copy. Raises WillNot, and what decoders raise."""
    Image.MAX_IMAGE_PIXELS = None  # counted here
    with Image.open(io.BytesIO(body), formats=[form]) as opened:
        if opened.width * opened.height > most_pixels:
            raise WillNot("too many pixels")
        moving = _moving(opened) if form in ("GIF", "WEBP") else None
        first = moving.frames[0] if moving else _still(opened)
    target = form if moving or form in ("JPEG", "PNG", "WEBP") else "PNG" if first.mode == "RGBA" else "JPEG"
    target = "PNG" if target == "JPEG" and first.mode == "RGBA" else target
    small = first.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
    small_form = "PNG" if small.mode == "RGBA" else "JPEG"
    said: dict[str, object] = {
        "media_type": TYPES[target],
        "width": first.width,
        "height": first.height,
        "preview_type": TYPES[small_form],
        "preview_width": small.width,
        "preview_height": small.height,
        "blurhash": _hash(small),
        "is_moving": moving is not None,
    }
    return said, _moving_bytes(moving, target) if moving else _bytes(first, target), _bytes(small, small_form)


def _moving(opened: Image.Image) -> Moving | None:
    """All pictures of an animation; None for a still."""
    count = int(getattr(opened, "n_frames", 1))
    if count <= 1:
        return None
    if count * opened.width * opened.height > MOST_PIXELS_MOVING:
        raise WillNot("too many pixels")
    loops = opened.info.get("loop")
    found = list(_frames(opened))
    frames = [frame for frame, _ in found]
    return Moving(frames, [time for _, time in found], loops if isinstance(loops, int) else None)


def _frames(opened: Image.Image) -> Iterator[tuple[Image.Image, int]]:
    for frame in ImageSequence.Iterator(opened):
        plain = frame.convert("RGBA")
        time = frame.info.get("duration", 100)
        yield _only_pixels(plain), int(time) if isinstance(time, int | float) else 100


def _still(opened: Image.Image) -> Image.Image:
    """A picture the right way up, in the colours of the web, not too large, of nothing but pixels."""
    opened.draft(None, (LONGEST_SIDE, LONGEST_SIDE))
    picture = ImageOps.exif_transpose(opened)
    profile = picture.info.get("icc_profile")
    has_alpha = picture.has_transparency_data
    if picture.mode.startswith("I;16"):
        untyped: Any = picture.convert("I")
        picture = untyped.point(_in_eight_bits).convert("L")
    picture = _web_colours(picture, profile, "RGBA" if has_alpha else "RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return _only_pixels(picture)


def _in_eight_bits(value: Any) -> Any:
    return value / 256


def _web_colours(picture: Image.Image, profile: object, mode: str) -> Image.Image:
    """In sRGB, as pictures without a profile are shown."""
    if isinstance(profile, bytes) and picture.mode in ("RGB", "RGBA", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            made = ImageCms.profileToProfile(picture, source, _web_profile(), outputMode=mode)
            return picture.convert(mode) if made is None else made
        except (ImageCms.PyCMSError, OSError, ValueError):
            return picture.convert(mode)  # a broken profile says nothing
    return picture.convert(mode)


def _web_profile() -> ImageCms.ImageCmsProfile:
    untyped: Any = ImageCms
    return ImageCms.ImageCmsProfile(untyped.createProfile("sRGB"))


def _only_pixels(picture: Image.Image) -> Image.Image:
    """The same without anything that came along in `info`."""
    plain = Image.new(picture.mode, picture.size)
    plain.paste(picture)
    return plain


def _bytes(picture: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    if form == "PNG":
        picture.save(out, form, compress_level=6)
    else:
        picture.save(out, form, quality=86)
    return out.getvalue()


def _moving_bytes(moving: Moving, form: str) -> bytes:
    out = io.BytesIO()
    more: dict[str, int] = {} if moving.loops is None else {"loop": moving.loops}
    more |= {"disposal": 2} if form == "GIF" else {"quality": 80}
    first, *rest = moving.frames
    first.save(out, form, save_all=True, append_images=rest, duration=moving.times, **more)
    return out.getvalue()


def _hash(small: Image.Image) -> str:
    tiny = small.convert("RGB")
    tiny.thumbnail((HASH_SIDE, HASH_SIDE))
    raw = tiny.tobytes()
    pixels = [(raw[at], raw[at + 1], raw[at + 2]) for at in range(0, len(raw), 3)]
    return blurhash.encoded(pixels, tiny.width, tiny.height)


def main() -> int:
    """Read, convert, write. The exit code is 1 for what is no picture that we show."""
    form = sys.argv[1]
    if form == "HEIF":
        importlib.import_module("pillow_heif").register_heif_opener()
    Image.preinit()
    body = sys.stdin.buffer.read()
    shut_in()
    try:
        said, picture, small = converted(body, form, int(sys.argv[2]))
    except (WillNot, OSError, ValueError, SyntaxError, EOFError, MemoryError, ArithmeticError, LookupError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}")
        return 1
    said["size"] = len(picture)
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + picture + small)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
