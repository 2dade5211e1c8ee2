"""OAuth scopes of the client API. Source: Mastodon API documentation, api/oauth-scopes; S115."""

from collections.abc import Iterable

from fedcomm.errors import Invalid

_READ = (
    "accounts", "blocks", "bookmarks", "collections", "favourites", "filters", "follows", "groups", "lists", "mutes",
    "notifications", "search", "statuses",
)  # fmt: skip
_WRITE = (
    "accounts", "blocks", "bookmarks", "collections", "conversations", "favourites", "filters", "follows", "groups",
    "lists", "media", "mutes", "notifications", "reports", "statuses",
)  # fmt: skip
_ADMIN = (
    "accounts", "reports", "domain_allows", "domain_blocks", "ip_blocks", "email_domain_blocks",
    "canonical_email_blocks", "groups",
)  # fmt: skip

KNOWN: frozenset[str] = frozenset(
    ["read", "write", "follow", "push", "profile", "admin:read", "admin:write"]
    + [f"read:{name}" for name in _READ]
    + [f"write:{name}" for name in _WRITE]
    + [f"{kind}:{name}" for kind in ("admin:read", "admin:write") for name in _ADMIN]
)

_FOLLOW = frozenset(
    f"{verb}:{name}" for verb in ("read", "write") for name in ("follows", "blocks", "mutes")
)  # fmt: skip


def parse(text: str | None, *, default: str = "read") -> tuple[str, ...]:
    """The scopes named in a request, separated by spaces (or `+`). Raises Invalid for one that does not exist."""
    names = tuple(dict.fromkeys((text or default).replace("+", " ").split()))
    unknown = [name for name in names if name not in KNOWN]
    if unknown or not names:
        raise Invalid("The requested scope is invalid, unknown, or malformed.", field="scope")
    return names


def covers(granted: Iterable[str], wanted: str) -> bool:
    """Whether one of the granted scopes is the wanted one or its parent."""
    for scope in granted:
        if scope == wanted or wanted.startswith(scope + ":"):
            return True
        if scope == "follow" and wanted in _FOLLOW:
            return True
        if wanted == "profile" and scope in ("read", "read:accounts"):
            return True
    return False


def within(wanted: Iterable[str], ceiling: Iterable[str]) -> bool:
    """Whether every wanted scope is covered by what an app registered for."""
    registered = tuple(ceiling)
    return all(covers(registered, scope) for scope in wanted)
