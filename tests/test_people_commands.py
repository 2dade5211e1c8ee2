"""Commands about people, tokens, apps and groups, as an operator or a test harness gives them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fedcomm.accounts import lookup, oauth, passwords
from fedcomm.accounts.logins import of as login_of
from fedcomm.database import connect
from fedcomm.groups import membership
from tests.conftest import MakeDatabase

ROOT = Path(__file__).parent.parent
PASSWORD = "correct horse battery"


class Operator:
    """Somebody at the command line of one instance."""

    def __init__(self, database_url: str, **settings: str) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "FEDCOMM_DOMAIN": "localhost:7999",
            "FEDCOMM_SCHEME": "http",
            "FEDCOMM_DEV": "1",
            "DATABASE_URL": database_url,
            **settings,
        }

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "fedcomm", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def done(self, *arguments: str) -> str:
        """What a command prints that must succeed."""
        result = self.run(*arguments)
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
        return result.stdout.strip()

    def refused(self, *arguments: str) -> str:
        """What a command says that must fail, in one line."""
        result = self.run(*arguments)
        assert result.returncode == 1, result.stdout
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1
        return result.stderr.strip()


async def test_an_operator_makes_people_groups_tokens_and_apps(database_url: MakeDatabase) -> None:
    url = await database_url()
    operator = Operator(url)

    made = json.loads(
        operator.done(
            "account", "create", "ada", "--email", "ada@x.example", "--password", PASSWORD, "--role", "owner",
            "--confirmed", "--json",
        )
    )  # fmt: skip
    assert (made["handle"], made["uri"], made["link"]) == ("ada", "http://localhost:7999/u/ada", None)
    told = operator.done("account", "create", "ben", "--email", "ben@x.example", "--name", "Ben B")
    assert "http://localhost:7999/set_password/" in told
    operator.done("group", "create", "bakers", "--name", "Bakers", "--purpose", "Talk", "--owner", "ada")
    assert (
        operator.done("group", "add-member", "@bakers", "ben", "--role", "moderator") == "@ben is moderator of @bakers"
    )
    assert [each["handle"] for each in json.loads(operator.done("group", "list", "--json"))] == ["bakers"]
    listed = json.loads(operator.done("account", "list", "--json"))
    assert [(each["handle"], each["role"]) for each in listed] == [("ada", "owner"), ("ben", "member")]
    assert operator.done("token", "create", "--account", "ada", "--value", "fixed") == "fixed"
    assert operator.done("token", "create", "--account", "ada", "--value", "fixed", "--scopes", "read") == "fixed"
    random = operator.done("token", "create", "--account", "@ben", "--scopes", "read write")
    app = json.loads(
        operator.done(
            "app", "create", "--name", "Client", "--redirect-uri", "https://client.example/", "--scopes", "read write",
            "--client-id", "id", "--client-secret", "secret", "--json",
        )
    )  # fmt: skip
    assert (app["client_id"], app["client_secret"]) == ("id", "secret")

    db = await connect(url)
    try:
        ada, ben = await lookup.local(db, "ada"), await lookup.local(db, "ben")
        group = await lookup.local(db, "bakers")
        assert ada is not None
        assert ben is not None
        assert group is not None
        assert await membership.role(db, group.id, ada.id) == "facilitator"
        assert await membership.role(db, group.id, ben.id) == "moderator"
        assert await passwords.matches(PASSWORD, (await login_of(db, ada.id)).password_hash)
        fixed, made_up = await oauth.grant_of(db, "fixed"), await oauth.grant_of(db, random)
        assert fixed is not None
        assert made_up is not None
        assert (fixed.account_id, fixed.scopes) == (ada.id, ["read"])
        assert (made_up.account_id, made_up.scopes, made_up.app_id) == (ben.id, ["read", "write"], fixed.app_id)
        assert (await oauth.authenticate_app(db, "id", "secret")).name == "Client"
        logged = await db.fetch("SELECT action FROM audit_entry WHERE actor_id IS NULL ORDER BY id")
        assert [row["action"] for row in logged] == [
            "create account", "create account", "create group", "appoint", "add member",
        ]  # fmt: skip
    finally:
        await db.close()


async def test_an_operator_lets_in_shuts_out_and_appoints(database_url: MakeDatabase) -> None:
    url = await database_url()
    operator = Operator(url)
    operator.done("account", "create", "ada", "--email", "ada@x.example", "--password", PASSWORD)
    operator.done("token", "create", "--account", "ada", "--value", "fixed")

    assert operator.done("account", "role", "ada", "admin") == "@ada is admin"
    link = operator.done("account", "reset-password", "ada")
    assert link.startswith("http://localhost:7999/set_password/")
    db = await connect(url)
    try:
        ada = await lookup.local(db, "ada")
        assert ada is not None
        login = await login_of(db, ada.id)
        assert (login.role, login.password_hash) == ("admin", None)
        assert await oauth.grant_of(db, "fixed") is None
        await db.execute("UPDATE login SET state = 'pending'")
        await db.execute("UPDATE account SET state = 'pending'")
        operator.done("account", "approve", "ada")
        assert (await login_of(db, ada.id)).state == "active"
        operator.done("account", "disable", "ada", "--reason", "left")
        assert (await login_of(db, ada.id)).state == "disabled"
        assert await db.fetchval("SELECT reason FROM audit_entry WHERE action = 'disable account'") == "left"
    finally:
        await db.close()


async def test_c12_an_operator_who_ends_an_account_says_why_or_that_it_was_asked_for(
    database_url: MakeDatabase,
) -> None:
    url = await database_url()
    operator = Operator(url)
    operator.done("migrate")
    for handle in ("ada", "ben"):
        operator.done("account", "create", handle, "--email", f"{handle}@shop.example", "--password", PASSWORD)
    unsaid = operator.run("account", "delete", "ada", "--yes")
    operator.done("account", "delete", "ada", "--reason", "Selling paint", "--yes")
    operator.done("account", "delete", "ben", "--at-their-wish", "--yes")

    assert unsaid.returncode == 2
    assert "--reason" in unsaid.stderr
    db = await connect(url)
    try:
        log = await db.fetch("SELECT action, reason FROM audit_entry WHERE action LIKE '%d%account' ORDER BY id")
        mailed = await db.fetch("SELECT address, account_id FROM mail WHERE kind = 'statement of reasons'")
    finally:
        await db.close()
    assert [tuple(each) for each in log] == [("end account", "Selling paint"), ("delete account", "at their wish")]
    assert [tuple(each) for each in mailed] == [("ada@shop.example", None)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("account", "create", "a-b", "--email", "x@y.example"), "A handle has 3 to 20 characters"),
        (("account", "create", "admin", "--email", "x@y.example"), "reserved"),
        (("account", "create", "ada", "--email", "none"), "mail address"),
        (("account", "create", "ada", "--email", "x@y.example", "--password", "short"), "at least 10 characters"),
        (("account", "role", "nobody", "admin"), "there is no account nobody"),
        (("account", "reject", "nobody"), "there is no account nobody"),
        (("token", "create", "--account", "nobody"), "there is no account nobody"),
        (("group", "create", "bakers", "--name", "B", "--purpose", "P", "--owner", "nobody"), "there is no account"),
        (("group", "add-member", "nothing", "nobody"), "there is no group nothing"),
        (("app", "create", "--name", "C", "--redirect-uri", "x", "--scopes", "read"), "Redirect URI"),
        (("app", "create", "--name", "C", "--redirect-uri", "https://c.example", "--scopes", "all"), "scope"),
    ],
)
async def test_what_cannot_be_is_one_clear_line(
    database_url: MakeDatabase, arguments: tuple[str, ...], said: str
) -> None:
    assert said in Operator(await database_url()).refused(*arguments)


async def test_fixed_values_are_for_development(database_url: MakeDatabase) -> None:
    operator = Operator(await database_url(), FEDCOMM_DOMAIN="bakers.example", FEDCOMM_SCHEME="https", FEDCOMM_DEV="0")
    operator.done("account", "create", "ada", "--email", "ada@x.example")

    assert "needs FEDCOMM_DEV" in operator.refused("token", "create", "--account", "ada", "--value", "fixed")
    app = ("app", "create", "--name", "C", "--redirect-uri", "https://c.example/", "--scopes", "read")
    assert "need FEDCOMM_DEV" in operator.refused(*app, "--client-id", "x")
    assert "need FEDCOMM_DEV" in operator.refused(*app, "--client-secret", "x")
