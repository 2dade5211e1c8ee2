"""The way to PostgreSQL: a pool that heals, transactions, and the retry that concurrent writers need.

asyncpg has no types; `Connection` and `Row` are the thin typed layer over it that everything else uses. JSON columns
are Python objects on both sides.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Generator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from types import TracebackType
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

import asyncpg
import orjson
from asyncpg.transaction import Transaction

Row = asyncpg.Record
T = TypeVar("T")

STATEMENT_WITHIN_S = 8.0
"""A statement that takes longer is given up: requests end within 10 s (decisions D57)."""
CONNECT_WITHIN_S = 5.0
IDLE_WITHIN_S = 15.0
"""A transaction in which nothing is asked for so long is rolled back by the database, with its locks: its process is
frozen, or its machine gone, and others wait (R005). Ours ask for nothing over the network meanwhile."""
TRIES = 5

SESSION = {"jit": "off", "plan_cache_mode": "force_generic_plan"}
"""Each statement is planned once. Left to itself, the database plans many anew each time they run, for a list of one id
or a LIMIT it takes for less work than it guessed; that takes longer than the statement. So what makes another plan
better is written as another statement."""
KEPT = {"statement_cache_size": 256, "max_cacheable_statement_size": 0}
"""Prepared statements of a connection, of any length. The driver forgets those of more than 15 KiB otherwise, so that
the longest of all, a home's, is planned anew each time: 5 ms instead of 0.5."""
ASSIGNED_BY_HAND = 10_000
"""Object ids below are written down in the source of PostgreSQL."""
_BUILT_IN: dict[frozenset[int], Any] = {}
_driver: Any = asyncpg


class Connection(Protocol):
    """What asyncpg's connections can do, as far as we use it."""

    async def fetch(self, query: str, *args: object, timeout: float | None = None) -> list[Row]: ...
    async def fetchrow(self, query: str, *args: object, timeout: float | None = None) -> Row | None: ...
    async def fetchval(self, query: str, *args: object, column: int = 0, timeout: float | None = None) -> Any: ...
    async def execute(self, query: str, *args: object, timeout: float | None = None) -> str: ...
    async def executemany(
        self, command: str, args: Iterable[Sequence[object]], *, timeout: float | None = None
    ) -> None: ...
    async def copy_records_to_table(
        self, table_name: str, *, records: Iterable[Sequence[object]], columns: Sequence[str]
    ) -> str: ...
    def transaction(
        self, *, isolation: str | None = None, readonly: bool = False
    ) -> AbstractAsyncContextManager[object]: ...
    def is_in_transaction(self) -> bool: ...
    def is_closed(self) -> bool: ...


class OwnConnection(Connection, Protocol):
    """A connection outside the pool, which may listen and hold locks; whoever opened it closes it."""

    async def add_listener(self, channel: str, callback: Callable[["OwnConnection", int, str, str], None]) -> None: ...
    async def remove_listener(
        self, channel: str, callback: Callable[["OwnConnection", int, str, str], None]
    ) -> None: ...
    async def copy_from_table(
        self, table_name: str, *, columns: Sequence[str], output: Callable[[bytes], Awaitable[None]]
    ) -> str: ...
    async def copy_to_table(self, table_name: str, *, columns: Sequence[str], source: AsyncIterable[bytes]) -> str: ...
    def add_termination_listener(self, callback: Callable[["OwnConnection"], None]) -> None: ...
    async def close(self, *, timeout: float | None = None) -> None: ...
    def terminate(self) -> None: ...


class Down(Exception):
    """The database cannot be reached or does not answer now; the same may work in a moment. Edges answer 503."""


LOST: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What asyncpg raises when the server, or the way to it, is gone (R026)."""

AGAIN: tuple[type[BaseException], ...] = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidCachedStatementError,
)
"""What goes away when the transaction is done once more (R024, R030)."""


class _Pooled(asyncpg.Connection):
    def get_reset_query(self) -> str:
        """Nothing to undo: no code of ours leaves state in a session (decisions D8), and each reset is a round trip."""
        return ""

    def transaction(
        self, *, isolation: str | None = None, readonly: bool = False, deferrable: bool = False
    ) -> "_Transaction":
        """As asyncpg's, but what was given up is not rolled back over a connection on which nothing moves."""
        return _Transaction(self, isolation, readonly, deferrable)

    async def _introspect_types(self, typeoids: Iterable[int], timeout: float | None) -> Any:
        """What asyncpg asks each new connection about arrays, asked once where it is the same in every database."""
        wanted = frozenset(typeoids)
        if wanted in _BUILT_IN:
            return _BUILT_IN[wanted]
        found = await cast(Any, super())._introspect_types(wanted, timeout)
        if max(wanted) < ASSIGNED_BY_HAND:
            _BUILT_IN[wanted] = found
        return found


class _Transaction(Transaction):
    """Ends its connection when a statement in it took too long or nobody waits for it any more (R027).

    The database rolls back what the connection began. A ROLLBACK would have to wait behind the statement that was given
    up, and whoever asked with it: far longer than a request may take, when the database stalls.
    """

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, (asyncio.CancelledError, TimeoutError)):
            _end(cast(Connection, self._connection))
        else:
            await cast(Any, super()).__aexit__(kind, error, trace)


class Pool:
    """Connections of one process to one database. Made by `open_pool`, ended with `close`."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """A connection without a transaction, for reads of one statement. Raises Down."""
        db = await self.take()
        try:
            with _telling_of_loss(db):
                yield db
        except (asyncio.CancelledError, Down):
            _end(db)
            raise
        finally:
            await self.give_back(db)

    async def take(self) -> Connection:
        """A connection that the caller gives back whatever happens. Raises Down."""
        try:
            return cast(Connection, await self._pool.acquire(timeout=CONNECT_WITHIN_S))
        except LOST as lost:
            raise Down(f"no connection: {lost or type(lost).__name__}") from lost

    async def give_back(self, db: Connection) -> None:
        """The end of what `take` began."""
        try:
            await self._pool.release(db, timeout=CONNECT_WITHIN_S)
        except LOST:
            _end(db)  # the pool opens another one when it needs it

    @asynccontextmanager
    async def transaction(self, *, readonly: bool = False) -> AsyncGenerator[Connection]:
        """A transaction, committed when the block ends and rolled back when it raises. Raises Down."""
        async with self.connection() as db, db.transaction(readonly=readonly):
            yield db

    async def retry(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do `work` in a transaction; once more, up to five times, when another transaction was in its way.

        Raises Down, and whatever `work` raises.
        """
        for attempt in range(TRIES):
            try:
                async with self.transaction() as db:
                    return await work(db)
            except AGAIN:
                if attempt == TRIES - 1:
                    raise
                await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Wait up to five seconds for those who hold a connection, then close all."""
        try:
            async with asyncio.timeout(5):
                await self._pool.close()
        except (TimeoutError, *LOST):
            self._pool.terminate()


class Few:
    """A few connections of a pool, for many short reads.

    More database processes than cores get in each other's way, so few at once answer sooner than many. Who is done
    hands the connection to the next who waits, which saves the way through the pool.
    """

    def __init__(self, pool: Pool, at_once: int) -> None:
        self._pool = pool
        self._turn = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._handed: list[Connection] = []

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Connection]:
        """A connection for statements that wait for nothing but the database. Raises Down."""
        self._waiting += 1
        try:
            await self._turn.acquire()
        except asyncio.CancelledError:
            self._waiting -= 1
            while len(self._handed) > self._waiting:  # it was for the one who no longer waits
                await self._pool.give_back(self._handed.pop())
            raise
        self._waiting -= 1
        try:
            db = self._handed.pop() if self._handed else await self._pool.take()
            is_well = False
            try:
                with _telling_of_loss(db):
                    yield db
                is_well = True
            except (asyncio.CancelledError, Down):
                _end(db)
                raise
            finally:
                if is_well and len(self._handed) < self._waiting:
                    self._handed.append(db)
                else:
                    await self._pool.give_back(db)
        finally:
            self._turn.release()


@contextmanager
def _telling_of_loss(db: Connection) -> Generator[None]:
    """Whoever uses the connection inside hears Down when the database is gone."""
    try:
        yield
    except asyncpg.InternalClientError as lost:  # the server ended the connection while it lay in the pool
        _end(db)
        raise Down(str(lost)) from lost
    except LOST as lost:
        if _is_ours(lost, db):
            raise Down(str(lost) or type(lost).__name__) from lost
        raise


def _end(db: Connection) -> None:
    """Break a connection off, whatever it is doing."""
    with suppress(asyncpg.InterfaceError):  # the pool has done so already
        cast(Any, db).terminate()


def _is_ours(lost: BaseException, db: Connection) -> bool:
    """Whether an error of these broad kinds means that the database is gone: InterfaceError is a wrong argument too."""
    if isinstance(lost, (asyncpg.PostgresError, TimeoutError)):
        return True
    try:
        return db.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken the broken connection back already
        return True


async def open_pool(url: str, *, size: int = 10, pooler: bool = False, name: str = "fedcomm") -> Pool:
    """Connect to a database. `pooler`: PgBouncer stands between, so nothing may be kept in a session.

    Raises Down.
    """
    options: dict[str, Any] = {"server_settings": {"application_name": name, **_session(url)}, **KEPT}
    if pooler:
        options = {"statement_cache_size": 0}
    try:
        pool = await _driver.create_pool(
            url,
            min_size=1,
            max_size=size,
            max_inactive_connection_lifetime=300,
            command_timeout=STATEMENT_WITHIN_S,
            timeout=CONNECT_WITHIN_S,
            init=_prepare,
            connection_class=_Pooled,
            **options,
        )
    except LOST as lost:
        raise Down(f"no connection: {lost or type(lost).__name__}") from lost
    return Pool(pool)


def _session(url: str) -> dict[str, str]:
    """What holds in each connection, unless the URL of the database says otherwise."""
    session = {**SESSION, "idle_in_transaction_session_timeout": f"{IDLE_WITHIN_S * 1000:.0f}ms"}
    return {name: value for name, value in session.items() if name not in parse_qs(urlsplit(url).query)}


async def connect(url: str, *, statement_within_s: float | None = None) -> OwnConnection:
    """A connection of one's own: for LISTEN, migrations and tools. Takes the way around a pooler. Raises Down."""
    try:
        db = await _driver.connect(
            url, timeout=CONNECT_WITHIN_S, command_timeout=statement_within_s, connection_class=_Pooled
        )
    except LOST as lost:
        raise Down(f"no connection: {lost or type(lost).__name__}") from lost
    await _prepare(db)
    return db


@asynccontextmanager
async def planned_anew(db: Connection) -> AsyncGenerator[None]:
    """Statements inside are planned for the values they are given, each time.

    For questions of which the database cannot know beforehand how much they find: a plan made without the values takes
    a word that stands in every post for a rare one.
    """
    async with db.transaction():
        await db.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield


async def one(db: Connection, query: str, *args: object) -> Row:
    """The row of a statement that always has exactly one. Raises LookupError otherwise, which is a mistake of ours."""
    rows = await db.fetch(query, *args)
    if len(rows) != 1:
        raise LookupError(f"expected one row, found {len(rows)}")
    return rows[0]


async def _prepare(db: Any) -> None:
    await db.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_jsonb, decoder=_from_jsonb, format="binary")
    await db.set_type_codec("json", schema="pg_catalog", encoder=orjson.dumps, decoder=orjson.loads, format="binary")


def _to_jsonb(value: object) -> bytes:
    return b"\x01" + orjson.dumps(value)


def _from_jsonb(raw: bytes) -> Any:
    return orjson.loads(raw[1:])
