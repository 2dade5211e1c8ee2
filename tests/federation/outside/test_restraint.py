"""What failed is left alone for a while: shortly at first, longer each time."""

import gc
import weakref
from collections.abc import Callable

import pytest

from federation.errors import FederationError, Malformed, Unreachable
from federation.fetching import Refused
from federation.restraint import FIRST_SHARE, Failures
from tests.kit.ours import Clock

LONGEST = 600.0
HOST = "https://away.example"


def waits(failures: Failures, clock: Clock) -> float:
    """Seconds until it may be asked again."""
    began = clock.seconds
    while True:
        try:
            failures.check(HOST)
        except (Unreachable, Malformed):
            clock.seconds += 1
        else:
            return clock.seconds - began


def test_a_server_that_was_only_started_anew_is_asked_again_soon_and_one_that_is_gone_is_not_asked_often() -> None:
    clock = Clock()
    failures = Failures(LONGEST, clock)

    waited: list[float] = []
    for _ in range(9):
        failures.note(HOST, Unreachable("no connection"))
        waited.append(waits(failures, clock))

    assert waited == [10, 20, 40, 80, 160, 320, 600, 600, 600]


@pytest.mark.parametrize("is_over", ["an answer", "a long time"])
def test_after_an_answer_or_a_long_time_a_failure_is_a_first_one(is_over: str) -> None:
    clock = Clock()
    failures = Failures(LONGEST, clock)
    for _ in range(3):
        failures.note(HOST, Unreachable("no connection"))
        waits(failures, clock)

    if is_over == "an answer":
        failures.over(HOST)
    else:
        clock.seconds += LONGEST
    failures.note(HOST, Unreachable("no connection"))

    assert waits(failures, clock) == LONGEST / FIRST_SHARE


def test_what_would_be_the_same_again_is_left_alone_for_the_whole_time_at_once() -> None:
    clock = Clock()
    failures = Failures(LONGEST, clock)
    failures.note(HOST, Malformed("no actor"))

    assert waits(failures, clock) == LONGEST


def test_who_says_when_to_ask_again_is_heeded() -> None:
    clock = Clock()
    failures = Failures(LONGEST, clock)
    failures.note(HOST, Unreachable("busy", retry_after=42))

    assert waits(failures, clock) == 42


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: Unreachable("busy", retry_after=42), (Unreachable, "failed not long ago: busy", None)),
        (lambda: Refused(404), (Refused, "the answer was 404", 404)),
    ],
)
def test_what_is_remembered_of_a_failure_holds_nothing_of_how_it_came(
    make: Callable[[], Unreachable | Refused], told: tuple[type, str, int | None]
) -> None:
    """R042: an exception that was raised keeps whatever was at hand there, documents of strangers for example."""
    failures = Failures(LONGEST, Clock())

    seen = _failed(failures, make)

    gc.collect()
    assert seen() is None
    again = [_asked_again(failures) for _ in range(2)]
    assert again == [told, told]


class Document:
    """Something large."""


def _failed(failures: Failures, make: Callable[[], Unreachable | Refused]) -> weakref.ref[Document]:
    """A failure while a document was at hand; whether that is still kept."""
    document = Document()
    seen = weakref.ref(document)
    with pytest.raises(FederationError):
        _fail(failures, make(), document)
    return seen


def _fail(failures: Failures, problem: Unreachable | Refused, document: Document) -> None:
    try:
        raise problem
    except FederationError as raised:
        failures.note(HOST, raised)
        raise


def _asked_again(failures: Failures) -> tuple[type, str, int | None]:
    """What is told the next time: kind, words, status."""
    with pytest.raises(FederationError) as told:
        failures.check(HOST)
    return type(told.value), str(told.value), getattr(told.value, "status", None)
