"""Somebody with an account somewhere, ours or another project's, led through the Mastodon client API of that server."""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2 as httpx

from tests.media.test_uploads import picture
from tests.running import until

WITHIN = 60.0
"""Seconds in which what was said must have arrived."""

Entity = dict[str, Any]
Field = str | int | list[str] | list[int]


class Somebody:
    """What a person does in an app; every method raises AssertionError when the server refuses."""

    def __init__(self, http: httpx.AsyncClient, handle: str) -> None:
        self._http = http
        self.handle = handle
        """With the domain, without the leading @."""

    async def ask(self, method: str, path: str, **form: Field) -> Any:
        """The JSON of an answer."""
        response = await self.response(method, path, **form)
        assert response.is_success, f"{method} {path}: {response.status_code} {response.text}"
        return response.json()

    async def response(self, method: str, path: str, **form: Field) -> httpx.Response:
        """The answer, whatever it is. Names of fields in brackets are written `poll__options`."""
        fields = {_field(name, value): value for name, value in form.items()}
        if method == "GET":
            return await self._http.get(path, params=fields)
        return await self._http.request(method, path, data=fields)

    async def find(self, handle: str) -> Entity:
        """An account by its handle, wherever it lives."""
        found = await self.ask("GET", "/api/v2/search", q=f"@{handle}", type="accounts", resolve="true")
        (account,) = found["accounts"]
        return account

    async def follow(self, handle: str) -> None:
        """Follow, and wait until the other side has let them."""
        account = await self.find(handle)
        await self.ask("POST", f"/api/v1/accounts/{account['id']}/follow")

        async def follows() -> bool:
            (relationship,) = await self.ask("GET", "/api/v1/accounts/relationships", id=[account["id"]])
            return relationship["following"] and not relationship["requested"]

        await until(follows, bool, within=WITHIN, what=f"{self.handle} does not follow {handle}")

    async def unfollow(self, handle: str) -> None:
        """The other way."""
        account = await self.find(handle)
        await self.ask("POST", f"/api/v1/accounts/{account['id']}/unfollow")

    async def write(self, text: str, *, visibility: str = "public", **form: Field) -> Entity:
        """A post, which everybody may read unless told otherwise."""
        return await self.ask("POST", "/api/v1/statuses", status=text, visibility=visibility, **form)

    async def reply(self, to: Entity, text: str, *, visibility: str = "public") -> Entity:
        """Answer a post as it is here; as apps do it, the text begins with the handle of its author."""
        return await self.write(f"@{to['account']['acct']} {text}", in_reply_to_id=to["id"], visibility=visibility)

    async def does(self, what: str, to: Entity) -> Entity:
        """`favourite`, `reblog` and so on."""
        return await self.ask("POST", f"/api/v1/statuses/{to['id']}/{what}")

    async def vote(self, on: Entity, position: int) -> None:
        """Choose an option of a poll."""
        await self.ask("POST", f"/api/v1/polls/{on['poll']['id']}/votes", choices=[position])

    async def upload(self, description: str) -> str:
        """A picture for a post; its id."""
        files = {"file": ("booth.png", picture(size=(300, 200)), "image/png")}
        answer = await self._http.post("/api/v2/media", files=files, data={"description": description})
        assert answer.is_success, answer.text
        media = answer.json()["id"]
        if answer.status_code == 202:
            ready = f"/api/v1/media/{media}"
            await until(lambda: self.response("GET", ready), lambda found: found.status_code == 200, within=WITHIN)
        return media

    async def status(self, of: Entity) -> Entity | None:
        """A post as it is now; None when there is none any more. What somebody boosted is shown as itself."""
        response = await self.response("GET", f"/api/v1/statuses/{of['id']}")
        assert response.status_code in {200, 404}, response.text
        if response.status_code == 404:
            return None
        found = response.json()
        return found["reblog"] or found

    async def home(self) -> list[Entity]:
        """What is in the home timeline, newest first."""
        return await self.ask("GET", "/api/v1/timelines/home", limit=40)

    async def notifications(self) -> list[Entity]:
        """What this person was told, newest first."""
        return await self.ask("GET", "/api/v1/notifications", limit=40)

    async def answers(self, to: Entity) -> list[Entity]:
        """What stands below a post."""
        return (await self.ask("GET", f"/api/v1/statuses/{to['id']}/context"))["descendants"]

    async def until_in_home(self, uri: str) -> Entity:
        """The entry of the home timeline with this post in it, when it is there; perhaps somebody's boost."""

        async def entry() -> Entity | None:
            return next((each for each in await self.home() if uri_of(each) == uri), None)

        found = await until(entry, bool, within=WITHIN, what=f"{uri} is not in the home of {self.handle}")
        assert found is not None
        return found

    async def until_told(self, kind: str, uri: str | None = None) -> Entity:
        """A notification of this kind, about this post, when it is there."""

        async def told() -> Entity | None:
            return next(
                (each for each in await self.notifications() if each["type"] == kind and _about(each, uri)), None
            )

        found = await until(told, bool, within=WITHIN, what=f"{self.handle} was not told of {kind} {uri}")
        assert found is not None
        return found

    async def until_told_by(self, handle: str) -> Entity:
        """A notification of what somebody did, when it is there."""

        async def told() -> Entity | None:
            return next((each for each in await self.notifications() if each["account"]["acct"] == handle), None)

        found = await until(told, bool, within=WITHIN, what=f"{self.handle} heard nothing of {handle}")
        assert found is not None
        return found

    async def until_answered(self, to: Entity, uri: str) -> Entity:
        """A reply below this post, when it is there."""

        async def answer() -> Entity | None:
            return next((each for each in await self.answers(to) if each["uri"] == uri), None)

        found = await until(
            answer, bool, within=WITHIN, what=f"{uri} does not stand below {to['uri']} for {self.handle}"
        )
        assert found is not None
        return found


def uri_of(status: Entity) -> str:
    """The address of a post, or of the post that is boosted."""
    return (status["reblog"] or status)["uri"]


def _about(notification: Entity, uri: str | None) -> bool:
    status = notification.get("status")
    return uri is None or (status is not None and uri_of(status) == uri)


def _field(name: str, value: Field) -> str:
    first, *rest = name.split("__")
    return "".join([first, *(f"[{each}]" for each in rest), "[]" if isinstance(value, list) else ""])


@asynccontextmanager
async def somebody(url: str, token: str, trusting: ssl.SSLContext) -> AsyncGenerator[Somebody]:
    """Who this token belongs to, at the server with this address."""
    async with httpx.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {token}"},
        verify=trusting,
        timeout=30,
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),  # snac ends each connection without saying so before
    ) as http:
        answer = await http.get("/api/v1/accounts/verify_credentials")
        assert answer.status_code == 200, answer.text
        yield Somebody(http, f"{answer.json()['username']}@{httpx.URL(url).host}")
