"""The colours of the style sheet, measured: WCAG 2.2 AA in light and in dark (product 3e)."""

import re

import pytest

from fedcomm.looks.static_files import FOLDER

SCHEMES = re.split(r"@media \(prefers-color-scheme: dark\)", (FOLDER / "app" / "10-tokens.css").read_text("utf-8"))
LIGHT, DARK = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", part)) for part in SCHEMES)

GROUNDS = ("paper", "surface", "raised", "sunken")
TEXTS = (
    *((text, ground) for text in ("ink", "ink-soft", "brand", "danger") for ground in GROUNDS),
    *(("ink", ground) for ground in ("brand-soft", "warm-soft", "danger-soft", "good-soft")),
    *(("ink-soft", ground) for ground in ("brand-soft",)),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-danger", "danger"),
    ("brand-strong", "brand-soft"),
    ("on-warm-soft", "warm-soft"),
    ("danger", "danger-soft"),
)
EDGES = tuple((edge, ground) for edge in ("edge", "focus", "brand") for ground in GROUNDS)


def luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, definition of relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_is_readable(scheme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(scheme[text], scheme[ground]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_that_tell_something_are_seen(scheme: dict[str, str], edge: str, ground: str) -> None:
    assert contrast(scheme[edge], scheme[ground]) >= 3


def test_both_schemes_name_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
