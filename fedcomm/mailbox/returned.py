"""Letters that come back later: what a report on a delivery says about which letter (RFC 3464, RFC 6522; product 14).

A report counts only if it holds the Message-ID of a letter that is still known here; which nobody else has seen but the
mail servers on its way and whom it was for.
"""

import re
from email import message_from_bytes, policy
from email.message import Message
from typing import cast

import msgspec

from fedcomm.mailbox.smtp import ABOUT_ADDRESSES

LARGEST = 10 * 1024 * 1024
MESSAGE_ID = re.compile(r"<(\d{1,18})@[^<>\s@]{1,253}>")
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.\d{1,3}\b")


class Returned(msgspec.Struct, frozen=True, kw_only=True):
    """A letter that was not delivered. `is_hard`: it never will be."""

    mail_id: int
    is_hard: bool
    answer: str


def read(body: bytes) -> Returned | None:
    """What came back; None for any other message: an answer of somebody, a delay, a receipt, something broken, and a
    refusal that is about our server rather than the address.
    """
    message = message_from_bytes(body[:LARGEST], policy=policy.default)
    if message.get_content_type() != "multipart/report":
        return None
    fields = next((part for part in message.walk() if part.get_content_type() == "message/delivery-status"), None)
    letter = next(
        (part for part in message.walk() if part.get_content_type() in ("message/rfc822", "text/rfc822-headers")), None
    )
    if fields is None or letter is None:
        return None
    recipients = [block for block in _blocks(fields) if block.get("action", "").strip().casefold() == "failed"]
    found = MESSAGE_ID.search(_message_id(letter))
    if not recipients or found is None:
        return None
    said = recipients[0]
    status = STATUS.search(said.get("status", ""))
    if status is not None and status[1] == "5" and status[2] not in ABOUT_ADDRESSES:
        return None  # refused for what the letter or our server is, as at once
    return Returned(
        mail_id=int(found[1]),
        is_hard=status is not None and status[1] == "5",
        answer=" ".join((said.get("diagnostic-code") or said.get("status") or "it came back").split())[:300],
    )


def _blocks(part: Message) -> list[dict[str, str]]:
    """The groups of fields of a report, one for each recipient, after that for the whole."""
    inside = part.get_payload()
    if not isinstance(inside, list):
        return []
    return [{name.casefold(): str(value) for name, value in block.items()} for block in cast("list[Message]", inside)]


def _message_id(part: Message) -> str:
    inside = part.get_payload()
    if isinstance(inside, list):
        return str(cast("list[Message]", inside)[0].get("Message-ID", "")) if inside else ""
    headers = message_from_bytes(cast(bytes, part.get_payload(decode=True) or b""), policy=policy.default)
    return str(headers.get("Message-ID", ""))
