"""Files that nobody wants any more: uploads that no post took, files of deleted posts, and what no row knows (D60)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from fedcomm.database import Connection
from fedcomm.media.storage import NAME, Store
from fedcomm.media.uploads import COLUMNS, Upload

TOKEN_LENGTH = 32


async def to_sweep(db: Connection, *, before: datetime, limit: int = 500) -> list[Upload]:
    """Uploads that were removed, and those that no post has taken since then."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM media
         WHERE post_id IS NULL
           AND scheduled_id IS NULL
           AND (state = 'removed' OR created_at < $1)
           AND NOT EXISTS (SELECT FROM held_file WHERE held_file.media_id = media.id)
      ORDER BY created_at
         LIMIT $2
        """,
        before,
        limit,
    )
    return [Upload(**row) for row in rows]


async def take_to_sweep(db: Connection, uploads: Sequence[Upload]) -> list[Upload]:
    """Mark uploads as removed, those at least that no post took meanwhile: their files may go now."""
    rows = await db.fetch(
        f"""
        UPDATE media SET state = 'removed'
         WHERE id = ANY($1::bigint[]) AND post_id IS NULL AND scheduled_id IS NULL
        RETURNING {COLUMNS}
        """,
        [each.id for each in uploads],
    )
    return [Upload(**row) for row in rows]


async def remove_files(store: Store, uploads: Sequence[Upload]) -> None:
    """Remove all that is stored of these uploads."""
    for each in uploads:
        for name in {each.token, *filter(None, (each.file, each.preview))}:
            await store.delete(name)


async def forget(db: Connection, uploads: Sequence[Upload]) -> None:
    """Forget removed uploads whose files are gone."""
    await db.execute(
        "DELETE FROM media WHERE id = ANY($1::bigint[]) AND state = 'removed'", [each.id for each in uploads]
    )


async def orphans(db: Connection, names: Collection[str]) -> list[str]:
    """Those of many stored names that belong to no upload and are no picture of an account, no emoji, no logo or
    picture of the instance, and no export.

    They are left when a process is killed between storing a file and writing its row, or between the change of a
    profile and the removal of the picture before.
    """
    rows = await db.fetch(
        """
        SELECT stored.file
          FROM unnest($1::text[]) AS stored (file)
         WHERE NOT EXISTS (SELECT FROM media WHERE media.token = left(stored.file, $2))
           AND NOT EXISTS (SELECT
                             FROM account
                            WHERE account.is_local AND stored.file IN (account.avatar_url, account.header_url))
           AND NOT EXISTS (SELECT FROM custom_emoji WHERE custom_emoji.file = stored.file)
           AND NOT EXISTS (SELECT FROM setting WHERE name IN ('logo', 'picture') AND value = to_jsonb(stored.file))
           AND NOT EXISTS (SELECT FROM export WHERE export.file = stored.file)
           AND NOT EXISTS (SELECT FROM import_task WHERE import_task.file = stored.file)
        """,
        list(names),
        TOKEN_LENGTH,
    )
    return [row["file"] for row in rows]


async def lost(db: Connection, store: Store) -> list[str]:
    """The names of files that posts, accounts, emoji and the instance show and that are not in the store (R038).

    Copies of others' files are not among them: they are fetched again when somebody looks.
    """
    return [name for name in await shown(db) if await store.open(name) is None]


async def unfinished(db: Connection) -> list[str]:
    """The names of uploads as they came, of which what is shown is still being made."""
    rows = await db.fetch("SELECT token FROM media WHERE state = 'processing' ORDER BY token")
    return [row["token"] for row in rows]


async def shown(db: Connection) -> list[str]:
    """The names of all files of ours that posts, accounts, emoji and the instance show."""
    rows = await db.fetch(
        """
        SELECT unnest(ARRAY[file, preview]) AS name FROM media WHERE state = 'ready'
         UNION
        SELECT unnest(ARRAY[avatar_url, header_url]) FROM account WHERE is_local
         UNION
        SELECT file FROM custom_emoji
         UNION
        SELECT value #>> '{}' FROM setting WHERE name IN ('logo', 'picture')
         ORDER BY name
        """
    )
    return [str(row["name"]) for row in rows if row["name"] and NAME.fullmatch(row["name"])]
