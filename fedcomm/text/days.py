"""Days as people type them, as the time they mean."""

from datetime import UTC, date, datetime, time, timedelta

from fedcomm.errors import Invalid

YEARS = range(1970, 2200)
"""In which days lie that something here can be about."""


def between(first: str, last: str) -> tuple[datetime | None, datetime | None]:
    """From the beginning of the first day to the end of the last, both of UTC; empty is None.

    Raises Invalid (`first_day` or `last_day`): no day, or the last comes before the first.
    """
    begins, ends = _day(first, "first_day"), _day(last, "last_day")
    if begins is not None and ends is not None and ends < begins:
        raise Invalid("The last day comes before the first.", field="last_day")
    return begins, ends + timedelta(days=1) if ends is not None else None


def _day(typed: str, field: str) -> datetime | None:
    if not typed.strip():
        return None
    try:
        found = date.fromisoformat(typed.strip())
    except ValueError as wrong:
        raise Invalid("Please give the day as 2026-01-31.", field=field) from wrong
    if found.year not in YEARS:
        raise Invalid("Please give the day as 2026-01-31.", field=field)
    return datetime.combine(found, time(), UTC)
