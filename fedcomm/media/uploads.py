"""Files that people upload: theirs alone until a post takes them, gone with it (D61, D64; S096, S153)."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm import facts, ids
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.media.films import Kind
from fedcomm.media.pictures import Prepared
from fedcomm.media.storage import Store
from fedcomm.text import cleaning, limits

TRIES = 3
"""So often a film is begun; a machine that went down meanwhile is not its fault."""

State = Literal["processing", "ready", "failed", "removed"]
Focus = tuple[float, float]

COLUMNS = """
    id, owner_id, token, state, post_id, file, preview, media_type, size, width, height, preview_width,
    preview_height, blurhash, description, focus_x, focus_y, created_at, kind, source_type, duration, frame_rate,
    bit_rate
"""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file somebody uploaded. `file` and `preview` are names in the store, there when it is ready.

    `source_type`: what it was when it came, for film and sound, which are made anew by `filming`; None for pictures.
    """

    id: int
    owner_id: int
    token: str
    state: State
    post_id: int | None
    file: str | None
    preview: str | None
    media_type: str | None
    size: int
    width: int | None
    height: int | None
    preview_width: int | None
    preview_height: int | None
    blurhash: str | None
    description: str
    focus_x: float | None
    focus_y: float | None
    created_at: datetime
    kind: Kind
    source_type: str | None
    duration: float | None
    """In seconds, of film and sound."""
    frame_rate: float | None
    bit_rate: int | None


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload has become: a file in the store, and perhaps its small copy there."""

    kind: Kind
    file: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None
    preview: str | None = None
    preview_width: int | None = None
    preview_height: int | None = None
    blurhash: str | None = None
    duration: float | None = None
    frame_rate: float | None = None
    bit_rate: int | None = None


def new_token() -> str:
    """The beginning of the names of an upload's files: nobody guesses 128 bits (S096)."""
    return secrets.token_hex(16)


async def add(
    db: Connection,
    owner_id: int,
    token: str,
    *,
    size: int,
    description: str,
    focus: Focus | None,
    kind: Kind = "image",
    source_type: str | None = None,
    is_awaited: bool = False,
    now: datetime,
) -> Upload:
    """An upload whose bytes lie in the store under its token.

    It is prepared after this transaction, by the worker or by who awaits it. Raises Invalid.
    """
    row = await db.fetchrow(
        f"""
        INSERT INTO media (id, owner_id, token, state, size, description, focus_x, focus_y, created_at, kind,
                           source_type)
        VALUES ($1, $2, $3, 'processing', $4, $5, $6, $7, $8, $9, $10)
        RETURNING {COLUMNS}
        """,
        ids.new(now),
        owner_id,
        token,
        size,
        described(description),
        *(focus or (None, None)),
        now,
        kind,
        source_type,
    )
    assert row is not None
    if not is_awaited and source_type is None:
        await facts.record(db, facts.MediaUploaded(row["id"]), now=now)
    return Upload(**row)


def described(description: str) -> str:
    """An alternative text as it is stored. Raises Invalid."""
    if len(description) > limits.ALT_TEXT:
        raise Invalid("A description may have at most %(n)s characters.", n=limits.ALT_TEXT, field="description")
    return cleaning.paragraphs(description, limits.ALT_TEXT)


async def keep(store: Store, token: str, prepared: Prepared) -> Ready:
    """Store a prepared picture and its small copy. Doing it again after a crash leaves nothing behind."""
    file, preview = f"{token}.{prepared.ending}", f"{token}s.{prepared.preview_ending}"
    await store.put(file, prepared.body)
    await store.put(preview, prepared.preview)
    return Ready(
        kind="image",
        file=file,
        media_type=prepared.media_type,
        size=len(prepared.body),
        width=prepared.width,
        height=prepared.height,
        preview=preview,
        preview_width=prepared.preview_width,
        preview_height=prepared.preview_height,
        blurhash=prepared.blurhash,
    )


async def keep_one(store: Store, prepared: Prepared, *, is_small: bool) -> str:
    """Store a prepared picture that belongs to an account, or its small copy; its name."""
    name = f"{new_token()}.{prepared.preview_ending if is_small else prepared.ending}"
    await store.put(name, prepared.preview if is_small else prepared.body)
    return name


async def finish(db: Connection, upload_id: int, ready: Ready) -> bool:
    """An upload is ready; False: it was removed meanwhile, and nobody wants these files.

    A small copy that its owner chose meanwhile stays.
    """
    state = await db.fetchval(
        """
        UPDATE media
           SET state = CASE state WHEN 'removed' THEN state ELSE 'ready' END,
               kind = $2, file = $3, media_type = $4, size = $5, width = $6, height = $7,
               preview = COALESCE(preview, $8),
               preview_width = CASE WHEN preview IS NULL THEN $9 ELSE preview_width END,
               preview_height = CASE WHEN preview IS NULL THEN $10 ELSE preview_height END,
               blurhash = CASE WHEN preview IS NULL THEN $11 ELSE blurhash END,
               duration = $12, frame_rate = $13, bit_rate = $14, leased_until = NULL
         WHERE id = $1
        RETURNING state
        """,
        upload_id,
        ready.kind,
        ready.file,
        ready.media_type,
        ready.size,
        ready.width,
        ready.height,
        ready.preview,
        ready.preview_width,
        ready.preview_height,
        ready.blurhash,
        ready.duration,
        ready.frame_rate,
        ready.bit_rate,
    )
    return state == "ready"


async def choose_preview(db: Connection, owner_id: int, upload_id: int, prepared: Prepared) -> tuple[str, str | None]:
    """Take a picture of the owner's as the small copy of a loose upload; its name, and that of the one it replaces.

    Raises NotFound.
    """
    before = await loose(db, owner_id, upload_id)
    name = f"{before.token}{secrets.choice('abcdefghijklmnopqrtuvwxyz')}.{prepared.preview_ending}"
    await db.execute(
        """
        UPDATE media
           SET preview = $2, preview_width = $3, preview_height = $4, blurhash = $5
         WHERE id = $1
        """,
        upload_id,
        name,
        prepared.preview_width,
        prepared.preview_height,
        prepared.blurhash,
    )
    return name, before.preview if before.preview != name else None


async def claim_film(db: Connection, *, lease: timedelta, now: datetime) -> Upload | None:
    """The oldest film or sound that nobody works at; ours until the lease ends. One that was tried too often fails."""
    await db.execute(
        """
        UPDATE media
           SET state = 'failed'
         WHERE state = 'processing' AND source_type IS NOT NULL AND attempts >= $1 AND leased_until < $2
        """,
        TRIES,
        now,
    )
    row = await db.fetchrow(
        f"""
        UPDATE media
           SET leased_until = $1, attempts = attempts + 1
         WHERE id = (SELECT id
                       FROM media
                      WHERE state = 'processing'
                        AND source_type IS NOT NULL
                        AND (leased_until IS NULL OR leased_until < $2)
                   ORDER BY id
                      LIMIT 1
                        FOR UPDATE SKIP LOCKED)
        RETURNING {COLUMNS}
        """,
        now + lease,
        now,
    )
    return Upload(**row) if row else None


async def hand_back(db: Connection, upload_id: int) -> None:
    """Work at a film ends unfinished; another process may begin at once."""
    await db.execute(
        "UPDATE media SET leased_until = NULL, attempts = attempts - 1 WHERE id = $1 AND state = 'processing'",
        upload_id,
    )


async def fail(db: Connection, upload_id: int) -> None:
    """An upload is nothing that can be shown."""
    await db.execute("UPDATE media SET state = 'failed' WHERE id = $1 AND state = 'processing'", upload_id)


async def find(db: Connection, upload_id: int) -> Upload | None:
    """An upload, whoever asks."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM media WHERE id = $1", upload_id)
    return Upload(**row) if row else None


async def with_file(db: Connection, name: str) -> Upload | None:
    """The upload that has a file of this name to show, as itself or as its small copy."""
    row = await db.fetchrow(
        f"SELECT {COLUMNS} FROM media WHERE token = $1 AND state = 'ready' AND $2 IN (file, preview)", name[:32], name
    )
    return Upload(**row) if row else None


async def loose(db: Connection, owner_id: int, upload_id: int) -> Upload:
    """One's own upload that no post has taken. Raises NotFound: that of others too (S096)."""
    row = await db.fetchrow(
        f"""
        SELECT {COLUMNS}
          FROM media
         WHERE id = $1 AND owner_id = $2 AND post_id IS NULL AND scheduled_id IS NULL AND state <> 'removed'
        """,
        upload_id,
        owner_id,
    )
    if row is None:
        raise NotFound
    return Upload(**row)


async def describe(
    db: Connection,
    owner_id: int,
    upload_id: int,
    *,
    description: str | None = None,
    focus: Focus | None = None,
    post_id: int | None = None,
) -> Upload:
    """Change the alternative text or the focus of one's own upload, loose or in this post. Raises NotFound, Invalid."""
    row = await db.fetchrow(
        f"""
        UPDATE media
           SET description = COALESCE($4, description), focus_x = COALESCE($5, focus_x),
               focus_y = COALESCE($6, focus_y)
         WHERE id = $1 AND owner_id = $2 AND post_id IS NOT DISTINCT FROM $3 AND state <> 'removed'
        RETURNING {COLUMNS}
        """,
        upload_id,
        owner_id,
        post_id,
        None if description is None else described(description),
        *(focus or (None, None)),
    )
    if row is None:
        raise NotFound
    return Upload(**row)


async def discard(db: Connection, owner_id: int, upload_id: int) -> None:
    """Remove one's own upload that no post has taken. Raises NotFound."""
    await loose(db, owner_id, upload_id)
    await db.execute("UPDATE media SET state = 'removed', description = '' WHERE id = $1", upload_id)


async def attach(db: Connection, owner_id: int, upload_ids: Sequence[int], post_id: int) -> list[Upload]:
    """Give a post these uploads, in this order, and no others; what it had before and has no longer is removed.

    Raises Invalid: too many, one twice, somebody else's, another post's, not ready yet (S096).
    """
    found = await _free(db, owner_id, upload_ids, post_id)
    await _release(db, post_id, keeping=upload_ids)
    await db.execute("UPDATE media SET post_id = $2 WHERE id = ANY($1::bigint[])", list(upload_ids), post_id)
    return [found[upload_id] for upload_id in upload_ids]


async def _free(db: Connection, owner_id: int, upload_ids: Sequence[int], post_id: int | None) -> dict[int, Upload]:
    """These uploads, if they can be attached to this post. Raises Invalid as `attach`."""
    if len(upload_ids) > limits.MEDIA:
        raise Invalid("A post may have at most %(n)s files.", n=limits.MEDIA, field="media_ids")
    if len(set(upload_ids)) < len(upload_ids):
        raise Invalid("The same file cannot be attached twice.", field="media_ids")
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS}
          FROM media
         WHERE id = ANY($1::bigint[]) AND owner_id = $2 AND scheduled_id IS NULL
           FOR UPDATE
        """,
        list(upload_ids),
        owner_id,
    )
    found = {row["id"]: Upload(**row) for row in rows}
    free = {each.id for each in found.values() if each.post_id in (None, post_id) and each.state != "removed"}
    if free != set(upload_ids):
        raise Invalid("There is no such file, or it is in another post.", field="media_ids")
    if any(each.state != "ready" for each in found.values()):
        raise Invalid("This file is not ready yet. Try again in a moment.", field="media_ids")
    return found


async def reserve(db: Connection, owner_id: int, upload_ids: Sequence[int], scheduled_id: int) -> None:
    """Keep uploads for a post that is published later. Raises Invalid as `attach`."""
    if upload_ids:
        await _free(db, owner_id, upload_ids, None)
        await db.execute(
            "UPDATE media SET scheduled_id = $2 WHERE id = ANY($1::bigint[])", list(upload_ids), scheduled_id
        )


async def set_free(db: Connection, scheduled_id: int) -> None:
    """Uploads that waited for a post may be attached, or are swept."""
    await db.execute("UPDATE media SET scheduled_id = NULL WHERE scheduled_id = $1", scheduled_id)


async def reserved(db: Connection, scheduled_ids: Sequence[int]) -> dict[int, Upload]:
    """The uploads that wait for these posts, by their own ids."""
    rows = await db.fetch(f"SELECT {COLUMNS} FROM media WHERE scheduled_id = ANY($1::bigint[])", list(scheduled_ids))
    return {row["id"]: Upload(**row) for row in rows}


async def release(db: Connection, post_id: int) -> None:
    """A post is gone, and its files with it: they are no longer served; `sweep` removes them."""
    await _release(db, post_id, keeping=())


async def _release(db: Connection, post_id: int, *, keeping: Sequence[int]) -> None:
    await db.execute(
        """
        UPDATE media
           SET state = 'removed', post_id = NULL, description = ''
         WHERE post_id = $1 AND NOT id = ANY($2::bigint[])
        """,
        post_id,
        list(keeping),
    )
