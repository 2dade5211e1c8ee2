"""The colours of pages, measured: WCAG 2.2 AA in light and in dark, in our colour and in others (product 3e)."""

import pytest

from fedcomm.looks import palettes
from fedcomm.looks.colours import contrast
from fedcomm.looks.palettes import GROUNDS, OWN, Palette

TEXTS = (
    *((text, ground) for text in ("ink", "ink-soft", "brand", "danger", "good") for ground in GROUNDS),
    *(("ink", ground) for ground in ("brand-soft", "warm-soft", "danger-soft", "good-soft")),
    *(("ink-soft", ground) for ground in ("brand-soft",)),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-danger", "danger"),
    ("brand", "brand-soft"),
    ("brand-strong", "brand-soft"),
    ("good", "good-soft"),
    ("warm", "surface"),
    ("on-warm-soft", "warm-soft"),
    ("danger", "danger-soft"),
    ("paper", "ink"),
)
EDGES = tuple((edge, ground) for edge in ("edge", "focus", "brand") for ground in GROUNDS)
ACCENTS = (OWN, "#ffcc00", "#e30613", "#003d7c", "#000000", "#ffffff", "#7f7f7f", "#00ffff", "#ff00ff", "#2b1d0e")
SCHEMES = [
    pytest.param(palette, 7.0 if "contrast" in name else 4.5, id=f"{name}{accent}")
    for accent in ACCENTS
    for palette, name in zip(
        palettes.palettes(accent), ("light", "dark", "light contrast", "dark contrast"), strict=True
    )
]


@pytest.mark.parametrize(("scheme", "least"), SCHEMES)
def test_text_is_readable(scheme: Palette, least: float) -> None:
    measured = {(text, ground): contrast(scheme[text], scheme[ground]) for text, ground in TEXTS}

    assert {pair: round(found, 2) for pair, found in measured.items() if found < least} == {}


@pytest.mark.parametrize(("scheme", "least"), SCHEMES)
def test_edges_that_tell_something_are_seen(scheme: Palette, least: float) -> None:
    measured = {(edge, ground): contrast(scheme[edge], scheme[ground]) for edge, ground in EDGES}

    assert {pair: round(found, 2) for pair, found in measured.items() if found < min(least, 3)} == {}


def test_all_schemes_name_the_same_colours() -> None:
    assert len({tuple(palette) for palette in palettes.palettes("#e30613")}) == 1


def test_a_colour_that_is_read_well_stays_as_it_was_chosen() -> None:
    assert palettes.palettes("#003d7c")[0]["brand"] == "#003d7c"
