"""How URLs and handles from strangers are read before anything is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Malformed
from federation.outside import Handle, Outside, read_url

PRODUCTION = Outside()
DEVELOPMENT = Outside(allow_http=True, allow_local_names=True)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("https://assoc.example/groups/sales", "https://assoc.example/groups/sales"),
        ("https://assoc.example", "https://assoc.example/"),
        ("HTTPS://ASSOC.example.:443/u/Ines?x=1#main-key", "https://assoc.example/u/Ines?x=1"),
        ("https://assoc.example?x=1", "https://assoc.example/?x=1"),
        ("https://assoc.example:8443/", "https://assoc.example:8443/"),
        ("https://bücher.example/ä?ö=1", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=1"),
        ("https://[2A01:4f8:0::1]/x", "https://[2a01:4f8::1]/x"),
        ("https://1.2.3.4/x", "https://1.2.3.4/x"),
        ("https://assoc.example/a%2Fb/../c", "https://assoc.example/a%2Fb/../c"),
    ],
)
def test_a_url_is_asked_for_in_one_spelling_and_without_fragment(text: str, meant: str) -> None:
    assert str(PRODUCTION.url(text)) == meant


@pytest.mark.parametrize(
    "text",
    [
        "http://assoc.example/",
        "https://assoc.example:80/",
        "https://assoc.example:22/",
        "https://assoc.example:1023/",
        "https://assoc.example:0/",
        "https://assoc.example:65536/",
        "https://assoc.example:-1/",
        "https://assoc.example:١/",
        "ftp://assoc.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//assoc.example/",
        "/path",
        "",
        "https://",
        "https:///x",
        "https://.example/",
        "https://a..example/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[1.2.3.4]/",
    ],
)
def test_what_is_not_a_web_address_of_ours_to_ask_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        PRODUCTION.url(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://017700000001/",
        "https://①.2.3/",
        "https://1.2.3.4.5/",
    ],
)
def test_numbers_that_only_a_resolver_reads_as_address_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        PRODUCTION.url(text)


def test_plain_http_and_port_80_are_admitted_in_development_only() -> None:
    assert str(DEVELOPMENT.url("http://localhost:80/x")) == "http://localhost/x"
    assert str(DEVELOPMENT.url("http://localhost:7001/x")) == "http://localhost:7001/x"
    for text in ("http://localhost:22/", "https://localhost:22/"):
        with pytest.raises(Malformed):
            DEVELOPMENT.url(text)


@pytest.mark.parametrize(
    "text", ["https://good@evil.example/", "https://good:x@evil.example/", "https://@evil.example/"]
)
def test_s062_a_url_with_a_user_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        PRODUCTION.url(text)


def test_s062_a_fragment_is_never_asked_for() -> None:
    assert PRODUCTION.url("https://evil.example#@good.example/").host == "evil.example"
    assert PRODUCTION.url("https://assoc.example/u/ines#main-key").target == "/u/ines"


@given(
    st.text(),
    st.sampled_from([*(chr(code) for code in range(0x21)), "\x7f", "\x85", "\xa0", "\\", "\u2028"]),
    st.text(),
)
def test_s064_no_control_character_or_blank_gets_into_a_request(before: str, bad: str, after: str) -> None:
    with pytest.raises(Malformed):
        PRODUCTION.url(f"https://assoc.example/{before}{bad}{after}")


@given(st.text(max_size=200))
def test_s064_whatever_is_accepted_is_one_plain_line(text: str) -> None:
    try:
        url = PRODUCTION.url(f"https://assoc.example/{text}")
    except Malformed:
        return
    assert url.host == "assoc.example"
    assert url.target.isascii()
    assert url.target.isprintable()
    assert " " not in url.target


@given(st.text(max_size=100))
def test_reading_a_url_twice_changes_nothing_more(text: str) -> None:
    try:
        once = read_url(f"https://{text}")
    except Malformed:
        return
    assert read_url(str(once)) == once


@pytest.mark.parametrize(
    "host", ["a" * 100_000, "a." * 50_000 + "example", "ä" * 100_000, "a" * 64 + ".example", "1" * 100_000]
)
def test_s156_a_long_host_is_refused_by_its_length(host: str) -> None:
    with pytest.raises(Malformed):
        PRODUCTION.url(f"https://{host}/")
    with pytest.raises(Malformed):
        PRODUCTION.handle(f"@a@{host}")


@pytest.mark.parametrize(
    ("text", "handle"),
    [
        ("@sales@assoc.example", Handle("sales", "assoc.example")),
        ("sales@ASSOC.example.", Handle("sales", "assoc.example")),
        ("acct:Sales@assoc.example", Handle("Sales", "assoc.example")),
        ("a.b-c_d@assoc.example", Handle("a.b-c_d", "assoc.example")),
        ("жук@bücher.example", Handle("жук", "xn--bcher-kva.example")),
    ],
)
def test_a_handle_is_read_as_people_and_servers_write_it(text: str, handle: Handle) -> None:
    assert PRODUCTION.handle(text) == handle


@pytest.mark.parametrize(
    "text",
    [
        "@a@evil.example/path?x=",
        "@a@evil.example:22",
        "@a@evil.example:8443",
        "@a@127.0.0.1",
        "@a@[::1]",
        "@a@localhost",
        "@a@evil.example#x",
        "@a@evil.example?x",
        "@a@b@evil.example",
        "@a b@evil.example",
        "@a@evil.example\r\nX: 1",
        "@a\r\n@evil.example",
        "@@evil.example",
        "@a@",
        "@a",
        "a",
        "",
        "@.a@evil.example",
        "@a.@evil.example",
        "@" + "a" * 129 + "@evil.example",
        "@a@2130706433",
        "@a/b@evil.example",
        "@a%2f@evil.example",
    ],
)
def test_s063_a_handle_cannot_smuggle_anything_into_a_request(text: str) -> None:
    with pytest.raises(Malformed):
        PRODUCTION.handle(text)


def test_handles_name_ports_and_loopback_in_development_only() -> None:
    assert DEVELOPMENT.handle("@sales@localhost:7001") == Handle("sales", "localhost:7001")
    assert DEVELOPMENT.handle("@sales@127.0.0.1:7001") == Handle("sales", "127.0.0.1:7001")
    with pytest.raises(Malformed):
        DEVELOPMENT.handle("@sales@localhost:22")
    with pytest.raises(Malformed):
        DEVELOPMENT.handle("@sales@localhost/x")


def test_the_authority_leaves_out_the_port_of_its_scheme() -> None:
    assert read_url("https://assoc.example:443/").authority == "assoc.example"
    assert read_url("http://assoc.example:443/").authority == "assoc.example:443"
    assert read_url("https://[2a01::1]:8443/").authority == "[2a01::1]:8443"
