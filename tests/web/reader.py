"""Somebody at a browser without scripts: opens pages, presses buttons that are there, fills in forms as they stand."""

import itertools
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import httpx2 as httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.kit import plain_http
from tests.running import PASSWORD, Instance

Value = str | list[str]
_numbers = itertools.count()


class Reader:
    """One browser at an instance, and the page it shows."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.answer = httpx.Response(200)
        self.page = LexborHTMLParser("")

    @property
    def status(self) -> int:
        """Of the page that is shown."""
        return self.answer.status_code

    @property
    def path(self) -> str:
        """Where the reader is."""
        return self.answer.url.raw_path.decode()

    @property
    def text(self) -> str:
        """What the main part of the page says, in one line."""
        main = self.page.css_first("main")
        return spoken(main) if main else ""

    @property
    def note(self) -> str:
        """The message about what just happened."""
        found = self.page.css_first(".messages")
        return spoken(found) if found else ""

    def all(self, selector: str) -> list[str]:
        """The texts of some elements."""
        return [spoken(node) for node in self.page.css(selector)]

    def attribute(self, selector: str, name: str) -> str | None:
        """An attribute of the first such element."""
        found = self.page.css_first(selector)
        return found.attributes.get(name) if found else None

    @property
    def first_rule(self) -> str:
        """What a form says of the first rule that a measure may rest on."""
        return self.attribute('[name="grounds"] option[value^="rule-"]', "value") or ""

    async def open(self, path: str, **headers: str) -> "Reader":
        """Go to a page, wherever it leads."""
        return await self._follow(await self.http.get(path, headers={"Accept": "text/html", **headers}))

    async def press(self, action: str, **fields: Value) -> "Reader":
        """Send the form of this page that goes there, filled in further; the page must have it."""
        return await self.upload(action, {}, fields)

    async def upload(self, action: str, files: Mapping[str, bytes], fields: Mapping[str, Value]) -> "Reader":
        """The same with pictures."""
        forms = [form for form in self.page.css("form") if form.attributes.get("action", self.path) == action]
        assert forms, f"{self.path} has no form for {action}"
        form = max(forms, key=lambda each: len(names_in(each) & fields.keys()))
        filled: dict[str, Value] = {**defaults(form), **fields}
        before = {"Accept": "text/html", "Referer": str(self.answer.url)}
        if (form.attributes.get("method") or "get").lower() == "get":
            return await self._follow(await self.http.get(action, params=filled, headers=before))
        sent = {name: (f"{name}.png", body, "image/png") for name, body in files.items()}
        return await self._follow(await self.http.post(action, data=filled, files=sent or None, headers=before))

    async def sign_in(self, name: str, password: str = PASSWORD) -> "Reader":
        """Sign in by the form."""
        await self.open("/sign_in")
        return await self.press("/sign_in", login=name, password=password)

    async def _follow(self, answer: httpx.Response) -> "Reader":
        for _ in range(5):
            if not answer.is_redirect:
                break
            answer = await self.http.get(answer.headers["location"], headers={"Accept": "text/html"})
        self.answer = answer
        self.page = LexborHTMLParser(answer.text)
        return self


def spoken(node: LexborNode) -> str:
    """The text of an element in one line, as it reads."""
    return re.sub(r" (?=[.,:;?!])", "", " ".join(node.text(separator=" ").split()))


def names_in(form: LexborNode) -> set[str]:
    """The names that a form can send."""
    return {field.attributes.get("name") or "" for field in form.css("input, textarea, select, button")}


def defaults(form: LexborNode) -> dict[str, Value]:
    """What a form holds when nobody touches it."""
    found: dict[str, Value] = {}
    for field in form.css("input, textarea, select"):
        name, kind = field.attributes.get("name"), field.attributes.get("type")
        if not name or (kind in ("radio", "checkbox") and "checked" not in field.attributes):
            continue
        value = field.attributes.get("value") or ""
        if field.tag == "textarea":
            value = field.text().removeprefix("\n")
        if field.tag == "select":
            chosen = field.css_first("option[selected]") or field.css_first("option")
            value = (chosen.attributes.get("value") or "") if chosen else ""
        before = found.get(name, [])
        found[name] = [*before, value] if name.endswith("[]") and isinstance(before, list) else value
    return found


@asynccontextmanager
async def reader(at: Instance, name: str | None = None, *, locale: str = "en") -> AsyncGenerator[Reader]:
    """A fresh browser, signed in as somebody."""
    number = next(_numbers)  # attempts are counted for each address
    headers = {"Accept-Language": locale, "X-Forwarded-For": f"10.2.{number // 250}.{number % 250}"}
    async with plain_http.client(at.url, headers=headers) as http:
        started = Reader(http)
        if name is not None:
            assert (await started.sign_in(name)).status == 200
        yield started
