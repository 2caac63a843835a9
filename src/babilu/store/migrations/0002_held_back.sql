-- Messages that came before those in front of them, kept out of sight until these come or have been waited for.
CREATE TABLE message_held_back (
    contact INTEGER NOT NULL REFERENCES contact,
    device BLOB NOT NULL,
    conversation BLOB NOT NULL,
    counter INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    route TEXT NOT NULL CHECK (route IN ('relay', 'direct')),
    first INTEGER NOT NULL CHECK (first IN (0, 1)),
    -- The first counter that is missing, and until when it is waited for.
    missing_from INTEGER NOT NULL,
    release_at INTEGER NOT NULL,
    PRIMARY KEY (contact, device, counter)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX message_held_back_by_id ON message_held_back (id, contact);
