-- When what somebody elsewhere published before was asked for, once, so that their page is not empty here.
ALTER TABLE account ADD COLUMN outbox_asked_at timestamptz;
