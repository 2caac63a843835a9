-- Accounts, their devices and prekeys, the mail that waits for them, and the nodes that share all of it.
-- Columns of type uuid hold any 16 bytes: of fixed width, an index of them is half as large as one of bytea.

-- epoch: names the history that the database holds; history: of which server and which timeline it is the history.
-- schema: version of these tables; oldest: the lowest version that a program must know to use them.
-- key_check: what the relay's key makes of a constant; empty until a node is started on the database.
CREATE TABLE relay (
    single bool PRIMARY KEY DEFAULT true CHECK (single),
    owners int8 NOT NULL DEFAULT 0,
    epoch bytea NOT NULL,
    history text NOT NULL,
    schema int4 NOT NULL,
    oldest int4 NOT NULL,
    key_check bytea NOT NULL DEFAULT ''
);

-- The relay's own certificates: the one that is used, and the next one. sealed: it and its key, under the relay's key.
CREATE TABLE certificate (
    pin bytea PRIMARY KEY,
    sealed bytea NOT NULL,
    announced_at int8
);

CREATE UNIQUE INDEX one_used_and_one_announced ON certificate ((announced_at IS NULL));

CREATE TABLE account (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text COLLATE "C" NOT NULL UNIQUE,
    skeleton text COLLATE "C" NOT NULL UNIQUE,
    owner bool NOT NULL,
    salt bytea NOT NULL,
    memory_kib int8 NOT NULL,
    passes int8 NOT NULL,
    lanes int8 NOT NULL,
    login_key bytea NOT NULL,
    identity_key bytea NOT NULL,
    list_version int8 NOT NULL,
    list_hash bytea NOT NULL,
    list_body bytea NOT NULL,
    list_signature bytea NOT NULL,
    created_at int8 NOT NULL,
    disabled bool NOT NULL DEFAULT false,
    moderator bool NOT NULL DEFAULT false,
    -- An allowance of its own in place of the relay's.
    mailbox_messages int8 CHECK (mailbox_messages >= 0),
    mailbox_bytes int8 CHECK (mailbox_bytes >= 0)
);

CREATE UNIQUE INDEX one_owner ON account (owner) WHERE owner;

CREATE TABLE invitation (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    created_at int8 NOT NULL,
    expires_at int8 NOT NULL,
    uses int8 NOT NULL CHECK (uses > 0)
);

CREATE TABLE device (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device uuid NOT NULL UNIQUE,
    account int8 NOT NULL REFERENCES account ON DELETE CASCADE,
    place int4 NOT NULL,
    signing_key bytea NOT NULL,
    agreement_key bytea NOT NULL,
    signature bytea NOT NULL
);

CREATE INDEX device_of_account ON device (account, place);

-- A mailbox has the id of its device, which is never used again. Every message touches its row, so it is narrow, and no
-- column of it that changes is in an index: an update stays on its page.
-- list_version, most_messages, most_bytes: as in the account.
-- head: highest number given out; acknowledged: deleted up to here; submitted: highest number that the device gave a
-- submission of its own, up to a moment ago.
-- edition: raised where something else changes that is counted by or counts for what waits.
-- node, fence: the node that holds the device's connection, and how that one is told from earlier and later ones.
CREATE TABLE mailbox (
    id int8 PRIMARY KEY,
    list_version int8 NOT NULL,
    head int8 NOT NULL DEFAULT 0,
    acknowledged int8 NOT NULL DEFAULT 0,
    submitted int8 NOT NULL DEFAULT 0,
    edition int4 NOT NULL DEFAULT 0,
    node int4,
    fence int8 NOT NULL DEFAULT 0,
    most_messages int8,
    most_bytes int8
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);

CREATE SEQUENCE fence;

-- last: highest id ever kept of this kind.
CREATE TABLE prekey_kind (
    device int8 NOT NULL REFERENCES device ON DELETE CASCADE,
    kind int2 NOT NULL CHECK (kind BETWEEN 1 AND 4),
    last int8 NOT NULL,
    PRIMARY KEY (device, kind)
);

CREATE TABLE prekey (
    device int8 NOT NULL REFERENCES device ON DELETE CASCADE,
    kind int2 NOT NULL CHECK (kind BETWEEN 1 AND 4),
    id int8 NOT NULL,
    key bytea NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (device, kind, id)
) WITH (toast_tuple_target = 8160);

ALTER TABLE prekey ALTER COLUMN key SET STORAGE EXTERNAL, ALTER COLUMN signature SET STORAGE EXTERNAL;

-- A partition for each day, which is dropped as a whole; what belongs to none of them, as of a clock that is a year off,
-- is in the default one. Ciphertext is never compressed, and letters up to 8 KB lie in their rows.
CREATE TABLE mail (
    mailbox int8 NOT NULL,
    seq int8 NOT NULL,
    stored_at int8 NOT NULL,
    share uuid NOT NULL,
    envelope bytea NOT NULL,
    PRIMARY KEY (mailbox, seq, stored_at)
) PARTITION BY RANGE (stored_at);

ALTER TABLE mail ALTER COLUMN envelope SET STORAGE EXTERNAL;

CREATE TABLE mail_default PARTITION OF mail DEFAULT
    WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.2, autovacuum_vacuum_threshold = 50000);

CREATE INDEX mail_default_age ON mail_default (stored_at);

-- Envelopes that were stored, remembered beyond their delivery, by the day of their storing.
-- seq: their number; above it where repeats came in the same batch.
CREATE TABLE stored (
    mailbox int8 NOT NULL,
    envelope uuid NOT NULL,
    seq int8 NOT NULL,
    stored_at int8 NOT NULL,
    day int4 NOT NULL,
    PRIMARY KEY (mailbox, envelope, day)
) PARTITION BY RANGE (day);

CREATE TABLE stored_default PARTITION OF stored DEFAULT;

-- Whose mail a device's owner wants: what stands for the accounts that it said last that it watches.
CREATE TABLE known (
    mailbox int8 NOT NULL,
    share uuid NOT NULL,
    PRIMARY KEY (mailbox, share)
);

-- What an operator decided: of a node's machine by uid, or an officer over the wire by account.
CREATE TABLE audit (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at int8 NOT NULL,
    uid int8,
    officer text,
    action text NOT NULL,
    subject text NOT NULL,
    node text NOT NULL DEFAULT '',
    CHECK ((uid IS NULL) <> (officer IS NULL))
);

-- Sealed files. Without an account: released, and forgotten once the bytes are deleted.
-- completed_at: when all of it was stored.
CREATE TABLE blob (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    blob uuid NOT NULL UNIQUE,
    account int8 REFERENCES account ON DELETE SET NULL,
    size int8 NOT NULL CHECK (size > 0),
    created_at int8 NOT NULL,
    completed_at int8
);

CREATE INDEX blob_of_account ON blob (account);

-- Bytes of sealed files, written from front to back: whole says how many there are, and complete that no more come.
CREATE TABLE blob_file (
    blob uuid PRIMARY KEY,
    whole int8 NOT NULL DEFAULT 0,
    complete bool NOT NULL DEFAULT false
);

CREATE TABLE blob_part (
    blob uuid NOT NULL,
    start int8 NOT NULL,
    octets bytea NOT NULL,
    PRIMARY KEY (blob, start)
);

ALTER TABLE blob_part ALTER COLUMN octets SET STORAGE EXTERNAL;

-- Nodes that are up, or were a moment ago. address: where clients can reach it.
CREATE TABLE node (
    id int4 PRIMARY KEY,
    name text NOT NULL,
    version text NOT NULL,
    schema int4 NOT NULL,
    address text NOT NULL DEFAULT '',
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    online int4 NOT NULL DEFAULT 0,
    draining bool NOT NULL DEFAULT false
);

CREATE SEQUENCE node_number AS int4;

-- What every node has to hear of within some seconds, whatever becomes of hints; kept for an hour.
CREATE TABLE change (
    id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    account int8,
    device uuid,
    text text NOT NULL DEFAULT ''
);

CREATE INDEX change_age ON change (at);

-- What has failed too often lately. key: which names nobody without the relay's key. A crash of the server forgives it.
CREATE UNLOGGED TABLE throttle (
    key uuid PRIMARY KEY,
    whole_at float8 NOT NULL
);
