-- What those who hold a streaming connection are told of. Kept for minutes: whoever comes back says what came last, and
-- gets what came since, from any process. It holds numbers only; what a post says is read when it is sent.
CREATE TABLE live_update (
    id       bigint PRIMARY KEY,                         -- made when it is written, so it sorts by time
    event    text NOT NULL CHECK (event IN ('update', 'status.update', 'delete')),
    post_id  bigint NOT NULL,
    boost_id bigint,                                     -- the wrapper it comes in, or that is taken back
    by_id    bigint NOT NULL                             -- the author, or who boosted or announced
);
