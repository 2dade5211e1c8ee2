"""Lines over time as SVG, drawn here: no script, and the figures themselves stand in a table beside them."""

from collections.abc import Sequence

import msgspec

WIDTH, HEIGHT = 320, 96
MARGIN = 6


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """What an SVG of WIDTH x HEIGHT shows. `lines`: the points of a line for each run of days with figures."""

    lines: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    """Days with a figure whose neighbours have none, and the last day."""
    width: int = WIDTH
    height: int = HEIGHT


def plotted(values: Sequence[float | None], *, top: float | None = None) -> Plot:
    """A line from left to right; where a value is None, it has a gap. `top`: the value at the upper edge."""
    known = [value for value in values if value is not None]
    highest = top if top is not None else max(known, default=0.0)
    steps = max(len(values) - 1, 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            runs.append([])
            continue
        across = MARGIN + (WIDTH - 2 * MARGIN) * number / steps if len(values) > 1 else WIDTH / 2
        up = value / highest if highest > 0 else 0.0
        runs[-1].append((round(across, 1), round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * up, 1)))
    dots = [run[0] for run in runs if len(run) == 1]
    if len(runs[-1]) > 1:
        dots.append(runs[-1][-1])
    lines = [" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1]
    return Plot(lines=tuple(lines), dots=tuple(dots))
