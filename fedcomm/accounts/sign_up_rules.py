"""From where, and with which mail addresses, one may sign up.

Source: Mastodon API documentation, methods/admin/ip_blocks, email_domain_blocks, canonical_email_blocks.

Barred addresses are kept as digests only: nobody can read from them whose they are.
"""

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, get_args

import msgspec

from fedcomm import audit, ids
from fedcomm.accounts import signup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, one
from fedcomm.errors import Invalid, NotFound
from fedcomm.text import cleaning

Severity = Literal["sign_up_requires_approval", "sign_up_block"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
LONGEST_COMMENT = 1_000
LONGEST_RULE = timedelta(days=3_650)

_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of a list, between two ids; upwards: next to the lower one."""

    below: int
    above: int
    is_upwards: bool
    limit: int


class AddressRule(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for sign-ups from a network."""

    id: int
    network: str
    severity: Severity
    comment: str
    created_at: datetime
    expires_at: datetime | None


class BarredDomain(msgspec.Struct, frozen=True, kw_only=True):
    """A provider of mail addresses that are not taken."""

    id: int
    domain: str
    created_at: datetime


class BarredMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail address that is not taken."""

    id: int
    digest: str


def digest(email: str) -> str:
    """A mail address as it is compared: without case, dots and what follows a plus, as providers ignore these."""
    name, _, domain = signup.check_email(email).casefold().rpartition("@")
    plain = name.partition("+")[0].replace(".", "")
    return hashlib.sha256(f"{plain}@{domain}".encode()).hexdigest()


async def check(db: Connection, *, address: str, email: str, now: datetime) -> bool:
    """Whether somebody may sign up without being looked at first. Raises Invalid (they may not at all)."""
    domain = signup.check_email(email).casefold().rpartition("@")[2]
    labels = domain.split(".")
    parents = [".".join(labels[at:]) for at in range(len(labels))]
    row = await one(
        db,
        """
        SELECT EXISTS (SELECT FROM barred_mail_domain WHERE domain = ANY($1::text[]))
               OR EXISTS (SELECT FROM barred_mail WHERE digest = $2) AS is_barred,
               ARRAY(SELECT severity
                       FROM address_rule
                      WHERE $3::inet <<= network AND (expires_at IS NULL OR expires_at > $4)) AS severities
        """,
        parents,
        digest(email),
        _address(address),
        now,
    )
    if row["is_barred"]:
        raise Invalid("Accounts with this mail address are not taken here.", field="email")
    if "sign_up_block" in row["severities"]:
        raise Invalid("Nobody can sign up from where you are. Please ask those who run this place.")
    return not row["severities"]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


async def address_rules(db: Connection, *, page: Page) -> list[AddressRule]:
    """A page of the rules for networks, newest first."""
    order = "ASC" if page.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT id, network::text, severity, comment, created_at, expires_at
          FROM address_rule
         WHERE id < $1 AND id > $2
      ORDER BY id {order}
         LIMIT $3
        """,
        page.below,
        page.above,
        page.limit,
    )
    return sorted((AddressRule(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def address_rule(db: Connection, rule_id: int) -> AddressRule:
    """One of them. Raises NotFound."""
    row = await db.fetchrow(
        """
        SELECT id, network::text, severity, comment, created_at, expires_at
          FROM address_rule
         WHERE id = $1
        """,
        rule_id,
    )
    if row is None:
        raise NotFound
    return AddressRule(**row)


async def put_address_rule(
    db: Connection,
    by: Account,
    rule_id: int | None,
    *,
    network: str | None,
    severity: Severity | None,
    comment: str | None,
    lasts: timedelta | None,
    now: datetime,
) -> AddressRule:
    """Make a rule for a network, or change one. `lasts` zero: without end. Raises Invalid, NotFound."""
    before = await address_rule(db, rule_id) if rule_id is not None else None
    wanted = _network(network) if network is not None else None
    if before is None and (wanted is None or severity is None):
        raise Invalid("Please say which network, and what holds for it.", field="ip")
    expires_at = before.expires_at if before is not None else None
    if lasts is not None:
        expires_at = now + min(lasts, LONGEST_RULE) if lasts else None
    taken = await db.fetchval(
        "SELECT true FROM address_rule WHERE network = $1::cidr AND id IS DISTINCT FROM $2::bigint", wanted, rule_id
    )
    if taken:
        raise Invalid("There is a rule for this network already.", field="ip")
    row = await one(
        db,
        """
        INSERT INTO address_rule AS rule (id, network, severity, comment, created_at, expires_at)
        VALUES ($1, COALESCE($2::cidr, '0.0.0.0/32'), COALESCE($3, 'sign_up_block'), COALESCE($4, ''), $5, $6)
            ON CONFLICT (id) DO UPDATE
           SET network = COALESCE($2::cidr, rule.network), severity = COALESCE($3, rule.severity),
               comment = COALESCE($4, rule.comment), expires_at = $6
        RETURNING id, network::text, severity, comment, created_at, expires_at
        """,
        rule_id or ids.new(now),
        wanted,
        severity,
        cleaning.paragraphs(comment, LONGEST_COMMENT) if comment is not None else None,
        now,
        expires_at,
    )
    # The log holds no addresses: the rule says which.
    await audit.write(db, by.id, "rule for sign-ups from a network", row["severity"], now=now)
    return AddressRule(**row)


async def drop_address_rule(db: Connection, by: Account, rule_id: int, *, now: datetime) -> None:
    """Take a rule for a network back. Raises NotFound."""
    await address_rule(db, rule_id)
    await db.execute("DELETE FROM address_rule WHERE id = $1", rule_id)
    await audit.write(db, by.id, "no rule for sign-ups from a network", "", now=now)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise Invalid("This is neither an address nor a network.", field="ip") from None


async def domains(db: Connection, *, page: Page) -> list[BarredDomain]:
    """A page of the providers whose addresses are not taken, newest first."""
    order = "ASC" if page.is_upwards else "DESC"
    rows = await db.fetch(
        f"""
        SELECT id, domain, created_at
          FROM barred_mail_domain
         WHERE id < $1 AND id > $2
      ORDER BY id {order}
         LIMIT $3
        """,
        page.below,
        page.above,
        page.limit,
    )
    return sorted((BarredDomain(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def domain(db: Connection, domain_id: int) -> BarredDomain:
    """One of them. Raises NotFound."""
    row = await db.fetchrow("SELECT id, domain, created_at FROM barred_mail_domain WHERE id = $1", domain_id)
    if row is None:
        raise NotFound
    return BarredDomain(**row)


async def bar_domain(db: Connection, by: Account, name: str, *, now: datetime) -> BarredDomain:
    """Take no addresses of a provider any more, nor of those below it. Twice is once. Raises Invalid."""
    plain = name.strip().removeprefix("@").casefold()
    if len(plain) > signup.LONGEST_EMAIL or _DOMAIN.fullmatch(plain) is None:
        raise Invalid("This is not the name of a mail provider.", field="domain")
    row = await one(
        db,
        """
        INSERT INTO barred_mail_domain (id, domain, created_at)
        VALUES ($1, $2, $3)
            ON CONFLICT (domain) DO UPDATE
           SET domain = excluded.domain
        RETURNING id, domain, created_at
        """,
        ids.new(now),
        plain,
        now,
    )
    await audit.write(db, by.id, "bar mail provider", plain, now=now)
    return BarredDomain(**row)


async def admit_domain(db: Connection, by: Account, domain_id: int, *, now: datetime) -> BarredDomain:
    """Take addresses of a provider again. Raises NotFound."""
    found = await domain(db, domain_id)
    await db.execute("DELETE FROM barred_mail_domain WHERE id = $1", found.id)
    await audit.write(db, by.id, "admit mail provider", found.domain, now=now)
    return found


async def mails(db: Connection, *, page: Page) -> list[BarredMail]:
    """A page of the addresses that are not taken, newest first."""
    order = "ASC" if page.is_upwards else "DESC"
    rows = await db.fetch(
        f"SELECT id, digest FROM barred_mail WHERE id < $1 AND id > $2 ORDER BY id {order} LIMIT $3",
        page.below,
        page.above,
        page.limit,
    )
    return sorted((BarredMail(**row) for row in rows), key=lambda each: each.id, reverse=True)


async def mail(db: Connection, mail_id: int) -> BarredMail:
    """One of them. Raises NotFound."""
    row = await db.fetchrow("SELECT id, digest FROM barred_mail WHERE id = $1", mail_id)
    if row is None:
        raise NotFound
    return BarredMail(**row)


async def matching(db: Connection, email: str) -> Sequence[BarredMail]:
    """Which of them an address would meet. Raises Invalid."""
    rows = await db.fetch("SELECT id, digest FROM barred_mail WHERE digest = $1", digest(email))
    return [BarredMail(**row) for row in rows]


async def bar_mail(db: Connection, by: Account, *, email: str | None, given: str | None, now: datetime) -> BarredMail:
    """Take an address no more, named itself or by its digest. Twice is once. Raises Invalid."""
    wanted = digest(email) if email else (given or "").strip().lower()
    if _DIGEST.fullmatch(wanted) is None:
        raise Invalid("Please give a complete mail address, or its SHA-256.", field="email")
    row = await one(
        db,
        """
        INSERT INTO barred_mail (id, digest, created_at)
        VALUES ($1, $2, $3)
            ON CONFLICT (digest) DO UPDATE
           SET digest = excluded.digest
        RETURNING id, digest
        """,
        ids.new(now),
        wanted,
        now,
    )
    await audit.write(db, by.id, "bar mail address", "", now=now)
    return BarredMail(**row)


async def admit_mail(db: Connection, by: Account, mail_id: int, *, now: datetime) -> BarredMail:
    """Take an address again. Raises NotFound."""
    found = await mail(db, mail_id)
    await db.execute("DELETE FROM barred_mail WHERE id = $1", found.id)
    await audit.write(db, by.id, "admit mail address", "", now=now)
    return found
