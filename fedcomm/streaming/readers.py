"""One connection that listens: what waits to be sent to it, and why it ends."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Literal

from fedcomm.streaming.channels import Channel

MOST_WAITING = 500
"""Messages that wait for one connection; whoever is further behind reads the timelines instead."""
MOST_CHANNELS = 200

Ending = Literal["slow", "revoked", "closing"]
"""Read too slowly; the token or the account is not valid any more; this process ends."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a client is sent. `id` is what it says when it comes back; `payload` is JSON, or an id."""

    id: int
    channel: Channel
    event: str
    payload: bytes


class Reader:
    """A connection of somebody: by the token of an app, or the session of a browser.

    `hears_notifications`: the token's scopes include them.
    """

    def __init__(
        self, account_id: int, way_in_id: int, *, hears_notifications: bool = False, is_of_browser: bool = False
    ) -> None:
        self.account_id = account_id
        self.way_in_id = way_in_id
        self.is_of_browser = is_of_browser
        self.hears_notifications = hears_notifications
        self.channels: set[Channel] = set()
        self.ending: Ending | None = None
        self._waiting: deque[Message] = deque()
        self._something = asyncio.Event()

    def offer(self, message: Message) -> None:
        """Let a message wait to be sent. Who is too far behind is dropped, with all that waits."""
        if self.ending is not None:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.end("slow")
            return
        self._waiting.append(message)
        self._something.set()

    def end(self, why: Ending) -> None:
        """Send nothing more, and say why."""
        if self.ending is None:
            self.ending = why
            self._waiting.clear()
            self._something.set()

    async def next(self, *, at_most_s: float) -> Message | None:
        """The next message; None after that time, or when it has ended (`ending`)."""
        if not self._waiting and self.ending is None:
            self._something.clear()
            try:
                async with asyncio.timeout(at_most_s):
                    await self._something.wait()
            except TimeoutError:
                return None
        return self._waiting.popleft() if self._waiting else None
