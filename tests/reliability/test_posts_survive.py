"""What the API answered 200 to is there and is sent, and asking again makes nothing twice (P1, R001, R003)."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import httpx2 as httpx

from tests.conftest import MakeDatabase
from tests.reliability import processes
from tests.reliability.hosts import hosts, readers
from tests.reliability.processes import Instance
from tests.reliability.queues_at import all_done

POSTS = 200
AT_ONCE = 8
KILLS = 4


async def test_r001_every_post_is_sent_though_we_are_killed_right_after_its_commit(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R001, R003: 200 posts, killed at the moment a post is committed; what had no answer is asked again.

    Each is there once and reaches the reader's server; and whoever asks once more gets what was answered before.
    """
    async with hosts(1) as there, processes.instance(await database_url(), tmp_path) as alpha:
        ada, signed_in = await alpha.person("ada")
        async with alpha.pool.transaction() as db:
            await readers(db, ada, there.servers, now=ada.created_at)
        numbers = iter(range(POSTS))
        answered: dict[int, str] = {}

        async def write() -> None:
            for number in numbers:
                answered[number] = await _insist(alpha, signed_in, number)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(write())
            for enough in sorted(random.Random(1).sample(range(20, 180), KILLS)):
                await _until_committed(alpha, enough)
                alpha.kill()
                await alpha.start()

        await all_done(alpha.pool)
        async with alpha.pool.connection() as db:
            kept = {str(row["id"]): row["uri"] for row in await db.fetch("SELECT id, uri FROM post")}
        assert sorted(answered.values()) == sorted(kept)
        sent = {seen.json()["object"]["id"] for seen in (arrival.seen for arrival in there.arrivals)}
        assert sent == set(kept.values())
        assert len({arrival.activity_id for arrival in there.arrivals}) == POSTS

        again = [(await _ask(alpha, signed_in, number)).json()["id"] for number in range(0, POSTS, 10)]
        assert again == [answered[number] for number in range(0, POSTS, 10)]


async def test_r003_a_post_whose_answer_was_lost_is_made_once(database_url: MakeDatabase, tmp_path: Path) -> None:
    """R003: the web process dies after the commit and before anybody read the answer; the app asks again."""
    async with processes.instance(await database_url(), tmp_path, parts=("web",)) as alpha:
        _, signed_in = await alpha.person("ada")
        lost = asyncio.create_task(_ask(alpha, signed_in, 7))
        await _until_committed(alpha, 1)
        alpha.kill()
        await asyncio.wait((lost,))  # answered or not: the app may not have read it
        await alpha.start("web")

        with suppress(httpx.TransportError):
            lost.result()
        first, second = [await _ask(alpha, signed_in, 7) for _ in range(2)]
        assert (first.status_code, second.status_code) == (200, 200)
        assert first.json() == second.json()
        async with alpha.pool.connection() as db:
            assert [str(row["id"]) for row in await db.fetch("SELECT id FROM post")] == [first.json()["id"]]
            assert await db.fetchval("SELECT count(*) FROM fact WHERE type = 'PostPublished'") == 1


async def _until_committed(alpha: Instance, count: int) -> None:
    async with alpha.pool.connection() as db:
        while await db.fetchval("SELECT count(*) FROM post") < count:
            await asyncio.sleep(0)


async def _insist(alpha: Instance, signed_in: dict[str, str], number: int) -> str:
    """Ask until there is an answer, as an app does; the id of the post."""
    while True:
        try:
            answer = await _ask(alpha, signed_in, number)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code != 503:
            assert answer.status_code == 200, answer.text
            found: str = answer.json()["id"]
            return found
        await asyncio.sleep(0.1)


async def _ask(alpha: Instance, signed_in: dict[str, str], number: int) -> httpx.Response:
    form = {"status": f"Loaf {number}"}
    return await alpha.http.post(
        "/api/v1/statuses", json=form, headers={**signed_in, "Idempotency-Key": f"loaf-{number}"}
    )
