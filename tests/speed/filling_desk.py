"""What lies on the desk of those who run the large instance: reports, sign-ups, the log, what failed, mail, uploads.

As much of it in every instance, however much others wrote there.
"""

from tests.speed.cast import BASE, BUSY, DEAD_PEERS, DOMAIN, GROUPS, OWNER, REMOTE

APPLICANTS = range(3_001, 3_301)
OPEN_REPORTS, CLOSED_REPORTS = 400, 4_000
LOG = 20_000
HELD = 60
UPLOADS = 2_000
APPS = 500

_NEW = "((1609459200000 + ({}) * 1000) << 16)"
"""An id of the year 2021."""

DESK = (
    f"""
    INSERT INTO account (id, kind, is_local, handle, handle_key, handle_domain, authority, uri, url, inbox_url,
                         shared_inbox_url, followers_url, name, bio_html, created_at, updated_at)
    SELECT n, 'person', true, 'applicant_' || n, 'applicant_' || n, '{DOMAIN}', '{DOMAIN}', '{BASE}/u/applicant_' || n,
           '{BASE}/@applicant_' || n, '{BASE}/u/applicant_' || n || '/inbox', '{BASE}/inbox',
           '{BASE}/u/applicant_' || n || '/followers', 'Applicant ' || n, '', now(), now()
      FROM generate_series({APPLICANTS.start}, {APPLICANTS.stop - 1}) n
    """,
    f"""
    INSERT INTO login (account_id, email, email_key, state, reason, created_at, confirmed_at)
    SELECT n, n || '@company.example', n || '@company.example', 'pending', 'We bake, and would like to join.', now(),
           now()
      FROM generate_series({APPLICANTS.start}, {APPLICANTS.stop - 1}) n
    """,
    f"""
    INSERT INTO report (id, reporter_id, target_id, group_id, category, comment, resolved_by_id, resolved_at,
                        created_at, updated_at)
    SELECT {_NEW.format("n")}, {GROUPS} + 20 + n % 1900, {REMOTE.start} + n * 37,
           CASE n % 3 WHEN 0 THEN {BUSY} + n % 59 END, CASE n % 2 WHEN 0 THEN 'spam' ELSE 'violation' END,
           'Please look at this: it sells ovens again.',
           CASE WHEN n <= {CLOSED_REPORTS} THEN {OWNER} END, CASE WHEN n <= {CLOSED_REPORTS} THEN now() END, now(),
           now()
      FROM generate_series(1, {CLOSED_REPORTS + OPEN_REPORTS}) n
    """,
    f"""
    INSERT INTO report_post (report_id, post_id)
    SELECT {_NEW.format("n")}, ((1577836800000 + (1000 + n) * 1000) << 16)
      FROM generate_series(1, {CLOSED_REPORTS + OPEN_REPORTS}) n
    """,
    # Entries from before the log was a chain: those have no place in it.
    f"""
    INSERT INTO audit_entry (id, actor_id, action, target, reason, created_at, group_id)
    SELECT {_NEW.format("n")}, {OWNER}, CASE n % 4 WHEN 0 THEN 'suspend account' WHEN 1 THEN 'resolve report'
           WHEN 2 THEN 'hold post' ELSE 'limit peer' END, '@person_' || n % 2000, 'As the rules say.', now(),
           CASE n % 5 WHEN 0 THEN {BUSY} + n % 59 END
      FROM generate_series(1, {LOG}) n
    """,
    f"UPDATE audit_chain SET earlier_count = {LOG}",
    f"""
    INSERT INTO invitation (id, code_hash, by_id, group_ids, note, most_uses, uses, created_at, expires_at)
    SELECT n, sha256(n::text::bytea), CASE WHEN n <= 200 THEN {OWNER} ELSE {GROUPS} + 20 + n % 1900 END,
           ARRAY[{BUSY} + n % 59], 'For the fair', 10, 1, now(), now() + interval '30 days'
      FROM generate_series(1, 2000) n
    """,
    f"""
    INSERT INTO invited (account_id, invitation_id, is_new, invited_at)
    SELECT {GROUPS} + 20 + n % 1900, n, true, now() FROM generate_series(1, 2000) n
    """,
    f"""
    INSERT INTO oauth_app (id, client_id, secret_hash, name, website, redirect_uris, scopes, created_at)
    SELECT n, 'app' || n, ''::bytea, 'App ' || n, 'https://app' || n || '.example', ARRAY['https://app.example/'],
           ARRAY['read', 'write'], now()
      FROM generate_series(1, {APPS}) n
    """,
    f"""
    INSERT INTO oauth_token (id, token_hash, app_id, account_id, person_id, scopes, created_at, last_used_at)
    SELECT n, sha256(('token' || n)::bytea), 1 + n % {APPS}, {GROUPS} + 20 + n % 1900, {GROUPS} + 20 + n % 1900,
           ARRAY['read', 'write'], now(), now()
      FROM generate_series(1, 6000) n
    """,
    # What failed: deliveries to the dead peers, activities, consequences.
    f"""
    INSERT INTO failed_delivery (activity_id, destination_id, authority, order_key, attempts, last_status, last_error,
                                 failed_at)
    SELECT 5000 + n, 1 + n % {DEAD_PEERS}, 'h' || n % {DEAD_PEERS} || '.example', n, 8, 410, 'gone', now()
      FROM generate_series(1, 5000) n
    """,
    """
    INSERT INTO inbox_item (id, activity_uri, activity_type, signer_uri, authority, body, received_at, state, attempts,
                            due_at, done_at, last_error)
    SELECT n, 'https://x.example/bad/' || n, 'Create', 'https://x.example/' || n, 'h' || n || '.example', '\\x7b7d',
           now(), 'failed', 5, now(), now(), 'it cannot be read'
      FROM generate_series(1, 500) n
    """,
    """
    INSERT INTO fact (id, type, payload, created_at, expanded_at)
    SELECT n, 'PostPublished', jsonb_build_object('post_id', n), now(), now() FROM generate_series(1, 300) n
    """,
    """
    INSERT INTO consequence (fact_id, name, lane, attempts, due_at, failed_at, last_error)
    SELECT n, 'tell', n, 5, now(), now(), 'it went wrong' FROM generate_series(1, 300) n
    """,
    f"""
    INSERT INTO mail (id, kind, account_id, address, address_key, locale, state, attempts, due_at, tried_at, last_error,
                      created_at, expires_at, done_at)
    SELECT n, 'confirm', {GROUPS} + 20 + n % 1900, n || '@company.example', n || '@company.example', 'en',
           CASE n % 50 WHEN 0 THEN 'failed' ELSE 'sent' END, 1, now(), now(),
           CASE n % 50 WHEN 0 THEN '550 nobody of that name' ELSE '' END, now(), now() + interval '1 day', now()
      FROM generate_series(1, 5000) n
    """,
    """
    INSERT INTO mail_bounce (id, mail_id, address_key, is_hard, bounced_at)
    SELECT id, id, address_key, true, now() FROM mail WHERE state = 'failed'
    """,
    # Other instances that were decided about; nobody we know lives there.
    """
    INSERT INTO peer (authority, first_seen_at, policy, policy_reason, announce_form, profile_checked_at)
    SELECT 's' || n || '.example', now(), CASE n % 4 WHEN 0 THEN 'limited' ELSE 'suspended' END, 'Nothing but ovens',
           'A', now()
      FROM generate_series(1, 400) n
    """,
    f"""
    INSERT INTO media (id, owner_id, token, state, file, media_type, size, width, height, created_at, post_id)
    SELECT n, {GROUPS} + 20 + n % 1900, 'token' || n, 'ready', n || '.jpg', 'image/jpeg', 200000 + n, 1200, 800, now(),
           ((1577836800000 + (1000 + n) * 1000) << 16)
      FROM generate_series(1, {UPLOADS}) n
    """,
    f"""
    INSERT INTO post (id, uri, url, is_local, author_id, group_id, thread_id, object_type, kind, title, content_html,
                      source, language, audience, context_uri, state, published_at, created_at)
    SELECT id, '{BASE}/p/' || id, '{BASE}/@person/' || id, true, {GROUPS} + 30 + n, {BUSY} + n % 59, id, 'Article',
           'discussion', 'Held ' || n, '<p>See https://ovens.example</p>', 'x', 'en', 'public', '{BASE}/t/' || id,
           'held', now(), now()
      FROM (SELECT n, {_NEW.format("500000 + n")} AS id FROM generate_series(1, {HELD}) n) made
    """,
    """
    INSERT INTO first_look (post_id, why, created_at)
    SELECT id, 'link', now() FROM post WHERE state = 'held' AND (id >> 16) / 1000 % 2 = 0
    """,
    f"""
    INSERT INTO announcement (id, source, content_html, created_by, published_at, updated_at)
    SELECT n, 'We meet on day ' || n, '<p>We meet on day ' || n || '</p>', {OWNER}, now(), now()
      FROM generate_series(1, 30) n
    """,
)

MEASURED = (
    """
    INSERT INTO figure_day (day, window_days, starters_count, threads_count, answered_in_time, median_s,
                            slowest_tenth_s, at_rest_count, in_progress_count, unanswered_count, welcomed_count,
                            welcomed_back, unwelcomed_count, unwelcomed_back, measured_at)
    SELECT now()::date - n, days, 900, 25000 + n, 20000, 3600 + n * 10, 80000, 20000, 3000, 2000, 200, 90, 50, 10, now()
      FROM generate_series(0, 89) n, unnest(ARRAY[30, 90, 365]) days
    """,
    """
    INSERT INTO storage_day (day, database_bytes, uploads_count, uploads_bytes, kept_bytes, posts_count,
                             own_posts_count, measured_at)
    SELECT now()::date - n, 3000000000, 2000, 400000000, 100000000, 1000000, 333333, now() FROM generate_series(0, 89) n
    """,
)
"""Figures of 90 days, as the recurring work keeps them: for who shows them without having measured."""
