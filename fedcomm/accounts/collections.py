"""Collections of accounts that somebody recommends, with the consent of each. Source: Mastodon API documentation,
client/collections; FEP-7aa9.

Consent is given by being discoverable, and taken back for one collection by `revoke`; then it is not asked for again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm import facts, ids
from fedcomm.accounts import blocks, lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, one
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.text import cleaning, languages, mentions

MOST_COLLECTIONS = 10
"""Of one owner."""
MOST_ITEMS = 25
LONGEST_NAME = 40
LONGEST_DESCRIPTION = 100

Consent = Literal["automatic", "denied", "missing"]

_COLUMNS = """
    collection.id, collection.owner_id, collection.uri, collection.url, collection.name, collection.description,
    collection.language, collection.tag, collection.is_sensitive, collection.is_discoverable, collection.created_at,
    collection.updated_at
"""


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody calls their recommendations, and for whom they are."""

    id: int
    owner_id: int
    uri: str
    url: str
    name: str
    description: str
    language: str | None
    tag: str | None
    is_sensitive: bool
    is_discoverable: bool
    created_at: datetime
    updated_at: datetime


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An account in a collection."""

    id: int
    collection_id: int
    account_id: int
    created_at: datetime


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """That an account lets a collection feature it, until it took that back."""

    collection_id: int
    revoked_at: datetime | None


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """What a collection says of itself; None stays as it is, an empty language or tag means none."""

    name: str | None = None
    description: str | None = None
    language: str | None = None
    tag: str | None = None
    is_sensitive: bool | None = None
    is_discoverable: bool | None = None


def consent(account: Account) -> Consent:
    """Whether an account lets itself be featured. Other servers are not asked yet, so theirs is missing."""
    if not account.is_local:
        return "missing"
    is_open = account.is_discoverable and account.state == "active" and account.kind != "application"
    return "automatic" if is_open else "denied"


def of_nobody_blocked(viewer: str) -> str:
    """A condition on `collection`: its owner has not blocked the viewer, and is not shut out."""
    return f"""{blocks.lets_read(viewer, "collection.owner_id")}
               AND EXISTS (SELECT
                             FROM account owner
                            WHERE owner.id = collection.owner_id AND owner.state IN ('active', 'disabled'))"""


async def make(
    db: Connection, owner: Account, wording: Wording, featured: Sequence[Account], *, now: datetime
) -> Collection:
    """Begin a collection, with accounts in it at once. Raises Invalid, NotAllowed (one of them does not consent)."""
    if wording.name is None or not wording.name.strip():
        raise Invalid("A collection needs a name.", field="name")
    _check(wording)
    # The row of its owner is held, so that two at once do not make one too many.
    await db.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", owner.id)
    present = await db.fetchval("SELECT count(*) FROM collection WHERE owner_id = $1", owner.id)
    if present >= MOST_COLLECTIONS:
        raise Invalid("You can have %(n)s collections at most.", n=MOST_COLLECTIONS)
    collection_id = ids.new(now)
    row = await one(
        db,
        f"""
        INSERT INTO collection (id, owner_id, uri, url, name, description, language, tag, is_sensitive,
                                is_discoverable, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, COALESCE($9, false), COALESCE($10, true), $11, $11)
        RETURNING {_COLUMNS}
        """,
        collection_id,
        owner.id,
        f"{owner.uri}/collections/{collection_id}",
        f"{owner.url}/collections/{collection_id}",
        *_cleaned(wording),
        wording.is_sensitive,
        wording.is_discoverable,
        now,
    )
    made = Collection(**row)
    for each in {account.id: account for account in featured}.values():
        await _put(db, owner, made, each, now=now)
    return made


async def change(db: Connection, owner: Account, collection_id: int, wording: Wording, *, now: datetime) -> Collection:
    """Say something else about a collection; who is in it hears of that. Raises Invalid, NotAllowed, NotFound."""
    before = await _own(db, owner, collection_id)
    if wording.name is not None and not wording.name.strip():
        raise Invalid("A collection needs a name.", field="name")
    _check(wording)
    name, description, language, tag = _cleaned(wording)
    row = await one(
        db,
        f"""
        UPDATE collection
           SET name = COALESCE($2, name), description = COALESCE($3, description),
               language = CASE WHEN $4 THEN $5 ELSE language END, tag = CASE WHEN $6 THEN $7 ELSE tag END,
               is_sensitive = COALESCE($8, is_sensitive), is_discoverable = COALESCE($9, is_discoverable),
               updated_at = $10
         WHERE id = $1
        RETURNING {_COLUMNS}
        """,
        before.id,
        name if wording.name is not None else None,
        description if wording.description is not None else None,
        wording.language is not None,
        language,
        wording.tag is not None,
        tag,
        wording.is_sensitive,
        wording.is_discoverable,
        now,
    )
    changed = Collection(**row)
    if msgspec.structs.replace(changed, updated_at=before.updated_at) != before:
        await facts.record(db, facts.CollectionChanged(changed.id), now=now)
    return changed


async def delete(db: Connection, owner: Account, collection_id: int, *, now: datetime) -> None:
    """End a collection. Raises NotAllowed, NotFound."""
    found = await _own(db, owner, collection_id)
    await db.execute("DELETE FROM collection_item WHERE collection_id = $1", found.id)
    await db.execute("DELETE FROM collection WHERE id = $1", found.id)
    await facts.record(db, facts.CollectionDeleted(found.id), now=now)


async def forget(db: Connection, account_id: int, *, now: datetime) -> None:
    """An account is no more: nor are its collections, and it is in no other."""
    await db.execute("DELETE FROM collection_item WHERE account_id = $1", account_id)
    rows = await db.fetch("DELETE FROM collection WHERE owner_id = $1 RETURNING id", account_id)
    for row in rows:
        await db.execute("DELETE FROM collection_item WHERE collection_id = $1", row["id"])
        await facts.record(db, facts.CollectionDeleted(row["id"]), now=now)


async def add(db: Connection, owner: Account, collection_id: int, account: Account, *, now: datetime) -> Item:
    """Feature one more account; twice is once. Raises Invalid, NotAllowed (they do not consent), NotFound."""
    return await _put(db, owner, await _own(db, owner, collection_id), account, now=now)


async def remove(db: Connection, owner: Account, collection_id: int, item_id: int) -> None:
    """Feature an account no longer. Raises NotAllowed, NotFound."""
    found = await _own(db, owner, collection_id)
    gone = await db.fetchval(
        """
        DELETE FROM collection_item
         WHERE id = $1 AND collection_id = $2 AND revoked_at IS NULL
        RETURNING true
        """,
        item_id,
        found.id,
    )
    if not gone:
        raise NotFound


async def revoke(db: Connection, by: Account, collection_id: int, item_id: int, *, now: datetime) -> None:
    """Be in a collection no longer, for good; only oneself can. Raises NotAllowed, NotFound."""
    row = await db.fetchrow(
        "SELECT account_id FROM collection_item WHERE id = $1 AND collection_id = $2 AND revoked_at IS NULL",
        item_id,
        collection_id,
    )
    if row is None:
        raise NotFound
    if row["account_id"] != by.id:
        raise NotAllowed("This action is not allowed")
    await db.execute("UPDATE collection_item SET revoked_at = $2 WHERE id = $1", item_id, now)


async def by_id(db: Connection, collection_id: int, viewer_id: int | None) -> Collection:
    """A collection as somebody may see it, also one that stands on no page. Raises NotFound."""
    row = await db.fetchrow(
        f"SELECT {_COLUMNS} FROM collection WHERE collection.id = $2 AND {of_nobody_blocked('$1')}",
        viewer_id,
        collection_id,
    )
    if row is None:
        raise NotFound
    return Collection(**row)


async def of(db: Connection, owner_id: int, viewer_id: int | None, *, limit: int, offset: int = 0) -> list[Collection]:
    """The collections of an account, the last one first: those on its page, to itself all."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM collection
         WHERE collection.owner_id = $2
           AND (collection.is_discoverable OR collection.owner_id = $1::bigint)
           AND {of_nobody_blocked("$1")}
      ORDER BY collection.id DESC
         LIMIT $3
        OFFSET $4
        """,
        viewer_id,
        owner_id,
        limit,
        offset,
    )
    return [Collection(**row) for row in rows]


async def featuring(db: Connection, account_id: int, *, limit: int, offset: int = 0) -> list[Collection]:
    """The collections that somebody is in, as they see it, the last one first."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM collection_item item
          JOIN collection ON collection.id = item.collection_id
         WHERE item.account_id = $1 AND item.revoked_at IS NULL AND {of_nobody_blocked("$1")}
      ORDER BY item.id DESC
         LIMIT $2
        OFFSET $3
        """,
        account_id,
        limit,
        offset,
    )
    return [Collection(**row) for row in rows]


async def by_ids(db: Connection, collection_ids: Sequence[int], viewer_id: int | None) -> dict[int, Collection]:
    """Many collections as somebody may see them, by id."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM collection WHERE collection.id = ANY($2::bigint[]) AND {of_nobody_blocked('$1')}",
        viewer_id,
        list(collection_ids),
    )
    return {row["id"]: Collection(**row) for row in rows}


async def by_addresses(db: Connection, urls: Sequence[str]) -> dict[str, Collection]:
    """The collections whose pages these are, as a visitor sees them."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM collection WHERE collection.url = ANY($2::text[]) AND {of_nobody_blocked('$1')}",
        None,
        list(urls),
    )
    return {row["url"]: Collection(**row) for row in rows}


async def items(db: Connection, collection_ids: Sequence[int], viewer_id: int | None) -> dict[int, list[Item]]:
    """Who is in these collections, in the order in which they came, without those who and the viewer avoid each other.

    Where the owner and somebody featured came to block each other, they are not shown either.
    """
    rows = await db.fetch(
        f"""
        SELECT item.id, item.collection_id, item.account_id, item.created_at
          FROM collection_item item
          JOIN collection ON collection.id = item.collection_id
         WHERE item.collection_id = ANY($2::bigint[])
           AND item.revoked_at IS NULL
           AND {blocks.is_not_blocked("$1", "item.account_id")}
           AND NOT EXISTS (SELECT
                             FROM block
                            WHERE (block.account_id, block.target_id) = (item.account_id, collection.owner_id)
                               OR (block.account_id, block.target_id) = (collection.owner_id, item.account_id))
      ORDER BY item.id
        """,
        viewer_id,
        list(collection_ids),
    )
    found: dict[int, list[Item]] = {each: [] for each in collection_ids}
    for row in rows:
        found[row["collection_id"]].append(Item(**row))
    return found


async def given(db: Connection, account_id: int, item_id: int) -> Given:
    """What an account said to being featured. Raises NotFound."""
    row = await db.fetchrow(
        "SELECT collection_id, revoked_at FROM collection_item WHERE id = $1 AND account_id = $2", item_id, account_id
    )
    if row is None:
        raise NotFound
    return Given(**row)


async def _own(db: Connection, owner: Account, collection_id: int) -> Collection:
    """One's own collection, held for the transaction. Raises NotAllowed (somebody else's), NotFound."""
    found = await by_id(db, collection_id, owner.id)
    if found.owner_id != owner.id:
        raise NotAllowed("This action is not allowed")
    await db.execute("SELECT FROM collection WHERE id = $1 FOR UPDATE", found.id)
    return found


async def _put(db: Connection, owner: Account, found: Collection, account: Account, *, now: datetime) -> Item:
    present = await db.fetch(
        "SELECT id, collection_id, account_id, created_at, revoked_at FROM collection_item WHERE collection_id = $1",
        found.id,
    )
    (known,) = [row for row in present if row["account_id"] == account.id] or [None]
    if known is not None and known["revoked_at"] is None:
        return Item(**{name: known[name] for name in Item.__struct_fields__})
    shut = await blocks.stand_between(db, owner.id, account.id)
    if consent(account) != "automatic" or known is not None or shut:
        raise Invalid("This account does not wish to be in a collection.", field="account_id")
    if len([row for row in present if row["revoked_at"] is None]) >= MOST_ITEMS:
        raise Invalid("A collection has %(n)s accounts at most.", n=MOST_ITEMS)
    item = Item(id=ids.new(now), collection_id=found.id, account_id=account.id, created_at=now)
    await db.execute(
        "INSERT INTO collection_item (id, collection_id, account_id, created_at) VALUES ($1, $2, $3, $4)",
        item.id,
        item.collection_id,
        item.account_id,
        now,
    )
    await facts.record(db, facts.AccountFeatured(item.id), now=now)
    return item


async def wanted(db: Connection, account_ids: Sequence[int]) -> list[Account]:
    """The accounts to feature, by their ids. Raises Invalid (one is not there, or there are too many)."""
    distinct = list(dict.fromkeys(account_ids))
    if len(distinct) > MOST_ITEMS:
        raise Invalid("A collection has %(n)s accounts at most.", n=MOST_ITEMS)
    found = await lookup.by_ids(db, distinct)
    if any(each not in found or found[each].state != "active" for each in distinct):
        raise Invalid("There is no such account.", field="account_ids")
    return [found[each] for each in distinct]


def _check(wording: Wording) -> None:
    if wording.name is not None and len(wording.name.strip()) > LONGEST_NAME:
        raise Invalid("The name of a collection may have at most %(n)s characters.", n=LONGEST_NAME, field="name")
    if wording.description is not None and len(wording.description.strip()) > LONGEST_DESCRIPTION:
        raise Invalid(
            "What is said about a collection may have at most %(n)s characters.",
            n=LONGEST_DESCRIPTION,
            field="description",
        )
    if wording.language and languages.checked(wording.language) is None:
        raise Invalid("This language is not known.", field="language")
    tag = _tag(wording)
    if tag and [each.tag for each in mentions.find_hashtags(f"#{tag}")] != [tag]:
        raise Invalid("This is not a tag.", field="tag_name")


def _tag(wording: Wording) -> str | None:
    return (wording.tag or "").strip().removeprefix("#") or None


def _cleaned(wording: Wording) -> tuple[str, str, str | None, str | None]:
    """Name, description, language and tag as they are kept."""
    return (
        cleaning.one_line(wording.name or "", LONGEST_NAME),
        cleaning.paragraphs(wording.description or "", LONGEST_DESCRIPTION),
        languages.checked(wording.language),
        _tag(wording),
    )
