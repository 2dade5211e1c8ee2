"""How names become connections: looked up once, all answers checked, the checked ones tried in turn."""

import asyncio
import ipaddress

import pytest

from federation.errors import Unreachable
from federation.outside import Forbidden, NoConnection, Outside
from tests.kit.ours import Clock, Names

PUBLIC = "9.9.9.9"


async def dialled(outside: Outside, host: str) -> list[str]:
    """The addresses that are tried for a host while none of them can be reached."""
    tried: list[str] = []

    async def connect(address: str) -> None:
        tried.append(address)
        raise ConnectionRefusedError

    with pytest.raises(NoConnection):
        await outside.dial(host, connect)
    return tried


async def test_all_checked_addresses_are_tried_in_their_order() -> None:
    outside = Outside(resolver=Names({"two.example": [PUBLIC, "2a01::1", PUBLIC]}))

    assert await dialled(outside, "two.example") == [PUBLIC, "2a01::1"]


async def test_an_address_that_is_silent_loses_its_turn() -> None:
    outside = Outside(resolver=Names({"two.example": [PUBLIC, "1.1.1.1"]}), patience=0.01)

    async def connect(address: str) -> str:
        if address == PUBLIC:
            await asyncio.Event().wait()
        return address

    assert await outside.dial("two.example", connect) == "1.1.1.1"


async def test_s059_one_bad_address_among_good_ones_is_enough_to_refuse() -> None:
    for addresses in ([PUBLIC, "127.0.0.1"], ["::1", PUBLIC], [PUBLIC, "::ffff:10.0.0.1"]):
        outside = Outside(resolver=Names({"mixed.example": addresses}))

        with pytest.raises(Forbidden):
            await outside.dial("mixed.example", fail)


async def fail(address: str) -> None:
    raise AssertionError(f"{address} was dialled")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "0.0.0.0", "::"])
async def test_s054_s055_private_addresses_are_refused_before_connecting(address: str) -> None:
    outside = Outside(resolver=Names({"inner.example": [address]}))

    with pytest.raises(Forbidden):
        await outside.dial("inner.example", fail)
    with pytest.raises(Forbidden):
        await outside.dial(address, fail)


async def test_s058_the_address_that_was_checked_is_the_one_that_is_dialled() -> None:
    names = Names({"rebinding.example": [PUBLIC]})
    outside = Outside(resolver=names, remembered=0)

    async def connect(address: str) -> str:
        names.known["rebinding.example"] = ["127.0.0.1"]
        return address

    assert await outside.dial("rebinding.example", connect) == PUBLIC
    assert names.asked == ["rebinding.example"]
    with pytest.raises(Forbidden):
        await outside.dial("rebinding.example", fail)


async def test_a_name_is_looked_up_once_by_all_who_ask_at_the_same_time_and_then_remembered() -> None:
    names, clock = Names({"busy.example": [PUBLIC]}), Clock()
    outside = Outside(resolver=names, clock=clock)

    await asyncio.gather(*(outside.addresses("busy.example") for _ in range(50)))
    clock.seconds += 59
    await outside.addresses("busy.example")
    assert names.asked == ["busy.example"]

    clock.seconds += 2
    await outside.addresses("busy.example")
    assert names.asked == ["busy.example"] * 2


async def test_who_gives_up_on_a_look_up_does_not_stop_it_for_others() -> None:
    gate = asyncio.Event()

    async def slow(name: str) -> list[str]:
        await gate.wait()
        return [PUBLIC]

    outside = Outside(resolver=slow)
    impatient = asyncio.create_task(outside.addresses("slow.example"))
    patient = asyncio.create_task(outside.addresses("slow.example"))
    await asyncio.sleep(0)

    impatient.cancel()
    gate.set()
    assert await patient == (ipaddress.ip_address(PUBLIC),)
    with pytest.raises(asyncio.CancelledError):
        await impatient


@pytest.mark.parametrize("answer", [[], ["not an address"]])
async def test_a_resolver_that_answers_nonsense_means_unknown(answer: list[str]) -> None:
    with pytest.raises(NoConnection):
        await Outside(resolver=Names({"odd.example": answer})).addresses("odd.example")


async def test_an_unknown_name_is_a_passing_trouble() -> None:
    with pytest.raises(Unreachable):
        await Outside(resolver=Names({})).addresses("nowhere.example")


async def test_the_system_resolver_knows_localhost_and_not_nonsense() -> None:
    outside = Outside(allow_networks=[ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")])

    assert ipaddress.ip_address("127.0.0.1") in await outside.addresses("localhost")
    with pytest.raises(NoConnection):
        await outside.addresses("nowhere.invalid")


async def test_d13_peers_inside_the_allowed_networks_are_asked_in_our_own_scheme() -> None:
    names = Names({"near.example": ["127.0.0.1"], "far.example": [PUBLIC]})
    loopback = [ipaddress.ip_network("127.0.0.0/8")]
    plain = Outside(allow_networks=loopback, allow_http=True, resolver=names)
    secure = Outside(allow_networks=loopback, resolver=names)

    assert await plain.base("near.example:7001") == "http://near.example:7001"
    assert await plain.base("far.example") == "https://far.example"
    assert await secure.base("near.example:7001") == "https://near.example:7001"
