-- When somebody elsewhere was last asked which of ours follow them, because their server and ours differ (FEP-8fcf).
CREATE TABLE follower_check (
    account_id bigint PRIMARY KEY,
    asked_at   timestamptz NOT NULL
);
