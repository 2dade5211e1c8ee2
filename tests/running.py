"""Whole instances in the test process: a database of their own, a web server on a real socket, a worker that settles.

    async with running.instances(database_url, 3) as (alpha, beta, gamma):
        ada = await alpha.person("ada")
        ...
        await running.settle(alpha, beta, gamma)

They reach one another at `http://localhost:<port>` through the real address guard, loopback allowed (D73).
"""

import asyncio
import itertools
import json
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import httpx2 as httpx
import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from fedcomm import app, config
from fedcomm.accounts import lookup, oauth, scopes, signup
from fedcomm.accounts.model import Account
from fedcomm.config import Config
from fedcomm.database import Connection
from fedcomm.durations import Durations
from fedcomm.groups import founding
from fedcomm.groups.model import CarryPolicy, JoinRule, PostingRule
from fedcomm.here import Here
from fedcomm.http import server
from fedcomm.http.context import Clock, Site, clock
from fedcomm.http.front import Front
from fedcomm.permissions import InstanceRole
from fedcomm.worker import Worker
from tests import keys
from tests.kit import plain_http

T = TypeVar("T")
MakeDatabase = Callable[[], Awaitable[str]]

PASSWORD = "correct horse battery"
ALL_SCOPES = "read write follow push profile"
MOST_ROUNDS = 60
NOWHERE = Path("/nonexistent")
"""The data folder of instances that must not need one."""

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance, reached over HTTP at `url`. The worker works only in `settle`, or inside `working`."""

    site: Site
    front: Front
    url: str
    """Scheme, host and port, without a final slash."""
    at_work: Worker | None

    @property
    def worker(self) -> Worker:
        """Its worker, which tests let work."""
        assert self.at_work is not None
        return self.at_work

    @property
    def here(self) -> Here:
        """Its addresses."""
        return self.site.here

    @property
    def domain(self) -> str:
        """What stands after the @ in its handles."""
        return self.site.here.domain

    async def settle(self) -> None:
        """Do all that is due now, here."""
        await self.worker.settle()

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """The worker runs by itself while the block does, woken or polling as in life."""
        self.worker.start()
        try:
            yield
        finally:
            await self.worker.stop()

    def db(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction of this instance; the worker is told of what it wrote."""
        return self.site.transaction()

    async def person(
        self,
        name: str = "ada",
        *,
        role: InstanceRole = "member",
        approved: bool = True,
        password: str | None = None,
    ) -> Account:
        """Somebody who lives here, with a login. Their password is quick to check, and is checked as any other."""
        async with self.db() as db:
            made = await signup.create_person(
                db,
                self.here,
                handle=name,
                email=f"{name}@company.example",
                password=None,
                name=name.title(),
                role=role,
                approved=approved,
                now=self.site.now(),
            )
            if password is not None:
                stored = quickly_hashed(password)
                await db.execute("UPDATE login SET password_hash = $2 WHERE account_id = $1", made.id, stored)
        return made

    async def group(
        self,
        founder: Account,
        name: str = "bakers",
        *,
        join_rule: JoinRule = "open",
        posting_rule: PostingRule = "members",
        carry_policy: CarryPolicy = "auto",
    ) -> Account:
        """A group that lives here."""
        async with self.db() as db:
            return await founding.create(
                db,
                self.here,
                founder,
                name,
                name.title(),
                f"Talk among {name}.",
                join_rule=join_rule,
                posting_rule=posting_rule,
                carry_policy=carry_policy,
                now=self.site.now(),
            )

    async def token(self, account: Account | None, allowed: str = ALL_SCOPES) -> str:
        """A bearer token of a new app, for an account or for the app itself."""
        granted = scopes.parse(allowed)
        async with self.db() as db:
            made, _ = await oauth.register(
                db,
                name="Test client",
                redirect_uris=[oauth.OUT_OF_BAND],
                scopes=granted,
                website="https://client.example",
                now=self.site.now(),
            )
            _, value = await oauth.issue(db, made, account.id if account else None, scopes=granted, now=self.site.now())
        return value

    async def again(self, account: Account) -> Account:
        """An account as it is now."""
        async with self.site.read() as db:
            found = await lookup.by_id(db, account.id)
        assert found is not None
        return found

    async def find(self, uri: str) -> Account:
        """An account as it is known here, by its ActivityPub id. It must be known."""
        async with self.site.read() as db:
            found = await lookup.by_uri(db, uri)
        assert found is not None, f"{uri} is not known at {self.url}"
        return found

    @asynccontextmanager
    async def client(self, token: str | None = None) -> AsyncGenerator[httpx.AsyncClient]:
        """An HTTP client, with this bearer token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with plain_http.client(self.url, headers=headers) as client:
            yield client


async def settle(*instances: Instance) -> None:
    """Do all that is due at these instances and what follows from it at the others, until all is quiet."""
    for _ in range(MOST_ROUNDS):
        busy = [await each.worker.settle() for each in instances]
        if not any(busy):
            return
    raise AssertionError("they never become quiet: something goes round in circles")


async def until(
    asked: Callable[[], Awaitable[T]], is_right: Callable[[T], bool], *, within: float = 10.0, what: str = ""
) -> T:
    """Ask until the answer is right. Raises AssertionError with the last one."""
    ends = time.monotonic() + within
    while not is_right(answer := await asked()):
        assert time.monotonic() < ends, f"{what or 'not right in time'}: {answer!r}"
        await asyncio.sleep(0.02)
    return answer


@asynccontextmanager
async def instance(
    database_url: str,
    folder: Path = NOWHERE,
    /,
    *,
    now: Clock = clock,
    durations: Durations | None = None,
    **settings: str,
) -> AsyncGenerator[Instance]:
    """Run an instance on a free port until the block ends. `settings` are names of the configuration."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=server.BACKLOG)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for its second half
    listening.setblocking(False)
    async with AsyncExitStack() as stack:
        stack.callback(listening.close)
        chosen = configuration(listening.getsockname()[1], database_url, folder, settings)
        if durations is not None:
            chosen = msgspec.structs.replace(chosen, durations=durations)
        parts = app.Parts(make_keys=make_keys)
        here = await stack.enter_async_context(app.running(chosen, pool_size=8, now=now, parts=parts))
        await stack.enter_async_context(_served(here.front, chosen, listening))
        yield Instance(here.site, here.front, chosen.base_url, here.worker)


@asynccontextmanager
async def instances(
    make_database: MakeDatabase,
    count: int,
    *,
    now: Clock = clock,
    durations: Durations | None = None,
    **settings: str,
) -> AsyncGenerator[tuple[Instance, ...]]:
    """So many instances, each with its own database, all in this process."""
    async with AsyncExitStack() as stack:
        databases = await asyncio.gather(*(make_database() for _ in range(count)))
        opened = [instance(each, now=now, durations=durations, **settings) for each in databases]
        yield tuple([await stack.enter_async_context(each) for each in opened])


def configuration(port: int, database_url: str, folder: Path, settings: Mapping[str, str]) -> Config:
    """What the operator of such an instance sets."""
    return config.load(
        {
            "FEDCOMM_DOMAIN": f"localhost:{port}",
            "FEDCOMM_SCHEME": "http",
            "FEDCOMM_LISTEN": f"127.0.0.1:{port}",
            "FEDCOMM_DEV": "1",
            "FEDCOMM_DEV_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
            "FEDCOMM_DATA_DIR": str(folder),
            "FEDCOMM_RATE_LIMITS": "off",
            "DATABASE_URL": database_url,
            **settings,
        }
    )


@cache
def quickly_hashed(password: str) -> str:
    """A password as the database holds it, with the least memory and rounds: checking it takes 0.1 ms instead of 20."""
    kdf = Argon2id(salt=b"salt of all tests", length=32, iterations=1, lanes=1, memory_cost=8)
    return kdf.derive_phc_encoded(password.encode())


def make_keys() -> tuple[str, str]:
    """A key pair of each kind from the committed pool (D25)."""
    number = next(_numbers)
    return keys.rsa_pem(number), keys.ed25519_pem(number)


def body(response: httpx.Response) -> object:
    """The JSON of an answer that must be 200."""
    assert response.status_code == 200, (response.status_code, response.text)
    return json.loads(response.content)


@asynccontextmanager
async def _served(front: Front, chosen: Config, listening: socket.socket) -> AsyncGenerator[None]:
    web = server.server(front, chosen)
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    try:
        while not web.started:
            assert not serving.done(), "the web server did not start"
            await asyncio.sleep(0.005)
        yield
    finally:
        web.stop()
        web.force_exit = True  # keep-alive connections of other instances are still open
        await serving
