-- Votes as groups pass them on (federation.md 2.2, T31; D80). Dislikes come from elsewhere only and are counted nowhere here.
CREATE TABLE dislike (
    account_id  bigint NOT NULL,
    post_id     bigint NOT NULL,
    uri         text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, post_id)
);
CREATE INDEX dislike_post ON dislike (post_id);
CREATE INDEX dislike_uri ON dislike (uri);

-- What the followers of a group of ours were last told of somebody's vote.
CREATE TABLE told_vote (
    account_id  bigint NOT NULL,
    post_id     bigint NOT NULL,
    is_like     boolean NOT NULL,
    uri         text NOT NULL,
    PRIMARY KEY (account_id, post_id)
);
CREATE INDEX told_vote_post ON told_vote (post_id);
