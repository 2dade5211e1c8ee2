"""The tables that tests of the client API stand on: each route has a line, and the checker sees what is wrong."""

import json
from typing import Any

import pytest

from fedcomm.accounts import scopes
from fedcomm.api import routing
from fedcomm.http.auth import need_of
from tests.api import clients, schema

STATUS_ID = "117657935257972936"


def _paths() -> set[tuple[str, str]]:
    return {
        (method, route.path.replace(":int", ""))
        for route in routing.routes
        for method in route.methods
        if route.path != "/.well-known/oauth-authorization-server" or method == "GET"
    }


def test_each_route_says_what_it_answers_and_no_line_is_left_over() -> None:
    assert _paths() == set(clients.ANSWERS)


def test_each_route_says_what_it_needs_with_a_scope_that_exists() -> None:
    for route in routing.routes:
        need = need_of(route.endpoint)
        assert need is not None, route.path
        assert need.scope == "" or need.scope in scopes.KNOWN, route.path


def test_what_belongs_to_somebody_needs_a_token_with_a_scope() -> None:
    without = {route.path for route in routing.routes if (need := need_of(route.endpoint)) and need.who == "anyone"}

    assert {path for path in without if not path.startswith(("/api/v1/instance", "/api/v2/instance"))} == {
        "/.well-known/oauth-authorization-server",
        "/api/v1/accounts",
        "/api/v1/accounts/lookup",
        "/api/v1/accounts/{id:int}",
        "/api/v1/accounts/{id:int}/endorsements",
        "/api/v1/accounts/{id:int}/featured_tags",
        "/api/v1/accounts/{id:int}/followers",
        "/api/v1/accounts/{id:int}/following",
        "/api/v1/accounts/{id:int}/statuses",
        "/api/fedcomm/v1/groups",
        "/api/fedcomm/v1/groups/{id:int}",
        "/api/fedcomm/v1/groups/{id:int}/threads",
        "/api/fedcomm/v1/threads/{id:int}",
        "/api/oembed",
        "/api/openapi.json",
        "/api/v1/accounts/{id:int}/collections",
        "/api/v1/apps",
        "/api/v1/collections/{id:int}",
        "/api/v1/directory",
        "/api/v1/peers/search",
        "/api/v1/timelines/link",
        "/api/v1/trends",
        "/api/v1/trends/links",
        "/api/v1/trends/statuses",
        "/api/v1/trends/tags",
        "/api/v1/custom_emojis",
        "/api/v1/polls/{id:int}",
        "/api/v1/statuses",
        "/api/v1/statuses/{id:int}",
        "/api/v1/statuses/{id:int}/context",
        "/api/v1/statuses/{id:int}/favourited_by",
        "/api/v1/statuses/{id:int}/history",
        "/api/v1/statuses/{id:int}/reblogged_by",
        "/api/v1/tags/{name}",
        "/api/v1/timelines/public",
        "/api/v1/timelines/tag/{name}",
        "/api/v2/search",
        "/oauth/revoke",
        "/oauth/token",
    }


def _account() -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field, facts in schema.entities()["Account"].items():
        if not facts.get("optional"):
            made[field] = _value(facts)
    return made


def _value(facts: Any) -> object:
    wanted = str(facts["is"])
    simple: dict[str, object] = {
        "String": "1",
        "URL": "https://a.example/x",
        "Datetime": "2026-11-21T10:00:00.000Z",
        "Date": "2026-11-21",
        "Boolean": True,
        "Integer": 1,
    }
    if wanted.startswith("["):
        return []
    if wanted in simple:
        return facts["enum"][0] if "enum" in facts else simple[wanted]
    return {field: _value(inner) for field, inner in schema.entities()[wanted].items() if not inner.get("optional")}


def test_a_right_account_has_no_troubles() -> None:
    assert schema.troubles(_account() | {"fedcomm": {"anything": 1}}, "Account") == []


@pytest.mark.parametrize(
    ("field", "value", "trouble"),
    [
        ("url", "", "$.url: '' is no URL"),
        ("url", None, "$.url: null"),
        ("url", "/@ada", "$.url: '/@ada' is no URL"),
        ("id", 7, "$.id: 7 is not decimal"),
        ("note", None, "$.note: null"),
        ("created_at", "2026-11-21T10:00:00Z", "$.created_at: '2026-11-21T10:00:00Z' is no Datetime"),
        ("created_at", "2026-11-21T10:00:00.000+00:00", "$.created_at: '2026-11-21T10:00:00.000+00:00' is no Datetime"),
        ("followers_count", 2**31, "$.followers_count: 2147483648 is no Integer"),
        ("followers_count", True, "$.followers_count: True is no Integer"),
        ("bot", "false", "$.bot: 'false' is no Boolean"),
        ("fields", [None], "$.fields[0]: not a Account::Field"),
        ("roles", None, "$.roles: null"),
        ("mood", "good", "$.mood: unknown"),
    ],
)
def test_the_checker_sees_what_breaks_clients(field: str, value: object, trouble: str) -> None:
    assert schema.troubles(_account() | {field: value}, "Account") == [trouble]


def test_the_checker_sees_a_missing_field_and_one_bad_item_of_a_page() -> None:
    account = _account()
    del account["acct"]

    assert schema.troubles([_account(), account], "[Account]") == ["$[1].acct: missing"]


def test_the_checker_looks_into_objects_and_enumerations() -> None:
    marker = {"last_read_id": "1", "version": "1", "updated_at": "2026-11-21T10:00:00.000Z"}
    listed = {"id": STATUS_ID, "title": "x", "replies_policy": "all", "exclusive": False}

    assert schema.troubles(marker, "Marker") == ["$.version: '1' is no Integer"]
    assert schema.troubles(listed, "List") == ["$.replies_policy: 'all' is none of its values"]
    assert schema.troubles({"usage": {"users": {}}}, "Instance")[0] == "$.domain: missing"
    assert "$.usage.users.active_month: missing" in schema.troubles({"usage": {"users": {}}}, "Instance")


def test_the_client_refuses_an_answer_that_breaks_the_contract() -> None:
    with pytest.raises(AssertionError, match="title"):
        clients.check("GET", "/api/v1/lists", 200, json.dumps([{"id": "1"}]).encode())
    with pytest.raises(AssertionError):
        clients.check("GET", "/api/v1/lists", 404, b'{"message": "no"}')
    with pytest.raises(AssertionError, match="in no list"):
        clients.check("GET", "/api/v1/nothing_of_ours", 200, b"[]")
