-- An instance on which somebody lives already is set up: only new ones are led through it.
INSERT INTO setting (name, value, updated_at)
SELECT 'setup', '"done"'::jsonb, now()
 WHERE EXISTS (SELECT FROM login)
    ON CONFLICT (name) DO NOTHING;
