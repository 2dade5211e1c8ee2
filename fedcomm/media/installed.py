"""The pictures under which a place is known elsewhere: its logo, else our mark in its colour, on the screen of a phone;
and a wide one where it is linked.
"""

import io
from typing import Literal

from PIL import Image, ImageDraw, ImageOps

Size = Literal[180, 192, 512]
SIZES: tuple[Size, ...] = (180, 192, 512)
"""Pixels; the first is what Apple asks for."""
WIDE = (1200, 630)
"""What those that show links ask for. Source: The Open Graph protocol; Mastodon's thumbnail of an instance."""
_FINE = 2
_SAFE = 0.8
"""What all shapes that systems cut show. Source: W3C, Web Application Manifest, maskable icons."""
# Centres and radius of the three circles of our mark on its 32 x 32 grid, and how strong each is.
_CIRCLES = ((11.0, 11.0, 0.55), (21.0, 11.0, 0.75), (16.0, 20.5, 1.0))
_RADIUS = 8.0
_GRID = 32.0
_PLATE = 320
_MARK = 230
_CORNER = 72
"""Pixels: the light plate in the middle of the wide picture, what stands on it, and how round it is."""
_DISCS = ((90, 560, 250), (1130, 60, 210), (1010, 640, 110))
"""Around it, a little lighter than the ground: where, and how large."""
_QUALITY = 88


def icon(accent: str, size: Size, logo: bytes | None = None) -> bytes:
    """A square PNG without transparent parts. `logo`: a picture that we made ourselves. Takes up to 30 ms of CPU."""
    image = Image.new("RGB", (size, size), "#ffffff")
    if logo is not None:
        _put(image, logo, round(size * _SAFE))
    else:
        _draw(image, accent, size)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def wide(accent: str, picture: bytes | None = None, logo: bytes | None = None) -> bytes:
    """A JPEG of 1200 x 630: the picture, cut to that shape, else the logo or our mark on a plate on the colour of the
    place. `picture` and `logo` were made by us. Takes up to 200 ms of CPU.
    """
    if picture is not None:
        with Image.open(io.BytesIO(picture)) as found:
            whole = found.convert("RGBA")
        ground = Image.new("RGBA", whole.size, "#ffffff")
        image = ImageOps.fit(Image.alpha_composite(ground, whole).convert("RGB"), WIDE, Image.Resampling.LANCZOS)
    else:
        image = _with_plate(accent, logo)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def _with_plate(accent: str, logo: bytes | None) -> Image.Image:
    image, white = Image.new("RGB", WIDE, accent), Image.new("RGB", WIDE, "#ffffff")
    shapes = Image.new("L", (WIDE[0] * _FINE, WIDE[1] * _FINE))
    for x, y, radius in _DISCS:
        ImageDraw.Draw(shapes).ellipse([_FINE * each for each in (x - radius, y - radius, x + radius, y + radius)], 30)
    left, top = (WIDE[0] - _PLATE) // 2, (WIDE[1] - _PLATE) // 2
    plate = [_FINE * each for each in (left, top, left + _PLATE - 1, top + _PLATE - 1)]
    ImageDraw.Draw(shapes).rounded_rectangle(plate, radius=_CORNER * _FINE, fill=255)
    shapes.thumbnail(WIDE, Image.Resampling.LANCZOS)
    image.paste(white, (0, 0), shapes)
    if logo is not None:
        _put(image, logo, _MARK)
        return image
    mark = Image.new("RGB", (_MARK, _MARK), "#ffffff")
    _draw(mark, accent, _MARK)
    image.paste(mark, ((WIDE[0] - _MARK) // 2, (WIDE[1] - _MARK) // 2))
    return image


def _put(image: Image.Image, logo: bytes, most: int) -> None:
    with Image.open(io.BytesIO(logo)) as found:
        drawn = ImageOps.contain(found.convert("RGBA"), (most, most), Image.Resampling.LANCZOS)
    image.paste(drawn, ((image.width - drawn.width) // 2, (image.height - drawn.height) // 2), drawn)


def _draw(image: Image.Image, accent: str, size: int) -> None:
    large = size * _FINE
    scale, edge = large * _SAFE / _GRID, large * (1 - _SAFE) / 2
    for across, down, strength in _CIRCLES:
        shape = Image.new("L", (large, large))
        x, y, radius = edge + across * scale, edge + down * scale, _RADIUS * scale
        ImageDraw.Draw(shape).ellipse((x - radius, y - radius, x + radius, y + radius), fill=round(255 * strength))
        shape.thumbnail((size, size), Image.Resampling.LANCZOS)
        image.paste(accent, (0, 0), shape)
