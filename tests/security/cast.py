"""One post for each audience, state and place, with a canary in every text of it, and somebody for every right to read.

Who may read what is written here once more, apart from the code: security cases section 7, decisions D30, D61.
"""

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import msgspec

from fedcomm.accounts import sessions
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.groups import membership, parting
from fedcomm.http.pages import cookie_name
from fedcomm.network import peers
from fedcomm.threads import conversations, posting, reactions
from fedcomm.threads.model import Audience, Draft, Post
from tests.factories import make_draft, make_follow
from tests.kit import FakeActor, FakePeer
from tests.running import Instance, instance

Viewer = Literal[
    "visitor", "app", "member", "follower", "groupmate", "moderator", "author", "named", "blocked",
    "pending", "far_follower", "far_stranger", "far_admitted", "far_suspended",
]  # fmt: skip
VIEWERS: tuple[Viewer, ...] = get_args(Viewer)
LOCAL: tuple[Viewer, ...] = ("member", "follower", "groupmate", "moderator", "author", "named", "blocked")
FAR: tuple[Viewer, ...] = ("far_follower", "far_stranger", "far_admitted", "far_suspended")
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
STATES = ("held", "removed", "deleted")
PLACES = ("thread", "reply", "personal")

READERS: Mapping[str, tuple[Viewer, ...]] = {
    "public": VIEWERS,
    "unlisted": VIEWERS,
    "network": (*LOCAL, "far_admitted"),
    "local": LOCAL,
    "group": ("groupmate", "moderator", "author"),
    "followers": ("follower", "author", "named", "far_follower"),
    "direct": ("author", "named"),
    "held": ("moderator", "author"),
    "removed": ("moderator", "author"),
    "deleted": (),
}
CANARY = re.compile(r"canary[a-z]+")


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One post. `row`: its audience, or the state of one that was public."""

    row: str
    place: str
    post: Post

    @property
    def canary(self) -> str:
        """What stands in all its texts."""
        return canary(self.row, self.place)

    def is_for(self, viewer: Viewer) -> bool:
        """Whether somebody may read it; outside groups there is no moderator, and a thread names its group."""
        if viewer == "moderator" and self.row in (*STATES, "direct"):
            return self.row != "deleted" and self.place != "personal" and (self.row, self.place) != ("direct", "reply")
        if viewer == "blocked" and self.place == "personal":  # by the author; in groups they meet
            return False
        if viewer in ("pending", "far_suspended"):
            return self.row in ("public", "unlisted")
        return viewer in READERS[self.row]


def canary(row: str, place: str) -> str:
    """A word that stands nowhere else."""
    return f"canary{row}{place}"


@dataclass(frozen=True, slots=True)
class Cast:
    """All of them, at one instance with three peers, one of which is allowed by name and one suspended."""

    at: Instance
    group: Account
    people: Mapping[Viewer, Account]
    far: Mapping[Viewer, FakeActor]
    exhibits: tuple[Exhibit, ...]
    root: Post
    """The public thread in which the replies stand."""
    tokens: Mapping[Viewer, str]
    cookies: Mapping[Viewer, str]
    csrf: Mapping[Viewer, str]

    @property
    def author(self) -> Account:
        """Whose posts they are."""
        return self.people["author"]

    def readable(self, viewer: Viewer) -> set[str]:
        """The canaries that somebody may see."""
        return {each.canary for each in self.exhibits if each.is_for(viewer)}

    def pick(self, row: str, place: str = "personal") -> Exhibit:
        """One of the exhibits."""
        return next(each for each in self.exhibits if (each.row, each.place) == (row, place))


@asynccontextmanager
async def the_cast(database_url: str) -> AsyncGenerator[Cast]:
    """Everybody and everything, once for all tests of a module."""
    async with instance(database_url) as at, FakePeer() as peer, FakePeer() as friend, FakePeer() as shut:
        people: dict[Viewer, Account] = {name: await at.person(f"our_{name}") for name in LOCAL}
        people["pending"] = await at.person("our_pending", approved=False)
        far: dict[Viewer, FakeActor] = {
            "far_follower": peer.add("rui"),
            "far_stranger": peer.add("sam"),
            "far_admitted": friend.add("uli"),
            "far_suspended": shut.add("tom"),
        }
        group = await at.group(people["moderator"], "bakers")
        for actor in far.values():  # so that they are known here, with their keys
            assert (await actor.send(at.url + "/inbox", actor.does("Like", people["author"].uri))).status == 202
        await at.settle()
        async with at.db() as db:
            await _acquaint(db, at, people, [await at.find(far["far_follower"].id)], group)
            root = await posting.publish(
                db,
                at.here,
                people["moderator"],
                make_draft("Open to all.", title="Open", group=group),
                now=at.site.now(),
            )
        published = [await _publish(at, people, group, root, row, place) for row, place in rows_and_places()]
        await at.settle()
        async with at.db() as db:
            exhibits = [await _hide(db, each, now=at.site.now()) for each in published]
            await peers.allow(db, None, friend.server.authority, "a chapter", now=at.site.now())
            await peers.suspend(db, None, shut.server.authority, "spam", now=at.site.now())
            await parting.block(db, at.here, people["author"], people["blocked"], now=at.site.now())
        signed_in: dict[Viewer, tuple[str, str]] = {name: await _sign_in(at, people[name]) for name in LOCAL}
        yield Cast(
            at,
            group,
            people,
            far,
            tuple(exhibits),
            root,
            {"app": await at.token(None), **{name: await at.token(account) for name, account in people.items()}},
            {name: f"{cookie_name(at.site)}={value}" for name, (value, _) in signed_in.items()},
            {name: csrf for name, (_, csrf) in signed_in.items()},
        )


def rows_and_places() -> list[tuple[str, str]]:
    """Each audience and state, in each place in which it has a meaning."""
    return [(row, place) for row in (*AUDIENCES, *STATES) for place in PLACES if (row, place) != ("group", "personal")]


async def _acquaint(
    db: Connection, at: Instance, people: Mapping[Viewer, Account], far_followers: list[Account], group: Account
) -> None:
    for name in ("author", "groupmate"):
        await membership.join(db, at.here, people[name], group, how="invite", now=at.site.now())
    for follower in (people["follower"], *far_followers):
        await make_follow(db, follower, people["author"], here=at.here, notify=follower.is_local, now=at.site.now())


async def _publish(
    at: Instance, people: Mapping[Viewer, Account], group: Account, root: Post, row: str, place: str
) -> Exhibit:
    """Everything is public at first, so that all that follows from publishing is there, and hidden afterwards."""
    word = canary(row, place)
    draft: Draft = make_draft(
        f"Text {word}.",
        title=f"Title {word}" if place == "thread" else None,
        group=group if place == "thread" else None,
        parent=root if place == "reply" else None,
        mentioning=[people["named"]],
    )
    draft = msgspec.structs.replace(draft, source=f"Source {word}.", tags=(word,))
    async with at.db() as db:
        post = await posting.publish(db, at.here, people["author"], draft, now=at.site.now())
        await reactions.favourite(db, at.here, people["member"], post.id, now=at.site.now())
        await reactions.bookmark(db, at.here, people["member"], post.id, now=at.site.now())
        await reactions.boost(db, at.here, people["groupmate"], post.id, now=at.site.now())
    return Exhibit(row, place, post)


async def _hide(db: Connection, each: Exhibit, *, now: datetime) -> Exhibit:
    if each.row in STATES:
        await db.execute("UPDATE post SET state = $2 WHERE id = $1", each.post.id, each.row)
    else:
        await db.execute("UPDATE post SET audience = $2 WHERE id = $1", each.post.id, each.row)
    if each.row == "direct":
        await conversations.add(db, each.post, now=now)
    return each


async def _sign_in(at: Instance, account: Account) -> tuple[str, str]:
    now = at.site.now()
    async with at.db() as db:
        value = await sessions.begin(db, account.id, user_agent="test", address="127.0.0.1", now=now)
        session = await sessions.find(db, value, now=now)
    assert session is not None
    return value, session.csrf_token
