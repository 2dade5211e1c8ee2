"""The next release's migrations run while two instances serve, write and federate."""

import asyncio
import itertools
import shutil
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2 as httpx

from fedcomm import migrating
from tests.conftest import own_tables
from tests.faults.checking import all_whole
from tests.faults.stage import databases
from tests.fediverse.members import Member, member
from tests.running import Instance, MakeDatabase, instances, settle


async def test_r030_every_table_gets_a_column_while_everybody_writes(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R030: requests all the time, each table changed under prepared statements: no answer is 5xx, nothing lost."""
    next_release(tmp_path)
    urls: list[str] = []

    async def give() -> str:
        urls.append(await database_url())
        return urls[-1]

    async with instances(give, 2) as two, AsyncExitStack() as stack:
        ada, ben = await member(two[0], "ada"), await member(two[1], "ben")
        await ada.join(ben.account)
        await ben.join(ada.account)
        await settle(*two)
        for at in two:
            await stack.enter_async_context(at.working())
        done = asyncio.Event()
        answers: Counter[int] = Counter()
        written: list[str] = []
        load = [
            asyncio.create_task(keep_asking(person, done, answers, written)) for person in (ada, ben) for _ in range(2)
        ]
        applied = [await migrating.migrate(url, folder=tmp_path) for url in urls]
        done.set()
        await asyncio.gather(*load)

        assert [len(each) for each in applied] == [len(own_tables()) + 1] * 2
        assert set(answers) == {200}, answers
        assert len(written) > 10
        await all_whole(databases(*two), posts=set(written))


def next_release(folder: Path) -> None:
    """Our migrations, and after them one for each table, as a release makes them that adds."""
    shutil.copytree(migrating.FOLDER, folder, dirs_exist_ok=True)
    number = itertools.count(len(migrating.read()) + 1)
    for table in sorted(own_tables()):
        file = folder / f"{next(number):04d}_more_of_{table}.sql"
        file.write_text(f"ALTER TABLE {table} ADD COLUMN more text NOT NULL DEFAULT 'none';\n")
    # A table that is not ours keeps other tests from being given these databases (tests/conftest.py).
    last = "CREATE INDEX post_more ON post (more); CREATE TABLE next_release (id bigint PRIMARY KEY);"
    (folder / f"{next(number):04d}_an_index.sql").write_text(last)


async def keep_asking(person: Member, done: asyncio.Event, answers: Counter[int], written: list[str]) -> None:
    """Write and read until the migration is over."""
    at: Instance = person.at
    async with at.client(await at.token(person.account)) as app:
        for number in itertools.count():
            said = await app.post("/api/v1/statuses", json={"status": f"Loaf {id(done)} {id(app)} {number}"})
            answers[said.status_code] += 1
            if said.status_code == 200:
                written.append(said.json()["uri"])
            for path in ("/api/v1/timelines/home", "/api/v1/notifications", "/api/v2/instance"):
                await note(app, path, answers)
            if done.is_set():
                return


async def note(app: httpx.AsyncClient, path: str, answers: Counter[int]) -> None:
    answers[(await app.get(path)).status_code] += 1
