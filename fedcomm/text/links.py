"""Addresses inside texts: which may be linked, how they are shown, and whether a link's text tells the truth (S052)."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import idna

MOST_CHARACTERS = 4096
SHOWN_CHARACTERS = 30

_ADDRESS = re.compile(r"(https?)://([^/?#\\@\s]+)([/?#][^\\]*)?", re.IGNORECASE | re.ASCII)
_HOST = re.compile(r"(?:[^\W_]|[-_])++(?:\.(?:[^\W_]|[-_])++)*+\.?|\[[0-9A-Fa-f:.]+\]")
_PORT = re.compile(r":[0-9]{1,5}")
_SPLITS = re.compile(r"[\s()<>\"'“”„‘’«»,;|{}\[\]*…]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+-]{0,20}:(?![0-9])/{0,2}", re.IGNORECASE)
_PATH = re.compile(r"[/?#\\]")
_DOTTED = re.compile(r"(?:[^\W_]|[-_])++(?:\.(?:[^\W_]|[-_])++)++")
_UNSAFE = {" ": "%20", '"': "%22", "<": "%3C", ">": "%3E", "`": "%60", "\u3000": "%E3%80%80", "\xa0": "%C2%A0"}
_TO_SAFE = str.maketrans(_UNSAFE)
_GONE = dict.fromkeys(map(ord, "\t\n\r"))

# Letters of Cyrillic and Greek that look like Latin ones: a label made of nothing else pretends to be Latin.
_LATIN_TWINS = frozenset("асԁеһіјӏорԛѕԝхуъьҽпгѵѡкмтвнαικνορτυχω")
# Scripts that are written together in one language, beside Latin letters. Source: UTS 39, "highly restrictive".
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)


class Address(NamedTuple):
    """A web address we may link to. `host` is in ASCII and carries a port when the address names one."""

    url: str
    host: str


def allowed(url: str) -> Address | None:
    """The address if it is an absolute http(s) one; None for all else: other schemes, `//host`, names before an @,
    backslashes that browsers read as slashes."""
    url = url.strip(" \t\n\f\r").translate(_GONE)
    found = _ADDRESS.fullmatch(url) if len(url) <= MOST_CHARACTERS else None
    if not found:
        return None
    host = ascii_host(found.group(2))
    if host is None:
        return None
    rest = (found.group(3) or "").translate(_TO_SAFE)
    return Address(f"{found.group(1).lower()}://{host}{rest}", host)


@lru_cache(maxsize=4096)
def ascii_host(host: str) -> str | None:
    """A host, with its port if it has one, in lower-case ASCII (IDN as punycode); None when it cannot be one."""
    name, port = host, ""
    if not host.endswith("]"):
        before, colon, after = host.rpartition(":")
        if colon and _PORT.fullmatch(colon + after):
            name, port = before, f":{after}"
    if not _HOST.fullmatch(name) or len(name) > 253:
        return None
    if name.isascii():
        return name.lower() + port
    try:
        return idna.encode(name, uts46=True).decode().lower() + port
    except (idna.IDNAError, UnicodeError):
        return None


@lru_cache(maxsize=4096)
def shown_host(host: str) -> str:
    """A host as people may see it: letters of their own, but punycode where scripts mix or imitate Latin (S052)."""
    name, colon, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    return ".".join(_shown_label(label) for label in name.split(".")) + colon + port


def _shown_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        shown = idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        return label
    return label if _is_deceptive(shown) else shown


def _is_deceptive(label: str) -> bool:
    letters = [c for c in label.lower() if c.isalpha()]
    scripts = {unicodedata.name(c, "UNKNOWN").split()[0] for c in letters}
    if len(scripts) > 1:
        return not any(scripts <= together for together in _TOGETHER)
    return bool(letters) and not label.isascii() and all(c in _LATIN_TWINS for c in letters)


def shortened(address: Address) -> tuple[str, str, str]:
    """An address in three parts: hidden beginning, what is shown, hidden rest. The host is always shown whole.

    Source: Mastodon's web pages show 30 characters of an address without scheme and `www.`.
    """
    scheme, _, rest = address.url.partition("://")
    path = rest[len(address.host) :]
    bare = address.host.removeprefix("www.") or address.host
    room = max(SHOWN_CHARACTERS - len(bare), 0)
    if len(path) <= room + 1:
        room = len(path)
    return f"{scheme}://{address.host[: -len(bare)]}", shown_host(bare) + path[:room], path[room:]


def says_whole_address(text: str, shown: str, address: Address) -> bool:
    """Whether a link's text, part of which is hidden, is its address, and what stays in sight begins with the host."""
    if any(c.isspace() for c in text):
        return False
    said = allowed(text)
    return (
        said is not None
        and said.host == address.host
        and _host_of(shown).removeprefix("www.") == address.host.removeprefix("www.")
    )


def missing_host(text: str, address: Address) -> str | None:
    """The host that a link's text should show but does not: it names another, or its letters deceive. Else None."""
    plain = _plain(text)
    shown = shown_host(address.host)
    if plain.rstrip().endswith(f"({shown})"):
        return None
    named = list(_named_hosts(plain))
    if any(not _same(host, address.host) for host in named):
        return shown
    unmasked = shown.removeprefix("www.")
    if named and unmasked.isascii() and unmasked not in plain.lower():
        return shown
    return None


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if unicodedata.category(c) != "Cf").replace("。", ".")


def _named_hosts(text: str) -> list[str]:
    """Whatever in a text looks like a host, in ASCII where it can be one."""
    found: list[str] = []
    for token in _SPLITS.split(text):
        if not token or len(token) > MOST_CHARACTERS:
            continue
        scheme = _SCHEME.match(token)
        host = _host_of(token)
        if "@" in token.split("/")[0] and not scheme:
            continue
        dotted = _DOTTED.fullmatch(host.partition(":")[0])
        ending = host.partition(":")[0].rpartition(".")[2]
        if (dotted and len(ending) >= 2 and ending[0].isalpha()) or (scheme and scheme.group().endswith("//") and host):
            found.append(ascii_host(host) or host)
    return found


def _host_of(token: str) -> str:
    """The host part of what looks like an address; a name before an @ is not part of it."""
    scheme = _SCHEME.match(token)
    authority = _PATH.split(token[scheme.end() :] if scheme else token, maxsplit=1)[0].rpartition("@")[2]
    authority = authority.rstrip(".:!?-")
    return ascii_host(authority) or authority.lower()


def _same(named: str, actual: str) -> bool:
    return _bare(named) == _bare(actual)


def _bare(host: str) -> str:
    name, _, _port = host.partition(":") if not host.startswith("[") else (host, "", "")
    return name.removeprefix("www.").rstrip(".")
