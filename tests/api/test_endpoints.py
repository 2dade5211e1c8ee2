"""Which endpoints of Mastodon's client API there are, and which of them are answered here.

`endpoints.json` lists them as facts: method, path, and tier. A: a mainstream client breaks without it; B: a feature of
a mainstream client; C: rare, removed, or for admins. Source: Mastodon API documentation, methods.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from fedcomm.app import routes

ELSEWHERE = {
    ("GET", "/nodeinfo/2.0"),  # `/nodeinfo/{version}`
    ("GET", "/api/v1/streaming"),  # a WebSocket, which is no route
    ("GET", "/oauth/authorize/native"),  # the code is shown by the answer to the consent itself
}
"""Answered, though not by a route of this path."""

REFUSED: dict[str, tuple[str, ...]] = {
    "statistics": (
        "/api/v1/instance/activity", "/api/v1/admin/measures", "/api/v1/admin/dimensions", "/api/v1/admin/retention",
    ),
    "alpha": (
        "/api/v1_alpha/async_refreshes/:id", "/api/v2_alpha/notifications",
        "/api/v2_alpha/notifications/unread_count", "/api/v2_alpha/notifications/:group_key",
        "/api/v2_alpha/notifications/:group_key/dismiss",
    ),
    # An experiment of Mastodon that its operators must switch on; accounts then have a key `email_subscriptions`.
    "experimental": ("/api/v1/accounts/:id/email_subscriptions",),
    "removed": (
        "/api/v1/search", "/api/v1/timelines/direct", "/api/v1/statuses/:id/card", "/api/proofs",
        "/api/v1/notifications/dismiss",
    ),
    "commercial": ("/api/v1/donation_campaigns",),
}  # fmt: skip
"""What is not offered, and why: these answer 404."""


def endpoints() -> list[dict[str, Any]]:
    """All of them, each with the other method under which clients ask for it."""
    listed: list[dict[str, Any]] = json.loads(Path(__file__).with_name("endpoints.json").read_text(encoding="utf-8"))
    return [
        {**each, "method": method}
        for each in listed
        for method in [each["method"], *([each["also_accept"]] if "also_accept" in each else [])]
    ]


def shape(path: str) -> str:
    """A path whose parameters have no names: theirs and ours differ."""
    return re.sub(r":[a-z_]+|{[^}]*}", "*", path.rstrip("/"))


def answered() -> set[tuple[str, str]]:
    return {(method, shape(route.path)) for route in routes() for method in route.methods}


def lacking(tiers: str) -> set[tuple[str, str]]:
    """What is neither answered nor refused."""
    here = answered()
    refused = {path for paths in REFUSED.values() for path in paths}
    return {
        (each["method"], each["path"])
        for each in endpoints()
        if each["tier"] in tiers
        and (each["method"], shape(each["path"])) not in here
        and each["path"] not in refused
        and (each["method"], each["path"]) not in ELSEWHERE
    }


def test_each_endpoint_that_clients_need_is_answered() -> None:
    assert lacking("AB") == set()


def test_each_other_endpoint_is_answered() -> None:
    assert lacking("C") == set()


@pytest.mark.parametrize("path", [path for paths in REFUSED.values() for path in paths])
def test_what_is_refused_is_not_there(path: str) -> None:
    assert not {(method, at) for method, at in answered() if at == shape(path)}
