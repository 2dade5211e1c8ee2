"""A real client library drives a real instance over HTTP: every call that Mastodon.py has for what is there.

Which endpoints it lacks a call for is worked out from what it asked; those are driven by plain HTTP. Every answer of
both is checked against the contract.
"""

import asyncio
import io
import re
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from fedcomm.api import levels, routing
from tests.api import clients
from tests.conftest import MakeDatabase
from tests.kit.push_services import Ears
from tests.running import ALL_SCOPES, PASSWORD, Instance, instance
from tests.security.browser import browser, hidden_fields

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the library, when it is imported
    import mastodon as library

Library = Any
"""Mastodon.py has types for its answers, but not for how it is made."""

SCOPES = ["read", "write", "follow", "push", "profile"]
REFUSALS = (library.MastodonAPIError,)


class Asked:
    """Which endpoints were asked for, and a session that looks at every answer."""

    def __init__(self) -> None:
        self.routes: set[tuple[str, str]] = set()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.hooks["response"] = [self._look]

    def _look(self, response: requests.Response, **_options: object) -> None:
        path = urlsplit(str(response.request.url)).path
        method = str(response.request.method)
        self.note(method, path)
        clients.check(method, path, response.status_code, response.content)

    def note(self, method: str, path: str) -> None:
        """Remember the route of a request."""
        for at, form in _FORMS:
            if at[0] == method and form.fullmatch(path.rstrip("/")):
                self.routes.add(at)
                return


_FORMS = sorted(
    (
        ((method, route.path), re.compile(re.sub(r"{[a-z]+:int}", "[0-9]+", re.sub(r"{[a-z]+}", "[^/]+", route.path))))
        for route in routing.routes
        for method in route.methods
    ),
    key=lambda each: "{" in each[0][1],
)


@contextmanager
def opened() -> Generator[Asked]:
    asked = Asked()
    try:
        yield asked
    finally:
        asked.session.close()


def registered(asked: Asked, url: str) -> Library:
    """The library with an app of its own, before anybody has signed in."""
    client_id, secret = library.Mastodon.create_app(
        "Mastodon.py", scopes=SCOPES, api_base_url=url, website="https://client.example", session=asked.session
    )
    return library.Mastodon(client_id, secret, api_base_url=url, session=asked.session, ratelimit_method="throw")


async def signed_in(here: Instance, client: Library, handle: str) -> None:
    """Sign in as a person would: the app's page in a browser, consent, the code back into the app."""
    url = await asyncio.to_thread(client.auth_request_url, scopes=SCOPES, allow_http=True)
    async with browser(here) as there:
        await there.sign_in(handle, PASSWORD)
        page = await there.http.get(url)
        answer = await there.http.post("/oauth/authorize", data=hidden_fields(page.text) | {"decision": "allow"})
    code = max(re.findall(r"[A-Za-z0-9_-]{43}", answer.text), key=len)
    await asyncio.to_thread(client.log_in, code=code, scopes=SCOPES, allow_http=True)


async def test_mastodon_py_makes_every_call_it_has(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with instance(await database_url(), tmp_path, FEDCOMM_REGISTRATIONS="open", FEDCOMM_RATE_LIMITS="on") as here:
        olga = await here.person("olga", role="owner", password=PASSWORD)
        await here.person("ben", password=PASSWORD)
        group = await here.group(olga, "bakers")
        with opened() as asked:
            ada_app = await asyncio.to_thread(registered, asked, here.url)
            ben_app = await asyncio.to_thread(registered, asked, here.url)
            await asyncio.to_thread(_sign_up, ada_app)
            await signed_in(here, ada_app, "ada")
            await signed_in(here, ben_app, "ben")
            await asyncio.to_thread(_before, ada_app, ben_app, group.handle)
            picture = await asyncio.to_thread(_upload, ada_app)
            await here.settle()
            await asyncio.to_thread(_attach, ada_app, picture)
            await asyncio.to_thread(_after, ada_app, ben_app)
            await asyncio.to_thread(ada_app.revoke_access_token, allow_http=True)

            lacking = {(method, route.path) for route in routing.routes for method in route.methods} - asked.routes
            assert lacking == set(PLAIN), "what Mastodon.py lacks, and what is driven without it"
            cleo = await here.person("cleo", role="owner")
            token = await here.token(cleo, f"{ALL_SCOPES} admin:read admin:write")
            await _drive_plainly(here, token, group.id)


def _sign_up(ada: Library) -> None:
    token = ada.create_account("ada", PASSWORD, "ada@company.example", agreement=True, scopes=SCOPES)
    assert ada.me()["acct"] == "ada"
    assert ada.access_token == token
    for wrong in ({"username": "a b"}, {"email": "none"}, {"password": "short"}, {"agreement": False}):
        given: dict[str, Any] = {
            "username": "zoe", "password": PASSWORD, "email": "zoe@company.example", "agreement": True
        } | wrong  # fmt: skip
        created, error = ada.create_account(**given, scopes=SCOPES, return_detailed_error=True)
        assert created is None
        assert [field for field, found in error["details"].items() if found] == list(wrong)


def _before(ada: Library, ben: Library, handle: str) -> None:
    """Everything up to what has to settle."""
    _instance(ada)
    me, other = ada.account_verify_credentials(), ben.me()
    group = ada.account_lookup(handle)
    assert ada.account(me)["id"] == me["id"]
    assert [each["id"] for each in ada.accounts([me, other])] == [me["id"], other["id"]]
    changed = ada.account_update_credentials(
        display_name="Ada", note="Baker", fields=[("Town", "Ulm")], locked=True, bot=False, discoverable=True
    )
    assert (changed["display_name"], changed["fields"][0]["value"]) == ("Ada", "Ulm")
    _follow(ada, ben, me, other, group)
    _write(ada, ben, group, handle)


def _instance(ada: Library) -> None:
    assert ada.instance_v2()["domain"] == ada.instance_v1()["uri"]
    assert ada.instance()["title"]
    assert ada.retrieve_mastodon_version() == levels.COMPATIBLE_WITH
    with pytest.raises(REFUSALS):
        ada.email_resend_confirmation()
    with pytest.raises(REFUSALS):
        ada.timeline_link("https://nobody.example/")
    assert ada.instance_nodeinfo()["software"]["name"] == "fedcomm"
    assert ada.oauth_authorization_server_info()["code_challenge_methods_supported"] == ["S256"]
    assert ada.app_verify_credentials()["name"] == "Mastodon.py"
    assert ada.instance_rules() == []
    assert ada.instance_peers() == []
    assert ada.instance_extended_description()["content"] == ""
    assert ada.instance_translation_languages() == {}
    assert {"code": "de", "name": "German"} in ada.instance_languages()
    assert ada.stream_healthy()
    assert ada.instance_health()
    with pytest.raises(REFUSALS):
        ada.instance_terms_of_service()
    assert ada.preferences()["posting:default:visibility"] == "public"
    empty: list[Callable[[], Any]] = [
        ada.announcements, ada.blocks, ada.conversations, ada.custom_emojis, ada.domain_blocks,
        ada.featured_tags, ada.filters, ada.filters_v2, ada.followed_tags, ada.mutes, ada.scheduled_statuses,
        ada.follow_requests, ada.lists, ada.notifications,
        ada.trending_tags, ada.trends, ada.trending_links, ada.trending_statuses, ada.instance_domain_blocks,
    ]  # fmt: skip
    for call in empty:
        assert call() == [], call
    _push(ada)
    _policy(ada)


def _policy(ada: Library) -> None:
    changed = ada.update_notifications_policy(for_not_following="filter", for_new_accounts="drop")
    assert (changed["for_not_following"], changed["for_new_accounts"]) == ("filter", "drop")
    assert ada.update_notifications_policy(for_not_following="accept", for_new_accounts="accept")
    assert ada.notifications_policy()["for_not_following"] == "accept"
    assert ada.notification_requests() == []
    assert ada.notifications_merged()
    for refused in (ada.notification_request, ada.accept_notification_request, ada.dismiss_notification_request):
        with pytest.raises(library.MastodonNotFoundError):
            refused(1)


def _push(ada: Library) -> None:
    with pytest.raises(library.MastodonNotFoundError):
        ada.push_subscription()
    ears = Ears(ec.generate_private_key(ec.SECP256R1()), bytes(16))
    keys = {"pubkey": ears.public, "auth": ears.auth}
    made = ada.push_subscription_set("http://localhost:9999/push", keys, mention_events=True)
    assert (made["alerts"]["mention"], made["alerts"]["follow"]) == (True, False)
    assert ada.push_subscription_update(follow_events=True, policy="follower")["alerts"]["follow"]
    assert ada.push_subscription()["policy"] == "follower"
    ada.push_subscription_delete()


def _follow(ada: Library, ben: Library, me: Any, other: Any, group: Any) -> None:
    assert ben.account_follow(me)["requested"]
    assert [each["id"] for each in ada.follow_requests()] == [other["id"]]
    assert ada.follow_request_authorize(other)["followed_by"]
    assert ada.account_remove_from_followers(other)["followed_by"] is False
    ben.account_follow(me)
    assert ada.follow_request_reject(other)["followed_by"] is False
    assert ada.account_follow(other, reblogs=False, notify=True)["notifying"]
    assert ada.account_pin(other)["endorsed"]
    assert [each["id"] for each in ada.endorsements()] == [other["id"]]
    assert ada.account_unpin(other)["endorsed"] is False
    assert [each["id"] for each in ada.account_following(me)] == [other["id"]]
    assert [each["id"] for each in ada.account_followers(other)] == [me["id"]]
    assert ada.account_unfollow(other)["following"] is False
    assert ada.account_mute(other, notifications=False, duration=60)["muting"]
    assert [each["id"] for each in ada.mutes()] == [other["id"]]
    assert ada.account_unmute(other)["muting"] is False
    assert ada.account_block(other)["blocking"]
    assert [each["id"] for each in ada.blocks()] == [other["id"]]
    assert ada.account_unblock(other)["blocking"] is False
    assert ada.account_note_set(other, "Met in Ulm")["note"] == "Met in Ulm"
    assert [each["id"] for each in ada.directory(order="new", local=True)][:2] == [group["id"], me["id"]]
    ada.domain_block("far.example")
    assert ada.domain_blocks() == ["far.example"]
    ada.domain_unblock("far.example")
    assert [each["id"] for each in ada.suggestions_v1()] == [group["id"]]
    assert [each["sources"] for each in ada.suggestions_v2()] == [["most_followed"]]
    ada.suggestion_delete(group)
    assert ada.suggestions_v2() == []
    assert ada.account_follow(group, notify=True)["following"]
    assert ben.account_follow(group)["following"]
    assert ada.account_relationships([group, other])[0]["following"]
    assert ada.account_familiar_followers(other)[0]["accounts"] == []
    assert ada.account_featured_tags(other) == []
    assert [each["acct"] for each in ada.account_search("ben")] == ["ben"]
    assert ada.report(other, comment="Look", category="spam")["category"] == "spam"
    _filter(ada)
    used = ada.status_post("Fresh #bread")
    tag = ada.featured_tag_create("bread")
    assert [each["name"] for each in ada.featured_tags()] == ["bread"]
    assert ada.featured_tag_suggestions() == []
    ada.featured_tag_delete(tag)
    ada.status_delete(used)
    assert [each["title"] for each in ada.account_lists(group)] == ["Group: Bakers"]


def _filter(ada: Library) -> None:
    made = ada.create_filter_v2("Ovens", ["home", "public"], "warn", 3_600, [{"keyword": "oven", "whole_word": True}])
    assert ada.filter_v2(made)["keywords"][0]["keyword"] == "oven"
    assert ada.update_filter_v2(made, title="No ovens")["title"] == "No ovens"
    word = ada.add_filter_keyword_v2(made, "bread")
    assert len(ada.filter_keywords_v2(made)) == 2
    assert [each["phrase"] for each in ada.filters()] == ["oven", "bread"]
    assert ada.filter(word)["phrase"] == "bread"
    ada.delete_filter_keyword_v2(word)
    post = ada.status_post("Something", visibility="direct")
    entry = ada.add_filter_status_v2(made, post)
    assert ada.filter_statuses_v2(made)[0]["status_id"] == post["id"]
    assert ada.filter_status_v2(entry)["id"] == entry["id"]
    assert ada.status(post)["filtered"][0]["status_matches"] == [post["id"]]
    ada.delete_filter_status_v2(entry)
    ada.delete_filter_v2(made)
    first = ada.filter_create("kiln", ["home"], irreversible=True, whole_word=True)
    assert ada.filter_update(first, phrase="kilns", context=["public"])["context"] == ["public"]
    ada.filter_delete(first)
    (talk,) = ada.conversations()
    assert talk["last_status"]["id"] == post["id"]
    assert ada.conversations_read(talk)["unread"] is False
    later = ada.status_post("Bread tomorrow", scheduled_at=datetime.now(UTC) + timedelta(days=1))
    assert [each["params"]["text"] for each in ada.scheduled_statuses()] == ["Bread tomorrow"]
    sooner = ada.scheduled_status_update(later, datetime.now(UTC) + timedelta(hours=1))
    assert ada.scheduled_status(sooner)["scheduled_at"] < later["scheduled_at"]
    ada.scheduled_status_delete(later)


def _write(ada: Library, ben: Library, group: Any, handle: str) -> None:
    thread = ben.status_post(f"@{handle} Which oven?\nOurs broke. #ovens", idempotency_key="one")
    assert ben.status_post("Twice", idempotency_key="one")["id"] == thread["id"]
    reply = ada.status_reply(thread, "The red one.")
    assert reply["in_reply_to_id"] == thread["id"]
    assert ada.status(thread)["replies_count"] == 1
    assert [each["id"] for each in ada.statuses([thread, reply])] == [thread["id"], reply["id"]]
    assert [each["id"] for each in ada.status_context(thread)["descendants"]] == [reply["id"]]
    assert ben.tag_feature("ovens")["featuring"]
    assert ben.tag_unfeature("ovens")["featuring"] is False
    quote = ada.status_post("See this", quoted_status_id=thread, quote_approval_policy="followers")
    assert [each["id"] for each in ben.status_quotes(thread)] == [quote["id"]]
    assert ben.status_quote_revoke(thread, quote)["quote"]["state"] == "revoked"
    assert ada.status_update_quote_approval_policy(quote, "nobody")["quote_approval"]["automatic"] == []
    ada.status_delete(quote)
    assert ada.status_favourite(thread)["favourited"]
    assert ada.status_reblog(thread)["reblog"]["id"] == thread["id"]
    assert ada.status_bookmark(thread)["bookmarked"]
    assert ben.status_pin(thread)["pinned"]
    assert ben.status_unpin(thread)["pinned"] is False
    assert ada.status_mute(thread)["muted"]
    assert ada.status_unmute(thread)["muted"] is False
    assert [each["acct"] for each in ada.status_favourited_by(thread)] == ["ada"]
    assert [each["acct"] for each in ada.status_reblogged_by(thread)] == ["ada"]
    assert [each["id"] for each in ada.bookmarks()] == [thread["id"]]
    assert [each["id"] for each in ada.favourites()] == [thread["id"]]
    assert ada.status_source(reply)["text"].endswith("The red one.")
    assert ada.status_update(reply, "The blue one.")["edited_at"]
    assert len(ada.status_history(reply)) == 2
    poll = ben.make_poll(["Red", "Blue"], expires_in=300, multiple=True)
    asked = ben.status_post("Which oven?", visibility="unlisted", poll=poll)
    assert ada.poll(asked["poll"])["expired"] is False
    assert ada.poll_vote(asked["poll"], [0, 1])["own_votes"] == [0, 1]
    _timelines(ada, thread, group)


def _upload(ada: Library) -> Any:
    """A picture that is not ready yet."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), (23, 97, 79)).save(out, "PNG")
    sent = ada.media_post(out.getvalue(), "image/png", description="An oven", focus=(0.5, 0.5))
    assert (sent["url"], sent["type"]) == (None, "image")
    assert ada.media_update(sent, description="The red oven")["description"] == "The red oven"
    return sent


def _attach(ada: Library, picture: Any) -> None:
    """The picture, ready by now, in a post."""
    assert ada.media(picture)["url"]
    (attached,) = ada.status_post("Look.", media_ids=[picture])["media_attachments"]
    assert (attached["id"], attached["description"]) == (picture["id"], "The red oven")


def _timelines(ada: Library, thread: Any, group: Any) -> None:
    (wrapper,) = [each for each in ada.timeline_home() if each["reblog"] and each["account"]["id"] == group["id"]]
    assert wrapper["reblog"]["id"] == thread["id"]
    assert ada.status(wrapper)["reblog"]["id"] == thread["id"]
    assert thread["id"] in [each["id"] for each in ada.timeline_public()]
    assert thread["id"] in [each["id"] for each in ada.timeline_local()]
    assert [each["id"] for each in ada.timeline_hashtag("ovens")] == [thread["id"]]
    (listed,) = ada.lists()
    assert ada.list(listed)["title"] == "Group: Bakers"
    assert [each["id"] for each in ada.timeline_list(listed)] == [thread["id"]]
    assert [each["id"] for each in ada.list_accounts(listed)] == [group["id"]]
    assert ada.list_update(listed, "Group: Bakers", exclusive=True)["exclusive"]
    for refused in (
        lambda: ada.list_accounts_add(listed, [group]),
        lambda: ada.list_accounts_delete(listed, [group]),
        lambda: ada.list_delete(listed),
    ):
        with pytest.raises(REFUSALS):
            refused()
    mine = ada.list_create("Mine", replies_policy="none", exclusive=True)
    ada.list_accounts_add(mine, [group])
    assert [each["id"] for each in ada.list_accounts(mine)] == [group["id"]]
    assert [each["title"] for each in ada.account_lists(group)] == ["Mine", "Group: Bakers"]
    assert [each["id"] for each in ada.timeline_list(mine)] == [thread["id"]]
    ada.list_accounts_delete(mine, [group])
    ada.list_delete(mine)
    statuses = ada.account_statuses(group, exclude_replies=True)
    assert [each["reblog"]["id"] for each in statuses] == [thread["id"]]
    assert ada.fetch_next(ada.timeline_public(limit=1)) is not None
    assert len(ada.fetch_remaining(ada.timeline_public(limit=1))) == 1
    found = ada.search_v2(thread["url"])
    assert [each["id"] for each in found["statuses"]] == [thread["id"]]
    assert ada.search("ovens", result_type="hashtags")["hashtags"][0]["name"] == "ovens"
    assert ada.tag("ovens")["following"] is False
    assert ada.tag_follow("ovens")["following"]
    assert [each["name"] for each in ada.followed_tags()] == ["ovens"]
    assert ada.tag_unfollow("ovens")["following"] is False


def _after(ada: Library, ben: Library) -> None:
    """What follows from all that, and taking it back."""
    told = ben.notifications()
    assert {each["type"] for each in told} >= {"mention", "favourite", "reblog"}
    assert ben.notifications(told[0])["id"] == told[0]["id"]
    assert ben.notifications_unread_count()["count"] == len(told)
    grouped = ben.grouped_notifications()["notification_groups"]
    assert ben.unread_grouped_notifications_count() == len(grouped)
    key = grouped[0]["group_key"]
    assert ben.grouped_notification(key)["notification_groups"][0]["group_key"] == key
    assert [each["acct"] for each in ben.grouped_notification_accounts(key)] == ["ada"]
    ben.dismiss_grouped_notification(key)
    ben.notifications_dismiss(ben.notifications()[0])
    ben.notifications_clear()
    assert ben.notifications() == []
    (thread,) = ada.bookmarks()
    assert ada.markers_set("home", thread)["home"]["last_read_id"] == thread["id"]
    assert ada.markers_get("home")["home"]["version"] == 1
    assert ada.status_unfavourite(thread)["favourites_count"] == 0
    assert ada.status_unreblog(thread)["reblogs_count"] == 0
    assert ada.status_unbookmark(thread)["bookmarked"] is False
    assert ben.status_delete(thread)["text"].startswith("Which oven?")


PLAIN: Mapping[tuple[str, str], tuple[int, Mapping[str, Any]]] = {
    ("GET", "/oauth/userinfo"): (200, {}),
    ("POST", "/oauth/userinfo"): (200, {}),
    ("PUT", "/api/v1/accounts/update_credentials"): (200, {"data": {"display_name": "Cleo"}}),
    ("PATCH", "/api/v1/lists/{id:int}"): (200, {"json": {"exclusive": False}}),
    ("POST", "/api/v1/media"): (422, {}),
    ("PATCH", "/api/v1/media/{id:int}"): (404, {"json": {"description": "x"}}),
    ("DELETE", "/api/v1/media/{id:int}"): (404, {}),
    ("PATCH", "/api/v1/statuses/{id:int}"): (404, {"json": {"status": "x"}}),
    ("GET", "/api/v1/accounts/{id:int}/endorsements"): (200, {}),
    **{("POST", f"/api/v1/accounts/{{id:int}}/{verb}"): (200, {}) for verb in ("endorse", "unendorse")},
    ("GET", "/api/oembed"): (404, {}),
    ("GET", "/api/v1/trends"): (200, {}),
    ("GET", "/api/openapi.json"): (200, {}),
    ("GET", "/api/fedcomm/v1/groups"): (200, {}),
    ("POST", "/api/fedcomm/v1/groups"): (422, {}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}"): (200, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/join"): (200, {}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/threads"): (200, {}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/members"): (200, {}),
    ("PATCH", "/api/fedcomm/v1/groups/{id:int}/members/{account:int}"): (403, {"json": {"role": "moderator"}}),
    ("PUT", "/api/fedcomm/v1/groups/{id:int}/members/{account:int}"): (403, {"json": {"role": "moderator"}}),
    ("DELETE", "/api/fedcomm/v1/groups/{id:int}/members/{account:int}"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/other_names"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/move"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/come_back"): (403, {}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/bans"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/bans"): (403, {}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/pauses"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/pauses"): (403, {}),
    ("DELETE", "/api/fedcomm/v1/groups/{id:int}/pauses/{account:int}"): (403, {}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/notes"): (200, {}),
    ("DELETE", "/api/fedcomm/v1/groups/{id:int}/notes/{item:int}"): (404, {}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/hidden"): (200, {}),
    **{
        ("POST", f"/api/fedcomm/v1/statuses/{{id:int}}/{what}"): (404, {"json": {"reason": "x"}})
        for what in ("hide", "show_again", "note", "ask_to_edit")
    },
    ("DELETE", "/api/fedcomm/v1/groups/{id:int}/bans/{account:int}"): (403, {}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/requests"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/requests/{account:int}/approve"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/requests/{account:int}/reject"): (403, {}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/carries"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/carries/{carry:int}/accept"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/carries/{carry:int}/decline"): (403, {}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/moves"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/moves/{move:int}/accept"): (403, {}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/moves/{move:int}/decline"): (403, {}),
    ("PATCH", "/api/fedcomm/v1/groups/{id:int}"): (403, {"json": {"name": "Mine"}}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/leave"): (200, {}),
    ("GET", "/api/fedcomm/v1/threads/{id:int}"): (404, {}),
    ("POST", "/api/fedcomm/v1/threads/{id:int}/lock"): (404, {}),
    ("POST", "/api/fedcomm/v1/threads/{id:int}/unlock"): (404, {}),
    ("POST", "/api/fedcomm/v1/threads/{id:int}/pin"): (404, {}),
    ("POST", "/api/fedcomm/v1/threads/{id:int}/move"): (404, {"json": {"group_id": "1"}}),
    ("POST", "/api/fedcomm/v1/threads/{id:int}/unpin"): (404, {}),
    ("POST", "/api/fedcomm/v1/statuses/{id:int}/crosspost"): (404, {}),
    ("POST", "/api/fedcomm/v1/statuses/{id:int}/react"): (404, {"json": {"emoji": "👍"}}),
    ("POST", "/api/fedcomm/v1/statuses/{id:int}/remove"): (404, {"json": {"reason": "x"}}),
    ("POST", "/api/fedcomm/v1/statuses/{id:int}/restore"): (404, {}),
    ("GET", "/api/v1/profile"): (200, {}),
    ("PUT", "/api/v1/profile"): (200, {"data": {"display_name": "Cleo"}}),
    ("PATCH", "/api/v1/profile"): (200, {"json": {"note": "Baker"}}),
    ("DELETE", "/api/v1/profile/avatar"): (200, {}),
    ("DELETE", "/api/v1/profile/header"): (200, {}),
    ("GET", "/api/v1/peers/search"): (200, {"params": {"q": "far"}}),
    ("GET", "/api/v1/accounts/{id:int}/collections"): (200, {}),
    ("GET", "/api/v1/accounts/{id:int}/in_collections"): (403, {}),
    ("POST", "/api/v1/collections"): (200, {"json": {"name": "Friends"}}),
    ("GET", "/api/v1/collections/{id:int}"): (404, {}),
    ("PATCH", "/api/v1/collections/{id:int}"): (404, {}),
    ("PUT", "/api/v1/collections/{id:int}"): (404, {}),
    ("DELETE", "/api/v1/collections/{id:int}"): (404, {}),
    ("POST", "/api/v1/collections/{id:int}/items"): (404, {}),
    ("DELETE", "/api/v1/collections/{id:int}/items/{item:int}"): (404, {}),
    ("POST", "/api/v1/collections/{id:int}/items/{item:int}/revoke"): (404, {}),
    ("GET", "/api/v1/annual_reports"): (200, {}),
    ("GET", "/api/v1/annual_reports/{year:int}"): (404, {}),
    ("GET", "/api/v1/annual_reports/{year:int}/state"): (200, {}),
    ("POST", "/api/v1/annual_reports/{year:int}/generate"): (200, {}),
    ("POST", "/api/v1/annual_reports/{year:int}/read"): (404, {}),
    ("POST", "/api/v1/statuses/{id:int}/translate"): (404, {}),
    ("GET", "/api/v1/accounts/{id:int}/identity_proofs"): (200, {}),
    ("GET", "/api/v1/emails/check_confirmation"): (200, {}),
    ("DELETE", "/api/v1/conversations/{id:int}"): (404, {}),
    ("POST", "/api/v1/conversations/{id:int}/unread"): (404, {}),
    ("GET", "/api/v1/instance/privacy_policy"): (404, {}),
    ("POST", "/api/v2/notifications/clear"): (200, {}),
    ("DELETE", "/api/v1/notifications/destroy_multiple"): (200, {"params": {"ids[]": "1"}}),
    ("GET", "/api/v1/instance/terms_of_service/{date}"): (404, {}),
    ("GET", "/api/v2/filters/keywords/{id:int}"): (404, {}),
    ("PUT", "/api/v2/filters/keywords/{id:int}"): (404, {"json": {"keyword": "x"}}),
    ("PATCH", "/api/v2/filters/keywords/{id:int}"): (404, {"json": {"keyword": "x"}}),
    ("PATCH", "/api/v2/filters/{id:int}"): (404, {"json": {"title": "x"}}),
    ("PATCH", "/api/v1/filters/{id:int}"): (404, {"json": {"phrase": "x"}}),
    ("PATCH", "/api/v1/statuses/{id:int}/interaction_policy"): (404, {"json": {"quote_approval_policy": "nobody"}}),
    ("PATCH", "/api/v1/scheduled_statuses/{id:int}"): (404, {"json": {"scheduled_at": "x"}}),
    ("GET", "/api/v1/domain_blocks/preview"): (200, {"params": {"domain": "far.example"}}),
    ("DELETE", "/api/v1/notifications/{id:int}"): (404, {}),
    ("POST", "/api/v1/notifications/requests/accept"): (200, {"json": {"id": ["1"]}}),
    ("POST", "/api/v1/notifications/requests/dismiss"): (200, {"data": {"id[]": "1"}}),
    ("GET", "/api/v1/notifications/policy"): (200, {}),
    ("PUT", "/api/v1/notifications/policy"): (200, {"json": {"filter_bots": True}}),
    ("PATCH", "/api/v1/notifications/policy"): (200, {"json": {"filter_bots": False}}),
    ("PUT", "/api/v2/notifications/policy"): (200, {"json": {"for_bots": "accept"}}),
    ("GET", "/api/v1/admin/reports"): (200, {}),
    ("GET", "/api/v1/admin/reports/{id:int}"): (404, {}),
    ("PUT", "/api/v1/admin/reports/{id:int}"): (404, {"json": {"category": "spam"}}),
    ("PATCH", "/api/v1/admin/reports/{id:int}"): (404, {"json": {"category": "spam"}}),
    **{
        ("POST", f"/api/v1/admin/reports/{{id:int}}/{verb}"): (404, {})
        for verb in ("assign_to_self", "unassign", "resolve", "reopen")
    },
    ("DELETE", "/api/v1/admin/accounts/{id:int}"): (403, {}),
    ("GET", "/api/v1/admin/tags"): (200, {}),
    **{(verb, "/api/v1/admin/tags/{id:int}"): (404, {"json": {"trendable": True}}) for verb in ("GET", "PUT", "PATCH")},
    **{
        ("GET", f"/api/v1/admin/trends/{what}"): (200, {}) for what in ("tags", "links", "links/publishers", "statuses")
    },
    **{
        ("POST", f"/api/v1/admin/trends/{what}/{{id:int}}/{verb}"): (404, {})
        for what in ("tags", "links", "links/publishers", "statuses")
        for verb in ("approve", "reject")
    },
    ("GET", "/api/v1/admin/accounts"): (200, {"params": {"local": True}}),
    ("GET", "/api/v2/admin/accounts"): (200, {"params": {"origin": "local", "limit": 2}}),
    ("GET", "/api/v1/admin/accounts/{id:int}"): (200, {}),
    ("POST", "/api/v1/admin/accounts/{id:int}/action"): (403, {"json": {"type": "suspend"}}),
    **{
        ("POST", f"/api/v1/admin/accounts/{{id:int}}/{verb}"): (status, {})
        for verb, status in (
            ("approve", 404),
            ("reject", 404),
            ("enable", 403),
            ("unsensitive", 403),
            ("unsilence", 403),
            ("unsuspend", 403),
        )
    },
    ("GET", "/api/v1/admin/domain_blocks"): (200, {}),
    ("POST", "/api/v1/admin/domain_blocks"): (200, {"json": {"domain": "odd.example", "severity": "suspend"}}),
    **{
        (verb, "/api/v1/admin/domain_blocks/{id:int}"): (404, {"json": {"severity": "silence"}})
        for verb in ("GET", "PUT", "PATCH", "DELETE")
    },
    ("GET", "/api/v1/admin/ip_blocks"): (200, {}),
    ("POST", "/api/v1/admin/ip_blocks"): (200, {"json": {"ip": "192.0.2.0/24", "severity": "sign_up_block"}}),
    ("GET", "/api/v1/admin/ip_blocks/{id:int}"): (404, {}),
    ("PUT", "/api/v1/admin/ip_blocks/{id:int}"): (404, {}),
    ("PATCH", "/api/v1/admin/ip_blocks/{id:int}"): (404, {}),
    ("DELETE", "/api/v1/admin/ip_blocks/{id:int}"): (404, {}),
    ("GET", "/api/v1/admin/email_domain_blocks"): (200, {}),
    ("POST", "/api/v1/admin/email_domain_blocks"): (200, {"json": {"domain": "throw-away.example"}}),
    ("GET", "/api/v1/admin/email_domain_blocks/{id:int}"): (404, {}),
    ("DELETE", "/api/v1/admin/email_domain_blocks/{id:int}"): (404, {}),
    ("GET", "/api/v1/admin/canonical_email_blocks"): (200, {}),
    ("POST", "/api/v1/admin/canonical_email_blocks"): (200, {"json": {"email": "eve@mail.example"}}),
    ("POST", "/api/v1/admin/canonical_email_blocks/test"): (200, {"json": {"email": "eve@mail.example"}}),
    ("GET", "/api/v1/admin/canonical_email_blocks/{id:int}"): (404, {}),
    ("DELETE", "/api/v1/admin/canonical_email_blocks/{id:int}"): (404, {}),
    ("GET", "/api/v1/admin/domain_allows"): (200, {}),
    ("POST", "/api/v1/admin/domain_allows"): (200, {"json": {"domain": "good.example"}}),
    ("GET", "/api/v1/admin/domain_allows/{id:int}"): (404, {}),
    ("DELETE", "/api/v1/admin/domain_allows/{id:int}"): (404, {}),
    ("POST", "/api/v1/announcements/{id:int}/dismiss"): (404, {}),
    ("PUT", "/api/v1/announcements/{id:int}/reactions/{name}"): (404, {}),
    ("PATCH", "/api/v1/announcements/{id:int}/reactions/{name}"): (404, {}),
    ("DELETE", "/api/v1/announcements/{id:int}/reactions/{name}"): (404, {}),
    ("PATCH", "/api/v1/push/subscription"): (404, {"json": {"policy": "none"}}),
}
"""Endpoints that Mastodon.py has no call for (or on https only): what they answer, with what they are asked here."""


async def _drive_plainly(here: Instance, token: str, group_id: int) -> None:
    async with clients.client(here, token) as http:
        await http.post(f"/api/v1/accounts/{group_id}/follow")
        for (method, path), (status, options) in PLAIN.items():
            answer = await http.request(method, re.sub(r"{[a-z]+:int}", str(group_id), path), **cast("Any", options))
            assert isinstance(answer, httpx.Response)
            assert answer.status_code == status, (method, path, answer.text)
