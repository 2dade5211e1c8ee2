"""What the operator sets: read once, from the environment or a TOML file, into one frozen object.

Names and defaults are those of the operator's handbook (`deploy/handbook/install.md`). Everything that is wrong is told
in one line that names the setting.
"""

import ipaddress
import os
import pwd
import re
import sys
import tomllib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

import idna
import msgspec
from publicsuffixlist import PublicSuffixList

from fedcomm import sign_on_settings
from fedcomm.durations import Durations
from fedcomm.here import Here
from fedcomm.sign_on_settings import SignOn
from fedcomm.smtp_address import SmtpAddress, parsed

Network = IPv4Network | IPv6Network
Registrations = Literal["open", "approval", "invite", "closed"]
Federation = Literal["open", "allowlist"]
Scheme = Literal["https", "http"]
Word = TypeVar("Word", bound=str)

LONGEST_HOST = 50
"""With port: longer ones would make ids of more than 100 characters, which others cut (decisions D18)."""

NAMES = frozenset(
    {
        "DATABASE_URL",
        "FEDCOMM_DOMAIN",
        "FEDCOMM_HOST",
        "FEDCOMM_SCHEME",
        "FEDCOMM_LISTEN",
        "FEDCOMM_TRUSTED_PROXIES",
        "FEDCOMM_DATA_DIR",
        "FEDCOMM_WORKERS",
        "FEDCOMM_DATABASE_DIRECT_URL",
        "FEDCOMM_DATABASE_REPLICA_URL",
        "FEDCOMM_SECRET_FILE",
        "FEDCOMM_METRICS_TOKEN",
        "FEDCOMM_MEDIA_PUBLIC_URL",
        "FEDCOMM_SOURCE_URL",
        "FEDCOMM_CA_FILE",
        "FEDCOMM_DEV",
        "FEDCOMM_DEV_ALLOW_NETWORKS",
        "FEDCOMM_DEV_DURATIONS",
        "FEDCOMM_RATE_LIMITS",
        "FEDCOMM_REGISTRATIONS",
        "FEDCOMM_FEDERATION",
        "FEDCOMM_AUTHORIZED_FETCH",
        "FEDCOMM_SMTP_URL",
        "FEDCOMM_MEDIA_URL",
        "FEDCOMM_ARCHIVES_URL",
        "FEDCOMM_ARCHIVES_EVERY",
        "FEDCOMM_ARCHIVES_KEPT",
        "FEDCOMM_NATS_URL",
        "FEDCOMM_LOG",
        *sign_on_settings.NAMES,
    }
)


ARCHIVES_EVERY = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}


class Wrong(Exception):
    """A setting that cannot be; the text says which and what would be right, in one line."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the web server waits for requests: an address and port, or a unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """One instance as its operator wants it. `data_root` holds the cluster, `folder` what belongs to this instance."""

    here: Here
    scheme: Scheme
    host: str
    listen: Listen
    trusted_proxies: tuple[Network, ...]
    data_root: Path
    folder: Path
    workers: int
    database_name: str
    """Of the embedded database."""
    database_url: str | None
    database_direct_url: str | None
    database_replica_url: str | None
    secret_file: Path
    metrics_token: str | None
    media_url: str
    source_url: str
    ca_file: Path | None
    dev: bool
    allowed_networks: tuple[Network, ...]
    durations: Durations
    durations_factor: float
    rate_limits: bool
    registrations: Registrations
    federation: Federation
    authorized_fetch: bool
    smtp: SmtpAddress | None
    """None: no mail is sent."""
    sign_on: SignOn | None
    """None: members sign in with passwords only."""
    nats_url: str | None
    log: Literal["text", "json"]
    archives_url: str | None = None
    """Where archives of the whole instance are stored on a schedule; None: nowhere."""
    archives_every: timedelta = timedelta(days=7)
    archives_kept: int = 4

    def __repr__(self) -> str:
        """Nothing secret: addresses with passwords and tokens are among the fields."""
        return f"Config({self.here.base_url})"

    @property
    def base_url(self) -> str:
        """Scheme, host and port of every address of ours, without a final slash."""
        return self.here.base_url

    @property
    def is_behind_pooler(self) -> bool:
        """Whether DATABASE_URL leads through PgBouncer or the like: then there is a way around it."""
        return self.database_direct_url is not None

    def warnings(self) -> list[str]:
        """What is said loudly at start because it is for development only."""
        if not self.dev:
            return []
        said = ["FEDCOMM_DEV is on: this instance is for development and must not be reachable from outside"]
        if self.scheme == "http":
            said.append("FEDCOMM_SCHEME=http: passwords and tokens travel unencrypted")
        if self.allowed_networks:
            networks = ", ".join(map(str, self.allowed_networks))
            said.append(f"FEDCOMM_DEV_ALLOW_NETWORKS: outgoing requests may reach {networks}")
        if self.durations_factor != 1:
            said.append(
                f"FEDCOMM_DEV_DURATIONS: every wait and limit of time is multiplied by {self.durations_factor:g}"
            )
        return said


def load(environment: Mapping[str, str] | None = None) -> Config:
    """Read the configuration; the environment wins over the file named by FEDCOMM_CONFIG. Raises Wrong."""
    environment = os.environ if environment is None else environment
    values = _from_file(environment.get("FEDCOMM_CONFIG", ""))
    values |= {name: text for name in NAMES if (text := environment.get(name, "").strip())}
    return _Reader(values).config()


def data_root(environment: Mapping[str, str] | None = None) -> Path:
    """The folder that holds the embedded database and, below `instances/`, one folder for each instance (D69)."""
    environment = os.environ if environment is None else environment
    if chosen := environment.get("FEDCOMM_DATA_DIR", "").strip():
        return Path(chosen).expanduser().absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/fedcomm")
    home = Path(environment.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir)
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "fedcomm"
    return Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / "fedcomm"


def is_public(domain: str) -> bool:
    """Whether a domain, perhaps with a port, belongs to the public name space (the ICANN part of the list; D78)."""
    return _public_suffixes().publicsuffix(domain.partition(":")[0]) is not None


def is_public_suffix(domain: str) -> bool:
    """Whether a domain is one below which anybody may have theirs, as `co.uk` is (ICANN part of the list)."""
    return _public_suffixes().publicsuffix(domain) == domain


@cache
def _public_suffixes() -> PublicSuffixList:
    """Read once: that takes a tenth of a second."""
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def _database_name(domain: str) -> str:
    """`fedcomm_localhost_7001`: readable, and short enough for PostgreSQL, as domains are at most 50 characters."""
    return "fedcomm_" + re.sub(r"[^a-z0-9]", "_", domain) + _distinct(domain)


def _distinct(domain: str) -> str:
    """Keeps `a-b.example` and `a.b.example` apart."""
    return "_" + format(zlib.crc32(domain.encode()), "x")[:4] if "-" in domain else ""


def _from_file(path: str) -> dict[str, str]:
    if not path:
        return {}
    try:
        with Path(path).expanduser().open("rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise Wrong(f"FEDCOMM_CONFIG: {path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise Wrong(f"FEDCOMM_CONFIG: {path} is not TOML: {error}") from None
    values: dict[str, str] = {}
    for name, value in table.items():
        if name not in NAMES:
            raise Wrong(f"{path}: {name} is not a setting of fedcomm")
        values[name] = _as_text(value)
    return values


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return ",".join(map(str, cast("list[object]", value))) if isinstance(value, list) else str(value)


class _Reader:
    """Turns texts into a Config; each method reads one kind of value and names the setting that is wrong."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def config(self) -> Config:
        dev = self.switch("FEDCOMM_DEV", default=False)
        scheme: Scheme = self.choice("FEDCOMM_SCHEME", ("https", "http"), "https")
        if "FEDCOMM_DOMAIN" not in self.values:
            raise Wrong("FEDCOMM_DOMAIN is not set: the domain of this instance, as in community.example.org")
        domain = self.domain("FEDCOMM_DOMAIN", self.values["FEDCOMM_DOMAIN"], scheme=scheme, dev=dev)
        host = self.domain("FEDCOMM_HOST", self.values.get("FEDCOMM_HOST", domain), scheme=scheme, dev=dev)
        self.keep_development_apart(dev=dev, scheme=scheme, names=(domain, host))
        root = data_root(self.values)
        folder = root / "instances" / domain.replace(":", "_")
        factor = self.number("FEDCOMM_DEV_DURATIONS", default=1.0)
        media_base = self.web("FEDCOMM_MEDIA_PUBLIC_URL", "")
        here = Here(base_url=f"{scheme}://{host}", domain=domain, authority=host, media_base=media_base)
        direct = self.values.get("FEDCOMM_DATABASE_DIRECT_URL")
        if direct and "DATABASE_URL" not in self.values:
            raise Wrong("FEDCOMM_DATABASE_DIRECT_URL is the way around a pooler: it needs DATABASE_URL beside it")
        return Config(
            here=here,
            scheme=scheme,
            host=host,
            listen=self.listen(),
            trusted_proxies=self.networks("FEDCOMM_TRUSTED_PROXIES", "127.0.0.1/32,::1/128"),
            data_root=root,
            folder=folder,
            workers=self.whole("FEDCOMM_WORKERS", default=1, least=1, most=64),
            database_name=_database_name(domain),
            database_url=self.postgres("DATABASE_URL"),
            database_direct_url=self.postgres("FEDCOMM_DATABASE_DIRECT_URL"),
            database_replica_url=self.postgres("FEDCOMM_DATABASE_REPLICA_URL"),
            secret_file=Path(self.values.get("FEDCOMM_SECRET_FILE", folder / "secret")),
            metrics_token=self.values.get("FEDCOMM_METRICS_TOKEN"),
            media_url=self.values.get("FEDCOMM_MEDIA_URL", (folder / "media").as_uri()),
            source_url=self.web("FEDCOMM_SOURCE_URL", f"{here.base_url}/source"),
            ca_file=self.file("FEDCOMM_CA_FILE"),
            dev=dev,
            allowed_networks=self.networks("FEDCOMM_DEV_ALLOW_NETWORKS", ""),
            durations=Durations().scaled(factor),
            durations_factor=factor,
            rate_limits=self.switch("FEDCOMM_RATE_LIMITS", default=True),
            registrations=self.choice("FEDCOMM_REGISTRATIONS", ("open", "approval", "invite", "closed"), "approval"),
            federation=self.choice("FEDCOMM_FEDERATION", ("open", "allowlist"), "open"),
            authorized_fetch=self.switch("FEDCOMM_AUTHORIZED_FETCH", default=False),
            smtp=self.smtp(domain),
            sign_on=self.sign_on(dev=dev),
            nats_url=self.nats(),
            log=self.choice("FEDCOMM_LOG", ("text", "json"), "text" if sys.stderr.isatty() else "json"),
            archives_url=self.values.get("FEDCOMM_ARCHIVES_URL"),
            archives_every=ARCHIVES_EVERY[self.choice("FEDCOMM_ARCHIVES_EVERY", ("day", "week", "month"), "week")],
            archives_kept=self.whole("FEDCOMM_ARCHIVES_KEPT", default=4, least=1, most=366),
        )

    def keep_development_apart(self, *, dev: bool, scheme: str, names: tuple[str, ...]) -> None:
        """Development settings need FEDCOMM_DEV, and FEDCOMM_DEV has no place at a public domain (D13, D78)."""
        if not dev:
            for name in ("FEDCOMM_DEV_ALLOW_NETWORKS", "FEDCOMM_DEV_DURATIONS"):
                if name in self.values:
                    raise Wrong(f"{name} is for development: it needs FEDCOMM_DEV=1")
            if scheme == "http":
                raise Wrong("FEDCOMM_SCHEME=http is for development: it needs FEDCOMM_DEV=1")
            return
        for name in names:
            if is_public(name):
                raise Wrong(f"FEDCOMM_DEV is refused for {name}, a public domain: take localhost or a name below .test")

    def domain(self, name: str, text: str, *, scheme: str, dev: bool) -> str:
        """A host, perhaps with a port: in ASCII and lower case, without the port that the scheme implies."""
        try:
            parts = urlsplit(f"//{text}")
            port = parts.port
        except ValueError:
            raise Wrong(f"{name}: {text!r} is not a domain") from None
        host = (parts.hostname or "").rstrip(".")
        if parts.path or parts.query or parts.fragment or parts.username is not None or not host:
            raise Wrong(f"{name}: {text!r} is not a domain, as in community.example.org")
        if not host.isascii():
            try:
                host = idna.encode(host, uts46=True).decode()
            except idna.IDNAError as error:
                raise Wrong(f"{name}: {text!r} is not a domain: {error}") from None
        if not re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", host):
            raise Wrong(f"{name}: {text!r} is not a domain: letters, digits, hyphens and dots only")
        if port == {"https": 443, "http": 80}[scheme]:
            port = None
        if not dev and (port is not None or "." not in host or re.fullmatch(r"[0-9.]+", host)):
            raise Wrong(f"{name}: {text!r} has a port or is not a full domain; without FEDCOMM_DEV=1 it must be one")
        if port is not None:
            host = f"{host}:{port}"
        if len(host) > LONGEST_HOST:
            raise Wrong(f"{name}: {host} has {len(host)} characters; with more than {LONGEST_HOST} ids become too long")
        return host

    def listen(self) -> Listen:
        name, text = "FEDCOMM_LISTEN", self.values.get("FEDCOMM_LISTEN", "127.0.0.1:8000")
        if text.startswith("unix:"):
            path = Path(text.removeprefix("unix:"))
            if not path.is_absolute():
                raise Wrong(f"{name}: {text!r} needs a whole path, as in unix:/run/fedcomm/web")
            return Listen(path=str(path))
        try:
            parts = urlsplit(f"//{text}")
            if parts.hostname and parts.port:
                return Listen(host=parts.hostname, port=parts.port)
        except ValueError:
            pass  # told below, like all that is not an address
        raise Wrong(f"{name}: {text!r} is not like 127.0.0.1:8000, [::1]:8000 or unix:/path")

    def networks(self, name: str, default: str) -> tuple[Network, ...]:
        found: list[Network] = []
        for text in re.split(r"[,\s]+", self.values.get(name, default)):
            try:
                if text:
                    found.append(ipaddress.ip_network(text))
            except ValueError as error:
                raise Wrong(f"{name}: {error}") from None
        return tuple(found)

    def switch(self, name: str, *, default: bool) -> bool:
        text = self.values.get(name, "").lower()
        if text in ("on", "1", "true", "yes"):
            return True
        if text in ("off", "0", "false", "no"):
            return False
        if text:
            raise Wrong(f"{name}: {text!r} is neither on nor off")
        return default

    def choice(self, name: str, choices: tuple[Word, ...], default: Word) -> Word:
        text = self.values.get(name, default)
        for each in choices:
            if text == each:
                return each
        raise Wrong(f"{name}: {text!r} is not one of {', '.join(choices)}")

    def number(self, name: str, *, default: float) -> float:
        text = self.values.get(name, str(default))
        try:
            number = float(text)
        except ValueError:
            number = 0.0
        if not 0.001 <= number <= 1000:
            raise Wrong(f"{name}: {text!r} is not a number from 0.001 to 1000")
        return number

    def whole(self, name: str, *, default: int, least: int, most: int) -> int:
        text = self.values.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise Wrong(f"{name}: {text!r} is not a whole number from {least} to {most}")
        return int(text)

    def nats(self) -> str | None:
        text = self.values.get("FEDCOMM_NATS_URL")
        if text and (not text.startswith(("nats://", "tls://")) or not urlsplit(text).hostname):
            raise Wrong("FEDCOMM_NATS_URL is the address of a NATS server, as in nats://127.0.0.1:4222")
        return text or None

    def smtp(self, domain: str) -> SmtpAddress | None:
        text = self.values.get("FEDCOMM_SMTP_URL")
        try:
            return parsed(text, domain=domain) if text else None
        except ValueError as wrong:
            raise Wrong(f"FEDCOMM_SMTP_URL: {wrong}") from None

    def sign_on(self, *, dev: bool) -> SignOn | None:
        try:
            return sign_on_settings.read(self.values, dev=dev)
        except ValueError as wrong:
            raise Wrong(str(wrong)) from None

    def postgres(self, name: str) -> str | None:
        text = self.values.get(name)
        if text is not None and not text.startswith(("postgresql://", "postgres://")):
            raise Wrong(f"{name} is not like postgresql://user:password@host/database")
        return text

    def web(self, name: str, default: str) -> str:
        text = self.values.get(name, default)
        parts = urlsplit(text)
        if not text:
            return ""
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Wrong(f"{name}: {text!r} is not a web address")
        return text.rstrip("/")

    def file(self, name: str) -> Path | None:
        if name not in self.values:
            return None
        path = Path(self.values[name]).expanduser()
        if not path.is_file():
            raise Wrong(f"{name}: there is no file {path}")
        return path
