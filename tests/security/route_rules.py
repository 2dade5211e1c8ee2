"""What each route shows or changes, and how each kind of reader asks there. A new route belongs into `RULES`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import httpx2 as httpx

from fedcomm.app import routes
from fedcomm.http.router import Route
from tests.kit import answers
from tests.kit.signing import signed_headers
from tests.security.cast import FAR, LOCAL, Cast, Exhibit, Viewer

Rule = Literal["no posts", "posts", "a post", "about a post", "changes a post", "changes"]
"""What a GET shows: no posts; those that the reader may read; one, 200 or 404 (also what hangs on it: context, counts);
what only some readers of a post may see of it, 404 for those who may not know of it. What other methods do: change
something about a post, 404 for those who may not know of it; or change something else."""

RULES: dict[Rule, tuple[str, ...]] = {
    "no posts": (
        "/settings/export", "/settings/export/{id:int}.zip", "/settings/exports/{name}.csv",
        "/settings/import", "/settings/import/{id:int}", "/@{handle}/export", "/@{handle}/export/{id:int}.zip",
        "/@{handle}/figures", "/@{handle}/figures.csv",
        "/admin/deliveries/report", "/admin/deliveries/report.csv", "/admin/export", "/admin/export/{id:int}.zip",
        "/admin/register", "/admin/register.csv", "/admin/register.json",
        "/about/texts/{kind}", "/admin/texts", "/admin/texts/{kind}",
        "/admin/agreements", "/admin/agreements.csv",
        "/about/numbers", "/about/numbers.csv", "/about/numbers.json",
        "/notice", "/notice/{token}", "/admin/notices",
        "/forgot", "/confirm/{link}", "/mail/stop/{token}", "/settings/second_step",
        "/settings/passkeys", "/settings/sign_ins",
        "/healthz", "/health", "/api/v1/streaming/health", "/readyz", "/metrics",
        "/.well-known/webfinger", "/.well-known/host-meta", "/.well-known/nodeinfo", "/nodeinfo/{version}",
        "/.well-known/oauth-authorization-server",
        "/actor", "/u/{handle}", "/groups/{handle}", "/groups/{handle}/moderators",
        "/actor/collections", "/actor/collections/groups", "/groups/{handle}/feature_authorizations/instance",
        "/u/{handle}/collections", "/u/{handle}/collections/{id:int}", "/u/{handle}/feature_authorizations/{item:int}",
        "/groups/{handle}/collections", "/groups/{handle}/collections/{id:int}",
        "/groups/{handle}/feature_authorizations/{item:int}",
        "/u/{handle}/followers_synchronization", "/groups/{handle}/followers_synchronization",
        "/u/{handle}/pending_followers", "/groups/{handle}/pending_followers",
        "/u/{handle}/pending_following", "/groups/{handle}/pending_following",
        "/u/{handle}/followers", "/u/{handle}/following", "/groups/{handle}/followers", "/groups/{handle}/following",
        "/api/v1/apps/verify_credentials", "/oauth/userinfo",
        "/api/v2/instance", "/api/v1/instance", "/api/v1/instance/rules", "/api/v1/instance/peers",
        "/api/v1/instance/extended_description", "/api/v1/instance/languages",
        "/api/v1/instance/translation_languages", "/api/v1/instance/privacy_policy",
        "/api/v1/instance/terms_of_service", "/api/v1/instance/terms_of_service/{date}",
        "/api/v1/accounts/verify_credentials", "/api/v1/preferences", "/api/v1/accounts", "/api/v1/accounts/lookup",
        "/api/v1/accounts/search", "/api/v1/accounts/{id:int}", "/api/v1/accounts/{id:int}/followers",
        "/api/v1/accounts/{id:int}/following", "/api/v1/accounts/{id:int}/endorsements",
        "/api/v1/accounts/relationships", "/api/v1/accounts/familiar_followers",
        "/api/v1/accounts/{id:int}/lists", "/api/v1/follow_requests",
        "/api/v1/lists", "/api/v1/lists/{id:int}", "/api/v1/lists/{id:int}/accounts",
        "/api/v1/notifications/policy", "/api/v2/notifications/policy", "/api/v1/notifications/requests/merged",
        "/api/v1/notifications/unread_count", "/api/v2/notifications/unread_count",
        "/api/v2/notifications/{key}/accounts", "/api/v1/markers",
        "/api/v1/announcements", "/api/v1/blocks", "/api/v1/domain_blocks", "/api/v1/domain_blocks/preview",
        "/api/v1/endorsements", "/api/v1/filters", "/api/v1/filters/{id:int}", "/api/v1/mutes",
        "/api/v1/suggestions", "/api/v2/filters", "/api/v2/filters/{id:int}",
        "/api/v2/filters/{id:int}/keywords", "/api/v2/filters/keywords/{id:int}",
        "/api/v2/filters/{id:int}/statuses", "/api/v2/filters/statuses/{id:int}",
        "/api/v2/suggestions", "/api/openapi.json",
        "/api/fedcomm/v1/groups", "/api/fedcomm/v1/groups/{id:int}", "/api/fedcomm/v1/groups/{id:int}/members",
        "/api/fedcomm/v1/groups/{id:int}/requests", "/api/fedcomm/v1/groups/{id:int}/carries",
        "/api/fedcomm/v1/groups/{id:int}/bans", "/api/fedcomm/v1/groups/{id:int}/moves",
        "/api/fedcomm/v1/groups/{id:int}/pauses", "/api/fedcomm/v1/groups/{id:int}/notes",
        "/api/fedcomm/v1/groups/{id:int}/hidden",
        "/api/v1/directory", "/api/v1/trends/links", "/api/v1/profile", "/@{handle}/collections/{id:int}",
        "/api/v1/instance/domain_blocks", "/api/v1/peers/search", "/api/v1/accounts/{id:int}/collections",
        "/api/v1/accounts/{id:int}/in_collections", "/api/v1/collections/{id:int}", "/api/v1/annual_reports",
        "/api/v1/annual_reports/{year:int}", "/api/v1/annual_reports/{year:int}/state",
        "/api/v1/accounts/{id:int}/identity_proofs", "/api/v1/emails/check_confirmation",
        "/api/v1/custom_emojis", "/api/v1/push/subscription",
        "/static/{name}", "/about", "/source", "/source/{name}", "/sign_in", "/sign_up", "/set_password/{link}",
        "/invitations", "/invite/{code}", "/@{handle}/bans", "/@{handle}/settings",
        "/@{handle}/log", "/@{handle}/members", "/admin/accounts", "/admin/groups",
        "/settings/leaving", "/@{handle}/moving", "/@{handle}/other_groups",
        "/oauth/authorize", "/settings", "/settings/access", "/settings/hidden", "/settings/moving",
        "/groups", "/new_group", "/new_message",
        "/@{handle}/waiting",


        "/oauth/authorize", "/settings", "/settings/access", "/settings/notices", "/groups", "/new_group",
        "/new_message", "/@{handle}/waiting",
        "/media/avatars/{id:int}/{version:int}.png", "/media/headers/{id:int}/{version:int}.png",
        "/media/emojis/{id:int}/{version:int}.png", "/admin/emojis", "/admin/branding", "/media/logo/{name}",
        "/manifest.webmanifest", "/icons/{size:int}.png", "/icons/wide.jpg", "/worker.js", "/offline",
        "/media/files/{name}", "/api/v1/media/{id:int}",
        "/admin/log", "/admin/log.csv", "/admin/apps", "/admin/storage", "/admin/holds",
        "/admin/emergency", "/@{handle}/emergency",
        "/admin/rules", "/admin/rules/{id:int}", "/sign_in/back", "/settings/sign_on",
        "/admin/mail",
        "/admin/peers/subscriptions/new", "/admin/peers/subscriptions/{id:int}",
        "/admin/peers/lists", "/admin/peers/lists/{id:int}", "/admin/peers/blocks.csv", "/admin/peers/allows.csv",
        "/admin/figures.csv", "/admin/setup", "/admin/setup/{step}",
        "/admin", "/admin/sign_ups", "/admin/invitations", "/admin/reports", "/admin/announcements",
        "/lists", "/lists/{id:int}/edit", "/reports", "/reports/{id:int}", "/@{handle}/report",
        "/decisions", "/decisions/{id:int}", "/appeals", "/appeals/{id:int}",
        "/api/v1/admin/reports", "/api/v1/admin/reports/{id:int}",
        "/api/v1/admin/accounts", "/api/v2/admin/accounts", "/api/v1/admin/accounts/{id:int}",
        "/api/v1/admin/domain_blocks", "/api/v1/admin/domain_blocks/{id:int}",
        "/api/v1/admin/domain_allows", "/api/v1/admin/domain_allows/{id:int}",
        "/api/v1/admin/ip_blocks", "/api/v1/admin/ip_blocks/{id:int}",
        "/api/v1/admin/email_domain_blocks", "/api/v1/admin/email_domain_blocks/{id:int}",
        "/api/v1/admin/canonical_email_blocks", "/api/v1/admin/canonical_email_blocks/{id:int}",
        "/api/v1/admin/tags", "/api/v1/admin/tags/{id:int}", "/api/v1/admin/trends/tags",
        "/api/v1/admin/trends/links", "/api/v1/admin/trends/links/publishers", "/api/v1/admin/trends/statuses",
        "/admin/peers", "/admin/deliveries", "/admin/queues",
        "/admin/settings",
    ),
    "posts": (
        "/@{handle}/held", "/admin/held", "/@{handle}/measures",
        "/admin/emergency/{id:int}", "/admin/emergency/{id:int}/threads/{thread:int}",
        "/u/{handle}/outbox", "/groups/{handle}/outbox", "/u/{handle}/featured", "/groups/{handle}/featured",
        "/a/{id:int}", "/t/{id:int}",
        "/api/v1/accounts/{id:int}/statuses", "/api/v1/accounts/{id:int}/featured_tags", "/api/v1/featured_tags",
        "/api/v1/featured_tags/suggestions", "/api/oembed", "/api/v1/trends", "/api/v1/trends/tags",
        "/api/v1/trends/statuses",
        "/api/v1/timelines/link", "/api/fedcomm/v1/groups/{id:int}/threads",
        "/api/v1/followed_tags", "/api/v1/statuses", "/api/v1/timelines/home", "/api/v1/timelines/public",
        "/api/v1/timelines/tag/{name}", "/api/v1/timelines/list/{id:int}", "/api/v1/bookmarks", "/api/v1/favourites",
        "/api/v1/notifications", "/api/v2/notifications", "/api/v2/notifications/{key}",
        "/api/v1/notifications/{id:int}", "/api/v1/notifications/requests",
        "/api/v1/notifications/requests/{id:int}", "/api/v2/search", "/api/v1/tags/{name}",
        "/@{handle}.atom", "/@{handle}.rss",
        "/", "/home", "/you", "/notifications", "/messages", "/messages/{id:int}",
        "/@{handle}", "/find", "/authorize_interaction", "/interact",
        "/api/v1/conversations", "/api/v1/scheduled_statuses", "/api/v1/scheduled_statuses/{id:int}", "/scheduled",
        "/tags/{tag}", "/compose", "/admin/design",
        "/@{handle}.atom", "/@{handle}.rss",
        "/", "/home", "/you", "/notifications", "/@{handle}", "/find", "/authorize_interaction", "/interact",
        "/search", "/tags/{tag}", "/compose", "/admin/design", "/lists/{id:int}",
    ),
    "a post": (
        "/api/v1/statuses/{id:int}/quotes", "/p/{id:int}/quotes",
        "/p/{id:int}", "/p/{id:int}/replies", "/p/{id:int}/likes", "/p/{id:int}/shares",
        "/api/fedcomm/v1/threads/{id:int}",
        "/api/v1/statuses/{id:int}", "/api/v1/statuses/{id:int}/history", "/api/v1/statuses/{id:int}/context",
        "/api/v1/statuses/{id:int}/favourited_by", "/api/v1/statuses/{id:int}/reblogged_by",
        "/@{handle}/{id:int}", "/p/{id:int}/history", "/p/{id:int}/news",
    ),
    "about a post": (
        "/api/v1/statuses/{id:int}/source", "/p/{id:int}/edit", "/p/{id:int}/delete", "/p/{id:int}/remove",
        "/p/{id:int}/report", "/p/{id:int}/measures",
        "/media/posts/{id:int}/{position:int}", "/api/v1/polls/{id:int}",
        "/p/{id:int}/quote_authorizations/{stamp:int}",
    ),
    "changes a post": (
        "/api/v1/statuses/{id:int}", "/api/v1/statuses/{id:int}/favourite", "/api/v1/statuses/{id:int}/unfavourite",
        "/api/v1/statuses/{id:int}/reblog", "/api/v1/statuses/{id:int}/unreblog",
        "/api/v1/statuses/{id:int}/bookmark", "/api/v1/statuses/{id:int}/unbookmark",
        "/api/v1/statuses/{id:int}/pin", "/api/v1/statuses/{id:int}/unpin", "/api/v1/statuses/{id:int}/mute",
        "/api/v1/statuses/{id:int}/unmute", "/api/v1/polls/{id:int}/votes",
        "/api/v1/statuses/{id:int}/interaction_policy", "/api/v1/statuses/{id:int}/quotes/{quoting:int}/revoke",
        "/p/{id:int}/reply", "/p/{id:int}/vote", "/p/{id:int}/edit", "/p/{id:int}/delete", "/p/{id:int}/remove",
        "/p/{id:int}/restore", "/p/{id:int}/measures",
        "/api/fedcomm/v1/statuses/{id:int}/hide", "/api/fedcomm/v1/statuses/{id:int}/show_again",
        "/api/fedcomm/v1/statuses/{id:int}/note", "/api/fedcomm/v1/statuses/{id:int}/ask_to_edit",
        "/api/v1/statuses/{id:int}/unmute", "/api/v1/statuses/{id:int}/translate",
        "/api/fedcomm/v1/statuses/{id:int}/crosspost", "/api/fedcomm/v1/statuses/{id:int}/react",
        "/api/fedcomm/v1/statuses/{id:int}/remove", "/api/fedcomm/v1/statuses/{id:int}/restore",
        "/api/fedcomm/v1/threads/{id:int}/lock", "/api/fedcomm/v1/threads/{id:int}/unlock",
        "/api/fedcomm/v1/threads/{id:int}/pin", "/api/fedcomm/v1/threads/{id:int}/unpin",
        "/api/fedcomm/v1/threads/{id:int}/move",
        "/p/{id:int}/lock", "/p/{id:int}/unlock", "/p/{id:int}/pin", "/p/{id:int}/unpin",
        "/p/{id:int}/reply", "/p/{id:int}/edit", "/p/{id:int}/delete", "/p/{id:int}/remove",
        "/p/{id:int}/favourite", "/p/{id:int}/unfavourite", "/p/{id:int}/boost", "/p/{id:int}/unboost",
        "/p/{id:int}/react", "/p/{id:int}/carry", "/p/{id:int}/stop_carrying", "/p/{id:int}/report",
        "/p/{id:int}/move",
        "/p/{id:int}/quotes/revoke",
    ),
    "changes": (
        "/settings/export", "/settings/import", "/settings/import/archive", "/@{handle}/export",
        "/settings/pictures", "/@{handle}/settings/pictures",
        "/notice", "/admin/notices/decide",
        "/settings/export/stop", "/@{handle}/export/stop", "/admin/export", "/admin/export/stop",
        "/settings/import/{id:int}/begin", "/settings/import/{id:int}/undo",
        "/settings/import/{id:int}/again", "/settings/import/{id:int}/throw_away",
        "/settings/email", "/settings/email/keep", "/settings/email/works", "/forgot", "/confirm/{link}",
        "/mail/stop/{token}", "/sign_in/code", "/settings/second_step/begin", "/settings/second_step/on",
        "/settings/second_step/off", "/settings/second_step/codes",
        "/settings/passkeys/begin", "/settings/passkeys/add", "/settings/passkeys/remove", "/sign_in/passkey/begin",
        "/settings/passkeys/rename", "/settings/sessions/end_others",
        "/sign_in/passkey", "/sign_in/code/passkey/begin", "/sign_in/code/passkey",
        "/settings/notices/push", "/settings/notices/push/end",
        "/inbox", "/u/{handle}/inbox", "/groups/{handle}/inbox", "/actor/inbox",
        "/api/v1/apps", "/oauth/token", "/oauth/revoke", "/oauth/userinfo", "/api/v1/accounts",
        "/api/v1/accounts/update_credentials", "/api/v1/accounts/{id:int}/follow",
        "/api/v1/accounts/{id:int}/unfollow", "/api/v1/accounts/{id:int}/remove_from_followers",
        "/api/v1/accounts/{id:int}/endorse", "/api/v1/accounts/{id:int}/unendorse", "/api/v1/accounts/{id:int}/pin",
        "/api/v1/accounts/{id:int}/unpin", "/api/v1/suggestions/{id:int}",
        "/api/v1/accounts/{id:int}/mute", "/api/v1/accounts/{id:int}/unmute", "/api/v1/accounts/{id:int}/block",
        "/api/v1/accounts/{id:int}/unblock", "/api/v1/accounts/{id:int}/note", "/api/v1/domain_blocks",
        "/api/v1/featured_tags", "/api/v1/featured_tags/{id:int}", "/api/v1/tags/{name}/follow",
        "/api/v1/tags/{name}/unfollow", "/api/v1/tags/{name}/feature", "/api/v1/tags/{name}/unfeature",
        "/api/v1/featured_tags", "/api/v1/featured_tags/{id:int}",

        "/api/v1/annual_reports/{year:int}/generate", "/api/v1/annual_reports/{year:int}/read",
        "/api/v1/profile", "/api/v1/profile/avatar",
        "/api/fedcomm/v1/groups", "/api/fedcomm/v1/groups/{id:int}",
        "/api/fedcomm/v1/groups/{id:int}/join", "/api/fedcomm/v1/groups/{id:int}/leave",
        "/api/fedcomm/v1/groups/{id:int}/members/{account:int}",
        "/api/fedcomm/v1/groups/{id:int}/bans", "/api/fedcomm/v1/groups/{id:int}/bans/{account:int}",
        "/api/fedcomm/v1/groups/{id:int}/pauses", "/api/fedcomm/v1/groups/{id:int}/pauses/{account:int}",
        "/api/fedcomm/v1/groups/{id:int}/notes/{item:int}",
        "/api/fedcomm/v1/groups/{id:int}/requests/{account:int}/approve",
        "/api/fedcomm/v1/groups/{id:int}/requests/{account:int}/reject",
        "/api/fedcomm/v1/groups/{id:int}/carries/{carry:int}/accept",
        "/api/fedcomm/v1/groups/{id:int}/moves/{move:int}/accept",
        "/api/fedcomm/v1/groups/{id:int}/moves/{move:int}/decline",
        "/api/fedcomm/v1/groups/{id:int}/carries/{carry:int}/decline", "/api/v1/profile/header",
        "/@{handle}/collections/{id:int}/leave",
        "/api/v1/collections", "/api/v1/collections/{id:int}", "/api/v1/collections/{id:int}/items",
        "/api/v1/collections/{id:int}/items/{item:int}", "/api/v1/collections/{id:int}/items/{item:int}/revoke",
        "/api/v1/emails/confirmations",
        "/api/v2/filters", "/api/v2/filters/{id:int}", "/api/v2/filters/{id:int}/keywords",
        "/api/v2/filters/keywords/{id:int}", "/api/v2/filters/{id:int}/statuses", "/api/v2/filters/statuses/{id:int}",
        "/api/v1/filters", "/api/v1/filters/{id:int}", "/api/v1/scheduled_statuses/{id:int}",
        "/scheduled/move", "/scheduled/cancel",
        "/api/v1/follow_requests/{id:int}/authorize", "/api/v1/follow_requests/{id:int}/reject",
        "/api/v1/conversations/{id:int}", "/api/v1/conversations/{id:int}/read",
        "/api/v1/conversations/{id:int}/unread",
        "/api/v1/statuses", "/api/v1/lists", "/api/v1/lists/{id:int}", "/api/v1/lists/{id:int}/accounts",
        "/api/v1/media", "/api/v2/media", "/api/v1/media/{id:int}",
        "/api/v1/notifications/clear", "/api/v2/notifications/clear", "/api/v1/notifications/destroy_multiple",
        "/api/v2/notifications/{key}/dismiss", "/api/v1/notifications/{id:int}",
        "/api/v1/notifications/{id:int}/dismiss",
        "/api/v1/notifications/policy", "/api/v2/notifications/policy", "/api/v1/notifications/requests/accept",
        "/api/v1/notifications/requests/dismiss", "/api/v1/notifications/requests/{id:int}/accept",
        "/api/v1/notifications/requests/{id:int}/dismiss",
        "/api/v1/markers", "/api/v1/push/subscription",
        "/messages/{id:int}", "/messages/{id:int}/remove", "/new_message",
        "/sign_in", "/sign_out", "/sign_up", "/set_password/{link}", "/oauth/authorize", "/settings", "/language",
        "/invitations", "/invitations/withdraw", "/invite/{code}", "/@{handle}/bans", "/@{handle}/bans/end",
        "/@{handle}/members/role", "/admin/groups/appoint", "/admin/agreements",
        "/@{handle}/held/let_through", "/@{handle}/held/people", "/@{handle}/held/people/end", "/@{handle}/settings",
        "/@{handle}/measures/pauses", "/@{handle}/measures/pauses/end", "/@{handle}/measures/show_again",
        "/@{handle}/measures/take_back",
        "/admin/peers/lists", "/admin/peers/lists/{id:int}/apply", "/admin/peers/lists/{id:int}/undo",
        "/admin/peers/lists/{id:int}/throw_away", "/admin/apps/end", "/admin/peers/subscriptions",
        "/admin/peers/subscriptions/{id:int}", "/admin/peers/subscriptions/{id:int}/read",
        "/admin/peers/subscriptions/{id:int}/ask_again", "/admin/peers/subscriptions/{id:int}/end",
        "/admin/storage", "/admin/storage/runs", "/admin/storage/stop",
        "/admin/rules", "/admin/rules/move", "/admin/rules/{id:int}",
        "/admin/mail", "/admin/mail/test", "/admin/mail/stop", "/admin/mail/forgive",
        "/sign_in/with", "/sign_up/with", "/settings/sign_on/connect", "/settings/sign_on/disconnect",
        "/admin/setup/{step}", "/admin/setup/{step}/leave_out", "/admin/setup/people/invite",
        "/admin/accounts", "/settings/leaving", "/@{handle}/moving/names", "/@{handle}/moving/out",
        "/@{handle}/moving/back", "/@{handle}/other_groups/follow", "/@{handle}/other_groups/unfollow",
        "/@{handle}/other_groups/let_in", "/@{handle}/other_groups/end",
        "/settings/moving/names", "/settings/moving/names/end", "/settings/moving/out", "/settings/moving/back",
        "/api/fedcomm/v1/groups/{id:int}/other_names", "/api/fedcomm/v1/groups/{id:int}/move",
        "/api/fedcomm/v1/groups/{id:int}/come_back",
        "/settings/password", "/settings/sessions/end", "/settings/apps/revoke", "/settings/hidden/end",
        "/new_group", "/@{handle}/join",


        "/settings/password", "/settings/sessions/end", "/settings/apps/revoke", "/settings/notices",
        "/settings/notices/accept", "/settings/notices/dismiss", "/settings/notices/mail",
        "/new_group", "/@{handle}/join",
        "/@{handle}/leave", "/@{handle}/admit", "/@{handle}/refuse", "/@{handle}/carries/accept",
        "/@{handle}/carries/decline", "/@{handle}/moves/accept",
        "/@{handle}/moves/decline", "/@{handle}/follow", "/@{handle}/unfollow", "/@{handle}/let_follow",
        "/@{handle}/refuse_follower", "/interact", "/compose",
        "/admin/deliveries/give_up", "/admin/deliveries/pause", "/admin/deliveries/resume", "/admin/queues/retry",
        "/admin/deliveries/release",
        "/admin/queues/drop", "/admin/deliveries/retry",
        "/admin/sign_ups/approve", "/admin/sign_ups/reject", "/admin/sign_ups/many", "/admin/sign_ups/undo",
        "/admin/invitations/revoke", "/admin/texts/{kind}", "/admin/texts/{kind}/drop",
        "/admin/peers",
        "/admin/deliveries/drop", "/admin/settings", "/admin/branding",
        "/admin/emojis", "/admin/emojis/change", "/admin/emojis/remove",
        "/admin/announcements", "/admin/announcements/withdraw", "/api/v1/announcements/{id:int}/dismiss",
        "/api/v1/announcements/{id:int}/reactions/{name}",
        "/api/v1/admin/accounts/{id:int}", "/api/v1/admin/tags/{id:int}",
        "/api/v1/admin/trends/tags/{id:int}/approve", "/api/v1/admin/trends/tags/{id:int}/reject",
        "/api/v1/admin/trends/links/{id:int}/approve", "/api/v1/admin/trends/links/{id:int}/reject",
        "/api/v1/admin/trends/links/publishers/{id:int}/approve",
        "/api/v1/admin/trends/links/publishers/{id:int}/reject",
        "/api/v1/admin/trends/statuses/{id:int}/approve", "/api/v1/admin/trends/statuses/{id:int}/reject",
        "/api/v1/admin/accounts/{id:int}/action", "/api/v1/admin/accounts/{id:int}/approve",
        "/api/v1/admin/accounts/{id:int}/reject", "/api/v1/admin/accounts/{id:int}/enable",
        "/api/v1/admin/accounts/{id:int}/unsensitive", "/api/v1/admin/accounts/{id:int}/unsilence",
        "/api/v1/admin/accounts/{id:int}/unsuspend",
        "/api/v1/admin/domain_blocks", "/api/v1/admin/domain_blocks/{id:int}",
        "/api/v1/admin/domain_allows", "/api/v1/admin/domain_allows/{id:int}",
        "/api/v1/admin/canonical_email_blocks/test",
        "/api/v1/admin/ip_blocks", "/api/v1/admin/ip_blocks/{id:int}",
        "/api/v1/admin/email_domain_blocks", "/api/v1/admin/email_domain_blocks/{id:int}",
        "/api/v1/admin/canonical_email_blocks", "/api/v1/admin/canonical_email_blocks/{id:int}",
        "/api/v1/reports", "/api/v1/admin/reports/{id:int}", "/api/v1/admin/reports/{id:int}/assign_to_self",
        "/api/v1/admin/reports/{id:int}/unassign", "/api/v1/admin/reports/{id:int}/resolve",
        "/api/v1/admin/reports/{id:int}/reopen",
        "/announcements/{id:int}/dismiss", "/announcements/{id:int}/react", "/announcements/{id:int}/take_back",
        "/lists", "/lists/groups", "/lists/tags/follow", "/lists/tags/unfollow", "/lists/{id:int}/edit",
        "/lists/{id:int}/add", "/lists/{id:int}/take_out", "/lists/{id:int}/delete",
        "/@{handle}/endorse", "/@{handle}/unendorse", "/@{handle}/report",
        "/@{handle}/mute", "/@{handle}/unmute", "/@{handle}/block", "/@{handle}/unblock",
        "/admin/holds", "/admin/holds/end", "/admin/holds/{id:int}/evidence",
        "/admin/emergency", "/admin/emergency/confirm", "/admin/emergency/end",
        "/admin/held/through", "/admin/held/decline", "/admin/held/rules",
        "/reports/{id:int}/take", "/reports/{id:int}/put_back", "/reports/many", "/reports/undo",
        "/decisions/{id:int}/appeal", "/appeals/{id:int}/decide",
        "/reports/{id:int}/pass_on", "/reports/{id:int}/resolve", "/reports/{id:int}/reopen",
        "/admin/sign_ups/approve", "/admin/sign_ups/reject",
        "/admin/peers", "/admin/deliveries/retry", "/admin/deliveries/drop", "/admin/settings",
    ),
}  # fmt: skip
SHOWN: tuple[Rule, ...] = ("no posts", "posts", "a post", "about a post")
CHANGED: tuple[Rule, ...] = ("changes a post", "changes")


def rule_of(route: Route, method: str) -> Rule | None:
    """What stands in the table for a route."""
    among = SHOWN if method == "GET" else CHANGED
    return next((rule for rule in among if route.path in RULES[rule]), None)


def table() -> Iterator[tuple[Route, str]]:
    """Every route with each of its methods; answers that stay open are looked at in `tests/streaming`."""
    for route in filter(lambda each: each.has_time_limit or "GET" not in each.methods, routes()):
        for method in route.methods:
            yield route, method


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks, as this kind of route wants to be asked."""

    cast: Cast
    viewer: Viewer
    http: httpx.AsyncClient

    async def ask(
        self,
        route: Route,
        url: str,
        method: str = "GET",
        fields: Mapping[str, str] | None = None,
        *,
        through: str | None = None,
    ) -> httpx.Response:
        """One request of theirs: with a token, a cookie or a signature. What was set before is forgotten."""
        self.http.cookies.clear()
        headers = self._headers(route, url, method)
        form = dict(fields or {})
        if method == "POST" and not url.startswith("/api/") and self.viewer in LOCAL:
            form["csrf_token"] = self.cast.csrf[self.viewer]
        base = through or self.cast.at.url
        return await self.http.request(method, base + url, headers=headers, data=form or None)

    def _headers(self, route: Route, url: str, method: str) -> dict[str, str]:
        if self.viewer in FAR:
            who = self.cast.far[self.viewer]
            whole = self.cast.at.url + url
            return {
                "Accept": answers.ACTIVITY_JSON,
                **signed_headers(who.key, who.key_id, url=whole, body=None, method=method),
            }
        if is_for_peers(route):
            return {"Accept": answers.ACTIVITY_JSON}
        if url.startswith(("/api/", "/oauth/userinfo")):
            return {"Authorization": f"Bearer {self.cast.tokens[self.viewer]}"} if self.viewer != "visitor" else {}
        headers = {"Accept": "text/html", "Origin": self.cast.at.url}
        return headers | ({"Cookie": self.cast.cookies[self.viewer]} if self.viewer in LOCAL else {})


PAGES_WITH_DOCUMENTS = ("/@{handle}", "/@{handle}/{id:int}", "/@{handle}/collections/{id:int}")
"""Pages where other servers get the document."""


def is_for_peers(route: Route) -> bool:
    """Whether other servers ask here."""
    return route.need.who == "peer"


def is_asked_by(viewer: Viewer, route: Route) -> bool:
    """Whether this kind of reader has a way to say who they are there."""
    if viewer in FAR:
        return is_for_peers(route) or route.path in PAGES_WITH_DOCUMENTS
    if viewer in ("pending", "app"):
        return route.path.startswith("/api/")
    return viewer == "visitor" or not is_for_peers(route)


def path_of(cast: Cast, route: Route, each: Exhibit) -> str:
    """The address of a post under a route."""
    url = route.path.replace("{id:int}", str(each.post.id)).replace("{position:int}", "0")
    url = url.replace("{stamp:int}", "1").replace("{quoting:int}", "1")
    return url.replace("{handle}", cast.author.handle)
