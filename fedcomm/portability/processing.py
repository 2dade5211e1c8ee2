"""Which table holds data about people, and for what: the ground of the register of processing (GDPR Art. 30; C10).

A table belongs to one purpose with all its columns, or is said to hold nothing about anybody. What purposes are called,
whom they are about and how long they keep it: `fedcomm/looks/register.py`.
"""

from collections.abc import Mapping
from typing import Literal, get_args

Purpose = Literal[
    "accounts", "sessions", "guarding", "profiles", "relations", "invitations", "groups", "posts", "notices", "mail",
    "receiving", "sending", "moderation", "log", "evidence", "erasures", "archives", "work",
]  # fmt: skip
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

_TABLES: Mapping[Purpose, str] = {
    "accounts": """
        login identity second_step paper_code passkey passkey_challenge one_time_link mailed_code sign_on_attempt
        sign_on_ticket
        """,
    "sessions": "session sign_in oauth_code oauth_token push_subscription idempotency_key",
    "guarding": "sign_in_attempt address_rule barred_mail barred_mail_domain",
    "profiles": "account account_key account_move featured_tag endorsement pin follower_check",
    "relations": """
        follow block mute domain_block own_list own_list_member tag_follow account_note unwanted_suggestion filter
        filter_keyword filter_post thread_mute marker group_list_setting announcement_dismissal
        """,
    "invitations": "invitation invited",
    "groups": "thread_move group_profile membership group_moderator ban carry reception group_hidden_post thread_lock",
    "posts": """
        post post_version post_mention post_attachment post_tag media poll poll_option poll_vote quote quote_stamp boost
        favourite bookmark dislike emoji_reaction same_here conversation conversation_post scheduled_post collection
        collection_item feature_stamp announcement announcement_reaction imported_post tombstone
        """,
    "notices": """
        notification notification_permission notification_policy notification_request push
        """,
    "mail": "mail mail_bounce mail_stop",
    "receiving": "inbox_item early_activity post_activity seen_activity dropped_activity",
    "sending": "activity pending_delivery done_delivery failed_delivery told_vote",
    "moderation": """
        report report_post report_collection report_batch sign_up_batch legal_notice statement appeal first_look
        emergency_access
        """,
    "log": "agreement audit_entry instance_text peer peer_list peer_subscription retention_run",
    "evidence": "legal_hold held_copy held_file",
    "erasures": "erasure erasure_answer",
    "archives": "export import_task import_line",
    "work": "fact consequence live_update",
}
TABLES: Mapping[str, Purpose] = {table: purpose for purpose, names in _TABLES.items() for table in names.split()}
"""What each table that holds data about people is for."""

NOBODYS = frozenset(
    """
    audit_chain audit_seal custom_emoji delivery_peer destination figure_day group_figure_day known_list migration
    oauth_app queue recurring restoration searched_parent setting storage_day stored_archive tag_rule thread_context
    trend_review vapid_key year_count
    """.split()
)
"""Tables that hold nothing about a person: servers, words, counts and the state of work."""


def tables_of(purpose: Purpose) -> list[str]:
    """The tables of a purpose."""
    return _TABLES[purpose].split()
