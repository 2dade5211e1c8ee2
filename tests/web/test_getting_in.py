"""Signing up, signing in, one-time links, letting apps in (decisions D26-D29, D78, D82)."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from fedcomm.accounts import logins, oauth
from tests import running
from tests.running import PASSWORD, MakeDatabase
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEO = {
    "name": "Leo Vogt",
    "handle": "leo",
    "email": "leo@shop.example",
    "password": PASSWORD,
    "reason": "Two shops.",
    "agreement": "yes",
}


@pytest.mark.asyncio(loop_scope="function")
async def test_where_sign_up_is_open_one_is_in_at_once(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url(), FEDCOMM_REGISTRATIONS="open") as at, reader(at) as leo:
        await leo.open("/sign_up?next=/find")
        assert leo.all('form[action="/sign_up"] .hint a[href="/about#rules"]') == ["Rules of this place"]
        asks_for_a_reason = leo.page.css_first("[name=reason]") is not None
        await leo.press("/sign_up", **{name: value for name, value in LEO.items() if name != "reason"})

        assert not asks_for_a_reason
        assert (leo.path, leo.note) == ("/find", "Welcome! Join a group to begin with.")


async def test_who_asks_for_an_account_waits_until_somebody_says_yes(place: Place) -> None:
    admin = await place.person("admin", role="admin")
    async with reader(place.at) as leo, reader(place.at, admin.handle) as at:
        await leo.open("/sign_up")
        await leo.press("/sign_up", **LEO)
        received = leo.text
        too_early = await leo.sign_in("leo")
        waits = (too_early.status, too_early.text)
        await at.open("/admin/sign_ups")
        line = at.text
        account_id = at.attribute("button[name=id]", "value") or ""
        await at.press("/admin/sign_ups/approve", id=account_id)
        note = at.note
        await leo.sign_in("leo@shop.example")

        assert "your request has arrived" in received
        assert waits[0] == 403
        assert "still waiting" in waits[1]
        assert "Two shops." in line
        assert note == "They can sign in now."
        assert leo.path == "/home"


async def test_a_request_that_is_turned_down_is_forgotten(place: Place) -> None:
    admin = await place.person("admin", role="admin")
    async with reader(place.at) as mira, reader(place.at, admin.handle) as at:
        await mira.open("/sign_up")
        await mira.press("/sign_up", **LEO | {"handle": "mira", "email": "mira@shop.example"})
        await at.open("/admin/sign_ups")
        account_id = at.attribute("button[name=id]", "value") or ""
        await at.press("/admin/sign_ups/reject", id=account_id)
        await mira.sign_in("mira")

        assert "mira@shop.example" not in at.text
        assert mira.status == 422
        assert "The name or the password is not right." in mira.text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", " ", "Please say your name."),
        ("handle", "x", "A handle has 3 to 20 characters"),
        ("handle", "admin", "This handle is reserved."),
        ("email", "nobody", "Please give a complete mail address"),
        ("password", "short", "The password needs at least 10 characters."),
        ("reason", "", "Please say in a few words why you would like to join."),
        ("agreement", "", "Please agree to the rules of this place."),
    ],
)
async def test_what_is_missing_is_said_at_its_field(place: Place, field: str, value: str, said: str) -> None:
    async with reader(place.at) as somebody:
        await somebody.open("/sign_up")
        await somebody.press("/sign_up", **LEO | {"handle": "somebody", "email": "some@body.example", field: value})

        assert somebody.status == 422
        assert said in (somebody.all(f"#wrong-{field}") or [""])[0]
        assert somebody.attribute("input[name=password]", "value") == ""
        assert somebody.attribute("input[name=email]", "value") == (
            "nobody" if field == "email" else "some@body.example"
        )


@pytest.mark.asyncio(loop_scope="function")
async def test_where_sign_up_is_closed_it_is_said(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url(), FEDCOMM_REGISTRATIONS="closed") as at, reader(at) as somebody:
        await somebody.open("/")
        front = somebody.all("header a")
        await somebody.open("/sign_up")

        assert "Join" not in front
        assert somebody.status == 403
        assert "New accounts are not given out at present" in somebody.text


async def test_a_one_time_link_lets_in_once_and_is_not_used_up_by_looking(place: Place) -> None:
    ada = await place.person("ada")
    now = place.at.site.now()
    async with place.at.db() as db:
        value = await logins.make_link(db, ada.id, now=now, expires_at=now + timedelta(hours=1))
    link = f"/set_password/{value}"
    async with reader(place.at) as at, reader(place.at) as other:
        await other.open(link)
        await at.open(link)
        await at.press(link, password="short")
        refused = at.status
        await at.press(link, password="a new and long one")
        inside = at.path
        await other.open(link)

        assert refused == 422
        assert (inside, at.note) == ("/home", "Your new password is saved. You are signed in.")
        assert other.status == 404
        assert "This link does not work any more" in other.text
        assert (await other.sign_in(ada.handle, "a new and long one")).path == "/home"


async def test_signing_out_ends_the_session_itself(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        kept = dict(at.http.cookies)
        await at.open("/you")
        await at.press("/sign_out")
        note = at.note
        at.http.cookies.update(kept)

        assert note == "You are signed out."
        assert (await at.open("/home")).path.startswith("/sign_in")


async def test_who_is_asked_to_sign_in_comes_back_to_where_they_were(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at) as at:
        await at.open("/find?address=@ada")
        asked = at.path
        await at.press("/sign_in", login=ada.handle, password=PASSWORD)

        assert asked == "/sign_in?next=%2Ffind%3Faddress%3D%40ada"
        assert at.path == "/find?address=@ada"


async def connected(place: Place, redirect_uri: str) -> oauth.App:
    """An app that has registered."""
    async with place.at.db() as db:
        app, _ = await oauth.register(
            db,
            name="Ivory",
            redirect_uris=[redirect_uri],
            scopes=("read", "write:statuses"),
            website="https://ivory.example",
            now=place.at.site.now(),
        )
    return app


def question(app: oauth.App, **more: str) -> str:
    """Where the app sends somebody."""
    fields = {"client_id": app.client_id, "redirect_uri": app.redirect_uris[0], "response_type": "code", **more}
    return "/oauth/authorize?" + "&".join(f"{name}={value}" for name, value in fields.items())


async def test_an_app_is_let_in_after_signing_in_and_gets_its_state_back(place: Place) -> None:
    ada = await place.person("ada")
    app = await connected(place, "ivory://login")
    async with reader(place.at) as at:
        await at.open(question(app, scope="read+write:statuses", state="a%22b%26c"))
        sent_by = at.text
        await at.press("/sign_in", login=ada.handle, password=PASSWORD)
        consent, listed = at.all("h1"), at.all(".scopes li")
        answer = await at.http.post(
            "/oauth/authorize",
            data={
                field.attributes["name"] or "": field.attributes.get("value") or ""
                for field in at.page.css("main form input[type=hidden]")
            }
            | {"decision": "allow"},
        )

        assert "connect Ivory with your account" in sent_by
        assert consent == ["Connect Ivory?"]
        assert listed == ["Read everything you can read, your notices too", "Change: posts"]
        there = urlsplit(answer.headers["location"])
        assert (answer.status_code, f"{there.scheme}://{there.netloc}") == (303, "ivory://login")
        assert parse_qs(there.query)["state"] == ['a"b&c']
        assert len(parse_qs(there.query)["code"][0]) > 30


async def test_an_app_that_is_refused_hears_so(place: Place) -> None:
    ada = await place.person("ada")
    app = await connected(place, "https://app.example/back?a=b")
    async with reader(place.at, ada.handle) as at:
        await at.open(question(app, state="xyz").replace("?a=b", "%3Fa%3Db"))
        answer = await at.http.post(
            "/oauth/authorize",
            data={
                field.attributes["name"] or "": field.attributes.get("value") or ""
                for field in at.page.css("main form input[type=hidden]")
            }
            | {"decision": "deny"},
        )

    location = answer.headers["location"]
    assert location.startswith("https://app.example/back?a=b&error=access_denied&")
    assert parse_qs(urlsplit(location).query)["state"] == ["xyz"]


async def test_an_app_without_an_address_gets_a_code_to_type_in(place: Place) -> None:
    ada = await place.person("ada")
    app = await connected(place, oauth.OUT_OF_BAND)
    async with reader(place.at, ada.handle) as at:
        await at.open(question(app) + "&scope=read")
        await at.press("/oauth/authorize", decision="allow")

        assert at.status == 200
        (code,) = at.all("code.code")
        async with place.at.db() as db:
            grant, _ = await oauth.exchange_code(
                db, app, code=code, redirect_uri=oauth.OUT_OF_BAND, verifier=None, now=place.at.site.now()
            )
        assert (grant.account_id, grant.scopes) == (ada.id, ["read"])


async def test_an_app_may_ask_for_signing_in_again(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    app = await connected(place, oauth.OUT_OF_BAND)
    async with reader(place.at, ada.handle) as at:
        await at.open(question(app, force_login="true"))
        form = at.path
        await at.press("/sign_in", login=ben.handle, password=PASSWORD)

        assert form.startswith("/sign_in?")
        assert at.path.startswith("/oauth/authorize?")
        assert ben.full_handle in at.text


async def test_sessions_and_apps_are_listed_and_can_be_ended(place: Place) -> None:
    ada = await place.person("ada")
    app = await connected(place, oauth.OUT_OF_BAND)
    now = place.at.site.now()
    async with place.at.db() as db:
        _, token = await oauth.issue(db, app, ada.id, scopes=("read",), now=now)
    agent = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
    async with reader(place.at, ada.handle) as at, reader(place.at) as other:
        other.http.headers["User-Agent"] = agent
        await other.sign_in(ada.handle)
        await at.open("/settings/sign_ins")
        shown = at.text
        await at.press("/settings/sessions/end", session=at.attribute("button[name=session]", "value") or "")
        await at.open("/settings/access")
        shown += at.text
        await at.press("/settings/apps/revoke", app=str(app.id))
        async with place.at.client(token) as client:
            refused = await client.get("/api/v1/accounts/verify_credentials")

        assert "Firefox, Windows" in shown
        assert "Ivory" in shown
        assert (await other.open("/home")).path.startswith("/sign_in")
        assert refused.status_code == 401
        assert "No app is connected" in at.text


async def test_a_new_password_needs_the_present_one_and_ends_other_sessions(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at, reader(place.at, ada.handle) as other:
        await at.open("/settings/access")
        await at.press("/settings/password", current_password="not it at all", password="a new and long one")
        refused = (at.status, at.all("#wrong-current_password"))
        await at.press("/settings/password", current_password=PASSWORD, password="a new and long one")

        assert refused == (422, ["This is not your present password."])
        assert at.note == "Your new password is saved. All other sessions have ended."
        assert (await at.open("/home")).path == "/home"
        assert (await other.open("/home")).path.startswith("/sign_in")
