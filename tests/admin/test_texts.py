"""Privacy policy, terms and imprint: versions with the day from which they hold, on pages and for apps (C06)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from fedcomm import config, instance_texts, settings
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from tests import running
from tests.api import schema
from tests.clocks import Clock
from tests.factories import NOON
from tests.running import MakeDatabase
from tests.web.reader import reader

TODAY = NOON.date()
CONFIG = config.load({"FEDCOMM_DOMAIN": "alpha.example"})


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


async def write(db: Connection, source: str, day: date, *, now: datetime = NOON) -> None:
    await instance_texts.save(db, CONFIG, 1, "terms", source, day, now=now)


async def test_a_version_holds_from_its_day_until_the_next_one(db: Connection) -> None:
    await write(db, "First", TODAY)
    await write(db, "Second", days(30))
    await write(db, "Second, better", days(30))

    found = await instance_texts.versions(db, "terms")
    told = [instance_texts.holding(found, today=days(each)) for each in (-1, 0, 29, 30, 400)]

    assert [each.source if each else None for each in told] == [None, "First", "First", *["Second, better"] * 2]
    assert instance_texts.coming(found, after=TODAY) == found[0]
    assert (await settings.load(db, CONFIG)).texts == ("terms",)


async def test_what_holds_stays_as_it_was_and_what_is_to_come_can_be_thrown_away(db: Connection) -> None:
    await write(db, "First", TODAY)
    later = NOON + timedelta(days=1)

    with pytest.raises(Invalid):
        await write(db, "As if it had been so", TODAY, now=later)
    with pytest.raises(Invalid):
        await write(db, "Too far", days(400))
    with pytest.raises(NotFound):
        await instance_texts.drop(db, CONFIG, 1, "terms", TODAY, now=NOON)
    await write(db, "Second", days(30), now=later)
    await instance_texts.drop(db, CONFIG, 1, "terms", days(30), now=later)

    assert [each.source for each in await instance_texts.versions(db, "terms")] == ["First"]


async def test_an_empty_version_ends_a_text_and_nothing_begins_empty(db: Connection) -> None:
    with pytest.raises(Invalid):
        await write(db, "  ", TODAY)
    await write(db, "First", TODAY)
    await write(db, "", days(1), now=NOON + timedelta(days=1))

    found = await instance_texts.versions(db, "terms")

    assert instance_texts.holding(found, today=days(1)) is None
    assert (await settings.load(db, CONFIG)).texts == ()


@pytest.mark.asyncio
async def test_an_admin_writes_a_text_and_everybody_reads_it_on_pages_and_in_apps(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with running.instance(await database_url(), now=clock) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        today, later = (datetime.now(UTC).date() + timedelta(days=each) for each in (0, 40))
        async with reader(home, "ada") as at:
            none_yet = (await at.open("/about/texts/terms")).status
            await at.open("/admin/texts/terms")
            await at.press("/admin/texts/terms", source="# Be kind\n\n<b>No</b> ads.", effective_on="tomorrow")
            refused = (at.status, at.all(".wrong"))
            for day, words in ((today, "# Be kind\n\n<script>x</script>"), (later, "Be kinder")):
                await at.open("/admin/texts/terms")
                await at.press("/admin/texts/terms", source=words, effective_on=day.isoformat())
            listed = at.text
            await at.open("/admin/texts/privacy")
            await at.press("/admin/texts/privacy", source="We keep little.", effective_on=today.isoformat())
            await at.open("/admin/log")
            logged = at.all(".entries .authority")
        async with reader(home) as at:
            foot = (await at.open("/")).all("footer a")
            page = (await at.open("/about/texts/terms")).text
            to_come = (await at.open(f"/about/texts/terms?of={later}")).text
            unknown = (await at.open("/about/texts/manners")).status
            about = (await at.http.get("/api/v2/instance")).json()
            policy = (await at.http.get("/api/v1/instance/privacy_policy")).json()
            terms = (await at.http.get("/api/v1/instance/terms_of_service")).json()
            next_terms = (await at.http.get(f"/api/v1/instance/terms_of_service/{later}")).json()
            no_terms = (await at.http.get("/api/v1/instance/terms_of_service/2020-01-01")).status_code
        clock.pass_by(days=41)
        async with reader(home) as at:
            then = (await at.http.get("/api/v1/instance/terms_of_service")).json()

    assert {"Terms of use", "Privacy policy"} <= set(logged)
    assert not {"terms", "privacy"} & set(logged)
    assert (none_yet, unknown, no_terms) == (404, 404, 404)
    assert refused == (422, ["Please give the day from which it holds."])
    assert "another from" in listed
    assert {"Privacy policy", "Terms of use"} <= set(foot)
    assert "Imprint" not in foot
    assert "Be kind" in page
    assert "holds since" in page
    assert "Be kinder" in to_come
    assert "holds from" in to_come
    urls = about["configuration"]["urls"]
    assert (urls["privacy_policy"], urls["terms_of_service"]) == tuple(
        f"{home.url}/about/texts/{kind}" for kind in ("privacy", "terms")
    )
    assert policy["content"] == "<p>We keep little.</p>"
    assert "<script>" not in terms["content"]
    assert (terms["effective_date"], terms["effective"], terms["succeeded_by"]) == (str(today), True, str(later))
    assert (next_terms["effective"], next_terms["succeeded_by"]) == (False, None)
    assert "Be kinder" in then["content"]
    assert schema.troubles(policy, "PrivacyPolicy") == []
    assert schema.troubles(terms, "TermsOfService") + schema.troubles(next_terms, "TermsOfService") == []
