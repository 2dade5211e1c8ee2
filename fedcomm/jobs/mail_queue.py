"""Mail that waits to be sent: one row for each letter, written with its cause, kept for a while when it is done.

A row says what kind of letter it is, for whom, and what it tells besides; the letter itself, and the links in it, are
made when it is sent, so nothing secret rests here. A lease is `due_at` moved into the future and a token, as with
consequences (R005). Sources: product 14 (bounces), decisions D66, security case S123.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from fedcomm import ids
from fedcomm.database import Connection

Kind = Literal[
    "confirm address",
    "confirm new address",
    "address is to change",
    "reset password",
    "password changed",
    "second step changed",
    "passkeys changed",
    "sign-up accepted",
    "sign-up refused",
    "invitation",
    "statement of reasons",
    "archive ready",
    "notice received",
    "notice decided",
    "posts held",
    "account erased",
    "erasure report",
    "test",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
State = Literal["waiting", "sent", "failed", "dropped"]

OF_USE = timedelta(days=3)
"""A letter that could not be sent for so long is given up, unless its kind says otherwise."""
A_DAY_TO_ONE = 20
"""To one address; what is more is dropped, so that nobody can be flooded through us.

Reasons of decisions are counted by themselves: whoever looks after a group can write many notes to a member, and must
not thereby keep a letter for a new password from them.
"""
PACED: tuple[Kind, ...] = ("posts held",)
"""Kinds with a pace of their own: they do not use up what somebody may need, such as a letter for a new password."""
A_MINUTE_IN_ALL = 120
"""What one instance hands to its mail server; what is more waits."""
MOST_HARD, MOST_SOFT, BOUNCES_COUNT_FOR = 3, 5, timedelta(days=30)
"""Of one address, then it is mailed no more until somebody says that it works (product 14)."""

PAUSED = "this address is paused: mail to it came back"
TOO_MANY = "too many letters to this address today"

_COLUMNS = "id, kind, account_id, address, locale, told, attempts, lease_token, created_at, expires_at"


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One letter on its way, held by whoever holds `lease_token`."""

    id: int
    kind: Kind
    account_id: int | None
    address: str
    locale: str
    told: dict[str, str]
    attempts: int
    lease_token: int
    created_at: datetime
    expires_at: datetime


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One letter as those who run the instance see it: nothing of what it says."""

    id: int
    kind: str
    address: str
    state: State
    attempts: int
    last_error: str
    due_at: datetime
    created_at: datetime
    done_at: datetime | None


def key_of(address: str) -> str:
    """The form under which an address is compared."""
    return address.strip().casefold()


async def put(
    db: Connection,
    kind: Kind,
    address: str,
    *,
    account_id: int | None = None,
    locale: str,
    told: Mapping[str, str] | None = None,
    of_use: timedelta = OF_USE,
    due_at: datetime | None = None,
    now: datetime,
) -> bool:
    """Let a letter be sent, in the transaction of its cause; False when it is dropped: paused, or too many.

    `told` holds nothing secret. `due_at`: not before then.
    """
    row = await db.fetchrow(
        """
        INSERT INTO mail (id, kind, account_id, address, address_key, locale, told, state, last_error, due_at,
                          created_at, expires_at, done_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, CASE WHEN why = '' THEN 'waiting' ELSE 'dropped' END, why,
               $17::timestamptz, $8, $9,
               CASE WHEN why <> '' THEN $8::timestamptz END
          FROM (SELECT CASE
                       WHEN (SELECT count(*) FILTER (WHERE is_hard) >= $10 OR count(*) FILTER (WHERE NOT is_hard) >= $11
                               FROM mail_bounce
                              WHERE address_key = $5 AND bounced_at > $12)
                       THEN $13::text
                       WHEN $2 <> ALL($18::text[])
                        AND (SELECT count(*)
                               FROM mail
                              WHERE address_key = $5
                                AND created_at > $14
                                AND kind <> ALL($18)
                                AND (kind = 'statement of reasons') = ($2 = 'statement of reasons')) >= $15
                       THEN $16::text
                       ELSE ''
                       END AS why) AS looked
        RETURNING state
        """,
        ids.new(now),
        kind,
        account_id,
        address.strip(),
        key_of(address),
        locale,
        dict(told or {}),
        now,
        now + of_use,
        MOST_HARD,
        MOST_SOFT,
        now - BOUNCES_COUNT_FOR,
        PAUSED,
        now - timedelta(days=1),
        A_DAY_TO_ONE,
        TOO_MANY,
        due_at or now,
        list(PACED),
    )
    return row is not None and row["state"] == "waiting"


async def next_of_kind(
    db: Connection, kind: Kind, account_id: int, *, apart: timedelta, now: datetime
) -> datetime | None:
    """When a further letter of a kind may leave to somebody; None when one waits that nobody has begun to write.

    Whoever asks holds the row of their login, so that two do not ask at once.
    """
    row = await db.fetchrow(
        """
        SELECT COALESCE(bool_or(state = 'waiting' AND lease_token IS NULL), false) AS waits,
               max(COALESCE(tried_at, created_at)) FILTER (WHERE state <> 'dropped') AS last_at
          FROM mail
         WHERE account_id = $1 AND kind = $2
        """,
        account_id,
        kind,
    )
    if row is None or row["last_at"] is None:
        return now
    return None if row["waits"] else max(now, row["last_at"] + apart)


async def is_followed(db: Connection, mail: Mail) -> bool:
    """Whether a later letter of the same kind waits for the same person, which then tells what this one would."""
    return await db.fetchval(
        "SELECT EXISTS (SELECT FROM mail WHERE account_id = $1 AND kind = $2 AND state = 'waiting' AND id > $3)",
        mail.account_id,
        mail.kind,
        mail.id,
    )


async def claim(db: Connection, *, now: datetime, lease: timedelta, most: int) -> list[Mail]:
    """Take what is due, oldest first, no more than the instance may send in a minute. The try is counted before it."""
    rows = await db.fetch(
        f"""
        WITH chosen AS (
            SELECT id
              FROM mail
             WHERE state = 'waiting' AND due_at <= $1
          ORDER BY due_at
             LIMIT least($2, greatest(0, $3 - (SELECT count(*) FROM mail WHERE tried_at > $4)))
               FOR UPDATE SKIP LOCKED
        )
        UPDATE mail
           SET attempts = attempts + 1, lease_token = $5, due_at = $1 + $6::interval, tried_at = $1
         WHERE id IN (SELECT id FROM chosen)
        RETURNING {_COLUMNS}
        """,
        now,
        most,
        A_MINUTE_IN_ALL,
        now - timedelta(minutes=1),
        ids.new(now),
        lease,
    )
    return [msgspec.convert(dict(row), Mail) for row in rows]


async def finish(
    db: Connection, mail: Mail, state: Literal["sent", "failed", "dropped"], answer: str, *, now: datetime
) -> bool:
    """It was handed over, or is given up; what it told besides is forgotten. False when another worker holds it."""
    found = await db.fetchval(
        """
        UPDATE mail
           SET state = $3::text, done_at = $4, last_error = $5, lease_token = NULL,
               told = CASE WHEN $3::text = 'failed' THEN told ELSE '{}' END
         WHERE id = $1 AND lease_token = $2
        RETURNING true
        """,
        mail.id,
        mail.lease_token,
        state,
        now,
        answer[:300],
    )
    return bool(found)


async def again(db: Connection, mail: Mail, answer: str, *, due_at: datetime) -> None:
    """It was not handed over: try again then."""
    await db.execute(
        "UPDATE mail SET lease_token = NULL, due_at = $3, last_error = $4 WHERE id = $1 AND lease_token = $2",
        mail.id,
        mail.lease_token,
        due_at,
        answer[:300],
    )


async def hand_back(db: Connection, mail: Mail, *, now: datetime) -> None:
    """We stop before it was sent: somebody else may at once, and the try does not count (R034)."""
    await db.execute(
        """
        UPDATE mail
           SET lease_token = NULL, due_at = $3, attempts = attempts - 1
         WHERE id = $1 AND lease_token = $2
        """,
        mail.id,
        mail.lease_token,
        now,
    )


async def bounced(db: Connection, mail: Mail, *, is_hard: bool, now: datetime) -> None:
    """An address did not take a letter: counted once for each letter."""
    await db.execute(
        """
        INSERT INTO mail_bounce (id, mail_id, address_key, is_hard, bounced_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (mail_id) DO NOTHING
        """,
        ids.new(now),
        mail.id,
        key_of(mail.address),
        is_hard,
        now,
    )


async def came_back_later(db: Connection, mail_id: int, *, is_hard: bool, answer: str, now: datetime) -> bool:
    """A letter that was taken came back after all: counted once, as if it had been refused at once.

    False: no such letter was sent from here lately.
    """
    row = await db.fetchrow(
        """
        UPDATE mail
           SET last_error = $2
         WHERE id = $1 AND state IN ('sent', 'failed')
        RETURNING address_key
        """,
        mail_id,
        answer[:300],
    )
    if row is None:
        return False
    await db.execute(
        """
        INSERT INTO mail_bounce (id, mail_id, address_key, is_hard, bounced_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (mail_id) DO NOTHING
        """,
        ids.new(now),
        mail_id,
        row["address_key"],
        is_hard,
        now,
    )
    return True


async def is_paused(db: Connection, address: str, *, now: datetime) -> bool:
    """Whether nothing is mailed to an address any more because mail to it came back."""
    found: bool = await db.fetchval(
        """
        SELECT count(*) FILTER (WHERE is_hard) >= $2 OR count(*) FILTER (WHERE NOT is_hard) >= $3
          FROM mail_bounce
         WHERE address_key = $1 AND bounced_at > $4
        """,
        key_of(address),
        MOST_HARD,
        MOST_SOFT,
        now - BOUNCES_COUNT_FOR,
    )
    return found


class CameBack(msgspec.Struct, frozen=True, kw_only=True):
    """An address that did not take letters lately. `is_paused`: so many that nothing is sent there any more."""

    address: str
    hard: int
    soft: int
    last_at: datetime
    is_paused: bool
    answer: str
    """Of the mail server, to the last of them that is still kept."""


async def came_back(db: Connection, *, now: datetime, limit: int = 200) -> list[CameBack]:
    """Addresses from which mail came back, those first that are mailed no more."""
    rows = await db.fetch(
        """
        SELECT bounced.*, COALESCE((SELECT last_error FROM mail WHERE mail.id = bounced.mail_id), '') AS answer
          FROM (SELECT address_key AS address, count(*) FILTER (WHERE is_hard) AS hard,
                       count(*) FILTER (WHERE NOT is_hard) AS soft, max(bounced_at) AS last_at, max(mail_id) AS mail_id,
                       count(*) FILTER (WHERE is_hard) >= $1 OR count(*) FILTER (WHERE NOT is_hard) >= $2 AS is_paused
                  FROM mail_bounce
                 WHERE bounced_at > $3
              GROUP BY address_key) bounced
      ORDER BY bounced.is_paused DESC, bounced.last_at DESC
         LIMIT $4
        """,
        MOST_HARD,
        MOST_SOFT,
        now - BOUNCES_COUNT_FOR,
        limit,
    )
    return [CameBack(**{name: row[name] for name in CameBack.__struct_fields__}) for row in rows]


async def trust_again(db: Connection, address: str) -> None:
    """An address works again, as somebody says: what came back counts no longer."""
    await db.execute("DELETE FROM mail_bounce WHERE address_key = $1", key_of(address))


async def listed(db: Connection, states: Sequence[State], *, limit: int = 100) -> list[Shown]:
    """The letters in these states, the latest first."""
    rows = await db.fetch(
        """
        SELECT id, kind, address, state, attempts, last_error, due_at, created_at, done_at
          FROM mail
         WHERE state = ANY($1::text[])
      ORDER BY id DESC
         LIMIT $2
        """,
        list(states),
        limit,
    )
    return [Shown(**row) for row in rows]


async def retry(db: Connection, mail_ids: Sequence[int] | None = None, *, now: datetime) -> int:
    """Try once more what failed and is still of use: all of it, or these; returns how many."""
    rows = await db.fetch(
        """
        UPDATE mail
           SET state = 'waiting', done_at = NULL, attempts = 0, due_at = $2, expires_at = $2::timestamptz + $3::interval
         WHERE state = 'failed' AND ($1::bigint[] IS NULL OR id = ANY($1))
        RETURNING 1
        """,
        mail_ids,
        now,
        OF_USE,
    )
    return len(rows)


async def drop(db: Connection, mail_ids: Sequence[int] | None = None) -> int:
    """Let go of what failed: all of it, or these; returns how many."""
    rows = await db.fetch(
        "DELETE FROM mail WHERE state = 'failed' AND ($1::bigint[] IS NULL OR id = ANY($1)) RETURNING 1", mail_ids
    )
    return len(rows)


async def give_up_waiting(db: Connection, why: str, *, now: datetime) -> int:
    """Send nothing of what waits; it is kept among what failed, from where it can be tried again. Returns how much."""
    rows = await db.fetch(
        "UPDATE mail SET state = 'failed', done_at = $2, last_error = $1 WHERE state = 'waiting' RETURNING 1", why, now
    )
    return len(rows)


async def forget_of(db: Connection, account_id: int) -> None:
    """Nothing is mailed to an account that has ended, and no address of it is kept."""
    await db.execute("DELETE FROM mail WHERE account_id = $1", account_id)


async def forget(db: Connection, *, done_before: datetime, failed_before: datetime, bounced_before: datetime) -> None:
    """Remove what is done, or has failed, for long enough, and bounces that count no longer."""
    await db.execute("DELETE FROM mail WHERE state IN ('sent', 'dropped') AND done_at < $1", done_before)
    await db.execute("DELETE FROM mail WHERE state = 'failed' AND done_at < $1", failed_before)
    await db.execute("DELETE FROM mail_bounce WHERE bounced_at < $1", bounced_before)
