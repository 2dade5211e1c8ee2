"""What requests ask of the database at the same moment, asked by one of them for all.

A statement costs more to begin and to end, and a commit more to wait for, than one more row within it. Who comes alone
does not wait; who comes while others are served goes with the next.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from fedcomm.database import Down

Q = TypeVar("Q")
A = TypeVar("A")

log = logging.getLogger(__name__)


class Together(Generic[Q, A]):
    """Questions of one kind. `answer` gets some of them, in the order they came, and gives as many answers."""

    def __init__(self, answer: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], *, most: int) -> None:
        self._answer = answer
        self._most = most
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._serving: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer to this one. Raises what `answer` raises for it alone, and Down."""
        answered: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answered))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        return await answered

    async def _serve(self) -> None:
        """Answer until nobody waits. Whose request was broken off is served all the same, where it was begun."""
        try:
            while self._waiting:
                now, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                asked = [(question, answered) for question, answered in now if not answered.done()]
                if not await self._all(asked):
                    for each in asked:
                        await self._alone(*each)
        finally:
            self._serving = None

    async def _all(self, asked: Sequence[tuple[Q, asyncio.Future[A]]]) -> bool:
        """Answer them at once; False where that is to be tried for each."""
        if len(asked) < 2:
            return False
        try:
            answers = await self._answer([question for question, _ in asked])
            answered_all = list(zip((answered for _, answered in asked), answers, strict=True))
        except Down as down:
            for _, answered in asked:
                if not answered.done():
                    answered.set_exception(Down(str(down)))
            return True
        except Exception as problem:  # perhaps of one of them: each hears alone what is wrong with it
            log.debug("not answered together count=%d reason=%s", len(asked), type(problem).__name__)
            return False
        for answered, answer in answered_all:
            if not answered.done():
                answered.set_result(answer)
        return True

    async def _alone(self, question: Q, answered: asyncio.Future[A]) -> None:
        try:
            (answer,) = await self._answer([question])
        except Exception as problem:  # whatever it was, it is theirs who asked
            if not answered.done():
                answered.set_exception(problem)
        else:
            if not answered.done():
                answered.set_result(answer)
