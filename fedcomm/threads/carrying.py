"""One thread in several groups, with one discussion (product 7; D49, D50; federation.md 4.2).

A thread has one home group; others may carry it: they announce it to their members and pass on what is said in it.
Nothing is copied. States: requested -> carried | declined; carried -> withdrawn. Each side has a row: the host of the
carrying group decides, the others remember what it said.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from fedcomm import facts, ids
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.groups import membership
from fedcomm.here import Here
from fedcomm.permissions import may
from fedcomm.text import cleaning
from fedcomm.threads import announcing, reading, reception, rights
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.model import CARRY_COLUMNS, Carry, CarryState, Post

MOST_CARRIERS = 5


async def begin(
    db: Connection, here: Here, author: Account, post: Post, group_ids: Sequence[int], *, now: datetime
) -> None:
    """Write down which further groups a new thread asks to carry it. Nothing else happens until it is visible.

    Whoever writes here hears at once what one of our groups would not carry. Raises Invalid, NotAllowed.
    """
    wanted = [group_id for group_id in dict.fromkeys(group_ids) if group_id != post.group_id]
    if not wanted:
        return
    if author.is_local:
        if len(wanted) > MOST_CARRIERS:
            raise Invalid("A thread may be in at most %(n)s groups.", n=MOST_CARRIERS + 1)
        for group_id in wanted:
            await rights.to_start(db, author, group_id)
    for position, group_id in enumerate(wanted[:MOST_CARRIERS], start=1):
        await _request(db, post, group_id, author.id, None, position, now=now)


async def proceed(db: Connection, here: Here, author: Account, post: Post, *, now: datetime) -> None:
    """A thread has become visible: our groups that were asked decide as their policy says, others' are asked.

    One that is back after a moderator had removed it is announced again by those that carry it.
    """
    for carry in (await carriers(db, [post.id]))[post.id]:
        if carry.state == "requested":
            await _weigh(db, here, author, post, carry, now=now)
        elif carry.state == "carried":
            group = await lookup.by_id(db, carry.group_id)
            if group is not None and group.is_local:
                await _announce(db, here, post, carry, now=now)


async def ask(db: Connection, here: Here, by: Account, thread_id: int, group_id: int, *, now: datetime) -> Carry:
    """Ask a group to carry a thread that exists already: its author, or a member of both groups.

    Asking again after a refusal is allowed; asking twice changes nothing. Raises Invalid, NotAllowed, NotFound.
    """
    post = await reading.by_id(db, thread_id, by.id)
    _check_carriable(post)
    if group_id == post.group_id:
        raise Invalid("This group is the home of the thread.")
    verdict = await rights.to_start(db, by, group_id)
    if verdict != "visible" or (by.id != post.author_id and not await _is_member_of_both(db, by, post, group_id)):
        raise NotAllowed("Only the author, or a member of both groups, may ask a group to carry a thread.")
    present = (await carriers(db, [post.id]))[post.id]
    if len([carry for carry in present if carry.state in ("requested", "carried")]) >= MOST_CARRIERS:
        raise Invalid("A thread may be in at most %(n)s groups.", n=MOST_CARRIERS + 1)
    carry = await _request(db, post, group_id, by.id, None, len(present) + 1, now=now)
    if carry.state == "requested":
        await _weigh(db, here, by, post, carry, now=now)
    return await _by_id(db, carry.id)


async def receive_offer(
    db: Connection, here: Here, by: Account, post: Post, group: Account, offer_uri: str, *, now: datetime
) -> Carry | None:
    """Somebody elsewhere asks a group to carry a thread, or tells us, the thread's home, that they do.

    None: what was asked is not theirs to ask, or cannot be. A repeated Offer is answered again.
    """
    if not group.is_group or group.id == post.group_id or not _is_carriable(post):
        return None
    if by.id != post.author_id and not await _is_member_of_both(db, by, post, group.id):
        return None
    carry = await _request(db, post, group.id, by.id, offer_uri, 1, now=now)
    if not group.is_local:
        return carry
    if carry.state == "requested":
        await _weigh(db, here, by, post, carry, now=now)
    else:
        await facts.record(db, facts.CarryDecided(carry.id), now=now)
    return await _by_id(db, carry.id)


async def accept(db: Connection, here: Here, by: Account, carry_id: int, *, now: datetime) -> Carry:
    """A facilitator or moderator of the asked group says yes. Raises NotFound, NotAllowed."""
    carry = await _by_id(db, carry_id)
    await rights.to_care(db, by, carry.group_id, "decide carrying")
    post = await reading.find(db, carry.thread_id)
    if post is None or not _is_carriable(post):
        raise NotFound("The thread is gone.")
    await _carry(db, here, post, carry, now=now)
    return await _by_id(db, carry_id)


async def decline(db: Connection, here: Here, by: Account, carry_id: int, *, reason: str = "", now: datetime) -> Carry:
    """A facilitator or moderator of the asked group says no. Raises NotFound, NotAllowed."""
    carry = await _by_id(db, carry_id)
    await rights.to_care(db, by, carry.group_id, "decide carrying")
    await _decline(db, carry, reason, now=now)
    return await _by_id(db, carry_id)


async def stop(
    db: Connection, here: Here, by: Account, thread_id: int, group_id: int, *, reason: str = "", now: datetime
) -> None:
    """A group of ours carries a thread no longer: by its facilitators, or by the thread's author.

    The thread goes from its members' home; the discussion at home goes on. Raises NotFound, NotAllowed.
    """
    carry = await of(db, thread_id, group_id)
    post = await reading.find(db, thread_id)
    group = await lookup.by_id(db, group_id)
    if carry is None or post is None or group is None or not group.is_local:
        raise NotFound("This group does not carry the thread.")
    if by.id != post.author_id:
        await rights.to_care(db, by, group_id, "decide carrying")
    if await _move(db, carry.id, "withdrawn", ("requested", "carried"), reason=reason, now=now):
        await announcing.withdraw(db, thread_id, group_id=group_id, now=now)
        await facts.record(db, facts.CarryEnded(carry.id), now=now)


async def receive_accept(
    db: Connection, group: Account, offer_uri: str, announce_uri: str | None, *, now: datetime
) -> bool:
    """A group elsewhere says yes to an Offer that we made or were told of. False = nobody had asked it (S039)."""
    carry_id = await db.fetchval("SELECT id FROM carry WHERE offer_uri = $1 AND group_id = $2", offer_uri, group.id)
    if carry_id is None or not await _move(db, carry_id, "carried", ("requested",), announce_uri=announce_uri, now=now):
        return False
    await facts.record(db, facts.CarryBegun(carry_id), now=now)
    return True


async def receive_reject(db: Connection, group: Account, offer_uri: str, reason: str = "", *, now: datetime) -> bool:
    """A group elsewhere says no, or carries no longer; who asked is told."""
    row = await db.fetchrow(
        "SELECT id, thread_id FROM carry WHERE offer_uri = $1 AND group_id = $2", offer_uri, group.id
    )
    if row is None:
        return False
    reason = cleaning.one_line(reason, reception.LONGEST_REASON)
    if await _move(db, row["id"], "withdrawn", ("carried",), reason=reason, now=now):
        await announcing.withdraw(db, row["thread_id"], group_id=group.id, now=now)
    elif not await _move(db, row["id"], "declined", ("requested",), reason=reason, now=now):
        return False
    await facts.record(db, facts.CarryDecided(row["id"]), now=now)
    return True


async def receive_announce(
    db: Connection,
    here: Here,
    group: Account,
    post: Post,
    uri: str,
    *,
    published_at: datetime,
    is_old: bool = False,
    now: datetime,
) -> int | None:
    """A group elsewhere announces a post to its members. The id of the wrapper; None when nothing came of it.

    `is_old`: it did so before anybody here knew it; nobody is told, and nothing begins.

    It is its home's announcement, or that of a group which was asked to carry the thread. Comments are not announced
    to anybody's home. A group that nobody asked shows the thread to its own people, but is not told what is said in it.
    """
    if group.is_local or post.state != "visible" or not post.is_root or post.audience not in PUBLIC:
        return None
    boost_id = await announcing.receive(db, group, post, uri, published_at=published_at, is_old=is_old, now=now)
    if boost_id is None or is_old or group.id == post.group_id or not _is_carriable(post):
        return boost_id
    carry = await of(db, post.id, group.id)
    if carry is None and await _is_named(db, post.id, group.id):
        carry = await _request(db, post, group.id, post.author_id, None, 1, now=now)
    if carry is not None:
        from_states: tuple[CarryState, ...] = ("requested", "withdrawn")
        if await _move(db, carry.id, "carried", from_states, boost_id=boost_id, announce_uri=uri, now=now):
            await facts.record(db, facts.CarryBegun(carry.id), now=now)
        await db.execute(
            "UPDATE carry SET boost_id = $2, announce_uri = $3 WHERE id = $1 AND state = 'carried'",
            carry.id,
            boost_id,
            uri,
        )
    return boost_id


async def receive_withdrawal(db: Connection, group: Account, post_id: int, *, now: datetime) -> None:
    """A group elsewhere takes its announcement of a thread back, and so ends carrying it if it did."""
    await announcing.withdraw(db, post_id, group_id=group.id, now=now)
    post = await reading.find(db, post_id)
    if post is not None and post.group_id == group.id:
        await reception.receive_withdrawal(db, group, post, now=now)
        return
    carry = await of(db, post_id, group.id)
    if carry is not None and await _move(db, carry.id, "withdrawn", ("requested", "carried"), now=now):
        await facts.record(db, facts.CarryDecided(carry.id), now=now)


async def carriers(db: Connection, thread_ids: Iterable[int]) -> dict[int, list[Carry]]:
    """The groups that carry, or were asked to carry, each of these threads, in the order they were named."""
    wanted = list(set(thread_ids))
    rows = await db.fetch(
        f"SELECT {CARRY_COLUMNS} FROM carry WHERE thread_id = ANY($1::bigint[]) ORDER BY thread_id, position, id",
        wanted,
    )
    found: dict[int, list[Carry]] = {thread_id: [] for thread_id in wanted}
    for row in rows:
        found[row["thread_id"]].append(Carry(**row))
    return found


async def by_id(db: Connection, carry_id: int) -> Carry | None:
    """The carry with this id."""
    row = await db.fetchrow(f"SELECT {CARRY_COLUMNS} FROM carry WHERE id = $1", carry_id)
    return Carry(**row) if row else None


async def by_offer(db: Connection, offer_uri: str) -> Carry | None:
    """The carry that was asked for by this Offer."""
    row = await db.fetchrow(f"SELECT {CARRY_COLUMNS} FROM carry WHERE offer_uri = $1 LIMIT 1", offer_uri)
    return Carry(**row) if row else None


async def of(db: Connection, thread_id: int, group_id: int) -> Carry | None:
    """What a group has to do with a thread that is not its own; None = nothing."""
    row = await db.fetchrow(
        f"SELECT {CARRY_COLUMNS} FROM carry WHERE thread_id = $1 AND group_id = $2", thread_id, group_id
    )
    return Carry(**row) if row else None


async def set_offer_uri(db: Connection, carry_id: int, offer_uri: str) -> None:
    """Remember the id of the Offer that we send for a carry, so that its answer is recognised."""
    await db.execute("UPDATE carry SET offer_uri = $2 WHERE id = $1 AND offer_uri IS NULL", carry_id, offer_uri)


async def asked_of(db: Connection, group_id: int) -> list[Carry]:
    """What waits for the decision of a group's facilitators, oldest first."""
    rows = await db.fetch(
        f"SELECT {CARRY_COLUMNS} FROM carry WHERE group_id = $1 AND state = 'requested' ORDER BY id LIMIT 200", group_id
    )
    return [Carry(**row) for row in rows]


async def is_passed_on(db: Connection, post: Post) -> bool:
    """Whether a group of ours, its home or one asked to carry it, passes on what is said in this thread (D17)."""
    if post.group_id is None:
        return False
    return await db.fetchval(
        """
        SELECT EXISTS (SELECT
                         FROM account
                        WHERE is_local AND (id = $1 OR id IN (SELECT group_id FROM carry WHERE thread_id = $2)))
        """,
        post.group_id,
        post.thread_id,
    )


def _is_carriable(post: Post) -> bool:
    return post.is_root and post.group_id is not None and post.audience in PUBLIC and post.state == "visible"


def _check_carriable(post: Post) -> None:
    """What is for one group's members stays there, whoever asks (product 7, fixed). Raises Invalid."""
    if not post.is_root or post.group_id is None:
        raise Invalid("Only threads of groups can be carried by other groups.")
    if not _is_carriable(post):
        raise Invalid("Only public threads can be carried by other groups.")


async def _weigh(db: Connection, here: Here, by: Account, post: Post, carry: Carry, *, now: datetime) -> None:
    """What follows a request: ours decide by their policy, others' are sent the question by whoever's host it is."""
    group = await lookup.by_id(db, carry.group_id)
    if group is None or not _is_carriable(post):
        await _decline(db, carry, "The thread cannot be carried.", now=now)
        return
    if not group.is_local:
        if by.is_local:
            await facts.record(db, facts.CarryAsked(carry.id), now=now)
        return
    try:
        verdict = await rights.to_start(db, by, group.id)
    except (NotAllowed, NotFound) as refused:
        await _decline(db, carry, str(refused), now=now)
        return
    standing = await rights.standing(db, group.id, by.id)
    if standing.carry_policy == "never" or standing.group_kind == "peer circle":
        await _decline(db, carry, f"{group.shown_name} does not carry threads of other groups.", now=now)
    elif standing.carry_policy == "auto" and verdict == "visible":
        await _carry(db, here, post, carry, now=now)


async def _carry(db: Connection, here: Here, post: Post, carry: Carry, *, now: datetime) -> None:
    if not await _move(db, carry.id, "carried", ("requested", "declined", "withdrawn"), now=now):
        return
    await _announce(db, here, post, carry, now=now)
    await facts.record(db, facts.CarryDecided(carry.id), now=now)


async def _announce(db: Connection, here: Here, post: Post, carry: Carry, *, now: datetime) -> None:
    boost_id = await announcing.announce(db, here, carry.group_id, post, now=now)
    if boost_id is not None:
        await db.execute(
            "UPDATE carry SET boost_id = $2, announce_uri = $3 WHERE id = $1",
            carry.id,
            boost_id,
            here.activity_uri(boost_id),
        )


async def _decline(db: Connection, carry: Carry, reason: str, *, now: datetime) -> None:
    if await _move(db, carry.id, "declined", ("requested",), reason=reason, now=now):
        await facts.record(db, facts.CarryDecided(carry.id), now=now)


async def _request(
    db: Connection, post: Post, group_id: int, by_id: int, offer_uri: str | None, position: int, *, now: datetime
) -> Carry:
    """The row of a request; a later one opens it again after a refusal, and names its Offer."""
    row = await db.fetchrow(
        f"""
        INSERT INTO carry (id, thread_id, group_id, requested_by, state, position, offer_uri, created_at)
        VALUES ($1, $2, $3, $4, 'requested', $5, $6, $7)
            ON CONFLICT (thread_id, group_id) DO UPDATE
           SET offer_uri = CASE WHEN carry.state IN ('declined', 'withdrawn') THEN excluded.offer_uri
                                ELSE COALESCE(excluded.offer_uri, carry.offer_uri) END,
               requested_by = CASE WHEN carry.state IN ('declined', 'withdrawn') THEN excluded.requested_by
                                   ELSE carry.requested_by END,
               state = CASE WHEN carry.state IN ('declined', 'withdrawn') THEN 'requested' ELSE carry.state END
        RETURNING {CARRY_COLUMNS}
        """,
        ids.new(now),
        post.id,
        group_id,
        by_id,
        position,
        offer_uri,
        now,
    )
    assert row is not None
    return Carry(**row)


async def _move(
    db: Connection,
    carry_id: int,
    to: CarryState,
    from_states: Sequence[CarryState],
    *,
    reason: str = "",
    boost_id: int | None = None,
    announce_uri: str | None = None,
    now: datetime,
) -> bool:
    """One step of the state machine; False when it had been made before, or may not be made from here."""
    thread_id = await db.fetchval(
        """
        UPDATE carry
           SET state = $2, reason = $4, decided_at = $5, boost_id = $6, announce_uri = COALESCE($7, announce_uri)
         WHERE id = $1 AND state = ANY($3::text[])
        RETURNING thread_id
        """,
        carry_id,
        to,
        list(from_states),
        reason,
        now,
        boost_id,
        announce_uri,
    )
    if thread_id is None:
        return False
    # The thread shows who carries it (D63).
    await db.execute("UPDATE post SET version = version + 1 WHERE id = $1", thread_id)
    return True


async def _is_member_of_both(db: Connection, by: Account, post: Post, group_id: int) -> bool:
    """Only what is known here counts: members of a group elsewhere are its own server's to know."""
    assert post.group_id is not None
    for wanted in (post.group_id, group_id):
        group = await lookup.by_id(db, wanted)
        if group is None:
            return False
        if group.is_local or by.is_local:
            role = await membership.role(db, wanted, by.id)
            if not may(role, "carry to another group"):
                return False
    return True


async def _is_named(db: Connection, post_id: int, account_id: int) -> bool:
    return await db.fetchval(
        "SELECT EXISTS (SELECT FROM post_mention WHERE post_id = $1 AND account_id = $2)", post_id, account_id
    )


async def _by_id(db: Connection, carry_id: int) -> Carry:
    carry = await by_id(db, carry_id)
    if carry is None:
        raise NotFound("There is no such request.")
    return carry
