"""Origins in one spelling, and who may speak for what."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import authority
from federation.authority import Origin
from federation.errors import Malformed

ADA = "https://alpha.example/u/ada"
BEN = "https://alpha.example/u/ben"
VIC = "https://victim.example/u/vic"
POST = "https://alpha.example/p/1"


@pytest.mark.parametrize(
    "spelling",
    [
        "https://münchen.example/u/ada",
        "https://MÜNCHEN.example/u/ada",
        "https://xn--mnchen-3ya.example/u/ada",
        "HTTPS://XN--MNCHEN-3YA.EXAMPLE./u/ada",
        "https://xn--mnchen-3ya.example:443/u/ada",
        "https://mu\u0308nchen.example./",
        "https://münchen。example/",
        "https://xn--mnchen-3ya.example?q",
        "https://xn--mnchen-3ya.example#f",
        "https://xn--mnchen-3ya.example",
        "https://xn--mnchen-3ya.example:0443/",
    ],
)
def test_s048_one_host_has_one_origin_however_it_is_spelt(spelling: str) -> None:
    assert authority.origin(spelling) == Origin("https", "xn--mnchen-3ya.example", 443)
    assert authority.authority(spelling) == "xn--mnchen-3ya.example"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://localhost:7001/u/ada", "localhost:7001"),
        ("http://localhost/u/ada", "localhost"),
        ("http://localhost:80/", "localhost"),
        ("http://localhost:443/", "localhost:443"),
        ("https://alpha.example:80/", "alpha.example:80"),
        ("http://[::1]:7001/", "[::1]:7001"),
        ("http://[0:0:0:0:0:0:0:1]/", "[::1]"),
        ("https://127.0.0.1:8443/x", "127.0.0.1:8443"),
    ],
)
def test_the_key_of_a_peer_is_its_host_with_a_port_that_is_not_the_schemes(uri: str, expected: str) -> None:
    assert authority.authority(uri) == expected


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "alpha.example",
        "//alpha.example/",
        "/u/ada",
        "ftp://alpha.example/",
        "javascript://alpha.example/%0aalert(1)",
        "data:text/html,x",
        "https:",
        "https://",
        "https:///x",
        "https://.",
        "https://a..b/",
        "https://user@alpha.example/",
        "https://user:pw@alpha.example/",
        "https://alpha.example@evil.test/",
        "https://alpha.example:0/",
        "https://alpha.example:65536/",
        "https://alpha.example:x/",
        "https://alpha.example:-1/",
        "https://alpha example/",
        "https://alpha.example\\@evil.test/",
        "https://alpha.example\n/",
        "https://alp%68a.example/",
        "https://[::1/",
        "https://[zz]/",
        "https://" + "a." * 127 + "example/",
        "https://" + "ü" * 100_000 + "/",
        "https://alpha.example/" + "x" * 10_000,
        " https://alpha.example/",
        "https://\u200balpha.example\u202e/",
    ],
)
def test_s049_s156_what_is_no_web_address_has_no_origin(uri: str) -> None:
    with pytest.raises(Malformed):
        authority.origin(uri)


def test_scheme_and_port_belong_to_the_origin() -> None:
    assert authority.same_origin("https://alpha.example/a", "https://alpha.example:443/b?c")
    assert not authority.same_origin("https://alpha.example/", "http://alpha.example/")
    assert not authority.same_origin("https://alpha.example/", "https://alpha.example:8443/")
    assert not authority.same_origin("https://alpha.example/", "https://sub.alpha.example/")
    assert not authority.same_origin("https://alpha.example/", "https://alpha.example.evil.test/")


HOSTS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z][a-z0-9]{0,8}){0,3}", fullmatch=True).filter(
    lambda host: "--" not in host
)


@given(HOSTS, st.integers(1, 65535), st.sampled_from(["http", "https"]), st.data())
def test_s048_every_spelling_of_an_origin_is_the_same(host: str, port: int, scheme: str, data: st.DataObject) -> None:
    spelt_host = "".join(data.draw(st.sampled_from([c, c.upper()])) for c in host) + data.draw(
        st.sampled_from(["", "."])
    )
    default = authority.DEFAULT_PORTS[scheme]
    spelt_port = data.draw(st.sampled_from([f":{port}", "", ":"] if port == default else [f":{port}"]))
    spelt_scheme = data.draw(st.sampled_from([scheme, scheme.upper(), scheme.title()]))
    rest = data.draw(st.sampled_from(["", "/", "/x", "?x", "#x", "/@ada", "/https://other.example/", "?u=@b.example"]))

    found = authority.origin(f"{spelt_scheme}://{spelt_host}{spelt_port}{rest}")

    assert found == Origin(scheme, host, port)
    assert authority.origin(str(found)) == found


@given(st.text(max_size=60) | st.from_regex(r"https?://[^/]{0,30}(:[0-9]{0,6})?(/.*)?", fullmatch=True))
def test_s048_no_text_breaks_the_canonicaliser_and_its_answer_is_final(uri: str) -> None:
    try:
        found = authority.origin(uri)
    except Malformed:
        return
    assert authority.origin(str(found)) == found
    assert found.authority == found.authority.lower()
    assert str(found).isascii()


@pytest.mark.parametrize(
    "uris", [(None,), (1, ADA), (ADA, None), (), ("x", "x"), ([], []), ({}, ADA), (ADA, "mailto:a@b")]
)
def test_what_is_no_address_lives_with_nothing(uris: tuple[Any, ...]) -> None:
    assert not authority.live_together(*uris)


def actor(**changes: Any) -> dict[str, Any]:
    key = {"id": f"{ADA}#main-key", "owner": ADA, "publicKeyPem": "PEM"}
    multikey = {"id": f"{ADA}#ed", "type": "Multikey", "controller": ADA, "publicKeyMultibase": "zKey"}
    return {"id": ADA, "type": "Person", "publicKey": key, "assertionMethod": [multikey], **changes}


def test_a_key_and_its_actor_claim_each_other() -> None:
    assert authority.key_belongs_to(actor()["publicKey"], actor())
    assert authority.key_belongs_to(actor()["assertionMethod"][0], actor())
    assert authority.key_belongs_to(actor()["publicKey"], actor(publicKey=[{"id": "other"}, f"{ADA}#main-key"]))


@pytest.mark.parametrize(
    ("key_changes", "actor_changes"),
    [
        ({"owner": BEN}, {}),
        ({"owner": VIC}, {}),
        ({"owner": None}, {}),
        ({"id": "https://victim.example/k"}, {"publicKey": "https://victim.example/k"}),
        ({"id": "http://alpha.example/u/ada#main-key"}, {"publicKey": "http://alpha.example/u/ada#main-key"}),
        ({"id": f"{ADA}#other"}, {}),
        ({"id": 1}, {}),
        ({"publicKeyPem": "OTHER"}, {}),
        ({}, {"publicKey": None}),
        ({}, {"publicKey": []}),
        ({}, {"publicKey": 7}),
        ({}, {"id": BEN}),
        ({}, {"id": None}),
    ],
)
def test_s013_a_key_that_its_actor_does_not_claim_is_nobodys(
    key_changes: dict[str, Any], actor_changes: dict[str, Any]
) -> None:
    assert not authority.key_belongs_to(actor()["publicKey"] | key_changes, actor(**actor_changes))


def test_an_actor_publishes_what_lives_with_them_and_is_theirs_alone() -> None:
    assert authority.may_create(ADA, POST, [ADA])


def test_s026_nobody_publishes_what_lives_elsewhere() -> None:
    assert not authority.may_create(ADA, "https://victim.example/p/1", [ADA])
    assert not authority.may_create(ADA, "https://alpha.example.evil.test/p/1", [ADA])
    assert not authority.may_create(ADA, "http://alpha.example/p/1", [ADA])
    assert not authority.may_create(ADA, "not an address", [ADA])


def test_s027_s028_nobody_publishes_in_the_name_of_others() -> None:
    for authors in ([], [VIC], [BEN], [ADA, VIC], [VIC, ADA], [ADA, BEN]):
        assert not authority.may_create(ADA, POST, authors)


def test_s033_s034_only_authors_change_what_they_wrote() -> None:
    assert authority.may_update(ADA, POST, [ADA])
    assert authority.may_update(ADA, ADA, [])
    assert not authority.may_update(BEN, POST, [ADA])
    assert not authority.may_update(ADA, BEN, [])
    assert not authority.may_update(VIC, POST, [VIC])


def test_s035_only_authors_delete_what_they_wrote() -> None:
    assert authority.may_delete(ADA, POST, [ADA])
    assert authority.may_delete(ADA, ADA, [])
    assert not authority.may_delete(BEN, POST, [ADA])
    assert not authority.may_delete(VIC, POST, [VIC])


def test_s038_only_who_did_it_takes_it_back() -> None:
    assert authority.may_undo(ADA, ADA)
    assert not authority.may_undo(BEN, ADA)


def test_s029_a_fetched_object_counts_if_it_came_from_where_it_says_it_lives() -> None:
    assert authority.counts_as_fetched(POST, ADA, final_url="https://alpha.example/p/1.json")
    assert not authority.counts_as_fetched(POST, ADA, final_url="https://evil.test/p/1")
    assert not authority.counts_as_fetched(POST, VIC, final_url=POST)
