"""Whether mail works, for `./run check`: does the mail server take us, and, when asked, a letter?"""

import secrets
from datetime import UTC, datetime

from fedcomm.config import Config
from fedcomm.http.checking import Finding
from fedcomm.mailbox import forms, letters
from fedcomm.mailbox.letters import Known
from fedcomm.mailbox.smtp import SmtpPostman
from federation.outside import tls_context

WAIT_S = 10.0


async def look(settings: Config, *, to: str = "") -> Finding:
    """Whether the mail server takes us, encrypted and signed in as configured; with `to`, whether it takes a letter."""
    if settings.smtp is None:
        told = "no mail server is set (FEDCOMM_SMTP_URL, or /admin/mail): who forgets a password is told to ask you"
        return Finding("mail", not to, told)
    our_name = settings.here.domain.partition(":")[0]
    postman = SmtpPostman(settings.smtp, tls=tls_context(settings.ca_file), our_name=our_name, seconds=WAIT_S)
    where = f"{settings.smtp.host}:{settings.smtp.port}"
    if not to:
        wrong = await postman.look()
        return Finding("mail", not wrong, f"{where}: {wrong}" if wrong else f"{where} takes our mail")
    name, base_url = settings.here.domain, settings.base_url
    message = forms.message(
        letters.letter("test", Known(site_name=name, base_url=base_url), "en"),
        sender=postman.sender,
        site_name=name,
        base_url=base_url,
        to=to,
        message_id=f"test.{secrets.token_hex(8)}",
        locale="en",
        now=datetime.now(UTC),
    )
    handed = await postman.post(message)
    if handed.outcome == "sent":
        return Finding("mail", True, f"{where} has taken a letter to {to}")
    return Finding("mail", False, f"{where}: {handed.answer}")
