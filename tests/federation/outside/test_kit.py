"""The kit itself: what a fake peer sends is taken when it is honest and refused when it is spoiled."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from federation.errors import Unauthentic
from federation.fetching import Fetcher
from federation.inbox import Received, receive
from federation.signatures.owned_keys import OwnedKey, read_key
from tests.kit import FakePeer, FakeServer, Seen, answers
from tests.kit.ours import fetching
from tests.kit.signing import HONEST, Tamper


class FetchedKeys:
    """Keys as our server gets them, with nothing stored."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def find(self, key_id: str) -> OwnedKey | None:
        return None

    async def fetch(self, key_id: str) -> OwnedKey | None:
        found = await self._fetcher.fetch_object(key_id, for_key=True)
        return read_key(key_id, found.object, found.object)


async def taken(seen: Seen, base: str) -> Received | None:
    async with fetching() as fetcher:
        return await receive(
            method=seen.method,
            path=seen.target,
            headers=seen.headers,
            body=seen.body,
            here=base,
            keys=FetchedKeys(fetcher),
            now=datetime.now(UTC),
        )


async def sent_and_taken(tamper: Tamper, scheme: Literal["cavage", "rfc9421"]) -> Received | None:
    async with FakePeer() as peer, FakeServer() as us:
        us.otherwise(answers.status(202))
        ada, ben = peer.add("ada"), peer.add("ben")
        if tamper.key_id == "of somebody else":
            tamper = Tamper(key_id=ben.key_id)
        sent = await ada.send(us.url("/inbox"), ada.does("Create", ada.writes("Hi")), tamper=tamper, scheme=scheme)
        assert sent.status == 202
        received = await taken(us.seen[0], us.base)
        assert received is None or received.signer == ada.id
        return received


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_an_honest_fake_peer_is_believed(scheme: Literal["cavage", "rfc9421"]) -> None:
    received = await sent_and_taken(HONEST, scheme)

    assert received is not None
    assert received.envelope.type == "Create"


SPOILED = {
    "unsigned": Tamper(unsigned=True),
    "old": Tamper(age=timedelta(hours=2)),
    "from the future": Tamper(age=-timedelta(hours=2)),
    "other body": Tamper(body=b'{"type":"Delete","actor":"https://x.example/u"}'),
    "digest of other bytes": Tamper(digest_of=b"{}"),
    "flipped bit": Tamper(flipped=True),
    "key of somebody else": Tamper(key_id="of somebody else"),
    "signed for another path": Tamper(target="/u/ada/inbox"),
    "for another server": Tamper(host="elsewhere.example"),
}


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
@pytest.mark.parametrize("tamper", SPOILED.values(), ids=SPOILED.keys())
async def test_a_spoiled_request_is_refused(tamper: Tamper, scheme: Literal["cavage", "rfc9421"]) -> None:
    with pytest.raises(Unauthentic):
        await sent_and_taken(tamper, scheme)


CAVAGE_ONLY = {
    "digest unsigned": Tamper(covers=("(request-target)", "host", "date")),
    "host unsigned": Tamper(covers=("(request-target)", "date", "digest")),
    "target unsigned": Tamper(covers=("host", "date", "digest")),
    "digest missing": Tamper(covers=("(request-target)", "host", "date"), fields=(("Digest", None),)),
    "a secret of both": Tamper(algorithm="hmac-sha256"),
}


@pytest.mark.parametrize("tamper", CAVAGE_ONLY.values(), ids=CAVAGE_ONLY.keys())
async def test_what_is_signed_must_be_enough(tamper: Tamper) -> None:
    with pytest.raises(Unauthentic):
        await sent_and_taken(tamper, "cavage")


async def test_a_fake_peer_serves_what_it_says_and_notes_what_comes() -> None:
    async with FakePeer() as peer:
        ada, group = peer.add("ada"), peer.add("bakers", "Group", manuallyApprovesFollowers=True)
        note = ada.writes("Hello", to=[group.id])

        assert (await ada.get(note["id"])).status == 200
        assert (await ada.get(group.id)).status == 200
        assert group.document()["manuallyApprovesFollowers"] is True
        peer.withdraw(note["id"])
        assert (await ada.get(note["id"])).status == 410
        assert (await ada.get(f"{ada.id}/followers")).status == 200
        assert (await ada.get(peer.server.url("/nowhere"))).status == 404

        follow = ada.does("Follow", group.id)
        assert (await ada.send(group.inbox, follow)).status == 202
        await ada.send(peer.shared_inbox, ada.does("Like", note))
        assert await peer.got(1, type="Follow") == [follow]
        assert len(peer.arrived()) == 2
        with pytest.raises(AssertionError, match="3 requests were expected, 2 came"):
            await peer.got(3, within=0.01)


async def test_a_secure_fake_peer_wants_signatures() -> None:
    async with FakePeer() as peer:
        ada = peer.add("ada")
        peer.is_secure = True

        assert (await peer.get(ada.id, {})).status == 401
        assert (await ada.get(ada.id)).status == 200
