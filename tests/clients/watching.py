"""Looks over the shoulder of a client: what it asks our instances for, how often, what it is told, how it complains."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Error, Page, Request, Response, WebError

from tests.api import clients
from tests.browser.browsing import browser
from tests.running import Instance

MOST = 3
"""So often may a path be asked for with the same parameters while a member is led through a client."""

MOST_SHOWN = 8
"""Likewise a picture: Chromium tells of each place where it is shown, though it is loaded once."""

PATIENCE = 5.0
"""Seconds until an answer that a page has left behind is given up."""

PAUSE = 200
"""Milliseconds between two clicks: clients take over what is typed a little later, as no human is quicker."""

Asked = tuple[str, str, str, str]
"""Method, path, its parameters in a fixed order, and the body."""


class Asking:
    """All requests to some instances, counted, and every answer compared with the contract of the client API."""

    def __init__(self, *watched: Instance) -> None:
        self.counted: Counter[Asked] = Counter()
        self.answered: set[tuple[str, str, int]] = set()
        """Method, path and status of every answer."""
        self.troubles: list[str] = []
        self._origins = tuple(each.url for each in watched)

    def is_watched(self, url: str) -> bool:
        """Whether it lies at one of the instances."""
        return url.startswith(self._origins)

    def asked(self, method: str, url: str, body: str) -> None:
        """A request was sent."""
        if self.is_watched(url):
            parts = urlsplit(url)
            self.counted[method, parts.path, str(sorted(parse_qsl(parts.query))), body] += 1

    def told(self, method: str, url: str, status: int, content: bytes | None) -> None:
        """An answer came; None: nobody could read it any more."""
        path = urlsplit(url).path
        self.answered.add((method, path, status))
        if content is None:
            return
        try:
            clients.check(method, path, status, content)
        except (AssertionError, json.JSONDecodeError) as wrong:
            self.troubles.append(f"{method} {path} {status}: {wrong}")

    def refused(self) -> set[tuple[str, str, int]]:
        """Requests that got 4xx or 5xx."""
        return {each for each in self.answered if each[2] >= 400}

    def too_often(self) -> list[tuple[Asked, int]]:
        """What was asked for more often than it may be."""
        return [
            (asked, count)
            for asked, count in self.counted.most_common()
            if count > (MOST_SHOWN if asked[1].startswith("/media/") else MOST)
        ]


class Tour:
    """A browser with a client in it."""

    def __init__(self, context: BrowserContext, page: Page, asking: Asking, name: str) -> None:
        self.context = context
        self.page = page
        self.asking = asking
        self.sockets: list[str] = []
        """Addresses of the WebSockets that were opened."""
        self.complaints: list[str] = []
        """Of scripts and of the browser."""
        self._name = name
        self._pictures = 0
        self._reading: list[asyncio.Task[None]] = []
        context.on("request", self._asked)
        context.on("response", self._told)
        context.on("console", self._said)
        context.on("weberror", self._failed)
        page.on("websocket", lambda socket: self.sockets.append(socket.url))

    def _asked(self, request: Request) -> None:
        if request.resource_type in ("fetch", "xhr", "document", "image"):
            body = request.post_data_buffer or b""
            self.asking.asked(request.method, request.url, body.decode(errors="replace"))

    def _told(self, response: Response) -> None:
        if self.asking.is_watched(response.url):
            self._reading.append(asyncio.create_task(self._read(response)))

    async def _read(self, response: Response) -> None:
        content = None
        if urlsplit(response.url).path.startswith(clients.CHECKED):
            try:
                async with asyncio.timeout(PATIENCE):
                    content = await response.body()
            except (Error, TimeoutError):
                content = None  # the page went on before it had come
        self.asking.told(response.request.method, response.url, response.status, content)

    def _said(self, message: ConsoleMessage) -> None:
        # What is refused is looked at by its status.
        if message.type == "error" and "the server responded with a status of" not in message.text:
            self.complaints.append(message.text)

    def _failed(self, error: WebError) -> None:
        self.complaints.append(str(error.error))

    async def picture(self, what: str) -> None:
        """Keep a picture of the page when the run is asked for pictures (CONTRIBUTING)."""
        self._pictures += 1
        if folder := os.environ.get("FEDCOMM_SCREENSHOTS"):
            # Pictures of people fade in.
            await self.page.wait_for_timeout(700)
            path = Path(folder) / "clients" / f"{self._name}_{self._pictures:02}_{what}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            await self.page.screenshot(path=path)

    async def wait_until_read(self) -> None:
        """All answers so far have been looked at."""
        await asyncio.gather(*self._reading)


@asynccontextmanager
async def tour(chromium: str, asking: Asking, name: str) -> AsyncGenerator[Tour]:
    """A fresh browser; service workers stay out, as nobody can see what they ask for."""
    async with browser(chromium, pause=PAUSE) as started:
        context = await started.new_context(
            ignore_https_errors=True, service_workers="block", viewport={"width": 1000, "height": 900}, locale="en-US"
        )
        context.set_default_timeout(15_000)
        led = Tour(context, await context.new_page(), asking, name)
        yield led
        await led.wait_until_read()
        await context.close()
