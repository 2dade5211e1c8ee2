"""`./run bench soak`: whether memory stays flat, however much comes and goes.

A web process and a worker, as an operator runs them, get activities of ever new posts and people from small servers
elsewhere and send as many to them; after each round, when nothing waits any more, it is read how much memory both have.
"""

import asyncio
import itertools
import os
import random
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx2 as httpx

from fedcomm import config, database
from fedcomm.accounts import oauth, signup
from fedcomm.accounts.model import Account
from fedcomm.cli.bench_peers import BUSY, Peers
from fedcomm.cli.development import PASSED_ON
from fedcomm.config import Config
from fedcomm.database import Connection, Pool
from fedcomm.groups import founding
from fedcomm.here import Here
from fedcomm.jobs import backlog

ROOT = Path(__file__).parent.parent.parent
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
HOSTS = 50
NEW_EACH = 10
"""Every tenth activity is by somebody who was never heard of before."""
KNOWN = 200
"""So many posts of either side are remembered, to be answered, changed, liked and deleted."""
WITHIN_S = 900.0
"""The machine may be busy with other things: what is looked at is memory, not time."""
READ_AGAIN = ("/api/v1/timelines/home", "/api/v1/notifications", "/api/v1/timelines/public", "/@ada", "/@bakers")
PARTS: Mapping[str, Sequence[str]] = {"web": ["serve", "--part", "web"], "worker": ["worker"]}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one process had after so many activities had come, in MiB.

    `own` is what it alone has and no file holds, whatever other processes of the same program do beside it.
    """

    received: int
    pss: float
    own: float


Readings = dict[str, list[Reading]]


def growth(readings: Sequence[Reading]) -> float:
    """MiB that a process has more in the last third than in the first, at its median; what it starts with is no growth.

    The first tenth is left out: caches and pools fill then. Raises ValueError for fewer than ten.
    """
    if len(readings) < 10:
        raise ValueError("too few readings to see anything")
    steady = readings[len(readings) // 10 :]
    third = len(steady) // 3
    return median(each.own for each in steady[-third:]) - median(each.own for each in steady[:third])


def memory(pid: int, received: int) -> Reading:
    """What a process and its children have now."""
    pss = own = 0
    for each in _family(pid):
        fields: dict[str, int] = {}
        for line in Path(f"/proc/{each}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
            name, size, _ = line.split()
            fields[name] = int(size)
        pss += fields["Pss:"]
        own += fields["Anonymous:"] + fields["Swap:"]
    return Reading(received, pss / 1024, own / 1024)


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(each for child in children for each in _family(int(child)))]


class Soak:
    """One instance that ada lives at, with her group, and servers elsewhere where people read and answer both."""

    def __init__(self, here: Here, http: httpx.AsyncClient, pool: Pool, peers: Peers, pids: Mapping[str, int]) -> None:
        self.readings: Readings = {part: [] for part in pids}
        self.received = 0
        self._here = here
        self._http = http
        self._pool = pool
        self._peers = peers
        self._pids = pids
        self._dice = random.Random(1)
        self._numbers = itertools.count(1)
        self._notes: list[dict[str, Any]] = []
        self._likes: list[dict[str, Any]] = []
        self._ours: list[str] = []
        self._inbox = f"{here.base_url}/inbox"
        self._people = [f"{base}/u/rui" for base in peers.bases]
        self._kinds: list[Callable[[str], dict[str, Any]]] = [
            *[self._mention] * 10,
            *[self._answer] * 3,
            *[self._like] * 3,
            self._boost,
            self._change,
            self._delete,
            self._unlike,
        ]

    async def begin(self) -> None:
        """Ada and her group begin, and everybody elsewhere comes to read both."""
        now = datetime.now(UTC)
        async with self._pool.transaction() as db:
            ada = await _person(db, self._here, now=now)
            group = await _group(db, self._here, ada, now=now)
            may = ("read", "write")
            made, _ = await oauth.register(db, name="soak", redirect_uris=[oauth.OUT_OF_BAND], scopes=may, now=now)
            _, token = await oauth.issue(db, made, ada.id, scopes=may, now=now)
        self._ada, self._group = ada, group
        self._http.headers["Authorization"] = f"Bearer {token}"
        await self._tell([self._does(who, "Follow", target) for target in (ada.uri, group.uri) for who in self._people])
        await self._quiet()

    async def round(self, each: int) -> None:
        """So many activities come, at least as many leave, everything is read; then both processes are looked at.

        Raises RuntimeError when something is refused or does not leave, TimeoutError.
        """
        taken = await asyncio.to_thread(self._peers.taken)
        spread = max(1, each // len(self._people) // 2)
        for number in range(spread):
            posted = await self._ask("POST", "/api/v1/statuses", json={"status": f"Loaf {number} of ours."})
            self._ours.append(posted.json()["uri"])
        to_group = [self._to_group(self._dice.choice(self._people)) for _ in range(spread)]
        said = [self._says() for _ in range(each - spread)]
        await self._tell([*to_group, *said])
        for path in (*READ_AGAIN, *(self._path(uri) for uri in self._ours[-3:])):
            await self._ask("GET", path, headers={"Accept": "text/html, application/json"})
        await self._quiet()
        del self._notes[:-KNOWN], self._likes[:-KNOWN], self._ours[:-KNOWN]
        self.received += each
        left = await asyncio.to_thread(self._peers.taken) - taken
        if left < 2 * spread * len(self._people):
            raise RuntimeError(f"only {left} deliveries of {2 * spread * len(self._people)}")
        for part, pid in self._pids.items():
            self.readings[part].append(memory(pid, self.received))

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """What an app asks, once more while the server is too busy. Raises httpx.HTTPStatusError."""
        for pause in itertools.repeat(1.0):
            answer = await self._http.request(method, path, **more)
            if answer.status_code != BUSY:
                return answer.raise_for_status()
            await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    async def _tell(self, activities: list[dict[str, Any]]) -> None:
        await asyncio.to_thread(self._peers.tell, self._inbox, activities)

    async def _quiet(self) -> None:
        """Wait until nothing waits but what is meant for later. Raises TimeoutError; RuntimeError for what failed."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                async with self._pool.connection() as db:
                    queues = await backlog.look(db, now=datetime.now(UTC))
                if failed := {each.queue: each.failed for each in queues if each.failed}:
                    raise RuntimeError(f"given up: {failed}")
                if not any(each.waiting > each.later for each in queues):
                    return
                await asyncio.sleep(0.05)

    def _path(self, uri: str) -> str:
        return f"/api/v1/statuses/{uri.rpartition('/')[2]}/context"

    def _says(self) -> dict[str, Any]:
        """What comes next: of some kind, by somebody, who may be new."""
        who = self._dice.choice(self._people)
        if self._dice.randrange(NEW_EACH) == 0:
            who = f"{who}_{next(self._numbers)}"
        return self._dice.choice(self._kinds)(who)

    def _does(self, actor: str, type: str, object: Any) -> dict[str, Any]:
        return {"id": f"{actor}/does/{next(self._numbers)}", "type": type, "actor": actor, "object": object}

    def _create(self, actor: str, content: str, to: Account, **more: Any) -> dict[str, Any]:
        uri = f"{actor}/notes/{next(self._numbers)}"
        note = {
            "id": uri,
            "type": "Note",
            "attributedTo": actor,
            "content": f"<p>{content}</p>",
            "to": [PUBLIC],
            "cc": [f"{actor}/followers", to.uri],
            "published": datetime.now(UTC).isoformat(),
            "tag": [{"type": "Mention", "href": to.uri, "name": f"@{to.handle}@{self._here.domain}"}],
            **more,
        }
        self._notes.append(note)
        return self._does(actor, "Create", note) | {"to": note["to"], "cc": note["cc"]}

    def _to_group(self, actor: str) -> dict[str, Any]:
        number = next(self._numbers)
        return self._create(actor, f"Thread {number} about bread.", self._group, audience=self._group.uri)

    def _mention(self, actor: str) -> dict[str, Any]:
        return self._create(actor, f"Question {next(self._numbers)}: how long does it rise?", self._ada)

    def _answer(self, actor: str) -> dict[str, Any]:
        return self._create(actor, "Overnight.", self._ada, inReplyTo=self._dice.choice(self._ours))

    def _like(self, actor: str) -> dict[str, Any]:
        like = self._does(actor, "Like", self._dice.choice(self._ours))
        self._likes.append(like)
        return like

    def _boost(self, actor: str) -> dict[str, Any]:
        boost = self._does(actor, "Announce", self._dice.choice(self._ours))
        return boost | {"to": [PUBLIC], "cc": [self._ada.uri], "published": datetime.now(UTC).isoformat()}

    def _change(self, actor: str) -> dict[str, Any]:
        note = self._dice.choice(self._notes)
        changed = note | {"content": "<p>Said better.</p>", "updated": datetime.now(UTC).isoformat()}
        return self._does(note["attributedTo"], "Update", changed) | {"to": note["to"], "cc": note["cc"]}

    def _delete(self, actor: str) -> dict[str, Any]:
        note = self._notes.pop(self._dice.randrange(len(self._notes)))
        gone = {"id": note["id"], "type": "Tombstone"}
        return self._does(note["attributedTo"], "Delete", gone) | {"to": note["to"]}

    def _unlike(self, actor: str) -> dict[str, Any]:
        if not self._likes:
            return self._like(actor)
        like = self._likes.pop(self._dice.randrange(len(self._likes)))
        return self._does(like["actor"], "Undo", like)


@contextmanager
def instance(
    folder: Path, database_url: str, *, parts: Mapping[str, Sequence[str]] = PARTS, **settings: str
) -> Generator[tuple[Config, dict[str, int]]]:
    """A web process and a worker (or the parts that are asked for) over a database; gives their process ids."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    chosen = {
        "FEDCOMM_DOMAIN": f"localhost:{port}",
        "FEDCOMM_SCHEME": "http",
        "FEDCOMM_LISTEN": f"127.0.0.1:{port}",
        "FEDCOMM_DATA_DIR": str(folder),
        "FEDCOMM_DEV": "1",
        "FEDCOMM_DEV_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
        "FEDCOMM_RATE_LIMITS": "off",
        "FEDCOMM_WORKERS": "2",
        "FEDCOMM_LOG": "text",
        "DATABASE_URL": database_url,
        **settings,
    }
    left = {name: value for name, value in os.environ.items() if not name.startswith("FEDCOMM_") or name in PASSED_ON}
    running: dict[str, subprocess.Popen[bytes]] = {}
    with (folder / "log").open("wb") as log:
        try:
            for part, arguments in parts.items():
                running[part] = subprocess.Popen(  # noqa: S603  # our own program
                    [sys.executable, "-P", "-m", "fedcomm", *arguments],
                    cwd=ROOT,
                    env={**left, **chosen, "PYTHONPATH": str(ROOT)},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            yield config.load(chosen), {part: process.pid for part, process in running.items()}
        finally:
            for process in running.values():
                process.terminate()
            for process in running.values():
                process.wait()


async def measure(
    settings: Config,
    pids: Mapping[str, int],
    peers: Peers,
    *,
    rounds: int,
    each: int,
    told: Callable[[Soak], None] = lambda _: None,
) -> Readings:
    """What both processes had after each round of so many activities. `told` is called after each."""
    assert settings.database_url is not None
    pool = await database.open_pool(settings.database_url, size=2, name="soak")
    no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        async with httpx.AsyncClient(
            base_url=settings.base_url, verify=no_tls, trust_env=False, timeout=WITHIN_S
        ) as http:
            await answers(http)
            soak = Soak(settings.here, http, pool, peers, pids)
            await soak.begin()
            for _ in range(rounds):
                await soak.round(each)
                told(soak)
            return soak.readings
    finally:
        await pool.close()


async def answers(http: httpx.AsyncClient) -> None:
    """Wait until a server that was just started answers. Raises httpx.TransportError."""
    ends = time.monotonic() + 30
    while True:
        try:
            (await http.get("/healthz")).raise_for_status()
            return
        except httpx.TransportError:
            if time.monotonic() > ends:
                raise
        await asyncio.sleep(0.05)


async def _person(db: Connection, here: Here, *, now: datetime) -> Account:
    return await signup.create_person(
        db, here, handle="ada", email="ada@company.example", password=None, name="Ada", now=now
    )


async def _group(db: Connection, here: Here, founder: Account, *, now: datetime) -> Account:
    return await founding.create(
        db,
        here,
        founder,
        "bakers",
        "Bakers",
        "Talk among bakers.",
        join_rule="open",
        posting_rule="members",
        carry_policy="auto",
        now=now,
    )
