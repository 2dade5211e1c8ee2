"""An instance with a mail server before it, and time that passes when told."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fedcomm.durations import Durations
from fedcomm.jobs import mail_queue
from fedcomm.jobs.mail_queue import Kind
from tests.clocks import Clock
from tests.kit.mail_servers import MailServer
from tests.running import Instance, instance


@dataclass(frozen=True, slots=True)
class Office:
    """The instance, the mail server, and the time."""

    at: Instance
    server: MailServer
    time: Clock

    async def put(self, kind: Kind = "test", to: str = "leo@shop.example", **told: str) -> bool:
        """Let a letter be sent."""
        async with self.at.db() as db:
            return await mail_queue.put(db, kind, to, locale="en", told=told, now=self.time())

    async def states(self) -> list[tuple[str, str]]:
        """What became of each letter, the last first: its state, and the server's answer."""
        async with self.at.site.read() as db:
            rows = await db.fetch("SELECT state, last_error FROM mail ORDER BY id DESC")
        return [(row["state"], row["last_error"]) for row in rows]


@asynccontextmanager
async def office(
    database: str,
    folder: Path,
    /,
    *,
    server: MailServer | None = None,
    url: str = "",
    durations: Durations | None = None,
    **settings: str,
) -> AsyncGenerator[Office]:
    """An instance that mails through this server, or one of its own making."""
    time = Clock()
    async with server or MailServer() as smtp:
        address = url or smtp.url(options="from=hello@bakers.example")
        async with instance(
            database,
            folder,
            now=time,
            durations=durations,
            FEDCOMM_SMTP_URL=address.replace("PORT", str(smtp.port)),
            **settings,
        ) as at:
            yield Office(at, smtp, time)
