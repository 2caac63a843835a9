-- A device may use a counter twice: both messages wait, each by its own id.
CREATE TABLE message_waiting_for_place (
    contact INTEGER NOT NULL REFERENCES contact,
    device BLOB NOT NULL,
    conversation BLOB NOT NULL,
    counter INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    route TEXT NOT NULL CHECK (route IN ('relay', 'direct')),
    first INTEGER NOT NULL CHECK (first IN (0, 1)),
    missing_from INTEGER NOT NULL,
    release_at INTEGER NOT NULL,
    PRIMARY KEY (contact, device, counter, id)
) STRICT, WITHOUT ROWID;

INSERT INTO message_waiting_for_place SELECT
    contact, device, conversation, counter, id, text, sent_at, route, first, missing_from, release_at
FROM message_held_back;

DROP TABLE message_held_back;

ALTER TABLE message_waiting_for_place RENAME TO message_held_back;

CREATE UNIQUE INDEX message_held_back_by_id ON message_held_back (id, contact);
