"""Handing letters to the one mail server of the operator, by SMTP. Sources: RFC 5321, RFC 3207, RFC 3463, RFC 4954.

The operator named the server, so its address is not guarded as those that others name are; its certificate is checked.
"""

import re
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email.message import EmailMessage

import aiosmtplib
from aiosmtplib import SMTP

from fedcomm.http.context import Site
from fedcomm.jobs.mailing import Handed
from fedcomm.smtp_address import SmtpAddress

_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.\d{1,3}\b")
ABOUT_ADDRESSES = ("1", "2")
"""The subjects of enhanced status codes that are about an address or its mailbox; 7 is about what we may (RFC 3463)."""


class SmtpPostman:
    """One connection for each letter: they are few, and a server that hangs holds up itself only."""

    def __init__(self, address: SmtpAddress, *, tls: ssl.SSLContext, our_name: str, seconds: float) -> None:
        self._address = address
        self._tls = tls
        self._our_name = our_name
        self._seconds = seconds

    @property
    def sender(self) -> str:
        """The address that our mail comes from."""
        return self._address.sender

    async def post(self, message: EmailMessage) -> Handed:
        """One letter, to the address in its To."""
        to = message["To"].addresses[0].addr_spec
        try:
            async with self.connected() as server:
                await server.sendmail(self._address.sender, [to], message.as_bytes())
        except aiosmtplib.SMTPRecipientsRefused as refused:
            first = refused.recipients[0]
            return _refusal(first.code, first.message, is_about_recipient=True)
        except aiosmtplib.SMTPDataError as refused:
            return _refusal(refused.code, refused.message, is_about_recipient=False)
        except aiosmtplib.SMTPResponseException as answer:
            return Handed(outcome="away", answer=f"{type(answer).__name__}: {answer.code} {answer.message}")
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as problem:
            return Handed(outcome="away", answer=_named(problem))
        return Handed(outcome="sent")

    async def look(self) -> str:
        """Whether the server takes us, encrypted and signed in as configured; '' or what is wrong."""
        try:
            async with self.connected() as server:
                await server.noop()
        except aiosmtplib.SMTPResponseException as answer:
            return f"{answer.code} {answer.message}"
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as problem:
            return _named(problem)
        return ""

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[SMTP]:
        """A connection on which one may send."""
        wanted = self._address
        starttls = {"starttls": True, "starttls if offered": None}.get(wanted.encryption, False)
        server = SMTP(
            hostname=wanted.host,
            port=wanted.port,
            use_tls=wanted.encryption == "tls",
            start_tls=starttls,
            username=wanted.user or None,
            password=wanted.password or None,
            tls_context=self._tls,
            local_hostname=self._our_name,
            timeout=self._seconds,
        )
        try:
            await server.connect()
            yield server
        finally:
            server.close()


class Postmen:
    """Who brings letters to the mail server that is named now: nobody while there is none."""

    def __init__(self, site: Site, *, tls: ssl.SSLContext, our_name: str, seconds: float) -> None:
        self._site = site
        self._tls = tls
        self._our_name = our_name
        self._seconds = seconds

    def now(self) -> SmtpPostman | None:
        """Who goes to the present server."""
        return self.to(self._site.mail_server) if self._site.mail_server else None

    def to(self, address: SmtpAddress) -> SmtpPostman:
        """Who goes to this server, as one that is tried."""
        return SmtpPostman(address, tls=self._tls, our_name=self._our_name, seconds=self._seconds)


def _refusal(code: int, text: str, *, is_about_recipient: bool) -> Handed:
    """What a refusal means: of the address, or of the letter or of us, as the enhanced code says (RFC 3463)."""
    found = _ENHANCED.search(text)
    is_about_address = found.group(2) in ABOUT_ADDRESSES if found else is_about_recipient
    outcome = "refused" if 500 <= code < 600 else "later"
    return Handed(outcome=outcome, answer=f"{code} {text}", is_about_address=is_about_address)


def _named(problem: BaseException) -> str:
    return f"{type(problem).__name__}: {problem}" if str(problem) else type(problem).__name__
