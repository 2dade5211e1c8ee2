"""Leaving an instance for good: the account ends, other servers are told, and what was written goes (product 24; S108).

The row stays with its handle, which nobody gets again; its address answers 410. First nobody can sign in, then those
who know the account are told, then posts and follows go, some at a time. Threads say where something stood, or not, as
the person chose; what others wrote stays, in its place.
"""

from datetime import datetime

import msgspec

from fedcomm import audit, facts
from fedcomm.accounts import follows, logins, lookup, mails, measures, remote, signup, statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import UNNAMED, Grounds
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotAllowed
from fedcomm.groups import membership
from fedcomm.guardrails import holds
from fedcomm.here import Here
from fedcomm.jobs import waiting_deliveries
from fedcomm.jobs.work import Work
from fedcomm.notifications import reading as notices
from fedcomm.portability import erasures, forgetting
from fedcomm.text import cleaning
from fedcomm.threads import changing, posting, reactions, reading, scheduled

AT_ONCE = 50


async def leave_for_good(
    db: Connection, here: Here, person: Account, *, keeps_places: bool = True, now: datetime
) -> None:
    """End an account of ours at the wish of its person, who is mailed what happens, and a day later what came of it.

    `keeps_places`: threads say that something was deleted where they wrote; otherwise nothing shows it, except where
    others answered. Raises Invalid (a group), Conflict (the last facilitator of a group).
    """
    if not person.is_local or person.kind != "person":
        raise Invalid("Only people of this instance can leave it.")
    if await membership.is_needed_somewhere(db, person.id):
        raise Conflict("You are the last facilitator of a group. Appoint another one before you leave.")
    login = (await logins.of_many(db, [person.id])).get(person.id)
    erasure_id = await _end_of_ours(db, person.id, keeps_places=keeps_places, at_their_wish=True, now=now)
    if login is not None:
        handle = f"@{person.handle}@{here.domain}"
        await mails.tell_erased(db, login.email, handle, erasure_id, locale=login.locale, now=now)


async def _end_of_ours(
    db: Connection, person_id: int, *, keeps_places: bool = True, at_their_wish: bool = False, now: datetime
) -> int:
    await _keep_profile(db, person_id, now=now)
    erasure_id = await erasures.begin(db, person_id, keeps_places=keeps_places, at_their_wish=at_their_wish, now=now)
    await signup.erase(db, person_id, now=now)
    await forgetting.forget(db, person_id, now=now)
    await facts.record(db, facts.AccountDeleted(person_id), now=now)
    return erasure_id


async def _keep_profile(db: Connection, person_id: int, *, now: datetime) -> None:
    """What is known of who leaves, for the legal holds that cover them (C07, C08)."""
    covering = await holds.about_person(db, person_id)
    person = await lookup.by_id(db, person_id) if covering else None
    if person is None:
        return
    login = (await logins.of_many(db, [person_id])).get(person_id)
    address = {"email": login.email, "created_by": login.created_by} if login is not None else {}
    said = {"account": msgspec.to_builtins(person), "login": address}
    await holds.keep(db, covering, "profile", person_id, person.uri, said, now=now)


async def remove(
    db: Connection,
    here: Here,
    by: Account | None,
    target: Account,
    reason: str = "",
    grounds: Grounds = UNNAMED,
    *,
    now: datetime,
) -> None:
    """End the account of somebody who is suspended, for those who look after accounts; nothing brings it back.

    One of ours is mailed the reasons; without any, those of the suspension are given. Commands (`by` is None) need no
    suspension. What another server's account wrote goes from here as if it had ended there; its server is not told.
    Raises NotAllowed (not suspended; see `measures.check_may`), Conflict (the last facilitator of a group), Invalid.
    """
    await measures.check_may(db, by, target)
    if by is not None and target.state != "suspended":
        raise NotAllowed("Suspend this account first: ending it cannot be taken back.")
    if await membership.is_needed_somewhere(db, target.id):
        raise Conflict("They are the last facilitator of a group. Appoint another one first.")
    reason, grounds = await _why(db, target, cleaning.one_line(reason, statements.LONGEST_REASON), grounds)
    by_id = by.id if by is not None else None
    details = {"code": grounds.code, "rules": list(grounds.rules)}
    await audit.write(db, by_id, "end account", target.acct, reason, details, now=now)
    if not target.is_local:
        await end_elsewhere(db, target.id, now=now)
        return
    login = (await logins.of_many(db, [target.id])).get(target.id)
    await _end_of_ours(db, target.id, now=now)
    stated = await statements.issue(db, target.id, "end", reason, grounds, by_id=by_id, now=now)
    if login is not None:
        handle = f"@{target.handle}@{here.domain}"
        await mails.give_reasons_of_end(db, login.email, handle, stated, locale=login.locale, now=now)


async def _why(db: Connection, target: Account, reason: str, grounds: Grounds) -> tuple[str, Grounds]:
    before = None if reason else await statements.last_of(db, target.id, "suspend")
    if before is not None:
        return before.reason, Grounds(code=before.code, rules=tuple(before.rules), report_id=before.report_id)
    if not reason and target.is_local:
        raise Invalid("Please give a reason: they are told it.", field="reason")
    return reason, grounds


async def end_elsewhere(db: Connection, account_id: int, *, now: datetime) -> None:
    """An account of another server has ended: what it favoured, and who followed whom, goes by and by."""
    await remote.forget(db, account_id, now=now)
    await forgetting.forget(db, account_id, now=now)
    await facts.record(db, facts.AccountToldGone(account_id), now=now)


async def empty(work: Work, fact: facts.AccountToldGone) -> None:
    """What was not sent yet is dropped, what somebody wrote goes, then what they favoured and boosted, then whom they
    followed and who followed them, and what they were told or others of them; some at a time.
    """
    async with work.transaction() as db:
        account = await lookup.by_id(db, fact.account_id)
        if account is None or account.state != "deleted":
            return
        if await waiting_deliveries.drop_of(db, account.id, reason="dropped: the account was deleted", now=work.now):
            await facts.record(db, fact, now=work.now)
            return
        post_ids = await reading.ids_by(db, account.id, limit=AT_ONCE)
        erasure = await erasures.of(db, account.id)
        for post_id in post_ids:
            await posting.delete(db, work.here, account, post_id, now=work.now)
            if erasure is not None and not erasure.keeps_places:
                await changing.leave_no_place(db, post_id)
        await erasures.emptied(db, account.id, len(post_ids), is_all=not post_ids, now=work.now)
        reacted = 0 if post_ids else await reactions.forget(db, account, limit=AT_ONCE, now=work.now)
        ended = [] if post_ids or reacted else (await follows.concerning(db, account.id))[:AT_ONCE]
        others = await lookup.by_ids(
            db, [each.followee_id if each.follower_id == account.id else each.follower_id for each in ended]
        )
        for each in ended:
            await _end(db, work.here, account, others, each, now=work.now)
        if post_ids or reacted or ended:
            await facts.record(db, fact, now=work.now)
        else:
            await scheduled.forget(db, account.id)
            await notices.forget(db, account.id)


async def _end(
    db: Connection, here: Here, account: Account, others: dict[int, Account], follow: follows.Follow, *, now: datetime
) -> None:
    """One follow on either side; nobody is told of each, they know that the account is gone."""
    is_follower = follow.follower_id == account.id
    follower = account if is_follower else others[follow.follower_id]
    target = others[follow.followee_id] if is_follower else account
    if follower.is_local and not target.is_local:
        await membership.receive_reject(db, here, follower, target, now=now)
    else:
        await membership.receive_undo(db, here, follower, target, now=now)
