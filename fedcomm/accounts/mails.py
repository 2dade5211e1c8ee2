"""The letters that accounts cause, each written down in the transaction of its cause (product 14; C12)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from fedcomm.database import Connection
from fedcomm.jobs import mail_queue

CONFIRMATION_OF_USE = timedelta(days=2)
RESET_OF_USE = timedelta(hours=1)
ERASURE_REPORTED_AFTER = timedelta(days=1)
"""By then nearly every server has answered."""
HELD_APART = timedelta(hours=1)
"""Between two letters to one person that posts wait for them."""


async def ask_to_confirm(db: Connection, account_id: int, email: str, *, locale: str, now: datetime) -> None:
    """Mail the link that confirms the address of an account."""
    await mail_queue.put(
        db,
        "confirm address",
        email,
        account_id=account_id,
        locale=locale,
        of_use=CONFIRMATION_OF_USE,
        now=now,
    )


async def tell_accepted(db: Connection, account_id: int, email: str, *, locale: str, now: datetime) -> None:
    """Mail that a request for an account was granted; with the link that confirms the address, if it is missing."""
    await mail_queue.put(db, "sign-up accepted", email, account_id=account_id, locale=locale, now=now)


async def tell_refused(db: Connection, email: str, reason: str, *, locale: str, now: datetime) -> None:
    """Mail that a request was turned down, and why if somebody said so; nothing else is left of it."""
    told = {"reason": reason} if reason else None
    await mail_queue.put(db, "sign-up refused", email, locale=locale, told=told, now=now)


async def tell_password_changed(db: Connection, account_id: int, email: str, *, locale: str, now: datetime) -> None:
    """Mail that the password is another now: who did not do it learns of it."""
    await mail_queue.put(db, "password changed", email, account_id=account_id, locale=locale, now=now)


async def tell_second_step(db: Connection, account_id: int, *, is_on: bool, now: datetime) -> None:
    """Mail that signing in takes a code now, or no more: who did not do it learns of it."""
    row = await db.fetchrow("SELECT email, locale FROM login WHERE account_id = $1", account_id)
    if row is not None:
        told = {"is": "on" if is_on else "off"}
        await mail_queue.put(
            db, "second step changed", row["email"], account_id=account_id, locale=row["locale"], told=told, now=now
        )


async def tell_passkey(db: Connection, account_id: int, *, is_new: bool, name: str, now: datetime) -> None:
    """Mail that a passkey lets in now, or no more: who did not do it learns of it."""
    row = await db.fetchrow("SELECT email, locale FROM login WHERE account_id = $1", account_id)
    if row is not None:
        told = {"is": "new" if is_new else "gone", "name": name}
        await mail_queue.put(
            db, "passkeys changed", row["email"], account_id=account_id, locale=row["locale"], told=told, now=now
        )


async def tell_export(db: Connection, account_id: int, page: str, *, now: datetime) -> None:
    """Mail that what somebody asked for is put together and can be fetched, for a week, by who signs in."""
    row = await db.fetchrow("SELECT email, locale FROM login WHERE account_id = $1", account_id)
    if row is not None:
        told = {"page": page}
        await mail_queue.put(
            db, "archive ready", row["email"], account_id=account_id, locale=row["locale"], told=told, now=now
        )


async def give_reasons(db: Connection, account_id: int, statement_id: int, *, now: datetime) -> bool:
    """Mail somebody of ours why something was decided about them; False when they have no login here, or no mail goes.

    Also to those who are shut out. What it says is read from the statement when the letter is written.
    """
    row = await db.fetchrow("SELECT email, locale FROM login WHERE account_id = $1", account_id)
    if row is None:
        return False
    told = {"statement": str(statement_id), "page": f"/decisions/{statement_id}"}
    return await mail_queue.put(
        db, "statement of reasons", row["email"], account_id=account_id, locale=row["locale"], told=told, now=now
    )


async def give_reasons_of_end(
    db: Connection, email: str, handle: str, statement_id: int, *, locale: str, now: datetime
) -> bool:
    """Mail somebody why their account was ended; False when no mail goes.

    The letter belongs to no account: it outlives what is forgotten with theirs, and is forgotten as all mail is.
    """
    told = {"statement": str(statement_id), "handle": handle}
    return await mail_queue.put(db, "statement of reasons", email, locale=locale, told=told, now=now)


async def tell_erased(db: Connection, email: str, handle: str, erasure_id: int, *, locale: str, now: datetime) -> None:
    """Mail who ended their account what happens now, and a day later what came of it (C08).

    The letters belong to no account: they outlive what is forgotten with theirs, and are forgotten as all mail is.
    """
    told = {"erasure": str(erasure_id), "handle": handle}
    await mail_queue.put(db, "account erased", email, locale=locale, told=told, now=now)
    await mail_queue.put(
        db,
        "erasure report",
        email,
        locale=locale,
        told=told,
        of_use=ERASURE_REPORTED_AFTER + mail_queue.OF_USE,
        due_at=now + ERASURE_REPORTED_AFTER,
        now=now,
    )


async def tell_held(db: Connection, account_ids: Sequence[int], *, now: datetime) -> None:
    """Mail these people that posts wait for them: now, or when an hour has passed since the last such letter.

    Only at confirmed addresses, and who wants it. One letter waits at a time; it tells all that waits when it leaves.
    """
    rows = await db.fetch(
        """
        SELECT account_id, email, locale
          FROM login
         WHERE account_id = ANY($1::bigint[]) AND state = 'active' AND confirmed_at IS NOT NULL AND wants_held_mail
      ORDER BY account_id
           FOR UPDATE
        """,
        list(account_ids),
    )
    for row in rows:
        due_at = await mail_queue.next_of_kind(db, "posts held", row["account_id"], apart=HELD_APART, now=now)
        if due_at is not None:
            await mail_queue.put(
                db,
                "posts held",
                row["email"],
                account_id=row["account_id"],
                locale=row["locale"],
                due_at=due_at,
                now=now,
            )
