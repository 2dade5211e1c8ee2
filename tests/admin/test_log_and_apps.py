"""The log of decisions and the apps of members, for those who run an instance (product 13, 26; S117)."""

import ast
from pathlib import Path

import pytest

import fedcomm
from fedcomm import audit
from fedcomm.looks import log_words
from tests import running
from tests.running import MakeDatabase
from tests.web.reader import reader


@pytest.mark.asyncio
async def test_the_log_is_found_by_who_what_and_whom_and_taken_along(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        ada = await home.person("ada", role="admin", password=running.PASSWORD)
        async with home.db() as db:
            for number in range(60):
                await audit.write(
                    db,
                    ada.id if number % 2 else None,
                    "suspend account" if number % 3 else "limit account",
                    f"@spam{number}",
                    "=SUM(1)" if number == 59 else "Spam",
                    {"number": number},
                    now=home.site.now(),
                )
        async with reader(home, "ada") as at:
            await at.open("/admin/log")
            said = at.all(".entries strong")[:3], at.all("#field-what option")
            first, older = at.all(".entries .authority"), at.attribute(".pager a[rel=next]", "href")
            await at.open(f"/admin/log{older}")
            second = at.all(".entries .authority")
            await at.press("/admin/log", by="@ada", what="limit account", target="")
            by_ada = at.all(".entries .authority")
            await at.press("/admin/log", by="nobody_here", what="", target="")
            nothing = at.text
            await at.press("/admin/log", by="", what="", target="@spam7")
            about = at.all(".entries .authority")
            table = await at.http.get("/admin/log.csv?by=ada&what=suspend+account")

    assert [*first, *second][:60] == [f"@spam{number}" for number in reversed(range(60))]
    assert len(first) == 50
    assert said[0] == [*["An account was suspended"] * 2, "Somebody's reach was limited"]
    assert said[1] == ["Everything", "An account was suspended", "Somebody's reach was limited"]
    assert by_ada == [f"@spam{number}" for number in range(57, 0, -6)]
    assert "No entry is like this" in nothing
    assert about == ["@spam7"]
    rows = table.text.splitlines()
    assert rows[0] == "id,at,by,action,target,reason,details"
    assert len(rows) == 21
    assert "'=SUM(1)" in rows[1]


@pytest.mark.asyncio
async def test_an_app_is_disconnected_for_everybody(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        ada = await home.person("ada", role="admin", password=running.PASSWORD)
        ben = await home.person("ben")
        tokens = [await home.token(ada), await home.token(ben)]
        async with reader(home, "ada") as at:
            await at.open("/admin/apps?q=no-such-app")
            nothing = at.text
            await at.open("/admin/apps?q=test")
            listed = at.all(".entries strong")
            shown = at.text
            await at.press("/admin/apps/end", app=at.attribute("button[name=app]", "value") or "")
            note, left = at.note, at.all(".entries strong")
        answers: list[int] = []
        for token in tokens:
            async with home.client(token) as client:
                answers.append((await client.get("/api/v1/accounts/verify_credentials")).status_code)
        async with home.site.read() as db:
            (noted,) = await audit.page(db, wanted=audit.Wanted(action="disconnect app"))

    assert "No app is in use" in nothing
    assert listed == ["Test client", "Test client"]
    assert "1 person" in shown
    assert note == "The app is disconnected."
    assert left == ["Test client"]
    assert sorted(answers) == [200, 401]
    assert (noted.actor_id, noted.target, noted.details["tokens"]) == (ada.id, "Test client", 1)


def test_whatever_the_code_writes_into_the_log_has_words_there() -> None:
    calls = [
        node
        for path in Path(fedcomm.__path__[0]).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.write" and len(node.args) > 2
    ]
    acts = {call.args[2].value for call in calls if isinstance(call.args[2], ast.Constant)}

    acts |= set(log_words.TEXTS_OF_LAW)  # written through a variable

    assert len(acts) > 40
    assert acts - log_words.words(str).keys() == set()
