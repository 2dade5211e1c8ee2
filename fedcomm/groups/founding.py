"""How a group comes to be."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from fedcomm.accounts import handles, logins, lookup, profiles, signup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotAllowed
from fedcomm.groups import describing, membership, profile_fields, reading
from fedcomm.groups.model import CarryPolicy, JoinRule, PostingRule, Rule
from fedcomm.here import Here
from fedcomm.permissions import may_here
from fedcomm.text import cleaning

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
    name = describing.checked_name(name)
    purpose = describing.checked_purpose(purpose)
    for_whom = cleaning.one_line(for_whom, describing.FOR_WHOM)
    bio_html, bio_source = describing.bio_of(purpose, for_whom)
    await handles.check_free(db, handle, here.domain)
    group = await signup.insert_local(
        db,
        here,
        kind="group",
        handle=handle,
        name=name,
        bio_html=bio_html,
        bio_source=bio_source,
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
        [msgspec.to_builtins(rule) for rule in describing.checked_rules(rules)],
        by.id,
        now,
    )
    profile = await reading.profile(db, group.id)
    assert profile is not None
    await profiles.set_fields(db, group.id, await profile_fields.of(db, group, profile), now=now)
    await membership.join(db, here, by, group, how="creator", now=now)
    made = await lookup.by_id(db, group.id)
    assert made is not None
    return made
