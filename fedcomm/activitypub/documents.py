"""Our accounts and posts as ActivityPub documents: what is sent over the wire and what our own endpoints answer.

Source: federation.md 1.3, 2.4; decisions D16, D18, D34, D35, D50, D61, D80.
"""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fedcomm.accounts import collections, lookup
from fedcomm.accounts.keys import ActorKeys
from fedcomm.accounts.model import Account
from fedcomm.activitypub.capabilities import IMPLEMENTS
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups.model import GroupProfile
from fedcomm.here import Here
from fedcomm.polls import reading as polls
from fedcomm.polls.model import Poll
from fedcomm.threads import locking, published, quoting, reading
from fedcomm.threads.model import Attachment, Post
from fedcomm.threads.quoting import Stamp
from fedcomm.threads.reading import Parts
from federation import addressing
from federation.addressing import Addressed, Home
from federation.vocabulary.activities import Create
from federation.vocabulary.actors import Actor, Application, Group, Multikey, Person, ProfileField, PublicKey
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.objects import Attachment as File
from federation.vocabulary.objects import (
    CollectionRef,
    InteractionPolicy,
    PollOption,
    QuoteAuthorization,
    Tombstone,
)
from federation.vocabulary.objects import Poll as WrittenPoll
from federation.vocabulary.objects import Post as Object
from federation.vocabulary.shaping import shape
from federation.vocabulary.tags import Emoji, Hashtag, Mention, ObjectLink

MISSKEY_QUOTE = "https://misskey-hub.net/ns#_misskey_quote"
FIRST_REPLIES = 20
"""How many replies stand in the document of a post itself."""
DOCUMENT_TYPE = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

_FORMS: dict[str, type[Actor]] = {"person": Person, "group": Group, "application": Application}


def actor(here: Here, account: Account, keys: ActorKeys, profile: GroupProfile | None = None) -> Actor:
    """The document of an account of ours."""
    is_instance = account.kind == "application"
    return _FORMS[account.kind](
        id=account.uri,
        inbox=account.inbox_url,
        username=account.handle,
        name=account.name or None,
        summary=account.bio_html or None,
        source=account.bio_source or None,
        url=account.url,
        webfinger=f"{account.handle}@{account.handle_domain}",
        outbox=account.outbox_url,
        followers=account.followers_url,
        following=account.following_url,
        featured=account.featured_url,
        featured_collections=f"{account.uri}/collections",
        can_feature=None if is_instance else (PUBLIC if collections.consent(account) == "automatic" else account.uri,),
        pending_followers=None if is_instance else f"{account.uri}/pending_followers",
        pending_following=None if is_instance else f"{account.uri}/pending_following",
        moderators=account.moderators_url,
        shared_inbox=here.shared_inbox_url,
        public_keys=(PublicKey(keys.rsa.uri, account.uri, keys.rsa.public),),
        assertion_methods=(Multikey(keys.ed25519.uri, account.uri, keys.ed25519.public),),
        icon=here.avatar_url(account.id, account.version),
        image=here.header_url(account.id, account.version),
        emojis=emoji_tags(here, account.emojis),
        fields=tuple(
            ProfileField(str(field.get("name", "")), str(field.get("value_html", ""))) for field in account.fields
        ),
        published=account.created_at,
        updated=account.updated_at,
        locked=account.is_locked,
        discoverable=account.is_discoverable,
        indexable=account.is_indexable,
        searchable_by=(PUBLIC if account.is_indexable else account.uri,),
        icon_text=account.avatar_description,
        image_text=account.header_description,
        shows_media=account.shows_media,
        shows_media_replies=account.shows_media_replies,
        shows_featured=account.shows_featured,
        attribution_domains=tuple(account.attribution_domains),
        posting_restricted_to_mods=profile is not None
        and (profile.posting_rule == "facilitators" or profile.state in ("moved", "archived")),
        also_known_as=tuple(account.also_known_as),
        moved_to=account.moved_to_uri,
        implements=IMPLEMENTS,
        generator=None if is_instance else here.instance_actor_uri,
    )


def without_profile(whole: Actor) -> Actor:
    """What must be known of somebody to check what they sign and to write to them, and nothing they say of themselves
    (federation.md 1.2, secure mode).
    """
    return replace(
        whole, name=None, summary=None, source=None, icon=None, image=None, emojis=(), fields=(), attribution_domains=()
    )


def emoji_tags(here: Here, used: Sequence[dict[str, Any]]) -> tuple[Emoji, ...]:
    """The custom emoji that a text of ours uses."""
    return tuple(Emoji(each["shortcode"], here.emoji_url(each["id"], each["version"])) for each in used)


@dataclass(frozen=True, slots=True)
class Written:
    """A post of ours ready for the wire: its document, and whom it is addressed to."""

    object: Object
    addressed: Addressed


async def post(db: Connection, here: Here, found: Post) -> Written:
    """The document of a post of ours that was not deleted. Raises NotFound: it has none, whoever may read it (D31)."""
    if found.audience in ("network", "group"):  # as long as no network says who its members are
        raise NotFound("This post is not for other servers.")
    parts = (await reading.parts(db, [found.id]))[found.id]
    parent = await reading.find(db, found.parent_id) if found.parent_id else None
    quote = await quoting.of_post(db, found.id) if found.is_quote else None
    quoted = await reading.find(db, quote.quoted_id) if quote is not None and quote.quoted_id is not None else None
    people = await lookup.by_ids(
        db,
        {
            found.author_id,
            *(mention.account_id for mention in parts.mentions),
            *((found.group_id,) if found.group_id else ()),
            *((parent.author_id,) if parent else ()),
        },
    )
    group = people.get(found.group_id) if found.group_id else None
    answered = people.get(parent.author_id) if parent else None
    addressed = _addressed(found, people, parts, group, answered)
    is_locked = found.group_id is not None and bool(await locking.of(db, [found.thread_id]))
    plain = Object(
        id=found.uri,
        attributed_to=(people[found.author_id].uri,),
        content=_content(found, quoted),
        source=found.source,
        language=found.language,
        sensitive=found.is_shown_covered,
        to=addressed.to,
        cc=addressed.cc,
        audience=addressed.group,
        network=addressed.network,
        wall=group.wall_url if group is not None and found.is_root else None,
        wall_of=group.uri if group is not None and group.wall_url and found.is_root else None,
        in_reply_to=parent.uri if parent else found.parent_uri,
        context=found.context_uri,
        conversation=found.context_uri,
        url=found.url,
        published=found.published_at,
        updated=found.edited_at,
        mentions=_mentions(found, people, parts, group, answered),
        hashtags=tuple(Hashtag(tag, f"{here.base_url}/tags/{tag.casefold()}") for tag in parts.tags),
        replies=await _replies(db, found),
        likes=CollectionRef(id=found.uri + "/likes", total=found.favourites_count),
        shares=CollectionRef(id=found.uri + "/shares", total=found.boosts_count),
        interaction_policy=_policy(found, people[found.author_id], group, is_locked=is_locked),
        quote=quote.quoted_uri if quote is not None else None,
        links=_quote_link(quote.quoted_uri, quoted) if quote is not None else (),
        quote_authorization=quote.stamp_uri if quote is not None and quote.state == "accepted" else None,
        reply_authorization=found.reply_stamp,
        attachments=tuple(_file(here, each) for each in parts.attachments if each.file is not None),
        emojis=emoji_tags(here, found.emojis),
        poll=_poll(await polls.of_post(db, found.id, None) if found.object_type == "Question" else None),
        comments_enabled=not is_locked if found.is_root else None,
        searchable_by=_searchable_by(found, people[found.author_id]),
    )
    shaped = shape(plain, title=found.title, title_is_generated=found.title_is_generated, warning=found.summary)
    return Written(shaped, addressed)


_FILE_TYPES: Mapping[str, str] = {
    "image": "Image",
    "video": "Video",
    "audio": "Audio",
}


def _file(here: Here, item: Attachment) -> File:
    """A file that was uploaded here."""
    return File(
        type=_FILE_TYPES.get(item.media_type.partition("/")[0], "Document"),
        url=here.file_url(item.file or ""),
        media_type=item.media_type,
        alt=item.description,
        width=item.width,
        height=item.height,
        blurhash=item.blurhash,
        focal_point=(item.focus_x, item.focus_y) if item.focus_x is not None and item.focus_y is not None else None,
    )


def _poll(found: Poll | None) -> WrittenPoll | None:
    """What is asked, and how it stands; figures that are shown at the end only do not leave us before."""
    if found is None:
        return None
    has_ended = found.ended_at is not None
    return WrittenPoll(
        options=tuple(
            PollOption(option.title, option.votes_count if has_ended or not found.hides_totals else 0)
            for option in found.options
        ),
        multiple=found.is_multiple,
        ends_at=found.ends_at,
        closed_at=found.ends_at if has_ended else None,
        voters=found.voters_count,
    )


def _addressed(
    found: Post, people: dict[int, Account], parts: Parts, group: Account | None, answered: Account | None
) -> Addressed:
    author = people[found.author_id]
    named = [people[mention.account_id].uri for mention in parts.mentions if mention.account_id in people]
    # Groups that only carry the thread are asked by an Offer; a second group in `to` or `cc` makes Lemmy refuse (T12).
    mentioned = [
        uri
        for uri in named
        if not any(who.uri == uri and who.is_group for who in people.values()) or (group and uri == group.uri)
    ]
    if found.audience == "direct":
        mentioned = named
    return addressing.address(
        found.audience,
        author_followers=author.followers_url or author.uri + "/followers",
        home=Home(group.uri, group.followers_url or group.uri + "/followers") if group else None,
        answered=answered.uri if answered and answered.id != author.id else None,
        mentioned=[uri for uri in mentioned if not group or uri != group.uri],
    )


def _mentions(
    found: Post, people: dict[int, Account], parts: Parts, group: Account | None, answered: Account | None
) -> tuple[Mention, ...]:
    """The group first (D49), then who is answered, then who is named in the text; each once."""
    wanted = [group, answered, *(people.get(one.account_id) for one in parts.mentions if not one.is_silent)]
    carriers = {who.id for who in wanted if who is not None and who.is_group and (group is None or who.id != group.id)}
    unique = {
        who.id: who
        for who in wanted
        if who is not None
        and who.id != found.author_id
        and (who.id not in carriers or group is None or found.audience == "direct")
    }
    return tuple(Mention(who.uri, who.full_handle) for who in unique.values())


async def _replies(db: Connection, found: Post) -> CollectionRef:
    """The first direct replies, as Mastodon reads no further where it finds a page (T29), and where it goes on:
    GoToSocial reads replies from nowhere else.
    """
    uri = found.uri + "/replies"
    entries = await published.replies(db, found.id, above=0, limit=FIRST_REPLIES) if found.replies_count else []
    total = found.replies_count if len(entries) == FIRST_REPLIES else len(entries)
    following = f"{uri}?after={entries[-1][0] if entries else 0}"
    return CollectionRef(id=uri, total=total, items=tuple(each for _, each in entries), next=following)


def _policy(found: Post, author: Account, home: Account | None, *, is_locked: bool) -> InteractionPolicy:
    """Whom the author lets quote: nobody is said by naming the author alone (FEP-044f). In a closed thread only its
    group is said to reply.
    """
    may_quote = {
        "public": PUBLIC,
        "followers": author.followers_url or author.uri + "/followers",
        "nobody": author.uri,
    }[quoting.effective_policy(found)]
    if found.audience in ("public", "unlisted"):
        may_reply = home.uri if home is not None and is_locked else PUBLIC
        return InteractionPolicy(can_reply=(may_reply,), can_quote=(may_quote,), can_announce=(PUBLIC,))
    return InteractionPolicy(can_quote=(may_quote,))


def _searchable_by(found: Post, author: Account) -> tuple[str, ...] | None:
    """Who may find it elsewhere, as the author chose for all they write: everybody or nobody else (FEP-268d).

    What was said in a group is found by who may read it, whatever its author chose: of that it says nothing.
    """
    if found.audience == "public" and author.is_indexable:
        return (PUBLIC,)
    return None if found.group_id is not None else (author.uri,)


def _content(found: Post, quoted: Post | None) -> str:
    """The text; what it quotes is named above it, in a line that those hide who show the quote itself."""
    if quoted is None:
        return found.content_html
    url = html.escape(quoted.url)
    return f'<p class="quote-inline">RE: <a href="{url}">{url}</a></p>{found.content_html}'


def _quote_link(uri: str, quoted: Post | None) -> tuple[ObjectLink, ...]:
    """The same as a tag, whose name is the line in the text (FEP-e232)."""
    name = f"RE: {quoted.url}" if quoted is not None else ""
    return (ObjectLink(uri, name, (MISSKEY_QUOTE,), DOCUMENT_TYPE),)


def stamp(here: Here, given: Stamp, quoted: Post, author: Account) -> QuoteAuthorization:
    """The document of a stamp of ours."""
    return QuoteAuthorization(
        id=quoting.stamp_uri(here, quoted.id, given.id),
        attributed_to=author.uri,
        interacting=given.quoting_uri,
        target=quoted.uri,
    )


async def creation(db: Connection, here: Here, author: Account, found: Post, *, uri: str | None = None) -> Create:
    """The Create of a post of ours. Its id has the same number as the post's, so that it can always be named, or `uri`.

    Raises NotFound as `post` does.
    """
    written = await post(db, here, found)
    return Create(
        id=uri or here.activity_uri(found.id),
        actor=author.uri,
        to=written.addressed.to,
        cc=written.addressed.cc,
        audience=written.addressed.group,
        published=found.published_at,
        object=written.object,
    )


def tombstone(found: Post) -> Tombstone:
    """What stands where a post of ours was."""
    return Tombstone(id=found.uri, former_type=found.object_type, deleted=found.deleted_at)
