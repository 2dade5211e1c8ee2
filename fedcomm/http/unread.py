"""Connections that are cut when their client does not take what it is sent (S104, S159)."""

import asyncio

LEAST_TAKEN = 4096
"""Bytes that a client must take within the limit of time, when more waits for it."""


class CutWhenUnread(asyncio.Protocol):
    """Stands before a protocol of uvicorn, which says when more waits than the client takes."""

    limit_s = 15.0
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    _unread: asyncio.TimerHandle | None = None
    _left_to_send = 0

    def pause_writing(self) -> None:
        """More waits to be sent than the client takes: it has to take some in time."""
        super().pause_writing()
        self._watch_unread()

    def resume_writing(self) -> None:
        """The client takes what we send."""
        super().resume_writing()
        self._stop_watching()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and with it all that waited."""
        self._stop_watching()
        super().connection_lost(exc)

    def _watch_unread(self) -> None:
        self._left_to_send = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(self.limit_s, self._check_unread)

    def _check_unread(self) -> None:
        if self._left_to_send - self.transport.get_write_buffer_size() < LEAST_TAKEN:
            self._unread = None
            self.transport.abort()
        else:
            self._watch_unread()

    def _stop_watching(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
