-- What a finished envelope said, where that was a message: when the envelope comes again, its receipt is owed again.
ALTER TABLE envelope_seen ADD COLUMN contact INTEGER;
ALTER TABLE envelope_seen ADD COLUMN device BLOB;
ALTER TABLE envelope_seen ADD COLUMN message BLOB;
