"""The core figures as people read them; a figure about fewer than five people is never shown (product 1, fixed)."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.figures.keeping import NAMES, WINDOWS, Day
from fedcomm.figures.measuring import LEAST_PEOPLE
from fedcomm.http import csv_files
from fedcomm.http.forms import query
from fedcomm.looks import moments
from fedcomm.looks.plots import plotted
from fedcomm.looks.shown import FigureCard, FigureRow, FigureSheet

NONE_YET = "–"


class WindowForm(msgspec.Struct):
    """Over how many days figures are shown."""

    window: str = ""


def window_of(request: Request) -> int:
    """Over how many days the reader asks for figures; the shortest window if they ask for none that there is."""
    asked = query(request, WindowForm).window
    return next((days for days in WINDOWS if str(days) == asked), WINDOWS[0])


def table(name: str, days: Sequence[Day]) -> Response:
    """Figures as a file for spreadsheets, one row for each day, without those that are about too few people."""
    return csv_files.answer(
        name,
        ["day", *NAMES],
        [[each.day.isoformat(), *(getattr(told(each), field) for field in NAMES)] for each in days],
    )


def sheet(days: Sequence[Day], window: int, path: str, csv_path: str, locale: str) -> FigureSheet:
    """All of a page about figures: as they stand, with their way there, and as a table."""
    return FigureSheet(
        path=path,
        csv_path=csv_path,
        windows=WINDOWS,
        window=window,
        cards=tuple(_cards(days, locale)),
        rows=tuple(_row(each, locale) for each in reversed(days)),
        measured_at=days[-1].measured_at if days else None,
    )


def _cards(days: Sequence[Day], locale: str) -> list[FigureCard]:
    """The four figures as they stand on the last day, each with its way there."""
    shown = [each if each.is_shown else None for each in days]
    last = shown[-1] if shown else None
    newest = days[-1] if days else None
    return [
        FigureCard(
            name="time",
            value=_lasting(last.median_s, locale) if last else "",
            beside=_lasting(last.slowest_tenth_s, locale) if last else "",
            plot=plotted([each.median_s if each else None for each in shown]),
        ),
        FigureCard(
            name="rate",
            value=moments.percent(last.response_rate, locale) if last else "",
            beside=moments.percent(last.in_time_rate, locale) if last else "",
            plot=plotted([each.response_rate if each else None for each in shown], top=1.0),
        ),
        FigureCard(
            name="state",
            value=_states(last) if last else "",
            beside=str(last.threads_count) if last else "",
            plot=plotted([float(each.unanswered_count) if each else None for each in shown]),
        ),
        FigureCard(
            name="return",
            value=_share(newest.welcomed_rate, locale) if newest and newest.welcomed_rate is not None else "",
            beside=_share(newest.unwelcomed_rate, locale) if newest and newest.unwelcomed_rate is not None else "",
            plot=plotted([each.welcomed_rate for each in days], top=1.0),
        ),
    ]


def _row(each: Day, locale: str) -> FigureRow:
    is_shown = each.is_shown
    return FigureRow(
        day=moments.plain_day(each.day, locale),
        median=_lasting(each.median_s, locale) if is_shown else NONE_YET,
        slowest_tenth=_lasting(each.slowest_tenth_s, locale) if is_shown else NONE_YET,
        in_time=_share(each.in_time_rate if is_shown else None, locale),
        rate=_share(each.response_rate if is_shown else None, locale),
        states=_states(each) if is_shown else NONE_YET,
        welcomed=_share(each.welcomed_rate, locale),
        unwelcomed=_share(each.unwelcomed_rate, locale),
    )


def told(each: Day) -> Day:
    """A day as others may keep it: without the figures that are about too few people."""
    hidden: dict[str, object] = {}
    if not each.is_shown:
        threads = ("starters_count", "threads_count", "answered_in_time", "median_s", "slowest_tenth_s")
        states = ("at_rest_count", "in_progress_count", "unanswered_count")
        hidden.update(dict.fromkeys((*threads, *states)))
    if each.welcomed_count < LEAST_PEOPLE:
        hidden.update(dict.fromkeys(("welcomed_count", "welcomed_back")))
    if each.unwelcomed_count < LEAST_PEOPLE:
        hidden.update(dict.fromkeys(("unwelcomed_count", "unwelcomed_back")))
    return msgspec.structs.replace(each, **hidden)


def _lasting(seconds: float | None, locale: str) -> str:
    """How long; the sign for "not yet" when too many have no response."""
    return NONE_YET if seconds is None else moments.lasting(max(int(seconds), 60), locale)


def _share(share: float | None, locale: str) -> str:
    return NONE_YET if share is None else moments.percent(share, locale)


def _states(each: Day) -> str:
    return f"{each.at_rest_count} / {each.in_progress_count} / {each.unanswered_count}"
