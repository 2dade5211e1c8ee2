"""`./run bench pages`: how long pages take with a million posts, for a member and for who runs the instance.

The instance is the one of `tests/speed`, with all that lies on the desk of those who run it. A web process of its own
answers; whoever asks has signed in with a password, one request at a time, and waits for the whole page.
"""

import math
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import httpx2 as httpx
from rich.console import Console
from rich.table import Table

from fedcomm import database, migrating, postgres
from fedcomm.accounts import logins
from fedcomm.cli import bench_soak
from tests.speed import cast, filling, filling_desk

TIMES = 50
WARM = 3
"""So often a page is asked for before that counts: no cache is empty in a server that runs."""
BAR_MS, THREAD_MS = 100.0, 30.0
WEB = {"web": bench_soak.PARTS["web"]}
PASSWORD = "correct horse battery"  # noqa: S105  # of an instance that is thrown away
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
ADMIN = (
    "", "/sign_ups", "/accounts", "/accounts?origin=remote", "/accounts?q=person_77", "/accounts?status=suspended",
    "/reports", "/held", "/holds", "/announcements", "/apps", "/log", "/log?action=hold+post", "/peers",
    "/peers?policy=suspended", "/peers/lists", "/deliveries", "/queues", "/emojis", "/rules", "/mail", "/storage",
    "/settings", "/branding", "/design",
)  # fmt: skip
GROUP_PAGES = ("/settings", "/held", "/log", "/bans", "/waiting", "/export")
MEMBER = (
    "/home?by=group", "/home?by=time", "/you", "/notifications", "/messages", "/search?q=oven", "/search?q=w4242",
    "/find?q=oven", "/groups", "/tags/ovens", "/lists", "/invitations", "/compose", "/scheduled", "/decisions",
    "/settings", "/settings/access", "/settings/notices", "/settings/hidden", "/settings/export",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Took:
    """How long the answers to one question took, in milliseconds, from the request to the last byte."""

    who: str
    path: str
    bar: float
    median: float
    p95: float
    size: int
    """Bytes of the page."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One page, as one of the cast sees it."""

    who: str
    path: str
    bar: float = BAR_MS


async def ready(cluster: postgres.Cluster, posts: int) -> str:
    """The database with so many posts, made unless it is there."""
    name = f"pages_{posts}"
    if await cluster.ensure_database(name):
        try:
            await migrating.migrate(cluster.dsn_for(name))
            await filling.fill(cluster.dsn_for(name), posts, filling_desk.MEASURED)
        except BaseException:  # half of it must not be taken for the whole
            await cluster.drop_database(name)
            raise
    else:
        await migrating.migrate(cluster.dsn_for(name))
    return cluster.dsn_for(name)


async def measure(folder: Path, url: str, *, times: int = TIMES, member: int = cast.READER) -> Sequence[Took]:
    """Ask for each page so often. Raises RuntimeError when one is not answered."""
    people = {"a member": member, "owner": cast.OWNER}
    asked = await _asked(url, people)
    with bench_soak.instance(folder, url, parts=WEB, FEDCOMM_DOMAIN=cast.DOMAIN) as (settings, _):
        base = f"http://127.0.0.1:{settings.listen.port}"
        clients = {"a visitor": _client(base)}
        await bench_soak.answers(clients["a visitor"])
        clients |= {who: await _signed_in(base, number) for who, number in people.items()}
        try:
            return [await _took(clients[each.who], each, times) for each in asked]
        finally:
            for client in clients.values():
                await client.aclose()


async def _asked(url: str, people: Mapping[str, int]) -> Sequence[Asked]:
    """Every page, and those that only make sense with something in them."""
    db = await database.connect(url)
    try:
        async with db.transaction():
            for number in people.values():
                await logins.set_password(db, number, PASSWORD, now=datetime.now(UTC))
    finally:
        await db.close()
    group, quiet = f"/@group_{cast.BUSY}", f"/@group_{cast.QUIET.start}"
    hundred, long = (f"/@person_{cast.ASKER}/{root}" for root in (cast.HUNDRED, cast.LONG))
    return [
        *(Asked(who, hundred, THREAD_MS) for who in ("a visitor", "a member", "owner")),
        *(Asked("owner", f"/admin{path}") for path in ADMIN),
        *(Asked("owner", path) for path in ("/home", "/reports", *(group + page for page in GROUP_PAGES))),
        *(Asked("a member", path) for path in (*MEMBER, group, quiet, f"/@person_{cast.GROUPS + 25}", long)),
        *(Asked("a visitor", path) for path in ("/", "/about", group, "/tags/ovens", long, f"{group}.atom")),
    ]


async def _signed_in(base: str, number: int) -> httpx.AsyncClient:
    client = _client(base)
    shown = TOKEN.search((await client.get("/sign_in")).text)
    form = {"login": f"{number}@company.example", "password": PASSWORD, "csrf_token": shown[1] if shown else ""}
    answer = await client.post("/sign_in", data=form)
    if answer.status_code != 303:
        raise RuntimeError(f"nobody could sign in: {answer.status_code}")
    return client


def _client(base: str) -> httpx.AsyncClient:
    headers = {"Host": cast.DOMAIN, "Accept": "text/html"}
    return httpx.AsyncClient(base_url=base, headers=headers, timeout=bench_soak.WITHIN_S, trust_env=False)


async def _took(client: httpx.AsyncClient, asked: Asked, times: int) -> Took:
    found: list[float] = []
    size = 0
    for _ in range(WARM + times):
        began = time.perf_counter()
        answer = await client.get(asked.path)
        found.append((time.perf_counter() - began) * 1000)
        size = len(answer.content)
        if answer.status_code != 200:
            raise RuntimeError(f"{asked.path} was answered with {answer.status_code}")
    counted = sorted(found[WARM:])
    p95 = counted[math.ceil(0.95 * len(counted)) - 1]
    return Took(asked.who, asked.path, asked.bar, median(counted), p95, size)


def figures(found: Sequence[Took]) -> dict[str, float]:
    """What is kept of it."""
    threads = [each.p95 for each in found if each.bar == THREAD_MS]
    first = next(each.p95 for each in found if each.path == "/admin")
    others = [each.p95 for each in found if each.bar == BAR_MS and each.path != "/admin"]
    return {"page thread": max(threads), "page dashboard": first, "page slowest": max(others)}


def show(found: Sequence[Took]) -> None:
    """Print every page, the slowest first."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("page")
    table.add_column("for")
    for heading in ("median", "p95", "bar", "size"):
        table.add_column(heading, justify="right")
    for each in sorted(found, key=lambda each: -each.p95):
        table.add_row(
            each.path,
            each.who,
            f"{each.median:.1f} ms",
            f"{each.p95:.1f} ms",
            f"< {each.bar:g} ms",
            f"{each.size / 1024:.0f} KiB",
            style="" if each.p95 < each.bar else "bold red",
        )
    Console(highlight=False, width=None if sys.stdout.isatty() else 140).print(table)
