"""Pictures for accounts that have none: the same account always gets the same ones (decisions D64).

People get their initials on a soft circle, groups a quilt of rounded squares, services a ring, so that nobody takes a
group for a person in a list of small pictures. Drawn at twice the size and scaled down, which smooths the edges; 10 to
40 ms of CPU each, so the caller keeps the bytes and stays off the event loop.
"""

import hashlib
import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

Kind = Literal["person", "group", "service"]
Colour = tuple[int, int, int]

AVATAR_SIZE = (400, 400)
HEADER_SIZE = (1500, 500)
_FINE = 2
_IN_NO_FONT = "\U0010ffff"

# Ground, second ground, and two colours that stand on them. White initials are readable on every first ground (4.5:1).
_PALETTES: tuple[tuple[Colour, Colour, Colour, Colour], ...] = (
    ((23, 97, 79), (36, 124, 101), (137, 203, 178), (244, 196, 129)),
    ((142, 68, 39), (173, 92, 56), (240, 178, 137), (250, 224, 184)),
    ((44, 82, 130), (62, 107, 163), (150, 190, 232), (246, 205, 140)),
    ((107, 63, 105), (135, 86, 132), (218, 172, 214), (247, 203, 170)),
    ((74, 93, 35), (97, 119, 52), (188, 207, 130), (247, 219, 138)),
    ((139, 58, 75), (170, 83, 99), (238, 168, 176), (249, 214, 190)),
    ((33, 92, 104), (50, 118, 131), (143, 205, 213), (246, 208, 156)),
    ((94, 79, 53), (120, 103, 74), (214, 194, 154), (240, 170, 122)),
)


@dataclass(frozen=True, slots=True)
class _Dice:
    """Choices that depend on the account alone."""

    digest: bytes

    def pick(self, place: int, sides: int) -> int:
        """A number below `sides`; places further than the digest is long are not mere repetitions."""
        turn, at = divmod(place, len(self.digest))
        return (self.digest[at] + 97 * turn * self.digest[at - 1]) % sides


def avatar(key: str, name: str, kind: Kind = "person") -> bytes:
    """A PNG of 400 x 400. `key` is what makes the account itself and never changes: its id or uri."""
    return _drawn(_AVATARS[kind], AVATAR_SIZE, key, name, kind)


def header(key: str, kind: Kind = "person") -> bytes:
    """A PNG of 1500 x 500 in the colours of the account's avatar."""
    return _drawn(_quilt_header if kind == "group" else _circle_header, HEADER_SIZE, key, "", kind)


def initials(name: str) -> str:
    """One or two letters to know a person by; empty when the bundled font cannot write them."""
    words = [word for word in "".join(c if c.isalnum() else " " for c in name).split() if word]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(_writable(letter) for letter in unicodedata.normalize("NFC", "".join(letters).upper())[:2])


@cache
def _writable(letter: str) -> str:
    """The letter, or its base without accents, if the bundled font has it; else nothing."""
    missing = _inked(_IN_NO_FONT)
    for wanted in (letter, unicodedata.normalize("NFD", letter)[0]):
        if _inked(wanted) != missing:
            return wanted
    return ""


def _inked(letter: str) -> bytes:
    image = Image.new("L", (40, 40))
    ImageDraw.Draw(image).text((4, 4), letter, font=ImageFont.load_default(20), fill=255)
    return image.tobytes()


_Draw = Callable[[ImageDraw.ImageDraw, tuple[int, int], _Dice, str], None]


def _drawn(draw: _Draw, size: tuple[int, int], key: str, name: str, kind: Kind) -> bytes:
    dice = _Dice(hashlib.sha256(f"{kind}:{key}".encode()).digest())
    large = (size[0] * _FINE, size[1] * _FINE)
    image = Image.new("RGB", large, _palette(dice)[0])
    draw(ImageDraw.Draw(image), large, dice, name)
    small = image.reduce(_FINE).quantize(64, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def _palette(dice: _Dice) -> tuple[Colour, Colour, Colour, Colour]:
    return _PALETTES[dice.pick(0, len(_PALETTES))]


def _person(draw: ImageDraw.ImageDraw, size: tuple[int, int], dice: _Dice, name: str) -> None:
    width, height = size
    _, second, light, _ = _palette(dice)
    radius = width * 0.46
    _disc(
        draw, width * (0.12 + dice.pick(1, 24) / 100), height * (0.98 + dice.pick(2, 12) / 100), radius * 1.25, second
    )
    letters = initials(name)
    if letters:
        _letters(draw, size, letters)
    else:
        _disc(draw, width * 0.5, height * 0.40, width * 0.17, light)
        _disc(draw, width * 0.5, height * 0.98, width * 0.34, light)


def _letters(draw: ImageDraw.ImageDraw, size: tuple[int, int], letters: str) -> None:
    font = ImageFont.load_default(size[1] * 0.42)
    middle = (size[0] / 2, size[1] / 2)
    left, top, right, bottom = draw.textbbox(middle, letters, font=font, anchor="mm", stroke_width=size[1] // 130)
    at = (size[0] - (left + right) / 2, size[1] - (top + bottom) / 2)
    white = (255, 255, 255)
    draw.text(at, letters, font=font, anchor="mm", fill=white, stroke_width=size[1] // 130, stroke_fill=white)


def _group(draw: ImageDraw.ImageDraw, size: tuple[int, int], dice: _Dice, _name: str) -> None:
    margin = size[0] * 0.14
    _, second, light, warm = _palette(dice)
    _quilt(draw, (margin, margin), (size[0] - 2 * margin) / 3, (3, 3), dice, (second, light, second, warm, light))


def _quilt_header(draw: ImageDraw.ImageDraw, size: tuple[int, int], dice: _Dice, _name: str) -> None:
    ground, second, light, warm = _palette(dice)
    calm = (second,) * 7 + (ground,) * 2 + (light, warm)
    _quilt(draw, (0.0, 0.0), size[1] / 4, (12, 4), dice, calm)


def _quilt(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    cell: float,
    count: tuple[int, int],
    dice: _Dice,
    colours: tuple[Colour, ...],
) -> None:
    gap = cell * 0.06
    columns, rows = count
    for place in range(columns * rows):
        row, column = divmod(place, columns)
        left, top = at[0] + column * cell + gap, at[1] + row * cell + gap
        box = (left, top, left + cell - 2 * gap, top + cell - 2 * gap)
        colour = colours[dice.pick(3 + place, len(colours))]
        _patch(draw, box, colour, dice.pick(5 + row * 7 + column * 3, 4))


def _patch(draw: ImageDraw.ImageDraw, box: tuple[float, float, float, float], colour: Colour, shape: int) -> None:
    """One square of the quilt: rounded all round, or a leaf in one of two directions, or nearly a disc."""
    side = box[2] - box[0]
    if shape < 2:
        first, second = shape == 0, shape == 1
        draw.rounded_rectangle(box, radius=side * 0.5, fill=colour, corners=(first, second, first, second))
    else:
        draw.rounded_rectangle(box, radius=side * (0.18 if shape == 2 else 0.5), fill=colour)


def _service(draw: ImageDraw.ImageDraw, size: tuple[int, int], dice: _Dice, _name: str) -> None:
    first, _, light, warm = _palette(dice)
    middle = size[0] / 2
    _disc(draw, middle, middle, size[0] * 0.34, light)
    _disc(draw, middle, middle, size[0] * 0.22, first)
    _disc(draw, middle + size[0] * 0.28, middle, size[0] * 0.09, warm)


def _circle_header(draw: ImageDraw.ImageDraw, size: tuple[int, int], dice: _Dice, _name: str) -> None:
    _, second, light, warm = _palette(dice)
    width, height = size
    for place, colour in enumerate((second, second, light, second, warm)):
        x = width * (dice.pick(4 + place, 100) / 100)
        y = height * (0.2 + dice.pick(10 + place, 100) / 100)
        _disc(draw, x, y, height * ((0.75, 0.55, 0.14, 0.4, 0.09)[place]), colour)


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: Colour) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


_AVATARS: dict[Kind, _Draw] = {"person": _person, "group": _group, "service": _service}
