"""What one may not know of looks like what is not there; what is somebody's stays theirs: rows S094, S097, S108.

Answers are compared whole: status, headers and bytes, with nothing left out but the date, the number of the request,
and the id that the asker sent.
"""

import re
from collections.abc import Iterator

import httpx2 as httpx
import pytest

from fedcomm.accounts import oauth, scopes, sessions
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.http.router import Route
from tests.kit import plain_http
from tests.running import MakeDatabase, instance
from tests.security.cast import FAR, Cast, Exhibit, Viewer
from tests.security.front_door import front_door
from tests.security.route_rules import Asking, is_asked_by, path_of, rule_of, table

pytestmark = pytest.mark.asyncio(loop_scope="module")

ABOUT_POSTS = ("a post", "about a post", "changes a post")
NOT_COMPARED = ("date", "x-request-id", "x-ratelimit-remaining")


def same(answer: httpx.Response, *sent: str) -> tuple[int, list[tuple[str, str]], str]:
    """An answer without what differs each time, and without what the asker sent."""
    text = answer.text
    heads = sorted((name, value) for name, value in answer.headers.multi_items() if name not in NOT_COMPARED)
    for word in sent:
        text = text.replace(word, "SENT")
        heads = [(name, value.replace(word, "SENT")) for name, value in heads]
    text = re.sub(r'(csrf_token" value=")[^"]*"', r'\1"', text)
    heads = [(name, re.sub(r"(_form)=[^;]*", r"\1=", value)) for name, value in heads]
    return answer.status_code, heads, text


def missing(each: Exhibit) -> str:
    """An id near that of a post, of which there is none."""
    return str(each.post.id ^ 1 << 15)


@pytest.mark.parametrize("viewer", ["visitor", "member", "groupmate", "far_stranger", "far_follower"])
async def test_s094_a_hidden_post_and_a_missing_one_get_the_same_answer(cast: Cast, viewer: Viewer) -> None:
    readable = cast.readable(viewer)
    hidden = [each for each in cast.exhibits if each.canary not in readable and each.row != "deleted"]
    assert len(hidden) > 5
    async with plain_http.client() as http:
        asking = Asking(cast, viewer, http)
        for route, method in table():
            is_one = route.path in ("/t/{id:int}", "/a/{id:int}") and method == "GET"
            if not is_asked_by(viewer, route) or (viewer in FAR and method != "GET"):
                continue
            if rule_of(route, method) not in ABOUT_POSTS and not is_one:
                continue
            for each in hidden:
                url, other = path_of(cast, route, each), missing(each)
                there = await asking.ask(route, url, method)
                nowhere = await asking.ask(route, url.replace(str(each.post.id), other), method)
                assert same(there, str(each.post.id)) == same(nowhere, other), (method, url, each.row, each.place)


NAMED = {
    "/api/v1/statuses": "/api/v1/statuses?id[]=ID",
    "/api/v2/search": "/api/v2/search?resolve=true&q=URI",
    "/find": "/find?q=URI",
    "/compose": "/compose?reply_to=ID",
    "/authorize_interaction": "/authorize_interaction?uri=URI",
    "/interact": "/interact?uri=URI",
}


@pytest.mark.parametrize("viewer", ["visitor", "member", "groupmate"])
async def test_s094_nor_does_naming_it_elsewhere_tell(cast: Cast, viewer: Viewer) -> None:
    readable = cast.readable(viewer)
    async with plain_http.client() as http:
        asking = Asking(cast, viewer, http)
        for route, method in table():
            if method != "GET" or route.path not in NAMED:
                continue
            for each in cast.exhibits:
                if each.canary in readable or each.row == "deleted":
                    continue
                answers = [
                    same(await asking.ask(route, NAMED[route.path].replace("URI", uri).replace("ID", id_)), id_)
                    for id_ in (str(each.post.id), missing(each))
                    for uri in [cast.at.here.post_uri(int(id_))]
                ]
                assert answers[0] == answers[1], (route.path, each.row, each.place)


@pytest.mark.parametrize("viewer", ["member", "groupmate"])
async def test_s094_nor_does_answering_it(cast: Cast, viewer: Viewer) -> None:
    readable = cast.readable(viewer)
    async with plain_http.client() as http:
        asking = Asking(cast, viewer, http)
        (route,) = (route for route, method in table() if (route.path, method) == ("/api/v1/statuses", "POST"))
        for each in cast.exhibits:
            if each.canary in readable or each.row == "deleted":
                continue
            there, nowhere = [
                await asking.ask(route, route.path, "POST", {"status": "Hello", "in_reply_to_id": id_})
                for id_ in (str(each.post.id), missing(each))
            ]
            assert there.status_code in (404, 422)
            assert same(there, str(each.post.id)) == same(nowhere, missing(each)), (each.row, each.place)


async def test_s094_an_account_that_waits_for_approval_looks_like_none(cast: Cast) -> None:
    handle, nobody = cast.people["pending"].handle, "our_nobodyy"
    id_, no_id = str(cast.people["pending"].id), str(cast.people["pending"].id ^ 1 << 15)
    assert len(handle) == len(nobody)
    assert len(id_) == len(no_id)
    paths = [
        "/u/NAME", "/u/NAME/outbox", "/u/NAME/followers", "/u/NAME/following", "/u/NAME/featured", "/@NAME",
        "/groups/NAME", "/.well-known/webfinger?resource=acct:NAME@" + cast.at.domain,
        f"/.well-known/webfinger?resource={cast.at.url}/u/NAME", f"/.well-known/webfinger?resource={cast.at.url}/@NAME",
        "/api/v1/accounts/lookup?acct=NAME", "/api/v1/accounts/ID", "/api/v1/accounts/ID/statuses",
        "/api/v1/accounts/ID/followers", "/api/v1/accounts/ID/following", "/api/v1/accounts?id[]=ID",
        "/api/v1/accounts/relationships?id[]=ID", "/api/v1/accounts/search?q=NAME", "/api/v2/search?q=NAME",
        "/media/avatars/ID/1.png", "/media/headers/ID/1.png",
    ]  # fmt: skip
    async with plain_http.client() as http:

        async def pair(method: str, path: str, accept: str) -> list[tuple[int, list[tuple[str, str]], str]]:
            answers: list[tuple[int, list[tuple[str, str]], str]] = []
            for name, number in ((handle, id_), (nobody, no_id)):
                http.cookies.clear()
                url = cast.at.url + path.replace("NAME", name).replace("ID", number)
                headers = {"Accept": accept, "Authorization": f"Bearer {cast.tokens['member']}"}
                answers.append(same(await http.request(method, url, headers=headers), name, number))
            return answers

        for path in paths:
            for accept in ("application/activity+json", "text/html", "*/*"):
                there, nowhere = await pair("GET", path, accept)
                assert there == nowhere, (path, accept)
        for path in ("/u/NAME/inbox", "/api/v1/accounts/ID/follow", "/api/v1/accounts/ID/unfollow"):
            there, nowhere = await pair("POST", path, "*/*")
            assert there == nowhere, path


async def test_s097_what_belongs_to_somebody_is_404_to_others_and_stays_as_it_is(cast: Cast) -> None:
    """Every route of the client API and of pages that has an id, with what the author owns, asked by another member."""
    async with cast.at.site.read() as db:
        notification = await db.fetchval("SELECT id FROM notification WHERE account_id = $1 LIMIT 1", cast.author.id)
    assert notification is not None
    post = cast.pick("public").post.id
    before = await _contents(cast)
    async with plain_http.client() as http:
        asking = Asking(cast, "member", http)
        for route, method, url in _owned(cast, notification, post):
            answer = await asking.ask(route, url, method)
            assert answer.status_code in (403, 404, 422), (method, url, answer.status_code, answer.text[:200])
            if "notifications" in url:
                assert answer.status_code == 404, url
    assert await _contents(cast) == before


def _owned(cast: Cast, notification: int, post: int) -> Iterator[tuple[Route, str, str]]:
    """The routes that name something of somebody's: theirs to read, or theirs to change."""
    owned = {
        "/api/v1/notifications/{id:int}": notification,
        "/api/v1/notifications/{id:int}/dismiss": notification,
        "/api/v1/lists/{id:int}": cast.group.id,
        "/api/v1/lists/{id:int}/accounts": cast.group.id,
        "/api/v1/timelines/list/{id:int}": cast.group.id,
        "/api/v1/statuses/{id:int}/source": post,
        "/api/v1/follow_requests/{id:int}/authorize": cast.people["follower"].id,
        "/api/v1/follow_requests/{id:int}/reject": cast.people["follower"].id,
        "/p/{id:int}/edit": post,
        "/p/{id:int}/delete": post,
        "/p/{id:int}/remove": post,
        "/p/{id:int}/measures": post,
        "/p/{id:int}/stop_carrying": post,
    }
    for route, method in table():
        if route.path in owned:
            yield route, method, route.path.replace("{id:int}", str(owned[route.path]))
        elif route.path == "/api/v1/statuses/{id:int}" and method != "GET":
            yield route, method, f"/api/v1/statuses/{post}"


async def test_s097_sessions_apps_and_tokens_of_others_cannot_be_ended(cast: Cast) -> None:
    now = cast.at.site.now()
    async with cast.at.site.read() as db:
        (theirs, *_) = await sessions.of_account(db, cast.author.id, now=now)
        app_id = await db.fetchval("SELECT app_id FROM oauth_token WHERE account_id = $1", cast.author.id)
    async with cast.at.db() as db:
        mallory, secret = await oauth.register(
            db, name="Mallory", redirect_uris=[oauth.OUT_OF_BAND], scopes=scopes.parse("read"), website=None, now=now
        )
    async with cast.at.client(cast.tokens["author"]) as client:
        assert (await client.get("/api/v1/accounts/verify_credentials")).status_code == 200  # notes that it is used
    before = await _contents(cast)
    async with plain_http.client() as http:
        asking = Asking(cast, "member", http)
        posting = {route.path: route for route, method in table() if method == "POST"}
        for path, fields in (
            ("/settings/sessions/end", {"session": str(theirs.id)}),
            ("/settings/apps/revoke", {"app": str(app_id)}),
        ):
            answer = await asking.ask(posting[path], path, "POST", fields)
            assert answer.status_code in (303, 404), (path, answer.text[:300])
        stolen = {"client_id": mallory.client_id, "client_secret": secret, "token": cast.tokens["author"]}
        await http.post(cast.at.url + "/oauth/revoke", data=stolen)
        still = await http.get(
            cast.at.url + "/api/v1/accounts/verify_credentials",
            headers={"Authorization": f"Bearer {cast.tokens['author']}"},
        )
        assert still.status_code == 200
    assert await _contents(cast) == before


async def _contents(cast: Cast) -> dict[str, str]:
    """What stands in the tables that people own something in, as one number each."""
    async with cast.at.site.read() as db:
        return {table: await _content(db, table) for table in OWNED}


OWNED = (
    "post post_version post_mention post_tag notification follow membership session oauth_token oauth_app login account"
    " carry boost favourite bookmark group_list_setting marker"
).split()


async def _content(db: Connection, table: str) -> str:
    return await db.fetchval(f"SELECT COALESCE(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t")


async def test_s108_where_somebody_was_nobody_else_ever_is(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_REGISTRATIONS="open") as at, front_door(at) as door:
        gone, founder = await at.person("gone"), await at.person("frida")
        async with at.db() as db:
            await db.execute("UPDATE account SET state = 'deleted', name = '' WHERE id = $1", gone.id)
            await db.execute("DELETE FROM login WHERE account_id = $1", gone.id)

        for path in ("/u/gone", "/u/GONE", f"/.well-known/webfinger?resource=acct:gone@{at.domain}"):
            answer = await door.client.get(at.url + path, headers={"Accept": "application/activity+json"})
            assert answer.status_code == 410, path
        assert (await door.knock(inbox=gone.inbox_url)).status == 410
        assert (await door.client.get(at.url + "/@gone", headers={"Accept": "text/html"})).status_code in (404, 410)
        for spelling in ("gone", "Gone", "GONE"):
            with pytest.raises(Invalid):
                await at.person(spelling)
            with pytest.raises(Invalid):
                await at.group(founder, spelling)
