"""Asking another server who somebody is, and building our answers to the same question.

A handle is believed only when both ends agree: the domain in it leads to the actor, and the actor's own host names the
handle. Source: RFC 7033, RFC 6415 (host-meta); federation.md 1.1; S047, S063, S071; FEP-d556, FEP-3b86.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from federation.alternates import find_lrdd_template
from federation.authority import authority
from federation.errors import FederationError, Malformed
from federation.fetching import PROFILE, Fetcher, Refused, is_activity_type
from federation.outside import Handle, Outside
from federation.vocabulary.strict_json import load_object
from federation.vocabulary.urls import canonical_url

MEDIA_TYPE = "application/jrd+json"
PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
SERVICE = "https://www.w3.org/ns/activitystreams#Service"
TYPE = "https://www.w3.org/ns/activitystreams#type"
INTENT = "https://w3id.org/fep/3b86/"

_WANTED = "application/jrd+json, application/json"
_HOST_META_WANTED = "application/xrd+xml, application/jrd+json, application/xml, text/xml"
_ACTIVITY_TYPES = ("application/activity+json", f'application/ld+json; profile="{PROFILE}"')
_MOST_LINKS = 50


@dataclass(frozen=True, slots=True)
class Link:
    """One link of an answer; what is missing or not a text is empty. `kind` is the type of actor, if it is hinted."""

    rel: str
    type: str
    href: str
    template: str
    kind: str


@dataclass(frozen=True, slots=True)
class Descriptor:
    """An answer to a WebFinger question (a JRD)."""

    subject: str
    links: tuple[Link, ...]

    def actor_uri(self, kind: str | None = None) -> str:
        """Where the actor lies: the first link to itself, or the one of this kind where a name has two (Lemmy).

        Raises Malformed.
        """
        own = [link for link in self.links if link.rel == "self" and is_activity_type(link.type) and link.href]
        chosen = next((link for link in own if kind is not None and link.kind == kind), own[0] if own else None)
        uri = canonical_url(chosen.href) if chosen is not None else None
        if uri is None:
            raise Malformed("no ActivityPub actor under this name")
        return uri


@dataclass(frozen=True, slots=True)
class Found:
    """The actor to whom a handle led, and its handle in the spelling of its own server.

    is_confirmed: the actor's own host names this handle too. When it is not, the handle is only what was asked for.
    """

    handle: Handle
    actor_uri: str
    is_confirmed: bool


def read_descriptor(body: bytes) -> Descriptor:
    """Read a JRD leniently: what is not as it should be is left out. Raises Malformed."""
    document = load_object(body)
    subject = document.get("subject")
    links = document.get("links")
    entries = cast("list[Any]", links)[:_MOST_LINKS] if isinstance(links, list) else []
    return Descriptor(
        subject if isinstance(subject, str) else "",
        tuple(_link(cast("dict[str, Any]", entry)) for entry in entries if isinstance(entry, dict)),
    )


def _link(entry: Mapping[str, Any]) -> Link:
    properties = entry.get("properties")
    kind = cast("dict[str, Any]", properties).get(TYPE) if isinstance(properties, dict) else None
    texts = [entry.get(name) for name in ("rel", "type", "href", "template")] + [kind]
    return Link(*(text if isinstance(text, str) else "" for text in texts))


async def look_up(fetcher: Fetcher, handle: Handle, *, kind: str | None = None, fresh: bool = False) -> Found:
    """The actor that a handle leads to. An answer that names another domain counts when that domain agrees (S047).

    kind: `Person` or `Group`, where a name may be both. Who then fetches the actor asks `confirm` unless the handle is
    confirmed. Raises Malformed (also when nobody there has this name: Refused), Unreachable.
    """
    first = await ask(fetcher, handle, fresh=fresh)
    actor_uri = first.actor_uri(kind)
    subject = _subject(fetcher.outside, first) or handle
    if subject.domain != handle.domain:
        agrees = await _agrees(fetcher, subject, actor_uri, fresh=fresh)
    else:
        agrees = _is_same(subject, handle)
    if not agrees:
        return Found(handle, actor_uri, is_confirmed=False)
    return Found(subject, actor_uri, is_confirmed=authority(actor_uri) in (handle.domain, subject.domain))


async def confirm(fetcher: Fetcher, username: str, actor_uri: str, *, fresh: bool = False) -> Found:
    """The handle of an actor as its own host gives it; `username@host of its id` when that cannot be confirmed.

    The host of the id must lead back to the actor; when it names another domain, that must lead to the actor too.
    Raises Malformed (the URI). Source: S047.
    """
    own = Handle(username, authority(actor_uri))
    try:
        first = await ask(fetcher, own, fresh=fresh)
        subject = _subject(fetcher.outside, first)
        if not _leads_to(first, actor_uri) or subject is None or subject.name.lower() != username.lower():
            return Found(own, actor_uri, is_confirmed=False)
    except FederationError:  # no answer is no confirmation; the id's own host still names the actor
        return Found(own, actor_uri, is_confirmed=False)
    if subject.domain != own.domain and not await _agrees(fetcher, subject, actor_uri, fresh=fresh):
        return Found(own, actor_uri, is_confirmed=False)
    return Found(Handle(username, subject.domain), actor_uri, is_confirmed=True)


async def prove(fetcher: Fetcher, claimed: Handle, actor_uri: str) -> bool:
    """Whether the handle that an actor's own document names (`webfinger`) leads back to it. Source: FEP-2c59, S047."""
    return await _agrees(fetcher, claimed, actor_uri, fresh=False)


async def _agrees(fetcher: Fetcher, handle: Handle, actor_uri: str, *, fresh: bool) -> bool:
    """Whether the domain of a handle that another server named leads to the same actor, under the same handle."""
    try:
        descriptor = await ask(fetcher, handle, fresh=fresh)
    except FederationError:  # who cannot be asked does not agree
        return False
    return _leads_to(descriptor, actor_uri) and _is_same(_subject(fetcher.outside, descriptor), handle)


async def ask(fetcher: Fetcher, handle: Handle, *, fresh: bool = False) -> Descriptor:
    """One question to one domain; where WebFinger is not there, host-meta says where it is.

    Raises Malformed (Refused), Unreachable.
    """
    base = await fetcher.outside.base(handle.domain)
    resource = quote(f"acct:{handle}", safe=":@")
    try:
        url = f"{base}/.well-known/webfinger?resource={resource}"
        document = await fetcher.fetch_plain(url, accept=_WANTED, fresh=fresh)
    except Refused as refusal:
        if not refusal.is_gone:
            raise
        template = await _template(fetcher, base, fresh=fresh)
        if template is None:
            raise
        url = template.replace("{uri}", quote(f"acct:{handle}", safe=""))
        document = await fetcher.fetch_plain(url, accept=_WANTED, fresh=fresh)
    return read_descriptor(document.body)


async def instance_actor(fetcher: Fetcher, peer: str) -> str | None:
    """The actor that stands for a whole server, asked for at its root; None when that names none. Source: FEP-d556.

    Raises Malformed (Refused), Unreachable.
    """
    base = await fetcher.outside.base(peer)
    url = f"{base}/.well-known/webfinger?resource={quote(base + '/', safe=':/')}"
    links = read_descriptor((await fetcher.fetch_plain(url, accept=_WANTED)).body).links
    return next((uri for link in links if link.rel == SERVICE and (uri := canonical_url(link.href))), None)


async def _template(fetcher: Fetcher, base: str, *, fresh: bool) -> str | None:
    """Where host-meta says that WebFinger is, in XML or JSON; None when it does not say. Raises Unreachable."""
    try:
        document = await fetcher.fetch_plain(f"{base}/.well-known/host-meta", accept=_HOST_META_WANTED, fresh=fresh)
        text = document.body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
        if not text.startswith("{"):
            return find_lrdd_template(text)
        links = read_descriptor(document.body).links
    except Malformed:
        return None
    return next((link.template for link in links if link.rel == "lrdd" and "{uri}" in link.template), None)


def _subject(outside: Outside, descriptor: Descriptor) -> Handle | None:
    try:
        return outside.handle(descriptor.subject)
    except Malformed:
        return None


def _is_same(one: Handle | None, other: Handle) -> bool:
    return one is not None and one.name.lower() == other.name.lower() and one.domain == other.domain


def _leads_to(descriptor: Descriptor, actor_uri: str) -> bool:
    links = [link for link in descriptor.links if link.rel == "self" and is_activity_type(link.type)]
    return any(canonical_url(link.href) == canonical_url(actor_uri) for link in links)


def read_resource(outside: Outside, resource: str) -> Handle | str:
    """Whom others ask us for: a handle, or the URL of an actor or page in its one spelling. Raises Malformed."""
    url = canonical_url(resource)
    if url is not None:
        return url
    scheme, colon, rest = resource.partition(":")
    return outside.handle(rest if colon and scheme.lower() == "acct" else resource)


def describe(
    handle: Handle,
    *,
    kind: str,
    actor_uri: str,
    page_url: str,
    interaction_url: str,
    intents: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Our answer about an account of ours, the same however it was asked for.

    kind: `Person`, `Group` or `Application`. interaction_url: the page that takes `?uri=`; intents: further templates
    by the name of their activity (FEP-3b86). Source: federation.md 1.1, "WebFinger, exact".
    """
    templates = {"Follow": f"{interaction_url}?uri={{object}}", "Object": f"{interaction_url}?uri={{object}}"}
    return {
        "subject": f"acct:{handle}",
        "aliases": [page_url, actor_uri],
        "links": [
            *({"rel": "self", "type": kept, "href": actor_uri, "properties": {TYPE: kind}} for kept in _ACTIVITY_TYPES),
            {"rel": PROFILE_PAGE, "type": "text/html", "href": page_url},
            {"rel": SUBSCRIBE, "template": f"{interaction_url}?uri={{uri}}"},
            *({"rel": INTENT + name, "template": url} for name, url in (templates | dict(intents or {})).items()),
        ],
    }


def describe_post(uri: str, page_url: str) -> dict[str, Any]:
    """Our answer about the id of a post: where its document and its page are. Source: FEP-4adb."""
    return {
        "subject": uri,
        "aliases": [page_url],
        "links": [
            *({"rel": "self", "type": kept, "href": uri} for kept in _ACTIVITY_TYPES),
            {"rel": PROFILE_PAGE, "type": "text/html", "href": page_url},
        ],
    }


def describe_instance(base_url: str, actor_uri: str) -> dict[str, Any]:
    """Our answer about `https://host/`: who stands for this server. Source: FEP-d556."""
    return {
        "subject": f"{base_url}/",
        "links": [{"rel": SERVICE, "type": kept, "href": actor_uri} for kept in _ACTIVITY_TYPES],
    }


def host_meta(base_url: str) -> str:
    """Our host-meta: where WebFinger is. Source: RFC 6415."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" template="{base_url}/.well-known/webfinger?resource={{uri}}"/>\n'
        "</XRD>\n"
    )
