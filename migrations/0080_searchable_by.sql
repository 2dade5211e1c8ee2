-- Who alone may find a post from elsewhere by searching, by id, also of a collection of followers; NULL: it does not say.
ALTER TABLE post ADD COLUMN searchable_by text[];
