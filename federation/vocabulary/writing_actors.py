"""From people, groups and servers to JSON."""

from federation.vocabulary.actors import Actor, Capability, Group, PublicKey
from federation.vocabulary.values import Document
from federation.vocabulary.writing_objects import filled, write_moment, write_tag


def write_actor(actor: Actor) -> Document:
    """An actor's document: what anyone may read without a signature (federation.md rule 7)."""
    written = filled(
        {
            "id": actor.id,
            "type": actor.type,
            "preferredUsername": actor.username,
            "webfinger": actor.webfinger,
            "name": actor.name,
            "summary": actor.summary,
            "source": {"content": actor.source, "mediaType": "text/markdown"} if actor.source else None,
            "url": actor.url,
            "published": write_moment(actor.published),
            "updated": write_moment(actor.updated),
            "inbox": actor.inbox,
            "outbox": actor.outbox,
            "followers": actor.followers,
            "following": actor.following,
            "featured": actor.featured,
            "featuredCollections": actor.featured_collections,
            "interactionPolicy": {"canFeature": {"automaticApproval": list(actor.can_feature)}}
            if actor.can_feature is not None
            else None,
            "pendingFollowers": actor.pending_followers,
            "pendingFollowing": actor.pending_following,
            "attributedTo": actor.moderators,
            "moderators": actor.moderators,
            "endpoints": {"sharedInbox": actor.shared_inbox} if actor.shared_inbox else None,
            "icon": _picture(actor.icon, actor.icon_text),
            "image": _picture(actor.image, actor.image_text),
            "attachment": [{"type": "PropertyValue", "name": f.name, "value": f.value} for f in actor.fields],
            "tag": [write_tag(tag) for tag in (*actor.hashtags, *actor.emojis)],
            "discoverable": actor.discoverable,
            "indexable": actor.indexable,
            "searchableBy": list(actor.searchable_by),
            "showMedia": actor.shows_media,
            "showRepliesInMedia": actor.shows_media_replies,
            "showFeatured": actor.shows_featured,
            "attributionDomains": list(actor.attribution_domains),
            "memorial": actor.memorial or None,
            "suspended": actor.suspended or None,
            "alsoKnownAs": list(actor.also_known_as),
            "movedTo": actor.moved_to,
            "fc:memberOf": actor.network,
            "publicKey": _public_keys(actor.public_keys),
            "assertionMethod": [_multikey(key.id, key.controller, key.multibase) for key in actor.assertion_methods],
        }
    )
    written["manuallyApprovesFollowers"] = actor.locked
    if isinstance(actor, Group):
        written["postingRestrictedToMods"] = actor.posting_restricted_to_mods
        written["sensitive"] = actor.sensitive
    written.update(_capabilities(actor))
    return written


def _picture(url: str | None, text: str) -> Document | None:
    """Servers read what is said about a picture of an actor from either of two places."""
    return filled({"type": "Image", "url": url, "name": text, "summary": text}) if url else None


def _public_keys(keys: tuple[PublicKey, ...]) -> Document | list[Document]:
    """One key as an object, since most peers read no list; more than one only while keys change (R036)."""
    written: list[Document] = [{"id": key.id, "owner": key.owner, "publicKeyPem": key.pem} for key in keys]
    return written[0] if len(written) == 1 else written


def _multikey(id: str, controller: str, multibase: str) -> Document:
    return {"id": id, "type": "Multikey", "controller": controller, "publicKeyMultibase": multibase}


def _capabilities(actor: Actor) -> Document:
    """What the server can do: on the server's own actor, else on the `generator`. Source: FEP-844e."""
    implements = [_capability(one) for one in actor.implements]
    if actor.generator is None:
        return filled({"implements": implements})
    return {"generator": filled({"type": "Application", "id": actor.generator, "implements": implements})}


def _capability(one: Capability) -> Document:
    return filled({"href": one.href, "name": one.name})
