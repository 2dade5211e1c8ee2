"""Asking another server what software it is and what it can do, and building our answers.

What it can do counts before what it is called. Source: NodeInfo 2.0 and 2.1, FEP-f1d5, FEP-0151, FEP-2677;
federation.md 1.1 and 2.3; S065.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from federation.errors import Malformed
from federation.fetching import Fetcher
from federation.vocabulary.strict_json import load_object
from federation.vocabulary.urls import canonical_url

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
APPLICATION = "https://www.w3.org/ns/activitystreams#Application"
VERSIONS = ("2.1", "2.0")

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
MOST_CAPABILITIES = 100
LONGEST_CAPABILITY = 100


@dataclass(frozen=True, slots=True)
class Software:
    """What a peer says about itself. `name` in lower case, empty when it says none; `capabilities` in lower case."""

    name: str
    version: str
    capabilities: frozenset[str]
    application_uri: str | None


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts of an instance, as NodeInfo publishes them."""

    people: int
    active_month: int
    active_half_year: int
    threads: int
    replies: int


async def ask(fetcher: Fetcher, peer: str) -> Software:
    """What software an authority runs, by the newest version of NodeInfo that it offers and we read.

    Raises Malformed (none offered, Refused), Unreachable.
    """
    base = await fetcher.outside.base(peer)
    listed = await fetcher.fetch_plain(f"{base}/.well-known/nodeinfo", accept="application/json")
    links = _links(load_object(listed.body))
    url = next((links[SCHEMA + version] for version in VERSIONS if SCHEMA + version in links), None)
    if url is None:
        raise Malformed("no NodeInfo that we read")
    document = await fetcher.fetch_plain(url, accept="application/json")
    return read_software(load_object(document.body), application_uri=links.get(APPLICATION))


def _links(document: Mapping[str, Any]) -> dict[str, str]:
    entries = document.get("links")
    found: dict[str, str] = {}
    for entry in cast("list[Any]", entries)[:20] if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            rel, href = (cast("dict[str, Any]", entry).get(name) for name in ("rel", "href"))
            if isinstance(rel, str) and (url := canonical_url(href)) is not None:
                found.setdefault(rel, url)
    return found


def read_software(document: Mapping[str, Any], *, application_uri: str | None = None) -> Software:
    """Read a NodeInfo document leniently: what is not as it should be is left out."""
    software = _object(document.get("software"))
    name, version = (software.get(key) for key in ("name", "version"))
    name = name.strip().lower() if isinstance(name, str) else ""
    listed = _object(document.get("metadata")).get("capabilities")
    capabilities = cast("list[Any]", listed)[:MOST_CAPABILITIES] if isinstance(listed, list) else []
    return Software(
        name=name if _NAME.fullmatch(name) else "",
        version=version[:LONGEST_CAPABILITY] if isinstance(version, str) else "",
        capabilities=frozenset(
            each.lower() for each in capabilities if isinstance(each, str) and len(each) <= LONGEST_CAPABILITY
        ),
        application_uri=application_uri,
    )


def _object(value: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def describe_links(base_url: str, instance_actor_uri: str) -> dict[str, Any]:
    """Our `/.well-known/nodeinfo`: both versions, and the actor that stands for this server (FEP-2677)."""
    versions = [{"rel": SCHEMA + version, "href": f"{base_url}/nodeinfo/{version}"} for version in reversed(VERSIONS)]
    return {"links": [*versions, {"rel": APPLICATION, "href": instance_actor_uri}]}


def media_type(version: str) -> str:
    """The type under which a NodeInfo document goes out."""
    return f'application/json; profile="{SCHEMA}{version}#"'


def describe(
    version: str,
    *,
    software_version: str,
    repository: str,
    is_open: bool,
    usage: Usage,
    capabilities: Iterable[str],
    name: str,
    description: str,
) -> dict[str, Any]:
    """Our NodeInfo, version `2.0` or `2.1`, the same for whoever asks.

    `upstream` says whose client API we speak; some clients go by it. Source: federation.md 1.1, "NodeInfo, exact".
    """
    software = {"name": "fedcomm", "version": software_version}
    if version != "2.0":
        software["repository"] = repository
    return {
        "version": version,
        "software": software,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": is_open,
        "usage": {
            "users": {
                "total": usage.people,
                "activeMonth": usage.active_month,
                "activeHalfyear": usage.active_half_year,
            },
            "localPosts": usage.threads,
            "localComments": usage.replies,
        },
        "metadata": {
            "nodeName": name,
            "nodeDescription": description,
            "capabilities": sorted(capability.lower() for capability in capabilities),
            "upstream": {"name": "mastodon"},
        },
    }
