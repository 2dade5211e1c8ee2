"""Pages stay cheap on large tables: how the database goes about them, and how many statements they take."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, cast

import orjson
import pytest
import pytest_asyncio

from fedcomm import database
from fedcomm.accounts import lookup
from fedcomm.database import Connection, Row
from fedcomm.threads import audience, reading
from fedcomm.timelines import account, group, home, public
from fedcomm.timelines.cursor import Cursor, Entry
from tests.conftest import MakeDatabase

POSTS = 100_000
GROUPS = 100
PEOPLE = 40_000
READER = GROUPS + 1

pytestmark = pytest.mark.slow

FILL = f"""
    INSERT INTO account (id, kind, is_local, handle, handle_key, handle_domain, authority, uri, url, inbox_url,
                         shared_inbox_url, created_at, updated_at)
    SELECT n, CASE WHEN n <= {GROUPS} THEN 'group' ELSE 'person' END, n % 3 = 0, 'a' || n, 'a' || n, 'h' || n % 500,
           'h' || n % 500, 'https://x.example/' || n, '', '', 'https://h' || n % 500 || '.example/inbox', now(), now()
      FROM generate_series(1, {PEOPLE + GROUPS}) n;

    -- Three of ten are roots.
    INSERT INTO post (id, uri, url, is_local, author_id, group_id, thread_id, parent_id, parent_author_id, title,
                      audience, published_at, created_at)
    SELECT n * 65536, 'https://x.example/p/' || n, '', n % 3 = 0, {GROUPS} + 1 + n * 7919 % {PEOPLE},
           1 + root / 10 * 31 % {GROUPS}, CASE WHEN n % 10 < 3 THEN n ELSE root END * 65536,
           CASE WHEN n % 10 >= 3 THEN root * 65536 END,
           CASE WHEN n % 10 >= 3 THEN {GROUPS} + 1 + root * 7919 % {PEOPLE} END,
           CASE WHEN n % 10 < 3 THEN 'A title' END, 'public', now(), now()
      FROM generate_series(10::bigint, {POSTS}) n
CROSS JOIN LATERAL (SELECT n - n % 10 AS root) thread;

    INSERT INTO boost (id, account_id, post_id, author_id, is_group, created_at)
    SELECT id + 1, group_id, id, author_id, true, now() FROM post WHERE thread_id = id
 UNION ALL
    SELECT id + 2, group_id % {GROUPS} + 1, id, author_id, true, now()
      FROM post
     WHERE thread_id = id AND id / 65536 % 7 = 0;

    INSERT INTO follow (id, follower_id, followee_id, state, created_at)
    SELECT n, {READER}, n, 'accepted', now() FROM generate_series(1, 40) n
 UNION ALL
    SELECT 1000 + n, {READER}, {READER} + n * 7, 'accepted', now() FROM generate_series(1, 20) n
 UNION ALL
    SELECT 10000 + n, {READER} + n, n % {GROUPS} + 1, 'accepted', now() FROM generate_series(1, 4000) n;
"""


class Watched:
    """A connection that looks at the plan of every statement before it runs."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.plans: list[dict[str, Any]] = []

    async def fetch(self, query: str, *args: object) -> list[Row]:
        plan = await self._db.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", *args)
        self.plans.append((orjson.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
        return await self._db.fetch(query, *args)

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Every step of every plan that was really taken."""
        waiting = list(self.plans)
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", [])
            if node.get("Actual Loops"):
                yield node

    def read_whole(self) -> set[str]:
        """Large tables that were read from beginning to end."""
        scans = [node for node in self.nodes() if node["Node Type"].endswith("Seq Scan")]
        return {node["Relation Name"] for node in scans} & {"post", "boost", "follow", "account"}

    @property
    def blocks(self) -> int:
        """How many blocks of 8 KiB were looked at."""
        return sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in self.plans)


@pytest_asyncio.fixture
async def large(database_url: MakeDatabase) -> AsyncIterator[Connection]:
    """A database with many posts. Plans are made without looking at the values, as the server's are after a while."""
    db = await database.connect(await database_url())
    await db.execute(FILL)
    await db.execute("VACUUM ANALYZE")
    await db.execute("SET plan_cache_mode = force_generic_plan")
    yield db
    await db.close()


async def test_pages_look_at_little_of_a_large_table(large: Connection) -> None:
    """A page of 20 in one statement; 60 followed accounts, a busy group, everybody's posts."""
    busy = await lookup.by_id(large, 1)
    writer = await lookup.by_id(large, READER + 7)
    assert busy is not None
    assert writer is not None
    middle = POSTS // 2 * 65536
    pages: dict[str, Callable[[Connection, Cursor], Awaitable[list[Entry]]]] = {
        "home": lambda db, cursor: home.page(db, READER, cursor=cursor),
        "group": lambda db, cursor: account.page(db, READER, busy, cursor=cursor),
        "list": lambda db, cursor: group.threads(db, READER, busy.id, cursor=cursor),
        "person": lambda db, cursor: account.page(db, READER, writer, cursor=cursor),
        "public": lambda db, cursor: public.page(db, READER, cursor=cursor),
        "ours": lambda db, cursor: public.page(db, None, cursor=cursor, local=True),
    }
    cursors = [Cursor(), Cursor(max_id=middle), Cursor(min_id=middle), Cursor(since_id=middle)]
    found: dict[str, tuple[int, set[str], int]] = {}
    for name, page in pages.items():
        for number, cursor in enumerate(cursors):
            watched = Watched(large)
            assert len(await page(cast(Connection, watched), cursor)) == 20 or name == "person"
            found[f"{name} {number}"] = (len(watched.plans), watched.read_whole(), watched.blocks)

    assert {name: seen for name, seen in found.items() if seen[0] > 2 or seen[1] or seen[2] > 1_500} == {}


async def test_home_costs_no_more_when_the_table_is_larger(large: Connection) -> None:
    """From n to 10 n posts: the same few blocks, give or take a level of the index (D73)."""
    all_of_it = Watched(large)
    await home.page(cast(Connection, all_of_it), READER, cursor=Cursor())
    for table in ("boost", "post"):
        await large.execute(f"DELETE FROM {table} WHERE id < {POSTS * 9 // 10 * 65536}")
    await large.execute("VACUUM FULL ANALYZE post")
    await large.execute("VACUUM FULL ANALYZE boost")
    await large.execute("VACUUM ANALYZE")

    tenth = Watched(large)
    await home.page(cast(Connection, tenth), READER, cursor=Cursor())

    assert all_of_it.blocks < 2 * tenth.blocks


async def test_recipients_and_threads_are_found_by_index(large: Connection) -> None:
    watched = Watched(large)
    await audience.recipients(cast(Connection, watched), 10 * 65536)
    posts = await reading.thread(cast(Connection, watched), 10 * 65536, READER)

    assert len(posts) == 8
    assert watched.read_whole() - {"account"} == set()
