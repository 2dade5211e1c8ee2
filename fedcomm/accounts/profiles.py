"""What people of ours say about themselves, and how their apps post for them."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from fedcomm import emojis, facts
from fedcomm.accounts import lookup
from fedcomm.accounts.model import COLUMNS, Account
from fedcomm.database import Connection, one
from fedcomm.errors import Invalid
from fedcomm.here import Here
from fedcomm.text import cleaning, languages, limits, markdown, sanitise

_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])?")
LONGEST_DOMAIN = 253
FIELD_NAME = 255
FIELD_VALUE = 255
AUDIENCES = ("public", "unlisted", "followers", "direct")


class Field(msgspec.Struct, frozen=True):
    """One line of a profile, such as "Web page"."""

    name: str = ""
    value: str = ""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody changes about their account; None stays as it is."""

    name: str | None = None
    bio: str | None = None
    fields: Sequence[Field] | None = None
    is_locked: bool | None = None
    is_bot: bool | None = None
    is_discoverable: bool | None = None
    is_indexable: bool | None = None
    avatar: str | None = None
    """Name of a picture in the store, empty for the generated one; the header's too."""
    header: str | None = None
    avatar_description: str | None = None
    header_description: str | None = None
    hides_follows: bool | None = None
    shows_media: bool | None = None
    shows_media_replies: bool | None = None
    shows_featured: bool | None = None
    attribution_domains: Sequence[str] | None = None


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """How apps post for somebody; None stays as it is, an empty language means the instance's."""

    audience: str | None = None
    is_sensitive: bool | None = None
    language: str | None = None
    quote_policy: Literal["public", "followers", "nobody"] | None = None


async def edit(db: Connection, here: Here, account: Account, changes: Changes, *, now: datetime) -> Account:
    """Change one's own profile; followers elsewhere are told. Raises Invalid."""
    _check(changes)
    row = await one(
        db,
        f"""
        UPDATE account
           SET name = COALESCE($2, name), bio_source = COALESCE($3, bio_source), bio_html = COALESCE($4, bio_html),
               fields = COALESCE($5, fields), is_locked = COALESCE($6, is_locked), is_bot = COALESCE($7, is_bot),
               is_discoverable = COALESCE($8, is_discoverable), is_indexable = COALESCE($9, is_indexable),
               avatar_url = NULLIF(COALESCE($11, avatar_url), ''),
               header_url = NULLIF(COALESCE($12, header_url), ''),
               avatar_description = COALESCE($13, avatar_description),
               header_description = COALESCE($14, header_description),
               hides_follows = COALESCE($15, hides_follows), shows_media = COALESCE($16, shows_media),
               shows_media_replies = COALESCE($17, shows_media_replies),
               shows_featured = COALESCE($18, shows_featured),
               attribution_domains = COALESCE($19, attribution_domains),
               version = version + 1, updated_at = $10
         WHERE id = $1
        RETURNING {COLUMNS}
        """,
        account.id,
        cleaning.one_line(changes.name, limits.NAME) if changes.name is not None else None,
        changes.bio.strip() if changes.bio is not None else None,
        await _bio(db, here, changes.bio) if changes.bio is not None else None,
        [_field(here, field) for field in changes.fields if field.name.strip() or field.value.strip()]
        if changes.fields is not None
        else None,
        changes.is_locked,
        changes.is_bot,
        changes.is_discoverable,
        changes.is_indexable,
        now,
        changes.avatar,
        changes.header,
        _described(changes.avatar_description),
        _described(changes.header_description),
        changes.hides_follows,
        changes.shows_media,
        changes.shows_media_replies,
        changes.shows_featured,
        _domains(changes.attribution_domains) if changes.attribution_domains is not None else None,
    )
    changed = await _with_emojis(db, Account(**row))
    await facts.record(db, facts.AccountChanged(account.id), now=now)
    return changed


async def describe(
    db: Connection,
    account_id: int,
    *,
    name: str | None,
    bio_html: str,
    bio_source: str,
    is_locked: bool,
    fields: list[dict[str, Any]] | None = None,
    now: datetime,
) -> None:
    """An account of ours is described by what it stands for, a group by its settings; followers elsewhere are told.

    Texts are checked already. No `name`, no `fields`: it keeps its own.
    """
    row = await one(
        db,
        f"""
        UPDATE account
           SET name = COALESCE($2, name), bio_html = $3, bio_source = $4, is_locked = $5, version = version + 1,
               updated_at = $6, fields = COALESCE($7, fields)
         WHERE id = $1
        RETURNING {COLUMNS}
        """,
        account_id,
        name,
        bio_html,
        bio_source,
        is_locked,
        now,
        fields,
    )
    await _with_emojis(db, Account(**row))
    await facts.record(db, facts.AccountChanged(account_id), now=now)


async def set_fields(db: Connection, account_id: int, fields: list[dict[str, Any]], *, now: datetime) -> None:
    """The lines of an account that was just made; nobody is told of it yet."""
    await db.execute("UPDATE account SET fields = $2, updated_at = $3 WHERE id = $1", account_id, fields, now)


async def _with_emojis(db: Connection, account: Account) -> Account:
    """The account with the custom emoji that its name, text and lines use now."""
    lines = [str(field.get(part, "")) for field in account.fields for part in ("name", "value_html")]
    used = await emojis.used(db, emojis.OURS, account.name, account.bio_html, *lines)
    if used == account.emojis:
        return account
    await db.execute("UPDATE account SET emojis = $2 WHERE id = $1", account.id, used)
    return msgspec.structs.replace(account, emojis=used)


async def drop_emoji(db: Connection, emoji_id: int) -> None:
    """An emoji is gone or has another name: profiles that used it show its shortcode."""
    await db.execute(f"UPDATE account SET {emojis.LEFT_OUT} WHERE {emojis.USED}", emoji_id)


async def set_defaults(db: Connection, account_id: int, defaults: Defaults) -> None:
    """Change how apps post for somebody. Raises Invalid."""
    if defaults.audience is not None and defaults.audience not in AUDIENCES:
        raise Invalid("This visibility does not exist. Choose public, unlisted, private or direct.", field="privacy")
    language = languages.checked(defaults.language)
    if defaults.language and language is None:
        raise Invalid("This language is not known.", field="language")
    await db.execute(
        """
        UPDATE login
           SET default_audience = COALESCE($2, default_audience),
               default_sensitive = COALESCE($3, default_sensitive),
               default_language = CASE WHEN $4 THEN $5 ELSE default_language END,
               default_quote_policy = COALESCE($6, default_quote_policy)
         WHERE account_id = $1
        """,
        account_id,
        defaults.audience,
        defaults.is_sensitive,
        defaults.language is not None,
        language,
        defaults.quote_policy,
    )


def _check(changes: Changes) -> None:
    if changes.name is not None and len(changes.name.strip()) > limits.NAME:
        raise Invalid("A name may have at most %(n)s characters.", n=limits.NAME, field="display_name")
    if changes.bio is not None and len(changes.bio.strip()) > limits.BIO:
        raise Invalid("The text about you may have at most %(n)s characters.", n=limits.BIO, field="note")
    fields = changes.fields or ()
    if len([field for field in fields if field.name.strip() or field.value.strip()]) > limits.PROFILE_FIELDS:
        raise Invalid("A profile has at most %(n)s lines.", n=limits.PROFILE_FIELDS, field="fields_attributes")
    if any(len(field.name) > FIELD_NAME or len(field.value) > FIELD_VALUE for field in fields):
        raise Invalid(
            "A line of a profile may have at most %(n)s characters.", n=FIELD_VALUE, field="fields_attributes"
        )
    for field in ("avatar_description", "header_description"):
        if len((getattr(changes, field) or "").strip()) > limits.PICTURE_OF_PROFILE:
            raise Invalid(
                "What is said about a picture may have at most %(n)s characters.",
                n=limits.PICTURE_OF_PROFILE,
                field=field,
            )


def _described(text: str | None) -> str | None:
    return cleaning.one_line(text, limits.PICTURE_OF_PROFILE) if text is not None else None


def _domains(given: Sequence[str]) -> list[str]:
    """Names of sites, as people copy them: with scheme, path or a star before them. Raises Invalid."""
    bare = [each.strip().partition("://")[2] or each.strip() for each in given if each.strip()]
    wanted = list(dict.fromkeys(each.partition("/")[0].removeprefix("*.").lower() for each in bare))
    for name in wanted:
        if len(name) > LONGEST_DOMAIN or _DOMAIN.fullmatch(name) is None:
            raise Invalid(
                "%(name)s is not the name of a site.", name=name[:LONGEST_DOMAIN], field="attribution_domains"
            )
    if len(wanted) > limits.ATTRIBUTION_DOMAINS:
        raise Invalid("You can name %(n)s sites at most.", n=limits.ATTRIBUTION_DOMAINS, field="attribution_domains")
    return wanted


async def _bio(db: Connection, here: Here, source: str) -> str:
    """The text about somebody as HTML; whom it names, as far as they are known here, becomes a link."""
    ports = ":" in here.domain
    named = markdown.names(source, ports=ports).mentions
    wanted = {each.handle: (each.name.lower(), (each.host or here.domain).lower()) for each in named}
    known = await lookup.by_handles(db, wanted.values())
    return sanitise.clean_bio(
        markdown.render(
            cleaning.storable(source).strip(),
            mentioned={
                handle: markdown.Mentioned(known[key].url, known[key].handle)
                for handle, key in wanted.items()
                if key in known
            },
            tag_url=lambda tag: f"{here.base_url}/tags/{quote(tag, safe='')}",
            home=here.base_url,
            ports=ports,
        ),
        home=here.base_url,
    )


def _field(here: Here, field: Field) -> dict[str, str]:
    value = cleaning.one_line(field.value, FIELD_VALUE)
    html = markdown.render(value, mentioned={}, tag_url=lambda _: here.base_url, home=here.base_url)
    return {
        "name": cleaning.one_line(field.name, FIELD_NAME),
        "value": value,
        "value_html": sanitise.clean_field(html, home=here.base_url),
    }
