-- Film and sound beside pictures. `source_type` is what came, for what is made anew by the worker that makes films.
ALTER TABLE media
    ADD COLUMN kind text NOT NULL DEFAULT 'image' CHECK (kind IN ('image', 'gifv', 'video', 'audio')),
    ADD COLUMN source_type text,
    ADD COLUMN duration double precision,
    ADD COLUMN frame_rate double precision,
    ADD COLUMN bit_rate integer,
    ADD COLUMN leased_until timestamptz,
    ADD COLUMN attempts smallint NOT NULL DEFAULT 0;
CREATE INDEX media_to_film ON media (id) WHERE state = 'processing' AND source_type IS NOT NULL;

-- Empty where nothing but `media_type` says it.
ALTER TABLE post_attachment
    ADD COLUMN kind text NOT NULL DEFAULT '',
    ADD COLUMN duration double precision,
    ADD COLUMN frame_rate double precision,
    ADD COLUMN bit_rate integer;
