"""Collections of accounts as clients see them. Source: Mastodon API documentation, entities/Collection, CollectionItem.

Who is shown in one depends on the viewer; nobody is counted who is not shown.
"""

import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any
from urllib.parse import quote

from fedcomm.accounts import collections, finding
from fedcomm.accounts.collections import Collection, Item
from fedcomm.accounts.model import Account
from fedcomm.api.entities import accounts
from fedcomm.api.entities.times import stamp
from fedcomm.database import Connection
from fedcomm.here import Here

_LINK = re.compile(r'href="([^"]*/collections/[0-9]+)"')
MOST_TAGGED = 10
"""Collections shown with one post."""


def item(found: Item) -> dict[str, Any]:
    """The CollectionItem entity; consent is given at once or not at all."""
    return {
        "id": str(found.id),
        "account_id": str(found.account_id),
        "state": "accepted",
        "created_at": stamp(found.created_at),
    }


def _entity(here: Here, found: Collection, items: Sequence[Item]) -> dict[str, Any]:
    tag = {"name": found.tag, "url": f"{here.base_url}/tags/{quote(found.tag, safe='')}"} if found.tag else None
    return {
        "id": str(found.id),
        "account_id": str(found.owner_id),
        "uri": found.uri,
        "url": found.url,
        "name": found.name,
        "description": found.description,
        "language": found.language,
        "local": True,
        "sensitive": found.is_sensitive,
        "discoverable": found.is_discoverable,
        "tag": tag,
        "item_count": len(items),
        "items": [item(each) for each in items],
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.updated_at),
    }


async def featured(
    db: Connection, found: Sequence[Collection], viewer_id: int | None
) -> tuple[dict[int, list[Item]], dict[int, Account]]:
    """Who is shown in these collections, and their accounts."""
    items = await collections.items(db, [each.id for each in found], viewer_id)
    met = await finding.by_ids(db, [each.account_id for inside in items.values() for each in inside])
    people = {account.id: account for account in met}
    return {of: [each for each in inside if each.account_id in people] for of, inside in items.items()}, people


async def shown(db: Connection, here: Here, found: Sequence[Collection], viewer_id: int | None) -> list[dict[str, Any]]:
    """The Collection entities, as somebody sees them."""
    items, _ = await featured(db, found, viewer_id)
    return [_entity(here, each, items[each.id]) for each in found]


async def by_ids(
    db: Connection, here: Here, viewer_id: int | None, collection_ids: Sequence[int]
) -> Mapping[int, dict[str, Any]]:
    """The Collection entities that somebody may see, by id."""
    found = list((await collections.by_ids(db, collection_ids, viewer_id)).values()) if collection_ids else []
    entities = await shown(db, here, found, viewer_id) if found else []
    return {each.id: entity for each, entity in zip(found, entities, strict=True)}


async def with_accounts(db: Connection, here: Here, found: Collection, viewer_id: int | None) -> dict[str, Any]:
    """The CollectionWithAccounts entity: its owner, and who is in it."""
    items, people = await featured(db, [found], viewer_id)
    owner = await finding.by_id(db, found.owner_id)
    inside = [people[each.account_id] for each in items[found.id]]
    everybody = {account.id: account for account in (owner, *inside)}
    return {
        "accounts": [accounts.account(here, account) for account in everybody.values()],
        "collection": _entity(here, found, items[found.id]),
    }


async def tagged(db: Connection, here: Here, texts: Mapping[int, str]) -> dict[int, list[dict[str, Any]]]:
    """The Collection entities that texts link to, as a visitor sees them, by what the texts are of."""
    links = {
        of: list(dict.fromkeys(unescape(url) for url in _LINK.findall(text)))[:MOST_TAGGED]
        for of, text in texts.items()
        if "/collections/" in text
    }
    wanted = [url for urls in links.values() for url in urls]
    known = await collections.by_addresses(db, wanted) if wanted else {}
    if not known:
        return {}
    entities = dict(zip(known, await shown(db, here, list(known.values()), None), strict=True))
    return {of: [entities[url] for url in urls if url in entities] for of, urls in links.items()}
