-- The account that an envelope of somebody unknown claims to come from, while the relay is asked whose it is.
ALTER TABLE inbox ADD COLUMN claimed TEXT;

CREATE INDEX inbox_claimed ON inbox (claimed, row, size) WHERE claimed IS NOT NULL;
