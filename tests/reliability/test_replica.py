"""A copy of the database that follows it: searches are made there, and nobody sees what is gone (decisions D8, D63)."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import httpx2 as httpx

from fedcomm import database
from fedcomm.durations import Durations
from fedcomm.postgres import ROLE, Cluster
from fedcomm.replica import Replica
from tests.reliability.clusters import own_cluster
from tests.running import instance, until

BEHIND = timedelta(seconds=5)
QUICK = Durations(replica_behind=BEHIND, replica_looked_at=timedelta(milliseconds=100))


@dataclass(frozen=True, slots=True)
class Copy:
    """A standby server, made of a running one."""

    of: Cluster
    folder: Path

    @property
    def url(self) -> str:
        """Of its database."""
        return f"postgresql:///alpha?user={ROLE}&host={quote(str(self.folder / 'socket'), safe='')}"

    async def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as its user."""
        done = await asyncio.to_thread(self.of.owner.run, [str(self.of.programs / program), *arguments])
        assert done.returncode == 0, done.stderr

    async def ask(self, question: str) -> object:
        """Ask the copy something."""
        db = await database.connect(self.url)
        try:
            return await db.fetchval(question)
        finally:
            await db.close()

    async def stop(self) -> None:
        """End it at once."""
        await self.run("pg_ctl", "stop", "-D", str(self.folder / "data"), "-m", "immediate")


@asynccontextmanager
async def standby(cluster: Cluster, folder: Path) -> AsyncGenerator[Copy]:
    """A copy that follows a server until the block ends."""
    copy = Copy(cluster, folder)
    for each in (folder, folder / "socket"):
        each.mkdir(mode=0o755)
        cluster.owner.owns(each)
    data = str(folder / "data")
    await copy.run(
        "pg_basebackup", "-R", "-X", "stream", "-c", "fast", "-D", data, "-h", str(cluster.socket), "-U", ROLE
    )
    options = f"-k {folder}/socket -c listen_addresses= -c hot_standby=on"
    await copy.run("pg_ctl", "start", "-w", "-D", data, "-l", str(folder / "log"), "-o", options)
    try:
        yield copy
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            await copy.stop()


async def test_searches_are_made_in_the_copy_while_it_is_near_and_show_nothing_that_is_gone() -> None:
    """The copy stands still: a moment it is searched as it was, then the database itself; gone, it is not missed."""
    place = Path(tempfile.mkdtemp(prefix="fedcomm-replica-"))
    place.chmod(0o755)
    try:
        async with (
            own_cluster(place / "cluster", "alpha") as cluster,
            standby(cluster, place / "copy") as copy,
            instance(cluster.dsn_for("alpha"), place, durations=QUICK, FEDCOMM_DATABASE_REPLICA_URL=copy.url) as alpha,
        ):
            ada = await alpha.person()
            async with alpha.client(await alpha.token(ada)) as app:
                kept, gone = await write(app, "Sourdough stays."), await write(app, "Sourdough goes.")
                await until(lambda: search(app), lambda found: found == [gone, kept])
                replica = alpha.site.replica
                assert replica is not None
                await until(lambda: near(replica), bool, what="the copy is never near")

                await copy.ask("SELECT pg_wal_replay_pause()")
                await until(lambda: copy.ask("SELECT pg_get_wal_replay_pause_state()"), lambda state: state == "paused")
                assert (await app.delete(f"/api/v1/statuses/{gone}")).status_code == 200
                new = await write(app, "Sourdough again.")
                async with alpha.site.read() as db, alpha.site.read_late(db) as late:
                    assert late is not db, "the copy is not read"
                    assert await late.fetchval("SELECT pg_is_in_recovery()")
                assert await search(app) == [kept], "found as it was, shown as it is"

                await until(lambda: search(app), lambda found: found == [new, kept], within=20)
                assert not replica.is_near
                await copy.ask("SELECT pg_wal_replay_resume()")
                await until(lambda: near(replica), bool, within=20, what="the copy does not come near again")

                await copy.stop()
                await until(lambda: search(app), lambda found: found == [new, kept], within=20)
    finally:
        shutil.rmtree(place, ignore_errors=True)


async def near(replica: Replica) -> bool:
    """Whether it is read."""
    return replica.is_near


async def write(app: httpx.AsyncClient, text: str) -> str:
    made = await app.post("/api/v1/statuses", json={"status": text})
    found: str = made.json()["id"]
    return found


async def search(app: httpx.AsyncClient) -> list[str] | None:
    """The posts that are found; None while there is no answer."""
    answer = await app.get("/api/v2/search", params={"q": "sourdough", "type": "statuses"})
    return [each["id"] for each in answer.json()["statuses"]] if answer.status_code == 200 else None
