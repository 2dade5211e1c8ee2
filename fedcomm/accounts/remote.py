"""Accounts that live on other servers, as their own documents describe them. Only what was fetched or sent by their own
origin comes here; the edge has checked that."""

from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from fedcomm import emojis, facts, ids
from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account, AccountKind
from fedcomm.database import Connection
from fedcomm.emojis import Given

TRIES = 5


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """What an actor's own document says, in our words; texts are cleaned already."""

    kind: AccountKind
    uri: str
    authority: str
    handle: str
    handle_domain: str
    url: str
    inbox_url: str
    shared_inbox_url: str | None = None
    outbox_url: str | None = None
    followers_url: str | None = None
    following_url: str | None = None
    featured_url: str | None = None
    moderators_url: str | None = None
    wall_url: str | None = None
    name: str = ""
    bio_html: str = ""
    fields: tuple[dict[str, Any], ...] = ()
    avatar_url: str | None = None
    header_url: str | None = None
    is_locked: bool = False
    is_bot: bool = False
    is_discoverable: bool = True
    is_indexable: bool = False
    is_suspended: bool = False
    moved_to_uri: str | None = None
    also_known_as: tuple[str, ...] = ()
    published_at: datetime | None = None
    emojis: tuple[Given, ...] = ()
    avatar_description: str = ""
    header_description: str = ""
    shows_media: bool = True
    shows_media_replies: bool = True
    shows_featured: bool = True
    attribution_domains: tuple[str, ...] = ()
    is_posting_restricted: bool = False
    """Of a group: nobody but who looks after it starts threads there."""


async def upsert(db: Connection, said: Described, *, now: datetime) -> Account:
    """Make or refresh the row of an account elsewhere; fifty at once make one row (R023).

    A handle that another account of that server has is taken from it only if that one's document is older: handles are
    names for people, the uri is who it is.
    """
    for attempt in range(TRIES):
        try:
            async with db.transaction():
                before = await lookup.by_uri(db, said.uri)
                await _take_handle(db, said)
                await _write(db, said, now)
                if before is not None and not before.is_local and _name(before) != _name(said):
                    await facts.record(db, facts.AccountRenamed(before.id), now=now)
            break
        except asyncpg.UniqueViolationError:
            # An id of the same millisecond, for which another one will do (D22); or somebody else is just making this
            # row, which is there the next time.
            if attempt == TRIES - 1:
                raise
    account = await lookup.by_uri(db, said.uri)
    assert account is not None
    return account


def _name(of: Account | Described) -> tuple[str, str, str]:
    """What posts that mention an account say of it."""
    return of.handle, of.handle_domain, of.url


async def _take_handle(db: Connection, said: Described) -> None:
    await db.execute(
        """
        UPDATE account
           SET handle_key = handle_key || '#' || id, version = version + 1
         WHERE handle_key = $1 AND handle_domain = $2 AND uri <> $3 AND NOT is_local
        """,
        said.handle.lower(),
        said.handle_domain,
        said.uri,
    )


_PUT = """
    INSERT INTO account AS a (id, kind, is_local, handle, handle_key, handle_domain, authority, uri, url, inbox_url,
                              shared_inbox_url, outbox_url, followers_url, following_url, featured_url,
                              moderators_url, name, bio_html, fields, avatar_url, header_url, is_locked, is_bot,
                              is_discoverable, is_indexable, state, moved_to_uri, also_known_as, created_at,
                              updated_at, fetched_at, emojis, is_suspended_at_home, avatar_description,
                              header_description, shows_media, shows_media_replies, shows_featured,
                              attribution_domains, is_posting_restricted, wall_url)
    VALUES ($1, $2, false, $3, lower($3), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
            $20, $21, $22, $23, $24, $25, $26, $27, $28, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38)
        ON CONFLICT (uri) DO UPDATE
       SET kind = excluded.kind, handle = excluded.handle, handle_key = excluded.handle_key,
           handle_domain = excluded.handle_domain, url = excluded.url, inbox_url = excluded.inbox_url,
           shared_inbox_url = excluded.shared_inbox_url, outbox_url = excluded.outbox_url,
           followers_url = excluded.followers_url, following_url = excluded.following_url,
           featured_url = excluded.featured_url, moderators_url = excluded.moderators_url, name = excluded.name,
           bio_html = excluded.bio_html, fields = excluded.fields, avatar_url = excluded.avatar_url,
           header_url = excluded.header_url, is_locked = excluded.is_locked, is_bot = excluded.is_bot,
           is_discoverable = excluded.is_discoverable, is_indexable = excluded.is_indexable,
           state = CASE WHEN excluded.is_suspended_at_home AND a.state = 'active' THEN 'suspended'
                        WHEN NOT excluded.is_suspended_at_home AND a.is_suspended_at_home
                             AND a.state = 'suspended' THEN 'active'
                        ELSE a.state END,
           is_suspended_at_home = excluded.is_suspended_at_home AND (a.is_suspended_at_home OR a.state = 'active'),
           moved_to_uri = excluded.moved_to_uri, also_known_as = excluded.also_known_as,
           updated_at = excluded.updated_at, fetched_at = excluded.fetched_at, emojis = excluded.emojis,
           avatar_description = excluded.avatar_description, header_description = excluded.header_description,
           shows_media = excluded.shows_media, shows_media_replies = excluded.shows_media_replies,
           shows_featured = excluded.shows_featured, attribution_domains = excluded.attribution_domains,
           is_posting_restricted = excluded.is_posting_restricted, wall_url = excluded.wall_url,
           version = a.version + 1
     WHERE NOT a.is_local AND a.state <> 'deleted'
"""
"""Who is new, or what changed; whoever is gone stays gone."""


async def _write(db: Connection, said: Described, now: datetime) -> None:
    created = min(said.published_at, now) if said.published_at else now
    await emojis.remember(db, said.authority, said.emojis, now=now)
    lines = [str(field.get(part, "")) for field in said.fields for part in ("name", "value_html")]
    await db.execute(
        _PUT,
        ids.new(now),
        said.kind,
        said.handle,
        said.handle_domain,
        said.authority,
        said.uri,
        said.url,
        said.inbox_url,
        said.shared_inbox_url,
        said.outbox_url,
        said.followers_url,
        said.following_url,
        said.featured_url,
        said.moderators_url,
        said.name,
        said.bio_html,
        list(said.fields),
        said.avatar_url,
        said.header_url,
        said.is_locked,
        said.is_bot,
        said.is_discoverable,
        said.is_indexable,
        "suspended" if said.is_suspended else "active",
        said.moved_to_uri,
        list(said.also_known_as),
        created,
        now,
        await emojis.used(db, said.authority, said.name, said.bio_html, *lines),
        said.is_suspended,
        said.avatar_description,
        said.header_description,
        said.shows_media,
        said.shows_media_replies,
        said.shows_featured,
        list(said.attribution_domains),
        said.is_posting_restricted,
        said.wall_url,
    )


async def want_posts(db: Connection, account_id: int, *, now: datetime) -> bool:
    """What somebody elsewhere published before is to be read, once. False: it was asked for before."""
    asked = await db.fetchval(
        """
        UPDATE account
           SET outbox_asked_at = $2
         WHERE id = $1 AND outbox_asked_at IS NULL AND NOT is_local
        RETURNING true
        """,
        account_id,
        now,
    )
    if asked:
        await facts.record(db, facts.OutboxWanted(account_id), now=now)
    return bool(asked)


async def suspend_at_home(db: Connection, account_id: int, *, is_suspended: bool, now: datetime) -> None:
    """Somebody's own server shuts them out, or lets them back; what we decided about them ourselves stays."""
    await db.execute(
        """
        UPDATE account
           SET state = CASE WHEN $2 AND state = 'active' THEN 'suspended'
                            WHEN NOT $2 AND is_suspended_at_home AND state = 'suspended' THEN 'active'
                            ELSE state END,
               is_suspended_at_home = $2 AND (is_suspended_at_home OR state = 'active'),
               version = version + 1, updated_at = $3
         WHERE id = $1 AND NOT is_local AND state <> 'deleted'
        """,
        account_id,
        is_suspended,
        now,
    )


async def forget(db: Connection, account_id: int, *, now: datetime) -> None:
    """The account was deleted where it lived: its name and texts go, the row stays as a tombstone (S108)."""
    await db.execute(
        """
        UPDATE account
           SET state = 'deleted', name = '', bio_html = '', bio_source = '', fields = '[]', emojis = '[]',
               avatar_url = NULL, header_url = NULL, avatar_description = '', header_description = '',
               attribution_domains = '{}', version = version + 1, updated_at = $2
         WHERE id = $1 AND NOT is_local
        """,
        account_id,
        now,
    )
    await db.execute("DELETE FROM account_key WHERE account_id = $1 AND NOT is_local", account_id)
