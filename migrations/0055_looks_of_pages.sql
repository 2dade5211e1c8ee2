-- How pages look to a member: as the system says, always light or always dark; and whether with more contrast.
ALTER TABLE login ADD COLUMN look text NOT NULL DEFAULT 'system' CHECK (look IN ('system', 'light', 'dark'));
ALTER TABLE login ADD COLUMN has_more_contrast boolean NOT NULL DEFAULT false;
