"""How a group comes to be."""

import html
from collections.abc import Sequence
from datetime import datetime

import msgspec

from fedcomm.accounts import handles, logins, signup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed
from fedcomm.groups import membership
from fedcomm.groups.model import CarryPolicy, JoinRule, PostingRule, Rule
from fedcomm.here import Here
from fedcomm.permissions import may_here
from fedcomm.text import cleaning, limits

PURPOSE = 200
FOR_WHOM = 200
RULES = 30
RULE_TITLE = 150
RULE_TEXT = 2_000

DEFAULT_RULES = (
    Rule(
        "Help as you would like to be helped",
        "Ask openly, answer from experience, speak about matters and not about persons.",
    ),
)
"""What holds until the group has written rules of its own: a group cannot be active without one (product 4)."""


async def create(
    db: Connection,
    here: Here,
    by: Account,
    handle: str,
    name: str,
    purpose: str,
    *,
    for_whom: str = "",
    group_kind: str = "topic",
    join_rule: JoinRule = "open",
    posting_rule: PostingRule = "members",
    carry_policy: CarryPolicy = "auto",
    rules: Sequence[Rule] = DEFAULT_RULES,
    now: datetime,
) -> Account:
    """Found a public group; who founds it is its first facilitator (D44, D77).

    Raises Invalid (a field breaks a limit, or the handle is taken), NotAllowed, NotFound (by has no login here).
    """
    login = await logins.of(db, by.id)
    if by.state != "active" or not may_here(login.role, "create group"):
        raise NotAllowed("You may not create groups here.")
    handle = handles.normalised(handle)
    name = cleaning.one_line(name, limits.NAME + 1)
    if not 0 < len(name) <= limits.NAME:
        raise Invalid("Please give the group a name of at most %(n)s characters.", n=limits.NAME, field="name")
    purpose = cleaning.one_line(purpose, PURPOSE + 1)
    if not 0 < len(purpose) <= PURPOSE:
        raise Invalid(
            "Please say in one sentence of at most %(n)s characters what the group is for.", n=PURPOSE, field="purpose"
        )
    for_whom = cleaning.one_line(for_whom, FOR_WHOM)
    await handles.check_free(db, handle, here.domain)
    group = await signup.insert_local(
        db,
        here,
        kind="group",
        handle=handle,
        name=name,
        bio_html="".join(f"<p>{html.escape(text)}</p>" for text in (purpose, for_whom) if text),
        bio_source="\n\n".join(text for text in (purpose, for_whom) if text),
        is_locked=join_rule != "open",
        now=now,
    )
    await db.execute(
        """
        INSERT INTO group_profile (account_id, purpose, for_whom, group_kind, join_rule, posting_rule, carry_policy,
                                   rules, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        group.id,
        purpose,
        for_whom,
        group_kind,
        join_rule,
        posting_rule,
        carry_policy,
        [msgspec.to_builtins(rule) for rule in _checked(rules)],
        by.id,
        now,
    )
    await membership.join(db, here, by, group, how="creator", now=now)
    return group


def _checked(rules: Sequence[Rule]) -> list[Rule]:
    kept = [
        Rule(cleaning.one_line(rule.title, RULE_TITLE), cleaning.paragraphs(rule.text, RULE_TEXT)) for rule in rules
    ]
    kept = [rule for rule in kept if rule.title]
    if not kept:
        raise Invalid("A group needs at least one rule.", field="rules")
    if len(kept) > RULES:
        raise Invalid("A group has at most %(n)s rules.", n=RULES, field="rules")
    return kept
