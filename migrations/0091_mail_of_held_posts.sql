-- Whether who looks after a group, or the instance, is mailed when posts wait for them.
ALTER TABLE login ADD COLUMN wants_held_mail boolean NOT NULL DEFAULT true;
