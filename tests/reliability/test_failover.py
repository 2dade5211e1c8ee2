"""Another server takes over the database: the old one refuses to write, then connections are cut (R032)."""

from datetime import UTC, datetime
from pathlib import Path

from fedcomm import database
from fedcomm.accounts.model import Account
from fedcomm.postgres import Cluster
from tests.kit import FakeActor, FakePeer
from tests.reliability import processes
from tests.reliability.clusters import own_cluster
from tests.reliability.hosts import hosts, readers
from tests.reliability.processes import Instance
from tests.reliability.queues_at import all_done
from tests.running import until

BACK_WITHIN_S = 30.0
TIMES = 5


async def test_r032_a_database_that_only_reads_is_told_as_503_and_all_goes_on_when_another_one_writes(
    tmp_path: Path,
) -> None:
    """R032, as clients of the database see it: 57P01, then 25006 at each write, then 57P01 and all is well again."""
    async with (
        own_cluster(tmp_path / "cluster", "alpha") as cluster,
        processes.instance(cluster.dsn_for("alpha"), tmp_path, parts=("web", "worker")) as alpha,
        FakePeer() as peer,
        hosts(3) as there,
    ):
        ada, signed_in = await alpha.person("ada")
        rui = peer.add("rui")
        async with alpha.pool.transaction() as db:
            await readers(db, ada, there.servers, now=datetime.now(UTC))
        kept = {what for _ in range(TIMES) for what in await _write(alpha, signed_in, rui, ada, {200, 202})}

        await _may_write(cluster, "off")
        statuses: set[str] = set()
        for _ in range(TIMES):
            statuses |= await _write(alpha, signed_in, rui, ada, {503})
        assert statuses == set(), "something was accepted that nothing could keep"
        read = await alpha.http.get("/api/v1/timelines/public", headers=signed_in)
        assert read.status_code in (200, 503)

        await _may_write(cluster, "on")
        await until(lambda: _writes(alpha, signed_in), bool, within=BACK_WITHIN_S, what="nobody can write")
        kept |= {what for _ in range(TIMES) for what in await _write(alpha, signed_in, rui, ada, {200, 202})}
        await all_done(alpha.pool)
        async with alpha.pool.connection() as db:
            found = {row["uri"] for row in await db.fetch("SELECT uri FROM post")}
        assert kept <= found
        sent = {arrival.seen.json()["object"]["id"] for arrival in there.arrivals}
        assert {uri for uri in kept if uri.startswith(alpha.url)} <= sent


async def _write(
    alpha: Instance, signed_in: dict[str, str], rui: FakeActor, ada: Account, allowed: set[int]
) -> set[str]:
    """A post by an app and one from elsewhere; the uris of what was accepted."""
    posted = await alpha.http.post("/api/v1/statuses", json={"status": "Bread."}, headers=signed_in)
    mention = {"type": "Mention", "href": ada.uri, "name": f"@ada@{alpha.here.domain}"}
    note = rui.writes("Warm?", cc=[ada.uri], tag=[mention])
    told = await rui.send(f"{alpha.url}/inbox", rui.does("Create", note))
    assert {posted.status_code, told.status} <= allowed, (posted.status_code, posted.text, told.status, told.body)
    accepted = {str(posted.json()["uri"])} if posted.status_code == 200 else set[str]()
    return accepted | ({str(note["id"])} if told.status == 202 else set[str]())


async def _writes(alpha: Instance, signed_in: dict[str, str]) -> bool:
    return (await alpha.http.post("/api/v1/statuses", json={"status": "?"}, headers=signed_in)).status_code == 200


async def _may_write(cluster: Cluster, allowed: str) -> None:
    """What a demoted server does to whoever is connected; and what a promoted one in its place does."""
    db = await database.connect(cluster.dsn_for("postgres"))
    try:
        read_only = "off" if allowed == "on" else "on"
        await db.execute(f"ALTER DATABASE alpha SET default_transaction_read_only = {read_only}")
        await db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'alpha'")
    finally:
        await db.close()
