"""Privacy policy, terms and imprint of the instance: versions, each with the day from which it holds.

What holds, or held, stays as it was; what is to come can be written anew until its day. An empty version ends a text.
Source: Mastodon API documentation, methods/instance (privacy_policy, terms_of_service).
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import get_args

import msgspec

from fedcomm import audit, settings
from fedcomm.config import Config
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.settings import TextKind
from fedcomm.text import cleaning

KINDS: tuple[TextKind, ...] = get_args(TextKind)
LONGEST = 100_000
FURTHEST = timedelta(days=366)


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A text as it holds from a day on; `source` is Markdown, empty when there is none from then on."""

    kind: TextKind
    effective_on: date
    source: str
    saved_at: datetime


def kind_of(text: str) -> TextKind:
    """What stands in an address. Raises NotFound."""
    for each in KINDS:
        if each == text:
            return each
    raise NotFound


async def versions(db: Connection, kind: TextKind | None = None) -> list[Version]:
    """All versions of a text, or of all, the last one first."""
    rows = await db.fetch(
        """
        SELECT kind, effective_on, source, saved_at
          FROM instance_text
         WHERE $1::text IS NULL OR kind = $1
      ORDER BY effective_on DESC, kind
        """,
        kind,
    )
    return [Version(**row) for row in rows]


def holding(found: Sequence[Version], *, today: date) -> Version | None:
    """Which of the versions of one text holds today, the last one first; None: none, or an empty one."""
    now = next((each for each in found if each.effective_on <= today), None)
    return now if now is not None and now.source else None


def coming(found: Sequence[Version], *, after: date) -> Version | None:
    """The first version that holds only after a day."""
    return next((each for each in reversed(found) if each.effective_on > after), None)


async def save(
    db: Connection, config: Config, by_id: int, kind: TextKind, typed: str, effective_on: date, *, now: datetime
) -> None:
    """Let a text hold from a day on, which is today or later. Raises Invalid."""
    today = now.date()
    source = cleaning.paragraphs(typed, LONGEST + 1)
    if len(source) > LONGEST:
        raise Invalid("This text is too long: %(n)s characters at most.", n=LONGEST, field="source")
    if not today <= effective_on <= today + FURTHEST:
        raise Invalid("A text holds from today on, or from a day within a year.", field="effective_on")
    if not source and holding(await versions(db, kind), today=effective_on) is None:
        raise Invalid("Please write the text.", field="source")
    await db.execute(
        """
        INSERT INTO instance_text (kind, effective_on, source, by_id, saved_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (kind, effective_on) DO UPDATE
           SET source = excluded.source, by_id = excluded.by_id, saved_at = excluded.saved_at
        """,
        kind,
        effective_on,
        source,
        by_id,
        now,
    )
    await _note(db, config, by_id, kind, "change text of instance", effective_on, now=now)


async def drop(
    db: Connection, config: Config, by_id: int, kind: TextKind, effective_on: date, *, now: datetime
) -> None:
    """Throw away a version that is still to come. Raises NotFound."""
    gone = await db.fetchval(
        "DELETE FROM instance_text WHERE kind = $1 AND effective_on = $2 AND effective_on > $3 RETURNING true",
        kind,
        effective_on,
        now.date(),
    )
    if gone is None:
        raise NotFound
    await _note(db, config, by_id, kind, "throw coming text of instance away", effective_on, now=now)


async def _note(
    db: Connection, config: Config, by_id: int, kind: TextKind, action: str, effective_on: date, *, now: datetime
) -> None:
    """Log it, and keep which texts there are with the settings, so that every page knows without asking."""
    await audit.write(db, by_id, action, kind, details={"holds from": effective_on.isoformat()}, now=now)
    found = await versions(db, kind)
    today = now.date()
    is_there = holding(found, today=today) is not None or any(
        each.source for each in found if each.effective_on > today
    )
    before = (await settings.load(db, config)).texts
    after = tuple(each for each in KINDS if (is_there if each == kind else each in before))
    if after != before:
        await settings.save(db, by_id, {"texts": after}, now=now)
