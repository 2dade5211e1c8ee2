"""An inbox believes a sender only when everything is proven, and does no work before."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import FederationError, Malformed, TooLarge, Unauthentic, Unreachable, WrongType
from federation.inbox import MAX_BODY_BYTES, Admit, Envelope, Received, read_envelope, receive
from tests.federation.signatures.letters import (
    ADA,
    ADAS_KEY,
    BODY,
    HERE,
    NOON,
    Letter,
    Ring,
    digest_of,
    owned,
    ring_with_ada,
)
from tests.keys import rsa_key

VIC = "https://victim.example/u/vic"


def letter_with(body: bytes, **changes: Any) -> Letter:
    letter = Letter(**changes)
    letter.fields["digest"] = digest_of(body)
    return letter


async def delivered(
    body: bytes = BODY,
    *,
    letter: Letter | None = None,
    headers: dict[str, str] | None = None,
    ring: Ring | None = None,
    admit: Admit | None = None,
) -> Received | None:
    """What comes of a POST to the shared inbox."""
    return await receive(
        method="POST",
        path="/inbox",
        headers=headers or (letter or letter_with(body)).headers(),
        body=body,
        here=HERE,
        keys=ring or ring_with_ada(),
        now=NOON,
        admit=admit,
    )


def activity(**changes: Any) -> bytes:
    """Ada's Create, with changes; None leaves a field out."""
    document = json.loads(BODY) | changes
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


async def test_a_signed_activity_of_its_sender_is_received_with_its_bytes() -> None:
    received = await delivered()

    assert received is not None
    assert (received.signer, received.key_id, received.is_forwarded) == (ADA, ADAS_KEY, False)
    assert received.envelope == Envelope("Create", ADA, "https://alpha.example/a/1", "https://alpha.example/p/1")
    assert received.activity_id == "https://alpha.example/a/1"
    assert (received.document, received.body) == (json.loads(BODY), BODY)


async def test_s001_an_unsigned_post_is_refused_and_nobody_is_asked() -> None:
    ring = ring_with_ada()

    with pytest.raises(Unauthentic):
        await delivered(headers=Letter().fields, ring=ring)
    assert ring.fetched == []


async def test_s005_odd_but_honest_bytes_are_received_as_they_are() -> None:
    body = BODY.replace(b",", b" ,\r\n\t")

    received = await delivered(body)
    assert received is not None
    assert received.body == body


async def test_s010_s011_an_activity_in_the_name_of_another_is_forwarded_at_best() -> None:
    for actor in (VIC, "https://alpha.example/u/alice"):
        received = await delivered(activity(actor=actor))

        assert received is not None
        assert received.is_forwarded
        assert received.signer == ADA


async def test_s012_nothing_is_fetched_for_a_forged_activity_but_the_key() -> None:
    ring = Ring()
    body = activity(
        object="https://victim.example/p/9", to=["https://c.example/u/c"], tag=[{"href": "https://d.example"}]
    )

    with pytest.raises(Unauthentic):
        await delivered(body, ring=ring)
    assert ring.fetched == [ADAS_KEY]


@pytest.mark.parametrize("bad", ["stale", "digest", "unsigned digest", "other host", "two keyIds", "algorithm"])
async def test_s012_what_is_refused_without_a_key_costs_no_fetch(bad: str) -> None:
    ring = Ring()
    letter = Letter()
    match bad:
        case "stale":
            letter.fields["date"] = "Sun, 22 Nov 2026 09:00:00 GMT"
        case "digest":
            letter.fields["digest"] = digest_of(b"other")
        case "unsigned digest":
            letter.covered = "(request-target) host date"
        case "other host":
            letter.fields["host"] = "other.example"
        case "two keyIds":
            letter.parameters = {"keyid": "x"}
        case _:
            letter.parameters = {"algorithm": "hmac-sha256"}

    with pytest.raises(Unauthentic):
        await delivered(letter=letter, ring=ring)
    assert ring.fetched == []


async def test_s020_a_key_that_cannot_be_had_just_now_is_a_matter_of_waiting() -> None:
    ring = Ring()
    ring.is_down = True

    with pytest.raises(Unreachable):
        await delivered(ring=ring)


async def test_s024_an_ld_signature_gives_no_authority() -> None:
    """A genuine block of the victim, moved to where it suits: the sender stays the sender."""
    block = {
        "type": "RsaSignature2017",
        "creator": f"{VIC}#main-key",
        "signatureValue": "AAAA",
        "created": "2026-11-22",
    }
    smuggled: list[dict[str, Any]] = [
        {},
        {"@graph": [{"actor": VIC}]},
        {"@included": []},
        {"@reverse": {}},
        {"@context": {"a": "as:actor"}},
    ]
    for extra in smuggled:
        received = await delivered(activity(actor=VIC, id="https://victim.example/a/1", signature=block, **extra))

        assert received is not None
        assert received.signer == ADA
        assert received.is_forwarded


@given(
    st.dictionaries(st.sampled_from(["signature", "proof", "@graph", "@included", "@reverse"]), st.text() | st.none())
)
async def test_s024_nothing_in_a_document_changes_who_sent_it(extra: dict[str, str | None]) -> None:
    received = await delivered(activity(actor=VIC, **extra))

    assert received is not None
    assert (received.signer, received.is_forwarded) == (ADA, True)


async def test_s025_a_blocked_sender_is_refused_before_any_fetch() -> None:
    """With the refusal of the application, for whom signature and key do not matter."""
    asked: list[tuple[Envelope, tuple[str, ...]]] = []

    class Blocked(Exception):
        pass

    async def admit(envelope: Envelope, key_ids: tuple[str, ...]) -> bool:
        asked.append((envelope, key_ids))
        raise Blocked

    ring = Ring()
    for headers in (Letter().headers(), Letter().fields, Letter().headers() | {"signature": "garbage"}):
        with pytest.raises(Blocked):
            await delivered(headers=headers, ring=ring, admit=admit)

    assert [key_ids for _, key_ids in asked] == [(ADAS_KEY,), (), ()]
    assert ring.fetched == []


async def test_a_stranger_who_deletes_themselves_is_let_go_unproven() -> None:
    """The application knows whom it knows; then there is nothing to prove."""

    async def admit(envelope: Envelope, key_ids: tuple[str, ...]) -> bool:
        return not envelope.is_about_its_actor

    ring = Ring()
    for kind in ("Delete", "Update"):
        for target in (ADA, {"id": ADA, "type": "Person"}):
            assert await delivered(activity(type=kind, object=target), ring=ring, admit=admit) is None
    assert ring.fetched == []
    with pytest.raises(Unauthentic):
        await delivered(activity(type="Delete"), ring=ring, admit=admit)


async def test_s138_a_body_above_one_mebibyte_is_refused_before_all_else() -> None:
    with pytest.raises(TooLarge):
        await delivered(b"x" * (MAX_BODY_BYTES + 1), headers={"x": "y"})


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/html",
        "",
        "application/activity+jsonx",
        "multipart/form-data",
    ],
)
async def test_other_media_types_are_refused_before_the_body_is_read(content_type: str) -> None:
    with pytest.raises(WrongType):
        await delivered(b"garbage", headers=Letter().fields | {"content-type": content_type})


async def test_a_compressed_body_is_refused() -> None:
    with pytest.raises(WrongType):
        await delivered(headers=Letter().headers() | {"content-encoding": "gzip"})


@pytest.mark.parametrize(
    "content_type",
    [
        "application/activity+json",
        "Application/Activity+JSON; charset=utf-8",
        "application/ld+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        'application/ld+json;profile="https://www.w3.org/ns/activitystreams"',
    ],
)
async def test_both_media_types_of_activities_are_taken(content_type: str) -> None:
    assert await delivered(headers=Letter().headers() | {"content-type": content_type}) is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"type":"Create","actor":"https://alpha.example/u/ada","actor":"https://victim.example/u/vic"}',
        b'{"type":"Create","actor":"https://alpha.example/u/ada","x":NaN}',
        activity(type=None),
        activity(type=["Create", "Like"]),
        activity(type=1),
        activity(actor=None),
        activity(actor=1),
        activity(actor=[]),
        activity(actor=[ADA, VIC]),
        activity(actor="javascript:alert(1)"),
        activity(actor="acct:ada@alpha.example"),
        activity(actor={"type": "Person"}),
        rb'{"type":"Create","actor":"https://alpha.example\u0000/u/ada"}',
    ],
)
async def test_s139_s140_what_is_no_activity_is_refused_before_its_signature(body: bytes) -> None:
    ring = Ring()
    with pytest.raises(Malformed):
        await delivered(body, headers=Letter().fields, ring=ring)
    assert ring.fetched == []


@pytest.mark.parametrize("actor", [[ADA], {"id": ADA, "type": "Person"}, [{"id": ADA}]])
async def test_one_actor_may_be_written_in_several_ways(actor: Any) -> None:
    received = await delivered(activity(actor=actor, type=["Create"]))

    assert received is not None
    assert (received.envelope.actor, received.envelope.type, received.is_forwarded) == (ADA, "Create", False)


@pytest.mark.parametrize("activity_id", ["https://victim.example/a/1", "http://alpha.example/a/1", 7, "x", None])
async def test_s046_an_id_that_does_not_lie_with_the_actor_is_no_id(activity_id: Any) -> None:
    received = await delivered(activity(id=activity_id))

    assert received is not None
    assert received.activity_id is None


@given(st.dictionaries(st.sampled_from(["type", "actor", "id", "object"]), st.recursive(
    st.none() | st.text() | st.integers() | st.just(ADA),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "x"]), inner, max_size=2),
    max_leaves=6,
)))  # fmt: skip
def test_s140_any_envelope_is_read_or_refused(document: dict[str, Any]) -> None:
    try:
        envelope = read_envelope(document)
    except Malformed:
        return
    assert isinstance(envelope.type, str)
    assert isinstance(envelope.actor, str)


@given(
    st.binary(max_size=200),
    st.dictionaries(st.sampled_from(["signature", "digest", "date", "host", "signature-input"]), st.text(max_size=50)),
)
async def test_garbage_is_refused_and_breaks_nothing(body: bytes, fields: dict[str, str]) -> None:
    for sent in (body, BODY):
        with pytest.raises(FederationError):
            await delivered(sent, headers={"content-type": "application/activity+json"} | fields)


async def test_s013_a_key_of_another_owner_proves_nothing() -> None:
    ring = Ring(elsewhere={ADAS_KEY: owned(ADAS_KEY, rsa_key(0).public_key(), owner=VIC)})

    with pytest.raises(Unauthentic):
        await delivered(ring=ring)
