"""Brings encrypted messages to push services, through the same guard and the same kind of lines as deliveries.

Source: RFC 8030 (generic event delivery); S054-S059 (which addresses may be dialled).
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from fedcomm.notifications.pushing import Told
from federation.delivery import describe, write_head
from federation.errors import Malformed
from federation.lean_http import BrokenAnswer, Lines, Reply
from federation.outside import NoConnection, Outside
from federation.retry_after import seconds_until_retry

LONGEST_ENDPOINT = 2_048


class PushPosting:
    """Fulfils `fedcomm.notifications.pushing.Messenger`. Made once; `close()` it. No redirect is followed."""

    def __init__(
        self,
        outside: Outside,
        *,
        tls: ssl.SSLContext,
        user_agent: str,
        seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._outside = outside
        self._lines = Lines(outside, tls)
        self._user_agent = user_agent
        self._seconds = seconds
        self._clock = clock

    async def close(self) -> None:
        """Close all connections."""
        await self._lines.close()

    def origin(self, endpoint: str) -> str | None:
        """The origin of an endpoint that may be asked; None for any other address."""
        if len(endpoint) > LONGEST_ENDPOINT:
            return None
        try:
            return self._outside.url(endpoint).origin
        except Malformed:
            return None

    async def post(self, endpoint: str, headers: Mapping[str, str], body: bytes) -> Told:
        """One message. Never raises for what the other side does."""
        try:
            url = self._outside.url(endpoint)
            fields = {
                "Host": url.authority,
                "User-Agent": self._user_agent,
                "Content-Type": "application/octet-stream",
                "Content-Length": str(len(body)),
                **headers,
            }
            async with asyncio.timeout(self._seconds):
                return self._judged(await self._lines.post(url, write_head(url.target, fields), body))
        except TimeoutError:
            return Told(outcome="later", detail="no answer in time")
        except (NoConnection, BrokenAnswer) as problem:
            return Told(outcome="later", detail=str(problem))
        except Malformed as problem:  # also an address inside: what was public when it was asked for may have moved
            return Told(outcome="gone", detail=str(problem))

    def _judged(self, reply: Reply) -> Told:
        """What an answer means (RFC 8030 sections 5 and 7.3): 404 and 410 end the subscription."""
        if 200 <= reply.status < 300:
            return Told(outcome="delivered")
        if reply.status in (404, 410):
            return Told(outcome="gone", detail=describe(reply))
        if reply.status in (408, 425, 429) or reply.status >= 500 or reply.status < 400:
            seconds = seconds_until_retry(reply.headers.get("retry-after"), now=self._clock())
            wait = None if seconds is None else timedelta(seconds=seconds)
            return Told(outcome="later", detail=describe(reply), wait=wait)
        return Told(outcome="refused", detail=describe(reply))
