"""An OpenID provider of another project (`oidc-provider-mock`) as a process of its own, and whoever goes there."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import quote, urlsplit

import httpx2 as httpx

from tests.web.reader import Reader

STARTS_WITHIN_S = 60.0


class OtherProvider:
    """The provider, and the people it knows."""

    def __init__(self, http: httpx.AsyncClient, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.settings = {
            "FEDCOMM_OIDC_ISSUER": self.issuer,
            "FEDCOMM_OIDC_CLIENT_ID": "fedcomm",
            "FEDCOMM_OIDC_CLIENT_SECRET": "s3cret & more",
            "FEDCOMM_OIDC_NAME": "Member portal",
        }
        self._http = http

    async def knows(self, subject: str, **claims: object) -> None:
        """Somebody has an account there."""
        answer = await self._http.put(f"{self.issuer}/users/{quote(subject)}", json=claims)
        assert answer.status_code == 204, answer.text

    async def says_yes(self, url: str, subject: str) -> str:
        """Somebody signs in there, and is sent back: to this path."""
        return await self._answer(url, {"sub": subject})

    async def says_no(self, url: str) -> str:
        """Somebody is not let in there, and is sent back all the same."""
        return await self._answer(url, {"action": "deny"})

    async def _answer(self, url: str, form: dict[str, str]) -> str:
        assert url.startswith(self.issuer + "/"), url
        assert (await self._http.get(url)).status_code == 200
        answer = await self._http.post(url, data=form)
        assert answer.status_code == 302, answer.text
        parts = urlsplit(answer.headers["location"])
        return f"{parts.path}?{parts.query}"

    async def through(self, at: Reader, subject: str) -> Reader:
        """Somebody whose browser was just led there signs in, and comes back."""
        return await at.open(await self.says_yes(there(at), subject))


def there(at: Reader) -> str:
    """Where the page that was just shown leads to."""
    refresh = at.answer.headers.get("refresh", "")
    assert refresh.startswith("0; url="), (at.status, at.text)
    url = refresh.removeprefix("0; url=")
    assert at.attribute("main a.button", "href") == url
    return url


@asynccontextmanager
async def other_provider() -> AsyncGenerator[OtherProvider]:
    """Run one until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
            provider = OtherProvider(http, port)
            await _started(provider, http, process)
            yield provider
    finally:
        process.terminate()
        process.wait()


async def _started(provider: OtherProvider, http: httpx.AsyncClient, process: "subprocess.Popen[bytes]") -> None:
    ends = asyncio.get_running_loop().time() + STARTS_WITHIN_S
    while asyncio.get_running_loop().time() < ends:
        assert process.poll() is None, "the provider did not start"
        try:
            await http.get(f"{provider.issuer}/.well-known/openid-configuration")
        except httpx.TransportError:
            await asyncio.sleep(0.1)
        else:
            return
    raise AssertionError("the provider does not answer")
