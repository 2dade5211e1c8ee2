"""Audience <-> `to` and `cc`; which group a post means; whom what was written is for.

The audiences are those of the product (D30). Lists hold actor ids, collection ids and Public. Source: D30, D31, D33,
D49, D59; federation.md 2.4.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, cast

from federation.vocabulary.activities import Activity
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.objects import Post
from federation.vocabulary.strict_json import load_object
from federation.vocabulary.values import PUBLIC_SPELLINGS
from federation.vocabulary.values import document as as_document

Audience = Literal["public", "unlisted", "network", "group", "local", "followers", "direct"]

Reach = Literal["public", "unlisted", "network", "group", "followers", "moderators", "direct"]
"""How far a post from elsewhere may go. `moderators`: it speaks to nobody but groups (D33)."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """Whom a post names, the same on the activity and on its object (T10)."""

    to: tuple[str, ...]
    cc: tuple[str, ...]
    group: str | None = None
    """For `audience`."""
    network: str | None = None
    """For `fc:audience`."""


@dataclass(frozen=True, slots=True)
class Home:
    """The one group an object belongs to (T12)."""

    id: str
    followers: str


def address(
    audience: Audience,
    *,
    author_followers: str,
    home: Home | None = None,
    network: str | None = None,
    answered: str | None = None,
    mentioned: Iterable[str] = (),
) -> Addressed:
    """`to` and `cc` of a post of ours.

    `answered` is the author of the parent, `mentioned` the people named in the text. Groups that only carry the thread
    belong in neither: a second group in `to` or `cc` makes Lemmy refuse the post (T12). A `local` post names nobody,
    because it never leaves. `network` is the id of the network's actor.

    Raises ValueError (an audience without the group or network it speaks of).
    """
    people = [answered] if answered else []
    others = list(mentioned)
    group = home.id if home else None
    if audience == "local":
        return Addressed((), (), group)
    if audience == "direct":
        return Addressed(*_once(people + others, []), group)
    if audience == "followers":
        return Addressed(*_once([author_followers, *people], others), None)
    if audience in ("public", "unlisted"):
        return Addressed(*_open(audience, author_followers, group, people, others), group)
    if home is None or (audience == "network" and network is None):
        raise ValueError(f"a post to the {audience} names its group and network")
    to, cc = _once([home.id, *people], [home.followers, *others])
    return Addressed(to, cc, group, network if audience == "network" else None)


_Lists = tuple[tuple[str, ...], tuple[str, ...]]


def _open(audience: str, followers: str, group: str | None, people: list[str], others: list[str]) -> _Lists:
    home = [group] if group else []
    if audience == "unlisted":
        return _once([followers, *home, *people], [PUBLIC, *others])
    if people:  # an answer: its parent's author comes first, the group listens
        return _once([PUBLIC, *people], [*home, followers, *others])
    return _once([*home, PUBLIC], [followers, *others])


def _once(to: Iterable[str], cc: Iterable[str]) -> _Lists:
    first = tuple(dict.fromkeys(to))
    return first, tuple(dict.fromkeys(one for one in cc if one not in first))


def addressees(post: Post, activity: Activity | None = None) -> _Lists:
    """`to` and `cc` of a post; those of its activity when the post itself names nobody (T10)."""
    if activity is not None and not post.to and not post.cc:
        return activity.to, activity.cc
    return post.to, post.cc


def reach(
    to: Collection[str],
    cc: Collection[str],
    *,
    groups: Collection[str] = (),
    group_followers: Collection[str] = (),
    author_followers: str | None = None,
    network: str | None = None,
) -> Reach:
    """How far a post with these addressees may go: never further than its author said.

    `groups` are the addressees known to be groups, `group_followers` their follower collections. While the author's own
    collection is not known, an address that ends like one is taken for it. Source: D33, D59, T9.
    """
    if PUBLIC in to:
        return "public"
    if PUBLIC in cc:
        return "unlisted"
    everyone = dict.fromkeys((*to, *cc))
    if any(one in group_followers for one in everyone):
        return "network" if network else "group"
    if author_followers is not None and author_followers in everyone:
        return "followers"
    if author_followers is None and any(_looks_like_followers(one) for one in everyone):
        return "followers"
    if everyone and all(one in groups for one in everyone):
        return "moderators"
    return "direct"


def _looks_like_followers(address: str) -> bool:
    return address.rstrip("/").endswith("/followers")


def possible_homes(post: Post, activity: Activity | None = None) -> tuple[str, ...]:
    """Who may be the home group, most likely first; the first that is a `Group`, on any host, is it (D49).

    Only `audience` when it is given: then a group that is merely mentioned is asked to carry, at most. Else mentions in
    their order, then `to`, `cc` and the wall it stands on. What this leaves open, the parent's thread decides.
    """
    named = post.audience or (activity.audience if activity else None)
    if named is not None:
        return (named,)
    to, cc = addressees(post, activity)
    wall = (post.wall_of,) if post.wall_of else ()
    named_ones = (*(mention.href for mention in post.mentions), *to, *cc, *wall)
    people = {PUBLIC, *post.attributed_to}
    return tuple(dict.fromkeys(one for one in named_ones if one not in people and not _looks_like_followers(one)))


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a written activity is for, as far as it says so itself."""

    uris: tuple[str, ...]
    is_public: bool


MOST_NAMED = 1000


def named_in(body: bytes) -> Named:
    """Whom an activity of ours names, or one that we pass on, as it was written.

    What anybody may see is also for whoever is named within it, and for the authors of the posts it names. What is not
    is for its addressees alone, and says so; only what names nobody at all, a Like perhaps, is for those it is about.
    """
    document = load_object(body)
    within = as_document(document.get("object"))
    addressed = [
        one for thing in (document, within) if thing for key in ("to", "cc") for one in _strings(thing.get(key))
    ]
    is_public = not PUBLIC_SPELLINGS.isdisjoint(addressed)
    found = _strings(document) if is_public or not addressed else addressed
    uris = dict.fromkeys(one for one in found if one.startswith(("https://", "http://")))
    return Named(tuple(uris)[:MOST_NAMED], is_public)


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [found for one in cast("list[object]", value) for found in _strings(one)]
    thing = as_document(value)
    return [] if thing is None else [found for one in thing.values() for found in _strings(one)]
