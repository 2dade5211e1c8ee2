"""Servers that say they read RFC 9421 (FEP-844e) are begun with in that form, others in the older one."""

from typing import Any

import pytest

from tests.activitypub.inbound.world import join, rows, world, wrote
from tests.clocks import Clock
from tests.kit import answers
from tests.running import MakeDatabase

ENTRY = {"href": "https://datatracker.ietf.org/doc/html/rfc9421", "name": "RFC 9421"}


@pytest.mark.parametrize(
    ("said", "is_newer"),
    [
        ({"generator": {"type": "Application", "implements": [ENTRY]}}, True),
        ({"implements": ENTRY["href"]}, True),
        ({"implements": [{"href": "https://w3id.org/fep/1b12"}]}, False),
        ({}, False),
    ],
)
async def test_a_peer_gets_the_form_that_its_actors_say_it_reads(
    database_url: MakeDatabase, said: dict[str, Any], is_newer: bool
) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada, rui = await alpha.person(), beta.add("rui", **said)
        await join(alpha, rui, ada)
        clock.pass_by(minutes=2)
        beta.server.seen.clear()

        await wrote(alpha, ada, "Hello.")

        (seen,) = beta.arrived()
        assert ("signature-input" in seen.headers) is is_newer
        assert ("digest" in seen.headers) is not is_newer


async def test_a_peer_that_refuses_what_it_says_it_reads_gets_the_older_form_from_then_on(
    database_url: MakeDatabase,
) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui", implements=[ENTRY])
        await join(alpha, rui, ada)
        clock.pass_by(minutes=2)
        beta.server.seen.clear()
        beta.inbox_answer = answers.in_turn(answers.status(401), answers.status(202))

        await wrote(alpha, ada, "Hello.")
        beta.inbox_answer = answers.status(202)
        await wrote(alpha, ada, "Again.")

        forms = ["signature-input" in seen.headers for seen in beta.arrived()]
        assert forms == [True, False, False]
        (row,) = await rows(alpha, "SELECT signature_form FROM peer WHERE authority = $1", beta.server.authority)
        assert row["signature_form"] == "cavage"
