"""From posts, tombstones and their parts to JSON."""

from datetime import UTC, datetime

from federation.vocabulary.objects import (
    Attachment,
    CollectionRef,
    EventDetails,
    InteractionPolicy,
    Poll,
    Post,
    QuoteAuthorization,
    Tombstone,
)
from federation.vocabulary.tags import Emoji, Hashtag, Mention, ObjectLink
from federation.vocabulary.values import Document

_EVENT_STATUS = {
    "CONFIRMED": "https://w3id.org/fep/8a8e/EventScheduled",
    "TENTATIVE": "https://w3id.org/fep/8a8e/EventTentative",
    "CANCELLED": "https://w3id.org/fep/8a8e/EventCancelled",
    "POSTPONED": "https://w3id.org/fep/8a8e/EventPostponed",
    "RESCHEDULED": "https://w3id.org/fep/8a8e/EventRescheduled",
    "MOVEDONLINE": "https://w3id.org/fep/8a8e/EventMovedOnline",
}


def write_moment(at: datetime | None) -> str | None:
    """A time as RFC 3339 in UTC, to the millisecond where it has a fraction."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds" if at.microsecond else "seconds")[:-6] + "Z"


def filled(written: Document) -> Document:
    """Only what says something: without None and empty strings, lists and objects."""
    return {key: value for key, value in written.items() if value is not None and value not in ("", [], {})}


def write_post(post: Post) -> Document:
    """A post. `to` and `cc` always stand there as lists (T10), `attributedTo` as one address (T13)."""
    written = filled(
        {
            "id": post.id,
            "type": post.type,
            "attributedTo": write_authors(post.attributed_to),
            "name": post.name,
            "summary": post.summary,
            "content": post.content,
            "contentMap": {post.language: post.content} if post.language and post.content else None,
            "source": {"content": post.source, "mediaType": "text/markdown"} if post.source else None,
            "preview": _preview(post),
            "audience": post.audience,
            "fc:audience": post.network,
            "target": _wall(post),
            "inReplyTo": post.in_reply_to,
            "context": post.context,
            "conversation": post.conversation,
            "url": post.url,
            "published": write_moment(post.published),
            "updated": write_moment(post.updated),
            "image": {"type": "Image", "url": post.image} if post.image else None,
            "quote": post.quote,
            "quoteUrl": post.quote,
            "quoteUri": post.quote,
            "_misskey_quote": post.quote,
            "quoteAuthorization": post.quote_authorization,
            "replyAuthorization": post.reply_authorization,
            "replies": write_collection_ref(post.replies),
            "likes": write_collection_ref(post.likes),
            "shares": write_collection_ref(post.shares),
            "commentsEnabled": post.comments_enabled,
            "interactionPolicy": _policy(post.interaction_policy),
        }
    )
    written["to"] = list(post.to)
    written["cc"] = list(post.cc)
    written["tag"] = [write_tag(tag) for tag in (*post.mentions, *post.hashtags, *post.emojis, *post.links)]
    written["attachment"] = [_attachment(one) for one in post.attachments]
    written["sensitive"] = post.sensitive
    if post.searchable_by is not None:
        written["searchableBy"] = list(post.searchable_by)
    if post.poll is not None:
        written.update(_poll(post.poll))
    if post.event is not None:
        written.update(_event(post.event))
    return written


def _wall(post: Post) -> Document | None:
    if post.wall is None:
        return None
    return filled({"id": post.wall, "type": "Collection", "attributedTo": post.wall_of})


def write_tombstone(gone: Tombstone) -> Document:
    """What a deleted object answers with, beside 410."""
    return filled(
        {
            "id": gone.id,
            "type": "Tombstone",
            "formerType": gone.former_type,
            "deleted": write_moment(gone.deleted),
            "attributedTo": write_authors(gone.attributed_to),
            "context": gone.context,
            "audience": gone.audience,
        }
    )


def write_quote_authorization(stamp: QuoteAuthorization) -> Document:
    """That an author lets a post quote one of theirs."""
    return {
        "id": stamp.id,
        "type": "QuoteAuthorization",
        "attributedTo": stamp.attributed_to,
        "interactingObject": stamp.interacting,
        "interactionTarget": stamp.target,
    }


def write_collection_ref(ref: CollectionRef | None) -> Document | str | None:
    """A collection inside another object: its address, or with size and first page what saves peers a request (T29)."""
    if ref is None:
        return None
    if ref == CollectionRef(id=ref.id):
        return ref.id
    first: Document | str | None = ref.first
    if ref.items or ref.next:
        page: Document = {"id": ref.first, "type": "CollectionPage", "partOf": ref.id, "next": ref.next}
        first = filled(page) | {"items": list(ref.items)}
    return filled({"id": ref.id, "type": "Collection", "totalItems": ref.total, "first": first})


def write_tag(tag: Mention | Hashtag | Emoji | ObjectLink) -> Document:
    match tag:
        case Mention():
            return filled({"type": "Mention", "href": tag.href, "name": tag.name})
        case Hashtag():
            return filled({"type": "Hashtag", "name": f"#{tag.name}", "href": tag.href})
        case Emoji():
            icon = {"type": "Image", "url": tag.icon}
            at = write_moment(tag.updated)
            return filled({"id": tag.id, "type": "Emoji", "name": f":{tag.name}:", "icon": icon, "updated": at})
        case ObjectLink():
            relations = list(tag.rel)
            kind = tag.media_type
            return filled({"type": "Link", "href": tag.href, "name": tag.name, "rel": relations, "mediaType": kind})


def write_authors(actors: tuple[str, ...]) -> str | list[str] | None:
    return actors[0] if len(actors) == 1 else list(actors)


def _preview(post: Post) -> Document | None:
    if not post.preview:
        return None
    return filled({"type": "Note", "attributedTo": write_authors(post.attributed_to), "content": post.preview})


def _attachment(one: Attachment) -> Document:
    return filled(
        {
            "type": one.type,
            "href" if one.type == "Link" else "url": one.url,
            "mediaType": one.media_type,
            "name": one.alt,
            "width": one.width,
            "height": one.height,
            "blurhash": one.blurhash,
            "focalPoint": list(one.focal_point) if one.focal_point else None,
        }
    )


def _poll(poll: Poll) -> Document:
    options: list[Document] = [
        {"type": "Note", "name": option.name, "replies": {"type": "Collection", "totalItems": option.votes}}
        for option in poll.options
    ]
    written: Document = {
        "anyOf" if poll.multiple else "oneOf": options,
        "endTime": write_moment(poll.ends_at),
        "closed": write_moment(poll.closed_at),
        "votersCount": poll.voters,
    }
    return {key: value for key, value in written.items() if value is not None}


def _event(event: EventDetails) -> Document:
    place = {"type": "Place", "name": event.place} if event.place else None
    written: Document = {
        "startTime": write_moment(event.starts_at),
        "endTime": write_moment(event.ends_at),
        "timezone": event.timezone,
        "status": event.status,
        "eventStatus": _EVENT_STATUS.get(event.status or ""),
        "joinMode": event.join_mode,
        "location": place,
        "maximumAttendeeCapacity": event.capacity,
        "participantCount": event.participants,
    }
    return {key: value for key, value in written.items() if value is not None}


def _policy(policy: InteractionPolicy | None) -> Document | None:
    if policy is None:
        return None
    rules = {"canReply": policy.can_reply, "canQuote": policy.can_quote, "canAnnounce": policy.can_announce}
    return {key: {"automaticApproval": list(allowed)} for key, allowed in rules.items() if allowed is not None}
