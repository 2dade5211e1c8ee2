"""Who looks after a group of another server, as that group's own collection says (FEP-1b12; federation.md 2.4)."""

from collections.abc import Sequence
from datetime import datetime

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection

MOST = 100


async def replace(db: Connection, group_id: int, uris: Sequence[str], *, now: datetime) -> None:
    """These, and nobody else, look after it."""
    wanted = list(dict.fromkeys(uris))[:MOST]
    await db.execute(
        "DELETE FROM group_moderator WHERE group_id = $1 AND account_uri <> ALL($2::text[])", group_id, wanted
    )
    await db.execute(
        """
        INSERT INTO group_moderator (group_id, account_uri, position, seen_at)
        SELECT $1, listed.uri, listed.position, $3
          FROM unnest($2::text[]) WITH ORDINALITY AS listed (uri, position)
            ON CONFLICT (group_id, account_uri) DO UPDATE
           SET position = excluded.position, seen_at = excluded.seen_at
        """,
        group_id,
        wanted,
        now,
    )


async def is_listed(db: Connection, group_id: int, uri: str) -> bool:
    """Whether somebody is among them."""
    return await db.fetchval(
        "SELECT EXISTS (SELECT FROM group_moderator WHERE group_id = $1 AND account_uri = $2)", group_id, uri
    )


async def of(db: Connection, group_id: int) -> list[Account]:
    """Those of them who are known here, in the order of the collection."""
    rows = await db.fetch(
        "SELECT account_uri FROM group_moderator WHERE group_id = $1 ORDER BY position, account_uri", group_id
    )
    known = await lookup.by_uris(db, [row["account_uri"] for row in rows])
    found = (known.get(row["account_uri"]) for row in rows)
    return [each for each in found if each is not None and each.state == "active"]
