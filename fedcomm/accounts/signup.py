"""How people come to have an account here: open or approved sign-up, or made by command (decisions D19, D82)."""

import re
from collections.abc import Sequence
from datetime import datetime

import asyncpg

from fedcomm import ids
from fedcomm.accounts import handles, logins, mails, passwords, second_step
from fedcomm.accounts.lookup import by_id
from fedcomm.accounts.model import Account, AccountKind
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.here import Here
from fedcomm.jobs import mail_queue
from fedcomm.permissions import InstanceRole

LONGEST_REASON = 1000
LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[A-Za-z0-9.!#$&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?\Z")


def check_email(typed: str) -> str:
    """A mail address of an ordinary form (S125). Raises Invalid."""
    email = typed.strip()
    if len(email) > LONGEST_EMAIL or not _EMAIL.match(email) or ".." in email:
        raise Invalid("Please give a complete mail address, like name@company.example.", field="email")
    return email


async def insert_local(
    db: Connection,
    here: Here,
    *,
    kind: AccountKind,
    handle: str,
    name: str,
    state: str = "active",
    bio_html: str = "",
    bio_source: str = "",
    is_locked: bool = False,
    now: datetime,
) -> Account:
    """The account row of a person, group or application of ours. Raises Invalid if the handle is taken."""
    uri = here.account_uri(kind, handle)
    account_id = ids.new(now)
    try:
        async with db.transaction():
            await db.execute(
                """
                INSERT INTO account (id, kind, is_local, handle, handle_key, handle_domain, authority, uri, url,
                                     inbox_url, shared_inbox_url, outbox_url, followers_url, following_url,
                                     featured_url, moderators_url, name, bio_html, bio_source, is_locked, is_bot,
                                     state, created_at, updated_at)
                VALUES ($1, $2, true, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                        $19, $20, $21, $21)
                """,
                account_id,
                kind,
                handle,
                here.domain,
                here.authority,
                uri,
                here.base_url + "/about" if kind == "application" else here.account_url(handle),
                uri + "/inbox",
                here.shared_inbox_url,
                uri + "/outbox",
                uri + "/followers",
                uri + "/following",
                uri + "/featured",
                uri + "/moderators" if kind == "group" else None,
                name,
                bio_html,
                bio_source,
                is_locked,
                kind == "application",
                state,
                now,
            )
    except asyncpg.UniqueViolationError:
        raise Invalid("This handle is taken. Please choose another.", field="username") from None
    account = await by_id(db, account_id)
    assert account is not None
    return account


async def create_person(
    db: Connection,
    here: Here,
    *,
    handle: str,
    email: str,
    password: str | None,
    name: str = "",
    role: InstanceRole = "member",
    approved: bool = True,
    confirmed: bool = False,
    must_confirm: bool = False,
    reason: str = "",
    locale: str = "en",
    created_by: str = "sign-up",
    now: datetime,
) -> Account:
    """A person of ours with a way in. Not approved: the account waits for an admin (D82; S105, S126).

    `must_confirm`: it waits until the address is confirmed by the link that is mailed there, too.
    Without a password the person sets one by a one-time link. Raises Invalid.
    """
    handle = handles.normalised(handle)
    email = check_email(email)
    is_usable = approved and not must_confirm
    if len(reason) > LONGEST_REASON:
        raise Invalid("The reason may have at most %(n)s characters.", n=LONGEST_REASON, field="reason")
    stored = await passwords.hashed(password) if password is not None else None
    await handles.check_free(db, handle, here.domain)
    account = await insert_local(
        db,
        here,
        kind="person",
        handle=handle,
        name=name.strip()[:60],
        state="active" if is_usable else "pending",
        now=now,
    )
    try:
        async with db.transaction():
            await db.execute(
                """
                INSERT INTO login (account_id, email, email_key, password_hash, role, state, reason, locale, created_by,
                                   created_at, confirmed_at, must_confirm, approved_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                """,
                account.id,
                email,
                logins.email_key(email),
                stored,
                role,
                "active" if is_usable else "pending",
                reason.strip(),
                locale,
                created_by,
                now,
                now if is_usable or confirmed else None,
                must_confirm,
                now if approved else None,
            )
    except asyncpg.UniqueViolationError:
        raise Invalid("There is an account with this mail address already.", field="email") from None
    if must_confirm:
        await mails.ask_to_confirm(db, account.id, email, locale=locale, now=now)
    return account


_OF_LOGIN = ", ".join(f"l.{column.strip()}" for column in logins.COLUMNS.split(","))


class Waiting(logins.Login, frozen=True, kw_only=True):
    """A sign-up that waits for an admin."""

    handle: str
    name: str


async def waiting(db: Connection) -> list[Waiting]:
    """Sign-ups that wait for an admin, oldest first."""
    rows = await db.fetch(
        f"""
        SELECT {_OF_LOGIN}, a.handle, a.name
          FROM login l
          JOIN account a ON a.id = l.account_id
         WHERE l.state = 'pending' AND l.approved_at IS NULL
      ORDER BY l.created_at
         LIMIT 500
        """
    )
    return [Waiting(**row) for row in rows]


async def waiting_count(db: Connection) -> int:
    """How many sign-ups wait for an admin."""
    return await db.fetchval("SELECT count(*) FROM login WHERE state = 'pending' AND approved_at IS NULL")


async def approve(db: Connection, account_id: int, *, now: datetime) -> None:
    """Let somebody in who waits, once their address is confirmed too; they are mailed, once. Raises NotFound."""
    row = await db.fetchrow(
        """
        WITH before AS (
            SELECT account_id, approved_at, must_confirm AND confirmed_at IS NULL AS is_unconfirmed
              FROM login
             WHERE account_id = $1 AND state IN ('pending', 'active')
               FOR UPDATE
        )
        UPDATE login
           SET approved_at = COALESCE(login.approved_at, $2),
               confirmed_at = CASE WHEN is_unconfirmed THEN NULL ELSE COALESCE(login.confirmed_at, $2) END,
               state = CASE WHEN is_unconfirmed THEN 'pending' ELSE 'active' END
          FROM before
         WHERE login.account_id = before.account_id
        RETURNING login.state, login.email, login.locale, before.approved_at IS NULL AS is_new
        """,
        account_id,
        now,
    )
    if row is None:
        raise NotFound("There is no such sign-up.")
    if row["state"] == "active":
        await open_account(db, account_id, now=now)
    if row["is_new"]:
        await mails.tell_accepted(db, account_id, row["email"], locale=row["locale"], now=now)


async def open_account(db: Connection, account_id: int, *, now: datetime) -> None:
    """Show an account that waited; one that did not stays as it is."""
    await db.execute(
        """
        UPDATE account
           SET state = 'active', version = version + 1, updated_at = $2
         WHERE id = $1 AND state = 'pending'
        """,
        account_id,
        now,
    )


async def let_wait(db: Connection, account_ids: Sequence[int], *, now: datetime) -> None:
    """Accounts that were let in wait again, and are not shown."""
    await db.execute(
        """
        UPDATE account
           SET state = 'pending', version = version + 1, updated_at = $2
         WHERE id = ANY($1::bigint[]) AND state = 'active'
        """,
        list(account_ids),
        now,
    )


async def reject(db: Connection, account_id: int, *, reason: str = "", now: datetime) -> None:
    """Turn a waiting sign-up down: the login goes, the handle stays taken (S108); they are mailed. Raises NotFound."""
    row = await db.fetchrow(
        """
        DELETE FROM login
         WHERE account_id = $1 AND state IN ('pending', 'rejected')
        RETURNING email, locale, must_confirm AND confirmed_at IS NULL AS is_unconfirmed
        """,
        account_id,
    )
    if row is None:
        raise NotFound("There is no such sign-up.")
    await db.execute(
        "UPDATE account SET state = 'deleted', name = '', version = version + 1, updated_at = $2 WHERE id = $1",
        account_id,
        now,
    )
    await _end_ways_in(db, account_id)
    if not row["is_unconfirmed"]:  # an address that nobody confirmed may be a stranger's
        await mails.tell_refused(db, row["email"], reason, locale=row["locale"], now=now)


async def _end_ways_in(db: Connection, account_id: int) -> None:
    """Sessions, tokens, links and letters of an account that has ended."""
    await db.execute("DELETE FROM session WHERE account_id = $1", account_id)
    await db.execute("DELETE FROM oauth_token WHERE account_id = $1", account_id)
    await db.execute("DELETE FROM one_time_link WHERE account_id = $1", account_id)
    await second_step.forget(db, account_id)
    await logins.forget_passkeys(db, account_id)
    await mail_queue.forget_of(db, account_id)


async def erase(db: Connection, account_id: int, *, now: datetime) -> None:
    """End an account of ours: profile, login, sessions and tokens go; the handle stays taken (S108)."""
    await db.execute(
        """
        UPDATE account
           SET state = 'deleted', name = '', bio_html = '', bio_source = '', fields = '[]', emojis = '[]',
               avatar_url = NULL, header_url = NULL, avatar_description = '', header_description = '',
               attribution_domains = '{}', also_known_as = '{}', moved_to_uri = NULL, version = version + 1,
               updated_at = $2
         WHERE id = $1 AND is_local
        """,
        account_id,
        now,
    )
    await db.execute("DELETE FROM login WHERE account_id = $1", account_id)
    await _end_ways_in(db, account_id)


async def disable(db: Connection, account_id: int, *, now: datetime) -> None:
    """Shut somebody out: sessions and tokens end, posts stay. Raises NotFound."""
    found = await db.fetchval("UPDATE login SET state = 'disabled' WHERE account_id = $1 RETURNING true", account_id)
    if not found:
        raise NotFound("There is no such account.")
    await db.execute(
        "UPDATE account SET state = 'disabled', version = version + 1, updated_at = $2 WHERE id = $1", account_id, now
    )
    await db.execute("DELETE FROM session WHERE account_id = $1", account_id)
    await db.execute("DELETE FROM oauth_token WHERE account_id = $1", account_id)


async def set_role(db: Connection, account_id: int, role: InstanceRole) -> None:
    """Give somebody another role on the instance. Raises NotFound."""
    found = await db.fetchval("UPDATE login SET role = $2 WHERE account_id = $1 RETURNING true", account_id, role)
    if not found:
        raise NotFound("There is no such account.")


async def began_as(db: Connection) -> str | None:
    """The id of the instance itself, as it was when it first had one; None: nobody ever asked for it."""
    return await db.fetchval("SELECT uri FROM account WHERE is_local AND kind = 'application' ORDER BY id LIMIT 1")


async def instance_actor(db: Connection, here: Here, *, name: str, now: datetime) -> Account:
    """The account of the instance itself, which signs our requests to others; made at the first call (FEP-d556)."""
    row_id = await db.fetchval("SELECT id FROM account WHERE uri = $1", here.instance_actor_uri)
    if row_id is None:
        try:
            return await insert_local(
                db, here, kind="application", handle=here.domain.replace(":", "_").lower(), name=name, now=now
            )
        except Invalid:
            row_id = await db.fetchval("SELECT id FROM account WHERE uri = $1", here.instance_actor_uri)
    account = await by_id(db, row_id) if row_id is not None else None
    assert account is not None
    return account
