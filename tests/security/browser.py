"""A browser without scripts: it keeps cookies, reads the hidden fields of forms and sends them back."""

import itertools
import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from html import unescape

import httpx2 as httpx

from tests.kit import plain_http
from tests.running import Instance

HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_numbers = itertools.count()
ATTRIBUTE = re.compile(r'([a-z_-]+)="([^"]*)"')


def hidden_fields(html: str) -> dict[str, str]:
    """The hidden fields of all forms of a page; of fields that stand twice, the first."""
    found: dict[str, str] = {}
    for tag in HIDDEN.findall(html):
        attributes = {name: unescape(value) for name, value in ATTRIBUTE.findall(tag)}
        if "name" in attributes:
            found.setdefault(attributes["name"], attributes.get("value", ""))
    return found


class Browser:
    """One browser at an instance."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def open(self, path: str) -> httpx.Response:
        """Open a page; redirects are not followed."""
        return await self.http.get(path, headers={"Accept": "text/html"})

    async def send(self, page: str, path: str, **fields: str) -> httpx.Response:
        """Open a page, fill in its form and send it."""
        hidden = hidden_fields((await self.open(page)).text)
        return await self.http.post(path, data=hidden | fields, headers={"Accept": "text/html"})

    async def sign_in(self, handle: str, password: str) -> httpx.Response:
        """Fill in the sign-in form."""
        return await self.send("/sign_in", "/sign_in", login=handle, password=password)


@asynccontextmanager
async def browser(here: Instance, *, trusting: ssl.SSLContext | None = None) -> AsyncGenerator[Browser]:
    """A fresh browser at an address of its own, as attempts are counted for each address.

    `trusting`: whose certificates it takes, when they are of our own making.
    """
    address = {"X-Forwarded-For": f"10.1.{(number := next(_numbers)) // 250}.{number % 250}"}
    if trusting is None:
        client = plain_http.client(here.url, headers=address)
    else:
        client = httpx.AsyncClient(base_url=here.url, headers=address, timeout=20, trust_env=False, verify=trusting)
    async with client as http:
        yield Browser(http)
