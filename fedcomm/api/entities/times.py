"""Times as clients demand them: UTC, exactly three digits of milliseconds, Z (mastodon-clients.md trap 6)."""

from datetime import UTC, datetime


def stamp(moment: datetime) -> str:
    """A date-time such as `2026-11-21T10:00:00.000Z`."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def day(moment: datetime | None) -> str | None:
    """A bare date, as `last_status_at` wants it."""
    return moment.astimezone(UTC).date().isoformat() if moment else None


def midnight(moment: datetime) -> str:
    """The start of the day, which is all that an account's `created_at` tells."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}T00:00:00.000Z"
