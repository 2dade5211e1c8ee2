"""Each route of the client API with bad input: a 4xx that was decided, never a 5xx, and nothing is written.

The cases come from the route table: a route without a line in `CASES` fails. Rows S097, S133 and S148 of this part.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
import pytest
import pytest_asyncio

from fedcomm.api import routing
from fedcomm.http.auth import need_of
from fedcomm.http.router import Route
from tests.running import ALL_SCOPES, Instance
from tests.security.front_door import rows
from tests.security.raw_http import wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 2**20
UNKNOWN = "117657935257972936"
NO_IDS = ("0", "9223372036854775808", "-1", "abc", "1.json", "1%00", "%F0%9F", "1;2", "1%2F2")
"""What stands in a path where an id belongs, and is none."""
NUL = "a\0b"
EVERYTHING = f"{ALL_SCOPES} admin:read admin:write"


@dataclass(frozen=True, slots=True)
class Case:
    """How a route takes bad input.

    `status`: of a request with a good token, an unknown id, and nothing else. `wrong`: a value that each field of the
    form cannot have; a route that reads a form refuses NUL in each. `in_query`: the form is the query string.
    """

    status: int
    wrong: Mapping[str, object] = field(default_factory=lambda: {})
    in_query: bool = False


PAGE = {"limit": "many", "max_id": "x", "since_id": "-1", "min_id": "9223372036854775808"}


def listing(status: int = 200, wrong: Mapping[str, object] | None = None) -> Case:
    """A page of a list."""
    return Case(status, {**PAGE, **(wrong or {})}, in_query=True)


def shown(status: int, wrong: Mapping[str, object] | None = None) -> Case:
    """Something to read that takes no page."""
    return Case(status, wrong or {}, in_query=True)


NOTHING_TO_SAY = Case(404)
"""A verb about one thing, without a form."""
AN_OBJECT = {"a": "b"}

SIGN_UP_RULE: dict[str, object] = {
    "ip": AN_OBJECT,
    "severity": "perhaps",
    "comment": AN_OBJECT,
    "expires_in": "soon",
}
COLLECTION: dict[str, object] = {
    "name": AN_OBJECT,
    "description": AN_OBJECT,
    "language": AN_OBJECT,
    "tag_name": AN_OBJECT,
    "sensitive": "perhaps",
    "discoverable": "perhaps",
}
FIRST_VERSION = {
    "phrase": AN_OBJECT,
    "context": ["nowhere"],
    "irreversible": "perhaps",
    "whole_word": AN_OBJECT,
    "expires_in": -1,
}

CASES: dict[tuple[str, str], Case] = {
    ("POST", "/api/v1/apps"): Case(
        422, {"client_name": AN_OBJECT, "redirect_uris": AN_OBJECT, "scopes": AN_OBJECT, "website": [1]}
    ),
    ("GET", "/api/v1/apps/verify_credentials"): Case(200),
    ("POST", "/oauth/token"): Case(
        401, {"grant_type": AN_OBJECT, "code": [1], "client_id": AN_OBJECT, "client_secret": [], "scope": AN_OBJECT}
    ),
    ("POST", "/oauth/revoke"): Case(403, {"token": AN_OBJECT, "client_id": [1], "client_secret": AN_OBJECT}),
    ("GET", "/oauth/userinfo"): Case(200),
    ("POST", "/oauth/userinfo"): Case(200),
    ("GET", "/.well-known/oauth-authorization-server"): Case(200),
    ("GET", "/api/v2/instance"): Case(200),
    ("GET", "/api/v1/instance"): Case(200),
    ("GET", "/api/v1/instance/rules"): Case(200),
    ("GET", "/api/v1/instance/peers"): Case(200),
    ("GET", "/api/v1/instance/extended_description"): Case(200),
    ("GET", "/api/v1/instance/languages"): Case(200),
    ("GET", "/api/v1/instance/translation_languages"): Case(200),
    ("GET", "/api/v1/instance/privacy_policy"): Case(404),
    ("GET", "/api/v1/instance/terms_of_service"): Case(404),
    ("GET", "/api/v1/instance/terms_of_service/{date}"): Case(404),
    ("POST", "/api/v1/accounts"): Case(
        422, {"username": AN_OBJECT, "email": [1], "password": AN_OBJECT, "agreement": "perhaps", "reason": AN_OBJECT}
    ),
    ("GET", "/api/v1/accounts"): shown(200, {"id[]": "x", "id[a]": "1"}),
    ("GET", "/api/v1/accounts/lookup"): shown(404),
    ("GET", "/api/v1/accounts/search"): shown(
        200, {"limit": "many", "offset": "-1", "resolve": "perhaps", "following": "2"}
    ),
    ("GET", "/api/v1/accounts/verify_credentials"): Case(200),
    **{
        (method, "/api/v1/accounts/update_credentials"): Case(
            200,
            {
                "display_name": AN_OBJECT,
                "note": [1],
                "locked": "perhaps",
                "bot": AN_OBJECT,
                "discoverable": [True],
                "indexable": "2",
                "avatar_description": AN_OBJECT,
                "hide_collections": [True],
                "show_media": "perhaps",
                "attribution_domains": AN_OBJECT,
                "fields_attributes": "x",
                "source": "x",
            },
        )
        for method in ("PATCH", "PUT")
    },
    ("GET", "/api/v1/accounts/relationships"): shown(200, {"id[]": "x", "id[a]": "1"}),
    ("GET", "/api/v1/accounts/familiar_followers"): shown(200, {"id[]": "x"}),
    ("GET", "/api/v1/accounts/{id:int}"): Case(404),
    ("GET", "/api/v1/accounts/{id:int}/statuses"): listing(404, {"only_media": "perhaps", "pinned": "2"}),
    ("GET", "/api/v1/accounts/{id:int}/followers"): listing(404),
    ("GET", "/api/v1/accounts/{id:int}/following"): listing(404),
    ("GET", "/api/v1/accounts/{id:int}/featured_tags"): Case(404),
    ("GET", "/api/v1/accounts/{id:int}/endorsements"): listing(404),
    **{
        ("POST", f"/api/v1/accounts/{{id:int}}/{verb}"): NOTHING_TO_SAY
        for verb in ("endorse", "unendorse", "pin", "unpin")
    },
    ("GET", "/api/v1/endorsements"): listing(),
    ("GET", "/api/v1/suggestions"): shown(200, {"limit": "many"}),
    ("DELETE", "/api/v1/suggestions/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v1/accounts/{id:int}/lists"): Case(404),
    ("POST", "/api/v1/accounts/{id:int}/follow"): Case(
        404, {"reblogs": "perhaps", "notify": AN_OBJECT, "languages": AN_OBJECT}
    ),
    ("POST", "/api/v1/accounts/{id:int}/unfollow"): NOTHING_TO_SAY,
    ("POST", "/api/v1/accounts/{id:int}/remove_from_followers"): NOTHING_TO_SAY,
    ("POST", "/api/v1/accounts/{id:int}/mute"): Case(404, {"notifications": "perhaps", "duration": "x"}),
    ("POST", "/api/v1/accounts/{id:int}/unmute"): NOTHING_TO_SAY,
    ("POST", "/api/v1/accounts/{id:int}/block"): NOTHING_TO_SAY,
    ("POST", "/api/v1/accounts/{id:int}/unblock"): NOTHING_TO_SAY,
    ("POST", "/api/v1/accounts/{id:int}/note"): Case(404, {"comment": AN_OBJECT}),
    ("GET", "/api/v1/mutes"): listing(),
    ("GET", "/api/v1/blocks"): listing(),
    ("GET", "/api/v1/domain_blocks"): listing(),
    ("POST", "/api/v1/domain_blocks"): Case(422, {"domain": AN_OBJECT}),
    ("DELETE", "/api/v1/domain_blocks"): Case(422, {"domain": AN_OBJECT}),
    ("GET", "/api/v1/domain_blocks/preview"): shown(422, {"domain": "a b"}),
    ("GET", "/api/v1/follow_requests"): listing(),
    ("POST", "/api/v1/follow_requests/{id:int}/authorize"): NOTHING_TO_SAY,
    ("POST", "/api/v1/follow_requests/{id:int}/reject"): NOTHING_TO_SAY,
    ("GET", "/api/v1/preferences"): Case(200),
    ("GET", "/api/v1/timelines/home"): listing(),
    ("GET", "/api/v1/timelines/public"): listing(200, {"local": "perhaps", "remote": "2", "only_media": "x"}),
    ("GET", "/api/v1/timelines/tag/{name}"): listing(200, {"local": "perhaps", "any[a]": "x"}),
    ("GET", "/api/v1/timelines/list/{id:int}"): listing(404),
    ("POST", "/api/v1/statuses"): Case(
        422,
        {
            "status": AN_OBJECT,
            "in_reply_to_id": "x",
            "visibility": "secret",
            "sensitive": "perhaps",
            "spoiler_text": [1],
            "language": AN_OBJECT,
            "media_ids": "x",
            "poll": "x",
            "scheduled_at": "x",
            "quoted_status_id": "x",
            "quote_approval_policy": "friends",
        },
    ),
    **{
        ("POST", f"/api/{version}/media"): Case(422, {"description": AN_OBJECT, "focus": "x"})
        for version in ("v1", "v2")
    },
    ("GET", "/api/v1/media/{id:int}"): Case(404),
    **{
        (method, "/api/v1/media/{id:int}"): Case(404, {"description": AN_OBJECT, "focus": "1,2,3"})
        for method in ("PUT", "PATCH")
    },
    ("DELETE", "/api/v1/media/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v1/statuses"): shown(200, {"id[]": "x"}),
    ("GET", "/api/v1/statuses/{id:int}"): Case(404),
    **{
        (method, "/api/v1/statuses/{id:int}"): Case(
            404, {"status": AN_OBJECT, "sensitive": "perhaps", "spoiler_text": [1], "media_ids": AN_OBJECT, "poll": "x"}
        )
        for method in ("PUT", "PATCH")
    },
    ("DELETE", "/api/v1/statuses/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v1/statuses/{id:int}/source"): Case(404),
    ("GET", "/api/v1/statuses/{id:int}/history"): Case(404),
    ("GET", "/api/v1/statuses/{id:int}/context"): Case(404),
    ("GET", "/api/v1/statuses/{id:int}/favourited_by"): listing(404),
    ("GET", "/api/v1/statuses/{id:int}/reblogged_by"): listing(404),
    **{
        ("POST", f"/api/v1/statuses/{{id:int}}/{verb}"): NOTHING_TO_SAY
        for verb in ("favourite", "unfavourite", "reblog", "unreblog", "bookmark", "unbookmark", "pin", "unpin", "mute",
                     "unmute")
    },
    ("GET", "/api/v1/polls/{id:int}"): Case(404),
    ("POST", "/api/v1/polls/{id:int}/votes"): Case(404, {"choices": [AN_OBJECT]}),
    ("GET", "/api/v1/bookmarks"): listing(),
    ("GET", "/api/v1/favourites"): listing(),
    ("GET", "/api/v1/lists"): Case(200),
    ("POST", "/api/v1/lists"): Case(422, {"title": AN_OBJECT, "replies_policy": "all", "exclusive": "perhaps"}),
    ("GET", "/api/v1/lists/{id:int}"): Case(404),
    **{
        (method, "/api/v1/lists/{id:int}"): Case(
            404, {"title": AN_OBJECT, "replies_policy": [1], "exclusive": "perhaps"}
        )
        for method in ("PUT", "PATCH")
    },
    ("DELETE", "/api/v1/lists/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v1/lists/{id:int}/accounts"): listing(404),
    ("POST", "/api/v1/lists/{id:int}/accounts"): Case(404, {"account_ids": AN_OBJECT}),
    ("DELETE", "/api/v1/lists/{id:int}/accounts"): Case(404, {"account_ids": AN_OBJECT}),
    ("GET", "/api/v1/notifications"): listing(200, {"account_id": "x", "types[a]": "mention"}),
    ("POST", "/api/v1/notifications/clear"): Case(200),
    ("DELETE", "/api/v1/notifications/destroy_multiple"): Case(200, {"ids": AN_OBJECT}),
    ("GET", "/api/v1/notifications/unread_count"): shown(200, {"limit": "many", "types[a]": "x"}),
    ("GET", "/api/v1/notifications/{id:int}"): Case(404),
    ("DELETE", "/api/v1/notifications/{id:int}"): NOTHING_TO_SAY,
    ("POST", "/api/v1/notifications/{id:int}/dismiss"): NOTHING_TO_SAY,
    ("GET", "/api/v2/notifications/policy"): Case(200),
    ("GET", "/api/v1/notifications/policy"): Case(200),
    **{
        (method, "/api/v2/notifications/policy"): Case(
            200, {f"for_{who}": "perhaps" for who in ("not_following", "not_followers", "new_accounts", "bots",
                                                      "private_mentions", "limited_accounts")}
        )
        for method in ("PUT", "PATCH")
    },
    **{
        (method, "/api/v1/notifications/policy"): Case(
            200, {f"filter_{who}": "perhaps" for who in ("not_following", "not_followers", "new_accounts", "bots",
                                                         "private_mentions")}
        )
        for method in ("PUT", "PATCH")
    },
    ("GET", "/api/v1/notifications/requests"): listing(),
    ("GET", "/api/v1/notifications/requests/merged"): Case(200),
    ("GET", "/api/v1/notifications/requests/{id:int}"): Case(404),
    ("POST", "/api/v1/notifications/requests/accept"): Case(200, {"id": "x"}),
    ("POST", "/api/v1/notifications/requests/dismiss"): Case(200, {"id": "x"}),
    ("POST", "/api/v1/notifications/requests/{id:int}/accept"): NOTHING_TO_SAY,
    ("POST", "/api/v1/notifications/requests/{id:int}/dismiss"): NOTHING_TO_SAY,
    ("GET", "/api/v2/notifications"): listing(200, {"account_id": "x", "grouped_types[a]": "follow"}),
    ("GET", "/api/v2/notifications/unread_count"): shown(200, {"limit": "many", "types[a]": "x"}),
    ("POST", "/api/v2/notifications/clear"): Case(200),
    ("GET", "/api/v2/notifications/{key}"): Case(404),
    ("GET", "/api/v2/notifications/{key}/accounts"): Case(404),
    ("POST", "/api/v2/notifications/{key}/dismiss"): NOTHING_TO_SAY,
    ("GET", "/api/v1/conversations"): listing(),
    ("DELETE", "/api/v1/conversations/{id:int}"): NOTHING_TO_SAY,
    ("POST", "/api/v1/conversations/{id:int}/read"): NOTHING_TO_SAY,
    ("POST", "/api/v1/conversations/{id:int}/unread"): NOTHING_TO_SAY,
    ("GET", "/api/v1/announcements"): shown(200, {"with_dismissed": "perhaps"}),
    ("POST", "/api/v1/announcements/{id:int}/dismiss"): NOTHING_TO_SAY,
    **{
        (method, "/api/v1/announcements/{id:int}/reactions/{name}"): NOTHING_TO_SAY
        for method in ("PUT", "PATCH", "DELETE")
    },
    ("GET", "/api/v1/admin/accounts"): listing(200, {"local": "perhaps", "pending": "2", "username": NUL}),
    ("GET", "/api/v2/admin/accounts"): listing(200, {"origin": "moon", "status": "odd", "by_domain": NUL}),
    ("GET", "/api/v1/admin/accounts/{id:int}"): Case(404),
    ("DELETE", "/api/v1/admin/accounts/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v1/admin/tags"): listing(),
    ("GET", "/api/v1/admin/tags/{id:int}"): NOTHING_TO_SAY,
    **{
        (method, "/api/v1/admin/tags/{id:int}"): Case(
            404, {"display_name": AN_OBJECT, "listable": "perhaps", "trendable": "perhaps", "usable": "perhaps"}
        )
        for method in ("PUT", "PATCH")
    },
    **{
        entry: case
        for what in ("tags", "links", "links/publishers", "statuses")
        for entry, case in (
            (("GET", f"/api/v1/admin/trends/{what}"), listing(200, {"offset": "x"})),
            (("POST", f"/api/v1/admin/trends/{what}/{{id:int}}/approve"), NOTHING_TO_SAY),
            (("POST", f"/api/v1/admin/trends/{what}/{{id:int}}/reject"), NOTHING_TO_SAY),
        )
    },
    ("POST", "/api/v1/admin/accounts/{id:int}/action"): Case(
        404, {"type": "burn", "report_id": AN_OBJECT, "text": [1]}
    ),
    **{
        ("POST", f"/api/v1/admin/accounts/{{id:int}}/{verb}"): NOTHING_TO_SAY
        for verb in ("approve", "reject", "enable", "unsensitive", "unsilence", "unsuspend")
    },
    ("GET", "/api/v1/admin/domain_blocks"): listing(),
    ("POST", "/api/v1/admin/domain_blocks"): Case(
        422,
        {
            "domain": "a b",
            "severity": "odd",
            "reject_media": "perhaps",
            "reject_reports": "2",
            "private_comment": AN_OBJECT,
            "public_comment": AN_OBJECT,
            "obfuscate": "perhaps",
        },
    ),
    ("GET", "/api/v1/admin/domain_blocks/{id:int}"): Case(404),
    **{
        (method, "/api/v1/admin/domain_blocks/{id:int}"): Case(404, {"severity": "odd", "private_comment": AN_OBJECT})
        for method in ("PUT", "PATCH")
    },
    ("DELETE", "/api/v1/admin/domain_blocks/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v1/admin/ip_blocks"): listing(),
    ("POST", "/api/v1/admin/ip_blocks"): Case(422, SIGN_UP_RULE),
    **{(method, "/api/v1/admin/ip_blocks/{id:int}"): Case(404, SIGN_UP_RULE) for method in ("PUT", "PATCH")},
    **{(method, "/api/v1/admin/ip_blocks/{id:int}"): NOTHING_TO_SAY for method in ("GET", "DELETE")},
    ("GET", "/api/v1/admin/email_domain_blocks"): listing(),
    ("POST", "/api/v1/admin/email_domain_blocks"): Case(422, {"domain": AN_OBJECT}),
    **{(method, "/api/v1/admin/email_domain_blocks/{id:int}"): NOTHING_TO_SAY for method in ("GET", "DELETE")},
    ("GET", "/api/v1/admin/canonical_email_blocks"): listing(),
    ("POST", "/api/v1/admin/canonical_email_blocks"): Case(
        422, {"email": AN_OBJECT, "canonical_email_hash": AN_OBJECT}
    ),
    ("POST", "/api/v1/admin/canonical_email_blocks/test"): Case(422, {"email": AN_OBJECT}),
    **{(method, "/api/v1/admin/canonical_email_blocks/{id:int}"): NOTHING_TO_SAY for method in ("GET", "DELETE")},
    ("GET", "/api/v1/admin/domain_allows"): listing(),
    ("POST", "/api/v1/admin/domain_allows"): Case(422, {"domain": AN_OBJECT}),
    ("GET", "/api/v1/admin/domain_allows/{id:int}"): Case(404),
    ("DELETE", "/api/v1/admin/domain_allows/{id:int}"): NOTHING_TO_SAY,
    ("POST", "/api/v1/reports"): Case(
        422,
        {
            "account_id": AN_OBJECT,
            "status_ids": AN_OBJECT,
            "comment": [1],
            "collection_ids": AN_OBJECT,
            "forward": "perhaps",
            "category": "ugly",
            "rule_ids": AN_OBJECT,
        },
    ),
    ("GET", "/api/v1/admin/reports"): listing(
        200, {"resolved": "perhaps", "account_id": "x", "target_account_id": "x"}
    ),
    ("GET", "/api/v1/admin/reports/{id:int}"): Case(404),
    **{
        (method, "/api/v1/admin/reports/{id:int}"): Case(404, {"category": "ugly", "rule_ids": AN_OBJECT})
        for method in ("PUT", "PATCH")
    },
    **{
        ("POST", f"/api/v1/admin/reports/{{id:int}}/{verb}"): NOTHING_TO_SAY
        for verb in ("assign_to_self", "unassign", "resolve", "reopen")
    },
    ("GET", "/api/v1/markers"): shown(200, {"timeline[a]": "home"}),
    ("POST", "/api/v1/markers"): Case(200, {"home": "x", "notifications": {"last_read_id": AN_OBJECT}}),
    ("GET", "/api/v2/search"): shown(
        422, {"q": "", "type": "x", "limit": "many", "offset": "x", "resolve": "perhaps", "account_id": "x"}
    ),
    ("GET", "/api/v1/tags/{name}"): Case(200),
    ("POST", "/api/v1/tags/{name}/follow"): NOTHING_TO_SAY,  # a number is no tag
    ("POST", "/api/v1/tags/{name}/unfollow"): Case(200),
    ("POST", "/api/v1/tags/{name}/feature"): Case(422),
    ("POST", "/api/v1/tags/{name}/unfeature"): Case(200),
    ("GET", "/api/v1/followed_tags"): listing(),
    ("GET", "/api/v1/custom_emojis"): Case(200),
    ("GET", "/api/v1/featured_tags"): Case(200),
    ("POST", "/api/v1/featured_tags"): Case(422, {"name": AN_OBJECT}),
    ("DELETE", "/api/v1/featured_tags/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v1/featured_tags/suggestions"): Case(200),
    ("GET", "/api/v2/filters"): Case(200),
    ("POST", "/api/v2/filters"): Case(
        422,
        {
            "title": AN_OBJECT,
            "context": ["nowhere"],
            "filter_action": "burn",
            "expires_in": "soon",
            "keywords_attributes": "x",
        },
    ),
    ("GET", "/api/v2/filters/{id:int}"): Case(404),
    **{
        (method, "/api/v2/filters/{id:int}"): Case(
            404, {"title": AN_OBJECT, "filter_action": "burn", "expires_in": -1, "keywords_attributes": "x"}
        )
        for method in ("PUT", "PATCH")
    },
    ("DELETE", "/api/v2/filters/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v2/filters/{id:int}/keywords"): Case(404),
    ("POST", "/api/v2/filters/{id:int}/keywords"): Case(404, {"keyword": AN_OBJECT, "whole_word": "perhaps"}),
    ("GET", "/api/v2/filters/keywords/{id:int}"): Case(404),
    **{
        (method, "/api/v2/filters/keywords/{id:int}"): Case(404, {"keyword": AN_OBJECT, "whole_word": "perhaps"})
        for method in ("PUT", "PATCH")
    },
    ("DELETE", "/api/v2/filters/keywords/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v2/filters/{id:int}/statuses"): Case(404),
    ("POST", "/api/v2/filters/{id:int}/statuses"): Case(404, {"status_id": AN_OBJECT}),
    ("GET", "/api/v2/filters/statuses/{id:int}"): Case(404),
    ("DELETE", "/api/v2/filters/statuses/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v1/filters"): Case(200),
    ("GET", "/api/v1/statuses/{id:int}/quotes"): listing(404),
    ("POST", "/api/v1/statuses/{id:int}/quotes/{quoting:int}/revoke"): NOTHING_TO_SAY,
    **{
        (method, "/api/v1/statuses/{id:int}/interaction_policy"): Case(404, {"quote_approval_policy": "friends"})
        for method in ("PUT", "PATCH")
    },
    ("GET", "/api/v1/scheduled_statuses"): listing(),
    ("GET", "/api/v1/scheduled_statuses/{id:int}"): Case(404),
    ("PUT", "/api/v1/scheduled_statuses/{id:int}"): Case(404, {"scheduled_at": AN_OBJECT}),
    ("PATCH", "/api/v1/scheduled_statuses/{id:int}"): Case(404, {"scheduled_at": AN_OBJECT}),
    ("DELETE", "/api/v1/scheduled_statuses/{id:int}"): NOTHING_TO_SAY,
    ("POST", "/api/v1/filters"): Case(422, FIRST_VERSION),
    ("GET", "/api/v1/filters/{id:int}"): Case(404),
    ("PUT", "/api/v1/filters/{id:int}"): Case(404, FIRST_VERSION),
    ("PATCH", "/api/v1/filters/{id:int}"): Case(404, FIRST_VERSION),
    ("DELETE", "/api/v1/filters/{id:int}"): NOTHING_TO_SAY,
    ("GET", "/api/v2/suggestions"): shown(200, {"limit": "many"}),
    **{
        ("GET", f"/api/v1/trends{kind}"): shown(200, {"limit": "many", "offset": "x"})
        for kind in ("", "/tags", "/links", "/statuses")
    },
    ("GET", "/api/v1/timelines/link"): listing(404),
    ("GET", "/api/v1/directory"): shown(200, {"order": "x", "local": "perhaps", "limit": "many", "offset": "x"}),
    ("GET", "/api/oembed"): shown(404, {"maxwidth": "wide", "maxheight": "x"}),
    ("GET", "/api/openapi.json"): Case(200),
    ("GET", "/api/fedcomm/v1/groups"): shown(200, {"scope": "x", "limit": "many", "offset": "x"}),
    ("POST", "/api/fedcomm/v1/groups"): Case(
        422, {"handle": AN_OBJECT, "name": [1], "purpose": AN_OBJECT, "join_rule": "x", "posting_rule": "x"}
    ),
    ("GET", "/api/fedcomm/v1/groups/{id:int}"): Case(404),
    ("PATCH", "/api/fedcomm/v1/groups/{id:int}"): Case(404, {"name": AN_OBJECT, "rules": "x", "join_rule": "x"}),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/join"): NOTHING_TO_SAY,
    ("POST", "/api/fedcomm/v1/groups/{id:int}/leave"): NOTHING_TO_SAY,
    ("GET", "/api/fedcomm/v1/groups/{id:int}/threads"): listing(404),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/members"): shown(404, {"role": "queen"}),
    **{
        (method, "/api/fedcomm/v1/groups/{id:int}/members/{account:int}"): Case(404, {"role": "queen"})
        for method in ("PATCH", "PUT")
    },
    ("DELETE", "/api/fedcomm/v1/groups/{id:int}/members/{account:int}"): NOTHING_TO_SAY,
    ("POST", "/api/fedcomm/v1/threads/{id:int}/lock"): Case(404, {"reason": AN_OBJECT}),
    ("POST", "/api/fedcomm/v1/threads/{id:int}/unlock"): NOTHING_TO_SAY,
    ("POST", "/api/fedcomm/v1/threads/{id:int}/pin"): NOTHING_TO_SAY,
    ("POST", "/api/fedcomm/v1/threads/{id:int}/move"): Case(404, {"group_id": AN_OBJECT}),
    ("POST", "/api/fedcomm/v1/threads/{id:int}/unpin"): NOTHING_TO_SAY,
    **{
        ("POST", f"/api/fedcomm/v1/groups/{{id:int}}/{what}"): Case(404, {"acct": AN_OBJECT})
        for what in ("other_names", "move")
    },
    ("POST", "/api/fedcomm/v1/groups/{id:int}/come_back"): NOTHING_TO_SAY,
    ("GET", "/api/fedcomm/v1/groups/{id:int}/bans"): Case(404),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/bans"): Case(
        404, {"account_id": AN_OBJECT, "reason": AN_OBJECT, "ends_at": "x", "remove_posts": "x"}
    ),
    ("DELETE", "/api/fedcomm/v1/groups/{id:int}/bans/{account:int}"): NOTHING_TO_SAY,
    ("GET", "/api/fedcomm/v1/groups/{id:int}/pauses"): Case(404),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/pauses"): Case(
        404, {"account_id": AN_OBJECT, "reason": AN_OBJECT, "days": "x", "rules": "x"}
    ),
    ("DELETE", "/api/fedcomm/v1/groups/{id:int}/pauses/{account:int}"): NOTHING_TO_SAY,
    ("GET", "/api/fedcomm/v1/groups/{id:int}/notes"): Case(404),
    ("DELETE", "/api/fedcomm/v1/groups/{id:int}/notes/{item:int}"): NOTHING_TO_SAY,
    ("GET", "/api/fedcomm/v1/groups/{id:int}/hidden"): Case(404),
    **{
        ("POST", f"/api/fedcomm/v1/statuses/{{id:int}}/{what}"): Case(404, {"reason": AN_OBJECT, "rules": "x"})
        for what in ("hide", "note", "ask_to_edit")
    },
    ("POST", "/api/fedcomm/v1/statuses/{id:int}/show_again"): Case(404, {"group_id": AN_OBJECT}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/requests"): Case(404),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/requests/{account:int}/approve"): NOTHING_TO_SAY,
    ("POST", "/api/fedcomm/v1/groups/{id:int}/requests/{account:int}/reject"): NOTHING_TO_SAY,
    ("GET", "/api/fedcomm/v1/groups/{id:int}/carries"): Case(404),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/carries/{carry:int}/accept"): NOTHING_TO_SAY,
    ("POST", "/api/fedcomm/v1/groups/{id:int}/carries/{carry:int}/decline"): Case(404, {"reason": AN_OBJECT}),
    ("GET", "/api/fedcomm/v1/groups/{id:int}/moves"): Case(404),
    ("POST", "/api/fedcomm/v1/groups/{id:int}/moves/{move:int}/accept"): NOTHING_TO_SAY,
    ("POST", "/api/fedcomm/v1/groups/{id:int}/moves/{move:int}/decline"): Case(404, {"reason": AN_OBJECT}),
    ("GET", "/api/fedcomm/v1/threads/{id:int}"): Case(404),
    ("POST", "/api/fedcomm/v1/statuses/{id:int}/remove"): Case(404, {"reason": AN_OBJECT}),
    ("POST", "/api/fedcomm/v1/statuses/{id:int}/restore"): NOTHING_TO_SAY,
    ("POST", "/api/fedcomm/v1/statuses/{id:int}/crosspost"): Case(404, {"group_ids": AN_OBJECT}),
    ("POST", "/api/fedcomm/v1/statuses/{id:int}/react"): Case(404, {"emoji": AN_OBJECT}),
    ("GET", "/api/v1/profile"): Case(200),
    **{
        (method, "/api/v1/profile"): Case(200, {"display_name": AN_OBJECT, "bot": "perhaps", "fields_attributes": "x"})
        for method in ("PATCH", "PUT")
    },
    ("DELETE", "/api/v1/profile/avatar"): Case(200),
    ("DELETE", "/api/v1/profile/header"): Case(200),
    ("GET", "/api/v1/instance/domain_blocks"): Case(200),
    ("GET", "/api/v1/peers/search"): shown(200),
    ("GET", "/api/v1/accounts/{id:int}/collections"): Case(404),
    ("GET", "/api/v1/accounts/{id:int}/in_collections"): Case(404),
    ("POST", "/api/v1/collections"): Case(422, COLLECTION | {"account_ids": AN_OBJECT}),
    **{(method, "/api/v1/collections/{id:int}"): Case(404, COLLECTION) for method in ("PATCH", "PUT")},
    ("POST", "/api/v1/collections/{id:int}/items"): Case(404, {"account_id": AN_OBJECT}),
    **{
        (method, path): NOTHING_TO_SAY
        for path, methods in {
            "/api/v1/collections/{id:int}": ("GET", "DELETE"),
            "/api/v1/collections/{id:int}/items/{item:int}": ("DELETE",),
            "/api/v1/collections/{id:int}/items/{item:int}/revoke": ("POST",),
        }.items()
        for method in methods
    },
    ("GET", "/api/v1/annual_reports"): Case(200),
    ("GET", "/api/v1/annual_reports/{year:int}"): Case(404),
    ("GET", "/api/v1/annual_reports/{year:int}/state"): Case(200),
    ("POST", "/api/v1/annual_reports/{year:int}/generate"): Case(200),
    ("POST", "/api/v1/annual_reports/{year:int}/read"): NOTHING_TO_SAY,
    ("POST", "/api/v1/statuses/{id:int}/translate"): NOTHING_TO_SAY,
    ("GET", "/api/v1/accounts/{id:int}/identity_proofs"): Case(404),
    ("GET", "/api/v1/emails/check_confirmation"): Case(200),
    ("POST", "/api/v1/emails/confirmations"): Case(403),
    ("GET", "/api/v1/push/subscription"): Case(404),
    ("POST", "/api/v1/push/subscription"): Case(422, {"subscription": "x", "data": "x", "policy": "some"}),
    **{
        (method, "/api/v1/push/subscription"): Case(404, {"data": "x", "policy": "some"})
        for method in ("PUT", "PATCH")
    },
    ("DELETE", "/api/v1/push/subscription"): Case(200),
}  # fmt: skip

ROUTES = [(method, route) for route in routing.routes for method in route.methods]


def named(path: str, *, id_: str = UNKNOWN) -> str:
    """The path of a route with something in the place of its parameter."""
    return re.sub(r"{[a-z]+(:int)?}", id_, path)


async def test_each_route_has_a_case_and_each_case_a_route() -> None:
    assert set(CASES) == {(method, route.path) for method, route in ROUTES}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the tests ask with: everything, and next to nothing."""

    all: str
    reads_mutes: str
    writes_mutes: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tokens(house: Instance) -> Tokens:
    """The tokens of one member."""
    ada = await house.person("bad_input", role="owner")
    async with house.client() as nobody:
        await nobody.get("/api/v2/instance")  # makes the account of the instance itself, once
    made = [await house.token(ada, allowed) for allowed in (EVERYTHING, "read:mutes", "write:mutes")]
    return Tokens(*made)


@pytest.mark.parametrize(("method", "route"), ROUTES, ids=[f"{method} {route.path}" for method, route in ROUTES])
async def test_bad_input_is_refused_as_decided_and_writes_nothing(
    house: Instance, tokens: Tokens, method: str, route: Route
) -> None:
    async with house.db() as db:
        before = await rows(db)
    async with house.client(tokens.all) as client:
        await _without_rights(house, method, route, tokens)
        await _base(client, method, route)
        await _no_ids(client, method, route)
        await _wrong_fields(client, method, route)
        await _broken_bodies(client, method, route)
        await _too_large(client, method, route)
    await _too_long(house, tokens, method, route)
    async with house.db() as db:
        assert await rows(db) == before


async def _without_rights(house: Instance, method: str, route: Route, tokens: Tokens) -> None:
    need = need_of(route.endpoint)
    assert need is not None
    async with house.client() as nobody:
        answer = await nobody.request(method, named(route.path))
        _said(answer, 401 if need.who in ("member", "app") else CASES[method, route.path].status, route)
    if need.scope:
        other = tokens.reads_mutes if need.scope.startswith("write") else tokens.writes_mutes
        other = tokens.writes_mutes if need.scope == "read:mutes" else other
        async with house.client(other) as client:
            _said(await client.request(method, named(route.path)), 403, route)


async def _base(client: httpx.AsyncClient, method: str, route: Route) -> None:
    case = CASES[method, route.path]
    _said(await client.request(method, named(route.path)), case.status, route)
    _said(await client.request(method, named(route.path) + "/"), case.status, route)


async def _no_ids(client: httpx.AsyncClient, method: str, route: Route) -> None:
    if "{id:int}" in route.path:
        for id_ in NO_IDS:
            answer = await client.request(method, named(route.path, id_=id_))
            # A word may be the name of another route at the same place.
            assert answer.status_code in (404, 405), (method, route.path, id_, answer.status_code)
    if "{name}" in route.path:
        for name in ("%00", "%F0%9F", "..", "a%00b"):
            _said(await client.request(method, named(route.path, id_=name)), 404, route)


async def _wrong_fields(client: httpx.AsyncClient, method: str, route: Route) -> None:
    case = CASES[method, route.path]
    wanted = 404 if "{id:int}" in route.path else 422
    for name, value in case.wrong.items():
        for bad in (value, NUL):
            if case.in_query:
                answer = await client.request(method, named(route.path), params={name: str(bad)})
            else:
                answer = await client.request(method, named(route.path), json={name: bad})
            assert answer.status_code in {422, wanted}, (method, route.path, name, bad, answer.text)
            _json(answer)


async def _broken_bodies(client: httpx.AsyncClient, method: str, route: Route) -> None:
    case = CASES[method, route.path]
    if case.in_query or not case.wrong:
        return
    for kind, body in (
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b'{"a": "\\ud800"}'),
        ("application/json", b"\xff\xfe"),
        ("application/json", b"[" * 100_000),
        ("multipart/form-data; boundary=x", b"--y\r\nnonsense"),
        ("multipart/form-data", b"--x--"),
    ):
        answer = await client.request(method, named(route.path), content=body, headers={"Content-Type": kind})
        assert answer.status_code == 400, (method, route.path, kind, body[:20], answer.status_code)
        _json(answer)


async def _too_large(client: httpx.AsyncClient, method: str, route: Route) -> None:
    case = CASES[method, route.path]
    if case.wrong and not case.in_query:
        name = next(iter(case.wrong))
        for options in ({"json": {name: "x" * MIB}}, {"data": {name: "x" * MIB}}, {"files": {name: (None, "x" * MIB)}}):
            sent: dict[str, Any] = options
            answer = await client.request(method, named(route.path), **sent)
            assert answer.status_code == 413, (method, route.path, answer.status_code)
            _json(answer)


async def _too_long(house: Instance, tokens: Tokens, method: str, route: Route) -> None:
    """A query of a mebibyte, past what a client library lets out."""
    target = f"{named(route.path)}?q={'x' * MIB}"
    head = f"{method} {target} HTTP/1.1\r\nHost: {house.domain}\r\nAuthorization: Bearer {tokens.all}\r\n\r\n"
    async with wire(house) as line:
        await line.send(head.encode())
        await line.until_closed()
        assert line.statuses() in ([400], []), route.path  # the refusal may be lost when the connection is cut


def _said(answer: httpx.Response, status: int, route: Route) -> None:
    assert answer.status_code == status, (answer.request.method, route.path, answer.status_code, answer.text[:300])
    _json(answer)


def _json(answer: httpx.Response) -> None:
    assert answer.headers["content-type"].startswith("application/json")
    if answer.status_code >= 400:
        assert json.loads(answer.content)["error"]
