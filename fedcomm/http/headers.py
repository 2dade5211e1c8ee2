"""Headers that every answer of a kind carries: content security policy, CORS, caching."""

from collections.abc import Mapping

Raw = tuple[tuple[bytes, bytes], ...]

CORS_EXPOSED = (
    "Link, X-RateLimit-Reset, X-RateLimit-Limit, X-RateLimit-Remaining, X-Request-Id, Retry-After, Deprecation"
)

CORS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": CORS_EXPOSED,
}
CORS_PREFLIGHT: Mapping[str, str] = {
    **CORS,
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-Requested-With",
    "Access-Control-Max-Age": "7200",
}

SAFE: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

PRIVATE = "private, no-store"

KEPT_BY_NOBODY: Mapping[str, str] = {
    "Cache-Control": PRIVATE,
    "Vary": "Accept, Accept-Language, Authorization, Cookie, Signature, Signature-Input",
}
"""Of every answer whose endpoint says nothing of caching, refusals above all (S101, S102)."""
API: Mapping[str, str] = {"Cache-Control": PRIVATE, "Vary": "Authorization"}
"""Of every answer of the client API (S101, S102)."""


def of_path(path: str) -> Raw:
    """What every answer to a path carries unless its endpoint says otherwise."""
    if path.startswith("/api/"):
        return _OF_API
    return _OF_CORS if has_cors(path) else _OF_ALL


def of_path_and_not_kept(path: str) -> Raw:
    """The same for an answer whose endpoint says nothing of caching."""
    if path.startswith("/api/"):
        return _OF_API
    return _OF_CORS_NOT_KEPT if has_cors(path) else _OF_ALL_NOT_KEPT


def has_cors(path: str) -> bool:
    """Whether client apps in a browser may read this path from another origin; never admin or pages (S129).

    Pictures too: web clients look at their pixels, and some ask again and again for what they may not read.
    """
    return path.startswith(_READ_BY_ALL)


def content_security_policy(form_target: str = "", *, media_origin: str = "") -> str:
    """The policy of every page; the consent page alone adds the app's redirect origin or scheme (D28, S088).

    `media_origin`: where pictures and files come from, if not from here (D64).
    """
    form_action = f"'self' {form_target}".strip()
    files = f"'self' {media_origin}".strip()
    return (
        "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; "
        f"form-action {form_action}; frame-ancestors 'none'; img-src {files} data:; manifest-src 'self'; "
        f"media-src {files}; script-src 'self'; style-src 'self'"
    )


_READ_BY_ALL = (
    "/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/", "/nodeinfo/", "/media/",
)  # fmt: skip


def _raw(*several: Mapping[str, str]) -> Raw:
    """As ASGI sends them."""
    return tuple((name.lower().encode(), value.encode()) for each in several for name, value in each.items())


_OF_ALL = _raw(SAFE)
_OF_ALL_NOT_KEPT = _raw(SAFE, KEPT_BY_NOBODY)
_OF_CORS = _raw(SAFE, CORS)
_OF_CORS_NOT_KEPT = _raw(SAFE, CORS, KEPT_BY_NOBODY)
_OF_API = _raw(SAFE, CORS, API)
