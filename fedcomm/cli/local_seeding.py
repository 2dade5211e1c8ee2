"""Fills the local network through the same verbs that apps and pages use; what is there already is left as it is.

Everything that crosses from one instance to another does so by federation, which is waited for.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from fedcomm import settings
from fedcomm.accounts import lookup, profiles, signup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.actors import Actors
from fedcomm.cli import local_story as story
from fedcomm.cli.development import quiet
from fedcomm.cli.local_story import Answer, Group, Person, Thread, Where
from fedcomm.cursor import Cursor
from fedcomm.errors import Conflict
from fedcomm.groups import founding, membership
from fedcomm.http.context import Site
from fedcomm.threads import carrying, drafting, posting, reactions, reading
from fedcomm.threads.model import Post
from fedcomm.timelines import account as account_timeline

WITHIN_S = 30.0
"""So long something may take from one instance to the others."""

T = TypeVar("T")
Say = Callable[[str], None]


class Slow(Conflict):
    """Something did not arrive at another instance in time."""


class Seeding:
    """Fills these instances. Every step may have been done at an earlier start."""

    def __init__(self, sites: Mapping[Where, Site], say: Say) -> None:
        self._sites = sites
        self._say = say
        self._people = {person.handle: person for person in story.PEOPLE}
        self._groups = {group.handle: group for group in story.GROUPS}

    async def run(self) -> Post:
        """Do all of it; returns the thread that travelled, as the association has it. Raises Slow."""
        for place in story.PLACES:
            await self._describe(place)
        self._say("people and groups")
        for person in story.PEOPLE:
            await self._person(person)
        for group in story.GROUPS:
            await self._group(group)
        self._say("joining groups elsewhere")
        for handle, group in story.JOINED:
            await self._join(self._people[handle], self._groups[group])
        travelled: Post | None = None
        for thread in story.THREADS:
            self._say(f"“{thread.title.partition(':')[0]}”")
            root = await self._thread(thread)
            if thread is story.TRAVELLED:
                travelled = await self._arrived("association", root.uri, "a thread")
        assert travelled is not None
        try:
            for _ in self._sites:  # what one sends the others may pass on
                await quiet(self._sites.values(), within_s=WITHIN_S)
        except TimeoutError:
            raise Slow(f"what was said did not reach everybody within {WITHIN_S:.0f} s") from None
        return travelled

    async def first_person_id(self) -> int:
        """The account of the first person, by which this very database is known again."""
        first = story.PEOPLE[0]
        return (await self._of_ours(self._sites[first.where], first.handle)).id

    async def _describe(self, place: story.Place) -> None:
        """Name and purpose, unless an admin has changed them."""
        site = self._sites[place.where]
        if site.settings.name != site.here.domain:
            return
        async with site.transaction() as db:
            changes: settings.Changes = {
                "name": place.name,
                "purpose": place.purpose,
                "description": place.description,
                "default_language": place.language,
            }
            await settings.save(db, None, changes, now=site.now())
        await site.reload_settings()

    async def _person(self, person: Person) -> None:
        site = self._sites[person.where]
        async with site.transaction() as db:
            if await lookup.local(db, person.handle) is not None:
                return
            account = await signup.create_person(
                db,
                site.here,
                handle=person.handle,
                email=email_of(person),
                password=story.PASSWORD,
                name=person.name,
                role="owner" if person.is_owner else "member",
                locale=person.language,
                created_by="command",
                now=site.now(),
            )
            said = profiles.Changes(bio=person.bio, fields=(profiles.Field("Company", person.company),))
            await profiles.edit(db, site.here, account, said, now=site.now())
            await profiles.set_defaults(db, account.id, profiles.Defaults(language=person.language))

    async def _group(self, group: Group) -> None:
        site = self._sites[group.where]
        async with site.transaction() as db:
            if await lookup.local(db, group.handle) is not None:
                return
            founder = await self._of_ours(site, group.founder)
            await founding.create(db, site.here, founder, group.handle, group.name, group.purpose, now=site.now())

    async def _join(self, person: Person, group: Group) -> None:
        """Ask to join, and wait until the group's instance has said yes."""
        site = self._sites[person.where]
        account = await self._of_ours(site, person.handle)
        known = await self._known(site, group)
        async with site.transaction() as db:
            if await membership.find(db, known.id, account.id) is None:
                await membership.follow_or_join(db, site.here, account, known, now=site.now())

        async def is_member() -> bool | None:
            async with site.read() as db:
                return await membership.role(db, known.id, account.id) is not None or None

        await _until(is_member, f"{person.name} joining {group.name}")

    async def _thread(self, thread: Thread) -> Post:
        site = self._sites[self._people[thread.by].where]
        author = await self._of_ours(site, thread.by)
        root = await self._written(site, author, lambda post: post.title == thread.title)
        if root is None:
            groups = [(await self._known(site, self._groups[handle])).id for handle in thread.groups]
            async with site.transaction() as db:
                draft = await drafting.from_text(
                    db,
                    site.here,
                    author,
                    thread.text,
                    title=thread.title,
                    group_ids=groups,
                    language=thread.language,
                    now=site.now(),
                )
                root = await posting.publish(db, site.here, author, draft, now=site.now())
        for handle in thread.groups[1:]:
            await self._carried(root, self._groups[handle])
        posts = {thread.name: root.uri}
        for answer in thread.answers:
            posts[answer.name] = await self._answer(answer, posts[answer.to], root.uri, thread)
        for handle, name in thread.liked:
            await self._like(self._people[handle], posts[name])
        return root

    async def _answer(self, answer: Answer, parent_uri: str, root_uri: str, thread: Thread) -> str:
        person = self._people[answer.by]
        site = self._sites[person.where]
        author = await self._of_ours(site, answer.by)
        texts = (answer.text, answer.after)
        parent = await self._arrived(person.where, parent_uri, f"what {person.name} answers")
        post = await self._written(site, author, lambda post: post.parent_id == parent.id and post.source in texts)
        if post is None:
            async with site.transaction() as db:
                draft = await drafting.from_text(
                    db, site.here, author, answer.text, parent_id=parent.id, language=person.language, now=site.now()
                )
                post = await posting.publish(db, site.here, author, draft, now=site.now())
        if answer.after is not None and post.source == answer.text:
            await self._everywhere(thread, post.uri)
            async with site.transaction() as db:
                draft = await drafting.from_text(
                    db, site.here, author, answer.after, editing=post, language=person.language, now=site.now()
                )
                await posting.edit(db, site.here, author, post.id, draft, now=site.now())
        await self._everywhere(thread, post.uri)
        return post.uri

    async def _like(self, person: Person, uri: str) -> None:
        site = self._sites[person.where]
        account = await self._of_ours(site, person.handle)
        post = await self._arrived(person.where, uri, f"what {person.name} likes")
        async with site.transaction() as db:
            await reactions.favourite(db, site.here, account, post.id, now=site.now())

    async def _carried(self, root: Post, group: Group) -> None:
        """Wait until a group carries the thread, as its own instance has it."""
        site = self._sites[group.where]

        async def is_carried() -> bool | None:
            async with site.read() as db:
                ours = await lookup.local(db, group.handle)
                post = await reading.by_uri(db, root.uri)
                carry = await carrying.of(db, post.id, ours.id) if post and ours else None
                return (carry is not None and carry.state in ("carried", "withdrawn")) or None

        await _until(is_carried, f"{group.name} carrying the thread")

    async def _everywhere(self, thread: Thread, uri: str) -> None:
        """Wait until every instance that has the thread has this post."""
        places: set[Where] = {self._groups[handle].where for handle in thread.groups}
        for where in places:
            await self._arrived(where, uri, "an answer")

    async def _arrived(self, where: Where, uri: str, what: str) -> Post:
        async def arrived() -> Post | None:
            async with self._sites[where].read() as db:
                return await reading.by_uri(db, uri)

        return await _until(arrived, f"{what} ({uri}) at {self._sites[where].here.base_url}")

    async def _written(self, site: Site, author: Account, is_it: Callable[[Post], bool]) -> Post | None:
        """What somebody wrote at an earlier start."""
        async with site.read() as db:
            entries = await account_timeline.page(db, author.id, author, cursor=Cursor(limit=200))
            posts = await reading.by_ids(db, [entry.post_id for entry in entries], author.id)
        return next((post for post in posts.values() if post.author_id == author.id and is_it(post)), None)

    async def _known(self, site: Site, group: Group) -> Account:
        """A group as it is known at an instance: looked up there by its handle, as people do."""
        if self._sites[group.where] is site:
            return await self._of_ours(site, group.handle)
        return await site.service(Actors).by_handle(group.handle, self._sites[group.where].here.domain)

    async def _of_ours(self, site: Site, handle: str) -> Account:
        async with site.read() as db:
            account = await lookup.local(db, handle)
        if account is None or account.state != "active":
            raise Conflict(f"@{handle}@{site.here.domain} was there before and is gone: begin anew with ./run --fresh")
        return account


def email_of(person: Person) -> str:
    """The mail address with which somebody may sign in too."""
    return f"{person.handle}@{person.where}.example"


async def _until(asked: Callable[[], Awaitable[T | None]], what: str) -> T:
    ends = time.monotonic() + WITHIN_S
    while (answer := await asked()) is None:
        if time.monotonic() > ends:
            raise Slow(f"{what} took longer than {WITHIN_S:.0f} s")
        await asyncio.sleep(0.02)
    return answer
