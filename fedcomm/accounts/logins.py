"""How a person of ours gets in: mail address, password, role, language. One row beside the account."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from fedcomm.accounts import mails, passwords, sessions, tokens
from fedcomm.accounts.oauth import revoke_all, revoke_everybodys
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.permissions import InstanceRole

LoginState = Literal["pending", "active", "rejected", "disabled"]
Look = Literal["system", "light", "dark"]
"""How our pages look to a member: as their system says, or always so."""

COLUMNS = """
    account_id, email, password_hash, role, state, reason, locale, time_zone, default_language, default_audience,
    default_sensitive, default_quote_policy, created_by, created_at, confirmed_at, last_sign_in_at,
    look, has_more_contrast, must_confirm, approved_at, new_email, wants_held_mail
"""


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A person's way in. `password_hash` is None until a password was set."""

    account_id: int
    email: str
    password_hash: str | None
    role: InstanceRole
    state: LoginState
    reason: str
    locale: str
    time_zone: str | None
    default_language: str | None
    default_audience: str
    default_sensitive: bool
    default_quote_policy: Literal["public", "followers", "nobody"]
    created_by: str
    created_at: datetime
    confirmed_at: datetime | None
    last_sign_in_at: datetime | None
    look: Look
    has_more_contrast: bool
    must_confirm: bool = False
    """Whether the account is usable only once its address is confirmed."""
    approved_at: datetime | None = None
    new_email: str | None = None
    """An address that is to be confirmed before it takes the place of `email`."""
    wants_held_mail: bool = True
    """Whether they are mailed when posts wait for them to be looked at."""

    @property
    def waits_for_confirmation(self) -> bool:
        """Whether nothing but the confirmation of the address is missing."""
        return self.state == "pending" and self.approved_at is not None


PASSWORD_LINKS = ("set password", "reset password")
"""Links by which a password is set: handed out by those who run the instance, and mailed."""


def email_key(email: str) -> str:
    """The form under which a mail address is matched."""
    return email.strip().casefold()


async def of(db: Connection, account_id: int) -> Login:
    """The login of an account of ours. Raises NotFound."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM login WHERE account_id = $1", account_id)
    if row is None:
        raise NotFound("There is no such login.")
    return Login(**row)


async def of_many(db: Connection, account_ids: Sequence[int]) -> dict[int, Login]:
    """The logins of some accounts, by account; groups have none."""
    rows = await db.fetch(f"SELECT {COLUMNS} FROM login WHERE account_id = ANY($1::bigint[])", list(account_ids))
    return {row["account_id"]: Login(**row) for row in rows}


async def find(db: Connection, name_or_email: str) -> Login | None:
    """The login that somebody means who types a handle or a mail address; None where there is none."""
    typed = name_or_email.strip()
    if "@" in typed.lstrip("@"):
        row = await db.fetchrow(f"SELECT {COLUMNS} FROM login WHERE email_key = $1", email_key(typed))
    else:
        row = await db.fetchrow(
            f"""
            SELECT {COLUMNS}
              FROM login
             WHERE account_id = (SELECT id FROM account WHERE is_local AND kind = 'person' AND handle_key = $1)
            """,
            typed.lstrip("@").lower(),
        )
    return Login(**row) if row else None


async def prefer(db: Connection, account_id: int, *, locale: str | None = None, time_zone: str | None = None) -> None:
    """Set the language of our pages and the time zone for somebody; None stays as it is."""
    await db.execute(
        "UPDATE login SET locale = COALESCE($2, locale), time_zone = COALESCE($3, time_zone) WHERE account_id = $1",
        account_id,
        locale,
        time_zone,
    )


async def choose_look(db: Connection, account_id: int, look: Look, *, has_more_contrast: bool) -> None:
    """Set how our pages look to somebody."""
    await db.execute(
        "UPDATE login SET look = $2, has_more_contrast = $3 WHERE account_id = $1", account_id, look, has_more_contrast
    )


async def want_held_mail(db: Connection, account_id: int, *, is_wanted: bool) -> None:
    """Whether somebody is mailed when posts wait for them to be looked at. Twice is once."""
    await db.execute("UPDATE login SET wants_held_mail = $2 WHERE account_id = $1", account_id, is_wanted)


async def set_password(db: Connection, account_id: int, password: str, *, now: datetime) -> None:
    """Set a new password and end all sessions and tokens of the account (S118); they are mailed. Raises Invalid."""
    stored = await passwords.hashed(password)
    before = await db.fetchrow(
        """
        UPDATE login
           SET password_hash = $2
          FROM (SELECT password_hash IS NOT NULL AS had_one FROM login WHERE account_id = $1 FOR UPDATE) AS before
         WHERE account_id = $1
        RETURNING email, locale, state, had_one
        """,
        account_id,
        stored,
    )
    if before is not None and before["had_one"] and before["state"] == "active":
        await mails.tell_password_changed(db, account_id, before["email"], locale=before["locale"], now=now)
    await sessions.end_all(db, account_id)
    await revoke_all(db, account_id)
    await db.execute("DELETE FROM one_time_link WHERE account_id = $1", account_id)


async def end_access(db: Connection, account_id: int) -> None:
    """End sessions and tokens of an account; its password stays."""
    await sessions.end_all(db, account_id)
    await revoke_all(db, account_id)


async def forget_passkeys(db: Connection, account_id: int) -> None:
    """Nobody signs in with a passkey of this account any more."""
    await db.execute("DELETE FROM passkey WHERE account_id = $1", account_id)
    await db.execute("DELETE FROM passkey_challenge WHERE account_id = $1", account_id)


async def shut_out(db: Connection, account_id: int) -> None:
    """End password, passkeys, sessions, tokens, links, connections: only a new one-time link lets in again (S118)."""
    await db.execute("UPDATE login SET password_hash = NULL WHERE account_id = $1", account_id)
    await db.execute("DELETE FROM identity WHERE account_id = $1", account_id)
    await forget_passkeys(db, account_id)
    await sessions.end_all(db, account_id)
    await revoke_all(db, account_id)
    await db.execute("DELETE FROM one_time_link WHERE account_id = $1", account_id)


async def end_everybodys_access(db: Connection) -> None:
    """End all sessions, tokens and links of everybody: whoever was shut out since then would be let in again (R037)."""
    await sessions.end_everybodys(db)
    await revoke_everybodys(db)
    await db.execute("DELETE FROM one_time_link")


async def make_link(
    db: Connection,
    account_id: int,
    *,
    purpose: str = "set password",
    address: str | None = None,
    now: datetime,
    expires_at: datetime,
) -> str:
    """A one-time link's token; the caller shows it once, or mails it to `address` (D78)."""
    value = tokens.new()
    await db.execute(
        """
        INSERT INTO one_time_link (token_hash, account_id, purpose, created_at, expires_at, address_key)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        tokens.digest(value),
        account_id,
        purpose,
        now,
        expires_at,
        email_key(address) if address is not None else None,
    )
    return value


async def account_of_link(db: Connection, value: str, *, now: datetime) -> int | None:
    """The account whose password a one-time link sets; None if it was used, has expired or never was."""
    return await db.fetchval(
        """
        SELECT account_id
          FROM one_time_link
         WHERE token_hash = $1 AND purpose = ANY($2::text[]) AND used_at IS NULL AND expires_at > $3
        """,
        tokens.digest(value),
        PASSWORD_LINKS,
        now,
    )


async def use_link(db: Connection, value: str, password: str, *, now: datetime) -> int:
    """Set a password by a one-time link, which is then used up. Raises Invalid (used, expired, or weak password)."""
    passwords.check_strength(password)
    account_id = await db.fetchval(
        """
        UPDATE one_time_link
           SET used_at = $2
         WHERE token_hash = $1 AND purpose = ANY($3::text[]) AND used_at IS NULL AND expires_at > $2
        RETURNING account_id
        """,
        tokens.digest(value),
        now,
        PASSWORD_LINKS,
    )
    if account_id is None:
        raise Invalid("This link was used already or has expired. Ask for a new one.")
    await forget_passkeys(db, account_id)  # whoever needs a link may have lost the account to somebody
    await set_password(db, account_id, password, now=now)
    return account_id


async def sweep_links(db: Connection, *, now: datetime) -> None:
    """Forget one-time links that ran out a day ago or earlier, with the addresses they were mailed to."""
    await db.execute("DELETE FROM one_time_link WHERE expires_at < $1", now - timedelta(days=1))
