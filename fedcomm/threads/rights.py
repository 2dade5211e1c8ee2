"""Who may write where: the one place that posting, carrying and moderating ask, for people here and elsewhere alike.

What other servers' groups allow is theirs to decide; they are asked by sending. Source: product 4, 6, 7, 26; D77.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm.accounts import logins
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Locked, NotAllowed, NotFound
from fedcomm.groups.model import CarryPolicy, MembershipState, PostingRule, Role
from fedcomm.permissions import INSTANCE_TABLE, Action, may, may_here, roles_that_may
from fedcomm.threads import holding

Verdict = Literal["visible", "held"]
"""What becomes of a post that may be written: shown at once, or kept until a moderator has seen it."""


STAFF_TOO: tuple[Action, ...] = ("remove post", "hide post", "write to author")
"""What those who run the instance do in groups as well."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody would write, and when they wrote it."""

    content_html: str
    title: str = ""
    summary: str = ""
    at: datetime


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A group, and what somebody is in it."""

    group_id: int
    is_ours: bool
    name: str
    account_state: str
    state: str | None
    group_kind: str | None
    posting_rule: PostingRule | None
    carry_policy: CarryPolicy | None
    role: Role | None
    member_state: MembershipState | None
    ban_reason: str | None
    held_words: list[str]
    holds_links: bool
    slow_minutes: int
    paused_until: datetime | None
    """Until when they only read."""

    is_held: bool
    """Whether a moderator wants to see what they write first."""
    is_posting_restricted: bool
    """Of a group elsewhere, where they do not look after it: whether nobody else starts threads there."""

    cares_elsewhere: bool
    """Whether they look after a group elsewhere."""

    @property
    def may_lock(self) -> bool:
        """Whether they decide that a thread is closed, or have its server decide it."""
        return self.cares_elsewhere or may(self.active_role, "lock thread")

    @property
    def active_role(self) -> Role | None:
        """The role of an active member who is not paused; None for everybody else."""
        return self.role if self.member_state == "active" and self.paused_until is None else None


_STANDING = """
        SELECT a.id AS group_id, a.is_local AS is_ours, COALESCE(NULLIF(a.name, ''), a.handle) AS name,
               a.state AS account_state, g.state, g.group_kind, g.posting_rule, g.carry_policy, m.role,
               m.state AS member_state, ban.reason AS ban_reason,
               COALESCE(g.held_words, '{}') AS held_words, COALESCE(g.holds_links, false) AS holds_links,
               COALESCE(g.slow_minutes, 0) AS slow_minutes, COALESCE(m.is_held, false) AS is_held,
               m.paused_until,
               a.is_posting_restricted
                   AND NOT EXISTS (SELECT
                                     FROM group_moderator care
                                     JOIN account person ON person.uri = care.account_uri
                                    WHERE care.group_id = a.id AND person.id = $2) AS is_posting_restricted,
               NOT a.is_local
                   AND EXISTS (SELECT
                                 FROM group_moderator care
                                 JOIN account person ON person.uri = care.account_uri
                                WHERE care.group_id = a.id AND person.id = $2) AS cares_elsewhere
          FROM account a
     LEFT JOIN group_profile g ON g.account_id = a.id
     LEFT JOIN membership m ON m.group_id = a.id AND m.member_id = $2
     LEFT JOIN ban ON ban.group_id = a.id AND ban.account_id = $2
         WHERE a.kind = 'group'
"""


async def standing(db: Connection, group_id: int, account_id: int) -> Standing:
    """What somebody is in a group. Raises NotFound (no such group)."""
    row = await db.fetchrow(f"{_STANDING} AND a.id = $1", group_id, account_id)
    if row is None:
        raise NotFound("There is no such group.")
    return Standing(**row)


async def to_start(db: Connection, author: Account, group_id: int, said: Said | None = None) -> Verdict:
    """May somebody start a thread in a group, saying this? Raises NotAllowed, NotFound, with a sentence for people."""
    group = await standing(db, group_id, author.id)
    _check_start(author, group)
    if not group.is_ours or author.id == group_id or group.posting_rule == "facilitators":
        return "visible"
    return await _held_or_visible(db, author, group, said)


async def startable(db: Connection, author: Account, group_ids: Sequence[int]) -> set[int]:
    """In which of many groups somebody may start a thread, asked at once."""
    found: set[int] = set()
    for row in await db.fetch(f"{_STANDING} AND a.id = ANY($1::bigint[])", list(group_ids), author.id):
        group = Standing(**row)
        try:
            _check_start(author, group)
        except (NotAllowed, NotFound):
            continue
        found.add(group.group_id)
    return found


async def to_reply(db: Connection, author: Account, group_id: int, thread_id: int, said: Said | None = None) -> Verdict:
    """May somebody reply, saying this, in a thread whose home is this group? Raises NotAllowed, Locked, NotFound.

    Members of the groups that carry a thread are guests in it. For a carrying group elsewhere its own server answers
    for who they are.
    """
    group = await standing(db, group_id, author.id)
    _check_open(group)
    if author.id != group_id and (group.is_ours or author.is_local) and not group.may_lock:
        await _check_unlocked(db, thread_id)
    if not group.is_ours or author.id == group_id:
        return "visible"
    is_guest = group.posting_rule == "anyone" or await _is_guest(db, author.id, thread_id)
    if not is_guest and not may(group.active_role, "reply"):
        raise NotAllowed("Only members write in %(group)s. Join the group first.", group=group.name)
    if said is not None:
        await _check_pace(db, author, group, said)
    return await _held_or_visible(db, author, group, said, is_guest=is_guest)


async def to_edit(db: Connection, author: Account, group_id: int) -> None:
    """May somebody change what they wrote in a group? Who pauses writes nothing there. Raises NotAllowed, NotFound."""
    group = await standing(db, group_id, author.id)
    if group.is_ours and author.id != group_id:
        _check_not_paused(group)


async def to_answer(db: Connection, author: Account, thread_id: int) -> None:
    """May one of ours answer in a thread that is in no group? Raises Locked (its author elsewhere lets nobody)."""
    if author.is_local:
        await _check_unlocked(db, thread_id)


async def to_vote(db: Connection, voter: Account, group_id: int, thread_id: int) -> None:
    """May somebody vote in a thread whose home is this group? Who may write there may. Raises as `to_reply`."""
    group = await standing(db, group_id, voter.id)
    _check_open(group)
    if not group.is_ours or may(group.active_role, "vote"):
        return
    if group.posting_rule != "anyone" and not await _is_guest(db, voter.id, thread_id):
        raise NotAllowed("Only members vote in %(group)s. Join the group first.", group=group.name)


async def to_care(db: Connection, by: Account, group_id: int | None, action: Action) -> None:
    """May somebody moderate in a group of ours? A group elsewhere acts through its own account. Raises NotAllowed."""
    if group_id is None or not await cares(db, by, group_id, action):
        raise NotAllowed("Only moderators and facilitators of the group may do this.")


async def of_another(
    db: Connection, by: Account, author_id: int, group_id: int | None, action: Action, *, is_staff_able: bool = False
) -> None:
    """Nobody takes back what was decided about their own post while somebody else can (product 13, fixed; S133).

    `is_staff_able`: those who run the instance may decide it too. What a group itself says of its own posts holds.
    Raises NotAllowed.
    """
    if by.id != author_id or by.id == group_id:
        return
    is_another_there = await db.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM membership carer
                         JOIN account person ON person.id = carer.member_id AND person.state = 'active'
                        WHERE carer.group_id = $1
                          AND carer.member_id <> $2
                          AND carer.state = 'active'
                          AND carer.role = ANY($3::text[]))
               OR EXISTS (SELECT
                            FROM login staff
                           WHERE staff.account_id <> $2 AND staff.state = 'active' AND staff.role = ANY($4::text[]))
        """,
        group_id,
        by.id,
        roles_that_may(action),
        sorted(INSTANCE_TABLE["remove posts"]) if is_staff_able else [],
    )
    if is_another_there:
        raise NotAllowed("This is your own post: somebody else decides about it.")


async def cares(db: Connection, by: Account, group_id: int, action: Action) -> bool:
    """Whether somebody moderates in a group of ours, or what the group itself does elsewhere.

    Those who run the instance may hide posts of any group of ours, take them out, and write to their authors
    (product 26: law, safety; logged).
    """
    if by.id == group_id:
        return True
    group = await standing(db, group_id, by.id)
    if not group.is_ours:
        return False
    return may(group.active_role, action) or (action in STAFF_TOO and await _runs_here(db, by))


async def _runs_here(db: Connection, by: Account) -> bool:
    login = (await logins.of_many(db, [by.id])).get(by.id) if by.is_local else None
    return login is not None and login.state == "active" and may_here(login.role, "remove posts")


async def _check_unlocked(db: Connection, thread_id: int) -> None:
    """Whether a thread is open to answers; those to a thread elsewhere its own server judges. Raises Locked."""
    reason = await db.fetchval("SELECT reason FROM thread_lock WHERE thread_id = $1", thread_id)
    if reason:
        raise Locked("This thread is closed: nobody answers in it any more. Reason: %(reason)s", reason=reason)
    if reason is not None:
        raise Locked("This thread is closed: nobody answers in it any more.")


def _check_start(author: Account, group: Standing) -> None:
    """Whether somebody may start threads at all. Raises NotAllowed, NotFound."""
    _check_open(group)
    if not group.is_ours and author.is_local and group.is_posting_restricted:
        raise NotAllowed("Only the facilitators start threads in %(group)s.", group=group.name)
    if not group.is_ours or author.id == group.group_id:
        return
    if group.posting_rule == "facilitators" and not may(group.active_role, "announce"):
        raise NotAllowed("Only the facilitators start threads in %(group)s.", group=group.name)
    if group.posting_rule not in ("facilitators", "anyone") and not may(group.active_role, "start thread"):
        raise NotAllowed("Only members write in %(group)s. Join the group first.", group=group.name)


def _check_open(group: Standing) -> None:
    if group.account_state != "active" or group.state in ("draft", "closed"):
        raise NotFound("There is no such group.")
    if group.state == "archived":
        raise NotAllowed("%(group)s is archived: it can be read, but nothing new is written there.", group=group.name)
    if group.state == "moved":
        raise NotAllowed("%(group)s has moved. Write to its new place.", group=group.name)
    if group.member_state == "removed" and group.ban_reason:
        raise NotAllowed(
            "You were removed from %(group)s. Reason: %(reason)s", group=group.name, reason=group.ban_reason
        )
    if group.member_state == "removed":
        raise NotAllowed("You were removed from %(group)s.", group=group.name)
    _check_not_paused(group)
    if group.member_state == "paused":
        raise NotAllowed("Your membership of %(group)s is paused.", group=group.name)


def _check_not_paused(group: Standing) -> None:
    if group.paused_until is not None:
        raise NotAllowed(
            "You can read in %(group)s and write there again from %(day)s on.",
            group=group.name,
            day=group.paused_until.date().isoformat(),
        )


async def _held_or_visible(
    db: Connection, author: Account, group: Standing, said: Said | None, *, is_guest: bool = False
) -> Verdict:
    """Guests of a thread are held for what they say only: who they are is their own group's to judge."""
    if may(group.active_role, "hold post"):
        return "visible"
    if said is not None and _is_wanted_first(group, said):
        return "held"
    if is_guest:
        return "visible"
    if group.is_held or group.posting_rule == "all held":
        return "held"
    if group.posting_rule == "first post held":
        has_written = await db.fetchval(
            "SELECT EXISTS (SELECT FROM post WHERE group_id = $1 AND author_id = $2 AND state = 'visible')",
            group.group_id,
            author.id,
        )
        return "visible" if has_written else "held"
    return "visible"


def _is_wanted_first(group: Standing, said: Said) -> bool:
    if group.holds_links and holding.has_link(said.content_html):
        return True
    return holding.names_word(group.held_words, title=said.title, summary=said.summary, content_html=said.content_html)


async def _check_pace(db: Connection, author: Account, group: Standing, said: Said) -> None:
    """Whether somebody's last reply in a slow group is long enough ago, as they were written. Raises NotAllowed."""
    if group.slow_minutes == 0 or may(group.active_role, "hold post"):
        return
    between = timedelta(minutes=group.slow_minutes)
    is_too_soon = await db.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM post
                        WHERE group_id = $1
                          AND author_id = $2
                          AND parent_id IS NOT NULL
                          AND state IN ('visible', 'held')
                          AND published_at > $3
                          AND published_at < $4)
        """,
        group.group_id,
        author.id,
        said.at - between,
        said.at + between,
    )
    if is_too_soon:
        raise NotAllowed(
            "%(group)s is in slow mode: one reply in %(n)s minutes. Please wait a little.",
            group=group.name,
            n=group.slow_minutes,
        )


async def _is_guest(db: Connection, author_id: int, thread_id: int) -> bool:
    """Whether somebody may write in a thread without being a member of its home group.

    Where a carrying group's answer is still under way, its neighbours may have seen the thread already: their replies,
    which overtake it, count as if it had arrived. Its server could have said yes first.
    """
    return await db.fetchval(
        """
        SELECT EXISTS (SELECT FROM post WHERE id = $2 AND author_id = $1)
            OR EXISTS (SELECT
                         FROM carry
                         JOIN account carrier ON carrier.id = carry.group_id
                         JOIN account author ON author.id = $1
                    LEFT JOIN membership m ON m.group_id = carry.group_id
                                          AND m.member_id = $1
                                          AND m.state = 'active'
                        WHERE carry.thread_id = $2
                          AND CASE carry.state
                              WHEN 'carried' THEN m.member_id IS NOT NULL OR NOT carrier.is_local
                              WHEN 'requested' THEN NOT carrier.is_local AND carrier.authority = author.authority
                              ELSE false END)
        """,
        author_id,
        thread_id,
    )
