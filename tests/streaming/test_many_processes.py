"""Two web processes and two workers on one database, also through a pooler: all is done, nothing twice (D8, D68)."""

import asyncio
import json
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fedcomm.postgres import ROLE, Cluster
from tests.api.listening import Ear, listening
from tests.conftest import MakeDatabase, program
from tests.kit import FakePeer
from tests.kit.ports import free_ports, is_served
from tests.reliability import processes
from tests.reliability.hosts import extra, hosts, readers
from tests.reliability.processes import Instance
from tests.reliability.queues_at import all_done
from tests.running import until

POSTS, NOTES, HOSTS, EARS = 12, 10, 5, 6


async def test_two_web_processes_and_two_workers_do_everything_once(database_url: MakeDatabase, tmp_path: Path) -> None:
    await _everything_is_done_once(await database_url(), tmp_path, {})


@pytest.mark.program("pgbouncer")
async def test_the_same_through_a_pooler_in_transaction_mode(
    cluster: Cluster, database_url: MakeDatabase, tmp_path: Path
) -> None:
    """Statements are prepared on no connection, and what listens or migrates goes around it."""
    direct = await database_url()
    async with pooler(cluster) as port:
        through = f"postgresql://{ROLE}@127.0.0.1:{port}{urlsplit(direct).path}"
        urls = {"DATABASE_URL": through, "FEDCOMM_DATABASE_DIRECT_URL": direct}
        await _everything_is_done_once(direct, tmp_path, urls)


async def _everything_is_done_once(direct: str, folder: Path, urls: Mapping[str, str]) -> None:
    """Posts by an app and from elsewhere, delivered, told and heard live."""
    async with (
        hosts(HOSTS) as there,
        FakePeer() as peer,
        processes.instance(
            direct, folder, durations=0.5, parts=("all", "second worker"), environment={**urls, "FEDCOMM_WORKERS": "2"}
        ) as alpha,
        AsyncExitStack() as stack,
    ):
        ada, signed_in = await alpha.person("ada")
        token = signed_in["Authorization"].removeprefix("Bearer ")
        async with alpha.pool.transaction() as db:
            await readers(db, ada, there.servers, now=datetime.now(UTC))
        ears = [await stack.enter_async_context(listening(alpha, token, stream="user")) for _ in range(EARS)]
        rui = peer.add("rui")
        mention = {"type": "Mention", "href": ada.uri, "name": f"@ada@{alpha.here.domain}"}
        notes = [rui.writes(f"Note {n}.", cc=[ada.uri], tag=[mention]) for n in range(NOTES)]

        posted = await asyncio.gather(*(_post(alpha, signed_in, f"Post {n}.") for n in range(POSTS)))
        sent = await asyncio.gather(*(rui.send(f"{alpha.url}/inbox", rui.does("Create", note)) for note in notes))
        assert {answer.status for answer in sent} == {202}
        for ear in ears:
            heard = [await _heard(ear) for _ in range(POSTS + NOTES)]
            assert sorted(each for kind, each in heard if kind == "update") == sorted(posted)
            assert len({each for kind, each in heard if kind == "notification"}) == NOTES

        await all_done(alpha.pool)
        async with alpha.pool.connection() as db:
            uris = [row["uri"] for row in await db.fetch("SELECT uri FROM activity WHERE type = 'Create'")]
            assert await db.fetchval("SELECT count(*) FROM notification WHERE account_id = $1", ada.id) == NOTES
        assert len(uris) == POSTS
        for uri in uris:
            assert len(there.reached(uri)) == HOSTS
            assert extra(there.copies(uri)) == {}


async def _post(alpha: Instance, signed_in: Mapping[str, str], text: str) -> str:
    answer = await alpha.http.post("/api/v1/statuses", json={"status": text}, headers=signed_in)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["id"]
    return found


async def _heard(ear: Ear) -> tuple[str, str]:
    """What the next frame tells, and of what."""
    frame = await ear.next(within=30)
    return frame["event"], json.loads(frame["payload"])["id"]


@asynccontextmanager
async def pooler(cluster: Cluster) -> AsyncGenerator[int]:
    """PgBouncer before the databases of a cluster until the block ends; its port."""
    path = program("pgbouncer")
    assert path is not None
    folder = Path(tempfile.mkdtemp(prefix="fedcomm-pooler-"))
    folder.chmod(0o755)
    (port,) = free_ports(1)
    (folder / "users").write_text(f'"{ROLE}" ""\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host={cluster.socket} port=5432 user={ROLE}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = trust\n"
        f"auth_file = {folder}/users\npool_mode = transaction\ndefault_pool_size = 10\nmax_client_conn = 300\n"
    )
    running = subprocess.Popen(
        [path, "-q", str(folder / "ini")], user=cluster.owner.uid, group=cluster.owner.gid, cwd="/"
    )
    try:
        await until(lambda: is_served(port), bool, what="the pooler takes nobody")
        yield port
    finally:
        running.terminate()
        running.wait(10)
        shutil.rmtree(folder)
