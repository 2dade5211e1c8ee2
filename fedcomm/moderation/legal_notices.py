"""Notices of unlawful content: by anybody, without an account, acknowledged and answered with reasons (C13).

Source: DSA Art. 16. What a notice is about becomes a report as well, where it is known here, so that it is seen and
dealt with as any report is; who sent the notice is known to those only who run the instance.
"""

import re
from datetime import datetime
from typing import Literal, get_args

import msgspec

from fedcomm import audit, ids
from fedcomm.accounts import lookup, signup
from fedcomm.accounts.model import Account
from fedcomm.cursor import GREATEST_ID, Cursor
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid, NotAllowed, NotFound
from fedcomm.here import Here
from fedcomm.jobs import mail_queue
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Complaint
from fedcomm.text import cleaning

Ground = Literal["persons", "privacy", "copyright", "fraud", "competition", "children", "other"]
GROUNDS: tuple[Ground, ...] = get_args(Ground)
Decision = Literal["removed", "restricted", "kept", "elsewhere"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)

WITHOUT_NAME: Ground = "children"
"""Who tells of the abuse of children need not say who they are (DSA Art. 16 (2) c)."""
LONGEST_URL = 2_000
LONGEST_EXPLANATION = 5_000
LONGEST_NAME = 200

_POST = re.compile(r"/(?:@[^/?#]+|p)/([0-9]{1,19})(?:[/?#].*)?")
_ACCOUNT = re.compile(r"/@([^/@?#]+)(?:@([^/?#]+))?(?:[/?#].*)?")
_COLUMNS = """
    id, url, post_id, target_id, ground, explanation, name, email, locale, created_at, decision, reasons, decided_by_id,
    decided_at
"""


class LegalNotice(msgspec.Struct, frozen=True, kw_only=True):
    """One of them. Field meanings: the migration that makes the table."""

    id: int
    url: str
    post_id: int | None
    target_id: int | None
    ground: Ground
    explanation: str
    name: str
    email: str
    locale: str
    created_at: datetime
    decision: Decision | None
    reasons: str
    decided_by_id: int | None
    decided_at: datetime | None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody fills in. `is_in_good_faith`: they say that it is right and complete, as far as they know."""

    url: str
    ground: Ground | None
    explanation: str
    name: str
    email: str
    is_in_good_faith: bool


async def file(db: Connection, here: Here, said: Said, *, site_name: str, locale: str, now: datetime) -> LegalNotice:
    """Take a notice, acknowledge it by mail, let it be looked at; the same words while it is open are one. Raises
    Invalid, Conflict.
    """
    said = _checked(here, said)
    post_id, target = await _about(db, here, said.url)
    row = await db.fetchrow(
        f"""
        INSERT INTO legal_notice (id, url, post_id, target_id, ground, explanation, name, email, email_key, locale,
                                  created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT DO NOTHING
        RETURNING {_COLUMNS}
        """,
        ids.new(now),
        said.url,
        post_id,
        target.id if target is not None else None,
        said.ground,
        said.explanation,
        said.name,
        said.email,
        mail_queue.key_of(said.email),
        locale,
        now,
    )
    if row is None:
        return await _open_one(db, said)
    found = LegalNotice(**row)
    if target is not None and target.state != "deleted":
        instance = await signup.instance_actor(db, here, name=site_name, now=now)
        comment = f"A notice of unlawful content, no. {found.id}: /admin/notices"
        about = Complaint(post_ids=[post_id] if post_id is not None else [], comment=comment, category="legal")
        await reports.receive(db, instance, target, about, uri=None, now=now)
    await _tell(db, found, "notice received", now=now)
    return found


def _checked(here: Here, said: Said) -> Said:
    """The notice as it is kept. Raises Invalid, for the first field that is wrong."""
    url = cleaning.one_line(said.url, LONGEST_URL + 1)
    if not url.startswith((f"{here.base_url}/", f"{here.media_base or here.base_url}/")) or len(url) > LONGEST_URL:
        raise Invalid("Please give the exact address of what it is about, as it stands at this instance.", field="url")
    if said.ground is None:
        raise Invalid("Please choose what is unlawful about it.", field="ground")
    explanation = cleaning.paragraphs(said.explanation, LONGEST_EXPLANATION)
    if not explanation:
        raise Invalid("Please say why it is unlawful.", field="explanation")
    name, email = cleaning.one_line(said.name, LONGEST_NAME), said.email.strip()
    if said.ground != WITHOUT_NAME or email:
        if not name:
            raise Invalid("Please give your name.", field="name")
        email = signup.check_email(email)
    if not said.is_in_good_faith:
        raise Invalid("Please say that it is right and complete, as far as you know.", field="good_faith")
    return msgspec.structs.replace(said, url=url, explanation=explanation, name=name, email=email)


async def _about(db: Connection, here: Here, url: str) -> tuple[int | None, Account | None]:
    """The post and the account that an address leads to, whoever may read them: nothing of it is told to who asks."""
    path = url.removeprefix(here.base_url)
    by_path = _POST.fullmatch(path)
    row = await db.fetchrow(
        """
        SELECT id, author_id
          FROM post
         WHERE state <> 'deleted'
           AND id IN (SELECT id FROM post WHERE uri = $1
                      UNION ALL SELECT id FROM post WHERE url = $1
                      UNION ALL SELECT $2::bigint)
         LIMIT 1
        """,
        url,
        min(int(by_path[1]), GREATEST_ID) if by_path else None,
    )
    if row is not None:
        return row["id"], await lookup.by_id(db, row["author_id"])
    named = _ACCOUNT.fullmatch(path)
    return None, await lookup.by_handle(db, named[1], named[2] or here.domain) if named else None


async def _open_one(db: Connection, said: Said) -> LegalNotice:
    row = await db.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM legal_notice
         WHERE email_key = $1 AND url = $2 AND ground = $3 AND name = $4 AND explanation = $5 AND decided_at IS NULL
        """,
        mail_queue.key_of(said.email),
        said.url,
        said.ground,
        said.name,
        said.explanation,
    )
    if row is None:  # decided in this very moment
        raise Conflict("This was just decided. Please look into your mail.")
    return LegalNotice(**row)


async def _tell(
    db: Connection, notice: LegalNotice, kind: Literal["notice received", "notice decided"], *, now: datetime
) -> None:
    """By mail, where there is an address; the letter is made from what is kept."""
    if notice.email:
        told = {"notice": str(notice.id)}
        await mail_queue.put(db, kind, notice.email, locale=notice.locale, told=told, now=now)


async def find(db: Connection, notice_id: int) -> LegalNotice | None:
    """A notice, for who was given its link, and for those who decide."""
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM legal_notice WHERE id = $1", notice_id)
    return LegalNotice(**row) if row is not None else None


async def page(db: Connection, *, is_decided: bool, cursor: Cursor) -> list[LegalNotice]:
    """Those that wait, or those that were decided, newest first."""
    order = "ASC" if cursor.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS}
          FROM legal_notice
         WHERE id < $1 AND id > $2 AND (decided_at IS NOT NULL) = $4
      ORDER BY id {order}
         LIMIT $3
        """,
        cursor.below,
        cursor.above,
        cursor.limit,
        is_decided,
    )
    return sorted((LegalNotice(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def open_count(db: Connection) -> int:
    """How many wait."""
    return await db.fetchval("SELECT count(*) FROM legal_notice WHERE decided_at IS NULL")


def decision_of(text: str) -> Decision | None:
    """What a form says was decided; None: nothing that one can decide."""
    found: dict[str, Decision] = {each: each for each in DECISIONS}
    return found.get(text)


async def decide(
    db: Connection, by: Account, notice_id: int, decision: Decision | None, reasons: str, *, now: datetime
) -> None:
    """Answer it, with reasons; what was decided about the post or its author is done as ever, and told them apart.

    Raises NotFound, Invalid, Conflict (decided already), NotAllowed (it is about oneself: the conflict rule).
    """
    present = await find(db, notice_id)
    if present is None:
        raise NotFound("There is no such notice.")
    if present.target_id == by.id:
        raise NotAllowed("It is about you: somebody else decides about it.")
    if decision is None:
        raise Invalid("Please choose what was decided.", field="decision")
    said = cleaning.paragraphs(reasons, LONGEST_EXPLANATION)
    if not said:
        raise Invalid("Please give reasons: whoever sent the notice reads them.", field="reasons")
    row = await db.fetchrow(
        f"""
        UPDATE legal_notice
           SET decision = $2, reasons = $3, decided_by_id = $4, decided_at = $5
         WHERE id = $1 AND decided_at IS NULL
        RETURNING {_COLUMNS}
        """,
        notice_id,
        decision,
        said,
        by.id,
        now,
    )
    if row is None:
        raise Conflict("This notice is decided already.")
    await audit.write(db, by.id, "decide legal notice", str(notice_id), details={"decision": decision}, now=now)
    await _tell(db, LegalNotice(**row), "notice decided", now=now)


async def forget_senders(db: Connection, *, before: datetime) -> None:
    """Who sent what was decided long ago is not known any more; what was said and decided is."""
    await db.execute(
        """
        UPDATE legal_notice SET name = '', email = '', email_key = ''
         WHERE decided_at < $1 AND (email <> '' OR name <> '')
        """,
        before,
    )
