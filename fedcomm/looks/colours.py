"""Colours as numbers: how well one is read on another, and the same hue lighter or darker."""

import math
import re

HEX = re.compile(r"#[0-9a-f]{6}")
_STEP = 0.01


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`. Source: WCAG 2.2, definition of relative luminance."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """How well one is told from the other, 1 to 21. Source: WCAG 2.2, contrast ratio."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def toned(colour: str, lightness: float, most_chroma: float = 1.0) -> str:
    """The same hue at another lightness (0 to 1), no more colourful than asked for or than a screen can show."""
    _, chroma, hue = _lch(colour)
    chroma = min(chroma, most_chroma)
    while (found := _hex(lightness, chroma, hue)) is None:
        chroma *= 0.95
    return found


def lightness(colour: str) -> float:
    """How light it looks, 0 to 1 (OKLab)."""
    return _lch(colour)[0]


def readable(colour: str, grounds: tuple[str, ...], ratio: float, *, darker: bool) -> str:
    """The colour itself when it is read on all grounds with this contrast, else the nearest of its hue that is."""
    found, level = colour, lightness(colour)
    while any(contrast(found, ground) < ratio for ground in grounds) and 0 < level < 1:
        level = max(0.0, level - _STEP) if darker else min(1.0, level + _STEP)
        found = toned(colour, level)
    return found


def _linear(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _to_linear(red), _to_linear(green), _to_linear(blue)


def _to_linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4)


def _to_screen(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * math.pow(part, 1 / 2.4) - 0.055


def _lch(colour: str) -> tuple[float, float, float]:
    """Lightness, chroma and hue. Source: CSS Color 4, OKLab."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    level = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    return level, math.hypot(a, b), math.atan2(b, a)


def _hex(level: float, chroma: float, hue: float) -> str | None:
    """`#rrggbb`; None when no screen shows it."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (level + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (level - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (level - 0.0894841775 * a - 1.2914855480 * b) ** 3
    parts = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    slack = 0.002 if chroma > 0.0005 else 0.02
    if any(part < -slack or part > 1 + slack for part in parts):
        return None
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, _to_screen(max(0.0, part))))):02x}" for part in parts)
