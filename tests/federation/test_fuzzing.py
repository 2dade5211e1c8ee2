"""Whatever anybody sends where signatures, documents and WebFinger answers are read: refused in our words, or read.

S140: for minutes with `./run test --fuzz`.
"""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import strategies as st

from federation.errors import Malformed, Unauthentic
from federation.signatures.header_fields import read_inputs, read_members
from federation.signatures.http_date import read_date
from federation.signatures.object_proofs import read_proofs
from federation.vocabulary.reading import read
from federation.vocabulary.strict_json import load_object
from federation.webfinger import read_descriptor, read_resource
from tests.federation.recorded_messages import names, recorded
from tests.federation.vocabulary.made_up import any_json
from tests.kit.chances import try_many
from tests.kit.ours import local

pytestmark = pytest.mark.fuzz

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PIECES = st.sampled_from(
    """keyId="https://a.example/u#key" headers="(request-target) host" signature="AAAA" algorithm="hs2019" created=1
    sig1=("@method" "@target-uri") ;created=1 ;keyid="k" ;alg="x" sig1=:AAAA: sig1=:=: ( ) " \\ , ; = : ?1 -1 1.5 @
    Sun, 06 Nov 1994 08:49:37 GMT 99999999999999999999""".split()
)
FIELDS = st.lists(PIECES | st.text(max_size=6), max_size=12).flatmap(
    lambda pieces: st.sampled_from([" ", ",", "", ", "]).map(lambda between: between.join(pieces))
)
_jrd = st.fixed_dictionaries({}, optional=dict.fromkeys(("subject", "links", "aliases", "properties"), any_json))
_links = st.fixed_dictionaries({}, optional=dict.fromkeys(("rel", "type", "href", "template", "titles"), any_json))
DESCRIPTORS = any_json | _jrd | st.lists(_links, max_size=3).map(lambda links: {"subject": "acct:a@b", "links": links})


def test_s140_signature_headers_are_read_or_refused() -> None:
    def check(field: str) -> None:
        for understand in (read_members, read_inputs, read_date):
            with suppress(Unauthentic):
                understand(field)

    try_many(FIELDS, check, usual=200)


def test_s140_proofs_in_documents_are_read_or_refused() -> None:
    def check(proof: object) -> None:
        with suppress(Unauthentic, Malformed):
            read_proofs({"id": "https://a.example/1", "proof": proof}, NOW)

    try_many(any_json, check, usual=200)


def test_s140_bytes_that_may_be_a_document_are_read_or_refused() -> None:
    whole = st.sampled_from(names()).map(lambda name: json.dumps(recorded(name)).encode())

    def spoiled(body: bytes) -> st.SearchStrategy[bytes]:
        cut = st.tuples(st.integers(0, len(body)), st.binary(max_size=4), st.integers(0, 20))
        return cut.map(lambda c: body[: c[0]] + c[1] + body[c[0] + c[2] :])

    def check(body: bytes) -> None:
        with suppress(Malformed):
            read(load_object(body))

    try_many(st.binary(max_size=40) | whole.flatmap(spoiled), check, usual=200)


def test_s140_webfinger_answers_and_questions_are_read_or_refused() -> None:
    outside = local()

    def check(drawn: tuple[object, str]) -> None:
        answer, resource = drawn
        with suppress(Malformed):
            read_descriptor(json.dumps(answer).encode())
        with suppress(Malformed):
            read_resource(outside, resource)

    resources = st.text(max_size=40) | st.builds("acct:{}@{}".format, st.text(max_size=8), st.text(max_size=12))
    try_many(st.tuples(DESCRIPTORS, resources), check, usual=300)
