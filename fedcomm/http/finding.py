"""Looking for people, groups and posts that live elsewhere, for edges that may not know the protocol themselves."""

import asyncio
from typing import Protocol

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.http.context import Site
from fedcomm.polls import reading as polls
from fedcomm.threads import drafting, reading
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.model import Post

MOST_STRANGERS = 10
"""So many unknown handles are looked up for one text; the others stay text."""
WITHIN_S = 5.0
"""Whoever cannot be found elsewhere so quickly stays text."""


class Finder(Protocol):
    """Turns a handle or an address into what it names, fetched if need be. `app.py` hands in who can."""

    async def search(self, text: str) -> Account | Post | None:
        """What `@name@host`, a page or an ActivityPub id names. None: there is no such thing, or nobody answers.

        Call it while no transaction is open.
        """
        ...

    async def account_now(self, text: str) -> Account | None:
        """The account that a handle or an address names, as its own server gives it now; ours as it is.

        None: there is none, or nobody answers. Call it while no transaction is open.
        """
        ...

    async def way_in(self, handle: str, uri: str) -> str | None:
        """Where the server of `name@host` lets its people follow or answer what has this uri; None when it is not said.

        Call it while no transaction is open.
        """
        ...

    async def refresh(self, post: Post) -> None:
        """Have a post as its own server gives it now; where that does not answer, it stays as it is.

        Call it while no transaction is open.
        """
        ...


async def ask_again(here: Site, post_id: int, viewer_id: int) -> None:
    """Have a poll that lives elsewhere counted anew, if the viewer may see it and it was not asked for just now."""
    if not here.has(Finder):
        return
    async with here.read() as db:
        found = await reading.by_ids(db, [post_id], viewer_id)
    post = found.get(post_id)
    if post is None or post.is_local or post.audience not in PUBLIC:
        return
    async with here.pool.transaction() as db:
        is_due = await polls.is_to_be_asked(db, post.id, now=here.now())
    if not is_due:
        return
    try:
        async with asyncio.timeout(WITHIN_S):
            await here.service(Finder).refresh(post)
    except TimeoutError:
        return


async def meet(here: Site, text: str) -> None:
    """Get to know the people and groups elsewhere that a text names, before it is published."""
    named = drafting.handles_in(text, ports=":" in here.here.domain)
    outside = [(name.lower(), host.lower()) for name, host in named if host is not None]
    outside = [each for each in outside if each[1] != here.here.domain]
    if not outside or not here.has(Finder):
        return
    async with here.read() as db:
        known = await lookup.by_handles(db, outside)
    finder = here.service(Finder)
    strangers = [f"@{name}@{host}" for name, host in outside if (name, host) not in known][:MOST_STRANGERS]
    try:
        async with asyncio.timeout(WITHIN_S):
            await asyncio.gather(*(finder.search(handle) for handle in strangers))
    except TimeoutError:
        return
