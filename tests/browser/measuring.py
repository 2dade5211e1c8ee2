"""What a page in a browser is measured by: its accessibility (axe-core), its shifts while it loads, and its weight."""

from functools import cache
from importlib.resources import files
from typing import cast

import msgspec
from playwright.async_api import Page

MOST_SHIFT = 0.05
"""Cumulative layout shift; 0.1 counts as good. Source: web.dev, CLS."""
MOST_BYTES = 100 * 1024
"""Style sheets and scripts of a page, as they travel."""
GRAVE = ("serious", "critical")
"""Findings of axe that fail."""

_AXE = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map((each) => ({
        rule: each.id, impact: each.impact || "", help: each.help,
        nodes: each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)),
    }));
}"""
_LOADED = """async () => {
    let shift = 0;
    new PerformanceObserver((seen) => {
        for (const each of seen.getEntries()) if (!each.hadRecentInput) shift += each.value;
    }).observe({ type: "layout-shift", buffered: true });
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const painted = await new Promise((done) => new PerformanceObserver((seen) => {
        const first = seen.getEntriesByName("first-contentful-paint")[0];
        if (first) done(first.startTime);
    }).observe({ type: "paint", buffered: true }));
    const parts = performance.getEntriesByType("resource").filter((each) => /\\.(css|js)$/.test(each.name));
    return {
        shift,
        first_paint_ms: Math.round(painted),
        bytes: parts.reduce((sum, each) => sum + each.encodedBodySize, 0),
        parts: parts.length,
    };
}"""


class Finding(msgspec.Struct, frozen=True):
    """One thing that somebody cannot use or read, and where."""

    rule: str
    impact: str
    help: str
    nodes: list[str]


class Loaded(msgspec.Struct, frozen=True):
    """How a page came: its shifts, its first paint, and the bytes of its style sheets and scripts as they travel."""

    shift: float
    first_paint_ms: int
    bytes: int
    parts: int


async def loaded(page: Page) -> Loaded:
    """How the page that was just opened came."""
    return msgspec.convert(await page.evaluate(_LOADED), Loaded)


async def findings(page: Page) -> list[Finding]:
    """What axe finds on a page, graver or not."""
    await page.evaluate(_axe())
    return msgspec.convert(cast("object", await page.evaluate(_AXE)), list[Finding])


async def wrong(page: Page, seen: Loaded) -> list[str]:
    """What is too much or too bad about a page that came like this, in words."""
    said: list[str] = []
    if seen.shift > MOST_SHIFT:
        said.append(f"moves while it loads, by {seen.shift:.3f}")
    if seen.bytes > MOST_BYTES or seen.parts == 0:
        said.append(f"{seen.bytes} bytes of style sheets and scripts in {seen.parts} files")
    found = [each for each in await findings(page) if each.impact in GRAVE]
    return said + [f"axe {each.rule} ({each.impact}): {each.help}: {each.nodes}" for each in found]


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
