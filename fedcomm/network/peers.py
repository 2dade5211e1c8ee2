"""Other servers: what the operator decided about them, what we know of them, when we last heard from them.

The key of a peer is its authority (decisions D20). A decision about a domain holds for every domain and port below it,
unless that one has a decision of its own. Source: decisions D17, D56, D58; S100; R013.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import audit, facts
from fedcomm.config import Federation
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.jobs import delivery_queue
from fedcomm.jobs.delivery_queue import domains_above
from fedcomm.text import links

Policy = Literal["default", "allowed", "limited", "suspended"]
AnnounceForm = Literal["A", "B", "C"]
SignatureForm = Literal["cavage", "rfc9421"]

NOTE_EVERY = timedelta(seconds=10)
"""That a peer was heard from is written so often at most; R013 wants its next delivery within 30 s."""

MOST_HEARD = 10_000
"""Peers of which a process remembers that."""


class Origin(msgspec.Struct, frozen=True):
    """Where a decision comes from: somebody's hand, or a list. What is by hand no subscribed list changes."""

    list_id: int | None = None
    is_by_hand: bool = True


BY_HAND = Origin()


class PeerProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What we know of a peer. `announce_form` is None until its NodeInfo answered (D56)."""

    authority: str
    policy: Policy = "default"
    software_name: str | None = None
    software_version: str | None = None
    capabilities: tuple[str, ...] = ()
    announce_form: AnnounceForm | None = None
    profile_checked_at: datetime | None = None
    signature_form: SignatureForm | None = None
    signature_form_at: datetime | None = None


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """A peer as admins see it."""

    authority: str
    policy: Policy
    policy_reason: str
    software_name: str | None
    software_version: str | None
    first_seen_at: datetime
    last_inbound_at: datetime | None
    policy_by_id: int | None
    policy_list_id: int | None
    policy_at: datetime | None
    last_success_at: datetime | None
    last_failure_at: datetime | None
    last_error: str | None
    failing_since: datetime | None
    next_attempt_at: datetime | None
    waiting: int


async def policy(db: Connection, authority: str) -> Policy:
    """What was decided about a peer: its own row, else that of the nearest domain above it, else `default`."""
    above = domains_above(authority)
    found: Policy | None = await db.fetchval(
        """
        SELECT policy
          FROM peer
         WHERE authority = ANY($1) AND policy <> 'default'
         ORDER BY array_position($1, authority)
         LIMIT 1
        """,
        above,
    )
    return found or "default"


async def is_suspended(db: Connection, authority: str) -> bool:
    """Whether a peer, or a domain it lies in, is suspended."""
    return await policy(db, authority) == "suspended"


async def is_admitted(db: Connection, authority: str, federation: Federation) -> bool:
    """Whether we exchange anything with a peer: all but suspended ones, or with an allow list those on it (D58)."""
    return _admits(await policy(db, authority), federation)


async def admitted(db: Connection, authorities: Iterable[str], federation: Federation) -> set[str]:
    """Those of many peers with which we exchange anything, as `is_admitted` says of one."""
    above = {authority: domains_above(authority) for authority in authorities}
    rows = await db.fetch(
        "SELECT authority, policy FROM peer WHERE authority = ANY($1) AND policy <> 'default'",
        list({domain for domains in above.values() for domain in domains}),
    )
    decided: dict[str, Policy] = {row["authority"]: row["policy"] for row in rows}
    return {who for who, domains in above.items() if _admits(_nearest(decided, domains), federation)}


def _nearest(decided: Mapping[str, Policy], domains: Iterable[str]) -> Policy:
    for domain in domains:
        if domain in decided:
            return decided[domain]
    return "default"


def _admits(decided: Policy, federation: Federation) -> bool:
    return decided in ("allowed", "limited") or (decided == "default" and federation == "open")


async def suspended(db: Connection) -> frozenset[str]:
    """All suspended authorities and domains, for whoever checks many (see `domains_above`)."""
    rows = await db.fetch("SELECT authority FROM peer WHERE policy = 'suspended'")
    return frozenset(row["authority"] for row in rows)


async def known(db: Connection, *, limit: int = 50_000) -> list[str]:
    """All authorities that we have met and not suspended, by name."""
    rows = await db.fetch(
        """
        WITH RECURSIVE home (authority) AS (
            (SELECT authority FROM account WHERE NOT is_local ORDER BY authority LIMIT 1)
         UNION ALL
            (SELECT (SELECT account.authority
                       FROM account
                      WHERE NOT account.is_local AND account.authority > home.authority
                   ORDER BY account.authority
                      LIMIT 1)
               FROM home
              WHERE home.authority IS NOT NULL)
        )
        SELECT authority
          FROM peer
         WHERE policy <> 'suspended'
         UNION
        SELECT authority
          FROM home
         WHERE authority IS NOT NULL
      ORDER BY authority
         LIMIT $1
        """,
        limit,
    )
    shut = await suspended(db)
    return [row["authority"] for row in rows if shut.isdisjoint(domains_above(row["authority"]))]


async def suspend(
    db: Connection, by_id: int | None, authority: str, reason: str, *, origin: Origin = BY_HAND, now: datetime
) -> bool:
    """Neither hear nor show nor send to a peer from now on; all is kept. `by_id` None is the command line.

    False when it was so already. Raises Invalid (a public suffix would be half the world).
    """
    if not await _decide(db, by_id, authority, "suspended", reason, origin, now=now):
        return False
    await facts.record(db, facts.PeerSuspended(key(authority)), now=now)
    return True


async def restore(
    db: Connection, by_id: int | None, authority: str, reason: str, *, origin: Origin = BY_HAND, now: datetime
) -> bool:
    """Take back whatever was decided about a peer. False when nothing was."""
    was = await policy(db, key(authority))
    if not await _decide(db, by_id, authority, "default", reason, origin, now=now):
        return False
    if was == "suspended":
        await facts.record(db, facts.PeerRestored(key(authority)), now=now)
    return True


async def allow(
    db: Connection, by_id: int | None, authority: str, reason: str, *, origin: Origin = BY_HAND, now: datetime
) -> bool:
    """Put a peer on the allow list; ends a suspension. False when it was so already."""
    return await _admit(db, by_id, authority, "allowed", reason, origin, now=now)


async def limit(
    db: Connection, by_id: int | None, authority: str, reason: str, *, origin: Origin = BY_HAND, now: datetime
) -> bool:
    """Exchange with a peer, but show its posts to those who follow them only. False when it was so already."""
    return await _admit(db, by_id, authority, "limited", reason, origin, now=now)


async def _admit(
    db: Connection, by_id: int | None, authority: str, decided: Policy, reason: str, origin: Origin, *, now: datetime
) -> bool:
    was = await policy(db, key(authority))
    if not await _decide(db, by_id, authority, decided, reason, origin, now=now):
        return False
    if was == "suspended":
        await facts.record(db, facts.PeerRestored(key(authority)), now=now)
    return True


async def _decide(
    db: Connection, by_id: int | None, authority: str, decided: Policy, reason: str, origin: Origin, *, now: datetime
) -> bool:
    name = key(authority)
    changed = await db.fetchval(
        """
        INSERT INTO peer AS p (authority, policy, policy_reason, first_seen_at, policy_by_id, policy_list_id,
                               is_by_hand, policy_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $4
         WHERE $2 <> 'default' OR EXISTS (SELECT FROM peer WHERE authority = $1)
        ON CONFLICT (authority) DO UPDATE
           SET policy = excluded.policy, policy_reason = excluded.policy_reason, policy_by_id = excluded.policy_by_id,
               policy_list_id = excluded.policy_list_id, is_by_hand = excluded.is_by_hand,
               policy_at = excluded.policy_at
         WHERE p.policy <> excluded.policy
        RETURNING true
        """,
        name,
        decided,
        reason,
        now,
        by_id,
        origin.list_id,
        origin.is_by_hand,
    )
    if changed is None:
        if origin == BY_HAND:
            await _keep(db, by_id, name, decided, reason, now=now)
        return False
    action = "restore peer" if decided == "default" else f"{decided} peer"
    details = {"list": str(origin.list_id)} if origin.list_id is not None else None
    await audit.write(db, by_id, action, name, reason, details, now=now)
    return True


async def _keep(db: Connection, by_id: int | None, name: str, decided: Policy, reason: str, *, now: datetime) -> None:
    """Somebody decides what a list had decided already: from now on it is theirs."""
    kept = await db.fetchval(
        """
        UPDATE peer
           SET is_by_hand = true, policy_list_id = NULL, policy_by_id = $3, policy_at = $5,
               policy_reason = CASE WHEN $4 = '' THEN policy_reason ELSE $4 END
         WHERE authority = $1 AND policy = $2 AND policy_list_id IS NOT NULL
        RETURNING true
        """,
        name,
        decided,
        by_id,
        reason,
        now,
    )
    if kept is not None:
        await audit.write(db, by_id, "keep decision on peer", name, reason, now=now)


async def keep_from(db: Connection, by_id: int, subscription_id: int, *, now: datetime) -> None:
    """What a subscribed list brought stays as if decided by hand."""
    await db.execute(
        """
        UPDATE peer
           SET is_by_hand = true, policy_by_id = $1, policy_at = $3
         WHERE NOT is_by_hand
           AND policy_list_id IN (SELECT id FROM peer_list WHERE subscription_id = $2)
        """,
        by_id,
        subscription_id,
        now,
    )


def key(authority: str) -> str:
    """The authority as rows have it, which is as it stands in addresses (S163). Raises Invalid."""
    found = authority.strip().lower().rstrip(".")
    if not found.isascii():
        found = links.ascii_host(found) or ""
    if not found or "/" in found or "@" in found or " " in found or len(found) > 260:
        raise Invalid("'%(name)s' is not a domain, as in other.example.org", name=authority[:260])
    return found


async def note_inbound(db: Connection, authority: str, *, now: datetime) -> None:
    """A peer proved that it lives: remember when, and send it what waits (R013). Cheap to call for every activity."""
    noted = await db.fetchval(
        """
        INSERT INTO peer AS p (authority, first_seen_at, last_inbound_at)
        VALUES ($1, $2, $2)
        ON CONFLICT (authority) DO UPDATE
           SET last_inbound_at = excluded.last_inbound_at
         WHERE p.last_inbound_at IS NULL OR p.last_inbound_at < $2::timestamptz - $3::interval
        RETURNING true
        """,
        authority,
        now,
        NOTE_EVERY,
    )
    if noted:
        await delivery_queue.note_alive(db, authority, now=now)


class Heard:
    """From which peers something came a moment ago: what `note_inbound` would not write is not asked. For a process."""

    def __init__(self) -> None:
        self._noted: dict[str, datetime] = {}

    async def note(self, db: Connection, authorities: Iterable[str], *, now: datetime) -> None:
        """Something came from these peers."""
        for authority in authorities:
            noted = self._noted.get(authority)
            if noted is None or not timedelta(0) <= now - noted < NOTE_EVERY:
                await note_inbound(db, authority, now=now)
                if len(self._noted) >= MOST_HEARD:
                    self._noted.clear()
                self._noted[authority] = now


async def forget_strangers(db: Connection, *, before: datetime, most: int = 1000) -> None:
    """Forget peers that were not heard of for long, nobody decided about, and nobody known here lives at (S146)."""
    await db.execute(
        """
        WITH strangers AS (
            SELECT authority
              FROM peer
             WHERE policy = 'default' AND policy_reason = '' AND NOT is_by_hand
               AND greatest(first_seen_at, last_inbound_at, profile_checked_at) < $1
               AND NOT EXISTS (SELECT FROM account WHERE account.authority = peer.authority AND NOT is_local)
               AND NOT EXISTS (SELECT FROM destination WHERE destination.authority = peer.authority)
             LIMIT $2
        )
        DELETE FROM peer USING strangers WHERE peer.authority = strangers.authority
        """,
        before,
        most,
    )


async def profile(db: Connection, authority: str) -> PeerProfile:
    """What we know of a peer; a peer never met has an empty profile."""
    return (await profiles(db, [authority]))[authority]


async def profiles(db: Connection, authorities: Sequence[str]) -> dict[str, PeerProfile]:
    """What we know of each of these peers."""
    if not authorities:
        return {}
    rows = await db.fetch(
        """
        SELECT authority, policy, software_name, software_version, capabilities, announce_form, profile_checked_at,
               signature_form, signature_form_at
          FROM peer
         WHERE authority = ANY($1)
        """,
        list(authorities),
    )
    known = {row["authority"]: msgspec.convert(dict(row), PeerProfile) for row in rows}
    return {authority: known.get(authority) or PeerProfile(authority=authority) for authority in authorities}


async def remember_profile(
    db: Connection,
    authority: str,
    *,
    software_name: str | None,
    software_version: str | None,
    capabilities: Sequence[str],
    announce_form: AnnounceForm,
    now: datetime,
) -> None:
    """What a peer's NodeInfo said, and which form of Announce it therefore gets (D17)."""
    await db.execute(
        """
        INSERT INTO peer (authority, software_name, software_version, capabilities, announce_form, profile_checked_at,
                          first_seen_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (authority) DO UPDATE
           SET software_name = excluded.software_name, software_version = excluded.software_version,
               capabilities = excluded.capabilities, announce_form = excluded.announce_form,
               profile_checked_at = excluded.profile_checked_at
        """,
        authority,
        software_name,
        software_version,
        list(capabilities),
        announce_form,
        now,
    )


async def remember_signature_form(db: Connection, authority: str, form: SignatureForm, *, now: datetime) -> None:
    """Which form of signature a peer understood; the next one to it is made so."""
    await db.execute(
        """
        INSERT INTO peer AS p (authority, signature_form, signature_form_at, first_seen_at)
        VALUES ($1, $2, $3, $3)
        ON CONFLICT (authority) DO UPDATE
           SET signature_form = excluded.signature_form, signature_form_at = excluded.signature_form_at
         WHERE p.signature_form IS DISTINCT FROM excluded.signature_form
            OR p.signature_form_at < excluded.signature_form_at - interval '1 day'
        """,
        authority,
        form,
        now,
    )


async def prefer_signature_form(db: Connection, authority: str, form: SignatureForm, *, now: datetime) -> None:
    """A peer says which form of signature it reads: that is begun with, unless it was seen to understand one."""
    await db.execute(
        """
        INSERT INTO peer AS p (authority, signature_form, signature_form_at, first_seen_at)
        VALUES ($1, $2, $3, $3)
        ON CONFLICT (authority) DO UPDATE
           SET signature_form = excluded.signature_form, signature_form_at = excluded.signature_form_at
         WHERE p.signature_form IS NULL
        """,
        authority,
        form,
        now,
    )


async def page(
    db: Connection, *, of_policy: Policy | None = None, containing: str = "", after: str = "", limit: int = 100
) -> list[Peer]:
    """Peers by name, after a name; those whose name contains something."""
    rows = await db.fetch(
        """
        SELECT p.authority, p.policy, p.policy_reason, p.software_name, p.software_version, p.first_seen_at,
               p.last_inbound_at, p.policy_by_id, p.policy_list_id, p.policy_at,
               d.last_success_at, d.last_failure_at, d.last_error, d.failing_since,
               d.ready_at AS next_attempt_at,
               (SELECT count(*) FROM pending_delivery WHERE authority = p.authority) AS waiting
          FROM (SELECT authority, policy, policy_reason, software_name, software_version, first_seen_at,
                       last_inbound_at, policy_by_id, policy_list_id, policy_at
                  FROM peer
                 WHERE authority > $1
                   AND ($2::text IS NULL OR policy = $2)
                   AND ($4 = '' OR position($4 in authority) > 0)
                 ORDER BY authority
                 LIMIT $3) p
          LEFT JOIN delivery_peer d USING (authority)
         ORDER BY p.authority
        """,
        after,
        of_policy,
        limit,
        containing,
    )
    return [Peer(**row) for row in rows]


async def accounts_known(db: Connection, authorities: Sequence[str]) -> dict[str, int]:
    """How many accounts of each of these peers are known here; peers without any are left out."""
    rows = await db.fetch(
        """
        SELECT authority, count(*) AS known
          FROM account
         WHERE NOT is_local AND authority = ANY($1::text[])
      GROUP BY authority
        """,
        list(authorities),
    )
    return {row["authority"]: row["known"] for row in rows}


async def count(db: Connection) -> int:
    """How many other servers we have met."""
    return await db.fetchval("SELECT count(*) FROM peer")


async def speaking(db: Connection, form: SignatureForm) -> list[str]:
    """The peers that last understood this form of signature, for a process that starts."""
    rows = await db.fetch("SELECT authority FROM peer WHERE signature_form = $1 ORDER BY authority", form)
    return [row["authority"] for row in rows]
