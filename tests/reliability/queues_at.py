"""Whether anything still waits at an instance, seen from outside through its database."""

from fedcomm.database import Connection, Pool
from tests.running import until

WAITING = """
    SELECT (SELECT count(*) FROM inbox_item WHERE state = 'waiting')
           + (SELECT count(*) FROM fact WHERE expanded_at IS NULL)
           + (SELECT count(*) FROM consequence WHERE failed_at IS NULL)
           + (SELECT count(*) FROM pending_delivery)
"""
FAILED = """
    SELECT (SELECT count(*) FROM inbox_item WHERE state = 'failed')
           + (SELECT count(*) FROM consequence WHERE failed_at IS NOT NULL)
           + (SELECT count(*) FROM failed_delivery)
"""


async def all_done(pool: Pool, *, within: float = 30.0) -> None:
    """Wait until nothing waits any more in any queue; nothing may have been given up. Raises AssertionError."""
    async with pool.connection() as db:
        await until(lambda: _count(db, WAITING), lambda left: left == 0, within=within, what="waits")
        assert await _count(db, FAILED) == 0


async def _count(db: Connection, query: str) -> int:
    found: int = await db.fetchval(query)
    return found
