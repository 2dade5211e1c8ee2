"""A small SMTP server that writes down every letter and answers by script, so that it can also misbehave.

It shares no code with the server under test. Source: RFC 5321, RFC 3207 (STARTTLS), RFC 4954 (AUTH PLAIN and LOGIN).
"""

import asyncio
import base64
import email.policy
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage

from tests.kit.listening import Listening

WITHIN = 5.0
LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as it was handed over: its envelope, and how the sender had shown who it is."""

    sender: str
    recipient: str
    raw: bytes
    is_encrypted: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        """It, read as a mail program would."""
        return message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def text(self) -> str:
        """Its plain part."""
        return self.part("plain")

    @property
    def html(self) -> str:
        """Its HTML part."""
        return self.part("html")

    def part(self, kind: str) -> str:
        """A part of it, decoded."""
        body = self.message.get_body((kind,))
        assert body is not None, f"no {kind} part"
        return str(body.get_content())

    def link(self, containing: str) -> str:
        """The address in its text that contains this."""
        return next(each for each in LINK.findall(self.text) if containing in each)


Answer = str | Callable[[], Awaitable[str]]
"""What to say, or something that says it when its time has come; '' hangs up."""


@dataclass(slots=True)
class Answers:
    """What the server says at each step; what stands in `recipients` is for one of them only."""

    greeting: Answer = "220 mail.example ESMTP"
    mail: Answer = "250 2.1.0 Ok"
    rcpt: Answer = "250 2.1.5 Ok"
    data: Answer = "250 2.0.0 Taken"
    auth: Answer = "235 2.7.0 Welcome"
    recipients: dict[str, Answer] = field(default_factory=dict[str, Answer])


class MailServer(Listening):
    """One mail server. `tls`: offers STARTTLS, or with `is_implicit` speaks TLS from the first byte."""

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, is_implicit: bool = False, user: str = "", password: str = ""
    ) -> None:
        super().__init__(tls=tls if is_implicit else None)
        self.letters: list[Letter] = []
        self.answers = Answers()
        self._tls = tls
        self._is_implicit = is_implicit
        self._login = (user, password)

    def url(self, *, user: str = "", scheme: str = "smtp", options: str = "") -> str:
        """What the operator sets."""
        return f"{scheme}://{user + '@' if user else ''}localhost:{self.port}{'?' + options if options else ''}"

    async def received(self, count: int = 1) -> list[Letter]:
        """The letters so far, once there are at least so many. Raises AssertionError when they do not come."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WITHIN):
                while len(self.letters) < count:
                    await self._next()
        came = [f"{each.recipient}: {each.message['Subject']}" for each in self.letters]
        assert len(self.letters) >= count, f"{count} letters were expected; all: {came}"
        return self.letters

    def to(self, recipient: str) -> list[Letter]:
        """The letters to somebody."""
        return [each for each in self.letters if each.recipient == recipient]

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Talk(self, reader, writer, is_encrypted=self._is_implicit).run()

    def take(self, letter: Letter) -> None:
        """Write a letter down."""
        self.letters.append(letter)
        self._tell()

    @property
    def offers(self) -> ssl.SSLContext | None:
        """What STARTTLS would begin with."""
        return None if self._is_implicit else self._tls

    def knows(self, user: str, password: str) -> bool:
        """Whether this name and password may send."""
        return (user, password) == self._login

    @property
    def wants_login(self) -> bool:
        """Whether only those may send who have signed in."""
        return self._login != ("", "")


class _Talk:
    """One connection."""

    def __init__(
        self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_encrypted: bool
    ) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.is_encrypted = is_encrypted
        self.user = ""
        self.sender = ""
        self.recipients: list[str] = []

    async def run(self) -> None:
        """Until either side has had enough."""
        if not await self.say(self.server.answers.greeting):
            return
        while line := await self.reader.readline():
            verb, _, rest = line.decode("ascii").strip().partition(" ")
            if not await self.step(verb.upper(), rest):
                return

    async def say(self, answer: Answer) -> bool:
        """Answer; False when this was the end."""
        text = answer if isinstance(answer, str) else await answer()
        if not text:
            return False
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()
        return not text.startswith("421")

    async def step(self, verb: str, rest: str) -> bool:
        answers = self.server.answers
        match verb:
            case "EHLO":
                offered = ["mail.example", "8BITMIME"]
                offered += ["STARTTLS"] if self.server.offers and not self.is_encrypted else []
                offered += ["AUTH PLAIN LOGIN"] if self.server.wants_login else []
                lines = [f"250-{each}" for each in offered[:-1]] + [f"250 {offered[-1]}"]
                return await self.say("\r\n".join(lines))
            case "STARTTLS" if self.server.offers:
                await self.say("220 Go ahead")
                await self.writer.start_tls(self.server.offers)
                self.is_encrypted = True
                return True
            case "AUTH":
                return await self.sign_in(rest)
            case "MAIL":
                self.sender, self.recipients = _address(rest), []
                must = self.server.wants_login and not self.user
                return await self.say("530 5.7.0 Sign in first" if must else answers.mail)
            case "RCPT":
                to = _address(rest)
                answer = answers.recipients.get(to, answers.rcpt)
                self.recipients += [to] if answer == answers.rcpt else []
                return await self.say(answer)
            case "DATA":
                await self.say("354 Go ahead")
                return await self.take_letter()
            case "NOOP" | "RSET":
                return await self.say("250 2.0.0 Ok")
            case "QUIT":
                await self.say("221 Bye")
                return False
            case _:
                return await self.say("502 5.5.2 Not known")

    async def sign_in(self, rest: str) -> bool:
        kind, _, first = rest.partition(" ")
        if kind.upper() == "PLAIN":
            _, user, password = base64.b64decode(first).decode().split("\0")
        else:
            user = base64.b64decode(first).decode()
            await self.say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(await self.reader.readline()).decode()
        if not self.server.knows(user, password):
            return await self.say("535 5.7.8 Wrong name or password")
        self.user = user
        return await self.say(self.server.answers.auth)

    async def take_letter(self) -> bool:
        lines: list[bytes] = []
        while (line := await self.reader.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        answer = self.server.answers.data
        text = answer if isinstance(answer, str) else await answer()
        if text.startswith("250") or not text:  # who hangs up after the letter has taken it all the same
            for to in self.recipients:
                self.server.take(Letter(self.sender, to, b"".join(lines), self.is_encrypted, self.user))
        return await self.say(text)


def _address(text: str) -> str:
    found = re.search(r"<([^>]*)>", text)
    assert found is not None, f"no address in {text!r}"
    return found.group(1)
