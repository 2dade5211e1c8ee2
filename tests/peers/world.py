"""Our side of the meeting: an instance at a host that the other server can reach, with a group and two people in it."""

import os
import socket
import ssl
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.groups import membership
from fedcomm.threads import locking, posting, reading
from fedcomm.threads.model import Post
from tests import running
from tests.clients.places import Relay
from tests.conftest import PEER, MakeDatabase
from tests.peers.somebody import WITHIN, Somebody, somebody
from tests.running import Instance


@dataclass(frozen=True, slots=True)
class World:
    """Ines looks after the group and Ben is in it; Theo lives on the other server and is in nothing yet."""

    here: Instance
    group: str
    """Its handle, with the domain."""
    ines: Somebody
    ben: Somebody
    theo: Somebody

    async def joined(self) -> None:
        """Theo is in the group from here on."""
        await self.theo.follow(self.group)
        await running.until(
            self.members, lambda found: self.theo.handle in found, within=WITHIN, what=f"{self.theo.handle} is not in"
        )

    async def members(self) -> list[str]:
        """The handles of who is in the group, as it says here."""
        group = await self.ines.find(self.group)
        return [each["acct"] for each in await self.ines.ask("GET", f"/api/v1/accounts/{group['id']}/followers")]

    async def removes(self, uri: str) -> None:
        """Ines takes a post out of the group."""
        async with self.here.db() as db:
            post = await _post(db, uri)
            await posting.remove(db, self.here.here, await _who(db, self.ines.handle), post.id, "", now=self.now)

    async def locks(self, uri: str) -> None:
        """Ines closes a thread."""
        async with self.here.db() as db:
            post = await _post(db, uri)
            await locking.lock(db, self.here.here, await _who(db, self.ines.handle), post.id, now=self.now)

    async def closed_group(self) -> str:
        """A further group of Ines, who lets everybody in herself; its handle."""
        async with self.here.site.read() as db:
            ines = await _who(db, self.ines.handle)
        made = await self.here.group(ines, f"c{self.group.partition('@')[0]}", join_rule="request")
        return f"{made.handle}@{made.handle_domain}"

    async def lets_in(self, group: str) -> None:
        """Ines lets Theo in, as soon as his request is here."""

        async def asked() -> bool:
            async with self.here.site.read() as db:
                return await db.fetchval(
                    "SELECT EXISTS (SELECT FROM follow WHERE state = 'requested' AND followee_id = $1)",
                    (await _who(db, group)).id,
                )

        await running.until(asked, bool, within=WITHIN, what=f"nobody asks to join {group}")
        async with self.here.db() as db:
            ines, closed, theo = [await _who(db, each) for each in (self.ines.handle, group, self.theo.handle)]
            await membership.admit(db, self.here.here, ines, closed, theo.id, now=self.now)

    @property
    def now(self) -> datetime:
        """By our clock."""
        return self.here.site.now()


async def _who(db: Connection, handle: str) -> Account:
    found = await lookup.by_handle(db, *handle.split("@"))
    assert found is not None
    return found


async def _post(db: Connection, uri: str) -> Post:
    found = await reading.by_uri(db, uri)
    assert found is not None
    return found


@asynccontextmanager
async def world(make_database: MakeDatabase, folder: Path, peer: str) -> AsyncGenerator[World]:
    """Made anew for every test, with names that the other server has never heard; our keys are always the same."""
    host, certificates = os.environ[f"{PEER}HOST"], Path(os.environ[f"{PEER}TLS"])
    trusting = ssl.create_default_context(cafile=str(certificates / "authority.pem"))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificates / f"{host}.pem")
    theirs = urlsplit(os.environ[PEER + peer])
    assert theirs.username
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(
            running.instance(
                await make_database(),
                folder,
                FEDCOMM_DOMAIN=host,
                FEDCOMM_SCHEME="https",
                FEDCOMM_CA_FILE=str(certificates / "authority.pem"),
            )
        )
        relay = Relay(server, here.site.config.listen.port, (socket.gethostbyname(host), 443))
        await relay.open()
        stack.push_async_callback(relay.close)
        mark = f"{time.time_ns() // 10**6 % 2**32:x}"
        ines, ben = [await here.person(f"{name}_{mark}") for name in ("ines", "ben")]
        group = await here.group(ines, f"paint_{mark}")
        await stack.enter_async_context(here.working())
        ours = [await here.token(each) for each in (ines, ben)]
        ines_acts, ben_acts = [await stack.enter_async_context(somebody(here.url, each, trusting)) for each in ours]
        theo = await stack.enter_async_context(somebody(f"https://{theirs.hostname}", theirs.username, trusting))
        made = World(here, f"{group.handle}@{host}", ines_acts, ben_acts, theo)
        await made.ben.follow(made.group)
        yield made
