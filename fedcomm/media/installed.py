"""The picture under which a place stands on the screen of a phone: its logo, else our mark in its colour."""

import io
from typing import Literal

from PIL import Image, ImageDraw, ImageOps

Size = Literal[180, 192, 512]
SIZES: tuple[Size, ...] = (180, 192, 512)
"""Pixels; the first is what Apple asks for."""
_FINE = 2
_SAFE = 0.8
"""What all shapes that systems cut show. Source: W3C, Web Application Manifest, maskable icons."""
# Centres and radius of the three circles of our mark on its 32 x 32 grid, and how strong each is.
_CIRCLES = ((11.0, 11.0, 0.55), (21.0, 11.0, 0.75), (16.0, 20.5, 1.0))
_RADIUS = 8.0
_GRID = 32.0


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
