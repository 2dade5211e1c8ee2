"""Where mail leaves: one address, `smtp://user:password@host:587?from=community@example.org`, read once (S136).

`smtp://` is encrypted by STARTTLS, `smtps://` from the first byte. Without encryption mail goes to this machine only,
or where `?tls=off` says so; a name and password are never sent without it.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

Encryption = Literal["tls", "starttls", "starttls if offered", "none"]
PORTS = {"smtp": 587, "smtps": 465}
OPTIONS = {"from", "tls"}
_SENDER = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """A mail server, and the address that our mail comes from."""

    host: str
    port: int
    encryption: Encryption
    user: str
    password: str
    sender: str

    def __repr__(self) -> str:
        """Nothing secret."""
        return f"SmtpAddress({self.host}:{self.port})"


def parsed(text: str, *, domain: str) -> SmtpAddress:
    """The mail server of FEDCOMM_SMTP_URL. Raises ValueError, with what would be right and nothing secret."""
    try:
        parts = urlsplit(text)
        port = parts.port or PORTS.get(parts.scheme, 0)
        options = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
    except ValueError:
        raise ValueError("it is not like smtp://user:password@mail.example.org:587?from=you@example.org") from None
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or options.keys() - OPTIONS:
        raise ValueError("it is not like smtp://user:password@mail.example.org:587?from=you@example.org")
    sender = options.get("from", f"noreply@{domain.partition(':')[0]}")
    if not _SENDER.fullmatch(sender):
        raise ValueError("what stands behind from= is not a mail address")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    encryption = _encryption(parts.scheme, parts.hostname, options.get("tls", ""), has_user=bool(user))
    if user and encryption == "none":
        raise ValueError("a name and password are not sent without encryption: take tls=off or the name out")
    return SmtpAddress(parts.hostname, port, encryption, user, password, sender)


def _encryption(scheme: str, host: str, wish: str, *, has_user: bool) -> Encryption:
    if wish not in ("", "on", "off") or (scheme == "smtps" and wish == "off"):
        raise ValueError("tls= is on or off, and smtps:// is always encrypted")
    if scheme == "smtps":
        return "tls"
    if wish == "off":
        return "none"
    may_be_plain = not wish and not has_user and _is_this_machine(host)
    return "starttls if offered" if may_be_plain else "starttls"


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
