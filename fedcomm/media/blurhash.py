"""A picture in some thirty letters, shown blurred until it has come. Source: blurha.sh, algorithm."""

import math
from collections.abc import Sequence

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
Colour = tuple[float, float, float]


def encoded(pixels: Sequence[tuple[int, int, int]], width: int, height: int, *, across: int = 4, down: int = 3) -> str:
    """The hash of a small picture, row by row from the top; `across` and `down` are 1 to 9 waves."""
    light = [_linear(value) for value in range(256)]
    rows = [
        [(light[red], light[green], light[blue]) for red, green, blue in pixels[y * width : (y + 1) * width]]
        for y in range(height)
    ]
    waves = [_wave(rows, width, height, x, y) for y in range(down) for x in range(across)]
    first, *rest = waves
    text = _digits((across - 1) + (down - 1) * 9, 1)
    loudest = max((abs(value) for wave in rest for value in wave), default=0.0)
    level = max(0, min(82, math.floor(loudest * 166 - 0.5))) if rest else 0
    text += _digits(level, 1)
    red, green, blue = (_gamma(value) for value in first)
    text += _digits((red << 16) + (green << 8) + blue, 4)
    return text + "".join(_quiet(wave, (level + 1) / 166 if rest else 1.0) for wave in rest)


def _wave(rows: Sequence[Sequence[Colour]], width: int, height: int, x: int, y: int) -> Colour:
    across = [math.cos(math.pi * x * column / width) for column in range(width)]
    red = green = blue = 0.0
    for number, row in enumerate(rows):
        down = math.cos(math.pi * y * number / height)
        for factor, pixel in zip(across, row, strict=True):
            red += factor * down * pixel[0]
            green += factor * down * pixel[1]
            blue += factor * down * pixel[2]
    scale = (1 if x == y == 0 else 2) / (width * height)
    return red * scale, green * scale, blue * scale


def _quiet(wave: Colour, loudest: float) -> str:
    levels = [max(0, min(18, math.floor(_root(value / loudest) * 9 + 9.5))) for value in wave]
    return _digits(levels[0] * 361 + levels[1] * 19 + levels[2], 2)


def _root(value: float) -> float:
    return math.copysign(math.sqrt(abs(value)), value)


def _linear(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _gamma(value: float) -> int:
    share = max(0.0, min(1.0, value))
    return round((share * 12.92 if share <= 0.0031308 else 1.055 * share ** (1 / 2.4) - 0.055) * 255)


def _digits(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83**place % 83] for place in reversed(range(length)))
