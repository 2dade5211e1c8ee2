"""An inbox that is sent every odd document: no answer is 5xx, nothing it interprets breaks, nobody waits (S140)."""

import logging
from collections import Counter

import pytest

from tests.activitypub.inbound.odd_objects import corpus
from tests.activitypub.inbound.world import followed, world, wrote
from tests.running import MakeDatabase

AT_ONCE = 100


async def test_s140_no_odd_document_breaks_the_inbox_or_keeps_another_waiting(
    database_url: MakeDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    """S140: more than a thousand documents of one sender; what is said between them is there at once."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui, mia = beta.add("rui"), beta.add("mia")
        await followed(alpha, ada, rui)
        await followed(alpha, ada, mia)
        mine = await wrote(alpha, ada, "Mine.")
        documents = list(corpus(rui.id, ada.uri, mine.uri))
        mention = {"type": "Mention", "href": ada.uri, "name": f"@ada@{alpha.domain}"}
        answers: Counter[int] = Counter()
        sane: set[str] = set()
        told: list[str] = []

        with caplog.at_level(logging.ERROR):
            for start in range(0, len(documents), AT_ONCE):
                for document in documents[start : start + AT_ONCE]:
                    answers[(await rui.send(alpha.here.shared_inbox_url, document)).status] += 1
                for who in (rui, mia):
                    good = who.writes(f"Sane {start}.", cc=[ada.uri], tag=[mention])
                    create = who.does("Create", good)
                    assert (await who.send(alpha.here.shared_inbox_url, create)).status == 202
                    sane.add(good["id"])
                    told.append(create["id"])
                await alpha.settle()

        assert len(documents) > 1000
        assert max(answers) < 500, answers
        assert answers[202] > len(documents) / 2, answers
        async with alpha.site.read() as db:
            drops = await db.fetch("SELECT reason FROM dropped_activity WHERE activity_uri = ANY($1)", told)
            failed = await db.fetch("SELECT activity_uri, last_error FROM inbox_item WHERE state = 'failed'")
            here = {row["uri"] for row in await db.fetch("SELECT uri FROM post WHERE state = 'visible'")}
        assert [dict(row) for row in failed] == []
        assert sane <= here, [row["reason"] for row in drops]
        assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
