"""Which addresses are public, against a table written apart from ours."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.outside import Outside, is_public

BAD_IPV4 = [
    (0x00000000, 8),
    (0x0A000000, 8),
    (0x64400000, 10),
    (0x7F000000, 8),
    (0xA9FE0000, 16),
    (0xAC100000, 12),
    (0xC0000000, 24),
    (0xC0000200, 24),
    (0xC0586300, 24),
    (0xC0A80000, 16),
    (0xC6120000, 15),
    (0xC6336400, 24),
    (0xCB007100, 24),
    (0xE0000000, 4),
    (0xF0000000, 4),
]
ANYCAST = [(0xC01FC400, 24), (0xC034C100, 24), (0xC0AF3000, 24)]
"""Global by the registry, but nobody's server: AS112 and AMT."""


def is_in(value: int, table: list[tuple[int, int]], bits: int = 32) -> bool:
    return any(value >> (bits - length) == network >> (bits - length) for network, length in table)


@given(st.integers(0, 2**32 - 1))
def test_s057_an_ipv4_address_is_public_unless_the_independent_table_has_it(value: int) -> None:
    assert is_public(ipaddress.IPv4Address(value)) == (not is_in(value, BAD_IPV4 + ANYCAST))


@given(st.sampled_from(BAD_IPV4 + ANYCAST), st.integers(0, 2**32 - 1))
def test_s054_no_address_of_a_special_network_is_public(network: tuple[int, int], noise: int) -> None:
    base, length = network

    assert not is_public(ipaddress.IPv4Address(base | noise >> length))


@given(st.integers(0, 2**128 - 1))
def test_s057_what_python_calls_not_global_is_never_public(value: int) -> None:
    address = ipaddress.IPv6Address(value)

    assert address.is_global or not is_public(address)


@given(st.integers(2**125, 2**126 - 1))
def test_s057_only_what_was_given_out_is_public_in_ipv6(value: int) -> None:
    special = [
        (0x20010000 << 96, 23),
        (0x20010DB8 << 96, 32),
        (0x2002 << 112, 16),
        (0x2620004F8000 << 80, 48),
        (0x3FFE << 112, 16),
        (0x3FFF << 112, 20),
    ]

    assert is_public(ipaddress.IPv6Address(value)) == (not is_in(value, special, 128))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_s056_wrapped_ipv4_is_never_public_whatever_it_wraps(inner: int, noise: int) -> None:
    wrapped = {
        "mapped": (0xFFFF << 32) | inner,
        "compatible": inner,
        "local NAT64": (0x0064FF9B0001 << 80) | inner,
        "6to4": (0x2002 << 112) | (inner << 80) | noise,
        "Teredo": (0x20010000 << 96) | (noise << 64) | (inner ^ 0xFFFFFFFF),
        "translated": (0xFFFF << 48) | inner,
    }

    assert [name for name, value in wrapped.items() if is_public(ipaddress.IPv6Address(value))] == []


@given(st.integers(0, 2**32 - 1))
def test_s056_nat64_is_public_exactly_when_what_it_wraps_is(inner: int) -> None:
    wrapped = ipaddress.IPv6Address((0x0064FF9B << 96) | inner)

    assert is_public(wrapped) == is_public(ipaddress.IPv4Address(inner))


@pytest.mark.parametrize(
    "address",
    [
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "224.0.0.1",
        "ff02::1",
        "fec0::1",
        "fe80::1",
        "fc00::1",
        "3fff::1",
        "5f00::1",
        "100::1",
        "192.88.99.1",
        "::",
        "::1",
        "0.0.0.0",
        "255.255.255.255",
        "fe80::1%eth0",
        "2a00::1%eth0",
        "4000::1",
    ],
)
def test_s055_s056_s057_what_is_global_gets_wrong_is_refused(address: str) -> None:
    assert not Outside().may_dial(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "9.9.9.9", "172.32.0.1", "2a01:4f8::1", "2606:4700::1111", "64:ff9b::808:808"]
)
def test_plain_addresses_are_public(address: str) -> None:
    assert Outside().may_dial(ipaddress.ip_address(address))


def test_the_operator_may_allow_a_network_and_only_that() -> None:
    outside = Outside(allow_networks=[ipaddress.ip_network("127.0.0.0/8")])

    assert outside.may_dial(ipaddress.ip_address("127.3.2.1"))
    assert not outside.may_dial(ipaddress.ip_address("::ffff:127.0.0.1"))
    assert not outside.may_dial(ipaddress.ip_address("::1"))
    assert not outside.may_dial(ipaddress.ip_address("10.0.0.1"))
