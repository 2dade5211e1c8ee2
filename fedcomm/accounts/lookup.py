"""Finding accounts: by id, handle or URI. Whoever is not known here is not found here; fetching is for the edges."""

from collections.abc import Iterable

from fedcomm.accounts.model import COLUMNS, Account
from fedcomm.database import Connection


async def by_id(db: Connection, account_id: int) -> Account | None:
    """The account with this id, whatever its state."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM account WHERE id = $1", account_id)
    return Account(**row) if row else None


async def by_ids(db: Connection, account_ids: Iterable[int]) -> dict[int, Account]:
    """Many accounts in one statement, by id; those that do not exist are left out."""
    wanted = list(set(account_ids))
    if not wanted:
        return {}
    rows = await db.fetch(f"SELECT {COLUMNS} FROM account WHERE id = ANY($1::bigint[])", wanted)
    return {row["id"]: Account(**row) for row in rows}


async def by_handle(db: Connection, handle: str, domain: str) -> Account | None:
    """The account `@handle@domain`, in any case (D19)."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM account WHERE handle_key = $1 AND handle_domain = $2", handle.lower(), domain.lower()
    )
    return Account(**row) if row else None


async def by_handles(db: Connection, handles: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Account]:
    """Many accounts in one statement, by (handle, domain) in lower case; those not known here are left out."""
    wanted = {(handle.lower(), domain.lower()) for handle, domain in handles}
    if not wanted:
        return {}
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM account
         WHERE (handle_key, handle_domain) IN (SELECT *
                                                 FROM unnest($1::text[], $2::text[]))
        """,
        [handle for handle, _ in wanted],
        [domain for _, domain in wanted],
    )
    return {(row["handle"].lower(), row["handle_domain"]): Account(**row) for row in rows}


async def local(db: Connection, handle: str) -> Account | None:
    """The person, group or application of ours with this handle."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM account WHERE handle_key = $1 AND is_local", handle.lower())
    return Account(**row) if row else None


async def by_uri(db: Connection, uri: str) -> Account | None:
    """The account with this ActivityPub id."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM account WHERE uri = $1", uri)
    return Account(**row) if row else None


async def by_uris(db: Connection, uris: Iterable[str]) -> dict[str, Account]:
    """Many accounts in one statement, by ActivityPub id; those not known here are left out."""
    rows = await db.fetch(f"SELECT {COLUMNS} FROM account WHERE uri = ANY($1::text[])", list(set(uris)))
    return {row["uri"]: Account(**row) for row in rows}


async def by_collection(db: Connection, url: str) -> Account | None:
    """Whose pinned posts, or whose moderators, lie at this address."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM account WHERE featured_url = $1 OR moderators_url = $1 LIMIT 1", url
    )
    return Account(**row) if row else None
