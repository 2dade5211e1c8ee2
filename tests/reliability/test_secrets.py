"""The secret with which an instance seals what it keeps: lost or changed, it is missed at the start (R039)."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from fedcomm.accounts import oauth
from fedcomm.notifications import push_subscriptions
from fedcomm.notifications.push_subscriptions import Receiver
from fedcomm.sealing import OtherSecret, Seal
from tests.running import Instance, MakeDatabase, instance


@pytest.mark.parametrize("what", ["lost", "changed"])
async def test_r039_an_instance_does_not_start_with_another_secret(
    database_url: MakeDatabase, tmp_path: Path, what: str
) -> None:
    url, secret = await database_url(), tmp_path / "secret"

    def started() -> AbstractAsyncContextManager[Instance]:
        return instance(url, tmp_path, FEDCOMM_SECRET_FILE=str(secret))

    async with started() as at:
        ada = await at.person()
        value = await at.token(ada)
        sealed = await at.site.service(Seal).sealed("push token", value.encode())
        receiver = Receiver(
            endpoint="https://push.example/1", authority="push.example", p256dh=b"p", auth=b"a", is_standard=True
        )
        async with at.db() as db:
            granted = await oauth.grant_of(db, value)
            assert granted is not None
            await push_subscriptions.subscribe(
                db,
                ada.id,
                granted.id,
                receiver,
                sealed_token=sealed,
                alerts=(),
                policy="all",
                now=at.site.now(),
            )
    kept = secret.read_bytes()
    async with started():
        pass

    if what == "lost":
        secret.unlink()
    else:
        secret.write_bytes(bytes(len(kept)))
    with pytest.raises(OtherSecret, match="bring the old file back"):
        async with started():
            pass
    assert secret.exists() == (what == "changed"), "none is made in its place"

    secret.write_bytes(kept)
    async with started() as at, at.db() as db:
        assert await push_subscriptions.forget_all(db) == 1
    secret.unlink()
    async with started():
        pass
