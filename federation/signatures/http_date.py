"""The `Date` header: IMF-fixdate and nothing else is written; older forms are read."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from federation.errors import Unauthentic

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST = 64


def write_date(moment: datetime) -> str:
    """A moment as a `Date` header, in whole seconds of UTC. Source: RFC 9110 section 5.6.7."""
    at = moment.astimezone(UTC)
    return (
        f"{_DAYS[at.weekday()]}, {at.day:02d} {_MONTHS[at.month - 1]} {at.year:04d} "
        f"{at.hour:02d}:{at.minute:02d}:{at.second:02d} GMT"
    )


def read_date(field: str) -> datetime:
    """The moment a `Date` header names. Raises Unauthentic."""
    if len(field) > _LONGEST:
        raise Unauthentic("a date that cannot be read")
    try:
        moment = parsedate_to_datetime(field)
        # "-0000" gives a time without zone; in this header that is UTC too.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        raise Unauthentic("a date that cannot be read") from None
