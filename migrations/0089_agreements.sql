-- What was agreed with whoever runs another instance, before posts that are not public go there (C18).
CREATE TABLE agreement (
    authority  text PRIMARY KEY,          -- as in `peer`
    contact    text NOT NULL,             -- who answers there, and where
    agreed_on  date,                      -- NULL = not yet
    data       text NOT NULL,             -- what kinds of data
    region     text NOT NULL,             -- where it is kept
    by_id      bigint,                    -- who wrote it down last
    updated_at timestamptz NOT NULL
);
