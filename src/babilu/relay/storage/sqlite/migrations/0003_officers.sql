-- Owner and moderators act over the wire: the record says which account it was, and uid is null then.
-- An account may have an allowance of its own in place of the relay's.

ALTER TABLE account ADD COLUMN mailbox_messages INTEGER CHECK (mailbox_messages >= 0);
ALTER TABLE account ADD COLUMN mailbox_bytes INTEGER CHECK (mailbox_bytes >= 0);

ALTER TABLE audit RENAME TO audit_before;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    uid INTEGER,
    officer TEXT,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    CHECK ((uid IS NULL) <> (officer IS NULL))
) STRICT;

INSERT INTO audit (id, at, uid, action, subject) SELECT id, at, uid, action, subject FROM audit_before;

DROP TABLE audit_before;
