"""One WebSocket connection: uvicorn's, with the limits it lacks, and without tokens in the log (S104, S159)."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

LARGEST_MESSAGE = 16 * 1024
LEAST_TAKEN = 4096
"""Bytes that a client must take within the limit of time, when more waits for it."""

quiet = logging.getLogger("fedcomm.sockets")
quiet.setLevel(logging.WARNING)  # uvicorn's lines of connections hold the query, and that the token


class Socket(WebSocketsSansIOProtocol):
    """A connection that is cut when nobody reads. Made by `limited`."""

    limit_s = 15.0

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = quiet
        self._unread: asyncio.TimerHandle | None = None
        self._left_to_send = 0

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


def limited(slow_client_limit: timedelta) -> type[Socket]:
    """Connections with this limit of time."""
    return type("Socket", (Socket,), {"limit_s": slow_client_limit.total_seconds()})
