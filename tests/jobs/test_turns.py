"""How long is waited after which failure: on a clock of its own, through two weeks."""

import random
from datetime import datetime, timedelta

import pytest

from fedcomm.durations import Durations
from fedcomm.jobs.delivery_queue import Lease, Row
from fedcomm.jobs.turns import Answer, Troubles, Turn, breaker_wait, wait_after
from tests.jobs.offices import NOON

DURATIONS = Durations()
CHANCE = random.Random(7)
AWAY = Answer("later", "peer", "no connection")
BROKEN = Answer("later", "message", "500", status=500)


def lease(now: datetime) -> Lease:
    return Lease("a.test", 1, now + timedelta(seconds=15), 0, None, 0, None, None, None, None, None)


def row(activity_id: int = 1, *, order_key: int = 1, failures: int = 0, attempts: int = 0) -> Row:
    return Row(activity_id, 5, "a.test", order_key, activity_id, attempts, failures, None, "https://a.test/inbox", NOON)


def tried(held: Lease, what: Row, answer: Answer, now: datetime, troubles: Troubles | None = None) -> tuple[Turn, str]:
    turn = Turn(held)
    turn.read([what], was_all=True)
    turn.started(what)
    troubles = troubles or Troubles(DURATIONS.breaker_window)
    verdict = turn.landed(what, answer, troubles, DURATIONS, now=now, chance=CHANCE)
    return turn, verdict.kind


def test_r011_a_peer_that_is_away_is_tried_by_the_schedule_for_two_weeks() -> None:
    """R011, D54: 0 s, 10 s, 1 m, 5 m, 30 m, 2 h, then every 6 h +-20 %, 14 days; then given up."""
    held, now = lease(NOON), NOON
    waits: list[timedelta] = []
    while True:
        _, kind = tried(held, row(), AWAY, now)
        if kind == "failed":
            break
        assert held.wait_until is not None
        waits.append(held.wait_until - now)
        now = held.wait_until

    assert waits[:5] == [timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30),
                         timedelta(hours=2)]  # fmt: skip
    assert all(timedelta(hours=4.8) <= wait <= timedelta(hours=7.2) for wait in waits[5:])
    assert len(set(waits[5:])) > 40
    assert timedelta(days=13.6) < now - NOON < timedelta(days=14)


def test_what_fails_together_counts_once() -> None:
    held = lease(NOON)
    turn = Turn(held, is_proven=True)
    rows = [row(number, order_key=number) for number in range(1, 5)]
    turn.read(rows, was_all=True)
    for each in turn.next_rows(10):
        turn.started(each)
    for each in rows:
        turn.landed(each, AWAY, Troubles(DURATIONS.breaker_window), DURATIONS, now=NOON)
    assert (held.failure_count, held.wait_until) == (1, NOON + timedelta(seconds=10))
    assert turn.is_over


def test_r012_five_threads_with_a_5xx_in_ten_minutes_open_the_breaker_and_one_answer_closes_it() -> None:
    """R012, D53: then one probe every 15 min, doubled up to 6 h."""
    held = lease(NOON)
    troubles = Troubles(DURATIONS.breaker_window)
    now = NOON
    for number in range(1, 5):
        turn, _ = tried(held, row(number, order_key=number), BROKEN, now, troubles)
        assert not turn.is_stopped
        now += timedelta(minutes=1)
    waits: list[timedelta] = []
    for number in range(5, 12):
        turn, _ = tried(held, row(number, order_key=number), BROKEN, now, troubles)
        assert turn.is_stopped
        assert held.wait_until is not None
        waits.append(held.wait_until - now)
        now = held.wait_until
    assert waits == [timedelta(minutes=15 * 2**n) for n in range(5)] + [timedelta(hours=6)] * 2

    turn, kind = tried(held, row(20), Answer("delivered", status=202), now, troubles)
    assert (kind, held.open_count, held.wait_until, turn.is_stopped) == ("done", 0, None, False)


def test_failures_of_one_thread_alone_open_no_breaker() -> None:
    held = lease(NOON)
    troubles = Troubles(DURATIONS.breaker_window)
    for number in range(1, 9):
        turn, _ = tried(held, row(number), BROKEN, NOON, troubles)
        assert not turn.is_stopped


def test_old_failures_do_not_count_for_the_breaker() -> None:
    held = lease(NOON)
    troubles = Troubles(DURATIONS.breaker_window)
    for number in range(1, 9):
        turn, _ = tried(held, row(number, order_key=number), BROKEN, NOON + number * timedelta(minutes=3), troubles)
        assert not turn.is_stopped


@pytest.mark.parametrize(
    ("asked", "obeyed"),
    [(timedelta(minutes=5), timedelta(minutes=5)), (timedelta(days=900), timedelta(hours=6))],
)
def test_r015_a_wish_to_wait_is_obeyed_up_to_six_hours(asked: timedelta, obeyed: timedelta) -> None:
    held = lease(NOON)
    tried(held, row(), Answer("later", status=429, retry_after=asked), NOON)
    assert (held.wait_until, held.failure_count) == (NOON + obeyed, 0)


def test_a_peer_that_has_not_answered_yet_gets_one_at_a_time_and_then_four() -> None:
    turn = Turn(lease(NOON))
    turn.read([row(number, order_key=number) for number in range(1, 9)], was_all=True)
    (first,) = turn.next_rows(10)
    turn.started(first)
    assert turn.next_rows(10) == []
    turn.landed(first, Answer("delivered", status=202), Troubles(DURATIONS.breaker_window), DURATIONS, now=NOON)
    assert [each.activity_id for each in turn.next_rows(10)] == [2, 3, 4, 5]


def test_of_one_order_only_the_oldest_is_started() -> None:
    turn = Turn(lease(NOON), is_proven=True)
    turn.read([row(3), row(1), row(2, order_key=9), row(4, order_key=9)], was_all=True)
    assert [each.activity_id for each in turn.next_rows(10)] == [1, 2]


@pytest.mark.parametrize(
    "trouble", [AWAY, BROKEN, Answer("later", "peer", "429", status=429, retry_after=timedelta(seconds=5))]
)
def test_r018_what_comes_after_a_failure_waits_though_something_else_succeeds(trouble: Answer) -> None:
    """R018: of two things under way one fails and the other shows that the peer is there: the turn goes on."""
    turn, troubles = Turn(lease(NOON), is_proven=True), Troubles(DURATIONS.breaker_window)
    create, update = row(1, order_key=7), row(3, order_key=7)
    other = row(2, order_key=8)
    turn.read([create, other, update], was_all=True)
    for each in (create, other):
        turn.started(each)

    turn.landed(create, trouble, troubles, DURATIONS, now=NOON, chance=CHANCE)
    turn.landed(other, Answer("delivered", status=202), troubles, DURATIONS, now=NOON, chance=CHANCE)

    assert turn.next_rows(10) == []
    turn.read([create, update], was_all=True)
    assert turn.next_rows(10) == [create]


def test_waits_shrink_with_the_durations_of_tests() -> None:
    quick = Durations().scaled(0.05)
    assert wait_after(1, quick) == timedelta(seconds=0.5)
    assert breaker_wait(1, quick) == timedelta(seconds=45)
