"""Invitations that are mailed to one person (product 23; S160). Who says that they want none is not mailed again.

Whoever opens the link of such a letter has shown that the address is theirs.
"""

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from fedcomm.accounts import logins, signup, tokens
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.groups import invitations
from fedcomm.groups.invitations import LIFETIME, Invitation
from fedcomm.jobs import mail_queue
from fedcomm.text import cleaning

MOST_OPEN = 10
"""Of one member; those who look after accounts may invite more (product 23)."""
MOST_BY_STAFF = 200
LONGEST_WORDS = 500
STOPPED = "This address wants no invitations from here."


async def send(
    db: Connection,
    by: Account,
    email: str,
    *,
    group_ids: Collection[int] = (),
    words: str = "",
    lasts: timedelta = LIFETIME,
    now: datetime,
) -> Invitation:
    """Invite one person by mail; whom somebody has invited already gets the letter once more, with these groups too.

    Raises NotAllowed, Invalid.
    """
    address = signup.check_email(email)
    if await is_stopped(db, address):
        raise Invalid(STOPPED, field="emails")
    before = await _open_one(db, by.id, address, now=now)
    if before is not None:
        await invitations.withdraw(db, by, before.id, now=now)
        group_ids = list(dict.fromkeys([*before.group_ids, *group_ids]))
    elif await _open_count(db, by.id, now=now) >= await _most(db, by):
        raise Invalid("So many people have not answered yet. Withdraw an invitation first.", field="emails")
    made, _code = await invitations.make(db, by, group_ids=group_ids, most_uses=1, lasts=lasts, now=now)
    said = cleaning.paragraphs(words, LONGEST_WORDS)
    await db.execute("UPDATE invitation SET mailed_to = $2, words = $3 WHERE id = $1", made.id, address, said)
    login = await logins.of(db, by.id)
    await mail_queue.put(
        db, "invitation", address, locale=login.locale, told={"invitation": str(made.id)}, of_use=lasts, now=now
    )
    return made


async def _most(db: Connection, by: Account) -> int:
    login = await logins.of(db, by.id)
    return MOST_OPEN if login.role == "member" else MOST_BY_STAFF


async def _open_one(db: Connection, by_id: int, address: str, *, now: datetime) -> Invitation | None:
    row = await db.fetchrow(
        f"""
        SELECT {invitations.COLUMNS}
          FROM invitation
         WHERE by_id = $1 AND lower(mailed_to) = lower($2) AND withdrawn_at IS NULL AND expires_at > $3 AND uses = 0
      ORDER BY id DESC
         LIMIT 1
        """,
        by_id,
        address,
        now,
    )
    return Invitation(**row) if row else None


async def _open_count(db: Connection, by_id: int, *, now: datetime) -> int:
    return await db.fetchval(
        """
        SELECT count(*)
          FROM invitation
         WHERE by_id = $1 AND mailed_to IS NOT NULL AND withdrawn_at IS NULL AND expires_at > $2 AND uses = 0
        """,
        by_id,
        now,
    )


async def code_for_letter(
    db: Connection, invitation_id: int, address: str, *, now: datetime
) -> tuple[Invitation, str, str] | None:
    """The invitation, what its letter says besides, and a fresh code; None when nobody has use for the letter now."""
    row = await db.fetchrow(f"SELECT {invitations.COLUMNS}, words FROM invitation WHERE id = $1", invitation_id)
    if row is None or await is_stopped(db, address):
        return None
    words = row["words"]
    found = Invitation(**{name: value for name, value in row.items() if name != "words"})
    if not found.is_open(now):
        return None
    code = tokens.new()
    await db.execute(
        "INSERT INTO mailed_code (code_hash, invitation_id, address_key, created_at) VALUES ($1, $2, $3, $4)",
        tokens.digest(code),
        invitation_id,
        mail_queue.key_of(address),
        now,
    )
    return found, words, code


async def proves(db: Connection, code: str, email: str) -> bool:
    """Whether whoever has this code has read the mail of this address."""
    found: bool = await db.fetchval(
        "SELECT EXISTS (SELECT FROM mailed_code WHERE code_hash = $1 AND address_key = $2)",
        tokens.digest(code),
        mail_queue.key_of(email),
    )
    return found


async def address_of(db: Connection, code: str) -> str:
    """To whom the letter with this code went; '' when it is a link that was not mailed, or was used."""
    found: str | None = await db.fetchval(
        """
        SELECT invitation.mailed_to
          FROM mailed_code
          JOIN invitation ON invitation.id = mailed_code.invitation_id
         WHERE mailed_code.code_hash = $1
        """,
        tokens.digest(code),
    )
    return found or ""


def _digest(address: str) -> str:
    return hashlib.sha256(mail_queue.key_of(address).encode()).hexdigest()


async def stop(db: Connection, address: str, *, now: datetime) -> None:
    """Mail no more invitations to an address. Twice is once."""
    await db.execute(
        "INSERT INTO mail_stop (digest, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", _digest(address), now
    )


async def is_stopped(db: Connection, address: str) -> bool:
    """Whether somebody said that this address wants no invitations."""
    found: bool = await db.fetchval("SELECT EXISTS (SELECT FROM mail_stop WHERE digest = $1)", _digest(address))
    return found


async def forget(db: Connection, *, ended_before: datetime) -> None:
    """Nothing is kept of whom a letter invited once the invitation ended before then (D60).

    Of one that was used the code goes as long after the letter: a link that was opened twice says so until then.
    """
    await db.execute(
        """
        DELETE
          FROM mailed_code
         USING invitation
         WHERE invitation.id = mailed_code.invitation_id
           AND (LEAST(invitation.expires_at, invitation.withdrawn_at) < $1
                OR (invitation.uses > 0 AND mailed_code.created_at < $1))
        """,
        ended_before,
    )
    await db.execute(
        """
        UPDATE invitation
           SET mailed_to = NULL, words = ''
         WHERE LEAST(expires_at, withdrawn_at) < $1 AND (mailed_to IS NOT NULL OR words <> '')
        """,
        ended_before,
    )
