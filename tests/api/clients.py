"""HTTP clients that look at every answer of the client API: is it what client apps can decode?"""

import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2 as httpx

from tests.api import schema
from tests.running import Instance

MARKERS = "Markers"
UPLOAD = "MediaAttachment or MediaAttachment::Unfinished"
ANSWERS: dict[tuple[str, str], str] = {
    ("POST", "/api/v1/apps"): "CredentialApplication",
    ("GET", "/api/v1/apps/verify_credentials"): "Application",
    ("POST", "/oauth/token"): "Token",
    ("POST", "/oauth/revoke"): "Nothing",
    ("GET", "/oauth/userinfo"): "UserInfo",
    ("POST", "/oauth/userinfo"): "UserInfo",
    ("GET", "/.well-known/oauth-authorization-server"): "OAuthServerMetadata",
    ("GET", "/api/v2/instance"): "Instance",
    ("GET", "/api/v1/instance"): "V1::Instance",
    ("GET", "/api/v1/instance/rules"): "[Rule]",
    ("GET", "/api/v1/instance/peers"): "[String]",
    ("GET", "/api/v1/instance/extended_description"): "ExtendedDescription",
    ("GET", "/api/v1/instance/languages"): "[Hash]",
    ("GET", "/api/v1/instance/translation_languages"): "Nothing",
    ("GET", "/api/v1/instance/privacy_policy"): "PrivacyPolicy",
    ("GET", "/api/v1/instance/terms_of_service"): "TermsOfService",
    ("GET", "/api/v1/instance/terms_of_service/{date}"): "TermsOfService",
    ("POST", "/api/v1/accounts"): "Token",
    ("GET", "/api/v1/accounts"): "[Account]",
    ("GET", "/api/v1/accounts/lookup"): "Account",
    ("GET", "/api/v1/accounts/search"): "[Account]",
    ("GET", "/api/v1/accounts/verify_credentials"): "CredentialAccount",
    ("PATCH", "/api/v1/accounts/update_credentials"): "CredentialAccount",
    ("PUT", "/api/v1/accounts/update_credentials"): "CredentialAccount",
    ("GET", "/api/v1/accounts/relationships"): "[Relationship]",
    ("GET", "/api/v1/accounts/familiar_followers"): "[FamiliarFollowers]",
    ("GET", "/api/v1/accounts/{id}"): "Account",
    ("GET", "/api/v1/accounts/{id}/statuses"): "[Status]",
    ("GET", "/api/v1/accounts/{id}/followers"): "[Account]",
    ("GET", "/api/v1/accounts/{id}/following"): "[Account]",
    ("GET", "/api/v1/accounts/{id}/featured_tags"): "[FeaturedTag]",
    ("GET", "/api/v1/accounts/{id}/endorsements"): "[Account]",
    ("GET", "/api/v1/accounts/{id}/lists"): "[List]",
    ("POST", "/api/v1/accounts/{id}/follow"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/unfollow"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/remove_from_followers"): "Relationship",
    ("GET", "/api/v1/follow_requests"): "[Account]",
    ("POST", "/api/v1/follow_requests/{id}/authorize"): "Relationship",
    ("POST", "/api/v1/follow_requests/{id}/reject"): "Relationship",
    ("GET", "/api/v1/preferences"): "Preferences",
    ("GET", "/api/v1/timelines/home"): "[Status]",
    ("GET", "/api/v1/timelines/public"): "[Status]",
    ("GET", "/api/v1/timelines/tag/{name}"): "[Status]",
    ("GET", "/api/v1/timelines/list/{id}"): "[Status]",
    ("POST", "/api/v1/media"): "MediaAttachment",
    ("POST", "/api/v2/media"): UPLOAD,
    ("GET", "/api/v1/media/{id}"): UPLOAD,
    ("PUT", "/api/v1/media/{id}"): UPLOAD,
    ("PATCH", "/api/v1/media/{id}"): UPLOAD,
    ("DELETE", "/api/v1/media/{id}"): "Nothing",
    ("GET", "/api/v1/statuses/{id}/quotes"): "[Status]",
    ("POST", "/api/v1/statuses/{id}/quotes/{quoting}/revoke"): "Status",
    ("PUT", "/api/v1/statuses/{id}/interaction_policy"): "Status",
    ("PATCH", "/api/v1/statuses/{id}/interaction_policy"): "Status",
    ("POST", "/api/v1/statuses"): "Status or ScheduledStatus",
    ("GET", "/api/v1/statuses"): "[Status]",
    ("GET", "/api/v1/statuses/{id}"): "Status",
    ("PUT", "/api/v1/statuses/{id}"): "Status",
    ("PATCH", "/api/v1/statuses/{id}"): "Status",
    ("DELETE", "/api/v1/statuses/{id}"): "Status",
    ("GET", "/api/v1/statuses/{id}/source"): "StatusSource",
    ("GET", "/api/v1/statuses/{id}/history"): "[StatusEdit]",
    ("GET", "/api/v1/statuses/{id}/context"): "Context",
    ("GET", "/api/v1/statuses/{id}/favourited_by"): "[Account]",
    ("GET", "/api/v1/statuses/{id}/reblogged_by"): "[Account]",
    ("GET", "/api/v1/polls/{id}"): "Poll",
    ("POST", "/api/v1/polls/{id}/votes"): "Poll",
    ("POST", "/api/v1/statuses/{id}/favourite"): "Status",
    ("POST", "/api/v1/statuses/{id}/unfavourite"): "Status",
    ("POST", "/api/v1/statuses/{id}/reblog"): "Status",
    ("POST", "/api/v1/statuses/{id}/unreblog"): "Status",
    ("POST", "/api/v1/statuses/{id}/bookmark"): "Status",
    ("POST", "/api/v1/statuses/{id}/unbookmark"): "Status",
    **{("POST", f"/api/v1/statuses/{{id}}/{verb}"): "Status" for verb in ("pin", "unpin", "mute", "unmute")},
    ("GET", "/api/v1/bookmarks"): "[Status]",
    ("GET", "/api/v1/favourites"): "[Status]",
    ("GET", "/api/v1/lists"): "[List]",
    ("POST", "/api/v1/lists"): "List",
    ("GET", "/api/v1/lists/{id}"): "List",
    ("PUT", "/api/v1/lists/{id}"): "List",
    ("PATCH", "/api/v1/lists/{id}"): "List",
    ("DELETE", "/api/v1/lists/{id}"): "Nothing",
    ("GET", "/api/v1/lists/{id}/accounts"): "[Account]",
    ("POST", "/api/v1/lists/{id}/accounts"): "Nothing",
    ("DELETE", "/api/v1/lists/{id}/accounts"): "Nothing",
    ("GET", "/api/v1/notifications"): "[Notification]",
    ("POST", "/api/v1/notifications/clear"): "Nothing",
    ("DELETE", "/api/v1/notifications/destroy_multiple"): "Nothing",
    ("GET", "/api/v1/notifications/unread_count"): "UnreadCount",
    ("GET", "/api/v1/notifications/{id}"): "Notification",
    ("DELETE", "/api/v1/notifications/{id}"): "Nothing",
    ("POST", "/api/v1/notifications/{id}/dismiss"): "Nothing",
    **{(verb, "/api/v2/notifications/policy"): "NotificationPolicy" for verb in ("GET", "PUT", "PATCH")},
    **{(verb, "/api/v1/notifications/policy"): "V1::NotificationPolicy" for verb in ("GET", "PUT", "PATCH")},
    ("GET", "/api/v1/notifications/requests"): "[NotificationRequest]",
    ("GET", "/api/v1/notifications/requests/{id}"): "NotificationRequest",
    ("GET", "/api/v1/notifications/requests/merged"): "Hash",
    **{
        ("POST", f"/api/v1/notifications/requests/{path}"): "Nothing"
        for path in ("accept", "dismiss", "{id}/accept", "{id}/dismiss")
    },
    ("GET", "/api/v2/notifications"): "GroupedNotificationsResults",
    ("GET", "/api/v2/notifications/unread_count"): "UnreadCount",
    ("POST", "/api/v2/notifications/clear"): "Nothing",
    ("GET", "/api/v2/notifications/{key}"): "GroupedNotificationsResults",
    ("GET", "/api/v2/notifications/{key}/accounts"): "[Account]",
    ("POST", "/api/v2/notifications/{key}/dismiss"): "Nothing",
    ("POST", "/api/v1/announcements/{id}/dismiss"): "Nothing",
    **{(verb, "/api/v1/announcements/{id}/reactions/{name}"): "Nothing" for verb in ("PUT", "PATCH", "DELETE")},
    ("GET", "/api/v1/admin/accounts"): "[Admin::Account]",
    ("GET", "/api/v2/admin/accounts"): "[Admin::Account]",
    ("GET", "/api/v1/admin/accounts/{id}"): "Admin::Account",
    ("DELETE", "/api/v1/admin/accounts/{id}"): "Admin::Account",
    ("POST", "/api/v1/admin/accounts/{id}/action"): "Nothing",
    ("GET", "/api/v1/admin/tags"): "[Admin::Tag]",
    **{(verb, "/api/v1/admin/tags/{id}"): "Admin::Tag" for verb in ("GET", "PUT", "PATCH")},
    **{
        entry: answer
        for what, entity in (
            ("tags", "Admin::Tag"),
            ("links", "Admin::Trends::Link"),
            ("links/publishers", "Admin::PreviewCardProvider"),
            ("statuses", "Admin::Trends::Status"),
        )
        for entry, answer in (
            (("GET", f"/api/v1/admin/trends/{what}"), f"[{entity}]"),
            (("POST", f"/api/v1/admin/trends/{what}/{{id}}/approve"), entity),
            (("POST", f"/api/v1/admin/trends/{what}/{{id}}/reject"), entity),
        )
    },
    **{
        ("POST", f"/api/v1/admin/accounts/{{id}}/{verb}"): "Admin::Account"
        for verb in ("approve", "reject", "enable", "unsensitive", "unsilence", "unsuspend")
    },
    ("GET", "/api/v1/admin/domain_blocks"): "[Admin::DomainBlock]",
    ("POST", "/api/v1/admin/domain_blocks"): "Admin::DomainBlock",
    **{(verb, "/api/v1/admin/domain_blocks/{id}"): "Admin::DomainBlock" for verb in ("GET", "PUT", "PATCH", "DELETE")},
    ("GET", "/api/v1/admin/domain_allows"): "[Admin::DomainAllow]",
    ("GET", "/api/v1/admin/ip_blocks"): "[Admin::IpBlock]",
    ("POST", "/api/v1/admin/ip_blocks"): "Admin::IpBlock",
    **{(verb, "/api/v1/admin/ip_blocks/{id}"): "Admin::IpBlock" for verb in ("GET", "PUT", "PATCH")},
    ("DELETE", "/api/v1/admin/ip_blocks/{id}"): "Nothing",
    ("GET", "/api/v1/admin/email_domain_blocks"): "[Admin::EmailDomainBlock]",
    ("POST", "/api/v1/admin/email_domain_blocks"): "Admin::EmailDomainBlock",
    **{(verb, "/api/v1/admin/email_domain_blocks/{id}"): "Admin::EmailDomainBlock" for verb in ("GET", "DELETE")},
    ("GET", "/api/v1/admin/canonical_email_blocks"): "[Admin::CanonicalEmailBlock]",
    ("POST", "/api/v1/admin/canonical_email_blocks"): "Admin::CanonicalEmailBlock",
    ("POST", "/api/v1/admin/canonical_email_blocks/test"): "[Admin::CanonicalEmailBlock]",
    **{(verb, "/api/v1/admin/canonical_email_blocks/{id}"): "Admin::CanonicalEmailBlock" for verb in ("GET", "DELETE")},
    ("POST", "/api/v1/admin/domain_allows"): "Admin::DomainAllow",
    **{(verb, "/api/v1/admin/domain_allows/{id}"): "Admin::DomainAllow" for verb in ("GET", "DELETE")},
    ("POST", "/api/v1/reports"): "Report",
    ("GET", "/api/v1/admin/reports"): "[Admin::Report]",
    **{(verb, "/api/v1/admin/reports/{id}"): "Admin::Report" for verb in ("GET", "PUT", "PATCH")},
    **{
        ("POST", f"/api/v1/admin/reports/{{id}}/{verb}"): "Admin::Report"
        for verb in ("assign_to_self", "unassign", "resolve", "reopen")
    },
    ("GET", "/api/v1/markers"): MARKERS,
    ("POST", "/api/v1/markers"): MARKERS,
    ("GET", "/api/v2/search"): "Search",
    ("GET", "/api/v1/tags/{name}"): "Tag",
    **{("POST", f"/api/v1/tags/{{name}}/{verb}"): "Tag" for verb in ("follow", "unfollow", "feature", "unfeature")},
    ("GET", "/api/v1/announcements"): "[Announcement]",
    ("GET", "/api/v1/blocks"): "[Account]",
    ("GET", "/api/v1/conversations"): "[Conversation]",
    ("DELETE", "/api/v1/conversations/{id}"): "Nothing",
    ("POST", "/api/v1/conversations/{id}/read"): "Conversation",
    ("POST", "/api/v1/conversations/{id}/unread"): "Conversation",
    ("GET", "/api/v1/domain_blocks"): "[String]",
    ("POST", "/api/v1/domain_blocks"): "Nothing",
    ("DELETE", "/api/v1/domain_blocks"): "Nothing",
    ("GET", "/api/v1/domain_blocks/preview"): "DomainBlockPreview",
    **{
        ("POST", f"/api/v1/accounts/{{id}}/{verb}"): "Relationship"
        for verb in ("mute", "unmute", "block", "unblock", "note", "endorse", "unendorse", "pin", "unpin")
    },
    ("GET", "/api/v1/endorsements"): "[Account]",
    ("GET", "/api/v1/trends"): "[Tag]",
    ("GET", "/api/v1/trends/tags"): "[Tag]",
    ("GET", "/api/v1/trends/links"): "[Trends::Link]",
    ("GET", "/api/v1/trends/statuses"): "[Status]",
    ("GET", "/api/v1/timelines/link"): "[Status]",
    ("GET", "/api/v1/directory"): "[Account]",
    ("GET", "/api/oembed"): "Hash",
    ("GET", "/api/fedcomm/v1/groups"): "[Group]",
    ("POST", "/api/fedcomm/v1/groups"): "Group",
    ("GET", "/api/fedcomm/v1/groups/{id}"): "Group",
    ("PATCH", "/api/fedcomm/v1/groups/{id}"): "Group",
    ("POST", "/api/fedcomm/v1/groups/{id}/join"): "Group",
    ("POST", "/api/fedcomm/v1/groups/{id}/leave"): "Group",
    ("GET", "/api/fedcomm/v1/groups/{id}/threads"): "[Status]",
    ("GET", "/api/fedcomm/v1/groups/{id}/members"): "[GroupMember]",
    ("PATCH", "/api/fedcomm/v1/groups/{id}/members/{account}"): "GroupMember",
    ("PUT", "/api/fedcomm/v1/groups/{id}/members/{account}"): "GroupMember",
    ("DELETE", "/api/fedcomm/v1/groups/{id}/members/{account}"): "Nothing",
    ("POST", "/api/fedcomm/v1/groups/{id}/other_names"): "Group",
    ("POST", "/api/fedcomm/v1/groups/{id}/move"): "Group",
    ("POST", "/api/fedcomm/v1/groups/{id}/come_back"): "Group",
    ("GET", "/api/fedcomm/v1/groups/{id}/bans"): "[GroupBan]",
    ("POST", "/api/fedcomm/v1/groups/{id}/bans"): "GroupBan or Nothing",
    ("DELETE", "/api/fedcomm/v1/groups/{id}/bans/{account}"): "Nothing",
    ("GET", "/api/fedcomm/v1/groups/{id}/pauses"): "[GroupPause]",
    ("POST", "/api/fedcomm/v1/groups/{id}/pauses"): "GroupPause",
    ("DELETE", "/api/fedcomm/v1/groups/{id}/pauses/{account}"): "Nothing",
    ("GET", "/api/fedcomm/v1/groups/{id}/notes"): "[GroupNote]",
    ("DELETE", "/api/fedcomm/v1/groups/{id}/notes/{item}"): "Nothing",
    ("GET", "/api/fedcomm/v1/groups/{id}/hidden"): "[GroupHidden]",
    ("POST", "/api/fedcomm/v1/statuses/{id}/hide"): "Nothing",
    ("POST", "/api/fedcomm/v1/statuses/{id}/show_again"): "Nothing",
    ("POST", "/api/fedcomm/v1/statuses/{id}/note"): "Nothing",
    ("POST", "/api/fedcomm/v1/statuses/{id}/ask_to_edit"): "Nothing",
    ("GET", "/api/fedcomm/v1/groups/{id}/requests"): "[GroupMember]",
    ("POST", "/api/fedcomm/v1/groups/{id}/requests/{account}/approve"): "Nothing",
    ("POST", "/api/fedcomm/v1/groups/{id}/requests/{account}/reject"): "Nothing",
    ("GET", "/api/fedcomm/v1/groups/{id}/carries"): "[Carry]",
    ("POST", "/api/fedcomm/v1/groups/{id}/carries/{carry}/accept"): "Carry",
    ("POST", "/api/fedcomm/v1/groups/{id}/carries/{carry}/decline"): "Carry",
    ("GET", "/api/fedcomm/v1/groups/{id}/moves"): "[ThreadMove]",
    ("POST", "/api/fedcomm/v1/groups/{id}/moves/{move}/accept"): "ThreadMove",
    ("POST", "/api/fedcomm/v1/groups/{id}/moves/{move}/decline"): "ThreadMove",
    ("GET", "/api/fedcomm/v1/threads/{id}"): "Thread",
    ("POST", "/api/fedcomm/v1/threads/{id}/lock"): "Thread",
    ("POST", "/api/fedcomm/v1/threads/{id}/unlock"): "Thread",
    ("POST", "/api/fedcomm/v1/threads/{id}/pin"): "Thread",
    ("POST", "/api/fedcomm/v1/threads/{id}/move"): "Thread or ThreadMove",
    ("POST", "/api/fedcomm/v1/threads/{id}/unpin"): "Thread",
    ("POST", "/api/fedcomm/v1/statuses/{id}/crosspost"): "[Carry]",
    ("POST", "/api/fedcomm/v1/statuses/{id}/react"): "Status",
    ("POST", "/api/fedcomm/v1/statuses/{id}/remove"): "Status",
    ("POST", "/api/fedcomm/v1/statuses/{id}/restore"): "Status or Nothing",
    ("GET", "/api/openapi.json"): "Hash",
    ("GET", "/api/v1/profile"): "Profile",
    ("PATCH", "/api/v1/profile"): "Profile",
    ("PUT", "/api/v1/profile"): "Profile",
    ("DELETE", "/api/v1/profile/avatar"): "CredentialAccount",
    ("DELETE", "/api/v1/profile/header"): "CredentialAccount",
    ("GET", "/api/v1/instance/domain_blocks"): "[DomainBlock]",
    ("GET", "/api/v1/peers/search"): "[String]",
    ("GET", "/api/v1/accounts/{id}/collections"): "Collections",
    ("GET", "/api/v1/accounts/{id}/in_collections"): "Collections",
    ("POST", "/api/v1/collections"): "WrappedCollection",
    ("GET", "/api/v1/collections/{id}"): "CollectionWithAccounts",
    ("PATCH", "/api/v1/collections/{id}"): "WrappedCollection",
    ("PUT", "/api/v1/collections/{id}"): "WrappedCollection",
    ("DELETE", "/api/v1/collections/{id}"): "Nothing",
    ("POST", "/api/v1/collections/{id}/items"): "WrappedCollectionItem",
    ("DELETE", "/api/v1/collections/{id}/items/{item}"): "Nothing",
    ("POST", "/api/v1/collections/{id}/items/{item}/revoke"): "Nothing",
    ("GET", "/api/v1/annual_reports"): "WrappedAnnualReports",
    ("GET", "/api/v1/annual_reports/{year}"): "WrappedAnnualReports",
    ("GET", "/api/v1/annual_reports/{year}/state"): "Hash",
    ("POST", "/api/v1/annual_reports/{year}/generate"): "Nothing",
    ("POST", "/api/v1/annual_reports/{year}/read"): "Nothing",
    ("POST", "/api/v1/statuses/{id}/translate"): "Translation",
    ("GET", "/api/v1/accounts/{id}/identity_proofs"): "[IdentityProof]",
    ("GET", "/api/v1/emails/check_confirmation"): "Boolean",
    ("POST", "/api/v1/emails/confirmations"): "Nothing",
    ("GET", "/api/v1/featured_tags"): "[FeaturedTag]",
    ("POST", "/api/v1/featured_tags"): "FeaturedTag",
    ("DELETE", "/api/v1/featured_tags/{id}"): "Nothing",
    ("GET", "/api/v1/featured_tags/suggestions"): "[Tag]",
    ("GET", "/api/v1/filters"): "[V1::Filter]",
    ("POST", "/api/v1/filters"): "V1::Filter",
    ("GET", "/api/v1/filters/{id}"): "V1::Filter",
    ("PUT", "/api/v1/filters/{id}"): "V1::Filter",
    ("PATCH", "/api/v1/filters/{id}"): "V1::Filter",
    ("DELETE", "/api/v1/filters/{id}"): "Nothing",
    ("GET", "/api/v2/filters"): "[Filter]",
    ("POST", "/api/v2/filters"): "Filter",
    ("GET", "/api/v2/filters/{id}"): "Filter",
    ("PUT", "/api/v2/filters/{id}"): "Filter",
    ("PATCH", "/api/v2/filters/{id}"): "Filter",
    ("DELETE", "/api/v2/filters/{id}"): "Nothing",
    ("GET", "/api/v2/filters/{id}/keywords"): "[FilterKeyword]",
    ("POST", "/api/v2/filters/{id}/keywords"): "FilterKeyword",
    ("GET", "/api/v2/filters/keywords/{id}"): "FilterKeyword",
    ("PUT", "/api/v2/filters/keywords/{id}"): "FilterKeyword",
    ("PATCH", "/api/v2/filters/keywords/{id}"): "FilterKeyword",
    ("DELETE", "/api/v2/filters/keywords/{id}"): "Nothing",
    ("GET", "/api/v2/filters/{id}/statuses"): "[FilterStatus]",
    ("POST", "/api/v2/filters/{id}/statuses"): "FilterStatus",
    ("GET", "/api/v2/filters/statuses/{id}"): "FilterStatus",
    ("DELETE", "/api/v2/filters/statuses/{id}"): "FilterStatus",
    ("GET", "/api/v1/followed_tags"): "[Tag]",
    ("GET", "/api/v1/mutes"): "[MutedAccount]",
    ("GET", "/api/v1/scheduled_statuses"): "[ScheduledStatus]",
    ("GET", "/api/v1/scheduled_statuses/{id}"): "ScheduledStatus",
    ("PUT", "/api/v1/scheduled_statuses/{id}"): "ScheduledStatus",
    ("PATCH", "/api/v1/scheduled_statuses/{id}"): "ScheduledStatus",
    ("DELETE", "/api/v1/scheduled_statuses/{id}"): "Nothing",
    ("GET", "/api/v1/suggestions"): "[Account]",
    ("DELETE", "/api/v1/suggestions/{id}"): "Nothing",
    ("GET", "/api/v2/suggestions"): "[Suggestion]",
    ("GET", "/api/v1/custom_emojis"): "[CustomEmoji]",
    **{(verb, "/api/v1/push/subscription"): "WebPushSubscription" for verb in ("GET", "POST", "PUT", "PATCH")},
    ("DELETE", "/api/v1/push/subscription"): "Nothing",
}
"""What each endpoint answers with. A route without a line fails `test_contract.py`, an answer that differs its test."""

CHECKED = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/.well-known/oauth")
_PATTERNS = [
    (method, re.compile(re.sub(r"\{[a-z]+\}", "[^/]+", path) + r"/?\Z"), "{" in path, wanted)
    for (method, path), wanted in ANSWERS.items()
]


def wanted(method: str, path: str) -> str | None:
    """What a request is answered with; None where nothing was decided."""
    fitting = [(is_general, what) for at, form, is_general, what in _PATTERNS if at == method and form.match(path)]
    return min(fitting)[1] if fitting else None


def check(method: str, path: str, status: int, content: bytes) -> None:
    """Fail when an answer of the client API is not what clients can decode."""
    if method in ("OPTIONS", "HEAD") or not path.startswith(CHECKED) or path == "/api/v1/streaming/health":
        return
    value: Any = json.loads(content)
    if status >= 400:
        assert isinstance(value.get("error"), str), (path, value)
        assert value["error"], path
        return
    what = wanted(method, path)
    assert what is not None, f"{method} {path} is in no list of answers"
    if what == MARKERS:
        assert set(value) <= {"home", "notifications"}
        found = [t for marker in value.values() for t in schema.troubles(marker, "Marker")]
    else:
        found = schema.troubles(value, what)
    assert found == [], (method, path, found[:5])


async def _look(response: httpx.Response) -> None:
    await response.aread()
    check(response.request.method, response.request.url.path, response.status_code, response.content)


@asynccontextmanager
async def client(here: Instance, token: str | None = None) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of an instance whose every answer is checked."""
    look: list[Callable[..., Awaitable[None]]] = [_look]
    async with here.client(token) as made:
        made.event_hooks = {"request": [], "response": look}
        yield made
