"""Whole instances in the test process: web server on a free port, worker by hand, a database of their own."""

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx

from fedcomm import app, config
from fedcomm.accounts import lookup, oauth, scopes, signup
from fedcomm.accounts.model import Account
from fedcomm.http.context import Site
from fedcomm.http.server import server
from fedcomm.permissions import InstanceRole
from fedcomm.worker import Worker
from tests import keys

ALL_SCOPES = "read write follow push profile"
PASSWORD = "correct horse battery"

_numbers = itertools.count()


def make_keys() -> tuple[str, str]:
    """A key pair of each kind from the committed pool (D25)."""
    number = next(_numbers)
    return keys.rsa_pem(number), keys.ed25519_pem(number)


@dataclass(frozen=True, slots=True)
class Instance:
    """A running instance, reached over HTTP at `url`."""

    site: Site
    worker: Worker | None
    url: str

    async def settle(self) -> None:
        """Do all that is due now."""
        assert self.worker is not None
        await self.worker.settle()

    async def person(self, name: str, *, role: InstanceRole = "member", approved: bool = True) -> Account:
        """Somebody with a login and a password."""
        async with self.site.transaction() as db:
            return await signup.create_person(
                db,
                self.site.here,
                handle=name,
                email=f"{name}@company.example",
                password=None,
                name=name.title(),
                role=role,
                approved=approved,
                now=self.site.now(),
            )

    async def token(self, account: Account | None, allowed: str = ALL_SCOPES) -> str:
        """A bearer token of a new app, for an account or for the app itself."""
        async with self.site.transaction() as db:
            made, _ = await oauth.register(
                db,
                name="Test client",
                redirect_uris=[oauth.OUT_OF_BAND],
                scopes=scopes.parse(allowed),
                website="https://client.example",
                now=self.site.now(),
            )
            _, value = await oauth.issue(
                db, made, account.id if account else None, scopes=scopes.parse(allowed), now=self.site.now()
            )
        return value

    async def again(self, account: Account) -> Account:
        """An account as it is now."""
        async with self.site.read() as db:
            found = await lookup.by_id(db, account.id)
        assert found is not None
        return found

    @asynccontextmanager
    async def client(self, token: str | None = None) -> AsyncGenerator[httpx.AsyncClient]:
        """An HTTP client, with this bearer token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20, trust_env=False) as client:
            yield client


@asynccontextmanager
async def instance(database_url: str, folder: Path, **settings: str) -> AsyncGenerator[Instance]:
    """Run an instance until the block ends. `settings` are names of the configuration."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    listening.setblocking(False)
    domain = f"localhost:{listening.getsockname()[1]}"
    chosen = config.load(
        {
            "FEDCOMM_DOMAIN": domain,
            "FEDCOMM_SCHEME": "http",
            "FEDCOMM_DEV": "1",
            "FEDCOMM_DEV_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
            "FEDCOMM_DATA_DIR": str(folder),
            "FEDCOMM_RATE_LIMITS": "off",
            "DATABASE_URL": database_url,
            **settings,
        }
    )
    async with app.running(chosen, parts=app.Parts(make_keys=make_keys)) as running:
        web = server(running.front, chosen)
        serving = asyncio.create_task(web.serve(sockets=[listening]))
        try:
            while not web.started:
                await asyncio.sleep(0.005)
            yield Instance(running.site, running.worker, f"http://{domain}")
        finally:
            web.should_exit = True
            await serving
            listening.close()


def body(response: httpx.Response) -> object:
    """The JSON of an answer that must be 200."""
    assert response.status_code == 200, (response.status_code, response.text)
    return json.loads(response.content)
