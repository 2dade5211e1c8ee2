"""Who was told of a deletion, and what they answered: on a page, as a table, by a command (C08)."""

import asyncio
import csv
import io
import json

from fedcomm.portability import leaving
from tests import running
from tests.activitypub.inbound.world import tell, world, wrote
from tests.conftest import MakeDatabase
from tests.kit import FakePeer, answers
from tests.test_people_commands import Operator
from tests.web.reader import reader


async def test_c08_the_report_of_an_erasure_lists_every_host_and_its_answer(database_url: MakeDatabase) -> None:
    urls: list[str] = []

    async def remembered() -> str:
        urls.append(await database_url())
        return urls[-1]

    async with world(remembered) as (alpha, beta), FakePeer() as gamma:
        ben, cleo = await alpha.person("ben"), await alpha.person("cleo")
        await alpha.person("olga", role="owner", password=running.PASSWORD)
        await alpha.person("mona", role="moderator", password=running.PASSWORD)
        for peer in (beta, gamma):
            rui = peer.add("rui")
            await tell(alpha, rui, rui.does("Follow", ben.uri))
            await tell(alpha, rui, rui.does("Follow", cleo.uri))
        post, other = await wrote(alpha, ben, "Mine"), await wrote(alpha, cleo, "Hers")
        await alpha.settle()
        gamma.inbox_answer = answers.status(410)
        today = alpha.site.now().date().isoformat()
        async with alpha.db() as db:
            await leaving.leave_for_good(db, alpha.here, ben, now=alpha.site.now())
        await alpha.settle()

        async with reader(alpha, "olga") as at:
            await at.open("/admin/deliveries")
            assert at.all("a[href='/admin/deliveries/report']")
            await at.open(f"/admin/deliveries/report?person=@{ben.handle}&deletions=yes&first_day={today}")
            hosts = [each.strip() for each in at.all(".entries .authority")]
            said = at.text
            link = at.attribute("a[href*='report.csv']", "href") or ""
            table = (await at.http.get(link)).text
            every = (await at.http.get("/admin/deliveries/report.csv")).text
            about_post = (await at.http.get(f"/admin/deliveries/report.csv?post={other.id}")).text
            await at.open("/admin/deliveries/report?last_day=2000-01-01")
            assert "Nothing was sent" in at.text
            for wrong in ("person=nobody_at_all", "post=7", "first_day=soon"):
                assert (await at.open(f"/admin/deliveries/report?{wrong}")).status == 422
                assert (await at.http.get(f"/admin/deliveries/report.csv?{wrong}")).status_code == 422
        async with reader(alpha, "mona") as at:
            assert (await at.open("/admin/deliveries/report")).status == 403
            assert (await at.http.get("/admin/deliveries/report.csv")).status_code == 403
        operator = Operator(urls[-1], FEDCOMM_DOMAIN=alpha.domain)
        asked = ("delivery", "report", "--person", f"@{ben.handle}", "--deletions", "--json")
        told = json.loads(await asyncio.to_thread(operator.done, *asked))

    assert sorted(hosts) == sorted([beta.server.authority, gamma.server.authority])
    assert "202 " in said
    assert "410 " in said
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {(row["instance"], row["status"]) for row in rows} == {
        (beta.server.authority, "202"),
        (gamma.server.authority, "410"),
    }
    assert {row["type"] for row in rows} == {"Delete"}
    assert {row["actor"] for row in rows} == {ben.uri}
    assert sorted((each["authority"], each["status"]) for each in told) == sorted(
        (row["instance"], int(row["status"])) for row in rows
    )
    assert post.uri in every
    assert {row["post"] for row in csv.DictReader(io.StringIO(about_post))} == {other.uri}
