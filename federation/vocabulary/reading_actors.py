"""From JSON to people, groups and servers."""

from federation.errors import Malformed
from federation.vocabulary import limits
from federation.vocabulary.actors import ACTOR_TYPES, Actor, Capability, Multikey, ProfileField, PublicKey, Service
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.reading_files import read_page, read_picture
from federation.vocabulary.reading_tags import read_tags
from federation.vocabulary.urls import canonical_host, canonical_url
from federation.vocabulary.values import (
    Document,
    addressees,
    document,
    flag,
    label,
    moment,
    reference,
    references,
    several,
    short,
    translated,
    type_of,
    words,
)


def read_actor(thing: Document) -> Actor:
    """An actor. One of a type we do not know is read as a Service. Raises Malformed (no id or no inbox)."""
    id = canonical_url(thing.get("id"))
    inbox = canonical_url(thing.get("inbox"))
    if id is None or inbox is None:
        raise Malformed("the actor has no id or no inbox that is an http(s) address")
    tags = read_tags(thing.get("tag"))
    generator, capabilities = _capabilities(thing)
    name = thing.get("webfinger")
    return ACTOR_TYPES.get(type_of(thing), Service)(
        id=id,
        inbox=inbox,
        username=short(thing.get("preferredUsername"), limits.USERNAME) or "",
        name=label(translated(thing, "name"), limits.DISPLAY_NAME),
        summary=words(translated(thing, "summary"), limits.BIO),
        source=_markdown(thing.get("source")),
        url=read_page(id, thing.get("url")),
        webfinger=short(name.removeprefix("acct:"), limits.WORD) if isinstance(name, str) else None,
        outbox=reference(thing.get("outbox")),
        followers=reference(thing.get("followers")),
        following=reference(thing.get("following")),
        featured=reference(thing.get("featured")),
        pending_followers=reference(thing.get("pendingFollowers")),
        pending_following=reference(thing.get("pendingFollowing")),
        moderators=_moderators(thing),
        wall=reference(thing.get("wall")),
        shared_inbox=_shared_inbox(thing),
        public_keys=_public_keys(thing.get("publicKey")),
        assertion_methods=_multikeys(thing.get("assertionMethod")),
        icon=read_picture(thing.get("icon")),
        image=read_picture(thing.get("image")),
        icon_text=_picture_text(thing.get("icon")),
        image_text=_picture_text(thing.get("image")),
        fields=_fields(thing.get("attachment")),
        hashtags=tags.hashtags,
        emojis=tags.emojis,
        published=moment(thing.get("published")),
        updated=moment(thing.get("updated")),
        locked=thing.get("manuallyApprovesFollowers") is True,
        discoverable=flag(thing.get("discoverable")),
        indexable=_indexable(thing),
        shows_media=flag(thing.get("showMedia")),
        shows_media_replies=flag(thing.get("showRepliesInMedia")),
        shows_featured=flag(thing.get("showFeatured")),
        attribution_domains=_domains(thing.get("attributionDomains")),
        sensitive=thing.get("sensitive") is True,
        posting_restricted_to_mods=thing.get("postingRestrictedToMods") is True,
        also_known_as=references(thing.get("alsoKnownAs"), limits.ALIASES),
        moved_to=reference(thing.get("movedTo")),
        memorial=thing.get("memorial") is True,
        suspended=thing.get("suspended") is True,
        implements=capabilities,
        generator=generator,
        network=reference(thing.get("fc:memberOf")),
    )


def _indexable(thing: Document) -> bool | None:
    """Whether everybody may find their public posts; also said by whom may (FEP-268d). None: they do not say."""
    said = flag(thing.get("indexable"))
    if said is not False and "searchableBy" in thing:
        return PUBLIC in addressees(thing["searchableBy"])
    return said


def _picture_text(value: object) -> str:
    """What is said about the picture that `picture` takes, or about the first that says something."""
    given = (document(one) for one in several(value, 10))
    pictures = [one for one in given if one is not None and read_picture(one)]
    return next((t for p in pictures for key in ("summary", "name") if (t := label(p.get(key), limits.ALT))), "")


def _domains(value: object) -> tuple[str, ...]:
    found = (canonical_host(one) for one in several(value, limits.DOMAINS) if isinstance(one, str))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _markdown(value: object) -> str | None:
    source = document(value)
    if source is None or source.get("mediaType") not in (None, "text/markdown", "text/plain"):
        return None
    return words(source.get("content"), limits.BIO)


def _moderators(thing: Document) -> str | None:
    """Collection of those who moderate. Lemmy writes `attributedTo` as one address, PeerTube as a list of owners."""
    given = thing.get("moderators")
    if given is None and isinstance(thing.get("attributedTo"), str):
        given = thing["attributedTo"]
    return reference(given)


def _shared_inbox(thing: Document) -> str | None:
    endpoints = document(thing.get("endpoints"))
    found = canonical_url(endpoints.get("sharedInbox")) if endpoints else None
    return found or canonical_url(thing.get("sharedInbox"))


def _public_keys(value: object) -> tuple[PublicKey, ...]:
    found: dict[str, PublicKey] = {}
    for one in several(value, limits.KEYS):
        key = document(one)
        if key is None:
            continue
        id, owner = canonical_url(key.get("id")), reference(key.get("owner"))
        pem = key.get("publicKeyPem")
        if id and owner and isinstance(pem, str) and pem and len(pem) <= limits.PEM and pem.isascii():
            found.setdefault(id, PublicKey(id, owner, pem))
    return tuple(found.values())


def _multikeys(value: object) -> tuple[Multikey, ...]:
    found: dict[str, Multikey] = {}
    for one in several(value, limits.KEYS):
        key = document(one)
        if key is None or type_of(key) != "Multikey":
            continue
        id, controller = canonical_url(key.get("id")), reference(key.get("controller"))
        written = key.get("publicKeyMultibase")
        if not isinstance(written, str) or not written.isascii() or not written.isalnum():
            continue
        if id and controller and len(written) <= limits.WORD:
            found.setdefault(id, Multikey(id, controller, written))
    return tuple(found.values())


def _fields(value: object) -> tuple[ProfileField, ...]:
    found: list[ProfileField] = []
    for one in several(value, limits.FIELDS):
        field = document(one)
        if field is None or type_of(field) != "PropertyValue":
            continue
        name = label(field.get("name"), limits.FIELD_NAME)
        if name:
            found.append(ProfileField(name, words(field.get("value"), limits.FIELD_VALUE) or ""))
    return tuple(found)


def _capabilities(thing: Document) -> tuple[str | None, tuple[Capability, ...]]:
    """Who serves the actor, and what that server says it can do. Source: FEP-844e."""
    generator = document(thing.get("generator"))
    given = several(thing.get("implements"), limits.CAPABILITIES)
    if generator is not None:
        given += several(generator.get("implements"), limits.CAPABILITIES)
    found: dict[str, Capability] = {}
    for one in given[: limits.CAPABILITIES]:
        entry = document(one)
        href = canonical_url(one) if entry is None else reference(entry)
        if href:
            found.setdefault(href, Capability(href, label(entry.get("name"), limits.WORD) if entry else None))
    return reference(thing.get("generator")), tuple(found.values())
