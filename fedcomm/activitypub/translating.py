"""What another server publishes -> a draft in our words: whom it names, which group it is for, who may read it.

Lenient to every type of object: what has an author and a text is a post. Titles, warnings, bodies: decisions D32-D36.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub import attached, events
from fedcomm.database import Connection
from fedcomm.emojis import Given
from fedcomm.here import Here
from fedcomm.polls.model import Choices, Counted
from fedcomm.text import cleaning, languages, limits, titles
from fedcomm.text.sanitise import clean_post, to_plain
from fedcomm.threads.model import Audience, Draft, QuotePolicy, Remote
from federation.addressing import Reach, addressees, possible_homes, reach
from federation.vocabulary.activities import Activity
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.objects import Post

MOST_NAMED = 300
"""Addresses that are looked up for one post."""
MOST_ASKED = 5
"""So many strangers named before a group are fetched to learn whether one of them is the home group (D49)."""

MOST_VOTES = 1_000_000_000
"""More than that is written down as that."""


MOST_FINDERS = 20
"""So many of those who alone may find a post are kept."""
MOST_PARTNERS = 5
"""So many strangers named in a direct post are fetched: an answer goes to all whom it is between."""

_AUDIENCES: dict[Reach, Audience] = {
    "public": "public",
    "unlisted": "unlisted",
    "network": "network",
    "group": "group",
    "followers": "followers",
    "moderators": "direct",
    "direct": "direct",
}
_WARNED = ("Note", "Question")
"""Where `summary` is a content warning; elsewhere it is an excerpt (federation.md 1.4)."""


class Unknown(Exception):  # reads as a sentence where it is raised
    """Who this is decides what becomes of a post, and nobody here knows yet: to be fetched.

    `is_home`: it may be the group that the thread is for, without which the thread would be another one here (D49).
    """

    def __init__(self, uri: str, *, is_home: bool = False) -> None:
        super().__init__(uri)
        self.uri = uri
        self.is_home = is_home


class Named:
    """The accounts that a post names anywhere, as far as they are known here."""

    def __init__(self, known: Mapping[str, Account]) -> None:
        self._known = known

    def get(self, uri: str) -> Account | None:
        """The account with this id, if it is known and alive."""
        account = self._known.get(uri)
        return account if account is not None and account.state == "active" else None

    def knows(self, uri: str) -> bool:
        """Whether there is an account with this id, whatever became of it."""
        return uri in self._known

    def groups(self) -> list[Account]:
        """Those that are groups."""
        return [account for account in self._known.values() if account.is_group and account.state == "active"]

    def ours(self) -> list[Account]:
        """Those who live here."""
        return [account for account in self._known.values() if account.is_local and account.state == "active"]


def names_in(post: Post, activity: Activity | None) -> list[str]:
    """The addresses a post or its activity names: mentioned, addressed, or as the group it is for."""
    to, cc = addressees(post, activity)
    uris = (*_homes(post, activity), *(mention.href for mention in post.mentions), *to, *cc)
    return list(dict.fromkeys(uri for uri in uris if uri != PUBLIC))[:MOST_NAMED]


async def named_by(db: Connection, post: Post, activity: Activity | None) -> Named:
    """Whom a post or its activity names."""
    return Named(await lookup.by_uris(db, names_in(post, activity)))


async def draft_of(
    db: Connection,
    here: Here,
    post: Post,
    activity: Activity | None,
    author: Account,
    *,
    without: Collection[str] = (),
    now: datetime,
) -> Draft:
    """The draft of a post by somebody elsewhere, whose word has been proven.

    `without`: who could not be fetched. Raises Unknown. Source: D33, D49; federation.md 1.4, 2.4.
    """
    return draft_with(await named_by(db, post, activity), here, post, activity, author, without=without, now=now)


def draft_with(
    named: Named,
    here: Here,
    post: Post,
    activity: Activity | None,
    author: Account,
    *,
    without: Collection[str] = (),
    now: datetime,
) -> Draft:
    """The same where it is known whom the post names. Raises Unknown."""
    home = None if post.in_reply_to else _home(post, activity, named, without)
    audience = audience_of(post, activity, author, named)
    if audience == "direct":
        _check_partners(here, post, named, without)
    mentioned = [named.get(mention.href) for mention in post.mentions]
    mention_ids = [each.id for each in mentioned if each is not None and each.id != author.id]
    silent = [each.id for each in (*named.ours(), *named.groups()) if each.id not in mention_ids]
    carriers = _carriers(post, activity, named, home)
    title = "" if post.in_reply_to else titles.typed(post.name or "")
    return Draft(
        content_html=_content(post, title, here),
        source=cleaning.storable(post.source)[: limits.BODY_FROM_OUTSIDE] if post.source else None,
        title=title or None,
        summary=_warning(post),
        is_sensitive=post.sensitive,
        language=languages.checked(post.language),
        audience=audience,
        group_id=home.id if home is not None else None,
        carry_ids=tuple(each.id for each in carriers),
        mention_ids=tuple(dict.fromkeys(mention_ids)),
        silent_mention_ids=tuple(dict.fromkeys(silent)),
        tags=tuple(tag.name for tag in post.hashtags),
        poll=_poll(post),
        quote_policy=_quote_policy(post, author),
        remote=_remote(post, activity, here, now),
    )


def _check_partners(here: Here, post: Post, named: Named, without: Collection[str]) -> None:
    """Those whom a direct post is between are known, or cannot be. Raises Unknown."""
    strangers = [each.href for each in post.mentions if not named.knows(each.href) and not here.is_ours(each.href)]
    for uri in dict.fromkeys(strangers[:MOST_PARTNERS]):
        if uri not in without:
            raise Unknown(uri)


def audience_of(post: Post, activity: Activity | None, author: Account, named: Named) -> Audience:
    """Who may read a post: never more than its author said (D33)."""
    to, cc = addressees(post, activity)
    groups = named.groups()
    found = reach(
        to,
        cc,
        groups=[group.uri for group in groups],
        group_followers=[group.followers_url for group in groups if group.followers_url],
        author_followers=author.followers_url,
        network=post.network,
    )
    return _AUDIENCES[found]


def _homes(post: Post, activity: Activity | None) -> tuple[str, ...]:
    return possible_homes(post, activity)[:MOST_NAMED]


def _home(post: Post, activity: Activity | None, named: Named, without: Collection[str]) -> Account | None:
    """The group a thread is for: the first that is one, on any host (D49). Raises Unknown."""
    candidates = _homes(post, activity)
    is_said = post.audience is not None or (activity is not None and activity.audience is not None)
    strangers: list[str] = []
    for uri in candidates:
        account = named.get(uri)
        if account is None and uri not in without:
            strangers.append(uri)
        if account is not None and account.is_group:
            # Whoever is named before this group may be a group as well, and then the thread is theirs.
            if strangers and len(strangers) <= MOST_ASKED:
                raise Unknown(strangers[0], is_home=True)
            return account
    if is_said and strangers:
        raise Unknown(strangers[0], is_home=True)
    return None


def _carriers(post: Post, activity: Activity | None, named: Named, home: Account | None) -> list[Account]:
    """Groups that are named beside the home group: they are asked to carry the thread (D49)."""
    if home is None:
        return []
    to, cc = addressees(post, activity)
    uris = dict.fromkeys((*(mention.href for mention in post.mentions), *to, *cc))
    found = [named.get(uri) for uri in uris]
    return [each for each in found if each is not None and each.is_group and each.id != home.id]


def _remote(post: Post, activity: Activity | None, here: Here, now: datetime) -> Remote:
    published = post.published or (activity.published if activity else None) or now
    contexts = [uri for uri in (post.context, post.conversation) if uri and uri.startswith(("http://", "https://"))]
    edited = post.updated if post.updated is not None and post.updated > published else None
    return Remote(
        uri=post.id,
        url=post.url or post.id,
        object_type=post.type[:100],
        published_at=published,
        parent_uri=post.in_reply_to,
        context_uris=tuple(dict.fromkeys(contexts)),
        attachments=tuple(attached.files(post)),
        is_closed=None if post.in_reply_to else _is_closed(post, here),
        edited_at=edited,
        emojis=tuple(Given(shortcode=each.name, icon_url=each.icon) for each in post.emojis),
        quoted_uri=post.quote,
        quote_stamp_uri=post.quote_authorization if post.quote else None,
        searchable_by=_searchable_by(post),
    )


def _is_closed(post: Post, here: Here) -> bool:
    """Whether nobody here may answer: comments are off, or only the author or the group itself is let (GoToSocial).

    Whoever is named in a post may answer it.
    """
    if post.comments_enabled is False:
        return True
    allowed = post.interaction_policy.can_reply if post.interaction_policy else None
    themselves = {post.author, post.audience}
    return (
        allowed is not None
        and themselves.issuperset(allowed)
        and not any(here.is_ours(mention.href) for mention in post.mentions)
    )


def _searchable_by(post: Post) -> tuple[str, ...] | None:
    """Who alone may find it by searching; None: it does not keep anybody from it (FEP-268d)."""
    if post.searchable_by is None or PUBLIC in post.searchable_by:
        return None
    return post.searchable_by[:MOST_FINDERS]


def _quote_policy(post: Post, author: Account) -> QuotePolicy:
    """Whom it lets quote it; who says nothing lets nobody, as on Mastodon (FEP-044f)."""
    allowed = (post.interaction_policy.can_quote if post.interaction_policy else None) or ()
    if PUBLIC in allowed:
        return "public"
    return "followers" if author.followers_url and author.followers_url in allowed else "nobody"


def _warning(post: Post) -> str:
    if post.type not in _WARNED or not post.summary:
        return ""
    return cleaning.paragraphs(to_plain(clean_post(post.summary)), limits.WARNING)


def _content(post: Post, title: str, here: Here) -> str:
    """The text, with what else has to be read: shared links, time and place of an event."""
    body = post.content or ("" if post.type in _WARNED else post.summary or "")
    stored = clean_post(body, home=here.base_url)
    if title and post.type != "Note" and cleaning.one_line(to_plain(stored), limits.BODY) == title:
        stored = ""  # polls say their question twice
    parts = [stored, *events.shown(post, post.language), *attached.links(post)]
    return clean_post("".join(parts), home=here.base_url) if any(parts[1:]) else stored


def _poll(post: Post) -> Choices | None:
    """What is asked, and how it stands by word of its own server."""
    if post.poll is None:
        return None
    options = {cleaning.one_line(each.name, limits.POLL_OPTION_FROM_OUTSIDE): each for each in post.poll.options}
    options.pop("", None)
    if not options:
        return None
    voters = post.poll.voters
    return Choices(
        options=tuple(options),
        is_multiple=post.poll.multiple,
        ends_at=post.poll.closed_at or post.poll.ends_at,
        counted=Counted(
            votes=tuple(min(each.votes, MOST_VOTES) for each in options.values()),
            voters=min(voters, MOST_VOTES) if voters is not None else None,
            wire_names=tuple(
                each.spelling or (each.name if each.name != title else None) for title, each in options.items()
            ),
        ),
    )
