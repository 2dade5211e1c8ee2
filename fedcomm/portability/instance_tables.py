"""Which tables go into the archive of an instance, as which file, and which do not, and why (product 24; C20)."""

from collections.abc import Mapping

FOR_ALL = """(post.state = 'visible'
           AND post.audience IN ('public', 'unlisted', 'network')
           AND writer.state <> 'deleted')"""
"""A condition on rows of `post` and of its author as `writer`: what was written for some only stays with these."""

BY_NAME = frozenset({"agreements", "counts_of_years", "peers", "tag_rules", "texts"})
"""Questions whose key is a text."""

SETTINGS_LEFT_OUT: Mapping[str, str] = {"mail_server": "opens the mail server, and is sealed"}

QUESTIONS: Mapping[str, str] = {
    "people": """
        SELECT account.id AS key, account.uri, account.handle || '@' || account.handle_domain AS address, account.name,
               account.state, account.moved_to_uri, login.email, login.role, login.state AS sign_in, login.locale,
               login.created_by AS came_by, login.created_at, login.confirmed_at, login.last_sign_in_at
          FROM account
          JOIN login ON login.account_id = account.id
         WHERE account.is_local AND account.state <> 'deleted' AND account.id > $1
      ORDER BY account.id
         LIMIT $2
        """,
    "follows": """
        SELECT follow.id AS key, who.uri AS follower, target.uri AS followed, follow.state, follow.created_at
          FROM follow
          JOIN account who ON who.id = follow.follower_id
          JOIN account target ON target.id = follow.followee_id
         WHERE (who.is_local OR target.is_local)
           AND 'deleted' NOT IN (who.state, target.state)
           AND follow.id > $1
      ORDER BY follow.id
         LIMIT $2
        """,
    "posts_from_elsewhere": f"""
        SELECT post.id AS key, post.uri, post.url, home.uri AS group, root.uri AS thread, parent.uri AS answers,
               writer.uri AS author, writer.handle || '@' || writer.handle_domain AS author_address, post.kind,
               post.title, post.content_html AS content, post.summary AS warning, post.language, post.audience,
               post.published_at, post.edited_at
          FROM post
          JOIN account writer ON writer.id = post.author_id
          JOIN account home ON home.id = post.group_id
          JOIN post root ON root.id = post.thread_id
     LEFT JOIN post parent ON parent.id = post.parent_id
         WHERE home.is_local AND NOT writer.is_local AND {FOR_ALL} AND post.id > $1
      ORDER BY post.id
         LIMIT $2
        """,
    "announcements": """
        SELECT note.id AS key, note.source, note.content_html AS content, who.uri AS by, note.published_at,
               note.updated_at, note.starts_at, note.ends_at
          FROM announcement note
     LEFT JOIN account who ON who.id = note.created_by
         WHERE note.id > $1
      ORDER BY note.id
         LIMIT $2
        """,
    "emojis": """
        SELECT id AS key, shortcode, category, is_disabled, 'emojis/' || file AS file, created_at
          FROM custom_emoji
         WHERE authority IS NULL AND id > $1
      ORDER BY id
         LIMIT $2
        """,
    "invitations": """
        SELECT invitation.id AS key, host.uri AS by, invitation.note, invitation.most_uses, invitation.uses,
               invitation.created_at, invitation.expires_at, invitation.withdrawn_at,
               ARRAY(SELECT uri FROM account WHERE id = ANY(invitation.group_ids)) AS groups
          FROM invitation
     LEFT JOIN account host ON host.id = invitation.by_id
         WHERE invitation.id > $1
      ORDER BY invitation.id
         LIMIT $2
        """,
    "apps": """
        SELECT id AS key, name, website, redirect_uris, scopes, created_at
          FROM oauth_app
         WHERE id > $1
      ORDER BY id
         LIMIT $2
        """,
    "reports": """
        SELECT report.id AS key, report.id AS report_id, reporter.uri AS by, target.uri AS about,
               home.uri AS group, report.category, report.rule_ids, report.comment, report.is_forwarded,
               taker.uri AS taken_by, resolver.uri AS resolved_by, report.resolved_at, report.created_at,
               ARRAY(SELECT post.uri
                       FROM report_post
                       JOIN post ON post.id = report_post.post_id
                      WHERE report_post.report_id = report.id) AS posts
          FROM report
     LEFT JOIN account reporter ON reporter.id = report.reporter_id
     LEFT JOIN account target ON target.id = report.target_id
     LEFT JOIN account home ON home.id = report.group_id
     LEFT JOIN account taker ON taker.id = report.assigned_id
     LEFT JOIN account resolver ON resolver.id = report.resolved_by_id
         WHERE report.id > $1
      ORDER BY report.id
         LIMIT $2
        """,
    "legal_notices": """
        SELECT id AS key, id AS notice_id, url, ground, explanation, name, email, created_at, decision, reasons,
               decided_at
          FROM legal_notice
         WHERE id > $1
      ORDER BY id
         LIMIT $2
        """,
    "decisions": """
        SELECT said.id AS key, said.id AS decision_id, about.uri AS about, maker.uri AS by, home.uri AS group,
               said.measure, said.code, said.rules, said.reason, said.report_id, said.is_automated, said.until,
               said.ended_at, said.created_at, appeal.text AS appeal, appeal.created_at AS appealed_at,
               appeal.is_granted, appeal.answer, decider.uri AS answered_by, appeal.decided_at
          FROM statement said
     LEFT JOIN account about ON about.id = said.account_id
     LEFT JOIN account maker ON maker.id = said.by_id
     LEFT JOIN account home ON home.id = said.group_id
     LEFT JOIN appeal ON appeal.statement_id = said.id
     LEFT JOIN account decider ON decider.id = appeal.decided_by_id
         WHERE said.id > $1
      ORDER BY said.id
         LIMIT $2
        """,
    "holds": """
        SELECT hold.id AS key, hold.id AS hold_id, hold.kind, hold.about, hold.begins_at, hold.ends_before, hold.word,
               hold.reason, hold.is_confidential, placer.uri AS placed_by, hold.created_at, hold.end_reason,
               hold.ended_at
          FROM legal_hold hold
     LEFT JOIN account placer ON placer.id = hold.placed_by
         WHERE hold.id > $1
      ORDER BY hold.id
         LIMIT $2
        """,
    "emergency_accesses": """
        SELECT access.id AS key, access.id AS access_id, home.uri AS group, reader.uri AS reader, access.reason,
               access.state, access.asked_at, access.lapses_at, confirmer.uri AS confirmed_by, access.opened_at,
               access.ends_at, closer.uri AS closed_by, access.closed_at, access.looks_count
          FROM emergency_access access
     LEFT JOIN account home ON home.id = access.group_id
     LEFT JOIN account reader ON reader.id = access.reader_id
     LEFT JOIN account confirmer ON confirmer.id = access.confirmed_by
     LEFT JOIN account closer ON closer.id = access.closed_by
         WHERE access.id > $1
      ORDER BY access.id
         LIMIT $2
        """,
    "peers": """
        SELECT peer.authority AS key, peer.authority, policy, policy_reason AS reason, who.uri AS decided_by,
               policy_list_id AS decided_by_list, policy_at AS decided_at, software_name, software_version,
               first_seen_at, last_inbound_at
          FROM peer
     LEFT JOIN account who ON who.id = peer.policy_by_id
         WHERE peer.authority > $1
      ORDER BY peer.authority
         LIMIT $2
        """,
    "agreements": """
        SELECT agreement.authority AS key, agreement.authority, contact, agreed_on::text AS agreed_on, data, region,
               who.uri AS by, agreement.updated_at
          FROM agreement
     LEFT JOIN account who ON who.id = agreement.by_id
         WHERE agreement.authority > $1
      ORDER BY agreement.authority
         LIMIT $2
        """,
    "lists_of_peers": """
        SELECT list.id AS key, list.name, who.uri AS by, list.entries, list.state, list.created_at, list.applied_at,
               list.undone_at
          FROM peer_list list
     LEFT JOIN account who ON who.id = list.by_id
         WHERE list.id > $1
      ORDER BY list.id
         LIMIT $2
        """,
    "texts": """
        SELECT text.kind || ' ' || text.effective_on AS key, text.kind, text.effective_on::text AS holds_from,
               text.source, who.uri AS by, text.saved_at
          FROM instance_text text
     LEFT JOIN account who ON who.id = text.by_id
         WHERE text.kind || ' ' || text.effective_on > $1
      ORDER BY text.kind || ' ' || text.effective_on
         LIMIT $2
        """,
    "subscribed_lists_of_peers": """
        SELECT list.id AS key, list.name, list.url, who.uri AS by, list.hardest, list.is_automatic, list.left_out,
               list.created_at, list.read_at
          FROM peer_subscription list
     LEFT JOIN account who ON who.id = list.by_id
         WHERE list.id > $1
      ORDER BY list.id
         LIMIT $2
        """,
    "address_rules": """
        SELECT id AS key, network::text AS network, severity, comment, created_at, expires_at
          FROM address_rule
         WHERE id > $1
      ORDER BY id
         LIMIT $2
        """,
    "barred_mail_domains": """
        SELECT id AS key, domain, created_at
          FROM barred_mail_domain
         WHERE id > $1
      ORDER BY id
         LIMIT $2
        """,
    "tag_rules": """
        SELECT tag AS key, tag, shown_as, is_listable, is_usable, updated_at
          FROM tag_rule
         WHERE tag > $1
      ORDER BY tag
         LIMIT $2
        """,
    "figures": """
        SELECT (day - DATE '2000-01-01') AS key, day, window_days, starters_count, threads_count, answered_in_time,
               median_s, slowest_tenth_s, at_rest_count, in_progress_count, unanswered_count, welcomed_count,
               welcomed_back, unwelcomed_count, unwelcomed_back, measured_at
          FROM figure_day
         WHERE (day - DATE '2000-01-01') > $1
      ORDER BY day
         LIMIT $2
        """,
    "counts_of_years": """
        SELECT year || ' ' || what || ' ' || kind AS key, year, what, kind, count
          FROM year_count
         WHERE year || ' ' || what || ' ' || kind > $1
      ORDER BY 1
         LIMIT $2
        """,
    "log": """
        SELECT entry.id AS key, who.uri AS by, entry.action, entry.target, entry.reason, entry.details,
               home.uri AS group, entry.created_at, entry.place, encode(entry.hash, 'hex') AS hash
          FROM audit_entry entry
     LEFT JOIN account who ON who.id = entry.actor_id
     LEFT JOIN account home ON home.id = entry.group_id
         WHERE entry.id > $1
      ORDER BY entry.id
         LIMIT $2
        """,
}
"""What is rows in the archive, by file; `$1` is the key to begin after, `$2` how many."""

WHERE: Mapping[str, str] = {
    "account": "actors.json and pictures/",
    "login": "people.json",
    "group_profile": "groups.json",
    "membership": "memberships.json",
    "ban": "bans.json",
    "carry": "carried.json",
    "pin": "pinned.json",
    "follow": "follows.json",
    "post": "outbox.json and posts_from_elsewhere.json",
    "post_mention": "outbox.json",
    "post_tag": "outbox.json",
    "post_attachment": "outbox.json",
    "poll": "outbox.json",
    "poll_option": "outbox.json",
    "quote": "outbox.json",
    "boost": "outbox.json",
    "media": "media_attachments/",
    "announcement": "announcements.json",
    "custom_emoji": "emojis.json and emojis/",
    "invitation": "invitations.json",
    "oauth_app": "apps.json",
    "report": "reports.json",
    "report_post": "reports.json",
    "legal_notice": "legal_notices.json",
    "statement": "decisions.json",
    "appeal": "decisions.json",
    "legal_hold": "holds.json",
    "emergency_access": "emergency_accesses.json",
    "peer": "peers.json and blocked_domains.csv",
    "agreement": "agreements.json",
    "peer_list": "lists_of_peers.json",
    "instance_text": "texts.json",
    "peer_subscription": "subscribed_lists_of_peers.json",
    "address_rule": "address_rules.json",
    "barred_mail_domain": "barred_mail_domains.json",
    "tag_rule": "tag_rules.json",
    "figure_day": "figures.json",
    "year_count": "counts_of_years.json",
    "audit_entry": "log.json",
    "setting": "instance.json",
}
"""Tables of which something is in the archive, and where."""

_THEIRS = "belongs to a person, who takes it along in an archive of their own"
_OPENS = "opens something, or is a digest of what does"
_WORK = "work that waits or was done; it means nothing elsewhere"
_WIRE = "what servers told one another; made anew when they talk"
_MADE = "counted or kept from what is in the archive"

NOT_IN_IT: Mapping[str, str] = {
    **dict.fromkeys(
        """
        account_note block bookmark collection collection_item conversation conversation_post domain_block
        emoji_reaction endorsement favourite featured_tag filter filter_keyword filter_post group_list_setting invited
        marker mute notification notification_permission notification_policy notification_request own_list
        own_list_member poll_vote same_here scheduled_post tag_follow thread_mute unwanted_suggestion account_move
        announcement_dismissal announcement_reaction identity import_line import_task imported_post post_version
        report_collection sign_in
        """.split(),
        _THEIRS,
    ),
    **dict.fromkeys(
        """
        account_key barred_mail mail_stop mailed_code oauth_code oauth_token one_time_link paper_code passkey
        passkey_challenge push_subscription second_step session sign_in_attempt sign_on_attempt sign_on_ticket vapid_key
        """.split(),
        _OPENS,
    ),
    **dict.fromkeys(
        """
        consequence delivery_peer done_delivery early_activity erasure erasure_answer export fact failed_delivery
        first_look follower_check idempotency_key inbox_item live_update mail mail_bounce migration pending_delivery
        push queue reception
        recurring report_batch stored_archive restoration retention_run searched_parent sign_up_batch trend_review
        """.split(),
        _WORK,
    ),
    **dict.fromkeys(
        """
        activity destination dislike dropped_activity feature_stamp group_moderator known_list post_activity quote_stamp
        seen_activity thread_context told_vote tombstone
        """.split(),
        _WIRE,
    ),
    **dict.fromkeys(("audit_chain", "audit_seal", "storage_day"), _MADE),
    "held_copy": "evidence under a legal hold; it is taken along as such",
    "held_file": "evidence under a legal hold; it is taken along as such",
    "group_figure_day": "counted from the posts; each group takes its own along",
    "group_hidden_post": "what a group hides stays in that group; the log says who did",
    "thread_move": "where a thread went stands in its group; who asked, in the log",
    "thread_lock": "what is closed stays in that group; the log says who did",
}
"""Tables of which nothing is in the archive, and why."""
