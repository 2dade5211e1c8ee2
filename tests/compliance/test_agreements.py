"""What chapters agreed on is written down, and posts for the network go to no other instance (C18)."""

import csv
import io

import pytest

from fedcomm.network import peers
from tests import running
from tests.running import PASSWORD, MakeDatabase
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio


async def test_c18_what_was_agreed_with_an_instance_is_written_down_changed_and_taken_along(
    database_url: MakeDatabase,
) -> None:
    async with running.instance(await database_url()) as at:
        await at.person("ada", role="admin", password=PASSWORD)
        await at.person("ben", password=PASSWORD)
        async with at.db() as db:
            await peers.allow(db, None, "beta.example", "A chapter", now=at.site.now())
            await peers.limit(db, None, "loud.example", "", now=at.site.now())
        async with reader(at, "ada") as admin, reader(at, "ben") as other:
            await admin.open("/admin/peers")
            assert admin.all('a[href="/admin/agreements"]') == ["Agreements"]
            await admin.open("/admin/agreements")
            before = (admin.all(".authority"), admin.all(".badge.warm"))
            terms = {"contact": "Rui, =rui@beta.example", "data": "Posts and names", "region": "Portugal"}
            for day in ("soon", "9999-01-01"):
                await admin.press("/admin/agreements", **terms, agreed_on=day)
                assert (admin.status, len(admin.all(".wrong"))) == (422, 1)
                assert admin.attribute("#field-region", "value") == "Portugal"
            await admin.open("/admin/agreements")
            await admin.press("/admin/agreements", **terms, agreed_on="2026-11-01")
            saved = (admin.note, admin.text, admin.all(".badge.warm"))
            await admin.press("/admin/agreements", authority="nobody.example", contact="x")
            unknown = admin.status
            kept = (await admin.http.get("/admin/agreements.csv")).text
            await admin.open("/admin/log")
            logged = admin.text
            refused = [(await other.open(f"/admin/agreements{ending}")).status for ending in ("", ".csv")]
            await admin.open("/admin/agreements")
            await admin.press("/admin/agreements", contact="", data=" ", region="", agreed_on="")
            after = admin.all(".badge.warm")
            async with at.site.read() as db:
                left = await db.fetchval("SELECT count(*) FROM agreement")

    assert before == (["beta.example"], ["Nothing agreed yet"])
    assert saved[0] == "Saved."
    assert "agreed on 2026-11-01" in saved[1]
    assert saved[2] == []
    assert unknown == 422
    assert list(csv.reader(io.StringIO(kept)))[1][:6] == [
        "beta.example", "allowed", "Rui, =rui@beta.example", "2026-11-01", "Posts and names", "Portugal",
    ]  # fmt: skip
    assert "An agreement with another instance was written down" in logged
    assert refused == [403, 403]
    assert (after, left) == (["Nothing agreed yet"], 0)
