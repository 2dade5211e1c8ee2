"""Live updates across processes, restarts and instances."""

import asyncio
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.api.listening import SOON, listening
from tests.conftest import MakeDatabase
from tests.fediverse.chapters import three
from tests.fediverse.members import thread_at
from tests.reliability import processes
from tests.running import until


async def test_a_reply_from_another_instance_is_heard_at_once(database_url: MakeDatabase) -> None:
    """Written in the north, heard in the south, where the thread is carried, by who listens to its group."""
    async with three(database_url) as network:
        root = await network.ada.write("Ours broke.", network.sales, network.southern, title="Oven")
        await network.settle()
        token = await network.south.token(network.cleo.account)
        async with network.south.site.read() as db:
            thread_id = await db.fetchval("SELECT thread_id FROM post WHERE uri = $1", root)
        async with listening(network.south, token) as ear:
            await ear.subscribe("thread", thread=str(thread_id))
            await ear.subscribe("group", group=str(network.southern.id))
            await network.dora.answer(root, "The red one.")
            await network.settle()
            heard = [await ear.next(), await ear.next()]
            assert {each["stream"][0] for each in heard} == {"thread", "group"}
            assert all("The red one." in each["payload"] for each in heard)
            second = await network.ada.write("A new one.", network.sales, network.southern, title="Mill")
            await network.settle()
            assert (await thread_at(network.south, second))[second].html
            shown = await ear.event("update", "group")
            assert (shown["uri"], shown["reblog"]) == (second, None)


async def test_news_go_from_process_to_process_and_a_restart_leaves_no_gap(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """By NOTIFY: polling is so slow that nothing would come by it. D57, D68; R008."""
    async with processes.instance(await database_url(), tmp_path, parts=("web", "worker"), durations=1000) as alpha:
        _, signed_in = await alpha.person("ada")
        token = signed_in["Authorization"].removeprefix("Bearer ")

        async def post(text: str) -> str:
            answer = await alpha.http.post("/api/v1/statuses", json={"status": text}, headers=signed_in)
            return answer.json()["id"]

        async with listening(alpha, token, stream="user") as ear:
            first = await post("One")
            frame = await ear.next(within=SOON * 2)
            assert first in frame["payload"]
        second = await post("Two")
        async with alpha.pool.connection() as db:
            await until(
                lambda: db.fetchval("SELECT count(*) FROM live_update"), lambda count: count == 2, what="not written"
            )
        alpha.kill("web")
        await alpha.start("web")
        async with listening(alpha, token, stream="user", since=frame["id"]) as ear:
            assert (await ear.event("update"))["id"] == second
            third = await post("Three")
            assert (await ear.event("update"))["id"] == third
            stopping = asyncio.create_task(asyncio.to_thread(alpha.stop))
            with pytest.raises(ConnectionClosed) as closed:
                async with asyncio.timeout(SOON * 2):
                    await ear.socket.recv()
            await stopping
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
