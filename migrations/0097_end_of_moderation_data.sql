-- Reports, notices and decisions go three years after they were closed (C11); the counts of their year stay (C15).
CREATE TABLE year_count (
    year   integer NOT NULL,
    what   text NOT NULL,
    kind   text NOT NULL,
    count  bigint NOT NULL,
    PRIMARY KEY (year, what, kind)
);
