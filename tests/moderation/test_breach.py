"""After a breach: one command ends every way in, and every key (C16)."""

from pathlib import Path

from fedcomm import audit
from fedcomm.accounts import logins, lookup
from fedcomm.accounts.keys import Keyring
from fedcomm.database import connect, open_pool
from fedcomm.groups import invitations
from tests.running import MakeDatabase
from tests.test_people_commands import Operator


async def test_c16_one_command_ends_sessions_tokens_links_invitations_and_keys(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    url = await database_url()
    operator = Operator(url, FEDCOMM_DATA_DIR=str(tmp_path / "data"))
    operator.done("account", "create", "ada", "--email", "ada@x.example", "--password", "correct horse battery")
    operator.done("account", "create", "ben", "--email", "ben@x.example")
    operator.done("token", "create", "--account", "ada", "--value", "fixed")
    db = await connect(url)
    pool = await open_pool(url, size=2)
    try:
        ada = await lookup.local(db, "ada")
        assert ada is not None
        now = ada.created_at
        await db.execute("UPDATE login SET role = 'owner' WHERE account_id = $1", ada.id)
        await invitations.make(db, ada, group_ids=[], now=now)
        before = (await Keyring(pool.transaction).of(ada.id, ada.uri, now=now)).rsa.public
        assert operator.run("revoke", "--yes").returncode != 0, "without a reason"
        said = operator.done("revoke", "--yes", "--keys", "--reason", "A laptop was stolen")
        for table in ("session", "oauth_token", "push_subscription", "one_time_link", "account_key"):
            assert await db.fetchval(f"SELECT count(*) FROM {table}") == 0, table
        assert await db.fetchval("SELECT count(*) FROM invitation WHERE withdrawn_at IS NULL") == 0
        assert (await logins.of(db, ada.id)).password_hash is not None, "passwords stay"
        after = (await Keyring(pool.transaction).of(ada.id, ada.uri, now=now)).rsa
        (entry,) = await audit.page(db, limit=1)
    finally:
        await pool.close()
        await db.close()
    assert (after.public != before, after.uri) == (True, f"{ada.uri}#main-key")
    assert (entry.action, entry.reason) == ("revoke everything", "A laptop was stolen")
    assert "which accounts read what is not kept" in said
