"""The inbox as strangers meet it: over HTTP at a running instance, with the answers of the decision table.

What each refusal leaves behind is counted: rows of all tables, and requests that leave. The same rules without a server
stand in `tests/federation/signatures/`. Source: security cases section 1 and 3, decisions D45, D46.
"""

import asyncio
import hmac
import json
import time
from base64 import b64encode
from datetime import timedelta

import pytest

from fedcomm.accounts import lookup
from fedcomm.network import peers
from tests.federation.signatures.test_key_formats import MODULUS, rsa_of, spki
from tests.keys import ed25519_key, rsa_key
from tests.kit import FakeActor, FakePeer, FakeServer, answers
from tests.kit.signing import Tamper, signed_headers
from tests.running import Instance, MakeDatabase, instance
from tests.security.front_door import as_bytes, front_door

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAVAGE_COVERS = ("(request-target)", "host", "date")
RFC9421_COVERS = ("@method", "@target-uri")


async def test_a_good_activity_is_202_at_every_inbox_after_its_commit(house: Instance) -> None:
    async with front_door(house) as door:
        ada = await door.person()
        group = await door.group()
        for inbox in (door.inbox, ada.inbox_url, group.inbox_url, door.at.url + "/actor/inbox"):
            for scheme in ("cavage", "rfc9421"):
                before = await door.count("inbox_item")
                sent = await door.knock(inbox=inbox, scheme=scheme)

                assert sent.status == 202, (inbox, scheme, sent.body)
                assert await door.count("inbox_item") == before + 1

        async with door.at.site.read() as db:
            assert await lookup.by_uri(db, door.rui.id) is not None


async def test_s001_an_unsigned_post_is_401_at_every_inbox(house: Instance) -> None:
    async with front_door(house) as door:
        ada = await door.person()
        group = await door.group()
        async with door.without_effect():
            for inbox in (door.inbox, ada.inbox_url, group.inbox_url, door.at.url + "/actor/inbox"):
                sent = await door.knock(inbox=inbox, tamper=Tamper(unsigned=True))

                assert sent.status == 401, inbox
                assert sent.headers["content-type"] == "application/problem+json"
                assert json.loads(sent.body)["status"] == 401


BODY_NOT_PROVEN = {
    "S002 no digest": Tamper(covers=CAVAGE_COVERS, fields=(("Digest", None),)),
    "S002 no digest, though signed": Tamper(fields=(("Digest", None),)),
    "S003 another body": Tamper(body=b'{"type":"Delete"}'),
    "S003 a digest of other bytes": Tamper(digest_of=b"other"),
    "S004 a digest that is not signed": Tamper(covers=CAVAGE_COVERS),
}
BODY_NOT_PROVEN_RFC9421 = {
    "S002 no digest": Tamper(covers=RFC9421_COVERS, fields=(("Content-Digest", None),)),
    "S003 another body": Tamper(body=b'{"type":"Delete"}'),
    "S003 a digest of other bytes": Tamper(digest_of=b"other"),
    "S004 a digest that is not signed": Tamper(covers=RFC9421_COVERS),
}


async def test_s002_s003_s004_a_body_that_is_not_proven_is_401(house: Instance) -> None:
    async with front_door(house) as door, door.without_effect():
        activity = door.says()
        for case, tamper in BODY_NOT_PROVEN.items():
            tamper = _same_length(tamper, as_bytes(activity))
            assert (await door.knock(activity, tamper=tamper)).status == 401, case
        for case, tamper in BODY_NOT_PROVEN_RFC9421.items():
            tamper = _same_length(tamper, as_bytes(activity))
            assert (await door.knock(activity, scheme="rfc9421", tamper=tamper)).status == 401, case


def _same_length(tamper: Tamper, body: bytes) -> Tamper:
    """A changed body is still an activity: otherwise it would be refused for its form."""
    return tamper if tamper.body is None else Tamper(body=body.replace(b"Hello", b"Howdy"))


async def test_s005_the_bytes_are_proven_not_their_meaning(house: Instance) -> None:
    async with front_door(house) as door:
        activity = door.says()
        canonical = json.dumps(activity, separators=(",", ":"), sort_keys=True).encode()
        async with door.without_effect():
            assert (await door.knock(as_bytes(activity), tamper=Tamper(body=canonical))).status == 401

        odd = as_bytes(activity).replace(b", ", b" ,\r\n\t")
        assert (await door.knock(odd)).status == 202


async def test_s006_what_was_signed_for_one_inbox_is_401_at_another(house: Instance) -> None:
    async with front_door(house) as door:
        ada = await door.person()
        async with door.without_effect(requests=2):
            for scheme in ("cavage", "rfc9421"):
                sent = await door.knock(inbox=ada.inbox_url, scheme=scheme, tamper=Tamper(target="/inbox"))
                assert sent.status == 401, scheme
            unsigned_target = Tamper(covers=("host", "date", "digest"))
            assert (await door.knock(tamper=unsigned_target)).status == 401
            unsigned_target = Tamper(covers=("@method", "content-digest"))
            assert (await door.knock(scheme="rfc9421", tamper=unsigned_target)).status == 401


async def test_s007_what_was_signed_for_another_server_is_401(house: Instance) -> None:
    async with front_door(house) as door, FakeServer() as other, door.without_effect(requests=2):
        body = as_bytes(door.says())
        for scheme in ("cavage", "rfc9421"):
            captured = signed_headers(door.rui.key, door.rui.key_id, url=other.url("/inbox"), body=body, scheme=scheme)
            captured["Content-Type"] = answers.ACTIVITY_JSON
            assert (await door.post(body, captured)).status_code in (400, 401)
            captured["Host"] = door.at.domain
            assert (await door.post(body, captured)).status_code == 401
        unsigned_host = Tamper(covers=("(request-target)", "date", "digest"))
        assert (await door.knock(tamper=unsigned_host)).status == 401


async def test_s008_only_an_hour_around_now_counts(house: Instance) -> None:
    async with front_door(house) as door:
        for scheme in ("cavage", "rfc9421"):
            async with door.without_effect():
                for hours in (2, -2, 13, -13, 24 * 365):
                    sent = await door.knock(scheme=scheme, tamper=Tamper(age=timedelta(hours=hours)))
                    assert sent.status == 401, (scheme, hours)
            for minutes in (59, -59):
                sent = await door.knock(scheme=scheme, tamper=Tamper(age=timedelta(minutes=minutes)))
                assert sent.status == 202, (scheme, minutes)


async def test_s013_a_key_that_claims_another_owner_is_401_and_not_kept(house: Instance) -> None:
    async with front_door(house) as door, FakePeer() as elsewhere:
        victim, mallory, vic = door.peer.add("victim"), door.peer.add("mallory"), elsewhere.add("vic")
        lies: dict[str, tuple[str | None, str | None]] = {
            "the victim's key": (victim.key_id, victim.id),
            "a key of the victim": (None, victim.id),
            "a key of somebody elsewhere": (None, vic.id),
            "nobody's key": (None, None),
        }
        async with door.without_effect(requests=3 * len(lies)):
            for number, (case, (key_id, owner)) in enumerate(lies.items()):
                at = door.peer.server.url(f"/keys/{number}")
                key = {"id": key_id or at, "owner": owner, "publicKeyPem": mallory.public_pem}
                door.peer.server.on(f"/keys/{number}", answers.document(key))
                for _ in range(2):
                    sent = await mallory.send(door.inbox, victim.does("Like", vic.id), tamper=Tamper(key_id=at))
                    assert sent.status == 401, case


async def test_s014_a_parameter_that_stands_twice_is_401(house: Instance) -> None:
    async with front_door(house) as door, door.without_effect():
        body = as_bytes(door.says())
        honest = door.signed(body)
        other = f'keyId="{door.peer.server.url("/users/victim#main-key")}"'
        for signature in (
            f"{honest['Signature']},{other}",
            f"{other},{honest['Signature']}",
            f'{honest["Signature"]},keyid="x"',
            honest["Signature"].replace("headers=", 'headers="date",headers='),
            honest["Signature"] + ',signature="AAAA"',
        ):
            assert (await door.post(body, {**honest, "Signature": signature})).status_code == 401, signature
        twice = [*honest.items(), ("Signature", honest["Signature"])]
        assert (await door.post(body, twice)).status_code == 401
        for name in ("Date", "Digest", "Content-Type"):
            assert (await door.post(body, [*honest.items(), (name, honest[name])])).status_code in (400, 401), name


async def test_s015_two_schemes_must_name_one_owner(house: Instance) -> None:
    async with front_door(house) as door:
        mallory = door.peer.add("mallory")
        for first, second, status in ((door.rui, mallory, 401), (mallory, door.rui, 401), (door.rui, door.rui, 202)):
            body = as_bytes(door.says())
            older, newer = door.signed(body, by=first), door.signed(body, by=second, scheme="rfc9421")
            for both in (
                (("Signature", older["Signature"]), ("Signature", newer["Signature"])),
                (("Signature", f"{newer['Signature']}, {older['Signature']}"),),
            ):
                headers = [*{**older, **newer}.items()]
                headers = [(name, value) for name, value in headers if name != "Signature"] + [*both]
                before = await door.count("inbox_item")

                assert (await door.post(body, headers)).status_code == status, (first.name, second.name)
                assert (await door.count("inbox_item") > before) is (status == 202 and len(both) == 2)


async def test_s016_the_algorithm_comes_from_the_key(house: Instance) -> None:
    async with front_door(house) as door, door.without_effect(requests=2):
        body = as_bytes(door.says())
        honest = door.signed(body)
        covered = "(request-target) host date digest"
        text = f"(request-target): post /inbox\nhost: {honest['Host']}\ndate: {honest['Date']}"
        text += f"\ndigest: {honest['Digest']}"
        code = b64encode(hmac.digest(door.rui.public_pem.encode(), text.encode(), "sha256")).decode()
        for algorithm in ("hmac-sha256", "hs2019", "rsa-sha256", "none", "ed25519"):
            signature = f'keyId="{door.rui.key_id}",algorithm="{algorithm}",headers="{covered}",signature="{code}"'
            assert (await door.post(body, {**honest, "Signature": signature})).status_code == 401, algorithm
        for algorithm in ("hmac-sha256", "none", "ed25519"):
            assert (await door.knock(tamper=Tamper(algorithm=algorithm))).status == 401, algorithm


BAD_KEYS = {
    "RSA 512": rsa_of(2**511 + 1, 65537),
    "RSA 16384": rsa_of(2**16383 + 1, 65537),
    "e = 1": rsa_of(MODULUS, 1),
    "an Ed25519 key for an RSA signature": spki(ed25519_key(0).public_key()),
    "garbage": "garbage",
    "a megabyte": "-----BEGIN PUBLIC KEY-----\n" + "A" * 900_000,
    "a lone surrogate": "-----BEGIN PUBLIC KEY-----\n\ud800",
    "a number": 17,
    "nothing": None,
}


async def test_s017_a_bad_key_is_401_and_breaks_nothing(house: Instance) -> None:
    async with front_door(house) as door, door.without_effect(requests=2 * len(BAD_KEYS) + 2):
        for number, (case, pem) in enumerate({**BAD_KEYS, "another's key": door.rui.public_pem}.items()):
            actor = door.peer.add(f"bad{number}")
            actor.more["publicKey"] = {"id": actor.key_id, "owner": actor.id, "publicKeyPem": pem}

            sent = await actor.send(door.inbox, actor.does("Like", door.rui.id))

            assert sent.status == 401, (case, sent.body)


async def test_s020_a_thousand_key_ids_at_one_host_cost_sixty_fetches_eight_at_once(
    house: Instance,
) -> None:
    async with front_door(house) as door:
        gate = asyncio.Event()
        door.peer.server.otherwise(answers.when(gate, answers.status(404)))
        body = as_bytes(door.says())
        honest = door.signed(body)

        async def knock(number: int) -> int:
            key_id = door.peer.server.url(f"/keys/{number}")
            signature = honest["Signature"].replace(door.rui.key_id, key_id)
            answer = await door.post(body, {**honest, "Signature": signature})
            if answer.status_code == 503:
                assert int(answer.headers["retry-after"]) > 0
            return answer.status_code

        began = time.monotonic()
        async with door.without_effect(requests=1000):
            knocking = [asyncio.create_task(knock(number)) for number in range(80)]
            await door.peer.server.matching(lambda seen: True, 8)
            assert door.peer.server.busiest == 8
            gate.set()
            first = await asyncio.gather(*knocking)
            rest: list[int] = []
            for start in range(80, 1000, 46):
                rest += await asyncio.gather(*(knock(number) for number in range(start, start + 46)))

        began_minutes = 1 + int((time.monotonic() - began) / 60)  # one, unless the machine is very busy
        assert door.peer.server.busiest == 8
        assert first.count(401) >= 60
        assert set(first + rest) == {401, 503}
        assert (first + rest).count(401) == door.asked() <= 60 * began_minutes


async def test_a_key_that_cannot_be_had_just_now_is_503_with_a_time(house: Instance) -> None:
    """Not 401: Lemmy and Mastodon would never send it again (security cases section 1; T19)."""
    async with front_door(house) as door, FakeServer() as gone:
        await gone.stop()
        troubles = {
            "an error": answers.status(500),
            "too often": answers.status(429, retry_after="30"),
            "away": answers.status(503),
            "cut off": answers.reset(),
        }
        async with door.without_effect(requests=2 * len(troubles)):
            for number, (case, trouble) in enumerate(troubles.items()):
                actor = door.peer.add(f"busy{number}")
                door.peer.server.on(actor.path, trouble)
                for _ in range(2):
                    sent = await actor.send(door.inbox, actor.does("Like", door.rui.id))
                    assert sent.status == 503, (case, sent.body)
                    assert int(sent.headers["retry-after"]) > 0, case
            sent = await door.knock(tamper=Tamper(key_id=gone.url("/users/rui#main-key")))
            assert (sent.status, "retry-after" in sent.headers) == (503, True)


async def test_s021_a_key_inside_our_network_is_401_and_never_dialled(database_url: MakeDatabase) -> None:
    allowed = "127.0.0.1/32,::1/128"
    async with instance(await database_url(), FEDCOMM_DEV_ALLOW_NETWORKS=allowed) as at, front_door(at) as door:
        async with FakeServer(address="127.0.0.2", name="127.0.0.2") as inside, door.without_effect():
            for key_id in (
                inside.url("/key"),
                f"http://[::ffff:127.0.0.2]:{inside.port}/key",
                "https://169.254.169.254/latest/meta-data#key",
                "http://10.0.0.1/key",
                f"http://2130706434:{inside.port}/key",
                "file:///etc/passwd",
                f"http://user@localhost:{inside.port}/key",
            ):
                assert (await door.knock(tamper=Tamper(key_id=key_id))).status == 401, key_id
            assert inside.connections == 0


async def test_s022_redirects_around_a_key_end_after_three_hops(house: Instance) -> None:
    async with front_door(house) as door:
        server = door.peer.server
        server.on("/self", answers.redirect("/self"))
        for hop in range(20):
            server.on(f"/chain/{hop}", answers.redirect(f"/chain/{hop + 1}"))
        for path in ("/self", "/chain/0"):
            async with door.without_effect(requests=4):
                sent = await door.knock(tamper=Tamper(key_id=server.url(path)))
                assert sent.status == 401, (path, sent.body)


async def test_s023_a_signature_that_does_not_hold_reads_as_nobody(house: Instance) -> None:
    async with front_door(house) as door:
        ada = await door.person()
        for url in (ada.uri, ada.uri + "/outbox", ada.uri + "/followers"):
            plain = await door.peer.get(url, {"Accept": answers.ACTIVITY_JSON})
            assert plain.status == 200
            async with door.without_effect(requests=3):
                for tamper in (
                    Tamper(flipped=True),
                    Tamper(target="/elsewhere"),
                    Tamper(age=timedelta(hours=2)),
                    Tamper(host=None, key_id="nonsense"),
                    Tamper(key_id="http://localhost:9/gone#key"),
                    Tamper(fields=(("Signature", "garbage"),)),
                    Tamper(fields=(("Signature", '"'),)),
                    Tamper(fields=(("Signature-Input", "sig1=()"), ("Signature", "sig1=:AAAA:"))),
                ):
                    got = await door.rui.get(url, tamper=tamper)
                    assert (got.status, got.body) == (200, plain.body), (url, tamper)


async def test_s025_a_suspended_peer_is_403_before_any_fetch(house: Instance) -> None:
    async with front_door(house) as door:
        ada = await door.person()
        assert (await door.knock()).status == 202
        async with door.at.db() as db:
            await peers.suspend(db, None, door.peer.server.authority, "spam", now=door.at.site.now())

        stranger = door.peer.add("stranger")
        async with FakePeer() as friend, door.without_effect():
            for inbox in (door.inbox, ada.inbox_url):
                assert (await door.knock(inbox=inbox)).status == 403
                assert (await door.knock(inbox=inbox, tamper=Tamper(unsigned=True))).status == 403
                assert (await stranger.send(inbox, stranger.does("Like", ada.uri))).status == 403
            borrowed = friend.add("ben").does("Like", ada.uri)
            assert (await door.knock(borrowed)).status == 403
            assert (await stranger.get(ada.uri + "/outbox")).status == 403
            assert friend.server.seen == []


async def test_s025_a_suspended_sender_whose_key_we_know_is_403(house: Instance) -> None:
    async with front_door(house) as door:
        ada = await door.person()
        assert (await door.knock()).status == 202
        async with door.at.db() as db:
            await db.execute("UPDATE account SET state = 'suspended' WHERE uri = $1", door.rui.id)

        async with door.without_effect():
            assert (await door.knock()).status == 403
            assert (await door.knock(tamper=Tamper(unsigned=True))).status == 403
            assert (await door.knock(door.rui.does("Delete", door.rui.id))).status == 403
            assert (await door.rui.get(ada.uri + "/outbox")).status == 403
        neighbour = door.peer.add("neighbour")
        assert (await neighbour.send(door.inbox, neighbour.does("Like", ada.uri))).status == 202


async def test_an_allow_list_admits_nobody_else(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_FEDERATION="allowlist") as at, front_door(at) as door:
        async with door.without_effect():
            assert (await door.knock()).status == 403
        async with door.at.db() as db:
            await peers.allow(db, None, door.peer.server.authority, "a friend", now=door.at.site.now())
        assert (await door.knock()).status == 202


async def test_an_addressee_that_is_not_there_is_404_and_one_that_was_410(house: Instance) -> None:
    async with front_door(house) as door:
        gone, waiting = await door.person("gone"), await door.person("waits", approved=False)
        async with door.at.db() as db:
            await db.execute("UPDATE account SET state = 'deleted' WHERE id = $1", gone.id)

        async with door.without_effect():
            assert (await door.knock(inbox=door.at.url + "/u/nobody/inbox")).status == 404
            assert (await door.knock(inbox=waiting.inbox_url)).status == 404
            assert (await door.knock(inbox=gone.inbox_url)).status == 410


async def test_an_activity_that_came_before_is_202_once_more(house: Instance) -> None:
    async with front_door(house) as door:
        activity = door.says()
        assert (await door.knock(activity)).status == 202
        async with door.without_effect():
            assert (await door.knock(activity)).status == 202
            assert (await door.knock(activity, scheme="rfc9421")).status == 202


async def test_ids_of_any_length_are_stored_or_refused(house: Instance) -> None:
    """What no index takes must not fail after the signature was good."""
    async with front_door(house) as door:
        far = FakeActor(door.peer, "far", "Person", "/users/" + _noise(1000), rsa_key(5))
        door.peer.actors[far.path] = far
        for length, status in ((1300, 202), (1301, 400), (2000, 400), (100_000, 400)):
            activity_id = f"{far.id}/{_noise(length)}"[:length]
            sent = await far.send(door.inbox, {**far.does("Like", door.rui.id), "id": activity_id})
            assert sent.status == status, (length, sent.body)


def _noise(length: int) -> str:
    """Text that does not compress."""
    return "".join(f"{hash((length, number)) & 0xFFFF:04x}" for number in range(length // 4 + 1))[:length]
