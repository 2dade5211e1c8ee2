"""The mail server that an admin set on a page: an address with a password in it, sealed in the database (S136)."""

import base64
import binascii
import logging
from typing import Literal
from urllib.parse import quote

from fedcomm.errors import Invalid
from fedcomm.sealing import Seal
from fedcomm.smtp_address import SmtpAddress, parsed

PURPOSE = "mail server"
Encryption = Literal["starttls", "tls", "none"]

log = logging.getLogger(__name__)


def address(
    *, host: str, port: str, encryption: Encryption, user: str, password: str, sender: str, domain: str
) -> tuple[str, SmtpAddress]:
    """What somebody typed as one address, and read. Raises Invalid with the field that is wrong."""
    host, port, user, sender = host.strip().lower(), port.strip(), user.strip(), sender.strip()
    if not host or not all(c.isascii() and (c.isalnum() or c in ".-:") for c in host):
        raise Invalid("Please name the mail server, as in mail.company.example.", field="host")
    if port and not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65_536):
        raise Invalid("A port is a number from 1 to 65535.", field="port")
    if user and encryption == "none":
        raise Invalid("A name and password are not sent without encryption.", field="encryption")
    name = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    shown = f"[{host}]" if ":" in host else host
    scheme = "smtps" if encryption == "tls" else "smtp"
    options = {"starttls": "&tls=on", "tls": "", "none": "&tls=off"}[encryption]
    text = f"{scheme}://{name}{shown}{f':{port}' if port else ''}?from={quote(sender, safe='@')}{options}"
    try:
        return text, parsed(text, domain=domain)
    except ValueError:
        raise Invalid("Please give a complete mail address, like name@company.example.", field="sender") from None


async def sealed(seal: Seal, text: str) -> str:
    """An address as it is kept."""
    return base64.b64encode(await seal.sealed(PURPOSE, text.encode())).decode()


async def opened(seal: Seal, kept: str, domain: str) -> SmtpAddress | None:
    """The address that is kept; None when there is none, or when it was sealed with another secret."""
    if not kept:
        return None
    try:
        clear = await seal.opened(PURPOSE, base64.b64decode(kept, validate=True))
        if clear is not None:
            return parsed(clear.decode(), domain=domain)
    except (binascii.Error, ValueError):
        pass  # told below, like one of another secret
    log.warning("the mail server that was set on a page cannot be read: it was sealed with another secret; set it anew")
    return None
