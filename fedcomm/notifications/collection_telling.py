"""Whom to tell of collections: who is in them. Source: Mastodon API documentation, client/collections."""

from fedcomm import facts
from fedcomm.jobs.work import Work
from fedcomm.notifications.telling import tell

_FEATURED = """
      FROM collection_item item
      JOIN collection ON collection.id = item.collection_id AND collection.owner_id <> item.account_id
      JOIN account person ON person.id = item.account_id AND person.is_local AND person.kind = 'person'
"""


async def of_featuring(work: Work, fact: facts.AccountFeatured) -> None:
    """Who was put into a collection; once, however often they are put there."""
    async with work.transaction() as db:
        row = await db.fetchrow(
            f"""
            SELECT person.id, collection.owner_id, collection.id AS of_id
            {_FEATURED}
             WHERE item.id = $1 AND item.revoked_at IS NULL
            """,
            fact.item_id,
        )
        if row is not None:
            key, of_id = f"added_to_collection:{row['of_id']}", row["of_id"]
            people, owner_id = [row["id"]], row["owner_id"]
            await tell(db, people, "added_to_collection", owner_id, None, key, work.now, collection_id=of_id)


async def of_change(work: Work, fact: facts.CollectionChanged) -> None:
    """Who is in a collection that says something else about itself now."""
    async with work.transaction() as db:
        rows = await db.fetch(
            f"""
            SELECT person.id, collection.owner_id, collection.updated_at
            {_FEATURED}
             WHERE collection.id = $1 AND item.revoked_at IS NULL
            """,
            fact.collection_id,
        )
        if rows:
            of_id = fact.collection_id
            key = f"collection_update:{of_id}:{rows[0]['updated_at'].timestamp():.6f}"
            people, owner_id = [row["id"] for row in rows], rows[0]["owner_id"]
            await tell(db, people, "collection_update", owner_id, None, key, work.now, collection_id=of_id)


async def of_deletion(work: Work, fact: facts.CollectionDeleted) -> None:
    """What is no more is no news."""
    async with work.transaction() as db:
        await db.execute("DELETE FROM notification WHERE collection_id = $1", fact.collection_id)
