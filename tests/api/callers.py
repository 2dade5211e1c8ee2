"""People of an instance with a client app in their hands. Every answer they get is checked against the contract."""

import itertools
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx

from fedcomm.accounts.model import Account
from tests.api import clients
from tests.running import ALL_SCOPES, Instance

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody, and their app."""

    account: Account
    http: httpx.AsyncClient
    token: str

    @property
    def id(self) -> str:
        """As the client API writes it."""
        return str(self.account.id)

    async def ask(self, method: str, path: str, **options: Any) -> Any:
        """The JSON of an answer that must be 200."""
        answer = await self.http.request(method, path, **options)
        assert answer.status_code == 200, (method, path, answer.status_code, answer.text)
        return json.loads(answer.content)

    async def get(self, path: str, **params: Any) -> Any:
        """GET it."""
        return await self.ask("GET", path, params=params)

    async def post(self, path: str, **fields: Any) -> Any:
        """POST these fields as JSON."""
        return await self.ask("POST", path, json=fields)

    async def refused(self, status: int, method: str, path: str, **options: Any) -> str:
        """The sentence of an answer that must be a refusal."""
        answer = await self.http.request(method, path, **options)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        return json.loads(answer.content)["error"]

    async def write(self, text: str, **fields: Any) -> Any:
        """Publish a post."""
        return await self.post("/api/v1/statuses", status=text, **fields)


@asynccontextmanager
async def caller(here: Instance, name: str = "ada", *, allowed: str = ALL_SCOPES) -> AsyncGenerator[Caller]:
    """Somebody new with a token for these scopes."""
    account = await here.person(f"{name}_{next(_numbers)}")
    token = await here.token(account, allowed)
    async with clients.client(here, token) as http:
        yield Caller(account, http, token)


async def new_group(here: Instance, founder: Caller, name: str = "bakers") -> Account:
    """A group with a name of its own."""
    return await here.group(founder.account, f"{name}_{next(_numbers)}")
