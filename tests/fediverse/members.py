"""People at their instances, who do through the verbs what apps and pages do."""

from dataclasses import dataclass

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.actors import Actors
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.groups import membership
from fedcomm.polls.model import Choices
from fedcomm.threads import carrying, drafting, posting, reactions, reading, voting
from fedcomm.threads.model import Post
from fedcomm.timelines import home
from tests.running import Instance


@dataclass(frozen=True, slots=True)
class Said:
    """A post as one instance shows it; addresses are those of its origin, so they are the same everywhere."""

    author: str
    parent: str | None
    group: str | None
    title: str | None
    html: str
    state: str


class Member:
    """Somebody at their instance."""

    def __init__(self, at: Instance, account: Account) -> None:
        self.at = at
        self.account = account

    async def join(self, group: Account) -> None:
        """Ask to join a group, wherever it lives."""
        known = await self.at.site.service(Actors).account(group.uri)
        async with self.at.db() as db:
            await membership.follow_or_join(db, self.at.here, self.account, known, now=self.at.site.now())

    async def leave(self, group: Account) -> None:
        """Leave it again."""
        known = await self.at.find(group.uri)
        async with self.at.db() as db:
            await membership.leave_or_unfollow(db, self.at.here, self.account, known, now=self.at.site.now())

    async def write(self, text: str, *groups: Account, title: str | None = None, poll: Choices | None = None) -> str:
        """Start a thread; the first group is its home, the others are asked to carry it. Its uri."""
        ids = [(await self.at.find(group.uri)).id for group in groups]
        async with self.at.db() as db:
            draft = await drafting.from_text(
                db, self.at.here, self.account, text, title=title, group_ids=ids, poll=poll, now=self.at.site.now()
            )
            return (await posting.publish(db, self.at.here, self.account, draft, now=self.at.site.now())).uri

    async def answer(self, uri: str, text: str) -> str:
        """Answer a post. The uri of the answer."""
        async with self.at.db() as db:
            parent = await _post(db, uri)
            draft = await drafting.from_text(
                db, self.at.here, self.account, text, parent_id=parent.id, now=self.at.site.now()
            )
            return (await posting.publish(db, self.at.here, self.account, draft, now=self.at.site.now())).uri

    async def edit(self, uri: str, text: str) -> None:
        """Change the text of an own post."""
        async with self.at.db() as db:
            post = await _post(db, uri)
            draft = await drafting.from_text(
                db, self.at.here, self.account, text, title=post.title, editing=post, now=self.at.site.now()
            )
            await posting.edit(db, self.at.here, self.account, post.id, draft, now=self.at.site.now())

    async def delete(self, uri: str) -> None:
        """Delete an own post."""
        async with self.at.db() as db:
            post = await _post(db, uri)
            await posting.delete(db, self.at.here, self.account, post.id, now=self.at.site.now())

    async def vote(self, uri: str, *positions: int) -> None:
        """Vote in the poll of a post."""
        async with self.at.db() as db:
            post = await _post(db, uri)
            await voting.vote(db, self.at.here, self.account, post.id, positions, now=self.at.site.now())

    async def favourite(self, uri: str) -> None:
        """Favourite a post."""
        async with self.at.db() as db:
            post = await _post(db, uri)
            await reactions.favourite(db, self.at.here, self.account, post.id, now=self.at.site.now())

    async def unfavourite(self, uri: str) -> None:
        """Take it back."""
        async with self.at.db() as db:
            post = await _post(db, uri)
            await reactions.unfavourite(db, self.at.here, self.account, post.id, now=self.at.site.now())

    async def boost(self, uri: str) -> None:
        """Boost a post."""
        async with self.at.db() as db:
            post = await _post(db, uri)
            await reactions.boost(db, self.at.here, self.account, post.id, now=self.at.site.now())

    async def ask_to_carry(self, uri: str, group: Account) -> None:
        """Ask a group to carry a thread that exists already."""
        known = await self.at.find(group.uri)
        async with self.at.db() as db:
            post = await _post(db, uri)
            await carrying.ask(db, self.at.here, self.account, post.id, known.id, now=self.at.site.now())

    async def stop_carrying(self, uri: str, group: Account) -> None:
        """Let a group of this instance carry a thread no longer."""
        async with self.at.db() as db:
            post = await _post(db, uri)
            ours = await lookup.by_uri(db, group.uri)
            assert ours is not None
            await carrying.stop(db, self.at.here, self.account, post.id, ours.id, now=self.at.site.now())

    async def home(self) -> list[str]:
        """The posts in this person's home, newest first, by uri."""
        async with self.at.site.read() as db:
            entries = await home.page(db, self.account.id, cursor=Cursor(limit=40))
            found = await reading.by_ids(db, [entry.post_id for entry in entries], self.account.id)
            return [found[entry.post_id].uri for entry in entries]

    async def can_read(self, uri: str) -> bool:
        """Whether a post is here and this person may read it."""
        async with self.at.site.read() as db:
            post = await reading.by_uri(db, uri)
            return post is not None and post.id in await reading.by_ids(db, [post.id], self.account.id)


async def member(at: Instance, handle: str) -> Member:
    """A new person at an instance."""
    return Member(at, await at.person(handle))


async def thread_at(at: Instance, root_uri: str) -> dict[str, Said]:
    """A thread as an instance has it, deleted posts included."""
    async with at.site.read() as db:
        root = await reading.by_uri(db, root_uri)
        if root is None:
            return {}
        posts = await reading.thread(db, root.id, None)
        known = {post.id: post.uri for post in posts}
        accounts = await lookup.by_ids(
            db, {post.author_id for post in posts} | {post.group_id for post in posts if post.group_id}
        )
    return {post.uri: _said(post, known, accounts) for post in posts}


async def counts_at(at: Instance, uri: str) -> tuple[int, int]:
    """Favourites and boosts of a post, as an instance counts them."""
    async with at.site.read() as db:
        post = await _post(db, uri)
    return post.favourites_count, post.boosts_count


async def carriers_at(at: Instance, root_uri: str) -> dict[str, str]:
    """Which groups carry a thread, or were asked to, as an instance has it: their uri and state."""
    async with at.site.read() as db:
        root = await _post(db, root_uri)
        found = (await carrying.carriers(db, [root.id]))[root.id]
        groups = await lookup.by_ids(db, [carry.group_id for carry in found])
    return {groups[carry.group_id].uri: carry.state for carry in found}


def _said(post: Post, known: dict[int, str], accounts: dict[int, Account]) -> Said:
    return Said(
        author=accounts[post.author_id].uri,
        parent=known[post.parent_id] if post.parent_id else None,
        group=accounts[post.group_id].uri if post.group_id else None,
        title=post.title,
        html=post.content_html,
        state=post.state,
    )


async def _post(db: Connection, uri: str) -> Post:
    post = await reading.by_uri(db, uri)
    assert post is not None, f"{uri} is not here"
    return post
