-- When what is answered here, and is not here, was last asked for: the longest not asked for goes first.
CREATE TABLE searched_parent (
    uri       text PRIMARY KEY,
    asked_at  timestamptz NOT NULL
);
CREATE INDEX searched_parent_time ON searched_parent (asked_at);
