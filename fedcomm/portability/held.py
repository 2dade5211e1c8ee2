"""All else that is kept about a person, question by question, so that nothing is left out of their archive (C09).

Each question takes the account, the key to begin after, and how many rows; `key` is left out of what is written. Two
tests hold the lists: each table that names an account is read here, or in `personal.py`, or stands in `NOT_THEIRS`.
"""

from collections.abc import Mapping

QUESTIONS: Mapping[str, str] = {
    "account": """
        SELECT id AS key, handle, handle_domain AS domain, uri, name, bio_source AS bio, fields, is_locked, is_bot,
               is_discoverable, is_indexable, state, also_known_as, moved_to_uri, posts_count, followers_count,
               following_count, hides_follows, attribution_domains, created_at, updated_at
          FROM account
         WHERE id = $1 AND id > $2
         LIMIT $3
        """,
    "login": """
        SELECT account_id AS key, email, new_email, role, state, reason, locale, time_zone, default_language,
               default_audience, default_sensitive, default_quote_policy, look, has_more_contrast, wants_held_mail,
               created_by, created_at, confirmed_at, approved_at, last_sign_in_at
          FROM login
         WHERE account_id = $1 AND account_id > $2
         LIMIT $3
        """,
    "sessions": """
        SELECT id AS key, user_agent, address, created_at, last_used_at
          FROM session
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "sign_ins": """
        SELECT id AS key, let_in, way, program, network, times, happened_at
          FROM sign_in
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "apps_you_allowed": """
        SELECT token.id AS key, app.name AS app, app.website, token.scopes, token.created_at, token.last_used_at,
               token.revoked_at
          FROM oauth_token token
          JOIN oauth_app app ON app.id = token.app_id
         WHERE token.account_id = $1 AND token.id > $2
      ORDER BY token.id
         LIMIT $3
        """,
    "passkeys": """
        SELECT id AS key, name, created_at, last_used_at
          FROM passkey
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "sign_on_elsewhere": """
        SELECT row_number() OVER (ORDER BY issuer) AS key, issuer, subject, shown_as, created_at, last_used_at
          FROM identity
         WHERE account_id = $1 AND $2::bigint < 0
         LIMIT $3
        """,
    "second_step": """
        SELECT account_id AS key, created_at, confirmed_at
          FROM second_step
         WHERE account_id = $1 AND account_id > $2
         LIMIT $3
        """,
    "groups": """
        SELECT membership.group_id AS key, team.handle || '@' || team.handle_domain AS group, team.uri AS group_uri,
               membership.role, membership.state, membership.how, membership.created_at, membership.updated_at
          FROM membership
          JOIN account team ON team.id = membership.group_id
         WHERE membership.member_id = $1 AND membership.group_id > $2
      ORDER BY membership.group_id
         LIMIT $3
        """,
    "group_lists": """
        SELECT group_id AS key, team.uri AS group_uri, is_exclusive
          FROM group_list_setting
          JOIN account team ON team.id = group_id
         WHERE account_id = $1 AND group_id > $2
      ORDER BY group_id
         LIMIT $3
        """,
    "mutes_with_their_ends": """
        SELECT mute.id AS key, target.uri, mute.hides_notifications, mute.expires_at, mute.created_at
          FROM mute
          JOIN account target ON target.id = mute.target_id
         WHERE mute.account_id = $1 AND mute.id > $2
      ORDER BY mute.id
         LIMIT $3
        """,
    "muted_threads": """
        SELECT quiet.thread_id AS key, post.uri, quiet.created_at
          FROM thread_mute quiet
          JOIN post ON post.id = quiet.thread_id
         WHERE quiet.account_id = $1 AND quiet.thread_id > $2
      ORDER BY quiet.thread_id
         LIMIT $3
        """,
    "notes_about_others": """
        SELECT target_id AS key, target.uri, text, account_note.updated_at
          FROM account_note
          JOIN account target ON target.id = target_id
         WHERE account_id = $1 AND target_id > $2
      ORDER BY target_id
         LIMIT $3
        """,
    "recommended_people": """
        SELECT endorsement.id AS key, target.uri, endorsement.created_at
          FROM endorsement
          JOIN account target ON target.id = target_id
         WHERE account_id = $1 AND endorsement.id > $2
      ORDER BY endorsement.id
         LIMIT $3
        """,
    "unwanted_suggestions": """
        SELECT target_id AS key, target.uri, unwanted_suggestion.created_at
          FROM unwanted_suggestion
          JOIN account target ON target.id = target_id
         WHERE account_id = $1 AND target_id > $2
      ORDER BY target_id
         LIMIT $3
        """,
    "collections": """
        SELECT id AS key, uri, name, description, language, tag, is_sensitive, is_discoverable, created_at, updated_at,
               ARRAY(SELECT who.uri
                       FROM collection_item item
                       JOIN account who ON who.id = item.account_id
                      WHERE item.collection_id = collection.id AND item.revoked_at IS NULL) AS accounts
          FROM collection
         WHERE owner_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "filters": """
        SELECT id AS key, title, contexts, action, expires_at, created_at,
               ARRAY(SELECT keyword FROM filter_keyword WHERE filter_id = filter.id ORDER BY id) AS words,
               ARRAY(SELECT post.uri
                       FROM filter_post
                       JOIN post ON post.id = filter_post.post_id
                      WHERE filter_id = filter.id) AS posts
          FROM filter
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "followed_tags": """
        SELECT id AS key, shown_as AS tag, created_at
          FROM tag_follow
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "featured_tags": """
        SELECT id AS key, shown_as AS tag, created_at
          FROM featured_tag
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "pinned_posts": """
        SELECT pin.id AS key, post.uri, pin.created_at
          FROM pin
          JOIN post ON post.id = pin.post_id
         WHERE pin.account_id = $1 AND pin.id > $2
      ORDER BY pin.id
         LIMIT $3
        """,
    "same_here": """
        SELECT post_id AS key, post.uri, same_here.created_at
          FROM same_here
          JOIN post ON post.id = post_id
         WHERE account_id = $1 AND post_id > $2
      ORDER BY post_id
         LIMIT $3
        """,
    "emoji_reactions": """
        SELECT reaction.id AS key, post.uri, reaction.name AS emoji, reaction.created_at
          FROM emoji_reaction reaction
          JOIN post ON post.id = reaction.post_id
         WHERE reaction.account_id = $1 AND reaction.id > $2
      ORDER BY reaction.id
         LIMIT $3
        """,
    "votes": """
        SELECT poll_vote.id AS key, post.uri AS poll, option.title AS chosen, poll_vote.created_at
          FROM poll_vote
          JOIN post ON post.id = poll_vote.post_id
          JOIN poll_option option ON option.post_id = poll_vote.post_id AND option.position = poll_vote.position
         WHERE poll_vote.account_id = $1 AND poll_vote.id > $2
      ORDER BY poll_vote.id
         LIMIT $3
        """,
    "carried_threads": """
        SELECT carry.id AS key, post.uri AS thread, team.uri AS group, carry.state, carry.created_at
          FROM carry
          JOIN post ON post.id = carry.thread_id
          JOIN account team ON team.id = carry.group_id
         WHERE carry.requested_by = $1 AND carry.id > $2
      ORDER BY carry.id
         LIMIT $3
        """,
    "featured_elsewhere": """
        SELECT stamp.id AS key, stamp.collection_uri AS collection, owner.uri AS by, stamp.created_at, stamp.revoked_at
          FROM feature_stamp stamp
          JOIN account owner ON owner.id = stamp.owner_id
         WHERE stamp.account_id = $1 AND stamp.id > $2
      ORDER BY stamp.id
         LIMIT $3
        """,
    "threads_offered_elsewhere": """
        SELECT moved.id AS key, post.uri AS thread, team.uri AS group, moved.state, moved.created_at
          FROM thread_move moved
          JOIN post ON post.id = moved.thread_id
          JOIN account team ON team.id = moved.target_id
         WHERE moved.requested_by = $1 AND moved.id > $2
      ORDER BY moved.id
         LIMIT $3
        """,
    "earlier_versions": """
        SELECT post.id AS key, post.uri,
               (SELECT jsonb_agg(jsonb_build_object('title', old.title, 'content', old.content_html,
                                                    'warning', old.summary, 'written_at', old.created_at)
                        ORDER BY old.version)
                  FROM post_version old
                 WHERE old.post_id = post.id) AS versions
          FROM post
         WHERE post.author_id = $1
           AND post.id > $2
           AND post.state <> 'deleted'
           AND EXISTS (SELECT FROM post_version old WHERE old.post_id = post.id)
      ORDER BY post.id
         LIMIT $3
        """,
    "scheduled_posts": """
        SELECT id AS key, form, due_at, failure, created_at
          FROM scheduled_post
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "messages_from_others": """
        SELECT post.id AS key, post.uri, writer.handle || '@' || writer.handle_domain AS from,
               post.content_html AS content, post.summary AS warning, post.published_at
          FROM post_mention mention
          JOIN post ON post.id = mention.post_id
          JOIN account writer ON writer.id = post.author_id
         WHERE mention.account_id = $1
           AND post.audience = 'direct'
           AND post.state = 'visible'
           AND post.author_id <> $1
           AND post.id > $2
      ORDER BY post.id
         LIMIT $3
        """,
    "uploads": """
        SELECT id AS key, file, media_type, kind, size, description, created_at
          FROM media
         WHERE owner_id = $1 AND state = 'ready' AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "notices": """
        SELECT notification.id AS key, notification.type, who.uri AS from, post.uri AS post, notification.created_at
          FROM notification
          JOIN account who ON who.id = notification.from_account_id
     LEFT JOIN post ON post.id = notification.post_id AND post.state <> 'deleted'
         WHERE notification.account_id = $1 AND notification.id > $2
      ORDER BY notification.id
         LIMIT $3
        """,
    "whose_notices": """
        SELECT account_id AS key, for_not_following, for_not_followers, for_new_accounts, for_private_mentions,
               for_limited_accounts, for_bots, updated_at
          FROM notification_policy
         WHERE account_id = $1 AND account_id > $2
         LIMIT $3
        """,
    "whose_notices_always": """
        SELECT from_account_id AS key, who.uri, notification_permission.created_at
          FROM notification_permission
          JOIN account who ON who.id = from_account_id
         WHERE account_id = $1 AND from_account_id > $2
      ORDER BY from_account_id
         LIMIT $3
        """,
    "whose_notices_wait": """
        SELECT notification_request.id AS key, who.uri, notification_request.created_at
          FROM notification_request
          JOIN account who ON who.id = from_account_id
         WHERE account_id = $1 AND notification_request.id > $2
      ORDER BY notification_request.id
         LIMIT $3
        """,
    "devices_told": """
        SELECT id AS key, endpoint, alerts, policy, created_at, updated_at
          FROM push_subscription
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "read_up_to": """
        SELECT row_number() OVER (ORDER BY timeline) AS key, timeline, last_read_id, updated_at
          FROM marker
         WHERE account_id = $1 AND $2::bigint < 0
         LIMIT $3
        """,
    "decisions_about_you": """
        SELECT statement.id AS key, statement.measure, statement.code, statement.rules, statement.reason,
               statement.until, statement.ended_at, statement.created_at, team.uri AS by_group, appeal.text AS appeal,
               appeal.created_at AS appealed_at, appeal.is_granted, appeal.answer, appeal.decided_at
          FROM statement
     LEFT JOIN account team ON team.id = statement.group_id
     LEFT JOIN appeal ON appeal.statement_id = statement.id
         WHERE statement.account_id = $1 AND statement.id > $2
      ORDER BY statement.id
         LIMIT $3
        """,
    "bans": """
        SELECT group_id AS key, team.uri AS group, reason, ends_at, ban.created_at
          FROM ban
          JOIN account team ON team.id = group_id
         WHERE account_id = $1 AND group_id > $2
      ORDER BY group_id
         LIMIT $3
        """,
    "reports_you_made": """
        SELECT report.id AS key, target.uri AS about, report.category, report.comment, report.is_forwarded,
               report.resolved_at, report.created_at
          FROM report
          JOIN account target ON target.id = report.target_id
         WHERE report.reporter_id = $1 AND report.id > $2
      ORDER BY report.id
         LIMIT $3
        """,
    "your_decisions_in_the_log": """
        SELECT id AS key, action, target, reason, created_at
          FROM audit_entry
         WHERE actor_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "invitations": """
        SELECT id AS key, note, most_uses, uses, mailed_to, words, created_at, expires_at, withdrawn_at
          FROM invitation
         WHERE by_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "who_invited_you": """
        SELECT invitation_id AS key, host.uri AS by, invited.is_new, invited.invited_at
          FROM invited
          JOIN invitation ON invitation.id = invitation_id
          JOIN account host ON host.id = invitation.by_id
         WHERE account_id = $1 AND invitation_id > $2
      ORDER BY invitation_id
         LIMIT $3
        """,
    "mail_to_you": """
        SELECT id AS key, kind, address, state, created_at, done_at
          FROM mail
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "announcement_reactions": """
        SELECT announcement_id AS key, array_agg(name) AS reactions, max(created_at) AS created_at
          FROM announcement_reaction
         WHERE account_id = $1 AND announcement_id > $2
      GROUP BY announcement_id
      ORDER BY announcement_id
         LIMIT $3
        """,
    "announcements_put_away": """
        SELECT announcement_id AS key, created_at
          FROM announcement_dismissal
         WHERE account_id = $1 AND announcement_id > $2
      ORDER BY announcement_id
         LIMIT $3
        """,
    "moves": """
        SELECT account_move.id AS key, target.uri AS to, account_move.moved_at
          FROM account_move
          JOIN account target ON target.id = account_move.target_id
         WHERE account_move.account_id = $1 AND account_move.id > $2
      ORDER BY account_move.id
         LIMIT $3
        """,
    "imports": """
        SELECT id AS key, kind, overwrites, state, created_at, begun_at, ended_at,
               (SELECT count(*) FROM import_line WHERE import_id = import_task.id) AS lines
          FROM import_task
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
    "imported_posts": """
        SELECT brought.post_id AS key, post.uri, brought.original_uri, brought.imported_at
          FROM imported_post brought
          JOIN post ON post.id = brought.post_id
         WHERE brought.account_id = $1 AND brought.post_id > $2
      ORDER BY brought.post_id
         LIMIT $3
        """,
    "exports": """
        SELECT id AS key, kind, state, size, created_at, ready_at, expires_at
          FROM export
         WHERE by_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
}

ELSEWHERE: Mapping[str, str] = {
    "post": "outbox.json",
    "post_mention": "outbox.json",
    "quote": "outbox.json",
    "boost": "outbox.json",
    "favourite": "likes.json",
    "bookmark": "bookmarks.json and bookmarks.csv",
    "follow": "following_accounts.csv and followers.csv",
    "own_list": "lists.csv",
    "own_list_member": "lists.csv",
    "block": "blocked_accounts.csv",
    "domain_block": "blocked_domains.csv",
}
"""Tables that are read for other files of the archive."""

NOT_THEIRS: Mapping[str, str] = {
    "account_key": "keys that sign for the account; whoever has them can speak in its name",
    "activity": "what was sent, as bytes; its posts are in outbox.json",
    "announcement": "what the instance announced; who wrote it stands in the log",
    "collection_item": "what others recommend is theirs",
    "conversation": "which messages belong together; these are in outbox.json and messages_from_others.json",
    "dislike": "comes from elsewhere only",
    "early_activity": "waits some hours for a post of others",
    "agreement": "what was agreed with other servers, which belongs to the instance",
    "emergency_access": "what an admin read for the instance; each step stands in the log",
    "erasure": "what was chosen when the account ended; there is no archive of it any more",
    "erasure_answer": "which servers were told that the account ended",
    "follower_check": "when servers compared their followers",
    "group_hidden_post": "what a group hides; who did stands in the log",
    "group_moderator": "who looks after groups elsewhere",
    "group_profile": "belongs to the group",
    "inbox_item": "waits to be read, or was; kept for seven days",
    "legal_notice": "what others said is unlawful; decisions about the person are in more/decisions_about_you.json",
    "instance_text": "privacy policy, terms and imprint, which belong to the instance",
    "legal_hold": "what is kept as evidence; owners see it, and the log",
    "live_update": "what open pages were told in the last minutes",
    "mailed_code": "codes in letters, as digests",
    "oauth_code": "lives for minutes",
    "one_time_link": "digests of links in letters",
    "paper_code": "digests of codes for the second step",
    "passkey_challenge": "lives for minutes",
    "peer_list": "lists of servers, which belong to the instance",
    "peer_subscription": "lists of servers, which belong to the instance",
    "push": "waits for minutes",
    "quote_stamp": "what others were allowed; their posts are theirs",
    "retention_run": "what was cleared away, by which rules; who had it cleared stands in the log",
    "sign_on_attempt": "lives for minutes",
    "report_batch": "what a moderator can still take back; what they did stands in the log",
    "sign_up_batch": "what an admin can still take back; what they did stands in the log",
    "thread_lock": "what a group closed; who did stands in the log",
    "told_vote": "what servers were last told of a vote; the vote is in likes.json",
}
"""Tables that name accounts and are in no archive, and why."""
