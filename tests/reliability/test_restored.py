"""Everything is lost and yesterday's backup is brought back, while another server goes on (R037; product 24)."""

import io
import json
import shutil
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import pytest_asyncio
from PIL import Image

from fedcomm import database, ids, migrating
from fedcomm.accounts import signup
from fedcomm.accounts.model import Account
from fedcomm.backups.archive import Unusable
from fedcomm.config import Config
from fedcomm.consequences import CONSEQUENCES, LEAVES
from fedcomm.jobs import mail_queue
from fedcomm.media import stores
from fedcomm.media.storage import Store
from fedcomm.portability import backing_up, restoring
from fedcomm.postgres import Cluster
from fedcomm.sealing import Seal
from fedcomm.threads import scheduled
from tests import running
from tests.reliability import processes
from tests.running import MakeDatabase, until

WITHIN_S = 30.0
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest_asyncio.fixture
async def name(cluster: Cluster, request: pytest.FixtureRequest) -> AsyncGenerator[str]:
    """A database that may be dropped and made again."""
    name = f"restored_{ids.new(datetime.now(UTC))}"
    await cluster.ensure_database(name)
    yield name
    await cluster.drop_database(name)


async def test_r037_what_was_brought_back_has_its_ids_and_keys_federates_and_sends_nothing_twice(
    cluster: Cluster, name: str, database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R037, C20: a day runs, all is lost, the backup from before it comes back."""
    backup, secret = tmp_path / "backup.tar", {"FEDCOMM_SECRET_FILE": str(tmp_path / "alpha" / "secret")}
    async with (
        running.instance(await database_url(), tmp_path / "beta") as beta,
        beta.working(),
        processes.instance(cluster.dsn_for(name), _folder(tmp_path / "alpha"), environment=secret) as alpha,
    ):
        await Seal(alpha.settings.secret_file).sealed("anything", b"so that there is a secret")
        ada, in_app = await alpha.person("ada")
        ben, dora, eve = [await beta.person(each) for each in ("ben", "dora", "eve")]
        async with (
            beta.client(await beta.token(ben)) as ben_app,
            beta.client(await beta.token(dora)) as dora_app,
            beta.client(await beta.token(eve)) as eve_app,
        ):
            for app in (ben_app, eve_app):
                await _follow(app, f"@ada@{alpha.here.domain}")
            await _follow(alpha.http, f"@ben@{beta.domain}", in_app)
            first = await _write(alpha.http, "Before.", in_app, picture=True)
            theirs = await _write(ben_app, "From beta, soon gone.")
            await _shown(ben_app, first["uri"])
            await _shown(alpha.http, theirs["uri"], in_app)
            there = await beta.find(ada.uri)
            assert alpha.command("delivery", "pause", beta.domain).returncode == 0
            waiting = await _write(alpha.http, "On its way.", in_app)
            await _waits(alpha, 1)

            told = alpha.command("backup", str(backup), "--json")
            assert told.returncode == 0, told.stderr
            before = await _what_there_is(alpha)
            nowhere = alpha.command("backup", str(tmp_path / "no such folder" / "backup.tar"))
            assert nowhere.stderr.endswith("cannot be written: No such file or directory\n")

            assert alpha.command("delivery", "resume", beta.domain).returncode == 0
            await _shown(ben_app, waiting["uri"])
            lost = await _write(alpha.http, "Of the lost day.", in_app)
            await _shown(ben_app, lost["uri"])
            await ben_app.delete(f"/api/v1/statuses/{theirs['id']}")
            await _gone(alpha.http, theirs["uri"], in_app)
            _, since = await alpha.person("cleo")
            await _follow(dora_app, f"@ada@{alpha.here.domain}")
            assert (await eve_app.post(f"/api/v1/accounts/{there.id}/unfollow")).status_code == 200
            await _agree(alpha, beta, ada.uri, {ben.uri, dora.uri})

            alpha.stop()
            heard = await _heard_from(beta, alpha.url)
            await cluster.drop_database(name)
            await cluster.ensure_database(name)
            shutil.rmtree(alpha.settings.folder)
            alpha.settings.secret_file.unlink()
            looked = alpha.command("restore", str(backup), "--dry-run")
            restored = alpha.command("restore", str(backup), "--json")
            again = alpha.command("restore", str(backup))

            assert (looked.returncode, restored.returncode) == (0, 0), looked.stderr + restored.stderr
            assert "there is an instance in this database already" in again.stderr
            assert json.loads(restored.stdout)["kept_back"]["deliveries"] == 1
            assert await _what_there_is(alpha) == before
            picture = first["media_attachments"][0]["url"]

            assert alpha.command("delivery", "resume", beta.domain).returncode == 0
            await alpha.start()
            assert (await alpha.http.get(picture)).status_code == 200
            for token in (in_app, since):  # who was signed in, perhaps by somebody who was shut out since
                assert (await alpha.http.get("/api/v1/accounts/verify_credentials", headers=token)).status_code == 401
            assert (await alpha.http.get(f"/api/v1/statuses/{lost['id']}")).status_code == 404
            in_app = await alpha.signed_in(ada.id)
            after = await _write(alpha.http, "After.", in_app)
            assert int(after["id"]) > int(lost["id"])
            await _gone(alpha.http, theirs["uri"], in_app)
            answer = await ben_app.post(
                "/api/v1/statuses",
                json={"status": "Still here?", "in_reply_to_id": await _shown(ben_app, lost["uri"])},
            )
            await _kept(alpha, answer.json()["uri"])
            assert (await alpha.http.get("/readyz")).status_code == 200
            assert await _heard_from(beta, alpha.url) == heard, "something was sent before anybody said so"
            assert "./run delivery release" in alpha.command("check").stdout

            assert alpha.command("delivery", "release").returncode == 0
            await _shown(ben_app, after["uri"])
            # Whom the lost day had let in and whom not: both sides say the same after one delivery (R044).
            await _agree(alpha, beta, ada.uri, {ben.uri})
            new = await _heard_from(beta, alpha.url) - heard
            assert len([uri for uri in new if uri.endswith(after["id"]) or after["id"] in uri]) == len(new), new
            home = (await ben_app.get("/api/v1/timelines/home")).json()
            assert [each["uri"] for each in home if each["account"]["acct"].startswith("ada@")] == [
                after["uri"],
                lost["uri"],
                waiting["uri"],
                first["uri"],
            ]


async def test_what_moves_to_another_machine_goes_on_as_it_was(cluster: Cluster, name: str, tmp_path: Path) -> None:
    """R037: with nothing between backup and now, nobody is signed out and nothing is held."""
    backup = tmp_path / "backup.tar"
    async with processes.instance(cluster.dsn_for(name), _folder(tmp_path / "alpha")) as alpha:
        _, in_app = await alpha.person("ada")
        alpha.stop()
        assert alpha.command("backup", str(backup)).returncode == 0
        await cluster.drop_database(name)
        await cluster.ensure_database(name)

        moved = alpha.command("restore", str(backup), "--as-it-was")
        await alpha.start()

        assert moved.returncode == 0, moved.stderr
        assert (await alpha.http.get("/api/v1/accounts/verify_credentials", headers=in_app)).status_code == 200
        assert "nothing waits" in alpha.command("delivery", "status").stdout


async def test_a_backup_that_is_damaged_cut_off_or_of_another_place_is_refused(
    cluster: Cluster, name: str, database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R037: told in one line each, before anything is touched."""
    backup, broken, empty = tmp_path / "backup.tar", tmp_path / "broken.tar", await database_url()
    settings = running.configuration(8000, empty, tmp_path, {})
    await migrating.migrate(cluster.dsn_for(name))
    await _lives(cluster.dsn_for(name), settings)
    settings.secret_file.parent.mkdir(parents=True)
    settings.secret_file.write_bytes(bytes(32))
    await _backed_up(settings, cluster.dsn_for(name), backup)
    with pytest.raises(Unusable, match="choose another name"):
        await _backed_up(settings, cluster.dsn_for(name), backup)
    assert backup.stat().st_mode & 0o777 == 0o600

    whole = backup.read_bytes()
    middle = whole.index(b"tables/account.copy.gz") + 600
    damaged = {
        whole[: len(whole) // 2]: "was cut off",
        whole[: whole.index(b"contents.json")]: "its end is missing",
        whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]: "account.copy.gz is not what was written",
        whole.replace(b'"domain":"localhost:', b'"domain":"localhosd:', 1): "about.json is not what was written",
        b"not a tar": "is no backup",
    }
    for body, reason in damaged.items():
        broken.write_bytes(body)
        with pytest.raises(Unusable, match=reason):
            await _restored(settings, empty, broken)
    with pytest.raises(Unusable, match="the backup is of http://localhost:8000"):
        await _restored(running.configuration(8001, empty, tmp_path, {}), empty, backup)
    with pytest.raises(Unusable, match="there is an instance in this database already"):
        await _restored(settings, cluster.dsn_for(name), backup)
    settings.secret_file.write_bytes(bytes(31) + b"1")
    with pytest.raises(Unusable, match="is the secret of another database"):
        await _restored(settings, empty, backup)


async def test_what_was_about_to_leave_when_the_backup_was_made_is_kept_and_not_done(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R037: facts, mail, posts for later: all of the lost day has been told once already."""
    empty = await database_url()
    async with running.instance(await database_url(), tmp_path) as at:
        ada = await at.person()
        now = at.site.now()
        async with at.db() as db:
            await scheduled.add(db, ada.id, {"status": "Later."}, due_at=now + timedelta(hours=2), app_id=None, now=now)
            await mail_queue.put(db, "test", "ada@company.example", locale="en", now=now)
        async with at.client(await at.token(ada)) as app:
            await _write(app, "Not told yet.")
        settings, store, path = at.site.config, at.site.service(Store), tmp_path / "backup.tar"
        assert settings.database_url is not None
        await backing_up.back_up(settings, settings.database_url, store, path, now=now)

        names = {fact.__name__: list(found) for fact, found in CONSEQUENCES.items()}
        told = await restoring.restore(
            settings,
            empty,
            store,
            path,
            leaves=sorted(LEAVES),
            names=names,
            as_it_was=False,
            now=now + timedelta(days=1),
        )

        assert told.kept_back == {"consequences": 1, "deliveries": 0, "mail": 1, "scheduled posts": 1}
        db = await database.connect(empty)
        assert (
            await db.fetchval("SELECT count(*) FROM consequence WHERE failed_at IS NULL AND name = ANY($1)", LEAVES)
            == 0
        )
        assert await db.fetchval("SELECT state FROM mail") == "failed"
        assert "may have been published" in await db.fetchval("SELECT failure FROM scheduled_post")
        assert (
            await db.fetchval("SELECT count(*) FROM session") + await db.fetchval("SELECT count(*) FROM oauth_token")
            == 0
        )
        await db.close()


def test_all_that_tells_others_is_known_as_such() -> None:
    """R037: a new consequence that sends something is kept back, too."""
    sending = {
        name
        for found in CONSEQUENCES.values()
        for name, each in found.items()
        if each.__module__.startswith(("fedcomm.activitypub.outbound", "fedcomm.mailbox"))
    }

    assert sending == LEAVES


async def test_a_backup_of_an_older_version_is_brought_up_to_date(
    cluster: Cluster, name: str, database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R037, with an upgrade between: what migrations change is changed in what comes back too."""
    older, newer = cluster.dsn_for(name), await database_url()
    settings = running.configuration(8000, newer, tmp_path, {})
    db = await database.connect(older)
    await migrating.migrate_over(db, until=len(migrating.read()) - 1)
    await db.close()
    ada = await _lives(older, settings)
    await _backed_up(settings, older, tmp_path / "backup.tar")

    await _restored(settings, newer, tmp_path / "backup.tar")

    db = await database.connect(newer)
    assert await migrating.is_current(db)
    assert await db.fetchval("SELECT id FROM account WHERE handle = 'ada'") == ada.id
    await db.close()


async def _lives(url: str, settings: Config) -> Account:
    """Somebody who lives in a database."""
    db = await database.connect(url)
    try:
        return await signup.create_person(
            db, settings.here, handle="ada", email="ada@company.example", password=None, name="Ada", now=NOON
        )
    finally:
        await db.close()


async def _backed_up(settings: Config, url: str, path: Path) -> None:
    await backing_up.back_up(settings, url, stores.opened(settings.media_url, now=lambda: NOON), path, now=NOON)


async def _restored(settings: Config, url: str, path: Path) -> None:
    store = stores.opened(settings.media_url, now=lambda: NOON)
    await restoring.restore(settings, url, store, path, leaves=(), names={}, as_it_was=False, now=NOON)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


async def _what_there_is(alpha: processes.Instance) -> dict[str, object]:
    """Ids, keys, secret and files: what must come back byte by byte."""
    async with alpha.pool.connection() as db:
        posts = [tuple(row) for row in await db.fetch("SELECT id, uri, content_html FROM post ORDER BY id")]
        keys = [tuple(row) for row in await db.fetch("SELECT * FROM account_key ORDER BY 1, 2")]
        follows = [tuple(row) for row in await db.fetch("SELECT id, uri, state FROM follow ORDER BY id")]
    folder = alpha.settings.folder
    media = {path.name: path.read_bytes() for path in (folder / "media").rglob("*") if path.is_file()}
    assert posts
    assert keys
    assert media
    return {
        "posts": posts,
        "keys": keys,
        "follows": follows,
        "media": media,
        "secret": alpha.settings.secret_file.read_bytes(),
    }


async def _heard_from(beta: running.Instance, url: str) -> set[str]:
    """The ids of all activities that came from there."""
    async with beta.site.read() as db:
        rows = await db.fetch("SELECT activity_uri FROM seen_activity WHERE signer_uri LIKE $1 || '/%'", url)
    return {row["activity_uri"] for row in rows}


async def _agree(alpha: processes.Instance, beta: running.Instance, whom: str, who: set[str]) -> None:
    """Wait until both servers say that these follow somebody, and nobody else of beta does."""
    query = """
        SELECT follower.uri
          FROM follow
          JOIN account follower ON follower.id = follow.follower_id
          JOIN account followee ON followee.id = follow.followee_id
         WHERE followee.uri = $1 AND follow.state = 'accepted'
    """

    async def said() -> tuple[set[str], set[str]]:
        async with alpha.pool.connection() as ours, beta.site.read() as theirs:
            found = [await db.fetch(query, whom) for db in (ours, theirs)]
        here, there = ({row["uri"] for row in rows} for rows in found)
        return here, there

    await until(said, lambda found: found == (who, who), within=WITHIN_S, what="they do not agree on followers")


async def _follow(app: httpx.AsyncClient, handle: str, headers: Mapping[str, str] | None = None) -> None:
    found = await app.get("/api/v2/search", params={"q": handle, "resolve": "true"}, headers=headers)
    (account,) = found.json()["accounts"]
    path = f"/api/v1/accounts/{account['id']}"
    assert (await app.post(f"{path}/follow", headers=headers)).status_code == 200

    async def follows() -> bool:
        params = {"id[]": account["id"]}
        return bool(
            (await app.get("/api/v1/accounts/relationships", params=params, headers=headers)).json()[0]["following"]
        )

    await until(follows, bool, within=WITHIN_S, what=f"{handle} does not accept")


async def _write(
    app: httpx.AsyncClient, text: str, headers: Mapping[str, str] | None = None, *, picture: bool = False
) -> dict[str, Any]:
    media: list[str] = []
    if picture:
        body = io.BytesIO()
        Image.new("RGB", (40, 40), "green").save(body, "PNG")
        files = {"file": ("bread.png", body.getvalue(), "image/png")}
        uploaded = (await app.post("/api/v2/media", files=files, headers=headers)).json()["id"]
        await until(
            lambda: app.get(f"/api/v1/media/{uploaded}", headers=headers),
            lambda answer: answer.status_code == 200,
            within=WITHIN_S,
        )
        media.append(uploaded)
    form = {"status": text, "media_ids": media}
    answer = await app.post("/api/v1/statuses", json=form, headers=headers)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _uris(app: httpx.AsyncClient, headers: Mapping[str, str] | None) -> dict[str, str]:
    """The posts of somebody's home, with their ids there."""
    home = (await app.get("/api/v1/timelines/home", headers=headers)).json()
    return {each["uri"]: each["id"] for each in home}


async def _shown(app: httpx.AsyncClient, uri: str, headers: Mapping[str, str] | None = None) -> str:
    """Wait until somebody has it in their home; its id there."""
    found = await until(lambda: _uris(app, headers), lambda uris: uri in uris, within=WITHIN_S, what=f"no {uri}")
    return found[uri]


async def _gone(app: httpx.AsyncClient, uri: str, headers: Mapping[str, str]) -> None:
    await until(lambda: _uris(app, headers), lambda uris: uri not in uris, within=WITHIN_S, what=f"still {uri}")


async def _kept(alpha: processes.Instance, uri: str) -> None:
    """Wait until an answer to what is lost stands here; nothing that came may have failed."""
    async with alpha.pool.connection() as db:
        query = "SELECT state FROM post WHERE uri = $1"
        await until(lambda: db.fetchval(query, uri), lambda state: state == "visible", within=WITHIN_S)
        assert await db.fetchval("SELECT count(*) FROM inbox_item WHERE state = 'failed'") == 0


async def _waits(alpha: processes.Instance, count: int) -> None:
    """Wait until nothing but so many deliveries waits."""
    async with alpha.pool.connection() as db:
        query = "SELECT (SELECT count(*) FROM consequence), (SELECT count(*) FROM pending_delivery)"
        await until(lambda: db.fetchrow(query), lambda row: tuple(row or ()) == (0, count), within=WITHIN_S)
