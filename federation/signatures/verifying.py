"""Which scheme a request uses, and the one way to "proven". Source: decisions D45, D46, security-cases section 3."""

from dataclasses import dataclass
from datetime import datetime

from federation.authority import live_together
from federation.errors import Unauthentic
from federation.signatures import cavage, rfc9421
from federation.signatures.claims import Claim
from federation.signatures.header_fields import Member, read_members
from federation.signatures.owned_keys import Keys
from federation.signatures.request import Request


@dataclass(frozen=True, slots=True)
class Proven:
    """Who signed a request, and with which key."""

    signer: str
    key_id: str


def read_signatures(request: Request, now: datetime) -> tuple[Claim, ...]:
    """What the signatures on a request claim: one claim for each scheme, at least one. No key is needed for this.

    Both schemes use the header `Signature`: RFC 9421 puts bytes into it, draft-cavage texts and numbers.

    Raises Unauthentic (unsigned, unreadable, stale, not covering what it must, digest not of this body).
    """
    field = request.field("signature")
    if field is None:
        raise Unauthentic("not signed")
    members = read_members(field)
    labelled: dict[str, Member] = {name: value for name, value in members.items() if isinstance(value, bytes)}
    parameters: dict[str, Member] = {name: value for name, value in members.items() if name not in labelled}
    claims: list[Claim] = []
    if labelled or "signature-input" in request.fields:
        claims.append(rfc9421.read(request, labelled, now))
    if parameters:
        claims.append(cavage.read(request, parameters, now))
    if not all(live_together(claim.key_id) for claim in claims):
        raise Unauthentic("a key id that is no http(s) address")
    return tuple(claims)


async def prove(claims: tuple[Claim, ...], keys: Keys) -> Proven:
    """Ask for the keys and let them decide. All claims must hold, and come from one owner (S015).

    Raises Unauthentic; Unreachable (a key could not be fetched just now).
    """
    proven = [Proven(await _owner(claim, keys), claim.key_id) for claim in claims]
    if len({one.signer for one in proven}) != 1:
        raise Unauthentic("two signatures of different owners")
    return proven[0]


async def _owner(claim: Claim, keys: Keys) -> str:
    """Whose key made the signature. A key that fails is asked for anew once: its owner may have changed it (S019)."""
    for ask in (keys.find, keys.fetch):
        key = await ask(claim.key_id)
        if key is None:
            continue
        if key.id != claim.key_id or not live_together(key.id, key.owner):
            raise Unauthentic("the key belongs to somebody else")
        if claim.is_proven_by(key.public):
            return key.owner
    raise Unauthentic("the signature is not of this key")
