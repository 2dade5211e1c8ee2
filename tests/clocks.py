"""The clock of an instance in tests: the real one, which a test sets forward (or wrong)."""

from datetime import datetime, timedelta

from fedcomm.http.context import clock


class Clock:
    """The time now, and what a test adds to it."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self.ahead = ahead

    def __call__(self) -> datetime:
        return clock() + self.ahead

    def pass_by(self, **by: float) -> None:
        """Let time pass: `pass_by(minutes=6)`."""
        self.ahead += timedelta(**by)
