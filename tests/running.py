"""Whole instances in the test process: a database of their own, a web server on a real socket, a worker that settles.

    async with running.instances(database_url, 3) as (alpha, beta, gamma):
        ada = await alpha.person("ada")
        ...
        await running.settle(alpha, beta, gamma)

They reach one another at `http://localhost:<port>` through the real address guard, loopback allowed (D73).
"""

import asyncio
import itertools
import socket
import ssl
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import httpx2 as httpx

from fedcomm import app, config
from fedcomm.accounts import lookup, oauth, signup
from fedcomm.accounts.model import Account
from fedcomm.config import Config
from fedcomm.database import Connection
from fedcomm.groups import founding
from fedcomm.groups.model import CarryPolicy, JoinRule, PostingRule
from fedcomm.here import Here
from fedcomm.http import server
from fedcomm.http.context import Clock, Site, clock
from fedcomm.permissions import InstanceRole
from fedcomm.worker import Worker
from tests import keys

T = TypeVar("T")
MakeDatabase = Callable[[], Awaitable[str]]

PASSWORD = "correct horse battery"
ALL_SCOPES = ("read", "write", "follow", "push", "profile")
MOST_ROUNDS = 60

_numbers = itertools.count()


class Instance:
    """A running instance. The worker works only in `settle`, unless `working` has started it."""

    def __init__(self, here: app.Running, http: httpx.AsyncClient) -> None:
        self.site: Site = here.site
        self.front = here.front
        self._worker = here.worker
        self.http = http
        """Asks this instance over its socket, without a token."""

    @property
    def worker(self) -> Worker:
        """Its worker, which tests let work."""
        assert self._worker is not None
        return self._worker

    @property
    def here(self) -> Here:
        """Its addresses."""
        return self.site.here

    @property
    def url(self) -> str:
        """Scheme, host and port, without a final slash."""
        return self.site.here.base_url

    @property
    def domain(self) -> str:
        """What stands after the @ in its handles."""
        return self.site.here.domain

    def db(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction of this instance; the worker is told of what it wrote."""
        return self.site.transaction()

    async def do(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do something in a transaction: `await alpha.do(lambda db: reading.find(db, post_id))`."""
        async with self.db() as db:
            return await work(db)

    async def person(
        self, handle: str = "ada", *, role: InstanceRole = "member", password: str | None = None
    ) -> Account:
        """A person who lives here, named after their handle."""
        async with self.db() as db:
            return await signup.create_person(
                db,
                self.here,
                handle=handle,
                email=f"{handle}@company.example",
                password=password,
                name=handle.title(),
                role=role,
                now=self.site.now(),
            )

    async def group(
        self,
        founder: Account,
        handle: str = "bakers",
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
                handle,
                handle.title(),
                f"Talk among {handle}.",
                join_rule=join_rule,
                posting_rule=posting_rule,
                carry_policy=carry_policy,
                now=self.site.now(),
            )

    async def token(self, account: Account | None, scopes: tuple[str, ...] = ALL_SCOPES) -> str:
        """A bearer token of somebody who lives here; None: of an app itself."""
        now = self.site.now()
        async with self.db() as db:
            made, _ = await oauth.register(
                db, name="Test", redirect_uris=[oauth.OUT_OF_BAND], scopes=ALL_SCOPES, now=now
            )
            _, value = await oauth.issue(db, made, account.id if account else None, scopes=scopes, now=now)
            return value

    async def as_client(self, account: Account, scopes: tuple[str, ...] = ALL_SCOPES) -> Mapping[str, str]:
        """The headers of a client app in which somebody is signed in."""
        return {"Authorization": f"Bearer {await self.token(account, scopes)}"}

    async def find(self, uri: str) -> Account:
        """An account as it is known here, by its ActivityPub id. It must be known."""
        async with self.site.read() as db:
            found = await lookup.by_uri(db, uri)
        assert found is not None, f"{uri} is not known at {self.url}"
        return found

    @asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """The worker runs by itself while the block does, woken or polling as in life."""
        self.worker.start()
        try:
            yield
        finally:
            await self.worker.stop()


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
    database: str,
    *,
    now: Clock = clock,
    environment: Mapping[str, str] | None = None,
    data: Path | None = None,
) -> AsyncGenerator[Instance]:
    """One instance over a migrated database, on a free port. `environment`: further settings, as an operator's."""
    async with AsyncExitStack() as stack:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        stack.callback(listening.close)
        listening.bind(("127.0.0.1", 0))
        listening.listen(server.BACKLOG)
        listening.setblocking(False)
        settings = configuration(listening.getsockname()[1], database, environment=environment, data=data)
        parts = app.Parts(make_keys=_next_keys)
        here = await stack.enter_async_context(app.running(settings, pool_size=8, now=now, parts=parts))
        await stack.enter_async_context(_served(here, settings, listening))
        http = httpx.AsyncClient(base_url=settings.base_url, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        yield Instance(here, await stack.enter_async_context(http))


@asynccontextmanager
async def instances(
    make_database: MakeDatabase,
    count: int,
    *,
    now: Clock = clock,
    environment: Mapping[str, str] | None = None,
) -> AsyncGenerator[tuple[Instance, ...]]:
    """So many instances, each with its own database, all in this process."""
    async with AsyncExitStack() as stack:
        databases = await asyncio.gather(*(make_database() for _ in range(count)))
        opened = [instance(each, now=now, environment=environment) for each in databases]
        yield tuple([await stack.enter_async_context(each) for each in opened])


def configuration(
    port: int, database: str, *, environment: Mapping[str, str] | None = None, data: Path | None = None
) -> Config:
    """What the operator of such an instance sets."""
    return config.load(
        {
            "FEDCOMM_DOMAIN": f"localhost:{port}",
            "FEDCOMM_SCHEME": "http",
            "FEDCOMM_LISTEN": f"127.0.0.1:{port}",
            "FEDCOMM_DATA_DIR": str(data or Path("/nonexistent")),
            "FEDCOMM_DEV": "1",
            "FEDCOMM_DEV_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
            "FEDCOMM_RATE_LIMITS": "off",
            "FEDCOMM_REGISTRATIONS": "open",
            "DATABASE_URL": database,
            **(environment or {}),
        }
    )


@asynccontextmanager
async def _served(here: app.Running, settings: Config, listening: socket.socket) -> AsyncGenerator[None]:
    web = server.server(here.front, settings)
    task = asyncio.create_task(web.serve(sockets=[listening]))
    try:
        while not web.started:
            assert not task.done(), "the web server did not start"
            await asyncio.sleep(0)
        yield
    finally:
        web.should_exit = True
        web.force_exit = True
        await task


def _next_keys() -> tuple[str, str]:
    number = next(_numbers)
    return keys.rsa_pem(number), keys.ed25519_pem(number)
