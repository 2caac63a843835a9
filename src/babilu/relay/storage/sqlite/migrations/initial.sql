-- Accounts, their devices and prekeys, and the mail that waits for them.

-- epoch: names the history that the database holds; restoring a backup gives another one.
-- openings: how often fences have been given from the start; they are counted on from there in memory.
CREATE TABLE relay (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    owners INTEGER NOT NULL,
    epoch BLOB NOT NULL,
    openings INTEGER NOT NULL
) STRICT;

INSERT INTO relay (only, owners, epoch, openings) VALUES (1, 0, randomblob(8), 0);

CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    skeleton TEXT NOT NULL UNIQUE,
    owner INTEGER NOT NULL CHECK (owner IN (0, 1)),
    salt BLOB NOT NULL,
    memory_kib INTEGER NOT NULL,
    passes INTEGER NOT NULL,
    lanes INTEGER NOT NULL,
    login_key BLOB NOT NULL,
    identity_key BLOB NOT NULL,
    list_version INTEGER NOT NULL,
    list_hash BLOB NOT NULL,
    list_body BLOB NOT NULL,
    list_signature BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    moderator INTEGER NOT NULL DEFAULT 0 CHECK (moderator IN (0, 1)),
    -- An allowance of its own in place of the relay's.
    mailbox_messages INTEGER CHECK (mailbox_messages >= 0),
    mailbox_bytes INTEGER CHECK (mailbox_bytes >= 0)
) STRICT;

CREATE UNIQUE INDEX one_owner ON account (owner) WHERE owner = 1;

CREATE TABLE invitation (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    uses INTEGER NOT NULL CHECK (uses > 0)
) STRICT;

-- A device is a mailbox too. Its id is the mailbox's and is never used again.
-- head: highest number given out that mail rows no longer show; acknowledged: deleted up to here;
-- submitted: highest number that the device gave a submission of its own.
CREATE TABLE device (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    device BLOB NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    signing_key BLOB NOT NULL,
    agreement_key BLOB NOT NULL,
    signature BLOB NOT NULL,
    head INTEGER NOT NULL DEFAULT 0,
    acknowledged INTEGER NOT NULL DEFAULT 0,
    submitted INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX device_of_account ON device (account, place);

-- last: highest id ever kept of this kind.
CREATE TABLE prekey_kind (
    device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
    last INTEGER NOT NULL,
    PRIMARY KEY (device, kind)
) STRICT, WITHOUT ROWID;

-- Not clustered by device: a KEM prekey fills a good part of a page.
CREATE TABLE prekey (
    number INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
    id INTEGER NOT NULL,
    key BLOB NOT NULL,
    signature BLOB NOT NULL,
    UNIQUE (device, kind, id)
) STRICT;

-- Rows lie in the order of their arrival: under load a page is written once, not once for each mailbox.
-- No foreign keys on what every message touches: devices are deleted with their mail by one function.
CREATE TABLE mail (
    id INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    share BLOB NOT NULL,
    size INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    envelope BLOB NOT NULL
) STRICT;

-- share and size are here so that a mailbox is counted without reading its letters.
CREATE INDEX mail_of_mailbox ON mail (mailbox, seq, share, size);

-- Envelopes that were stored, remembered beyond their delivery.
CREATE TABLE stored (
    mailbox INTEGER NOT NULL,
    envelope BLOB NOT NULL,
    seq INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (mailbox, envelope)
) STRICT, WITHOUT ROWID;

-- Whose mail a device's owner wants: what stands for the accounts that it said last that it watches.
CREATE TABLE known (
    mailbox INTEGER NOT NULL,
    share BLOB NOT NULL,
    PRIMARY KEY (mailbox, share)
) STRICT, WITHOUT ROWID;

-- What an operator decided: of this machine by uid, or an officer over the wire by account.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    uid INTEGER,
    officer TEXT,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    CHECK ((uid IS NULL) <> (officer IS NULL))
) STRICT;

-- Sealed files, whose bytes lie in a folder. Without an account: released, and forgotten once the bytes are deleted.
-- completed_at: when all of it was on disk.
CREATE TABLE blob (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    blob BLOB NOT NULL UNIQUE,
    account INTEGER REFERENCES account (id) ON DELETE SET NULL,
    size INTEGER NOT NULL CHECK (size > 0),
    created_at INTEGER NOT NULL,
    completed_at INTEGER
) STRICT;

CREATE INDEX blob_of_account ON blob (account);
