-- Browsers are told too: a subscription belongs to the token of an app, or to the session of a browser, and goes with it.

ALTER TABLE push_subscription ALTER COLUMN token_id DROP NOT NULL;
ALTER TABLE push_subscription ALTER COLUMN sealed_token DROP NOT NULL;
ALTER TABLE push_subscription ADD COLUMN session_id bigint UNIQUE REFERENCES session ON DELETE CASCADE;
ALTER TABLE push_subscription ADD CONSTRAINT push_subscription_of_one CHECK (num_nonnulls(token_id, session_id) = 1);
