"""The pools of connections: one slow server must not use up what is for all."""

import asyncio
import ssl

import pytest

from federation.connections import Connections
from federation.errors import Unreachable
from tests.kit import Exchange, FakeServer, answers
from tests.kit.ours import local


async def test_requests_that_wait_for_their_turn_at_one_server_take_no_place_of_others() -> None:
    outside = local()
    connections = Connections(outside, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), per_authority=2, in_all=3)
    gate = asyncio.Event()
    async with FakeServer() as slow, FakeServer() as quick:
        slow.otherwise(answers.when(gate, answers.status(200)))
        quick.otherwise(answers.status(200))

        waiting = [asyncio.create_task(connections.get(outside.url(slow.url("/")), {}, most=10)) for _ in range(10)]
        await slow.received(2)
        answer = await connections.get(outside.url(quick.url("/")), {}, most=10)
        gate.set()
        await asyncio.gather(*waiting)
        await connections.close()

    assert answer.status == 200
    assert slow.busiest == 2


async def test_beyond_the_most_pools_the_one_longest_out_of_use_is_closed() -> None:
    outside = local()
    connections = Connections(outside, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), most_pools=2)
    async with FakeServer() as one, FakeServer() as two, FakeServer() as three:
        for server in (one, two, one, three, one, two):
            server.otherwise(answers.status(200))
            await connections.get(outside.url(server.url("/")), {}, most=10)
        await connections.close()

    assert [server.connections for server in (one, two, three)] == [1, 2, 1]


async def test_a_kept_connection_that_turns_out_to_be_gone_costs_no_answer() -> None:
    """snac ends every connection behind its answer; whoever asks at that moment asks again."""
    outside = local()
    connections = Connections(outside, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    async with FakeServer() as server:

        async def one_each(exchange: Exchange) -> None:
            if len(server.seen) == 2:
                exchange.hang_up()
            else:
                await exchange.reply(200)

        server.otherwise(one_each)
        for _ in range(2):
            assert (await connections.get(outside.url(server.url("/")), {}, most=10)).status == 200
        await connections.close()

    assert (len(server.seen), server.connections) == (3, 2)


async def test_a_new_connection_that_brings_no_answer_is_not_tried_again() -> None:
    outside = local()
    connections = Connections(outside, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    async with FakeServer() as server:

        async def silent(exchange: Exchange) -> None:
            exchange.hang_up()

        server.otherwise(silent)
        with pytest.raises(Unreachable):
            await connections.get(outside.url(server.url("/")), {}, most=10)
        await connections.close()

    assert (len(server.seen), server.connections) == (1, 1)
