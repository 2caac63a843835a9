-- One row: who this profile is. Keys are seeds as RFC 8032 and RFC 7748 name them; that of the identity is not among
-- them: it lies in the unlock file, wrapped under the passphrase.
CREATE TABLE profile (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    name TEXT NOT NULL,
    signing BLOB NOT NULL CHECK (length(signing) = 32),
    agreement BLOB NOT NULL CHECK (length(agreement) = 32),
    device BLOB NOT NULL CHECK (length(device) = 16),
    device_list BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- One row, for a profile that has a relay.
CREATE TABLE relay (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    pin BLOB,
    registered INTEGER NOT NULL CHECK (registered IN (0, 1)),
    mailbox_cursor INTEGER NOT NULL,
    -- When the relay stored the newest envelope that has come: later ones count as stored no earlier.
    newest_stored_at INTEGER NOT NULL DEFAULT 0,
    cursor_envelope BLOB
) STRICT;

-- Own device lists, the present one included, the oldest first: a relay that was set back is told those it has lost.
CREATE TABLE own_list (
    number INTEGER PRIMARY KEY,
    device_list BLOB NOT NULL UNIQUE
) STRICT;

-- Numbers that are given out once: submissions, prekeys of each kind, and counts of dropped envelopes by reason.
CREATE TABLE counter (
    name TEXT PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: the stamp that the unlock file knows too.
CREATE TABLE stamp (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    stamp BLOB NOT NULL
) STRICT;

CREATE TABLE setting (
    name TEXT PRIMARY KEY NOT NULL,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE prekey (
    kind TEXT NOT NULL CHECK (kind IN ('signed', 'last_resort', 'one_time_ec', 'one_time_kem')),
    id INTEGER NOT NULL,
    private BLOB NOT NULL,
    public BLOB NOT NULL,
    signature BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

-- Those of an own device that the profile was before it was set back. One counter numbers all of them.
CREATE TABLE former_prekey (
    kind TEXT NOT NULL CHECK (kind IN ('signed', 'last_resort', 'one_time_ec', 'one_time_kem')),
    id INTEGER NOT NULL,
    private BLOB NOT NULL,
    public BLOB NOT NULL,
    signature BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    former_since INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT;

CREATE INDEX former_prekey_by_time ON former_prekey (former_since);

-- What the profile was before it was set back: what was sealed for such a device is still opened.
CREATE TABLE former_device (
    device BLOB PRIMARY KEY NOT NULL CHECK (length(device) = 16),
    signing BLOB NOT NULL CHECK (length(signing) = 32),
    agreement BLOB NOT NULL CHECK (length(agreement) = 32),
    former_since INTEGER NOT NULL
) STRICT;

-- The ratchet comes last: it changes with every message, and what precedes it then stays on its pages.
CREATE TABLE session (
    session BLOB PRIMARY KEY NOT NULL,
    peer BLOB NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('initiator', 'responder')),
    ephemeral BLOB NOT NULL,
    associated_data BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    replaced_at INTEGER,
    sending INTEGER NOT NULL CHECK (sending IN (0, 1)),
    closed INTEGER NOT NULL CHECK (closed IN (0, 1)),
    sent INTEGER NOT NULL,
    received INTEGER NOT NULL,
    initial BLOB NOT NULL,
    ratchet BLOB NOT NULL
) STRICT;

CREATE INDEX session_of_peer ON session (peer, created_at);
CREATE INDEX session_replaced ON session (replaced_at) WHERE replaced_at IS NOT NULL;

-- Handshakes that were accepted. Each one used a signed prekey no newer than signed_prekey.
CREATE TABLE ephemeral (
    peer BLOB NOT NULL,
    ephemeral BLOB NOT NULL,
    signed_prekey INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (peer, ephemeral)
) STRICT, WITHOUT ROWID;

CREATE INDEX ephemeral_by_prekey ON ephemeral (signed_prekey);

-- Number 0 is oneself: a person whose other devices are sent things and heard like those of anybody else.
CREATE TABLE contact (
    contact INTEGER PRIMARY KEY AUTOINCREMENT,
    identity_key BLOB NOT NULL UNIQUE CHECK (length(identity_key) = 32),
    name TEXT NOT NULL,
    -- The name as it is looked up: composed and in lower case.
    name_key TEXT NOT NULL UNIQUE,
    -- What the name looks like: no two contacts have names that look alike.
    skeleton TEXT NOT NULL UNIQUE,
    -- The name that they were known by first: what others are told, who need not know what they are called here.
    given_name TEXT NOT NULL,
    account TEXT NOT NULL,
    -- What is known about the identity in force.
    trust TEXT NOT NULL CHECK (trust IN ('first_use', 'verified')),
    blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),
    accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    -- Whether they are in a group with us that was accepted here, and whether they ever were or wrote in a group.
    fellow INTEGER NOT NULL DEFAULT 0 CHECK (fellow IN (0, 1)),
    once_fellow INTEGER NOT NULL DEFAULT 0 CHECK (once_fellow IN (0, 1)),
    direct_allowed INTEGER NOT NULL CHECK (direct_allowed IN (0, 1)),
    host TEXT,
    port INTEGER,
    device_list BLOB NOT NULL,
    -- Of oneself: this very device, which is on the list and is sent nothing.
    here BLOB CHECK (length(here) = 16),
    -- Another identity that is claimed to be this contact's, until the user decides or the one in force speaks again.
    pending_key BLOB CHECK (length(pending_key) = 32),
    pending_list BLOB,
    pending_at INTEGER,
    -- The beginning of the SHA-256 of their profile picture; null where they show none.
    picture BLOB CHECK (length(picture) = 16),
    created_at INTEGER NOT NULL,
    CHECK ((host IS NULL) = (port IS NULL)),
    CHECK ((contact = 0) = (here IS NOT NULL)),
    CHECK ((pending_key IS NULL) = (pending_list IS NULL) AND (pending_key IS NULL) = (pending_at IS NULL))
) STRICT;

CREATE UNIQUE INDEX contact_by_account ON contact (account) WHERE account <> '';
CREATE INDEX contact_stranger ON contact (contact) WHERE accepted = 0 AND fellow = 0 AND once_fellow = 0;

-- One row: the own profile picture (null for none), since when, and how often it was set on the last day.
CREATE TABLE own_picture (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    said_at INTEGER NOT NULL,
    picture BLOB,
    day INTEGER NOT NULL,
    changes INTEGER NOT NULL
) STRICT;

-- Which own profile picture a contact was told of last, by its time.
CREATE TABLE own_picture_given (
    contact INTEGER PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
    said_at INTEGER NOT NULL
) STRICT;

-- The profile picture that each contact has said last (null for none), and how often they said one on the last day.
CREATE TABLE contact_picture (
    contact INTEGER PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
    said_at INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    picture BLOB,
    day INTEGER NOT NULL,
    changes INTEGER NOT NULL
) STRICT;

-- What is said in one place: with a contact, to oneself, or in a group. Its id changes with the identity of its contact,
-- and with the log in which a group goes on.
CREATE TABLE conversation (
    conversation INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    kind TEXT NOT NULL CHECK (kind IN ('pair', 'notes', 'group', 'imported')),
    contact INTEGER UNIQUE REFERENCES contact,
    -- What a group, or what another program has exported, is called in commands, with its #: made once, of the first
    -- title. The title is as the group's log, or as the other program, has it.
    label TEXT UNIQUE,
    title TEXT NOT NULL DEFAULT '',
    -- Which program has exported it; null for what was said here.
    source TEXT CHECK (source IN ('whatsapp', 'mattermost')),
    draft TEXT NOT NULL DEFAULT '',
    -- The message that the draft answers.
    draft_reply BLOB CHECK (length(draft_reply) = 16),
    pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
    archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    marked_unread INTEGER NOT NULL DEFAULT 0 CHECK (marked_unread IN (0, 1)),
    -- Whether it is in no list until something is written in it again.
    hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
    -- Null where notifications are not silenced, the highest number where they are for good.
    muted_until INTEGER,
    -- Milliseconds after which messages disappear; null where they stay.
    timer INTEGER,
    -- Null where it is as set for all conversations.
    receipts INTEGER CHECK (receipts IN (0, 1)),
    typing INTEGER CHECK (typing IN (0, 1)),
    presence INTEGER CHECK (presence IN (0, 1)),
    created_at INTEGER NOT NULL,
    -- Position of the newest message when it took its id: those up to there were written under another one.
    id_since INTEGER NOT NULL DEFAULT 0,
    CHECK ((kind = 'pair') = (contact IS NOT NULL)),
    CHECK ((kind IN ('group', 'imported')) = (label IS NOT NULL)),
    CHECK ((kind = 'imported') = (source IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX conversation_of_notes ON conversation (kind) WHERE kind = 'notes';

-- Who wrote in a conversation that another program has exported, by the name that it gave: no identity, whose words
-- nobody has signed. Which contact the user says it is (null for none), or whether it is the user.
CREATE TABLE imported_person (
    person INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation,
    name TEXT NOT NULL,
    contact INTEGER REFERENCES contact,
    own INTEGER NOT NULL DEFAULT 0 CHECK (own IN (0, 1)),
    UNIQUE (conversation, name),
    CHECK (own = 0 OR contact IS NULL)
) STRICT;

CREATE INDEX imported_person_contact ON imported_person (contact) WHERE contact IS NOT NULL;
CREATE INDEX imported_person_own ON imported_person (person) WHERE own = 1;

-- Voice notes that were recorded and not sent yet: one of a conversation.
CREATE TABLE recording (
    conversation INTEGER PRIMARY KEY REFERENCES conversation,
    started_at INTEGER NOT NULL
) STRICT;

-- What came of each, as it came: bytes of an Ogg file, and the loudness of each 20 milliseconds.
CREATE TABLE recording_part (
    conversation INTEGER NOT NULL REFERENCES recording ON DELETE CASCADE,
    place INTEGER NOT NULL,
    sound BLOB NOT NULL,
    levels BLOB NOT NULL,
    PRIMARY KEY (conversation, place)
) STRICT, WITHOUT ROWID;

-- Texts that are written here and sent later. An overdue one was due long before this client ran again, could not be
-- sent, or was written for a former identity: its user decides.
CREATE TABLE scheduled (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation,
    -- Whom it was written for: nobody else gets it unless its user says so.
    identity_key BLOB NOT NULL CHECK (length(identity_key) = 32),
    text TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    reply_to BLOB CHECK (length(reply_to) = 16),
    -- Names, one in each line.
    mentions TEXT NOT NULL,
    timer INTEGER,
    overdue INTEGER NOT NULL CHECK (overdue IN (0, 1)),
    -- The command by which it was written, as events about it name it.
    request_id TEXT,
    -- How many files it has.
    files INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Files of texts that are sent later: they lie sealed here from the moment at which they were chosen.
CREATE TABLE scheduled_file (
    number INTEGER NOT NULL REFERENCES scheduled ON DELETE CASCADE,
    place INTEGER NOT NULL CHECK (place >= 0),
    blob BLOB NOT NULL CHECK (length(blob) = 16),
    entry BLOB NOT NULL,
    PRIMARY KEY (number, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX scheduled_file_of_blob ON scheduled_file (blob);

CREATE INDEX scheduled_due ON scheduled (overdue, due_at);

CREATE TABLE contact_device (
    device BLOB PRIMARY KEY NOT NULL CHECK (length(device) = 16),
    contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
    place INTEGER NOT NULL,
    signing_key BLOB NOT NULL,
    agreement_key BLOB NOT NULL
) STRICT;

CREATE INDEX device_of_contact ON contact_device (contact, place);

-- Alarms that were raised: of one contact and kind not again for a while.
CREATE TABLE alarm (
    contact INTEGER NOT NULL REFERENCES contact,
    kind TEXT NOT NULL,
    raised_at INTEGER NOT NULL,
    PRIMARY KEY (contact, kind)
) STRICT, WITHOUT ROWID;

-- Messages of a contact that are missing in a row, how many of them were told of, when last, and how often so far.
CREATE TABLE gap (
    contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
    conversation INTEGER NOT NULL REFERENCES conversation ON DELETE CASCADE,
    missing INTEGER NOT NULL,
    told INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    times INTEGER NOT NULL,
    PRIMARY KEY (contact, conversation)
) STRICT, WITHOUT ROWID;

CREATE INDEX gap_of_conversation ON gap (conversation);

CREATE INDEX gap_untold ON gap (contact) WHERE missing <> told;

-- Devices that have left a contact's list, and up to where what they sent was under way by then.
-- mailbox_number is null until a connection is resumed, and -1 while that is done.
CREATE TABLE departed_device (
    device BLOB PRIMARY KEY NOT NULL CHECK (length(device) = 16),
    contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
    identity_key BLOB NOT NULL CHECK (length(identity_key) = 32),
    entry BLOB NOT NULL,
    left_at INTEGER NOT NULL,
    inbox_row INTEGER NOT NULL,
    mailbox_number INTEGER
) STRICT;

CREATE INDEX departed_of_contact ON departed_device (contact, left_at);
CREATE INDEX departed_by_time ON departed_device (left_at);
CREATE INDEX departed_open ON departed_device (device) WHERE mailbox_number IS NULL OR mailbox_number < 0;

-- When the present list of a contact became known, in the same terms.
CREATE TABLE list_learned (
    contact INTEGER PRIMARY KEY REFERENCES contact ON DELETE CASCADE,
    learned_at INTEGER NOT NULL,
    inbox_row INTEGER NOT NULL,
    mailbox_number INTEGER
) STRICT;

CREATE INDEX list_learned_open ON list_learned (contact) WHERE mailbox_number IS NULL OR mailbox_number < 0;

CREATE TABLE message (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL CHECK (length(id) = 16),
    conversation INTEGER NOT NULL REFERENCES conversation,
    -- Null for what the profile's owner has written.
    author INTEGER REFERENCES contact,
    outgoing INTEGER NOT NULL CHECK (outgoing IN (0, 1)),
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    arrived_at INTEGER NOT NULL,
    route TEXT CHECK (route IN ('relay', 'direct')),
    state TEXT CHECK (state IN ('queued', 'held', 'delivered', 'read', 'failed')),
    held_until INTEGER,
    error TEXT,
    unread INTEGER NOT NULL CHECK (unread IN (0, 1)),
    shown INTEGER NOT NULL CHECK (shown IN (0, 1)),
    first INTEGER NOT NULL CHECK (first IN (0, 1)),
    sender_device BLOB,
    -- Of what came by itself: the id under which the chain is kept that has a place for it.
    chain BLOB,
    counter INTEGER NOT NULL,
    -- A message, or a line about something that happened between messages; such a line has no text and no device,
    -- and its counter is how many messages a gap has.
    kind TEXT NOT NULL DEFAULT 'text' CHECK (kind IN ('text', 'key_changed', 'devices_changed', 'gap', 'group')),
    -- Whether it came after others of its device that were sent later, and the first of those.
    late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
    belongs_before BLOB,
    -- Whether the device that wrote it had left its person's list by then.
    departed INTEGER NOT NULL DEFAULT 0 CHECK (departed IN (0, 1)),
    -- The text as it is searched: without case and accents. Of somebody who is not accepted only its beginning, until
    -- they are.
    folded TEXT NOT NULL,
    cut INTEGER NOT NULL DEFAULT 0 CHECK (cut IN (0, 1)),
    -- When it was sent by its sender's clock, whatever that shows, and the exact bytes that were said: its id is computed
    -- from both. A line has no bytes.
    said_at INTEGER NOT NULL,
    part BLOB NOT NULL,
    -- The version of parts that did not understand it, when its text is what stands for it.
    not_understood INTEGER,
    -- The message that it answers, and how that began as its author had it.
    reply_to BLOB CHECK (length(reply_to) = 16),
    quote TEXT NOT NULL DEFAULT '',
    -- Whom the wording names that is shown (null for nobody), whether oneself, and whether that was told already.
    mentions BLOB,
    mentioned INTEGER NOT NULL DEFAULT 0 CHECK (mentioned IN (0, 1)),
    mention_told INTEGER NOT NULL DEFAULT 0 CHECK (mention_told IN (0, 1)),
    forwarded INTEGER NOT NULL DEFAULT 0 CHECK (forwarded IN (0, 1)),
    -- Milliseconds after which it is gone, when its clock ends where that runs, and when it is gone at the latest.
    timer INTEGER,
    expires_at INTEGER,
    ends_at INTEGER,
    -- Since when it has the wording that is shown; null for the first.
    edited_at INTEGER,
    -- Whether its author has deleted it for all: nothing is left of what it said.
    deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    -- Whether an admin of its group has removed it for all, who (null for oneself), and when that was learned: its words
    -- are kept for a while, and neither shown nor found.
    hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
    hidden_by INTEGER REFERENCES contact,
    hidden_at INTEGER,
    reacted INTEGER NOT NULL DEFAULT 0 CHECK (reacted IN (0, 1)),
    pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
    -- The command by which it was sent last, as events about its state name it.
    request_id TEXT,
    files INTEGER NOT NULL DEFAULT 0,
    -- Whether the wording that is shown has a link.
    links INTEGER NOT NULL DEFAULT 0 CHECK (links IN (0, 1)),
    -- Of an own message: for how many people it is; null where that is no more than one.
    recipients INTEGER,
    -- How many of them had it, and had read it, when the receipts of these people were given up; null until then.
    had INTEGER,
    had_read INTEGER,
    -- Of a line about a group: what has changed; of one about own devices: which of them.
    line BLOB,
    -- Who has given it to us, where it was written in a group before we came; null for everything that came by itself.
    shared_by INTEGER REFERENCES contact,
    -- Who wrote it, where another program has exported it; null for everything that was said here. Such a row is
    -- incoming, read and shown, has no author, the device of nobody and no part, and its id is a hash under a tag of its
    -- own. In message_reaction such a person is the negative number.
    imported INTEGER REFERENCES imported_person,
    -- How a long text stands of which only the beginning is here; null where nothing is missing. Where another wording
    -- is shown, its first one as a whole.
    text_state TEXT CHECK (text_state IN ('coming', 'late', 'offered', 'failed')),
    first_text TEXT,
    CHECK (CASE kind WHEN 'group' THEN line IS NOT NULL WHEN 'devices_changed' THEN 1 ELSE line IS NULL END),
    CHECK ((outgoing = 1) = (state IS NOT NULL)),
    -- An own message has the device that wrote it where that is another one of one's own.
    CHECK (outgoing = 1 OR sender_device IS NOT NULL),
    -- A change of a group may be one's own.
    CHECK ((outgoing = 1) = (author IS NULL) OR kind = 'group' OR imported IS NOT NULL),
    CHECK (imported IS NULL OR (outgoing = 0 AND author IS NULL AND unread = 0 AND shown = 1 AND part = x'')),
    CHECK (hidden = 1 OR (hidden_by IS NULL AND hidden_at IS NULL)),
    CHECK ((had IS NULL) = (had_read IS NULL))
) STRICT;

-- An id binds the words to their author and conversation; that of a line is random.
CREATE UNIQUE INDEX message_by_id ON message (id, conversation);
CREATE INDEX message_of_conversation ON message (conversation);
CREATE INDEX message_of_author ON message (author) WHERE author IS NOT NULL;
CREATE INDEX message_shared_by ON message (shared_by) WHERE shared_by IS NOT NULL;
CREATE INDEX message_hidden_by ON message (hidden_by) WHERE hidden_by IS NOT NULL;
CREATE INDEX message_removed ON message (conversation) WHERE hidden = 1;
CREATE INDEX message_hidden_at ON message (hidden_at) WHERE hidden_at IS NOT NULL AND deleted = 0;
-- Each of these holds only what is waiting, so that its size does not follow the history's.
CREATE INDEX message_queued ON message (conversation) WHERE state = 'queued' AND deleted = 0;
-- Counts of unread messages and mentions are read from it alone: of a new device nothing may be read yet.
CREATE INDEX message_unread ON message (conversation, mentioned) WHERE unread = 1;
CREATE INDEX message_cut ON message (conversation) WHERE cut = 1;
CREATE INDEX message_unshown ON message (shown) WHERE shown = 0;
CREATE INDEX message_gap ON message (conversation) WHERE kind = 'gap';
CREATE INDEX message_devices ON message (conversation, position) WHERE kind = 'devices_changed';
CREATE INDEX message_not_understood ON message (conversation, not_understood) WHERE not_understood IS NOT NULL;
CREATE INDEX message_clock ON message (conversation) WHERE timer IS NOT NULL AND expires_at IS NULL;
CREATE INDEX message_expires ON message (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX message_ends ON message (ends_at) WHERE ends_at IS NOT NULL;
CREATE INDEX message_answer ON message (conversation, reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX message_pinned ON message (conversation) WHERE pinned = 1;
CREATE INDEX message_receipted ON message (conversation, position) WHERE recipients IS NOT NULL AND had IS NULL;
CREATE INDEX message_imported ON message (imported) WHERE imported IS NOT NULL;
CREATE INDEX message_links ON message (conversation) WHERE links = 1;

-- Wordings that the author of a message gave it later, the newest of each message: what was said, by its author's clock.
CREATE TABLE message_edit (
    conversation INTEGER NOT NULL REFERENCES conversation,
    target BLOB NOT NULL CHECK (length(target) = 16),
    said_at INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    part BLOB NOT NULL,
    PRIMARY KEY (conversation, target, said_at, id)
) STRICT, WITHOUT ROWID;

-- What each person gives to a message: the last that they said of it, also where that is nothing. Author 0 is oneself.
CREATE TABLE message_reaction (
    conversation INTEGER NOT NULL REFERENCES conversation,
    target BLOB NOT NULL CHECK (length(target) = 16),
    author INTEGER NOT NULL,
    said_at INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- One in each line.
    reactions TEXT NOT NULL,
    PRIMARY KEY (conversation, target, author)
) STRICT, WITHOUT ROWID;

-- Values that were written one in the place of another: whether a message is pinned (register: its id), or the timer
-- (an empty register). The deepest counts.
CREATE TABLE register_write (
    conversation INTEGER NOT NULL REFERENCES conversation,
    register BLOB NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    author INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    said_at INTEGER NOT NULL,
    value INTEGER,
    PRIMARY KEY (conversation, register, id)
) STRICT, WITHOUT ROWID;

-- What names an id that is not known here, until that comes: actions, and receipts of texts that answer it.
CREATE TABLE waiting_action (
    conversation INTEGER NOT NULL REFERENCES conversation,
    waits_for BLOB NOT NULL CHECK (length(waits_for) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    author INTEGER NOT NULL,
    -- Who gets the receipt.
    device BLOB NOT NULL,
    said_at INTEGER NOT NULL,
    -- What leaves first where room is needed: deletions stay longest.
    lasting INTEGER NOT NULL CHECK (lasting IN (0, 1)),
    until INTEGER NOT NULL,
    -- Empty for a text, which has its own row.
    part BLOB NOT NULL,
    PRIMARY KEY (conversation, waits_for, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX waiting_action_by_id ON waiting_action (id, conversation);
CREATE INDEX waiting_action_until ON waiting_action (until);

-- Ids of actions of others that have come, the newest of each person.
CREATE TABLE action_seen (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation,
    author INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16)
) STRICT;

CREATE UNIQUE INDEX action_seen_by_id ON action_seen (id, conversation);
CREATE INDEX action_seen_of ON action_seen (conversation, author, number);

-- Own actions, until every device that is to have one has given its receipt.
CREATE TABLE own_action (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    -- The message that it is about; null for the timer.
    target BLOB CHECK (length(target) = 16),
    said_at INTEGER NOT NULL,
    part BLOB NOT NULL
) STRICT;

CREATE INDEX own_action_about ON own_action (conversation, target);

-- What only a newer version understands, and which is to show as nothing until then.
CREATE TABLE message_hidden (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation,
    author INTEGER NOT NULL REFERENCES contact,
    device BLOB NOT NULL,
    counter INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    sent_at INTEGER NOT NULL,
    said_at INTEGER NOT NULL,
    route TEXT NOT NULL CHECK (route IN ('relay', 'direct')),
    not_understood INTEGER NOT NULL,
    part BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX message_hidden_by_id ON message_hidden (id, conversation);
CREATE INDEX message_hidden_of_conversation ON message_hidden (conversation, number);
CREATE INDEX message_hidden_of_author ON message_hidden (author);

-- What own messages and actions have before them: a row for each device that is to have one and has given no receipt.
-- The numbers of a device are the order in which its envelopes are made. What is owed has none yet.
-- Its conversation is no foreign key: to look for what refers to one that is forgotten, all rows would be read.
CREATE TABLE delivery (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    message BLOB NOT NULL CHECK (length(message) = 16),
    conversation INTEGER NOT NULL,
    contact INTEGER NOT NULL REFERENCES contact,
    device BLOB NOT NULL CHECK (length(device) = 16),
    state TEXT NOT NULL CHECK (state IN ('owed', 'queued', 'held', 'failed')),
    -- Until when a relay holds it, and how it left, or may have before the profile was set back.
    held_until INTEGER,
    route TEXT CHECK (route IN ('relay', 'direct')),
    error TEXT,
    -- The id of the conversation when it was said, where that is another one by now; else null.
    said_in BLOB CHECK (length(said_in) = 32),
    CHECK ((state = 'failed') = (error IS NOT NULL))
) STRICT;

CREATE UNIQUE INDEX delivery_of_message ON delivery (message, device);
CREATE INDEX delivery_to ON delivery (contact, number);
CREATE INDEX delivery_owed ON delivery (device, number, contact) WHERE state = 'owed';
CREATE INDEX delivery_held ON delivery (held_until) WHERE held_until IS NOT NULL;

-- When each device of its recipients had an own message, by the receipts it gave: a row for each envelope that arrived.
CREATE TABLE message_receipt (
    position INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    device BLOB NOT NULL,
    -- Whose device it was.
    contact INTEGER NOT NULL,
    delivered_at INTEGER NOT NULL,
    read_at INTEGER,
    PRIMARY KEY (position, device)
) STRICT, WITHOUT ROWID;

-- Ids of deleted messages: what was deleted does not come back with a resent envelope.
CREATE TABLE message_deleted (
    id BLOB NOT NULL,
    conversation INTEGER NOT NULL REFERENCES conversation,
    PRIMARY KEY (conversation, id)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE message_text USING fts5(
    folded,
    content = 'message',
    content_rowid = 'position',
    tokenize = 'trigram case_sensitive 1'
);
-- Deleted text leaves the index at once, not with the next merge.
INSERT INTO message_text (message_text, rank) VALUES ('secure-delete', 1);

-- One row: messages up to this position are in the index.
CREATE TABLE message_indexed (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    position INTEGER NOT NULL
) STRICT;
INSERT INTO message_indexed (only_row, position) VALUES (1, 0);

CREATE TABLE outbox (
    number INTEGER PRIMARY KEY,
    envelope BLOB NOT NULL UNIQUE CHECK (length(envelope) = 16),
    contact INTEGER NOT NULL REFERENCES contact,
    device BLOB NOT NULL,
    message BLOB,
    chained INTEGER NOT NULL CHECK (chained IN (0, 1)),
    counter INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    accepted_at INTEGER,
    route TEXT CHECK (route IN ('relay', 'direct')),
    -- Whether its author has deleted what it holds: the head is the hash of what its content was.
    gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
    -- What stands before the part in its content, and the part where the message is no longer here that has it else.
    head BLOB NOT NULL,
    part BLOB,
    envelope_bytes BLOB NOT NULL
) STRICT;

CREATE INDEX outbox_unaccepted ON outbox (contact, device, number) WHERE accepted_at IS NULL;
CREATE INDEX outbox_of_device ON outbox (device, number);
CREATE INDEX outbox_of_message ON outbox (message) WHERE message IS NOT NULL;
CREATE INDEX outbox_to ON outbox (contact, chained, number);

-- Ids of envelopes that left the outbox without a receipt, the newest of each contact: whoever cannot decrypt one of
-- them is told that nothing in it is owed.
CREATE TABLE envelope_sent (
    number INTEGER PRIMARY KEY,
    envelope BLOB NOT NULL UNIQUE,
    contact INTEGER NOT NULL REFERENCES contact
) STRICT;

CREATE INDEX envelope_sent_to ON envelope_sent (contact, number);

-- How often devices of others were asked to repeat themselves, and were answered.
CREATE TABLE repair (
    device BLOB NOT NULL,
    side TEXT NOT NULL CHECK (side IN ('asked', 'answered')),
    contact INTEGER NOT NULL REFERENCES contact,
    since INTEGER NOT NULL,
    count INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (device, side)
) STRICT, WITHOUT ROWID;

CREATE INDEX repair_of_contact ON repair (contact, side);

-- What contacts have had this device open and keep, on the last day that they did; number 0 is all strangers together.
CREATE TABLE budget (
    contact INTEGER PRIMARY KEY,
    day INTEGER NOT NULL,
    envelopes INTEGER NOT NULL,
    size INTEGER NOT NULL,
    handshakes INTEGER NOT NULL,
    total INTEGER NOT NULL,
    refused INTEGER NOT NULL CHECK (refused IN (0, 1))
) STRICT;

-- The chain of contents in both directions between this device and another one, for each conversation.
CREATE TABLE chain (
    device BLOB NOT NULL,
    conversation BLOB NOT NULL,
    sent BLOB NOT NULL,
    received BLOB NOT NULL,
    PRIMARY KEY (device, conversation)
) STRICT, WITHOUT ROWID;

CREATE INDEX chain_of_conversation ON chain (conversation);

CREATE TABLE inbox (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    route TEXT NOT NULL CHECK (route IN ('relay', 'direct')),
    seq INTEGER,
    stored_at INTEGER NOT NULL,
    envelope BLOB NOT NULL UNIQUE CHECK (length(envelope) = 16),
    contact INTEGER REFERENCES contact,
    device BLOB,
    -- The device that the outer seal names, once it was opened.
    sender BLOB,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'quarantined')),
    reason TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    envelope_bytes BLOB NOT NULL,
    -- The account that an envelope of somebody unknown claims to come from, while the relay is asked whose it is.
    claimed TEXT
) STRICT;

CREATE INDEX inbox_of_contact ON inbox (state, contact);
CREATE INDEX inbox_size ON inbox (state, size);
CREATE INDEX inbox_claimed ON inbox (claimed, row, size) WHERE claimed IS NOT NULL;

-- Ids of finished envelopes, and what each said where that was a message: when the envelope comes again, its receipt is
-- owed again.
CREATE TABLE envelope_seen (
    envelope BLOB PRIMARY KEY NOT NULL,
    seen_at INTEGER NOT NULL,
    contact INTEGER,
    device BLOB,
    message BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX envelope_seen_by_time ON envelope_seen (seen_at);

-- Receipts that wait to be sent.
CREATE TABLE receipt (
    device BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('delivered', 'read')),
    message BLOB NOT NULL,
    contact INTEGER NOT NULL REFERENCES contact,
    -- Until when it may wait for others that go with it.
    leave_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (device, kind, message)
) STRICT, WITHOUT ROWID;

-- Strangers' conversation requests that wait for a decision.
CREATE TABLE request (
    id TEXT PRIMARY KEY NOT NULL,
    identity_key BLOB NOT NULL UNIQUE CHECK (length(identity_key) = 32),
    name TEXT NOT NULL,
    device_list BLOB NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    at INTEGER NOT NULL,
    device BLOB NOT NULL
) STRICT;

CREATE TABLE declined (
    identity_key BLOB PRIMARY KEY NOT NULL CHECK (length(identity_key) = 32),
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages that came before those in front of them, kept out of sight until these come or have been waited for.
-- A device may use a counter twice: both messages wait, each by its own id.
CREATE TABLE message_held_back (
    conversation INTEGER NOT NULL REFERENCES conversation,
    author INTEGER NOT NULL REFERENCES contact,
    device BLOB NOT NULL,
    -- The id under which the chain is kept that has a place for it.
    chain BLOB NOT NULL,
    counter INTEGER NOT NULL,
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- Null for what shows as nothing.
    text TEXT,
    not_understood INTEGER,
    sent_at INTEGER NOT NULL,
    said_at INTEGER NOT NULL,
    part BLOB NOT NULL,
    route TEXT NOT NULL CHECK (route IN ('relay', 'direct')),
    first INTEGER NOT NULL CHECK (first IN (0, 1)),
    -- The first counter that is missing, and until when it is waited for.
    missing_from INTEGER NOT NULL,
    release_at INTEGER NOT NULL,
    PRIMARY KEY (conversation, device, counter, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX message_held_back_by_id ON message_held_back (id, conversation);
CREATE INDEX message_held_back_of_author ON message_held_back (author);

-- Files of messages: what opens and names each (entry), how it stands, and how many bytes of it have been moved.
CREATE TABLE attachment (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    position INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    place INTEGER NOT NULL CHECK (place >= 0),
    -- That of its message, and what its sender says that it is: a conversation's pictures are listed by these two.
    conversation INTEGER NOT NULL REFERENCES conversation,
    -- A text is the whole of that message's, of which it said only the beginning: it is in no list of its files.
    kind TEXT NOT NULL CHECK (kind IN ('picture', 'voice', 'file', 'text')),
    blob BLOB NOT NULL CHECK (length(blob) = 16),
    entry BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'offered', 'fetching', 'here', 'paused', 'failed', 'freed')),
    done INTEGER NOT NULL DEFAULT 0,
    error TEXT,
    -- Folder into which it is saved once it is here, for whoever asked for that.
    save_into TEXT,
    -- Of an own file that is at the relay: until when it is stored there.
    kept_until INTEGER,
    -- When its sender was asked for it last, or was asked by its reader.
    asked_at INTEGER NOT NULL DEFAULT 0,
    -- Whether it is a voice note of somebody else to which nobody has listened on this device.
    unheard INTEGER NOT NULL CHECK (unheard IN (0, 1)),
    UNIQUE (position, place)
) STRICT;

CREATE INDEX attachment_of_kind ON attachment (conversation, kind, position);
CREATE INDEX attachment_of_blob ON attachment (blob);
CREATE INDEX attachment_under_way ON attachment (state, number) WHERE state IN ('waiting', 'sending', 'fetching');
CREATE INDEX attachment_unheard ON attachment (conversation, position) WHERE unheard = 1;

-- Sealed files of which no message tells any more: they are deleted from the folder, and then from here.
CREATE TABLE blob_unused (
    blob BLOB PRIMARY KEY NOT NULL CHECK (length(blob) = 16)
) STRICT, WITHOUT ROWID;

-- Whatever takes a message away, or its words, takes its files along.
CREATE TRIGGER attachment_of_deleted AFTER UPDATE OF deleted ON message WHEN new.deleted = 1
BEGIN
    DELETE FROM attachment WHERE position = new.position;
END;

CREATE TRIGGER attachment_unused AFTER DELETE ON attachment
WHEN NOT EXISTS (SELECT 1 FROM attachment WHERE blob = old.blob)
BEGIN
    INSERT INTO blob_unused (blob) VALUES (old.blob) ON CONFLICT DO NOTHING;
END;

-- One that is sent becomes a message's in the same transaction, which takes it out again.
CREATE TRIGGER scheduled_file_unused AFTER DELETE ON scheduled_file
BEGIN
    INSERT INTO blob_unused (blob) VALUES (old.blob) ON CONFLICT DO NOTHING;
END;

-- Groups as their logs have them. One that goes on without its owner does so in another log of the same conversation,
-- whose id is that of the log that counts.
CREATE TABLE group_log (
    log INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32),
    conversation INTEGER NOT NULL REFERENCES conversation,
    accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    -- Whether we have left or declined it ourselves: then it takes the place of no invitation.
    answered INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1)),
    -- Whoever added us; null for ourselves.
    added_by INTEGER REFERENCES contact,
    added_at INTEGER NOT NULL,
    -- What we are in it; null where we are out.
    own_role TEXT CHECK (own_role IN ('owner', 'admin', 'member', 'reader')),
    -- The entry that has given us our place: by it own devices agree on what one has accepted.
    own_grant BLOB CHECK (length(own_grant) = 32),
    topic TEXT NOT NULL DEFAULT '',
    -- What describes the picture; null for none.
    picture BLOB,
    everybody_adds INTEGER NOT NULL DEFAULT 0 CHECK (everybody_adds IN (0, 1)),
    everybody_posts INTEGER NOT NULL DEFAULT 1 CHECK (everybody_posts IN (0, 1)),
    everybody_pins INTEGER NOT NULL DEFAULT 0 CHECK (everybody_pins IN (0, 1)),
    -- How many people are in it, and how many entries it has.
    members INTEGER NOT NULL DEFAULT 0,
    entries INTEGER NOT NULL DEFAULT 0,
    -- The ends of the log that contents name, one after the other.
    heads BLOB NOT NULL DEFAULT x'' CHECK (length(heads) % 32 = 0 AND length(heads) <= 256),
    -- The entry by which it goes on, since when that is followed, and the log in which it does.
    followed BLOB CHECK (length(followed) = 32),
    followed_since INTEGER,
    successor INTEGER REFERENCES group_log,
    -- The identity keys of those who go on with it in different ways, among whom the user is to choose.
    split BLOB NOT NULL DEFAULT x'' CHECK (length(split) % 32 = 0),
    -- What newcomers whom we let in are given of what was written before: at most so many messages, of so many days.
    history INTEGER NOT NULL DEFAULT 0,
    history_days INTEGER NOT NULL DEFAULT 0,
    -- The places that are kept for what was written before we came: the next one, and the first behind them.
    place_next INTEGER NOT NULL DEFAULT 0,
    place_end INTEGER NOT NULL DEFAULT 0,
    CHECK ((followed IS NULL) = (followed_since IS NULL))
) STRICT;

CREATE INDEX group_log_of_conversation ON group_log (conversation);
CREATE INDEX group_log_added_by ON group_log (added_by) WHERE added_by IS NOT NULL;
CREATE INDEX group_log_successor ON group_log (successor) WHERE successor IS NOT NULL;

-- Entries of logs in the order in which they were taken: each one after those it builds on. When the relay stored what
-- brought an entry first, and when that came here.
CREATE TABLE group_entry (
    log INTEGER NOT NULL REFERENCES group_log ON DELETE CASCADE,
    place INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    body BLOB NOT NULL,
    signature BLOB NOT NULL,
    stored_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (log, place)
) STRICT;

CREATE UNIQUE INDEX group_entry_by_hash ON group_entry (log, hash);

-- Who else is in a group, the most senior first: a place is left out where it is one's own.
CREATE TABLE group_member (
    conversation INTEGER NOT NULL REFERENCES conversation,
    contact INTEGER NOT NULL REFERENCES contact,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'reader')),
    place INTEGER NOT NULL,
    PRIMARY KEY (conversation, contact)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_member_of_contact ON group_member (contact);

-- Members by the log of whom no device is known here: they are listed, and sent things, as soon as one is.
CREATE TABLE group_lacking (
    log INTEGER NOT NULL REFERENCES group_log ON DELETE CASCADE,
    identity_key BLOB NOT NULL CHECK (length(identity_key) = 32),
    PRIMARY KEY (log, identity_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_lacking_of ON group_lacking (identity_key);

-- Which ends of a log each device has named last, and the place of that content in its chain.
CREATE TABLE group_heads_named (
    log INTEGER NOT NULL REFERENCES group_log ON DELETE CASCADE,
    device BLOB NOT NULL CHECK (length(device) = 16),
    heads BLOB NOT NULL,
    counter INTEGER NOT NULL,
    PRIMARY KEY (log, device)
) STRICT, WITHOUT ROWID;

-- When somebody was sent what they lack of a log ('lacks'), was asked for what we lack ('asked'), or was sent all of it,
-- having been let in by others and never heard ('brought').
CREATE TABLE group_told (
    log INTEGER NOT NULL REFERENCES group_log ON DELETE CASCADE,
    contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (log, contact, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_told_of_contact ON group_told (contact);

-- Links into groups of which we are an admin: whoever has one may ask to be let in.
CREATE TABLE group_link (
    token_hash BLOB PRIMARY KEY NOT NULL CHECK (length(token_hash) = 32),
    log INTEGER NOT NULL REFERENCES group_log ON DELETE CASCADE,
    -- The admin who has given it out and told us; null for ourselves.
    author INTEGER REFERENCES contact ON DELETE CASCADE,
    -- The link itself; empty where somebody else has it.
    link TEXT NOT NULL,
    -- Null for as many as come.
    uses INTEGER,
    used INTEGER NOT NULL DEFAULT 0,
    approval INTEGER NOT NULL CHECK (approval IN (0, 1)),
    expires_at INTEGER NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0 CHECK (revoked IN (0, 1)),
    -- By what the relay knows the invitation that it brings; null for none.
    invitation INTEGER,
    CHECK ((author IS NULL) = (link <> ''))
) STRICT, WITHOUT ROWID;

CREATE INDEX group_link_of_log ON group_link (log);
CREATE INDEX group_link_of_author ON group_link (author) WHERE author IS NOT NULL;

-- Who has come by a link, and who was declined: neither asks by it again.
CREATE TABLE group_link_use (
    token_hash BLOB NOT NULL REFERENCES group_link ON DELETE CASCADE,
    contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
    came INTEGER NOT NULL CHECK (came IN (0, 1)),
    PRIMARY KEY (token_hash, contact)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_link_use_of_contact ON group_link_use (contact);

-- Who has asked by such a link, and waits for a decision.
CREATE TABLE group_join_request (
    id TEXT PRIMARY KEY NOT NULL,
    log INTEGER NOT NULL REFERENCES group_log ON DELETE CASCADE,
    contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
    token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
    at INTEGER NOT NULL,
    UNIQUE (log, contact)
) STRICT;

-- Whom we have asked by a link to be let into a group: being added by them until then needs no other yes of ours.
CREATE TABLE group_asked (
    id BLOB NOT NULL CHECK (length(id) = 32),
    contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,
    until INTEGER NOT NULL,
    PRIMARY KEY (id, contact)
) STRICT, WITHOUT ROWID;

CREATE INDEX group_asked_of_contact ON group_asked (contact);

CREATE INDEX group_join_request_of_contact ON group_join_request (contact);

-- Whoever writes in a group is kept for what is shown of them.
CREATE TRIGGER fellow_has_written AFTER INSERT ON message
WHEN new.author IS NOT NULL
    AND EXISTS (SELECT 1 FROM contact WHERE contact = new.author AND accepted = 0 AND once_fellow = 0)
    AND EXISTS (SELECT 1 FROM conversation WHERE conversation = new.conversation AND kind = 'group')
BEGIN
    UPDATE contact SET once_fellow = 1 WHERE contact = new.author;
END;

-- What own devices agree on, by register: the highest write by (at, device, value). What the others are not told of yet
-- is owed.
CREATE TABLE sync_register (
    kind INTEGER NOT NULL,
    subject BLOB NOT NULL,
    value BLOB NOT NULL,
    at INTEGER NOT NULL,
    device BLOB NOT NULL CHECK (length(device) = 16),
    owed INTEGER NOT NULL CHECK (owed IN (0, 1)),
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX sync_register_of ON sync_register (subject);
CREATE INDEX sync_register_owed ON sync_register (kind, subject) WHERE owed = 1;

-- What was read, deleted for oneself or receipted: to be told to the own other devices, or told by one of them about a
-- message that has not come here.
CREATE TABLE sync_item (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('read', 'gone', 'delivered', 'seen')),
    waits INTEGER NOT NULL CHECK (waits IN (0, 1)),
    -- Where the message stands; null for a receipt.
    conversation BLOB CHECK (length(conversation) = 32),
    message BLOB NOT NULL CHECK (length(message) = 16),
    -- Who gave a receipt, with which device.
    person BLOB CHECK (length(person) = 32),
    device BLOB CHECK (length(device) = 16),
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX sync_item_owed ON sync_item (number) WHERE waits = 0;
CREATE INDEX sync_item_waiting ON sync_item (message) WHERE waits = 1;

-- Pieces of what another own device gives that is too large for one content.
CREATE TABLE history_piece (
    device BLOB NOT NULL CHECK (length(device) = 16),
    -- The first bytes of the hash of all of it.
    whole BLOB NOT NULL CHECK (length(whole) = 16),
    place INTEGER NOT NULL,
    piece BLOB NOT NULL,
    PRIMARY KEY (device, whole, place)
) STRICT;

-- Own other devices that were told all there is.
CREATE TABLE sync_device (
    device BLOB PRIMARY KEY NOT NULL CHECK (length(device) = 16)
) STRICT, WITHOUT ROWID;

-- Whose registers are to be compared with the rows that they are about, as something wrote to these. Triggers note it,
-- in the transaction of the change, so that nothing is set here that the own other devices do not learn of.
CREATE TABLE sync_dirty (
    kind TEXT NOT NULL CHECK (kind IN ('person', 'conversation', 'group', 'setting', 'picture', 'message')),
    subject BLOB NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

-- (None says OR IGNORE: where the statement has a conflict clause, SQLite goes by that one in here too.)
-- (One on the making of contacts would have SQLite look through all that refers to them: that is noted where they are
-- made.)
CREATE TRIGGER sync_person_changed
AFTER UPDATE OF identity_key, name, account, trust, blocked, accepted, direct_allowed, host, port ON contact
WHEN NEW.contact > 0 AND EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)
BEGIN
    INSERT INTO sync_dirty (kind, subject) SELECT 'person', NEW.identity_key
    WHERE NOT EXISTS (SELECT 1 FROM sync_dirty WHERE kind = 'person' AND subject = NEW.identity_key);
END;

CREATE TRIGGER sync_conversation_changed
AFTER UPDATE OF id, draft, draft_reply, pinned, archived, marked_unread, muted_until, receipts, typing, presence
ON conversation
WHEN EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)
BEGIN
    INSERT INTO sync_dirty (kind, subject) SELECT 'conversation', NEW.id
    WHERE NOT EXISTS (SELECT 1 FROM sync_dirty WHERE kind = 'conversation' AND subject = NEW.id);
END;

CREATE TRIGGER sync_group_begun AFTER INSERT ON group_log
WHEN NEW.accepted = 1 AND EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)
BEGIN
    INSERT INTO sync_dirty (kind, subject) SELECT 'group', NEW.id
    WHERE NOT EXISTS (SELECT 1 FROM sync_dirty WHERE kind = 'group' AND subject = NEW.id);
END;

CREATE TRIGGER sync_group_accepted AFTER UPDATE OF accepted ON group_log
WHEN NEW.accepted = 1 AND EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)
BEGIN
    INSERT INTO sync_dirty (kind, subject) SELECT 'group', NEW.id
    WHERE NOT EXISTS (SELECT 1 FROM sync_dirty WHERE kind = 'group' AND subject = NEW.id);
END;

CREATE TRIGGER sync_message_failed AFTER UPDATE OF state ON message
WHEN (NEW.state = 'failed') <> (OLD.state = 'failed') AND NEW.outgoing = 1 AND NEW.sender_device IS NULL
    AND EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)
BEGIN
    INSERT INTO sync_dirty (kind, subject) SELECT 'message', NEW.id
    WHERE NOT EXISTS (SELECT 1 FROM sync_dirty WHERE kind = 'message' AND subject = NEW.id);
END;

CREATE TRIGGER sync_setting_set AFTER INSERT ON setting
WHEN (NEW.name GLOB 'switched_off.*' OR NEW.name GLOB 'device.name:*'
    OR NEW.name GLOB 'device.address:*' OR NEW.name = 'groups.who_may_add')
    AND EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)
BEGIN
    INSERT INTO sync_dirty (kind, subject) SELECT 'setting', CAST(NEW.name AS BLOB)
    WHERE NOT EXISTS (SELECT 1 FROM sync_dirty WHERE kind = 'setting' AND subject = CAST(NEW.name AS BLOB));
END;

CREATE TRIGGER sync_setting_changed AFTER UPDATE ON setting
WHEN (NEW.name GLOB 'switched_off.*' OR NEW.name GLOB 'device.name:*'
    OR NEW.name GLOB 'device.address:*' OR NEW.name = 'groups.who_may_add')
    AND EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)
BEGIN
    INSERT INTO sync_dirty (kind, subject) SELECT 'setting', CAST(NEW.name AS BLOB)
    WHERE NOT EXISTS (SELECT 1 FROM sync_dirty WHERE kind = 'setting' AND subject = CAST(NEW.name AS BLOB));
END;

CREATE TRIGGER sync_setting_forgotten AFTER DELETE ON setting
WHEN (OLD.name GLOB 'switched_off.*' OR OLD.name GLOB 'device.name:*'
    OR OLD.name GLOB 'device.address:*' OR OLD.name = 'groups.who_may_add')
    AND EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)
BEGIN
    INSERT INTO sync_dirty (kind, subject) SELECT 'setting', CAST(OLD.name AS BLOB)
    WHERE NOT EXISTS (SELECT 1 FROM sync_dirty WHERE kind = 'setting' AND subject = CAST(OLD.name AS BLOB));
END;

CREATE TRIGGER sync_picture_set AFTER INSERT ON own_picture
WHEN EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)
BEGIN
    INSERT INTO sync_dirty (kind, subject) SELECT 'picture', x''
    WHERE NOT EXISTS (SELECT 1 FROM sync_dirty WHERE kind = 'picture' AND subject = x'');
END;

CREATE TRIGGER sync_picture_changed AFTER UPDATE ON own_picture
WHEN EXISTS (SELECT 1 FROM contact_device WHERE contact = 0)
BEGIN
    INSERT INTO sync_dirty (kind, subject) SELECT 'picture', x''
    WHERE NOT EXISTS (SELECT 1 FROM sync_dirty WHERE kind = 'picture' AND subject = x'');
END;
