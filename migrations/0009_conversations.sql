-- Direct posts as each of those they are for has them: one conversation for each thread and set of people.
CREATE TABLE conversation (
    id              bigint PRIMARY KEY,
    account_id      bigint NOT NULL,
    thread_id       bigint NOT NULL,
    participant_ids bigint[] NOT NULL,                     -- the others, in the order of their ids
    last_post_id    bigint NOT NULL,                       -- where it stands among the others
    UNIQUE (account_id, thread_id, participant_ids)
);
CREATE INDEX conversation_account ON conversation (account_id, last_post_id DESC);
CREATE INDEX conversation_thread ON conversation (thread_id);

CREATE TABLE conversation_post (
    conversation_id bigint NOT NULL REFERENCES conversation ON DELETE CASCADE,
    post_id         bigint NOT NULL,
    is_unread       boolean NOT NULL,
    PRIMARY KEY (conversation_id, post_id)
);
CREATE INDEX conversation_post_post ON conversation_post (post_id);
CREATE INDEX conversation_post_unread ON conversation_post (conversation_id) WHERE is_unread;

