"""A test letter through a mail server that somebody is about to set."""

import secrets
import ssl

from fedcomm.http.context import Site
from fedcomm.jobs.mailing import Handed
from fedcomm.mailbox import forms, letters
from fedcomm.mailbox.letters import Known
from fedcomm.mailbox.smtp import SmtpPostman
from fedcomm.smtp_address import SmtpAddress

WITHIN_S = 6.0
"""Somebody waits for the page."""


class Trial:
    """Fulfils `fedcomm.http.mail_trial.MailTrial`."""

    def __init__(self, site: Site, *, tls: ssl.SSLContext, our_name: str) -> None:
        self._site = site
        self._tls = tls
        self._our_name = our_name

    async def letter(self, through: SmtpAddress, to: str, *, locale: str) -> Handed:
        """Hand one over."""
        site = self._site
        name, base_url = site.settings.name, site.here.base_url
        message = forms.message(
            letters.letter("test", Known(site_name=name, base_url=base_url), locale),
            sender=through.sender,
            site_name=name,
            base_url=base_url,
            to=to,
            message_id=f"test.{secrets.token_hex(8)}",
            locale=locale,
            now=site.now(),
        )
        postman = SmtpPostman(through, tls=self._tls, our_name=self._our_name, seconds=WITHIN_S)
        return await postman.post(message)
