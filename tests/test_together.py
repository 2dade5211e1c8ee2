"""Questions of many requests, answered at once: nobody waits who need not, and nobody suffers for another."""

import asyncio
from collections.abc import Sequence

import pytest

from fedcomm.database import Down
from fedcomm.together import Together


class Desk:
    """Answers numbers with their doubles, when it may; 13 it does not like."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.down = False

    async def answer(self, numbers: Sequence[int]) -> list[int]:
        self.asked.append(list(numbers))
        await self.may_answer.wait()
        if self.down:
            raise Down("away")
        if 13 in numbers:
            raise ValueError("13")
        return [2 * number for number in numbers]


async def _asking(together: Together[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(together.ask(number)) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_who_comes_alone_is_answered_at_once_and_who_comes_meanwhile_together() -> None:
    desk = Desk()
    together = Together(desk.answer, most=3)
    tasks = await _asking(together, 1)
    tasks += await _asking(together, 2, 3, 4, 5)
    desk.may_answer.set()

    assert await asyncio.gather(*tasks) == [2, 4, 6, 8, 10]
    assert desk.asked == [[1], [2, 3, 4], [5]]


async def test_a_bad_question_spoils_nobody_elses() -> None:
    desk = Desk()
    together = Together(desk.answer, most=5)
    tasks = await _asking(together, 1)
    tasks += await _asking(together, 2, 13, 3)
    desk.may_answer.set()

    two, bad, three = await asyncio.gather(*tasks[1:], return_exceptions=True)
    assert (two, three) == (4, 6)
    assert isinstance(bad, ValueError)
    assert await together.ask(7) == 14


async def test_without_a_database_all_hear_so_and_the_next_ask_again() -> None:
    desk = Desk()
    desk.down = True
    together = Together(desk.answer, most=5)
    tasks = await _asking(together, 1)
    tasks += await _asking(together, 2, 3)
    desk.may_answer.set()

    assert [type(each) for each in await asyncio.gather(*tasks, return_exceptions=True)] == [Down] * 3
    assert desk.asked == [[1], [2, 3]]
    desk.down = False
    assert await together.ask(4) == 8


async def test_whoever_went_away_before_their_turn_is_not_asked_for() -> None:
    desk = Desk()
    together = Together(desk.answer, most=5)
    tasks = await _asking(together, 1)
    tasks += await _asking(together, 2, 3)
    tasks[1].cancel()
    await asyncio.sleep(0)
    desk.may_answer.set()

    assert await tasks[2] == 6
    assert desk.asked == [[1], [3]]
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]
