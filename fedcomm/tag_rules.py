"""What holds for single tags: how one is written, whether it is found, whether it may be used in what is written here.

Source: Mastodon API documentation, entities/Admin_Tag.
"""

from collections.abc import Collection
from datetime import datetime

import msgspec

from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.text.mentions import normalised_tag

MOST_RULES = 2_000


class TagRule(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a tag, in its common form. `shown_as` is None: as it was last written."""

    tag: str
    shown_as: str | None = None
    is_listable: bool = True
    is_usable: bool = True


async def of(db: Connection, names: Collection[str]) -> dict[str, TagRule]:
    """The rules for these tags, by their common form; most have none."""
    rows = await db.fetch(
        "SELECT tag, shown_as, is_listable, is_usable FROM tag_rule WHERE tag = ANY($1::text[])",
        [normalised_tag(each) for each in names],
    )
    return {row["tag"]: TagRule(**row) for row in rows}


async def every(db: Connection) -> list[TagRule]:
    """All of them, the last changed first."""
    rows = await db.fetch(
        "SELECT tag, shown_as, is_listable, is_usable FROM tag_rule ORDER BY updated_at DESC, tag LIMIT $1", MOST_RULES
    )
    return [TagRule(**row) for row in rows]


async def put(db: Connection, rule: TagRule, *, now: datetime) -> None:
    """Let a rule hold from now on. Raises Invalid (another tag is to be shown)."""
    if rule.shown_as is not None and normalised_tag(rule.shown_as) != rule.tag:
        raise Invalid("A tag can be written with other capitals only.", field="display_name")
    await db.execute(
        """
        INSERT INTO tag_rule (tag, shown_as, is_listable, is_usable, updated_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (tag) DO UPDATE
           SET shown_as = excluded.shown_as, is_listable = excluded.is_listable, is_usable = excluded.is_usable,
               updated_at = excluded.updated_at
        """,
        rule.tag,
        rule.shown_as,
        rule.is_listable,
        rule.is_usable,
        now,
    )


async def check_usable(db: Connection, names: Collection[str]) -> None:
    """Whether these tags may stand in what is written here. Raises Invalid."""
    if not names:
        return
    for rule in (await of(db, names)).values():
        if not rule.is_usable:
            raise Invalid("The tag #%(tag)s is not used here.", tag=rule.tag, field="status")
