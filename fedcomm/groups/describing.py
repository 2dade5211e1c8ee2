"""What a group of ours says about itself: its limits, and changing it (product 4)."""

import html
from collections.abc import Sequence
from datetime import datetime

import msgspec

from fedcomm import audit
from fedcomm.accounts import profiles
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.groups import membership, profile_fields, reading
from fedcomm.groups.model import CarryPolicy, JoinRule, PostingRule, Rule
from fedcomm.here import Here
from fedcomm.permissions import may
from fedcomm.text import cleaning, limits

PURPOSE = 200
FOR_WHOM = 200
RULES = 30
RULE_TITLE = 150
RULE_TEXT = 2_000
HELD_WORDS = 200
HELD_WORD = 60
LONGEST_SLOW = 1_440


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be otherwise; None stays as it is."""

    name: str | None = None
    purpose: str | None = None
    for_whom: str | None = None
    join_rule: JoinRule | None = None
    posting_rule: PostingRule | None = None
    carry_policy: CarryPolicy | None = None
    rules: tuple[Rule, ...] | None = None
    held_words: tuple[str, ...] | None = None
    """Posts that say one of these are first seen by a moderator."""
    holds_links: bool | None = None
    slow_minutes: int | None = None
    """So long a member waits between two replies; 0 = not at all."""


async def change(db: Connection, by: Account, group: Account, changes: Changes, *, now: datetime) -> None:
    """Change what a group of ours says of itself and who may do what there; others are told.

    Raises NotAllowed, Invalid.
    """
    await _check_may_change(db, by, group)
    before = await reading.profile(db, group.id)
    has_own_lines = before is None or profile_fields.are_own(group, before)
    row = await db.fetchrow(
        """
        UPDATE group_profile
           SET purpose = COALESCE($2, purpose), for_whom = COALESCE($3, for_whom),
               join_rule = COALESCE($4, join_rule), posting_rule = COALESCE($5, posting_rule),
               carry_policy = COALESCE($6, carry_policy), rules = COALESCE($7, rules),
               held_words = COALESCE($8::text[], held_words), holds_links = COALESCE($9, holds_links),
               slow_minutes = COALESCE($10, slow_minutes)
         WHERE account_id = $1
        RETURNING purpose, for_whom, join_rule
        """,
        group.id,
        checked_purpose(changes.purpose) if changes.purpose is not None else None,
        cleaning.one_line(changes.for_whom, FOR_WHOM) if changes.for_whom is not None else None,
        changes.join_rule,
        changes.posting_rule,
        changes.carry_policy,
        [msgspec.to_builtins(rule) for rule in checked_rules(changes.rules)] if changes.rules is not None else None,
        checked_words(changes.held_words) if changes.held_words is not None else None,
        changes.holds_links,
        checked_minutes(changes.slow_minutes) if changes.slow_minutes is not None else None,
    )
    assert row is not None
    names = sorted(name for name in changes.__struct_fields__ if getattr(changes, name) is not None)
    await audit.write(db, by.id, "change group", group.handle, details={"names": names}, group_id=group.id, now=now)
    bio_html, bio_source = bio_of(row["purpose"], row["for_whom"])
    after = await reading.profile(db, group.id)
    await profiles.describe(
        db,
        group.id,
        fields=await profile_fields.of(db, group, after) if after is not None and not has_own_lines else None,
        name=checked_name(changes.name) if changes.name is not None else None,
        bio_html=bio_html,
        bio_source=bio_source,
        is_locked=row["join_rule"] != "open",
        now=now,
    )


async def depict(
    db: Connection, here: Here, by: Account, group: Account, pictures: profiles.Changes, *, now: datetime
) -> None:
    """Change the pictures of a group of ours and what is said of them; others are told. Raises NotAllowed, Invalid."""
    await _check_may_change(db, by, group)
    names = sorted(name for name in pictures.__struct_fields__ if getattr(pictures, name) is not None)
    await audit.write(db, by.id, "change group", group.handle, details={"names": names}, group_id=group.id, now=now)
    await profiles.edit(db, here, group, pictures, now=now)


async def _check_may_change(db: Connection, by: Account, group: Account) -> None:
    """By its facilitators, and as the group itself. Raises NotAllowed."""
    role = await membership.role(db, group.id, by.id) if group.is_local else None
    if by.id != group.id and (role is None or not may(role, "change group")):
        raise NotAllowed("Only a facilitator of the group may do this.")


def checked_name(name: str) -> str:
    """A name of one line. Raises Invalid."""
    name = cleaning.one_line(name, limits.NAME + 1)
    if not 0 < len(name) <= limits.NAME:
        raise Invalid("Please give the group a name of at most %(n)s characters.", n=limits.NAME, field="name")
    return name


def checked_purpose(purpose: str) -> str:
    """What it is for, in one sentence. Raises Invalid."""
    purpose = cleaning.one_line(purpose, PURPOSE + 1)
    if not 0 < len(purpose) <= PURPOSE:
        raise Invalid(
            "Please say in one sentence of at most %(n)s characters what the group is for.", n=PURPOSE, field="purpose"
        )
    return purpose


def checked_rules(rules: Sequence[Rule]) -> list[Rule]:
    """Rules with a title, at least one (product 4). Raises Invalid."""
    kept = [
        Rule(cleaning.one_line(rule.title, RULE_TITLE), cleaning.paragraphs(rule.text, RULE_TEXT)) for rule in rules
    ]
    kept = [rule for rule in kept if rule.title]
    if not kept:
        raise Invalid("A group needs at least one rule.", field="rules")
    if len(kept) > RULES:
        raise Invalid("A group has at most %(n)s rules.", n=RULES, field="rules")
    return kept


def checked_words(words: Sequence[str]) -> list[str]:
    """Words or phrases, each once. Raises Invalid (too many, or one too long)."""
    kept = list(dict.fromkeys(word for each in words if (word := cleaning.one_line(each, HELD_WORD + 1).casefold())))
    if len(kept) > HELD_WORDS:
        raise Invalid("At most %(n)s words can be watched for.", n=HELD_WORDS, field="held_words")
    if any(len(word) > HELD_WORD for word in kept):
        raise Invalid("A word to watch for has at most %(n)s characters.", n=HELD_WORD, field="held_words")
    return kept


def checked_minutes(minutes: int) -> int:
    """Minutes between two replies. Raises Invalid."""
    if not 0 <= minutes <= LONGEST_SLOW:
        raise Invalid("Slow mode is between 0 and %(n)s minutes.", n=LONGEST_SLOW, field="slow_minutes")
    return minutes


def bio_of(purpose: str, for_whom: str) -> tuple[str, str]:
    """How its account describes it, as HTML and as it was typed."""
    texts = [text for text in (purpose, for_whom) if text]
    return "".join(f"<p>{html.escape(text)}</p>" for text in texts), "\n\n".join(texts)
