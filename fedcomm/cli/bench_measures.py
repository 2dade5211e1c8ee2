"""What `./run bench` measures: the same ideas as the black-box measures of the handbook, smaller, in this process.

CPU times are of this process (web and worker) and of PostgreSQL, in milliseconds for each thing done; they hardly
change from run to run, where times on the clock do.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from starlette.types import Message

from fedcomm.accounts import follows, keys, lookup, oauth, remote, scopes
from fedcomm.accounts.model import Account
from fedcomm.accounts.remote import Described
from fedcomm.cli.bench_hosts import Hosts
from fedcomm.cli.development import quiet
from fedcomm.http.context import Site
from fedcomm.threads import drafting, posting, reading
from federation.signatures import key_formats
from federation.signatures.digests import sha256
from federation.signatures.signing import SigningKey, sign_request

if TYPE_CHECKING:
    from fedcomm.app import Running

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
MAY = "read write"
WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU time used so far, in seconds."""

    server: float
    database: float

    @staticmethod
    def now(postgres_pid: int) -> "Cpu":
        """What this process and PostgreSQL have used."""
        return Cpu(time.process_time(), _of_family(postgres_pid))

    def each_ms(self, before: "Cpu", count: int) -> tuple[float, float]:
        """Milliseconds of both since then, for each of so many things."""
        return (self.server - before.server) / count * 1000, (self.database - before.database) / count * 1000


class Client:
    """An app in which somebody is signed in; it asks the application itself, without a socket."""

    def __init__(self, here: "Running", token: str) -> None:
        self._here = here
        self._token = token

    async def ask(self, method: str, path: str, body: object = None) -> bytes:
        """The body of an answer that must be 200. Raises RuntimeError otherwise."""
        sent = json.dumps(body).encode() if body is not None else b""
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        return await request(self._here, method, path, sent, headers, wanted=200)


async def request(
    here: "Running", method: str, path: str, body: bytes, headers: dict[str, str], *, wanted: int
) -> bytes:
    """Ask the application of an instance, as its web server does. Raises RuntimeError for another status."""
    answer: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        answer.append(message)

    plain, _, query = path.partition("?")
    named = {"host": here.site.here.authority, "content-length": str(len(body))}
    named |= {name.lower(): value for name, value in headers.items()}
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", here.site.config.listen.port),
        "scheme": "http",
        "root_path": "",
        "state": {},
    }
    await here.front(scope, receive, send)
    if answer[0]["status"] != wanted:
        raise RuntimeError(f"{method} {path}: {answer[0]['status']} {answer[-1].get('body', b'')[:200]!r}")
    return b"".join(message.get("body", b"") for message in answer[1:])


async def signed_in(here: "Running", handle: str) -> tuple[Account, Client]:
    """Somebody with an app."""
    site = here.site
    granted = scopes.parse(MAY)
    async with site.transaction() as db:
        who = await lookup.local(db, handle)
        assert who is not None
        app, _ = await oauth.register(
            db, name="bench", redirect_uris=[oauth.OUT_OF_BAND], scopes=granted, now=site.now()
        )
        _, token = await oauth.issue(db, app, who.id, scopes=granted, now=site.now())
    return who, Client(here, token)


async def reply_travels(writes: Site, handle: str, root_uri: str, others: Iterable[Site], *, times: int) -> float:
    """Seconds from a reply at one instance until it is in the thread at the others; the median."""
    took: list[float] = []
    for number in range(times):
        async with writes.transaction() as db:
            author = await lookup.local(db, handle)
            root = await reading.by_uri(db, root_uri)
            assert author is not None
            assert root is not None
            draft = await drafting.from_text(
                db, writes.here, author, f"Measured, {number}.", parent_id=root.id, now=writes.now()
            )
            post = await posting.publish(db, writes.here, author, draft, now=writes.now())
        began = time.monotonic()
        for other in others:
            await _until_there(other, post.uri)
        took.append(time.monotonic() - began)
    return median(took)


async def home_cpu(client: Client, postgres_pid: int, *, times: int) -> tuple[float, float]:
    """CPU of a page of home with 20 entries."""
    have = len(json.loads(await client.ask("GET", "/api/v1/timelines/home?limit=40")))
    for number in range(40 - have):
        await client.ask("POST", "/api/v1/statuses", {"status": f"To be read, {number}."})
    return await _best(
        lambda: client.ask("GET", "/api/v1/timelines/home?limit=20"), postgres_pid, times=times, batches=5
    )


async def post_cpu(here: "Running", client: Client, postgres_pid: int, *, times: int) -> tuple[float, float]:
    """CPU of a post with all that follows from it here."""
    await quiet([here.site], within_s=WITHIN_S)
    before = Cpu.now(postgres_pid)
    for number in range(times):
        await client.ask("POST", "/api/v1/statuses", {"status": f"Measured, {number}."})
    await quiet([here.site], within_s=WITHIN_S)
    return Cpu.now(postgres_pid).each_ms(before, times)


async def inbox(here: "Running", reader: Account, postgres_pid: int, *, notes: int) -> tuple[float, float, float]:
    """Signed notes from followed authors until all are interpreted: how many a second, CPU for each."""
    authors = [await _author(here.site, reader, number) for number in range(10)]
    await quiet([here.site], within_s=WITHIN_S)
    letters = [_note(here.site, *authors[number % len(authors)], number) for number in range(notes)]
    before, began = Cpu.now(postgres_pid), time.monotonic()
    waiting = iter(letters)

    async def send() -> None:
        for headers, body in waiting:
            await request(here, "POST", "/inbox", body, headers, wanted=202)

    await asyncio.gather(*(send() for _ in range(16)))
    await quiet([here.site], within_s=WITHIN_S)
    took = time.monotonic() - began
    return notes / took, *Cpu.now(postgres_pid).each_ms(before, notes)


async def fan_out(
    here: "Running", author: Account, client: Client, hosts: Hosts, postgres_pid: int
) -> tuple[float, float]:
    """Seconds until one post is at the last of so many hosts, and the server's CPU for each."""
    site = here.site
    for port in hosts.ports:
        async with site.transaction() as db:
            follower = await remote.upsert(db, _described(f"http://localhost:{port}", "rui"), now=site.now())
            await follows.receive_follow(
                db, site.here, follower, author, f"{follower.uri}/follow", now=site.now(), state="accepted"
            )
    await quiet([site], within_s=WITHIN_S)
    mark = f"fan-out {time.monotonic_ns()}"
    before, began = Cpu.now(postgres_pid), time.monotonic()
    await client.ask("POST", "/api/v1/statuses", {"status": mark})
    await quiet([site], within_s=WITHIN_S)
    used = Cpu.now(postgres_pid).each_ms(before, len(hosts.ports))
    came = hosts.came_at(mark.encode())
    if len(came) < len(hosts.ports):
        raise RuntimeError(f"only {len(came)} of {len(hosts.ports)} hosts got the post")
    return max(came.values()) - began, used[0]


async def _best(
    work: Callable[[], Awaitable[object]], postgres_pid: int, *, times: int, batches: int
) -> tuple[float, float]:
    """CPU of each, in the batch with the least: what other programs do to a batch only adds."""
    measured: list[tuple[float, float]] = []
    for _ in range(batches):
        before = Cpu.now(postgres_pid)
        for _ in range(times):
            await work()
        measured.append(Cpu.now(postgres_pid).each_ms(before, times))
    return min(measured, key=sum)


async def _until_there(site: Site, uri: str) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            async with site.read() as db:
                if await reading.by_uri(db, uri) is not None:
                    return
            await asyncio.sleep(0.005)


def _described(base: str, handle: str) -> Described:
    authority = base.partition("//")[2]
    uri = f"{base}/u/{handle}"
    return Described(
        kind="person",
        uri=uri,
        authority=authority,
        handle=handle,
        handle_domain=authority,
        url=uri,
        inbox_url=f"{uri}/inbox",
        shared_inbox_url=f"{base}/inbox",
        followers_url=f"{uri}/followers",
    )


async def _author(site: Site, reader: Account, number: int) -> tuple[str, SigningKey]:
    """Somebody elsewhere whom the reader follows, with a key that is known here."""
    said = _described("http://localhost:9", f"author{number}")
    private = key_formats.make_rsa_key()
    key = SigningKey(f"{said.uri}#main-key", private)
    async with site.transaction() as db:
        author = await remote.upsert(db, said, now=site.now())
        pem = key_formats.public_to_pem(private.public_key())
        await keys.remember(db, author.id, [(key.id, "rsa", pem)], now=site.now())
        await follows.follow(db, site.here, reader, author, now=site.now())
        await follows.receive_accept(db, site.here, reader, author, now=site.now())
    return said.uri, key


def _note(site: Site, author: str, key: SigningKey, number: int) -> tuple[dict[str, str], bytes]:
    """A signed Create."""
    uri = f"{author}/notes/{time.monotonic_ns()}"
    addressed = {"to": [PUBLIC], "cc": [f"{author}/followers"], "published": site.now().isoformat()}
    note = {"id": uri, "type": "Note", "attributedTo": author, "content": f"<p>Note {number}</p>", **addressed}
    activity = {"id": f"{uri}/activity", "type": "Create", "actor": author, "object": note, **addressed}
    body = json.dumps({"@context": "https://www.w3.org/ns/activitystreams", **activity}).encode()
    url = f"{site.here.base_url}/inbox"
    signed = sign_request(key, method="POST", url=url, now=site.now(), body_sha256=sha256(body))
    return {"content-type": "application/activity+json", **signed}, body


def _of_family(pid: int) -> float:
    """CPU seconds of a process and its children; 0 where the system does not tell."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if pid in (int(stat.parent.name), int(fields[1])):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
