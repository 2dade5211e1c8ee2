"""The database of tests and servers: pool, retry, migrations."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from fedcomm import database, migrating, postgres
from fedcomm.database import Connection
from fedcomm.jobs import queues
from tests.conftest import MakeDatabase


async def test_json_columns_are_python_objects(db: Connection) -> None:
    assert await db.fetchval("SELECT $1::jsonb", {"a": [1, None, "ü"]}) == {"a": [1, None, "ü"]}
    assert await db.fetchval("SELECT $1::json", [1]) == [1]


async def test_what_a_test_writes_is_gone_in_the_next(db: Connection) -> None:
    await db.execute("CREATE TABLE here_for_one_test ()")
    assert await db.fetchval("SELECT count(*) FROM pg_class WHERE relname = 'here_for_one_test'") == 1
    assert db.is_in_transaction()


async def test_a_transaction_is_rolled_back_when_its_block_raises(database_url: MakeDatabase) -> None:
    pool = await database.open_pool(await database_url())
    with pytest.raises(ZeroDivisionError):
        async with pool.transaction() as db:
            await db.execute("CREATE TABLE never ()")
            _ = 1 / 0

    async with pool.connection() as db:
        assert await db.fetchval("SELECT to_regclass('never')") is None
    await pool.close()


async def test_a_deadlock_is_resolved_by_doing_one_of_the_two_again(database_url: MakeDatabase) -> None:
    """Both rows are locked crosswise before either goes on, so PostgreSQL must refuse one. Reliability case R024."""
    pool = await database.open_pool(await database_url())
    async with pool.transaction() as db:
        await db.execute("CREATE TABLE seat (id int PRIMARY KEY, taken int NOT NULL)")
        await db.execute("INSERT INTO seat VALUES (1, 0), (2, 0)")
    holds = {1: asyncio.Event(), 2: asyncio.Event()}
    tries = 0

    async def take_both(first: int, then: int) -> None:
        async def work(db: Connection) -> None:
            nonlocal tries
            tries += 1
            await db.execute("UPDATE seat SET taken = taken + 1 WHERE id = $1", first)
            holds[first].set()
            await holds[then].wait()
            await db.execute("UPDATE seat SET taken = taken + 1 WHERE id = $1", then)

        await pool.retry(work)

    await asyncio.gather(take_both(1, 2), take_both(2, 1))

    async with pool.connection() as db:
        assert [tuple(row) for row in await db.fetch("SELECT id, taken FROM seat ORDER BY id")] == [(1, 2), (2, 2)]
    assert tries == 3
    await pool.close()


async def test_a_schema_change_under_a_prepared_statement_is_retried(database_url: MakeDatabase) -> None:
    """asyncpg raises InvalidCachedStatementError once inside a transaction. Reliability case R030."""
    url = await database_url()
    pool = await database.open_pool(url, size=1)

    async def read(db: Connection) -> list[str]:
        return list((await database.one(db, "SELECT * FROM shelf")).keys())

    async with pool.transaction() as db:
        await db.execute("CREATE TABLE shelf (a int)")
        await db.execute("INSERT INTO shelf VALUES (1)")
    assert await pool.retry(read) == ["a"]
    other = await database.connect(url)
    await other.execute("ALTER TABLE shelf ADD COLUMN b int")
    await other.close()

    assert await pool.retry(read) == ["a", "b"]
    await pool.close()


async def test_a_lost_connection_is_one_error_and_the_pool_heals(database_url: MakeDatabase) -> None:
    url = await database_url()
    pool = await database.open_pool(url, size=2)
    other = await database.connect(url)

    with pytest.raises(database.Down):
        async with pool.transaction() as db:
            pid = await db.fetchval("SELECT pg_backend_pid()")
            await other.execute("SELECT pg_terminate_backend($1, 5000)", pid)
            await db.fetchval("SELECT 1")

    async with pool.transaction() as db:
        assert await db.fetchval("SELECT 1") == 1
    await other.close()
    await pool.close()


async def test_r005_a_transaction_that_idles_is_ended_with_its_locks(database_url: MakeDatabase) -> None:
    """R005: whoever began it hears that the database was gone, and goes on with another connection."""
    url = await database_url()
    usual = await database.open_pool(url, size=1)
    hasty = await database.open_pool(f"{url}&idle_in_transaction_session_timeout=50ms", size=1)
    async with usual.transaction() as db:
        assert await db.fetchval("SHOW idle_in_transaction_session_timeout") == "15s"
        await queues.lock(db, "facts")
        assert await db.fetchval("SHOW transaction_timeout") == "15s"

    with pytest.raises(database.Down):
        async with hasty.transaction() as db:
            await queues.lock(db, "facts")
            async with usual.transaction() as other:
                await queues.lock(other, "facts")
            await db.fetchval("SELECT 1")

    async with hasty.transaction() as db:
        await queues.lock(db, "facts")
    await usual.close()
    await hasty.close()


async def test_many_short_reads_share_a_few_connections(database_url: MakeDatabase) -> None:
    pool = await database.open_pool(await database_url(), size=3)
    few = database.Few(pool, 2)

    async def read() -> int:
        async with few.connection() as db:
            pid: int = await db.fetchval("SELECT pg_backend_pid()")
            return pid

    pids = await asyncio.gather(*(read() for _ in range(40)))
    both = await asyncio.gather(pool.take(), pool.take(), pool.take())

    assert len(set(pids)) <= 2
    assert len({await db.fetchval("SELECT pg_backend_pid()") for db in both}) == 3, "none was kept back"
    for db in both:
        await pool.give_back(db)
    await pool.close()


async def test_who_stops_waiting_for_a_connection_keeps_none(database_url: MakeDatabase) -> None:
    pool = await database.open_pool(await database_url(), size=1)
    few = database.Few(pool, 1)
    has, may_go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with few.connection():
            has.set()
            await may_go.wait()

    async def wait() -> None:
        async with few.connection():
            raise AssertionError("unreachable")

    holder, waiter = asyncio.create_task(hold()), asyncio.create_task(wait())
    await has.wait()
    may_go.set()
    await holder  # the connection is now meant for who waits
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter

    async with asyncio.timeout(5), pool.connection() as db:
        assert await db.fetchval("SELECT 1") == 1
    await pool.close()


async def test_a_connection_lost_in_a_short_read_is_not_handed_on(database_url: MakeDatabase) -> None:
    pool = await database.open_pool(await database_url(), size=2)
    few = database.Few(pool, 1)

    async def read(statement: str) -> int:
        async with few.connection() as db:
            answer: int = await db.fetchval(statement)
            return answer

    lost, *others = await asyncio.gather(
        read("SELECT pg_terminate_backend(pg_backend_pid())::int"),
        *(read("SELECT 1") for _ in range(5)),
        return_exceptions=True,
    )

    assert isinstance(lost, database.Down)
    assert others == [1] * 5
    await pool.close()


async def test_a_mistake_of_ours_is_not_taken_for_a_lost_database(database_url: MakeDatabase) -> None:
    pool = await database.open_pool(await database_url())
    with pytest.raises(asyncpg.InterfaceError):
        async with pool.connection() as db:
            await db.fetchval("SELECT $1::int")
    await pool.close()


async def test_no_server_is_told_as_down(tmp_path: Path) -> None:
    with pytest.raises(database.Down):
        await database.open_pool(f"postgresql:///x?user=x&host={tmp_path}")


async def test_migrating_twice_changes_nothing(cluster: postgres.Cluster) -> None:
    await cluster.ensure_database("empty_at_first")
    url = cluster.dsn_for("empty_at_first")

    runs = await asyncio.gather(migrating.migrate(url), migrating.migrate(url))

    assert sorted(map(len, runs)) == [0, len(migrating.read())]
    assert await migrating.migrate(url) == []
    await cluster.drop_database("empty_at_first")


async def test_an_applied_file_must_not_change(cluster: postgres.Cluster, tmp_path: Path) -> None:
    await cluster.ensure_database("with_a_history")
    url = cluster.dsn_for("with_a_history")
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE a ()")
    (tmp_path / "0002_second.sql").write_text("CREATE TABLE b ()")
    assert await migrating.migrate(url, folder=tmp_path) == ["0001_first.sql", "0002_second.sql"]

    (tmp_path / "0002_second.sql").unlink()
    with pytest.raises(migrating.Refused, match="the database has migration 2"):
        await migrating.migrate(url, folder=tmp_path)
    (tmp_path / "0002_second.sql").write_text("CREATE TABLE c ()")
    with pytest.raises(migrating.Refused, match=r"0002_second\.sql was changed"):
        await migrating.migrate(url, folder=tmp_path)
    await cluster.drop_database("with_a_history")


async def test_a_migration_that_fails_leaves_those_before_it(cluster: postgres.Cluster, tmp_path: Path) -> None:
    """And nothing of itself; mended, it goes on from there. Reliability case R031."""
    await cluster.ensure_database("broken_off")
    url = cluster.dsn_for("broken_off")
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE a ()")
    (tmp_path / "0002_second.sql").write_text("CREATE TABLE b (); SELECT 1/0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrating.migrate(url, folder=tmp_path)

    (tmp_path / "0002_second.sql").write_text("CREATE TABLE b ()")

    assert await migrating.migrate(url, folder=tmp_path) == ["0002_second.sql"]
    await cluster.drop_database("broken_off")


def test_file_names_have_no_gap(tmp_path: Path) -> None:
    (tmp_path / "0002_second.sql").write_text("")
    with pytest.raises(migrating.Refused, match="gap"):
        migrating.read(tmp_path)
