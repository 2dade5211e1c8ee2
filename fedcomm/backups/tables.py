"""All rows of all tables, out of a database and into an empty one of the same form.

Written as PostgreSQL's COPY writes them, so neither a program of PostgreSQL nor the same version of it is needed. The
form of the tables is not copied: our migrations make it.
"""

import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import BinaryIO

from fedcomm.backups.archive import PIECE, Unusable
from fedcomm.database import Connection, OwnConnection
from fedcomm.postgres import quoted

OF_THE_RUNNER = "migration"
"""What the runner of migrations writes; it is made anew where the rows go."""
GZIP = 16 + zlib.MAX_WBITS
QUICK = 3
"""The level of compression: a tenth of the time of the best, and a sixth more bytes."""


async def columns(db: Connection) -> dict[str, tuple[str, ...]]:
    """Every table with its columns, those first to which others refer."""
    rows = await db.fetch(
        """
        SELECT t.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns
          FROM pg_class t
          JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
         WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace AND t.relname <> $1
         GROUP BY t.relname
        """,
        OF_THE_RUNNER,
    )
    found = {row["name"]: tuple(row["columns"]) for row in rows}
    return {name: found[name] for name in await _in_order(db, list(found))}


async def _in_order(db: Connection, names: Sequence[str]) -> list[str]:
    rows = await db.fetch(
        """
        SELECT DISTINCT own.relname AS name, other.relname AS refers_to
          FROM pg_constraint c
          JOIN pg_class own ON own.oid = c.conrelid
          JOIN pg_class other ON other.oid = c.confrelid
         WHERE c.contype = 'f' AND own.relnamespace = current_schema()::regnamespace AND own.oid <> other.oid
        """
    )
    graph: dict[str, set[str]] = {name: set() for name in sorted(names)}
    for row in rows:
        graph[row["name"]].add(row["refers_to"])
    return list(TopologicalSorter(graph).static_order())


async def applied(db: Connection) -> tuple[tuple[int, str], ...]:
    """Number and checksum of each migration that this database has."""
    rows = await db.fetch("SELECT number, checksum FROM migration ORDER BY number")
    return tuple((row["number"], row["checksum"]) for row in rows)


async def copy_out(db: OwnConnection, name: str, of: Sequence[str], file: BinaryIO) -> int:
    """Write the rows of a table into an open file, compressed; returns how many."""
    packing = zlib.compressobj(QUICK, zlib.DEFLATED, GZIP)

    async def pack(rows: bytes) -> None:
        file.write(packing.compress(rows))

    said = await db.copy_from_table(name, columns=of, output=pack)
    file.write(packing.flush())
    return _count(said)


async def copy_in(db: OwnConnection, name: str, of: Sequence[str], file: BinaryIO) -> int:
    """Read the rows of a table from an open file that `copy_out` wrote; returns how many."""
    return _count(await db.copy_to_table(name, columns=of, source=_unpacked(name, file)))


async def _unpacked(name: str, file: BinaryIO) -> AsyncIterator[bytes]:
    unpacking = zlib.decompressobj(GZIP)
    try:
        while piece := file.read(PIECE):
            yield unpacking.decompress(piece)
        yield unpacking.flush()
    except zlib.error as broken:
        raise Unusable(f"the rows of {name} cannot be read: {broken}") from None


def _count(said: str) -> int:
    return int(said.rpartition(" ")[2])


async def is_empty(db: Connection) -> bool:
    """Whether nobody lives in this database yet."""
    if not await db.fetchval("SELECT to_regclass('account') IS NOT NULL"):
        return True
    return not await db.fetchval("SELECT EXISTS (SELECT FROM account)")


async def clear(db: Connection) -> None:
    """Remove every table and function of ours from a database in which nobody lives; extensions stay."""
    rows = await db.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    )
    for row in rows:
        await db.execute(f"DROP TABLE IF EXISTS {quoted(row['relname'])} CASCADE")
    ours = await db.fetch(
        """
        SELECT p.oid::regprocedure::text AS signature
          FROM pg_proc p
         WHERE p.pronamespace = current_schema()::regnamespace
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        """
    )
    for row in ours:
        await db.execute(f"DROP FUNCTION IF EXISTS {row['signature']} CASCADE")


async def load(db: OwnConnection, tables: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Check that a backup's tables are those that are here, and empty them: migrations have written first rows.

    Raises Unusable (a table or column that is not here).
    """
    here = await columns(db)
    if here.keys() != tables.keys() or any(set(here[name]) != set(tables[name]) for name in here):
        raise Unusable("the tables of the backup are not those of this fedcomm")
    for name in reversed(here):
        await db.execute(f"DELETE FROM {quoted(name)}")
    return here
