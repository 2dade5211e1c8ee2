"""When another server wants to be asked again."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 6 * 3600.0

_SECONDS = re.compile(r"[0-9]{1,400}")


def seconds_until_retry(header: str | None, *, now: datetime) -> float | None:
    """Seconds that a Retry-After asks for, by number or date, from 0 to 6 h; None when it says nothing we understand.

    Source: RFC 9110 section 10.2.3; R015, D53.
    """
    if header is None:
        return None
    header = header.strip()
    if _SECONDS.fullmatch(header):
        return min(float(header), LONGEST_WAIT)
    try:
        date = parsedate_to_datetime(header[:64])
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return min(max((date - now).total_seconds(), 0.0), LONGEST_WAIT)
