"""What keeps us from asking too often: failures that are remembered, and so many requests a minute."""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from typing import NamedTuple

from federation.errors import FederationError, Unreachable

MOST_REMEMBERED = 10_000
MOST_FAILURES = 5_000
"""Each takes nearly a kilobyte, with its address and what was wrong."""
FIRST_SHARE = 60
"""Who could not be reached is first left alone for this part of the longest time, then for twice as long each time: a
server that was only started anew is asked again soon, one that is gone is not asked often."""


class AskedTooOften(Unreachable):
    """Our own limit: they were not asked."""


class _Failure(NamedTuple):
    """What went wrong, without the way that it came: an exception keeps all that was at hand where it was raised."""

    until: float
    seconds: float
    kind: type[FederationError]
    said: tuple[object, ...]
    more: dict[str, object] | None

    def again(self) -> FederationError:
        """The same error, to be raised anew."""
        made = self.kind.__new__(self.kind, *self.said)
        vars(made).update(self.more or {})
        return made


class Failures:
    """What failed is not asked again for a while; bounded, the oldest are forgotten first. Source: negative cache."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._known: OrderedDict[str, _Failure] = OrderedDict()

    def check(self, what: str) -> None:
        """Raise what was raised the last time, if that is not long ago; an Unreachable says when to ask again."""
        known = self._known.get(what)
        if known is None:
            return
        left = known.until - self._clock()
        if left <= 0:
            return
        problem = known.again()
        if isinstance(problem, Unreachable):
            raise Unreachable(f"failed not long ago: {problem}", retry_after=ceil(left))
        raise problem

    def note(self, what: str, problem: FederationError) -> None:
        """Remember a failure, for as long as the other side asked, but not longer than any."""
        now, seconds = self._clock(), self._seconds
        if isinstance(problem, Unreachable) and problem.retry_after is not None:
            seconds = min(seconds, problem.retry_after)
        elif isinstance(problem, Unreachable):
            before = self._known.get(what)
            is_again = before is not None and now - before.until < seconds
            seconds = min(seconds, 2 * before.seconds if before and is_again else seconds / FIRST_SHARE)
        self._known[what] = _Failure(now + seconds, seconds, type(problem), problem.args, vars(problem).copy() or None)
        self._known.move_to_end(what)
        while len(self._known) > MOST_FAILURES or next(iter(self._known.values())).until + self._seconds < now:
            self._known.popitem(last=False)

    def over(self, what: str) -> None:
        """It worked: its next failure is its first."""
        self._known.pop(what, None)

    def forget(self, concerns: Callable[[str], bool]) -> None:
        """Forget the failures whose name fits."""
        for what in [what for what in self._known if concerns(what)]:
            del self._known[what]


class Allowance:
    """At most so many of something in a minute for each authority. Source: S020."""

    def __init__(self, most: int, minute: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._minute = minute
        self._clock = clock
        self._used: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, authority: str) -> None:
        """Use one. Raises AskedTooOften when the minute's share is used up, with the seconds until the next."""
        now = self._clock()
        began, used = self._used.get(authority, (now, 0))
        if now - began >= self._minute:
            began, used = now, 0
        if used >= self._most:
            raise AskedTooOften("asked too often", retry_after=ceil(began + self._minute - now))
        self._used[authority] = (began, used + 1)
        self._used.move_to_end(authority)
        while len(self._used) > MOST_REMEMBERED or next(iter(self._used.values()))[0] + self._minute < now:
            self._used.popitem(last=False)


class Newcomers:
    """At most so many hosts of one registrable domain in a while; those asked before in it may be asked again.

    Source: S146.
    """

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, set[str]]] = OrderedDict()

    def take(self, domain: str, host: str) -> None:
        """Note that a host is asked. Raises AskedTooOften, with the seconds until others of its domain may be."""
        now = self._clock()
        began, hosts = self._known.get(domain, (now, set[str]()))
        if now - began >= self._seconds:
            began, hosts = now, set[str]()
        if host not in hosts and len(hosts) >= self._most:
            raise AskedTooOften("too many hosts of one domain", retry_after=ceil(began + self._seconds - now))
        hosts.add(host)
        self._known[domain] = (began, hosts)
        self._known.move_to_end(domain)
        while len(self._known) > MOST_REMEMBERED or next(iter(self._known.values()))[0] + self._seconds < now:
            self._known.popitem(last=False)
