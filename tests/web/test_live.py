"""Pages of ours listen with the session of the browser: to what their reader may read, and only as long as they may."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2 as httpx
import pytest

from fedcomm.accounts import sessions
from fedcomm.accounts.model import Account
from fedcomm.http.pages import cookie_name
from fedcomm.threads import changing
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")
SOON_S = 20.0
EVENT = re.compile(r"event: (\w+)\ndata: (\w*)\n")


class Stream:
    """An answer that stays open, as a browser reads it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._parts = answer.aiter_text()
        self._rest = ""

    async def event(self) -> tuple[str, str]:
        """The next event and what it says."""
        async with asyncio.timeout(SOON_S):
            while (found := EVENT.search(self._rest)) is None:
                self._rest += await anext(self._parts)
        self._rest = self._rest[found.end() :]
        return found[1], found[2]


@asynccontextmanager
async def listening(place: Place, who: Account, query: str) -> AsyncGenerator[Stream]:
    """The stream of somebody who is signed in in a browser."""
    here = place.at.site
    async with place.at.db() as db:
        value = await sessions.begin(db, who.id, user_agent="Browser", address="203.0.113.1", now=here.now())
    async with (
        place.at.client() as http,
        http.stream("GET", f"/live?{query}", headers={"Cookie": f"{cookie_name(here)}={value}"}) as answer,
    ):
        yield Stream(answer)


async def test_an_open_thread_hears_of_replies_of_others_and_of_what_is_gone(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    root = await place.write(ada, "Ours broke.", await place.group(ada, ben), title="Which oven?")
    async with listening(place, ada, f"thread={root.id}") as stream:
        mine = await place.write(ada, "Nobody?", parent=root)
        reply = await place.write(ben, "The red one.", parent=mine)
        await place.at.settle()
        heard = await stream.event()
        async with place.at.db() as db:
            await changing.delete(db, place.at.here, ben, reply.id, now=place.at.site.now())
        await place.at.settle()

        assert stream.answer.headers["content-type"] == "text/event-stream"
        assert stream.answer.headers["cache-control"] == "private, no-store"
        assert heard == ("fresh", str(reply.id))
        assert await stream.event() == ("gone", str(reply.id))


async def test_an_open_group_hears_of_threads_and_not_of_replies(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada, ben)
    before = await place.write(ada, "Ours broke.", bakers, title="Which oven?")
    await place.at.settle()
    async with listening(place, ada, f"group={bakers.id}") as stream:
        await place.write(ben, "The red one.", parent=before)
        await place.at.settle()
        thread = await place.write(ben, "It drifts.", bakers, title="Which scale?")
        await place.at.settle()

        assert await stream.event() == ("fresh", str(thread.id))


async def test_s104_a_page_hears_no_more_once_its_session_has_ended(place: Place) -> None:
    """S104: signing out elsewhere ends the stream, not only the next request."""
    ada = await place.person("ada")
    root = await place.write(ada, "Ours broke.", await place.group(ada), title="Which oven?")
    async with listening(place, ada, f"thread={root.id}") as stream:
        async with place.at.db() as db:
            await sessions.end_all(db, ada.id)

        assert await stream.event() == ("closed", "revoked")


async def test_who_may_not_read_a_thread_or_is_not_signed_in_hears_nothing_of_it(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    secret = await place.write(ada, "For nobody.", visibility="private")
    async with listening(place, ben, f"thread={secret.id}") as stream:
        assert stream.answer.status_code == 404
    async with reader(place.at) as visitor:
        assert (await visitor.open(f"/live?thread={secret.id}")).path.startswith("/sign_in")
