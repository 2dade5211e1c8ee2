"""64-bit ids that sort by time: milliseconds since 1970 in 48 bits, then 16 bits.

For what happens now, the generator never goes below its last value. Ids of what was published elsewhere are taken from
the time it was published, never from the future. Source: decisions D22; R035, R037.
"""

import secrets
import threading
from datetime import UTC, datetime, timedelta

from fedcomm.database import Connection

LOW_BITS = 16
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_MAY_BE_BEHIND = timedelta(hours=1)


class ClockBehind(Exception):
    """This machine's clock is so far behind the youngest row that ids would no longer be in order; says what to do."""


_lock = threading.Lock()
_last = 0


def _milliseconds(moment: datetime) -> int:
    elapsed = moment - EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000


def new(now: datetime) -> int:
    """An id for what happens now: greater than every id this process has made before."""
    global _last
    candidate = (_milliseconds(now) << LOW_BITS) | secrets.randbits(LOW_BITS)
    with _lock:
        if candidate <= _last:
            candidate = _last + 1 + secrets.randbelow(16)
        _last = candidate
    return candidate


def at(moment: datetime, *, now: datetime) -> int:
    """An id for something published elsewhere at `moment`; a moment in the future counts as now.

    A time known only to the second gets random milliseconds, so that hundreds of posts of one second do not collide.
    On a unique violation the caller asks again.
    """
    if moment >= now:
        return new(now)
    milliseconds = _milliseconds(moment)
    if moment.microsecond == 0:
        milliseconds += min(secrets.randbelow(1000), max(0, _milliseconds(now) - milliseconds))
    return (milliseconds << LOW_BITS) | secrets.randbits(LOW_BITS)


def moment(id_: int) -> datetime:
    """The time an id was made for, to the millisecond."""
    return datetime.fromtimestamp((id_ >> LOW_BITS) / 1000, tz=UTC)


def lowest(moment: datetime) -> int:
    """No id made for this moment, or later, is below this."""
    return _milliseconds(moment) << LOW_BITS


def raise_floor(greatest: int) -> None:
    """Never make an id below `greatest` from now on; called at start with the greatest id present (D22)."""
    global _last
    with _lock:
        _last = max(_last, greatest)


async def begin_above(db: Connection, *, now: datetime) -> None:
    """Never make an id below one that is there, from now on. Raises ClockBehind (by more than an hour; D22, R035).

    Nor one from before a backup was brought back: such ids may have been given out since it was made (R037).
    """
    there = await db.fetchrow(
        """
        SELECT greatest((SELECT max(id) FROM account), (SELECT max(id) FROM post), (SELECT max(id) FROM fact),
                        (SELECT max(id) FROM activity), (SELECT max(id) FROM inbox_item), 0) AS greatest,
               (SELECT max(restored_at) FROM restoration) AS restored_at
        """
    )
    assert there is not None
    greatest = max(there["greatest"], lowest(there["restored_at"]) if there["restored_at"] else 0)
    if greatest and moment(greatest) > now + CLOCK_MAY_BE_BEHIND:
        raise ClockBehind(
            f"the clock of this machine says {now:%Y-%m-%d %H:%M} UTC, but the database knows of"
            f" {moment(greatest):%Y-%m-%d %H:%M}: set the clock"
        )
    raise_floor(greatest)
