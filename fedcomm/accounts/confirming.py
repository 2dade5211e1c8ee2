"""Mail addresses: confirmed by a link that was mailed there, and changed the same way; passwords that are forgotten.

A link confirms the address it was mailed to and no other, once. Nobody learns here whether an address has an account.
Sources: product 3b, 14; decisions D26; security cases S119, S123, S126.
"""

from datetime import datetime
from typing import Literal

import asyncpg
import msgspec

from fedcomm.accounts import logins, mails, signup, tokens
from fedcomm.accounts.logins import Login
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.jobs import mail_queue

Purpose = Literal["confirm address", "confirm new address"]
PURPOSES = ("confirm address", "confirm new address")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a link confirms: for whom, and which address."""

    account_id: int
    purpose: Purpose
    address: str


async def send_again(db: Connection, login: Login, *, to: str = "", now: datetime) -> None:
    """Mail the link once more to who has not confirmed their address; to another one, if the first was wrong.

    Raises Invalid.
    """
    if not login.must_confirm or login.confirmed_at is not None:
        return
    email = login.email
    if to and logins.email_key(to) != logins.email_key(email):
        email = signup.check_email(to)
        await _put_right(db, login.account_id, email, confirmed_at=None)
    await mails.ask_to_confirm(db, login.account_id, email, locale=login.locale, now=now)


async def forgotten(db: Connection, name_or_email: str, *, now: datetime) -> None:
    """Mail a link to a new password, or, to who never confirmed their address, the one that confirms it.

    To whoever has no account, or one that is shut, nothing goes; the caller says the same to all.
    """
    login = await logins.find(db, name_or_email)
    if login is None:
        return
    if login.state == "pending":
        await send_again(db, login, now=now)
    elif login.state == "active":
        await mail_queue.put(
            db,
            "reset password",
            login.email,
            account_id=login.account_id,
            locale=login.locale,
            of_use=mails.RESET_OF_USE,
            now=now,
        )


async def ask_change(db: Connection, login: Login, email: str, *, by_mail: bool, now: datetime) -> None:
    """Let somebody be reached at another address, once it is confirmed; the old one is told (S123).

    Without mail it counts at once, and nobody has checked it. Raises Invalid.
    """
    wanted = signup.check_email(email)
    if logins.email_key(wanted) == logins.email_key(login.email):
        raise Invalid("This is your address already.", field="email")
    if not by_mail:
        await _take(db, login.account_id, wanted, now=now)
        return
    if await logins.find(db, wanted) is not None:
        raise Invalid("There is an account with this mail address already.", field="email")
    await db.execute("UPDATE login SET new_email = $2 WHERE account_id = $1", login.account_id, wanted)
    await mail_queue.put(
        db,
        "confirm new address",
        wanted,
        account_id=login.account_id,
        locale=login.locale,
        of_use=mails.CONFIRMATION_OF_USE,
        now=now,
    )
    await mail_queue.put(
        db,
        "address is to change",
        login.email,
        account_id=login.account_id,
        locale=login.locale,
        told={"new": wanted},
        now=now,
    )


async def give_up_change(db: Connection, account_id: int) -> None:
    """Keep the old address: links to the new one confirm nothing any more."""
    await db.execute("UPDATE login SET new_email = NULL WHERE account_id = $1", account_id)
    await db.execute("DELETE FROM one_time_link WHERE account_id = $1 AND purpose = 'confirm new address'", account_id)


async def asked_by(db: Connection, value: str, *, now: datetime) -> Asked | None:
    """What a link confirms; None when it was used, has expired, or the address is another by now."""
    row = await db.fetchrow(
        """
        SELECT link.account_id, link.purpose,
               CASE link.purpose WHEN 'confirm address' THEN login.email ELSE login.new_email END AS address,
               link.address_key
          FROM one_time_link link
          JOIN login USING (account_id)
         WHERE link.token_hash = $1 AND link.purpose = ANY($2::text[]) AND link.used_at IS NULL AND link.expires_at > $3
        """,
        tokens.digest(value),
        PURPOSES,
        now,
    )
    if row is None or row["address"] is None or logins.email_key(row["address"]) != row["address_key"]:
        return None
    return Asked(account_id=row["account_id"], purpose=row["purpose"], address=row["address"])


async def confirm(db: Connection, value: str, *, now: datetime) -> Login:
    """Use a link: its address counts from now on, and who waited for nothing else may sign in. Raises Invalid."""
    asked = await asked_by(db, value, now=now)
    used = await db.fetchval(
        "UPDATE one_time_link SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL RETURNING true",
        tokens.digest(value),
        now,
    )
    if asked is None or not used:
        raise Invalid("This link was used already or has expired. Ask for a new one.")
    if asked.purpose == "confirm new address":
        await _take(db, asked.account_id, asked.address, now=now)
    else:
        await _note_confirmed(db, asked.account_id, now=now)
    await mail_queue.trust_again(db, asked.address)
    return await logins.of(db, asked.account_id)


async def confirm_unasked(db: Connection, account_id: int, *, now: datetime) -> None:
    """Take an address on the word of those who run the instance."""
    await _note_confirmed(db, account_id, now=now)


async def _note_confirmed(db: Connection, account_id: int, *, now: datetime) -> None:
    state = await db.fetchval(
        """
        UPDATE login
           SET confirmed_at = COALESCE(confirmed_at, $2),
               state = CASE WHEN state = 'pending' AND approved_at IS NOT NULL THEN 'active' ELSE state END
         WHERE account_id = $1
        RETURNING state
        """,
        account_id,
        now,
    )
    if state == "active":
        await signup.open_account(db, account_id, now=now)
    await db.execute("DELETE FROM one_time_link WHERE account_id = $1 AND purpose = 'confirm address'", account_id)


async def _take(db: Connection, account_id: int, email: str, *, now: datetime) -> None:
    """Another address from now on, which counts as confirmed. Raises Invalid (taken)."""
    await _put_right(db, account_id, email, confirmed_at=now)


async def _put_right(db: Connection, account_id: int, email: str, *, confirmed_at: datetime | None) -> None:
    """Put another address in place of the old; links that were mailed end (S119). Raises Invalid (taken)."""
    try:
        async with db.transaction():
            await db.execute(
                """
                UPDATE login
                   SET email = $2, email_key = $3, new_email = NULL, confirmed_at = $4
                 WHERE account_id = $1
                """,
                account_id,
                email,
                logins.email_key(email),
                confirmed_at,
            )
    except asyncpg.UniqueViolationError:
        raise Invalid("There is an account with this mail address already.", field="email") from None
    await db.execute("DELETE FROM one_time_link WHERE account_id = $1 AND address_key IS NOT NULL", account_id)
