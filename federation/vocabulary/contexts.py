"""The JSON-LD contexts we write and the names in them. All terms are inlined, none is ever fetched."""

AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
SECURITY = "https://w3id.org/security/v1"
FC = "https://w3id.org/fedcomm/ns#"
"""Our own terms (D15)."""

MEDIA_TYPE = "application/activity+json"
