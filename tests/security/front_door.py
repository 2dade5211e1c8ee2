"""A running instance, somebody at another server who knocks at it, honestly or not, and what that leaves behind.

    async with front_door(house) as door, door.without_effect():
        assert (await door.knock(tamper=Tamper(flipped=True))).status == 401

Effects are the rows of all tables, and the requests that leave.
"""

import itertools
import json
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import httpx2 as httpx

from fedcomm.accounts.keys import Keyring
from fedcomm.accounts.model import Account
from fedcomm.activitypub.signing import InstanceSigner
from fedcomm.database import Connection
from tests.kit import FakeActor, FakePeer, FakeServer, Sent, answers, plain_http
from tests.kit.signing import HONEST, Tamper, signed_headers
from tests.running import Instance

_numbers = itertools.count(1)

NOT_COUNTED = ("queue", "recurring")
"""What the clock of the worker writes by itself."""


async def rows(db: Connection) -> dict[str, int]:
    """How many rows each table has."""
    tables = [
        row["tablename"]
        for row in await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        if row["tablename"] not in NOT_COUNTED
    ]
    return {table: await db.fetchval(f"SELECT count(*) FROM {table}") for table in sorted(tables)}


@dataclass(frozen=True, slots=True)
class Door:
    """An instance, a peer, and `rui` who lives there and is not known here before the first proven request."""

    at: Instance
    peer: FakePeer
    rui: FakeActor
    client: httpx.AsyncClient

    async def person(self, name: str = "ada", *, approved: bool = True) -> Account:
        """Somebody new who lives here."""
        return await self.at.person(f"{name}_{next(_numbers)}", approved=approved)

    async def group(self) -> Account:
        """A new group that lives here."""
        return await self.at.group(await self.person("frida"), f"bakers_{next(_numbers)}")

    @property
    def inbox(self) -> str:
        """The shared inbox."""
        return self.at.url + "/inbox"

    def asked(self) -> int:
        """How many requests have come out to the peer."""
        return len(self.peer.server.seen)

    async def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        async with self.at.site.read() as db:
            return await rows(db)

    async def count(self, table: Literal["inbox_item", "account"]) -> int:
        """How many rows one table has."""
        return (await self.rows())[table]

    def says(self, content: str = "Hello", **more: Any) -> dict[str, Any]:
        """A new Create of rui."""
        return self.rui.does("Create", self.rui.writes(content), **more)

    async def knock(
        self,
        activity: Mapping[str, Any] | bytes | None = None,
        *,
        inbox: str | None = None,
        scheme: Literal["cavage", "rfc9421"] = "cavage",
        tamper: Tamper = HONEST,
        content_type: str = answers.ACTIVITY_JSON,
    ) -> Sent:
        """A POST by rui, of a new activity if none is given."""
        sent = self.says() if activity is None else activity
        return await self.rui.send(inbox or self.inbox, sent, scheme=scheme, tamper=tamper, content_type=content_type)

    def signed(
        self, body: bytes, *, by: FakeActor | None = None, scheme: Literal["cavage", "rfc9421"] = "cavage"
    ) -> dict[str, str]:
        """The headers of an honest POST to the shared inbox, to be spoiled by hand."""
        who = by or self.rui
        headers = signed_headers(who.key, who.key_id, url=self.inbox, body=body, scheme=scheme)
        return {**headers, "Content-Type": answers.ACTIVITY_JSON}

    async def post(self, body: bytes, headers: Mapping[str, str] | Sequence[tuple[str, str]]) -> httpx.Response:
        """A POST to the shared inbox as it is given; a header may stand twice."""
        return await self.client.post(self.inbox, content=body, headers=headers)

    @asynccontextmanager
    async def without_effect(self, *, requests: int = 0) -> AsyncGenerator[None]:
        """What happens inside leaves no row, and no more than so many requests go out to the peer."""
        before, asked = await self.rows(), self.asked()
        yield
        after = await self.rows()
        changed = {table: (before[table], after[table]) for table in before if before[table] != after[table]}
        assert changed == {}
        came = [f"{seen.method} {seen.target}" for seen in self.peer.server.seen[asked:]]
        assert len(came) <= requests, came


@asynccontextmanager
async def front_door(at: Instance) -> AsyncGenerator[Door]:
    """A new peer before an instance. What an instance makes of itself at the first need is made before."""
    ours = await at.site.service(InstanceSigner).actor()
    await at.site.service(Keyring).of(ours.id, ours.uri, now=at.site.now())
    client = plain_http.client()
    async with FakePeer() as peer, client:
        yield Door(at, peer, peer.add("rui"), client)


def as_bytes(activity: Mapping[str, Any]) -> bytes:
    """An activity as it is sent."""
    return json.dumps(activity).encode()


def asked_of(server: FakeServer, paths: Iterable[str] | None = None) -> list[str]:
    """The paths a server was asked for, in order."""
    wanted = None if paths is None else set(paths)
    return [seen.path for seen in server.seen if wanted is None or seen.path in wanted]
