"""An app acts as a group: chosen at consent, bound to a role, and to the person who acts (groups in clients 3)."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2 as httpx
import pytest

from fedcomm import audit
from fedcomm.accounts import logins
from fedcomm.accounts.model import Account
from fedcomm.groups import membership
from fedcomm.http.auth import forget_tokens
from tests.security.apps import exchange, register
from tests.web.conftest import Place
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def connected(place: Place, at: Reader, act_as: str) -> httpx.Response:
    """Connect a new app on the consent page; the answer of the token endpoint, or of the page that refused."""
    app, secret = await register(place.at, allowed="read write follow")
    asked = {"client_id": app.client_id, "redirect_uri": app.redirect_uris[0], "response_type": "code"}
    await at.open("/oauth/authorize?" + urlencode({**asked, "scope": "read write follow"}))
    token = at.attribute("input[name=csrf_token]", "value") or ""
    sent = {**asked, "scope": "read write follow", "csrf_token": token, "decision": "allow", "act_as": act_as}
    answer = await at.http.post("/oauth/authorize", data=sent)
    if answer.status_code != 303:
        return answer
    (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
    return await exchange(place.at, app, secret, code)


@asynccontextmanager
async def acting(place: Place, person: Account, group: Account) -> AsyncGenerator[httpx.AsyncClient]:
    """An app in which somebody acts as a group."""
    async with reader(place.at, person.handle) as at:
        given = await connected(place, at, str(group.id))
    async with place.at.client(said(given)["access_token"]) as app:
        yield app


def said(answer: httpx.Response) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.content)


async def test_a_facilitator_chooses_who_speaks_and_the_group_does(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers, millers = await place.group(ada, ben), await place.group(ben, ada, name="millers")
    async with reader(place.at, ada.handle) as at:
        app, _ = await register(place.at)
        asked = {"client_id": app.client_id, "redirect_uri": app.redirect_uris[0], "response_type": "code"}
        await at.open("/oauth/authorize?" + urlencode(asked))
        offered = [each.attributes.get("value") for each in at.page.css("input[name=act_as]")]
        chosen = at.attribute("input[name=act_as][checked]", "value")
    async with acting(place, ada, bakers) as app_of_group:
        me = said(await app_of_group.get("/api/v1/accounts/verify_credentials"))
        notice = {"status": f"@{bakers.handle} We meet on Monday"}
        post = said(await app_of_group.post("/api/v1/statuses", json=notice))
        noted = said(await app_of_group.patch("/api/v1/accounts/update_credentials", json={"note": "All about bread."}))
    async with place.at.site.read() as db:
        entries = [each for each in await audit.page(db, limit=10) if each.actor_id == ada.id]

    assert offered == ["", str(bakers.id)]
    assert not chosen
    assert str(millers.id) not in offered, "a member is no facilitator"
    assert (me["id"], me["group"], me["role"]["name"]) == (str(bakers.id), True, "")
    assert post["account"]["id"] == str(bakers.id)
    assert noted["note"] == "<p>All about bread.</p>"
    assert [each.action for each in entries][-1] == "let app act as group"
    done = [each for each in entries if each.action == "act as group"]
    assert {(each.target, each.details["path"]) for each in done} == {
        (bakers.uri, "/api/v1/statuses"),
        (bakers.uri, "/api/v1/accounts/update_credentials"),
    }


async def test_nobody_acts_as_a_group_that_is_not_theirs_to_look_after(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada, ben)
    async with reader(place.at, ben.handle) as at:
        refused = [await connected(place, at, each) for each in (str(bakers.id), str(ada.id), "117000000000000000")]
        garbage = await connected(place, at, "x")
        own = await connected(place, at, "")

    assert [each.status_code for each in refused] == [400, 400, 400]
    assert garbage.status_code in (400, 404)
    assert "access_token" in said(own)


async def test_who_acts_as_a_group_lets_people_in_and_puts_them_out(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada, join_rule="request")
    async with place.at.db() as db:
        await membership.join(db, place.at.here, ben, bakers, now=place.at.site.now())
    async with acting(place, ada, bakers) as app:
        waiting = said(await app.get("/api/v1/follow_requests"))
        await app.post(f"/api/v1/follow_requests/{ben.id}/authorize")
        async with place.at.site.read() as db:
            inside = await membership.role(db, bakers.id, ben.id)
        await app.post(f"/api/v1/accounts/{ben.id}/remove_from_followers")
        async with place.at.site.read() as db:
            outside = await membership.role(db, bakers.id, ben.id)
        last = await app.post(f"/api/v1/accounts/{ada.id}/remove_from_followers")

    assert [each["id"] for each in waiting] == [str(ben.id)]
    assert (inside, outside) == ("member", None)
    assert last.status_code == 422


async def test_the_groups_app_reads_nothing_of_the_person_and_has_no_power_of_theirs(place: Place) -> None:
    ada, ben = await place.person("ada", role="owner"), await place.person("ben")
    bakers = await place.group(ada)
    async with place.at.client(await place.at.token(ben)) as app:
        sent = {"status": f"@{ada.handle} canary for you alone", "visibility": "direct"}
        post = said(await app.post("/api/v1/statuses", json=sent))
    await place.at.settle()
    async with acting(place, ada, bakers) as app:
        paths = ("timelines/home", "notifications", "conversations", "bookmarks", "markers?timeline[]=home")
        seen = [await app.get(f"/api/v1/{path}") for path in paths]
        single = await app.get(f"/api/v1/statuses/{post['id']}")
        later = await app.post("/api/v1/statuses", json={"status": "x", "scheduled_at": "2090-01-01T00:00:00Z"})
        me = said(await app.get("/api/v1/accounts/verify_credentials"))

    assert [each.status_code for each in seen] == [200] * len(seen)
    assert not any("canary" in each.text for each in seen)
    assert single.status_code == 404
    assert later.status_code == 422
    assert me["role"]["permissions"] == "65536"


async def test_the_token_ends_with_the_role(place: Place) -> None:
    """D57: at once here; and it does not come back with the role."""
    ada, ben = await place.person("ada"), await place.person("ben")
    bakers = await place.group(ada, ben)
    now = place.at.site.now()
    async with place.at.db() as db:
        await membership.appoint(db, ada, bakers, ben.id, "facilitator", now=now)
    async with acting(place, ben, bakers) as app, acting(place, ada, bakers) as others:
        before = await app.get("/api/v1/accounts/verify_credentials")
        async with place.at.db() as db:
            await membership.appoint(db, ada, bakers, ben.id, "moderator", now=now)
        forget_tokens(place.at.site)
        after = await app.get("/api/v1/accounts/verify_credentials")
        async with place.at.db() as db:
            await membership.appoint(db, ada, bakers, ben.id, "facilitator", now=now)
        again = await app.get("/api/v1/accounts/verify_credentials")
        kept = await others.get("/api/v1/accounts/verify_credentials")

    assert [each.status_code for each in (before, after, again, kept)] == [200, 401, 401, 200]


async def test_the_settings_of_the_person_list_the_app_and_end_it(place: Place) -> None:
    ada = await place.person("ada")
    bakers = await place.group(ada)
    async with acting(place, ada, bakers) as app, reader(place.at, ada.handle) as at:
        await at.open("/settings/access")
        listed = "Test client" in at.text
        await at.press("/settings/apps/revoke", app=at.attribute("button[name=app]", "value") or "")
        ended = await app.get("/api/v1/accounts/verify_credentials")

    assert listed
    assert ended.status_code == 401


async def test_whoever_may_not_sign_in_any_more_cannot_act_as_a_group_either(place: Place) -> None:
    ada = await place.person("ada")
    bakers = await place.group(ada)
    async with acting(place, ada, bakers) as app:
        async with place.at.db() as db:
            await logins.shut_out(db, ada.id)
        forget_tokens(place.at.site)
        refused = await app.get("/api/v1/timelines/home")

    assert refused.status_code in (401, 403)


async def test_it_is_noted_once_an_hour_that_a_token_is_used(place: Place) -> None:
    ada = await place.person("ada")
    now = place.at.site.now()
    async with place.at.client(await place.at.token(ada)) as app:
        await app.get("/api/v1/accounts/verify_credentials")
        first = await _last_used(place, ada)
        forget_tokens(place.at.site)
        await app.get("/api/v1/accounts/verify_credentials")
        second = await _last_used(place, ada)
        async with place.at.db() as db:
            await db.execute("UPDATE oauth_token SET last_used_at = $2 WHERE account_id = $1", ada.id, now - _LONG)
        forget_tokens(place.at.site)
        await app.get("/api/v1/accounts/verify_credentials")
        third = await _last_used(place, ada)

    assert first is not None
    assert first == second
    assert third > now - _LONG


_LONG = timedelta(hours=2)


async def _last_used(place: Place, account: Account) -> Any:
    async with place.at.site.read() as db:
        return await db.fetchval("SELECT last_used_at FROM oauth_token WHERE account_id = $1", account.id)
