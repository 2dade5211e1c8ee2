-- When an account is gone, nobody is told of it any more.
CREATE INDEX notification_from ON notification (from_account_id);
