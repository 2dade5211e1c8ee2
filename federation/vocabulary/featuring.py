"""Collections of actors that somebody recommends, with the consent of each. Source: FEP-7aa9 (Mastodon 4.6)."""

from dataclasses import dataclass
from datetime import datetime

from federation.vocabulary.tags import Hashtag
from federation.vocabulary.values import Document
from federation.vocabulary.writing_objects import filled, write_moment, write_tag


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturedItem:
    """One who is recommended."""

    id: str
    featured: str
    """Id of the actor."""
    authorization: str
    """Where the actor says that they may be; on the host of the actor."""
    published: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturedCollection:
    """Whom somebody recommends, and what they say of them."""

    id: str
    attributed_to: str
    name: str
    items: tuple[FeaturedItem, ...]
    summary: str | None = None
    """HTML."""
    language: str | None = None
    url: str | None = None
    topic: Hashtag | None = None
    sensitive: bool = False
    discoverable: bool = True
    published: datetime | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureAuthorization:
    """The word of an actor that one collection may feature them; it lies with the actor."""

    id: str
    interacting: str
    """The collection."""
    target: str
    """The actor."""


def write_featured_collection(collection: FeaturedCollection) -> Document:
    """With all its items in it: Mastodon reads no pages of these."""
    summary, language = collection.summary, collection.language
    return {
        **filled(
            {
                "id": collection.id,
                "type": "FeaturedCollection",
                "attributedTo": collection.attributed_to,
                "name": collection.name,
                "summary": summary,
                "summaryMap": {language: summary} if language and summary else None,
                "url": collection.url,
                "topic": write_tag(collection.topic) if collection.topic is not None else None,
                "published": write_moment(collection.published),
                "updated": write_moment(collection.updated),
            }
        ),
        "sensitive": collection.sensitive,
        "discoverable": collection.discoverable,
        "totalItems": len(collection.items),
        "orderedItems": [_item(each) for each in collection.items],
    }


def _item(item: FeaturedItem) -> Document:
    return {
        "id": item.id,
        "type": "FeaturedItem",
        "featuredObject": item.featured,
        "featureAuthorization": item.authorization,
        "published": write_moment(item.published),
    }


def write_feature_authorization(stamp: FeatureAuthorization) -> Document:
    """That an actor lets a collection feature them."""
    return {
        "id": stamp.id,
        "type": "FeatureAuthorization",
        "interactingObject": stamp.interacting,
        "interactionTarget": stamp.target,
    }
