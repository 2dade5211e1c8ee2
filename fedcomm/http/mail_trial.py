"""What a page needs of who writes and carries mail: a letter through a server that is tried."""

from typing import Protocol

from fedcomm.jobs.mailing import Handed
from fedcomm.smtp_address import SmtpAddress


class MailTrial(Protocol):
    """Sends a test letter. `app.py` hands in who can."""

    async def letter(self, through: SmtpAddress, to: str, *, locale: str) -> Handed:
        """Hand one over, within seconds. Never raises for what the server does. Call it with no transaction open."""
        ...
