"""OAuth 2 for client apps: applications, authorisation codes and bearer tokens (decisions D26, D27).

Source: RFC 6749, RFC 7636 (PKCE), RFC 7009 (revocation); Mastodon API documentation, methods/oauth; S113-S116.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from fedcomm import ids
from fedcomm.accounts import scopes as scope_names
from fedcomm.accounts import tokens
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.errors import Invalid

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
CODE_LIFETIME = timedelta(minutes=10)
LONGEST_NAME = 60
LONGEST_URI = 2000


class Refused(Exception):
    """The token endpoint says no; `code` is the error code of RFC 6749 section 5.2."""

    def __init__(self, code: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.status = status


class App(msgspec.Struct, frozen=True, kw_only=True):
    """A client application."""

    id: int
    client_id: str
    name: str
    website: str | None
    redirect_uris: list[str]
    scopes: list[str]
    created_at: datetime


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a bearer token stands for; `account_id` is None for the app itself.

    `person_id`: who acts, when the account is a group; None for people's own tokens.
    """

    id: int
    app_id: int
    account_id: int | None
    scopes: list[str]
    created_at: datetime
    person_id: int | None = None
    last_used_at: datetime | None = None


class Granted(NamedTuple):
    """What somebody let an app do, since when, and when it was last used, to within an hour."""

    since: datetime
    scopes: list[str]
    last_used_at: datetime | None


APP_COLUMNS = "id, client_id, name, website, redirect_uris, scopes, created_at"


def check_redirect_uri(uri: str) -> str:
    """A redirect URI as an app may register it: out of band, https, http or a scheme of its own. Raises Invalid."""
    if uri == OUT_OF_BAND:
        return uri
    try:
        parts = urlsplit(uri)
        bad = not parts.scheme or parts.fragment or "@" in parts.netloc or len(uri) > LONGEST_URI
    except ValueError:
        bad = True
        parts = urlsplit("")
    if bad or any(ord(c) <= 32 or ord(c) == 127 for c in uri):
        raise Invalid("Redirect URI must be an absolute URI.", field="redirect_uris")
    if parts.scheme.lower() in ("javascript", "data", "vbscript", "file", "mailto", "about", "blob"):
        raise Invalid("Redirect URI is forbidden by the server.", field="redirect_uris")
    if parts.scheme.lower() in ("http", "https") and not parts.netloc:
        raise Invalid("Redirect URI must be an absolute URI.", field="redirect_uris")
    return uri


async def register(
    db: Connection,
    *,
    name: str,
    redirect_uris: list[str],
    scopes: tuple[str, ...],
    website: str | None = None,
    client_id: str | None = None,
    secret: str | None = None,
    now: datetime,
) -> tuple[App, str]:
    """Register an application; returns it with its secret, which is not stored. Raises Invalid."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(f"The application needs a name of at most {LONGEST_NAME} characters.", field="client_name")
    if not redirect_uris or len(redirect_uris) > 20:
        raise Invalid("The application needs a redirect URI.", field="redirect_uris")
    if website is not None and urlsplit(website).scheme not in ("http", "https"):
        raise Invalid("The website must be an http or https address.", field="website")
    secret = secret or tokens.new()
    row = await db.fetchrow(
        f"""
        INSERT INTO oauth_app (id, client_id, secret_hash, name, website, redirect_uris, scopes, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING {APP_COLUMNS}
        """,
        ids.new(now),
        client_id or tokens.new(),
        tokens.digest(secret),
        name,
        website,
        [check_redirect_uri(uri) for uri in redirect_uris],
        list(scopes),
        now,
    )
    assert row is not None
    return App(**row), secret


async def app_by_client_id(db: Connection, client_id: str) -> App | None:
    """The application of a client id."""
    row = await db.fetchrow(f"SELECT {APP_COLUMNS} FROM oauth_app WHERE client_id = $1", client_id)
    return App(**row) if row else None


async def app_by_id(db: Connection, app_id: int) -> App | None:
    """The application of an id."""
    row = await db.fetchrow(f"SELECT {APP_COLUMNS} FROM oauth_app WHERE id = $1", app_id)
    return App(**row) if row else None


async def authenticate_app(db: Connection, client_id: str, secret: str) -> App:
    """The application that knows its secret. Raises Refused (invalid_client)."""
    row = await db.fetchrow(
        f"SELECT {APP_COLUMNS}, secret_hash FROM oauth_app WHERE client_id = $1",
        client_id,
    )
    stored = row["secret_hash"] if row else b"\0" * 32
    right = hmac.compare_digest(stored, tokens.digest(secret))
    if row is None or not right:
        raise Refused(
            "invalid_client",
            "Client authentication failed due to unknown client, no client authentication included, or unsupported"
            " authentication method.",
            status=401,
        )
    fields = dict(row)
    del fields["secret_hash"]
    return App(**fields)


async def make_code(
    db: Connection,
    app: App,
    account_id: int,
    *,
    redirect_uri: str,
    scopes: tuple[str, ...],
    challenge: str | None,
    challenge_method: str | None,
    group_id: int | None = None,
    now: datetime,
) -> str:
    """An authorisation code: ten minutes, once, bound to app, redirect URI and challenge.

    `group_id`: the group as which the app will act; who gives the code has asked `groups.acting`.
    """
    value = tokens.new()
    await db.execute(
        """
        INSERT INTO oauth_code (code_hash, app_id, account_id, redirect_uri, scopes, challenge, challenge_method,
                                created_at, expires_at, group_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """,
        tokens.digest(value),
        app.id,
        account_id,
        redirect_uri,
        list(scopes),
        challenge,
        challenge_method,
        now,
        now + CODE_LIFETIME,
        group_id,
    )
    return value


def _verifier_fits(verifier: str | None, challenge: str | None, method: str | None) -> bool:
    if challenge is None:
        return verifier is None or verifier == ""
    if not verifier or not 43 <= len(verifier) <= 128 or method != "S256":
        return False
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(hashed, challenge)


async def exchange_code(
    db: Connection, app: App, *, code: str, redirect_uri: str, verifier: str | None, now: datetime
) -> tuple[Grant, str]:
    """Turn a code into a new token; a code used twice ends the token it gave. Raises Refused (invalid_grant)."""
    invalid = Refused(
        "invalid_grant",
        "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the"
        " authorization request, or was issued to another client.",
    )
    row = await db.fetchrow(
        """
        UPDATE oauth_code
           SET used_at = $2
         WHERE code_hash = $1 AND app_id = $3 AND used_at IS NULL AND expires_at > $2
        RETURNING account_id, redirect_uri, scopes, challenge, challenge_method, group_id
        """,
        tokens.digest(code),
        now,
        app.id,
    )
    if row is None or row["redirect_uri"] != redirect_uri:
        raise invalid
    if not _verifier_fits(verifier, row["challenge"], row["challenge_method"]):
        raise invalid
    person_id, group_id = row["account_id"], row["group_id"]
    return await issue(
        db,
        app,
        group_id or person_id,
        scopes=tuple(row["scopes"]),
        person_id=person_id if group_id else None,
        now=now,
    )


async def issue(
    db: Connection,
    app: App,
    account_id: int | None,
    *,
    scopes: tuple[str, ...],
    value: str | None = None,
    person_id: int | None = None,
    now: datetime,
) -> tuple[Grant, str]:
    """A new bearer token, which is shown once and lasts until revoked (D26)."""
    value = value or tokens.new()
    row = await db.fetchrow(
        """
        INSERT INTO oauth_token (id, token_hash, app_id, account_id, scopes, created_at, person_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING id, app_id, account_id, scopes, created_at, person_id
        """,
        ids.new(now),
        tokens.digest(value),
        app.id,
        account_id,
        list(scopes),
        now,
        person_id,
    )
    assert row is not None
    return Grant(**row), value


async def revoke(db: Connection, app: App, value: str, *, now: datetime) -> None:
    """Revoke a token of this app; one of another app, or none, changes nothing (RFC 7009 section 2.2)."""
    await db.execute(
        "UPDATE oauth_token SET revoked_at = $3 WHERE token_hash = $1 AND app_id = $2 AND revoked_at IS NULL",
        tokens.digest(value),
        app.id,
        now,
    )


async def drop(db: Connection, value: str) -> None:
    """Remove a token altogether, so that the same value can be given again (fixed values are for development)."""
    await db.execute("DELETE FROM oauth_token WHERE token_hash = $1", tokens.digest(value))


async def revoke_all(db: Connection, account_id: int) -> None:
    """End every token and unused code of an account."""
    await db.execute("DELETE FROM oauth_token WHERE account_id = $1 OR person_id = $1", account_id)
    await db.execute("DELETE FROM oauth_code WHERE account_id = $1", account_id)


async def revoke_everybodys(db: Connection) -> None:
    """End every token and unused code of everybody."""
    await db.execute("DELETE FROM oauth_token")
    await db.execute("DELETE FROM oauth_code")


async def sweep_codes(db: Connection, *, now: datetime) -> None:
    """Forget codes that ran out a day ago or earlier."""
    await db.execute("DELETE FROM oauth_code WHERE expires_at < $1", now - timedelta(days=1))


async def revoke_acting(db: Connection, group_id: int, person_id: int) -> None:
    """End every token and unused code with which somebody acts as a group: their role there has ended."""
    await db.execute("DELETE FROM oauth_token WHERE account_id = $1 AND person_id = $2", group_id, person_id)
    await db.execute("DELETE FROM oauth_code WHERE group_id = $1 AND account_id = $2", group_id, person_id)


async def revoke_app(db: Connection, account_id: int, app_id: int) -> None:
    """End every token and unused code that an account gave to one app."""
    await db.execute(
        "DELETE FROM oauth_token WHERE COALESCE(person_id, account_id) = $1 AND app_id = $2", account_id, app_id
    )
    await db.execute("DELETE FROM oauth_code WHERE account_id = $1 AND app_id = $2", account_id, app_id)


async def authorised_apps(db: Connection, account_id: int) -> list[App]:
    """The apps that hold a live token of an account, by name; no secrets (S117)."""
    rows = await db.fetch(
        f"""
        SELECT {APP_COLUMNS}
          FROM oauth_app
         WHERE id IN (SELECT app_id
                        FROM oauth_token
                       WHERE COALESCE(person_id, account_id) = $1 AND revoked_at IS NULL)
      ORDER BY name, id
        """,
        account_id,
    )
    return [App(**row) for row in rows]


async def granted(db: Connection, account_id: int) -> dict[int, Granted]:
    """For each app that an account let in: what its live tokens may do together."""
    rows = await db.fetch(
        """
        SELECT t.app_id, min(t.created_at) AS since, array_agg(DISTINCT scope ORDER BY scope) AS scopes,
               max(t.last_used_at) AS last_used_at
          FROM oauth_token t
    CROSS JOIN LATERAL unnest(t.scopes) AS given (scope)
         WHERE COALESCE(t.person_id, t.account_id) = $1 AND t.revoked_at IS NULL
      GROUP BY t.app_id
        """,
        account_id,
    )
    return {row["app_id"]: Granted(row["since"], list(row["scopes"]), row["last_used_at"]) for row in rows}


class AppUse(NamedTuple):
    """An app that somebody uses: how many do, and when one last did."""

    app: App
    people_count: int
    last_used_at: datetime | None


async def in_use(db: Connection, name: str, *, cursor: Cursor) -> list[AppUse]:
    """Apps with live tokens, whose name holds something, the newest first."""
    rows = await db.fetch(
        f"""
        SELECT {APP_COLUMNS}, used.people_count, used.last_used_at
          FROM oauth_app
    CROSS JOIN LATERAL (SELECT count(DISTINCT COALESCE(person_id, account_id)) AS people_count,
                               max(last_used_at) AS last_used_at
                          FROM oauth_token
                         WHERE app_id = oauth_app.id AND revoked_at IS NULL) used
         WHERE oauth_app.id < $1 AND used.people_count > 0
           AND ($2 = '' OR position(lower($2) in lower(name)) > 0)
      ORDER BY oauth_app.id DESC
         LIMIT $3
        """,
        cursor.below,
        name,
        cursor.limit,
    )
    return [
        AppUse(App(**{field: row[field] for field in App.__struct_fields__}), row["people_count"], row["last_used_at"])
        for row in rows
    ]


async def end_app(db: Connection, app_id: int) -> int:
    """End every token and unused code of an app, whoever gave it; how many tokens there were."""
    await db.execute("DELETE FROM oauth_code WHERE app_id = $1", app_id)
    return len(await db.fetch("DELETE FROM oauth_token WHERE app_id = $1 RETURNING id", app_id))


async def grant_of(db: Connection, value: str) -> Grant | None:
    """What a bearer token stands for; None if it was revoked or never was."""
    row = await db.fetchrow(
        """
        SELECT id, app_id, account_id, scopes, created_at, person_id, last_used_at
          FROM oauth_token
         WHERE token_hash = $1 AND revoked_at IS NULL
        """,
        tokens.digest(value),
    )
    return Grant(**row) if row else None


async def note_use(db: Connection, grant_id: int, *, before: datetime, now: datetime) -> None:
    """A token was used; written only when it was last noted before then, so that many requests write once."""
    await db.execute(
        """
        UPDATE oauth_token
           SET last_used_at = $3
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)
        """,
        grant_id,
        before,
        now,
    )


def narrowed(app: App, asked: str | None) -> tuple[str, ...]:
    """The scopes of an authorisation request, which may not exceed what the app registered (S115).

    Raises Refused (invalid_scope).
    """
    try:
        wanted = scope_names.parse(asked)
    except Invalid as error:
        raise Refused("invalid_scope", str(error)) from None
    if not scope_names.within(wanted, app.scopes):
        raise Refused("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    return wanted
