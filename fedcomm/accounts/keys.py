"""Our key pairs, made on first need and off the event loop; and the public keys of others (decisions D25).

Each local actor has an RSA-2048 pair (`#main-key`) and an Ed25519 pair (`#ed25519-key`). Making an RSA pair takes 40 ms
of CPU, hence never inside a transaction and never by an import.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fedcomm import ids
from fedcomm.database import Connection
from federation.signatures import key_formats
from federation.signatures.key_formats import PrivateKey

CACHED_PAIRS = 2000

Transaction = Callable[[], AbstractAsyncContextManager[Connection]]
KeyMaker = Callable[[], tuple[str, str]]
Algorithm = Literal["rsa", "ed25519"]


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A pair of ours, loaded and ready to sign."""

    uri: str
    algorithm: Algorithm
    public: str
    private: PrivateKey


@dataclass(frozen=True, slots=True)
class ActorKeys:
    """The two pairs of one local actor."""

    rsa: KeyPair
    ed25519: KeyPair


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Somebody else's public key, as it was fetched from their own document."""

    uri: str
    account_id: int
    account_uri: str
    algorithm: Algorithm
    public: str
    fetched_at: datetime | None


def make_pairs() -> tuple[str, str]:
    """A fresh RSA and a fresh Ed25519 private key, as PEM."""
    return (
        key_formats.private_to_pem(key_formats.make_rsa_key()),
        key_formats.private_to_pem(key_formats.make_ed25519_key()),
    )


class Keyring:
    """The pairs of our actors, kept loaded for those used last. Tests hand in a `make` that draws from a pool."""

    def __init__(self, transaction: Transaction, *, make: KeyMaker = make_pairs) -> None:
        self._transaction = transaction
        self._make = make
        self._kept: OrderedDict[int, ActorKeys] = OrderedDict()
        self._being_made: dict[int, asyncio.Task[ActorKeys]] = {}

    async def of(self, account_id: int, actor_uri: str, *, now: datetime) -> ActorKeys:
        """The pairs of a local actor, made if this is the first need. Call it outside of transactions."""
        kept = self._kept.get(account_id)
        if kept is not None:
            self._kept.move_to_end(account_id)
            return kept
        task = self._being_made.get(account_id)
        if task is None:
            task = asyncio.create_task(self._load_or_make(account_id, actor_uri, now))
            self._being_made[account_id] = task
            task.add_done_callback(lambda _: self._being_made.pop(account_id, None))
        return await asyncio.shield(task)

    def forget(self, account_id: int) -> None:
        """Load the pairs anew at the next need, after they were changed."""
        self._kept.pop(account_id, None)

    async def _load_or_make(self, account_id: int, actor_uri: str, now: datetime) -> ActorKeys:
        async with self._transaction() as db:
            found = await _load(db, account_id)
        if found is None:
            rsa, ed25519 = await asyncio.to_thread(self._make)
            async with self._transaction() as db:
                await _insert(db, account_id, actor_uri, rsa, ed25519, now)
                found = await _load(db, account_id)
        assert found is not None
        self._kept[account_id] = found
        while len(self._kept) > CACHED_PAIRS:
            self._kept.popitem(last=False)
        return found


async def _load(db: Connection, account_id: int) -> ActorKeys | None:
    rows = await db.fetch(
        """
        SELECT key_uri, algorithm, public_key, private_key
          FROM account_key
         WHERE account_id = $1 AND is_local AND retired_at IS NULL
        """,
        account_id,
    )
    pairs = {
        row["algorithm"]: KeyPair(
            row["key_uri"], row["algorithm"], row["public_key"], key_formats.private_from_pem(row["private_key"])
        )
        for row in rows
    }
    if "rsa" not in pairs or "ed25519" not in pairs:
        return None
    return ActorKeys(rsa=pairs["rsa"], ed25519=pairs["ed25519"])


async def forget_all(db: Connection) -> int:
    """Forget the pairs of all of ours: each makes new ones, under the same ids, at its next need (C16). How many.

    Processes that run keep the old ones loaded until they are started again.
    """
    rows = await db.fetch("DELETE FROM account_key WHERE is_local RETURNING id")
    return len(rows)


async def _insert(db: Connection, account_id: int, actor_uri: str, rsa: str, ed25519: str, now: datetime) -> None:
    """Both pairs, unless another process was first: the row of the account decides between the two."""
    await db.execute("SELECT 1 FROM account WHERE id = $1 FOR UPDATE", account_id)
    if await db.fetchval(
        "SELECT true FROM account_key WHERE account_id = $1 AND retired_at IS NULL LIMIT 1", account_id
    ):
        return
    rsa_public = key_formats.public_to_pem(key_formats.private_from_pem(rsa).public_key())
    ed25519_key = key_formats.private_from_pem(ed25519)
    assert isinstance(ed25519_key, key_formats.Ed25519PrivateKey)
    rows = (
        (f"{actor_uri}#main-key", "rsa", rsa_public, rsa),
        (f"{actor_uri}#ed25519-key", "ed25519", key_formats.public_to_multikey(ed25519_key.public_key()), ed25519),
    )
    await db.executemany(
        """
        INSERT INTO account_key (id, account_id, key_uri, algorithm, public_key, private_key, is_local, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, true, $7)
        """,
        [(ids.new(now), account_id, uri, algorithm, public, private, now) for uri, algorithm, public, private in rows],
    )


async def remember(
    db: Connection,
    account_id: int,
    keys: list[tuple[str, Algorithm, str]],
    *,
    now: datetime,
) -> None:
    """Keep the public keys (uri, algorithm, PEM or multibase) that an actor's own document names; its others go (S018).

    A key URI that belongs to another account is left as it is: no document can take over somebody's key.
    """
    await db.execute(
        "DELETE FROM account_key WHERE account_id = $1 AND NOT is_local AND key_uri <> ALL($2)",
        account_id,
        [uri for uri, _, _ in keys],
    )
    await db.executemany(
        """
        INSERT INTO account_key (id, account_id, key_uri, algorithm, public_key, is_local, created_at, fetched_at)
        VALUES ($1, $2, $3, $4, $5, false, $6, $6)
        ON CONFLICT (key_uri) DO UPDATE
           SET algorithm = excluded.algorithm, public_key = excluded.public_key, fetched_at = excluded.fetched_at
         WHERE account_key.account_id = excluded.account_id AND NOT account_key.is_local
        """,
        [(ids.new(now), account_id, uri, algorithm, public, now) for uri, algorithm, public in keys],
    )


async def by_uri(db: Connection, key_uri: str) -> PublicKey | None:
    """The public key of this URI, with its owner; None if we do not know it."""
    row = await db.fetchrow(
        """
        SELECT k.key_uri AS uri, k.account_id, a.uri AS account_uri, k.algorithm, k.public_key AS public, k.fetched_at
          FROM account_key k
          JOIN account a ON a.id = k.account_id
         WHERE k.key_uri = $1 AND k.retired_at IS NULL AND a.state IN ('active', 'pending')
        """,
        key_uri,
    )
    return PublicKey(**row) if row else None


async def standing(
    db: Connection, actor_uris: Collection[str], key_uris: Collection[str]
) -> tuple[dict[str, str], set[str]]:
    """What became of these actors, as far as they are known here; and those of these keys whose owners are suspended
    (S025).
    """
    rows = await db.fetch(
        """
        SELECT uri, state, NULL AS key_uri FROM account WHERE uri = ANY($1::text[])
         UNION ALL
        SELECT NULL, a.state, k.key_uri
          FROM account_key k
          JOIN account a ON a.id = k.account_id
         WHERE k.key_uri = ANY($2::text[]) AND a.state = 'suspended'
        """,
        list(actor_uris),
        list(key_uris),
    )
    states = {row["uri"]: row["state"] for row in rows if row["uri"] is not None}
    return states, {row["key_uri"] for row in rows if row["key_uri"] is not None}
