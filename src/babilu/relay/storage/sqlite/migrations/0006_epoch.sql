-- epoch: names the history that the database holds; restoring a backup gives another one.
-- openings: how often fences have been given from the start; they are counted on from there in memory.
ALTER TABLE relay ADD COLUMN epoch BLOB NOT NULL DEFAULT x'';
ALTER TABLE relay ADD COLUMN openings INTEGER NOT NULL DEFAULT 0;

UPDATE relay SET epoch = randomblob(8);
