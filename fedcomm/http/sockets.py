"""One WebSocket connection: uvicorn's, with the limits it lacks, and without tokens in the log (S104, S159)."""

import logging
from datetime import timedelta
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from fedcomm.http.unread import CutWhenUnread

LARGEST_MESSAGE = 16 * 1024

quiet = logging.getLogger("fedcomm.sockets")
quiet.setLevel(logging.WARNING)  # uvicorn's lines of connections hold the query, and that the token


class Socket(CutWhenUnread, WebSocketsSansIOProtocol):
    """A connection that is cut when nobody reads. Made by `limited`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = quiet


def limited(slow_client_limit: timedelta) -> type[Socket]:
    """Connections with this limit of time."""
    return type("Socket", (Socket,), {"limit_s": slow_client_limit.total_seconds()})
