"""The JSON-LD contexts we write and the names in them. All terms are inlined, none is ever fetched.

Documents name no context beyond ActivityStreams and security/v1, so that an LD signature can be made over them with two
bundled documents (D52). Peers that read plain JSON ignore all of this. The lists are shared: never change one.
Source: federation.md 1.3.
"""

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
SECURITY = "https://w3id.org/security/v1"
FC = "https://w3id.org/fedcomm/ns#"
"""Our own terms (D15)."""

MEDIA_TYPE = "application/activity+json"

_Terms = dict[str, str | dict[str, str]]

_PREFIXES: _Terms = {
    "lemmy": "https://join-lemmy.org/ns#",
    "fc": FC,
}
_PROOF: _Terms = {
    "DataIntegrityProof": "https://w3id.org/security#DataIntegrityProof",
    "proof": {"@id": "https://w3id.org/security#proof", "@type": "@id"},  # no container: Mastodon refuses graphs
    "cryptosuite": "https://w3id.org/security#cryptosuite",
    "proofPurpose": {"@id": "https://w3id.org/security#proofPurpose", "@type": "@vocab"},
    "proofValue": "https://w3id.org/security#proofValue",
    "verificationMethod": {"@id": "https://w3id.org/security#verificationMethod", "@type": "@id"},
    "assertionMethod": {"@id": "https://w3id.org/security#assertionMethod", "@type": "@id"},
}
_SEARCHABLE_BY = {"@id": "http://fedibird.com/ns#searchableBy", "@type": "@id"}
_MODERATION: _Terms = {
    "Lock": "lemmy:Lock",
    "removeData": "lemmy:removeData",
    "withReplies": "lemmy:withReplies",
    "EmojiReact": "http://litepub.social/ns#EmojiReact",
}
_POST: _Terms = {
    "toot": "http://joinmastodon.org/ns#",
    "ostatus": "http://ostatus.org#",
    "gts": "https://gotosocial.org/ns#",
    "sensitive": "as:sensitive",
    "Hashtag": "as:Hashtag",
    "Emoji": "toot:Emoji",
    "blurhash": "toot:blurhash",
    "focalPoint": {"@id": "toot:focalPoint", "@container": "@list"},
    "votersCount": "toot:votersCount",
    "conversation": "ostatus:conversation",
    "commentsEnabled": "https://joinpeertube.org/ns#commentsEnabled",
    "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
    "quoteUrl": "as:quoteUrl",
    "quoteUri": "http://fedibird.com/ns#quoteUri",
    "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
    "_misskey_reaction": "https://misskey-hub.net/ns#_misskey_reaction",
    "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
    "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
    "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
    "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
    "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
    "replyAuthorization": {"@id": "gts:replyAuthorization", "@type": "@id"},
    "canReply": {"@id": "gts:canReply", "@type": "@id"},
    "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
    "canAnnounce": {"@id": "gts:canAnnounce", "@type": "@id"},
    "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    "searchableBy": _SEARCHABLE_BY,
    "fc:audience": {"@id": "fc:audience", "@type": "@id"},
    "fc:movedFrom": {"@id": "fc:movedFrom", "@type": "@id"},
    "fc:movedTo": {"@id": "fc:movedTo", "@type": "@id"},
}
_EVENT: _Terms = {
    "mz": "https://joinmobilizon.org/ns#",
    "timezone": "mz:timezone",
    "joinMode": "mz:joinMode",
    "participantCount": "mz:participantCount",
    "maximumAttendeeCapacity": "mz:maximumAttendeeCapacity",
    "eventStatus": {"@id": "https://w3id.org/fep/8a8e/eventStatus", "@type": "@id"},
    "status": "http://www.w3.org/2002/12/cal/ical#status",
}
_ACTOR: _Terms = {
    "toot": "http://joinmastodon.org/ns#",
    "schema": "http://schema.org#",
    "featured": {"@id": "toot:featured", "@type": "@id"},
    "featuredCollections": {"@id": "https://w3id.org/fep/7aa9#featuredCollections", "@type": "@id"},
    "gts": "https://gotosocial.org/ns#",
    "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
    "canFeature": {"@id": "https://w3id.org/fep/7aa9#canFeature", "@type": "@id"},
    "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    "pendingFollowers": {"@id": "https://purl.archive.org/socialweb/pending#pendingFollowers", "@type": "@id"},
    "pendingFollowing": {"@id": "https://purl.archive.org/socialweb/pending#pendingFollowing", "@type": "@id"},
    "discoverable": "toot:discoverable",
    "indexable": "toot:indexable",
    "searchableBy": _SEARCHABLE_BY,
    "showMedia": "toot:showMedia",
    "showRepliesInMedia": "toot:showRepliesInMedia",
    "showFeatured": "toot:showFeatured",
    "attributionDomains": {"@id": "toot:attributionDomains", "@type": "@id"},
    "memorial": "toot:memorial",
    "suspended": "toot:suspended",
    "Emoji": "toot:Emoji",
    "Hashtag": "as:Hashtag",
    "sensitive": "as:sensitive",
    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    "movedTo": {"@id": "as:movedTo", "@type": "@id"},
    "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
    "postingRestrictedToMods": "lemmy:postingRestrictedToMods",
    "moderators": {"@id": "lemmy:moderators", "@type": "@id"},
    "webfinger": "https://purl.archive.org/socialweb/webfinger#webfinger",
    "implements": {"@id": "https://w3id.org/fep/844e#implements", "@type": "@id"},
    "Multikey": "https://w3id.org/security#Multikey",
    "controller": {"@id": "https://w3id.org/security#controller", "@type": "@id"},
    "publicKeyMultibase": {
        "@id": "https://w3id.org/security#publicKeyMultibase",
        "@type": "https://w3id.org/security#multibase",
    },
    "fc:memberOf": {"@id": "fc:memberOf", "@type": "@id"},
}
_FEATURING: _Terms = {
    "toot": "http://joinmastodon.org/ns#",
    "gts": "https://gotosocial.org/ns#",
    "sensitive": "as:sensitive",
    "discoverable": "toot:discoverable",
    "Hashtag": "as:Hashtag",
    "FeaturedCollection": "https://w3id.org/fep/7aa9#FeaturedCollection",
    "FeaturedItem": "https://w3id.org/fep/7aa9#FeaturedItem",
    "FeatureAuthorization": "https://w3id.org/fep/7aa9#FeatureAuthorization",
    "FeatureRequest": "https://w3id.org/fep/7aa9#FeatureRequest",
    "topic": {"@id": "https://w3id.org/fep/7aa9#topic", "@type": "@id"},
    "featuredObject": {"@id": "https://w3id.org/fep/7aa9#featuredObject", "@type": "@id"},
    "featureAuthorization": {"@id": "https://w3id.org/fep/7aa9#featureAuthorization", "@type": "@id"},
    "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
    "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
}

Context = list[str | _Terms]

ACTIVITY_CONTEXT: Context = [AS, SECURITY, _PREFIXES | _PROOF | _MODERATION]
"""Of what carries ids only: follows, likes, announcements, collections."""
POST_CONTEXT: Context = [AS, SECURITY, _PREFIXES | _PROOF | _MODERATION | _POST]
EVENT_CONTEXT: Context = [AS, SECURITY, _PREFIXES | _PROOF | _MODERATION | _POST | _EVENT]
ACTOR_CONTEXT: Context = [AS, SECURITY, _PREFIXES | _PROOF | _ACTOR]
FEATURING_CONTEXT: Context = [AS, SECURITY, _PREFIXES | _PROOF | _FEATURING]
