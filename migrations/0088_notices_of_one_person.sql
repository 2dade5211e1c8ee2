-- The same words of the same person while it is open are one notice. Whoever only knows address and mail address of
-- somebody's notice makes another, so that nobody is led to what others have said.
DROP INDEX legal_notice_twice;
CREATE UNIQUE INDEX legal_notice_twice ON legal_notice (email_key, url, md5(ground || E'\n' || name || E'\n' || explanation))
 WHERE decided_at IS NULL AND email_key <> '';
