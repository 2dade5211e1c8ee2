"""Uploads in an S3-compatible store instead of a folder: a real server that checks every signature (D8, D64)."""

import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from fedcomm import postgres
from fedcomm.api import media
from fedcomm.http.context import clock
from fedcomm.media import bucket, s3_signing, stores
from fedcomm.media.bucket import Bucket
from fedcomm.media.storage import StoreAway
from fedcomm.portability import backing_up, restoring
from tests.api.callers import caller
from tests.conftest import new_database
from tests.media.s3_server import KEY, S3Server, s3_server
from tests.media.test_uploads import picture, send, served, uploaded
from tests.running import Instance, instance

NAME = "0123456789abcdef0123456789abcdef"


@pytest.fixture
async def server() -> AsyncIterator[S3Server]:
    """A store that is reached."""
    async with s3_server() as made:
        yield made


async def opened(server: S3Server) -> Bucket:
    """Our side of it."""
    store = stores.opened(server.url, now=clock)
    assert isinstance(store, Bucket)
    return store


def test_a_request_is_signed_as_the_documentation_shows() -> None:
    """AWS, "Signature Calculations for the Authorization Header", example GET Object."""
    given = s3_signing.Credentials(
        key="AKIAIOSFODNN7EXAMPLE", secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region="us-east-1"
    )
    headers = s3_signing.signed(
        given,
        "GET",
        "/test.txt",
        "",
        {"Host": "examplebucket.s3.amazonaws.com", "Range": "bytes=0-9"},
        body_hash=s3_signing.EMPTY_HASH,
        now=datetime(2013, 5, 24, tzinfo=UTC),
    )

    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )
    assert "wJalr" not in repr(given)


async def test_files_are_kept_read_in_parts_listed_and_removed(server: S3Server, tmp_path: Path) -> None:
    store = await opened(server)
    body = bytes(range(256)) * 4000
    await store.put(NAME, b"first")
    await store.put_file(NAME, io.BytesIO(body))
    found = await store.open(NAME)
    assert found is not None
    part = b"".join([piece async for piece in found.pieces(1000, 700_000)])
    was_copied = await store.copy(NAME, tmp_path / "copy")
    for number in range(7):
        await store.put(f"{number:032x}", b"x")
    server.objects["some/where/00-not-ours.txt"] = (b"", datetime.now(UTC))
    listed = [name async for name, _ in store.names("00")]
    await store.delete(NAME)
    await store.delete(NAME)
    gone = (await store.get(NAME), await store.open(NAME), await store.copy(NAME, tmp_path / "other"))
    await store.close()

    assert (found.size, part) == (len(body), body[1000:700_001])
    assert was_copied
    assert (tmp_path / "copy").read_bytes() == body
    assert listed == [f"{number:032x}" for number in range(7)]
    assert gone == (None, None, False)
    assert server.refused == []


async def test_a_store_that_is_busy_is_asked_again_and_one_that_is_away_is_told_of(server: S3Server) -> None:
    store = await opened(server)
    server.failing = 2
    await store.put_file(NAME, io.BytesIO(b"kept"))
    kept = await store.get(NAME)
    server.failing = bucket.TRIES
    with pytest.raises(StoreAway):
        await store.get(NAME)
    await store.close()

    assert kept == b"kept"


async def test_a_wrong_secret_is_refused_by_the_store_and_never_told(server: S3Server) -> None:
    url = server.url.replace(quote("wJalr/XUtnFEMI+K7MDENG", safe=""), "guessed")
    store = stores.opened(url, now=clock)
    with pytest.raises(StoreAway) as told:
        await store.put(NAME, b"x")
    await store.close()

    assert server.refused == ["SignatureDoesNotMatch"]
    assert "guessed" not in str(told.value)
    assert KEY not in str(told.value)


async def test_an_instance_keeps_its_files_in_a_bucket(
    cluster: postgres.Cluster, server: S3Server, tmp_path: Path
) -> None:
    url = await new_database(cluster)
    async with (
        instance(url, tmp_path, FEDCOMM_MEDIA_URL=server.url) as at,
        caller(at) as ada,
    ):
        made: Any = await uploaded(ada, picture(), description="A shop")
        post = await ada.write("Look", media_ids=[made["id"]])
        whole = await served(at, made["url"])
        part = await served(at, made["url"], Range="bytes=8-15")
        assert not list((tmp_path / "media").rglob("*"))
        await ada.ask("DELETE", f"/api/v1/statuses/{post['id']}")
        await at.settle()
        left = dict(server.objects)
        server.failing = 99
        away = await send(ada, picture())
        still = await ada.get("/api/v1/accounts/verify_credentials")

    assert (part.status_code, part.content) == (206, whole.content[8:16])
    assert whole.headers["content-type"] == "image/png"
    assert left == {}
    assert (away.status_code, "error" in json.loads(away.content)) == (503, True)
    assert still["id"] == ada.id
    assert server.refused == []


async def test_files_of_a_bucket_are_in_the_backup_and_come_back_into_another_one(
    cluster: postgres.Cluster, server: S3Server, tmp_path: Path
) -> None:
    """R037: the same, wherever files are kept; the profile's pictures too."""
    empty = await new_database(cluster)
    async with (
        instance(await new_database(cluster), tmp_path, FEDCOMM_MEDIA_URL=server.url) as at,
        caller(at) as ada,
        s3_server() as other,
    ):
        made = await uploaded(ada)
        await ada.write("Look", media_ids=[made["id"]])
        await ada.ask(
            "PATCH", "/api/v1/accounts/update_credentials", files={"avatar": ("a.png", picture(), "image/png")}
        )
        settings, backup = at.site.config, tmp_path / "backup.tar"
        assert settings.database_url is not None

        here, there = await opened(server), await opened(other)
        written = await backing_up.back_up(settings, settings.database_url, here, backup, now=clock())
        place = msgspec.structs.replace(settings, media_url=other.url)
        told = await restoring.restore(place, empty, there, backup, leaves=(), names={}, as_it_was=True, now=clock())
        await here.close()
        await there.close()

        assert written.missing_media == ()
        assert len(other.objects) == told.files > 2
        assert {name: server.objects[name][0] for name in other.objects} == {
            name: kept[0] for name, kept in other.objects.items()
        }


async def test_files_that_belong_to_nothing_are_swept(cluster: postgres.Cluster, tmp_path: Path) -> None:
    """What a killed process left is removed after a day; what belongs to an upload or a profile stays (D60)."""
    moved = timedelta(0)
    async with (
        instance(await new_database(cluster), tmp_path, now=lambda: clock() + moved) as at,
        caller(at) as ada,
    ):
        made = await uploaded(ada)
        await ada.write("Look", media_ids=[made["id"]])
        both = {"avatar": ("a.png", picture(), "image/png")}
        profile = await ada.ask("PATCH", "/api/v1/accounts/update_credentials", files=both)
        store = at.site.service(media.Store)
        await store.put(NAME, b"left by a killed process")
        await _sweep_all(at)
        early = await store.get(NAME)
        moved = timedelta(hours=25)
        await _sweep_all(at)
        late = await store.get(NAME)

        assert (early, late) == (b"left by a killed process", None)
        assert (await served(at, made["url"])).status_code == 200
        assert (await served(at, made["preview_url"])).status_code == 200
        shown = await served(at, profile["avatar"])
        assert shown.headers["cache-control"].endswith("immutable")
        assert shown.content != (await served(at, made["url"])).content


async def _sweep_all(at: Instance) -> None:
    for number in range(256):
        await media.sweep_orphans(at.site, f"{number:02x}")
