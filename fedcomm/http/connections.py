"""One connection of the web server: uvicorn's, with the limits it lacks (S159, S138, S155).

A head must be complete in time and small; who does not read an answer is cut off; what remains of a body that nobody
wants is read only a little further, so that the refusal arrives, and then the connection ends.
"""

import asyncio
import re
from datetime import timedelta
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fedcomm.http.unread import CutWhenUnread

_HOST = re.compile(rb"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
"""A name or an address, with a port or without: what a Host header may hold (S132)."""
LARGEST_HEAD = 64 * 1024
MOST_UNWANTED = 2 * 1024 * 1024
"""Bytes of a body that are still taken, and thrown away, after the answer was given."""


class Connection(CutWhenUnread, HttpToolsProtocol):
    """A connection with limits. Made by `limited`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._in_head = True
        self._has_begun = False
        self._has_body_left = False
        self._is_answered = False
        self._head_bytes = 0
        self._unwanted = 0
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # as in uvicorn
        """Somebody connected and has to ask soon."""
        super().connection_made(transport)
        self._expect_in_time()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, and with it all that waited."""
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes came: of a head, a body, or a body that nobody wants any more."""
        is_unwanted = self._is_unwanted()
        self._has_begun = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD and not self._has_begun:  # else other requests may stand before it
                self.send_400_response("The request has too long a head.")
        elif is_unwanted and self._has_body_left:
            self._unwanted += len(data)
            if self._unwanted > MOST_UNWANTED:
                self.transport.abort()
        elif self._is_answered and self.timeout_keep_alive_task is None and self._late is None:
            self._expect_in_time()  # empty lines, which ended uvicorn's waiting and begin nothing

    def on_message_begin(self) -> None:
        """The first byte of a request: the rest of its head is to come in time."""
        super().on_message_begin()
        self._in_head, self._has_begun, self._head_bytes, self._unwanted = True, True, 0, 0
        self._expect_in_time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; what stands behind a body is none (RFC 9110 6.5.1)."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is here. Raises ValueError, which makes a 400 (too long, no good Host, a coding we do not undo)."""
        self._in_head, self._has_body_left = False, True
        self._is_answered = False
        self._in_time()
        size = len(self.url)
        hosts = 0
        for name, value in self.headers:
            size += len(name) + len(value)
            if name == b"host":
                hosts += 1
                if _HOST.fullmatch(value) is None:
                    raise ValueError("a Host that is none")
            if name == b"transfer-encoding" and value.strip().lower() != b"chunked":
                raise ValueError("a transfer coding other than chunked")
        if size > LARGEST_HEAD:
            raise ValueError("too long a head")
        if hosts > 1 or (hosts == 0 and self.parser is not None and self.parser.get_http_version() == "1.1"):
            raise ValueError("not one Host (RFC 9112 3.2)")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is here."""
        self._has_body_left = False
        super().on_message_complete()
        if self._is_answered and not self.transport.is_closing():
            self._in_time()
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def on_response_complete(self) -> None:
        """The answer is given; when its request is not all here, little more of it is taken."""
        super().on_response_complete()
        self._is_answered = self.cycle.response_complete  # not when a second one waits behind it
        if self._is_unwanted():
            self._expect_in_time()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked for long; an answer that is still not read then never will be."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            super().timeout_keep_alive_handler()

    def _unsupported_upgrade_warning(self) -> None:
        """They would like to go on in another protocol: this answer is the last of this connection."""
        self.cycle.keep_alive = False

    def _is_unwanted(self) -> bool:
        return self._has_body_left and self._is_answered

    def _expect_in_time(self) -> None:
        self._in_time()
        self._late = self.loop.call_later(self.limit_s, self._too_late)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        if self.flow.read_paused:
            self._expect_in_time()  # it is we who do not read: the answers before it are not ready
        else:
            self._late = None
            self.transport.abort()


def limited(slow_client_limit: timedelta) -> type[Connection]:
    """Connections with this limit of time."""
    return type("Connection", (Connection,), {"limit_s": slow_client_limit.total_seconds()})
