"""From JSON to posts and tombstones."""

from html import escape

from federation.errors import Malformed
from federation.vocabulary import limits
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.objects import (
    CollectionRef,
    EventDetails,
    InteractionPolicy,
    Poll,
    PollOption,
    Post,
    QuoteAuthorization,
    Tombstone,
)
from federation.vocabulary.reading_files import read_attachments, read_cover, read_page
from federation.vocabulary.reading_tags import read_tags
from federation.vocabulary.urls import canonical_url
from federation.vocabulary.values import (
    Document,
    addressees,
    count,
    document,
    flag,
    group_named,
    is_signed,
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

_PLACES = 5
"""Of one event."""


def read_post(thing: Document) -> Post:
    """A post of any type, also of one we do not know. Raises Malformed (no id)."""
    id = canonical_url(thing.get("id"))
    if id is None:
        raise Malformed("the object has no id that is an http(s) address")
    kind = type_of(thing)
    people, groups = _authors(thing)
    content, source = _body(thing)
    tags = read_tags(thing.get("tag"))
    wall = document(thing.get("target"))
    return Post(
        id=id,
        type=kind or "Note",
        attributed_to=people,
        attributed_groups=groups,
        name=label(translated(thing, "name"), limits.TITLE),
        content=content,
        summary=words(translated(thing, "summary"), limits.SUMMARY),
        source=source,
        language=_language(thing),
        sensitive=thing.get("sensitive") is True,
        to=addressees(thing.get("to")),
        cc=addressees(thing.get("cc")),
        audience=group_named(thing.get("audience")) or (groups[0] if groups else None),
        wall_of=reference(wall.get("attributedTo")) if wall else None,
        network=reference(thing.get("fc:audience")),
        in_reply_to=reference(thing.get("inReplyTo")),
        context=reference(thing.get("context")),
        conversation=short(thing.get("conversation"), limits.URL),
        url=read_page(id, thing.get("url")),
        published=moment(thing.get("published")),
        updated=moment(thing.get("updated")),
        mentions=tags.mentions,
        hashtags=tags.hashtags,
        emojis=tags.emojis,
        links=tags.links,
        attachments=read_attachments(thing),
        image=read_cover(thing),
        quote=_quote(thing) or tags.quote,
        quote_authorization=reference(thing.get("quoteAuthorization")),
        poll=_poll(thing) if kind == "Question" else None,
        event=_event(thing) if kind == "Event" else None,
        replies=read_collection_ref(thing.get("replies")) or read_collection_ref(thing.get("comments")),
        likes=read_collection_ref(thing.get("likes")),
        shares=read_collection_ref(thing.get("shares")),
        comments_enabled=flag(thing.get("commentsEnabled")),
        interaction_policy=_policy(thing.get("interactionPolicy")),
        searchable_by=_searchable_by(thing.get("searchableBy")),
        preview=_preview(thing.get("preview")),
        has_proof=is_signed(thing),
    )


def read_tombstone(thing: Document) -> Tombstone:
    """Raises Malformed (no id)."""
    id = canonical_url(thing.get("id"))
    if id is None:
        raise Malformed("the tombstone has no id that is an http(s) address")
    return Tombstone(
        id=id,
        former_type=short(thing.get("formerType"), limits.WORD),
        deleted=moment(thing.get("deleted")),
        attributed_to=references(thing.get("attributedTo"), limits.AUTHORS),
        context=reference(thing.get("context")),
        audience=group_named(thing.get("audience")),
    )


def read_quote_authorization(thing: Document) -> QuoteAuthorization:
    """Raises Malformed (of another type, or something is missing)."""
    names = ("id", "attributedTo", "interactingObject", "interactionTarget")
    id, author, interacting, target = (reference(thing.get(name)) for name in names)
    if type_of(thing) != "QuoteAuthorization" or not (id and author and interacting and target):
        raise Malformed("not the authorization of a quote")
    return QuoteAuthorization(id=id, attributed_to=author, interacting=interacting, target=target)


def read_collection_ref(value: object) -> CollectionRef | None:
    """A collection inside another object: its address alone, or size and first page as well."""
    if isinstance(value, str):
        id = canonical_url(value)
        return CollectionRef(id=id) if id else None
    thing = document(value)
    if thing is None:
        return None
    first = document(thing.get("first"))
    page = first or thing
    items = page.get("orderedItems", page.get("items"))
    found = CollectionRef(
        id=canonical_url(thing.get("id")),
        total=count(thing.get("totalItems")),
        first=canonical_url(first.get("id")) if first else canonical_url(thing.get("first")),
        items=references(items, limits.INLINE_ITEMS),
        next=canonical_url(page.get("next")),
    )
    return found if found != CollectionRef() else None


def _authors(thing: Document) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All actors named as author, and apart from them those which the document itself calls a Group (T13).

    Mobilizon names the person in `actor` and the group in `attributedTo`. Public is an audience and writes nothing.
    """
    people: list[str] = []
    groups: list[str] = []
    for one in several(thing.get("attributedTo"), limits.AUTHORS):
        entry = document(one)
        found = canonical_url(one) if entry is None else canonical_url(entry.get("id"))
        if found and found != PUBLIC:
            (groups if entry and type_of(entry) == "Group" else people).append(found)
    actor = reference(thing.get("actor"))
    if actor and actor != PUBLIC:
        groups = [g for g in people + groups if g != actor]
        people = [actor]
    return tuple(people), tuple(groups)


def _body(thing: Document) -> tuple[str, str | None]:
    """HTML, and the Markdown it was made from if that is known."""
    content = words(translated(thing, "content"), limits.BODY) or ""
    given = document(thing.get("source"))
    source = None
    if given and given.get("mediaType") in (None, "text/markdown", "text/plain"):
        source = words(given.get("content"), limits.BODY)
    if content and thing.get("mediaType") in ("text/markdown", "text/plain"):
        source = source or content
        paragraphs = escape(content, quote=False).replace("\r\n", "\n").split("\n\n")
        content = "".join(f"<p>{p.strip()}</p>" for p in paragraphs if p.strip()).replace("\n", "<br>")
        content = content[: limits.BODY]
    return content, source


def _language(thing: Document) -> str | None:
    for key in ("contentMap", "nameMap", "summaryMap"):
        if by_language := document(thing.get(key)):
            code = short(next(iter(by_language)), 35)
            if code and code != "und":
                return code
    named = document(next(iter(several(thing.get("language"), 1)), None))
    code = short(named.get("identifier"), 35) if named else None
    return code if code != "und" else None


def _quote(thing: Document) -> str | None:
    for key in ("quote", "quoteUrl", "quoteUri", "_misskey_quote"):
        if found := reference(thing.get(key)):
            return found
    return None


def _poll(thing: Document) -> Poll:
    multiple = isinstance(thing.get("anyOf"), list)
    options: dict[str, PollOption] = {}
    for one in several(thing.get("anyOf" if multiple else "oneOf"), limits.POLL_OPTIONS):
        option = document(one)
        name = label(option.get("name"), limits.OPTION) if option else None
        if option and name and name not in options:
            replies = document(option.get("replies"))
            votes = count(replies.get("totalItems")) or 0 if replies else 0
            options[name] = PollOption(name, votes, _spelling(option.get("name"), name))
    return Poll(
        options=tuple(options.values()),
        multiple=multiple,
        ends_at=moment(thing.get("endTime")),
        closed_at=moment(thing.get("closed")),
        voters=count(thing.get("votersCount")),
    )


def _spelling(given: object, name: str) -> str | None:
    """What an option is called exactly, unless that is its name or too long to be said again."""
    return given if isinstance(given, str) and given != name and len(given) <= limits.OPTION else None


def _event(thing: Document) -> EventDetails:
    attendees = document(thing.get("attendees"))
    participants = count(thing.get("participantCount"))
    if participants is None and attendees:
        participants = count(attendees.get("totalItems"))
    places = several(thing.get("location"), _PLACES)
    elsewhere = canonical_url(thing.get("externalParticipationUrl"))
    return EventDetails(
        starts_at=moment(thing.get("startTime")),
        ends_at=moment(thing.get("endTime")),
        timezone=short(thing.get("timezone"), limits.WORD),
        status=_event_status(thing),
        join_mode=short(thing.get("joinMode"), limits.WORD),
        place="; ".join(named for named in (_place(each) for each in places) if named)[: limits.TITLE] or None,
        links=tuple(url for url in (*(_link_of(each) for each in places), elsewhere) if url is not None),
        capacity=count(thing.get("maximumAttendeeCapacity")) or 0,
        participants=participants,
    )


def _event_status(thing: Document) -> str | None:
    """The last word of the IRI of FEP-8a8e says more than the iCalendar word beside it."""
    named = short(thing.get("eventStatus"), limits.URL) or ""
    word = named.rpartition("/")[2].rpartition("#")[2].removeprefix("Event").upper()
    if word in ("POSTPONED", "RESCHEDULED", "MOVEDONLINE", "CANCELLED", "TENTATIVE"):
        return word
    return short(thing.get("status"), limits.WORD) or short(thing.get("ical:status"), limits.WORD)


def _link_of(place: object) -> str | None:
    """Where a place on the web is; of others the address is text."""
    where = document(place)
    if where is None or type_of(where) != "VirtualLocation":
        return None
    return canonical_url(where.get("url"))


def _place(value: object) -> str | None:
    where = document(value)
    if where is None:
        return label(value, limits.TITLE)
    parts = [label(where.get("name"), limits.TITLE)]
    address = document(where.get("address"))
    if address is None:
        parts.append(label(where.get("address"), limits.TITLE))
    else:
        keys = ("streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry")
        parts += [label(address.get(key), limits.WORD) for key in keys]
    return ", ".join(part for part in parts if part)[: limits.TITLE] or None


def _policy(value: object) -> InteractionPolicy | None:
    policy = document(value)
    if policy is None:
        return None
    quote, announce = (_allowed(policy.get(key)) for key in ("canQuote", "canAnnounce"))
    reply = _allowed(policy.get("canReply"), "manualApproval", "approvalRequired")
    if reply is None and quote is None and announce is None:
        return None
    return InteractionPolicy(can_reply=reply, can_quote=quote, can_announce=announce)


def _searchable_by(value: object) -> tuple[str, ...] | None:
    """Whom it names, the words of one server alone (`as:Limited`) left out: those mean fewer than all."""
    return None if value is None else addressees(value)


def _allowed(value: object, *also: str) -> tuple[str, ...] | None:
    """Whom a rule names; `also`: under these names too, which say who is let when they ask. None: it says nothing."""
    rule = document(value)
    if rule is None:
        return None
    found = [addressees(rule[key]) for key in ("automaticApproval", "always", *also) if key in rule]
    return tuple(dict.fromkeys(uri for each in found for uri in each)) if found else None


def _preview(value: object) -> str | None:
    preview = document(value)
    return words(translated(preview, "content"), limits.SUMMARY) if preview else None
