-- Lists of what stands in threads from elsewhere, as they were when they were last read: so they are asked for anew only if
-- they changed. Rows go with their thread.
CREATE TABLE known_list (
    thread_id  bigint NOT NULL,
    uri        text NOT NULL,
    etag       text NOT NULL,
    PRIMARY KEY (thread_id, uri)
);
