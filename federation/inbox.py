"""Bytes and headers of a POST to an inbox -> an activity whose sender is proven.

The order is that of decisions D45 and security-cases section 1: size, type, JSON limits, then what the application asks
before any key is fetched (policy, deletions of strangers), then the signature. Only the envelope is read before it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, cast

from federation.authority import live_together
from federation.errors import Malformed, TooLarge, Unauthentic, WrongType
from federation.signatures.claims import Claim
from federation.signatures.owned_keys import Keys, OwnedKey
from federation.signatures.request import HeaderFields, Request, read_request
from federation.signatures.verifying import prove, read_signatures
from federation.synchronising import FIELD
from federation.vocabulary.strict_json import MAX_BYTES, JsonObject, load_object

__all__ = ["MAX_BODY_BYTES", "Admit", "Envelope", "Keys", "OwnedKey", "Received", "read_envelope", "receive"]

MAX_BODY_BYTES = MAX_BYTES
"""Of an inbox POST; whoever reads the request stops here (S138)."""

LONGEST_ID = 1300
"""Bytes. Two ids together must fit into one key of an index, and no server makes longer ones."""

_TYPES = ("application/activity+json", "application/ld+json")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What an activity says about itself before anybody has proven it.

    `id` and `object_id` are None when they are missing or not texts, `object_id` also when there are several objects.
    """

    type: str
    actor: str
    id: str | None
    object_id: str | None

    @property
    def is_about_its_actor(self) -> bool:
        """A Delete or Update of the actor itself: from an unknown actor it needs no signature to be dropped."""
        return self.type in ("Delete", "Update") and self.object_id == self.actor


@dataclass(frozen=True, slots=True)
class Received:
    """An activity whose sender is proven.

    `signer` is the actor whose key signed the request. When it is not the activity's actor, the activity was forwarded:
    then the signature says nothing about who wrote it, and neither does an LD signature inside (S024, D47).
    `activity_id` is None when the activity has no id, or one that does not lie with its actor. `body` is what came,
    byte for byte, for relaying.
    """

    signer: str
    key_id: str
    envelope: Envelope
    activity_id: str | None
    document: JsonObject
    body: bytes
    synchronization: str | None = None
    """What its `Collection-Synchronization` says, where that is signed too."""

    @property
    def is_forwarded(self) -> bool:
        """Whether the sender is not the activity's actor (S010, S011)."""
        return self.envelope.actor != self.signer


Admit: TypeAlias = Callable[[Envelope, tuple[str, ...]], Awaitable[bool]]
"""Asked with the envelope and the ids of the keys that signed (none if that cannot be read), before a key is fetched.

False: answer as if all were well and do nothing, as with the deletion of an actor we never knew. An error of the
application, such as its refusal of a blocked peer, passes through `receive`.
"""


async def receive(
    *,
    method: str,
    path: str,
    headers: HeaderFields,
    body: bytes,
    here: str,
    keys: Keys,
    now: datetime,
    admit: Admit | None = None,
) -> Received | None:
    """Read and authenticate one POST to an inbox; None when `admit` wants no more of it.

    `path` is path and query exactly as they came, `here` our own scheme, host and port without a final slash. Whether
    the sender is entitled to what the activity does is not asked here.

    Raises TooLarge, WrongType, Malformed, Unauthentic, Unreachable (a key could not be fetched just now).
    """
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge("a body of more than 1 MiB")
    request = read_request(method, path, here, headers, body)
    _check_type(request)
    document = load_object(body)
    envelope = read_envelope(document)
    refusal: Unauthentic | None = None
    claims: tuple[Claim, ...] = ()
    try:
        claims = read_signatures(request, now)
    except Unauthentic as error:
        refusal = error
    if admit is not None and not await admit(envelope, tuple(claim.key_id for claim in claims)):
        return None
    if refusal is not None:
        raise refusal
    proven = await prove(claims, keys)
    activity_id = envelope.id if live_together(envelope.id, envelope.actor) else None
    said = request.field(FIELD.lower())
    is_signed = all(FIELD.lower() in claim.covered for claim in claims)
    return Received(proven.signer, proven.key_id, envelope, activity_id, document, body, said if is_signed else None)


def _check_type(request: Request) -> None:
    media_type = (request.field("content-type") or "").partition(";")[0].strip().lower()
    if media_type not in _TYPES:
        raise WrongType("activities come as application/activity+json or application/ld+json")
    if (request.field("content-encoding") or "identity").lower() != "identity":
        raise WrongType("activities come as they are, not compressed")


def read_envelope(document: Mapping[str, Any]) -> Envelope:
    """Type, actor and ids of an activity, and nothing else. Raises Malformed (no type, not one actor, long ids)."""
    kind, actor = _only(document.get("type")), _id_of(_only(document.get("actor")))
    if not isinstance(kind, str):
        raise Malformed("an activity without a type")
    if actor is None or not live_together(actor):
        raise Malformed("an activity without one actor")
    activity_id, object_id = document.get("id"), _id_of(_only(document.get("object")))
    if any(isinstance(text, str) and len(text.encode()) > LONGEST_ID for text in (kind, actor, activity_id, object_id)):
        raise Malformed("an id longer than any we know")
    return Envelope(
        type=kind, actor=actor, id=activity_id if isinstance(activity_id, str) else None, object_id=object_id
    )


def _only(value: object) -> object:
    """The one entry of a list of one; other values as they are. A list of several is none of them."""
    if not isinstance(value, list):
        return value
    items = cast("list[object]", value)
    return items[0] if len(items) == 1 else None


def _id_of(value: object) -> str | None:
    if isinstance(value, dict):
        value = cast("dict[str, object]", value).get("id")
    return value if isinstance(value, str) else None
