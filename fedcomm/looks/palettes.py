"""The colours of pages: light and dark, each also with more contrast, in our green or in the colour of an instance.

Every text pair is at least 4.5:1, every edge that tells something 3:1 (WCAG 2.2 AA), with more contrast 7:1;
tests/web/test_contrast.py measures them, for our own colour and for those that admins may choose.
"""

from collections.abc import Mapping
from functools import lru_cache

from fedcomm.looks import colours

Palette = Mapping[str, str]
OWN = "#17614f"
"""The colour of an instance that has not chosen one."""
GROUNDS = ("paper", "surface", "raised", "sunken")

LIGHT: Palette = {
    "paper": "#f8f6f2",
    "surface": "#ffffff",
    "raised": "#ffffff",
    "sunken": "#f0ece5",
    "line": "#e4ded4",
    "edge": "#8a8276",
    "ink": "#26221c",
    "ink-soft": "#5d564b",
    "brand": OWN,
    "brand-strong": "#0f4a3c",
    "brand-soft": "#e2efe9",
    "on-brand": "#ffffff",
    "warm": "#a2481c",
    "warm-soft": "#fbeadd",
    "on-warm-soft": "#833813",
    "danger": "#a92a20",
    "danger-soft": "#fbe7e4",
    "on-danger": "#ffffff",
    "good": "#17614f",
    "good-soft": "#e2efe9",
    "focus": "#1657c4",
}
DARK: Palette = {
    "paper": "#171613",
    "surface": "#201e1b",
    "raised": "#292723",
    "sunken": "#12110f",
    "line": "#35322d",
    "edge": "#857d71",
    "ink": "#f1ede6",
    "ink-soft": "#b5aea2",
    "brand": "#7fcdb2",
    "brand-strong": "#a6e0cc",
    "brand-soft": "#1e3a31",
    "on-brand": "#0b231b",
    "warm": "#f0a678",
    "warm-soft": "#41281a",
    "on-warm-soft": "#f8c7a5",
    "danger": "#f39a90",
    "danger-soft": "#46201c",
    "on-danger": "#2b0d0a",
    "good": "#7fcdb2",
    "good-soft": "#1e3a31",
    "focus": "#8fb8ff",
}
LIGHT_CLEAR: Palette = {
    "paper": "#ffffff",
    "surface": "#ffffff",
    "raised": "#ffffff",
    "sunken": "#f2f2f2",
    "line": "#6b6b6b",
    "edge": "#333333",
    "ink": "#000000",
    "ink-soft": "#333333",
    "brand": "#0b4638",
    "brand-strong": "#06281f",
    "brand-soft": "#e2efe9",
    "on-brand": "#ffffff",
    "warm": "#6d2c0c",
    "warm-soft": "#fdf0e6",
    "on-warm-soft": "#571f05",
    "danger": "#7e150d",
    "danger-soft": "#fdeeec",
    "on-danger": "#ffffff",
    "good": "#0b4638",
    "good-soft": "#e2efe9",
    "focus": "#0a3a94",
}
DARK_CLEAR: Palette = {
    "paper": "#000000",
    "surface": "#000000",
    "raised": "#141414",
    "sunken": "#0d0d0d",
    "line": "#8a8a8a",
    "edge": "#d0d0d0",
    "ink": "#ffffff",
    "ink-soft": "#dddddd",
    "brand": "#a6e8d2",
    "brand-strong": "#d3f5ea",
    "brand-soft": "#0f2620",
    "on-brand": "#001a12",
    "warm": "#ffc49d",
    "warm-soft": "#2b1709",
    "on-warm-soft": "#ffdcc4",
    "danger": "#ffb8b0",
    "danger-soft": "#330f0b",
    "on-danger": "#1f0503",
    "good": "#a6e8d2",
    "good-soft": "#0f2620",
    "focus": "#b9d3ff",
}


def palettes(accent: str = OWN) -> tuple[Palette, Palette, Palette, Palette]:
    """Light, dark, light with more contrast, dark with more contrast, in the colour of an instance."""
    if accent == OWN:
        return LIGHT, DARK, LIGHT_CLEAR, DARK_CLEAR
    return (
        _light(LIGHT, accent, 4.5),
        _dark(DARK, accent, 4.5),
        _light(LIGHT_CLEAR, accent, 7.0),
        _dark(DARK_CLEAR, accent, 7.0),
    )


def _light(base: Palette, accent: str, ratio: float) -> Palette:
    soft = colours.toned(accent, 0.945, 0.03)
    brand = colours.readable(accent, (*(base[ground] for ground in GROUNDS), soft, "#ffffff"), ratio, darker=True)
    strong = colours.toned(brand, max(0.0, colours.lightness(brand) - 0.08))
    return {**base, "brand": brand, "brand-strong": strong, "brand-soft": soft, "on-brand": "#ffffff"}


def _dark(base: Palette, accent: str, ratio: float) -> Palette:
    soft = colours.toned(accent, 0.26, 0.045)
    on_brand = colours.toned(accent, 0.16, 0.03)
    start = colours.toned(accent, max(0.78, colours.lightness(accent)), 0.14)
    grounds = (*(base[ground] for ground in GROUNDS), soft, on_brand)
    brand = colours.readable(start, grounds, ratio, darker=False)
    strong = colours.toned(brand, min(0.97, colours.lightness(brand) + 0.07))
    return {**base, "brand": brand, "brand-strong": strong, "brand-soft": soft, "on-brand": on_brand}


@lru_cache(maxsize=64)
def stylesheet(accent: str = OWN) -> str:
    """The colours as custom properties, for the reader's system and for what members chose in their settings."""
    light, dark, light_clear, dark_clear = palettes(accent)
    is_dark, is_clear = "(prefers-color-scheme: dark)", "(prefers-contrast: more)"
    # Later and more exact wins: clear over plain, dark over light, a choice over the system.
    return "\n".join(
        (
            ":root{color-scheme:light dark}",
            _rule("", ":root", light),
            _rule(is_clear, ":root", light_clear),
            _rule("", ':root[data-contrast="more"]', light_clear),
            _rule(is_dark, ':root:not([data-look="light"])', dark),
            _rule("", ':root[data-look="dark"]', dark),
            _rule(f"{is_dark} and {is_clear}", ':root:not([data-look="light"])', dark_clear),
            _rule(is_clear, ':root[data-look="dark"]', dark_clear),
            _rule(is_dark, ':root[data-contrast="more"]:not([data-look="light"])', dark_clear),
            _rule("", ':root[data-contrast="more"][data-look="dark"]', dark_clear),
            ':root[data-look="light"]{color-scheme:light}',
            ':root[data-look="dark"]{color-scheme:dark}',
            "",
        )
    )


@lru_cache(maxsize=64)
def samples(accent: str) -> str:
    """Buttons and links in a colour that is not in use yet, on light and on dark ground whatever the reader has."""
    rules: list[str] = []
    for look, palette in zip(("light", "dark"), palettes(accent)[:2], strict=True):
        at = f".colour-sample.{look}"
        rules += [
            f"{at}{{background:{palette['surface']};color:{palette['ink']}}}",
            f"{at} .sample-button{{background:{palette['brand']};color:{palette['on-brand']}}}",
            f"{at} .sample-link{{color:{palette['brand']}}}",
        ]
    return "\n".join((*rules, ""))


def _rule(medium: str, selector: str, palette: Palette) -> str:
    told = ";".join(f"--{name}:{value}" for name, value in palette.items())
    rule = f"{selector}{{{told}}}"
    return f"@media {medium}{{{rule}}}" if medium else rule
