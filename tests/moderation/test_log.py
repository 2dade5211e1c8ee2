"""The log: one chain, in which a change, a removal, a shorter end and a whole new chain are found (product 13; C06)."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from fedcomm import audit, database
from fedcomm.database import Connection
from fedcomm.groups import banning, describing, membership
from fedcomm.sealing import Seal
from fedcomm.threads import locking, moderating
from tests.conftest import MakeDatabase
from tests.factories import HERE, NOON, later, make_account, make_group, make_thread


async def written(db: Connection, count: int) -> None:
    for number in range(count):
        await audit.write(
            db, None, "try", f"number {number}", "Because", {"n": number, "a": [1]}, now=later(days=number)
        )


async def test_c06_a_whole_chain_is_whole(db: Connection) -> None:
    await written(db, 5)

    assert await audit.wrong_places(db) == []
    assert await audit.length(db) == 5


@pytest.mark.parametrize(
    ("meddling", "told"),
    [
        ("UPDATE audit_entry SET reason = 'Another' WHERE place = 3", "entry 3 (try, 2026-11-22 12:00) was changed"),
        ("UPDATE audit_entry SET details = '{}' WHERE place = 3", "entry 3 (try, 2026-11-22 12:00) was changed"),
        ("UPDATE audit_entry SET actor_id = 1 WHERE place = 3", "entry 3 (try, 2026-11-22 12:00) was changed"),
        ("UPDATE audit_entry SET created_at = created_at + interval '1 second' WHERE place = 3", "entry 3"),
        ("DELETE FROM audit_entry WHERE place = 3", "entry 3 is missing"),
        ("DELETE FROM audit_entry WHERE place >= 4", "the log ends at entry 3, 5 were written"),
        ("UPDATE audit_entry SET place = NULL WHERE place = 5", "1 entries stand outside of the chain"),
        (
            "INSERT INTO audit_entry (id, action, target, created_at) VALUES (1, 'x', 'y', now())",
            "1 entries stand outside of the chain",
        ),
    ],
)
async def test_c06_what_was_changed_removed_or_put_in_is_found(db: Connection, meddling: str, told: str) -> None:
    await written(db, 5)

    await db.execute(meddling)

    assert (await audit.wrong_places(db))[0].startswith(told)


async def test_c06_a_chain_made_anew_does_not_fit_the_seal_of_its_day(db: Connection, tmp_path: Path) -> None:
    seal = Seal(tmp_path / "secret")
    await written(db, 3)
    assert await audit.seal_day(db, seal, now=NOON)
    assert not await audit.seal_day(db, seal, now=later(hours=1))
    assert not await audit.seal_day(db, seal, now=later(days=1)), "nothing was written since"
    assert await audit.wrong_seals(db, seal) == []

    await db.execute("DELETE FROM audit_entry")
    await db.execute("UPDATE audit_chain SET length = 0, hash = ''")
    await written(db, 2)
    await audit.write(db, None, "try", "another", now=NOON)

    assert await audit.wrong_places(db) == []
    assert await audit.wrong_seals(db, seal) == ["the log until 2026-11-20 is not the one that was sealed"]


async def test_c06_those_who_write_at_once_make_one_chain(database_url: MakeDatabase) -> None:
    pool = await database.open_pool(await database_url(), size=8)
    try:

        async def write_some(name: str) -> None:
            for number in range(10):
                async with pool.transaction() as db:
                    await audit.write(db, None, "try", f"{name} {number}", now=NOON)

        await asyncio.gather(*(write_some(name) for name in "abcdefgh"))

        async with pool.connection() as db:
            assert await audit.wrong_places(db) == []
            assert await audit.length(db) == 80
    finally:
        await pool.close()


async def test_what_is_rolled_back_was_never_written(database_url: MakeDatabase) -> None:
    pool = await database.open_pool(await database_url())
    try:
        with pytest.raises(ZeroDivisionError):
            async with pool.transaction() as db:
                await audit.write(db, None, "try", "it", now=NOON)
                raise ZeroDivisionError
        async with pool.transaction() as db:
            await audit.write(db, None, "try", "again", now=NOON)
            assert await audit.wrong_places(db) == []
            assert [each.target for each in await audit.page(db)] == ["again"]
    finally:
        await pool.close()


async def test_s170_a_user_of_the_database_who_owns_the_log_cannot_change_it(database_url: MakeDatabase) -> None:
    db = await database.connect(await database_url())
    try:
        await written(db, 1)
        async with db.transaction():
            await db.execute("CREATE ROLE keeper")
            await db.execute("GRANT ALL ON SCHEMA public TO keeper")
            await db.execute("ALTER TABLE audit_entry OWNER TO keeper")
            await db.execute("SET LOCAL ROLE keeper")
            for meddling in ("UPDATE audit_entry SET reason = ''", "DELETE FROM audit_entry", "TRUNCATE audit_entry"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with db.transaction():
                        await db.execute(meddling)
            await db.execute("RESET ROLE")
            await db.execute("ALTER TABLE audit_entry OWNER TO CURRENT_USER")
            await db.execute("REVOKE ALL ON SCHEMA public FROM keeper")
            await db.execute("DROP ROLE keeper")
    finally:
        await db.close()


async def test_what_is_decided_in_a_group_stands_in_the_log(db: Connection) -> None:
    ada, ben = await make_account(db, "ada"), await make_account(db, "ben")
    group = await make_group(db, members=[ben], facilitator=ada)
    post = await make_thread(db, ben, group=group, title="Paint")

    await locking.lock(db, HERE, ada, post.id, reason="Heated", now=NOON)
    await locking.unlock(db, HERE, ada, post.id, now=NOON)
    await moderating.remove(db, HERE, ada, post.id, "Rule 1", now=NOON)
    await moderating.restore(db, HERE, ada, post.id, now=NOON)
    await membership.appoint(db, ada, group, ben.id, "moderator", now=NOON)
    await describing.change(db, ada, group, describing.Changes(purpose="To talk."), now=NOON)
    await membership.appoint(db, ada, group, ben.id, "member", now=NOON)
    await banning.ban(db, HERE, ada, group, ben, reason="Spam", now=NOON)
    await banning.lift(db, HERE, ada, group, ben.id, now=NOON)

    told = await audit.page(db, wanted=audit.Wanted(group_id=group.id, actor_id=ada.id))
    assert [each.action for each in reversed(told)] == [
        "lock thread",
        "unlock thread",
        "remove post",
        "restore post",
        "appoint",
        "change group",
        "appoint",
        "ban",
        "lift ban",
    ]
    assert [each.reason for each in told if each.reason] == ["Spam", "Rule 1", "Heated"]
    assert await audit.wrong_places(db) == []
