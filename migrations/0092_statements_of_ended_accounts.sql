-- Ending an account for good is stated with its reasons, as other measures are.
ALTER TABLE statement DROP CONSTRAINT statement_measure_check;
ALTER TABLE statement ADD CONSTRAINT statement_measure_check
    CHECK (measure IN ('warn', 'cover', 'limit', 'disable', 'suspend', 'remove post', 'ban', 'hold', 'end'));
