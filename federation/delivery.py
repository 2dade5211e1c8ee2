"""One activity to one inbox, and what came of it.

What the other side does wrong is a value here, not an exception: the caller decides when to try again.
Source: decisions D4, D53, D57; R014, R015, R046, R047; federation.md 1.2 (forms of signature), T19 (no redirects).
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Protocol

from federation.errors import Malformed
from federation.lean_http import BrokenAnswer, Lines, Reply
from federation.outside import NoConnection, Outside, Url
from federation.retry_after import seconds_until_retry
from federation.signatures.claims import Scheme

CONTENT_TYPE = "application/activity+json"
OTHER: Mapping[Scheme, Scheme] = {"cavage": "rfc9421", "rfc9421": "cavage"}
SIGNED_IN_VAIN = (400, 401)


class Outcome(Enum):
    """What came of a delivery."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """They will not take this one, and trying again does not change that."""
    GONE = "gone"
    """There is no such inbox (any more); after three on different days who lived there is taken as gone."""
    LATER = "later"
    """To be tried again."""


class Blame(Enum):
    """What a delivery that did not arrive counts against. Source: D53."""

    NOBODY = "nobody"
    PEER = "peer"
    """The whole authority: it could not be reached, was silent, or asks everybody to wait."""
    MESSAGE = "message"
    """This message first; the authority only when several fail."""


class SignPost(Protocol):
    """Who signs a delivery: the actor that sends it, whose key the caller knows."""

    async def __call__(self, url: str, scheme: Scheme, accept_signature: str | None) -> Mapping[str, str]:
        """All headers that sign a POST of the body to exactly this URL (`Date`, `Digest`, `Signature` and so on).

        accept_signature: what the other side said it wants, after it refused once.
        """
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one delivery.

    status: None when there was no answer. scheme: the form of signature that was understood, None if none was.
    retry_after: how long they ask us to wait, at most 6 h. peer_waits: everything for this authority waits as long.
    detail: for the operator, in one line.
    """

    outcome: Outcome
    blame: Blame
    detail: str
    status: int | None = None
    scheme: Scheme | None = None
    retry_after: timedelta | None = None
    peer_waits: bool = False


def meaning(
    status: int, retry_after: timedelta | None, *, last_status: int | None = None
) -> tuple[Outcome, Blame, bool]:
    """What an answer means: the outcome, what it counts against, and whether the whole peer has to wait.

    last_status: the answer to the same message the time before; only a first 401 is tried again. Source: R014, D53.
    """
    if 200 <= status < 300:
        return Outcome.DELIVERED, Blame.NOBODY, False
    if status in (404, 410):
        return Outcome.GONE, Blame.NOBODY, False
    if status in (429, 503):
        return Outcome.LATER, Blame.PEER if retry_after is None else Blame.NOBODY, True
    if status in (408, 425) or status >= 500 or status < 400:  # a redirect is not followed: the actor may have moved
        return Outcome.LATER, Blame.MESSAGE, False
    if status == 401 and last_status != 401:
        return Outcome.LATER, Blame.MESSAGE, False
    return Outcome.REFUSED, Blame.NOBODY, False


class Deliverer:
    """Carries activities to inboxes, hundreds at once. Made once; `close()` it.

    seconds: for one delivery, from looking up the name to the end of the answer, both forms of signature included.
    """

    def __init__(
        self,
        outside: Outside,
        *,
        tls: ssl.SSLContext,
        user_agent: str,
        seconds: float = 10.0,
        idle: float = 15.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._outside = outside
        self._lines = Lines(outside, tls, idle=idle)
        self._user_agent = user_agent
        self._seconds = seconds
        self._clock = clock

    async def close(self) -> None:
        """Close all connections."""
        await self._lines.close()

    async def deliver(
        self,
        inbox: str,
        body: bytes,
        *,
        sign: SignPost,
        scheme: Scheme = "cavage",
        last_status: int | None = None,
    ) -> Delivery:
        """POST these bytes to an inbox, signed in the form given and, when that is refused, once in the other.

        last_status: the answer to this message the time before. Never raises for what the other side does; an inbox
        that must not be dialled is refused for good (S073).
        """
        try:
            url = self._outside.url(inbox)
            async with asyncio.timeout(self._seconds):
                return await self._deliver(url, body, sign, scheme, last_status)
        except TimeoutError:
            return Delivery(Outcome.LATER, Blame.PEER, "no answer in time")
        except (NoConnection, BrokenAnswer) as problem:
            return Delivery(Outcome.LATER, Blame.PEER, str(problem))
        except Malformed as problem:
            return Delivery(Outcome.REFUSED, Blame.NOBODY, str(problem))

    async def _deliver(
        self,
        url: Url,
        body: bytes,
        sign: SignPost,
        scheme: Scheme,
        last_status: int | None,
    ) -> Delivery:
        signature = await sign(str(url), scheme, None)
        reply = await self._post(url, body, signature)
        if reply.status in SIGNED_IN_VAIN:
            scheme = OTHER[scheme]
            wanted = reply.headers.get("accept-signature")
            if wanted is not None:
                scheme = "rfc9421"
            signature = await sign(str(url), scheme, wanted)
            reply = await self._post(url, body, signature)
        return self._judge(reply, scheme, last_status)

    async def _post(self, url: Url, body: bytes, headers: Mapping[str, str]) -> Reply:
        fields = {
            "Host": url.authority,
            "User-Agent": self._user_agent,
            "Accept": "*/*",
            "Content-Type": CONTENT_TYPE,
            "Content-Length": str(len(body)),
            **headers,
        }
        return await self._lines.post(url, write_head(url.target, fields), body)

    def _judge(self, reply: Reply, scheme: Scheme, last_status: int | None) -> Delivery:
        seconds = seconds_until_retry(reply.headers.get("retry-after"), now=self._clock())
        wait = None if seconds is None else timedelta(seconds=seconds)
        outcome, blame, peer_waits = meaning(reply.status, wait, last_status=last_status)
        understood = reply.status not in SIGNED_IN_VAIN
        return Delivery(
            outcome,
            blame,
            "" if outcome is Outcome.DELIVERED else describe(reply),
            status=reply.status,
            scheme=scheme if understood else None,
            retry_after=wait if outcome is Outcome.LATER else None,
            peer_waits=peer_waits,
        )


def write_head(target: str, fields: Mapping[str, str]) -> bytes:
    """The first part of a POST. Raises Malformed when a value would make a second header of itself (S064)."""
    lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    head = "\r\n".join(lines)
    if head.count("\r") != len(lines) - 1 or head.count("\n") != len(lines) - 1 or not head.isascii():
        raise Malformed("a header that is none")
    return head.encode("ascii")


def describe(reply: Reply) -> str:
    """An answer in one line for the operator: its status and the beginning of what it said, as text."""
    said = " ".join(reply.body[:400].decode("utf-8", "replace").split())
    plain = "".join(character for character in said if character.isprintable())[:200]
    return f"{reply.status} {plain}".strip()
