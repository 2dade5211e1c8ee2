"""Which OpenID provider members may sign in with, as the operator says (`FEDCOMM_OIDC_*`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

NAMES = ("FEDCOMM_OIDC_ISSUER", "FEDCOMM_OIDC_CLIENT_ID", "FEDCOMM_OIDC_CLIENT_SECRET", "FEDCOMM_OIDC_NAME")


@dataclass(frozen=True, slots=True)
class SignOn:
    """The provider, what this instance is called there, and what members are told that it is."""

    issuer: str
    client_id: str
    name: str
    client_secret: str = field(default="", repr=False)
    """Empty: a public client, which PKCE alone protects."""


def read(values: Mapping[str, str], *, dev: bool) -> SignOn | None:
    """None: not configured. Raises ValueError (a sentence that names the setting)."""
    issuer, client_id, secret, name = (values.get(each, "") for each in NAMES)
    if not issuer and not client_id:
        return None
    if not issuer or not client_id:
        raise ValueError("FEDCOMM_OIDC_ISSUER and FEDCOMM_OIDC_CLIENT_ID belong together")
    parts = urlsplit(issuer)
    if parts.scheme not in (("https", "http") if dev else ("https",)) or not parts.hostname:
        raise ValueError(f"FEDCOMM_OIDC_ISSUER: {issuer!r} is not like https://login.example.org/realms/members")
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("FEDCOMM_OIDC_ISSUER has a name, a question mark or a # in it, which no issuer has")
    return SignOn(issuer=issuer, client_id=client_id, client_secret=secret, name=name or parts.hostname)
