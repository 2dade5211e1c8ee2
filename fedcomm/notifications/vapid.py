"""Who we are to push services: one key pair of this instance, made once and kept. Source: RFC 8292."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fedcomm.database import Connection
from fedcomm.notifications.push_encryption import CURVE, point_of, written

VALID_FOR = timedelta(hours=12)
"""How long a signature may be used; push services take at most a day."""

Transaction = Callable[[], AbstractAsyncContextManager[Connection]]


class Vapid:
    """The pair of one instance, loaded at first need."""

    def __init__(self, transaction: Transaction, *, subject: str) -> None:
        self._transaction = transaction
        self._subject = subject
        self._key: ec.EllipticCurvePrivateKey | None = None

    async def public_key(self, *, now: datetime) -> str:
        """What apps hand to their push service."""
        return written(point_of((await self._pair(now)).public_key()))

    async def headers(self, origin: str, *, is_standard: bool, now: datetime) -> Mapping[str, str]:
        """What proves to the push service of this origin that it is we who send."""
        key = await self._pair(now)
        claims = {"aud": origin, "exp": int((now + VALID_FOR).timestamp()), "sub": self._subject}
        head = written(orjson.dumps({"typ": "JWT", "alg": "ES256"}))
        signed = f"{head}.{written(orjson.dumps(claims))}"
        r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
        token = f"{signed}.{written(r.to_bytes(32) + s.to_bytes(32))}"
        public = written(point_of(key.public_key()))
        if is_standard:
            return {"Authorization": f"vapid t={token}, k={public}"}
        return {"Authorization": f"WebPush {token}", "Crypto-Key": f"p256ecdsa={public}"}

    async def _pair(self, now: datetime) -> ec.EllipticCurvePrivateKey:
        if self._key is None:
            async with self._transaction() as db:
                self._key = await _kept(db, now)
        return self._key


async def _kept(db: Connection, now: datetime) -> ec.EllipticCurvePrivateKey:
    """The pair as its row has it; the first who asks makes it."""
    pem: str | None = await db.fetchval("SELECT private_key FROM vapid_key WHERE name = 'site'")
    if pem is None:
        fresh = ec.generate_private_key(CURVE)
        made = fresh.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        await db.execute(
            """
            INSERT INTO vapid_key (name, private_key, created_at)
            VALUES ('site', $1, $2)
                ON CONFLICT (name) DO NOTHING
            """,
            made,
            now,
        )
        pem = await db.fetchval("SELECT private_key FROM vapid_key WHERE name = 'site'")
    assert pem is not None
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key
