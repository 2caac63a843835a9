"""Limits that both ends agree on; each bounds what a stranger can make us spend.

Durations are milliseconds, sizes are bytes. What an operator may change is a field of `Limits`;
what is part of the protocol itself is a module constant.
"""

from dataclasses import dataclass

LENGTH_BYTES = 4
"""Size of the big-endian length in front of each frame."""

FRAME_BYTES = 96 * 1024
"""Largest frame body, refused before anything is allocated for it."""

BLOB_PART_BYTES = 64 * 1024 + 16
"""Largest part of a sealed file in one frame: one block of it."""

TRANSIENT_BYTES = 512
"""Largest transient: three times the one there is, so that a later version may say more."""

LINK_BYTES = 32 * 1024
"""Largest message about the linking of a device: that which grants has a whole device list in an envelope of 16 KiB."""

DEVICE_HISTORY_BYTES = 56 * 1024
"""Largest group of records in one content by which a device gives another of the same person what it has."""

DEVICE_HISTORY_GROUPS = 64
"""Most groups of records in one such content."""

DEVICE_HISTORY_PIECES = 300
"""Most contents into which a group of records is cut that does not fit into one: together more than it may have."""

DEVICE_HISTORY_AHEAD = 1_000
"""Contents that may be on their way to an own device before it is given more history."""

TEXT_BYTES = 60_000
"""Largest text of one message, in bytes of UTF-8."""

FILES_OF_MESSAGE = 10
"""Most files that one message brings."""

FILE_TYPE_CHARACTERS = 100
"""Longest media type of a file."""

PEAKS = 64
"""Most peaks by which a recording is drawn before it is fetched."""

SHOWN_SIDE = 2_560
"""Longest side in pixels of a picture that is sent, and of one that a face is given to show."""

RECORDING_MS = 60 * 60 * 1000
"""Longest recording that is shown as one; what says that it is longer is a file like others."""

VOICE_NOTE_MS = 30 * 60 * 1000
"""Longest voice note that is recorded here."""

VOICE_NOTE_BYTES = 16 * 1024 * 1024
"""Largest file of a voice note that is decoded: an hour of the best quality that a voice needs."""

PROFILE_PICTURE_SIDE = 256
"""Pixels a side of a profile picture."""

PROFILE_PICTURE_BYTES = 15 * 1024
"""Largest profile picture: with what is around it, a content fits into the padding of 16 KiB."""

PROFILE_PICTURES_A_DAY = 20
"""Profile pictures that one sets in a day at most, and that are taken of one day from a contact, by their clock."""

PREVIEW_SIDE = 32
"""Longest side of the preview of a picture, in pixels: no decoder touches what a message brings."""

PICTURE_SIDE = 65_535
"""Longest side of a picture that is believed, in pixels: a larger one is shown as if nothing were said of its size."""

LONG_TEXT_BYTES = 2_000
"""Bytes of UTF-8 from which on a text to many devices travels as a file, which each of them fetches."""

LONG_TEXT_DEVICES = 8
"""Devices of a conversation, one's own included, up to which a long text goes as it is to each of them."""

BEGINNING_BYTES = 512
"""Most bytes of UTF-8 of the beginning of a long text, which each device is sent."""

QUOTE_CHARACTERS = 400
"""Longest excerpt of a message that is answered, in code points."""

MENTIONS = 50
"""Most mentions in one text."""

REACTIONS_OF_ONE = 8
"""Most reactions of one person to one message."""

REACTION_BYTES = 40
"""Longest reaction, in bytes of UTF-8."""

REACTION_CODE_POINTS = 16
"""Longest reaction, in code points."""

NAME_CHARACTERS = 32
"""Longest account name."""

PREKEYS_IN_FRAME = 50
"""Most one-time prekeys of a kind in one frame: sixty signed KEM prekeys no longer fit."""

PREKEYS_KEPT = 100
"""One-time prekeys of each kind that a device keeps on its relay."""

NAMES_WATCHED = 1_000
"""Most accounts whose presence one connection watches."""

RELAY_ADDRESSES = 8
"""Most other addresses that a relay names."""

ADDRESS_CHARACTERS = 260
"""Longest address of a relay, with its port."""

DEVICES = 12
REMOVED_DEVICES = 64
"""Most devices of one person."""

ACCOUNTS = 8
"""Most accounts that one device list is good for."""

GROUP_MEMBERS = 128
"""Most people of one group; of more the most senior ones are in."""

ENTRIES_OF_GROUP = 10_000
"""Most entries of one group's log."""

ENTRIES_OF_GRANT = 1_000
"""Most entries under one grant, until a senior removes its holder."""

LISTS_OF_MEMBER = 100
"""Most entries of one person that need no grant, such as their device lists."""

LAST_WORDS = 512
"""Most `leave` and `moved` entries of a log beyond its other limits."""

LAST_WORDS_OF_ONE = 4
"""The same of one person."""

ENTRY_PARENTS = 8
"""Most ends of a log that one entry ties together."""

ENTRY_BYTES = 48 * 1024
"""Largest body of an entry: a `moved` with the largest `create` in it."""

TITLE_CHARACTERS = 64
"""Longest title of a group, in code points."""

TOPIC_CHARACTERS = 500
"""Longest topic of a group, in code points."""

GROUP_PICTURE_BYTES = 4_096
"""Largest description of a group's picture, which names a file and brings its preview."""

ADDRESS_CLAIM_BYTES = 128
"""Longest address that an entry claims for somebody."""

HIDDEN_IN_ENTRY = 100
"""Most messages that one entry hides."""

ENTRIES_WAITING = 1_000
"""Most entries of one group that wait for entries before them."""

ENTRIES_WAITING_OF_ONE = 256
"""The same of what one device has sent: one answer to a question for what is missing."""

ENTRIES_WAITING_BYTES = 4 * 1024 * 1024
"""Most bytes of entries of one group that wait."""

READ_RECEIPTS_MEMBERS = 20
"""Most people of a group in which it is told by itself who has read; in larger ones only where its user says so."""

HISTORY_MESSAGES = 1_000
"""Most messages from before they came that a newcomer of a group is given."""

HISTORY_DAYS = 365
"""How many days back those go at most."""

HISTORY_BYTES = 1024 * 1024
"""Most bytes of what was said in those together; the oldest are left out."""

SYNC_WRITES = 256
"""Writes to registers that one content between own devices carries."""

SYNC_MESSAGES = 1_000
"""Messages that one entry of such a content names, and receipts that it carries."""

SYNC_ENTRIES = 100
"""Conversations of which it says what was read there, or deleted."""

SYNC_SUBJECT_BYTES = 64
SYNC_VALUE_BYTES = 24 * 1024

HISTORY_IN_CONTENT = 256
"""Most of those messages that one content carries."""

ENTRIES_IN_CONTENT = 256
"""Most entries of a group's log, and most device lists, that one content carries."""

DEVICE_LIST_BYTES = 16 * 1024
"""Largest device list that a content carries: twelve devices, and the accounts of their person."""

DEVICE_LIST_BODY_BYTES = 4_096
"""Largest body of a device list: twelve devices, and eight accounts or those that were removed."""

REQUEST_ID_CHARACTERS = 4_096
"""Longest request id of a command, of which a client keeps one with each message that it sends."""

RATCHET_JUMP = 1_000
"""Most message keys that one ratchet message may skip."""

SKIPPED_KEYS = 2_000
"""Most skipped message keys kept for one session."""

OLD_SESSIONS = 5
"""Replaced sessions of a device pair that still receive."""

INTEGER_MAX = 2**63 - 1
"""Largest integer on the wire: what SQLite keeps."""

MAILBOX_NUMBER_MAX = 2**53
"""Largest number of a mailbox that a client believes: no honest relay comes near, and numbering goes on above it."""

RETRY_AFTER_MAX_MS = 60 * 60 * 1000
"""Longest pause for which another side can send us away at once."""

DAY_MS = 24 * 60 * 60 * 1000

TIMER_SHORTEST_MS = 1_000
"""Shortest time after which a message is gone again."""

TIMER_LONGEST_MS = 365 * DAY_MS
"""Longest time after which a message is gone again."""

EDITABLE_MS = DAY_MS
"""How long after a message its author may give it other words, by the times that their devices say."""

LATE_STORED_MS = 60 * 60 * 1000
"""How long after somebody's removal from a group what they write is still shown, by the times of the relay."""

LATE_RECEIVED_MS = DAY_MS
"""The same by the reader's own clock, whatever a relay says of its times."""

STORED_AHEAD_MS = 5 * 60 * 1000
"""How far ahead of the own clock a relay's time is believed."""

FOLLOWING_OPEN_MS = 7 * DAY_MS
"""How long a client that has followed a group into its successor changes over to another one by itself."""

GROUPS_BESIDE = DEVICES
"""Groups that go on beside the one that is followed and that are known: each device of the next in rank may go on."""

ENVELOPE_IDS_KEPT_MS = 60 * DAY_MS
"""How long a client remembers the ids of envelopes it has finished."""

OLD_KEYS_KEPT_MS = 60 * DAY_MS
"""How long private halves of replaced prekeys and replaced sessions are kept."""

SIGNED_PREKEY_RENEWAL_MS = 7 * DAY_MS
"""Age at which the signed prekey and the last-resort KEM prekey are replaced."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that an operator may change; the defaults are what a small community needs.

    Attributes:
        frame_bytes: Largest frame body in bytes.
        max_users: Accounts connected at the same time.
        accounts: Accounts that there may be, connected or not.
        connections: Open connections of a relay that have not logged in.
        connections_per_address: The same for one address (one /64 for IPv6).
        connections_per_account: Connections of one account; a listed device comes in all the same.
        tls_ms: Time for the TLS handshake.
        login_ms: Time from the end of the TLS handshake to a finished login.
        frame_ms: Time for a frame once its first byte has come.
        ping_ms: Silence after which an end sends a ping.
        silence_ms: Silence after which the other end counts as gone.
        drain_ms: Longest wait for commits under way at a stop.
        push_messages: Delivered and not yet acknowledged envelopes of one device.
        push_bytes: The same in bytes.
        mailbox_messages: Envelopes waiting for one device.
        mailbox_bytes: The same in bytes.
        sender_messages: Envelopes of one sender waiting for one device.
        sender_bytes: The same in bytes.
        sender_ms: Time in which what a sender has sent is forgotten, whom the mailbox's owner does not know.
        envelope_bytes: Smallest envelope: the smallest size that contents are padded to.
        mail_kept_ms: How long undelivered mail is held.
        deduplication_ms: How long the relay remembers the id of an envelope it has delivered.
        failed_logins: Failed password logins at once, for one account, one address and one device's connections.
        failed_login_ms: Time after which one more failed login is allowed.
        registrations: Registrations from one address at once.
        registration_ms: Time after which one more registration is allowed.
        submissions: Submissions of one device at once.
        submissions_per_second: Submissions of one device after that.
        invitation_ms: Validity of a new invitation.
        pending_requests: Conversation requests of strangers waiting for a decision.
        pending_requests_per_address: The same for one address.
        half_open: Direct connections that have not finished their handshake.
        waiting_callers: Direct connections that wait for a decision, or for what looks like one.
        pending_ms: How long a caller waits in one call for a stranger's decision.
        limit_loopback: Whether limits by address hold for loopback too.
        bundle_fetches: Bundles of one device that one account fetches at once.
        bundle_fetch_ms: Time after which one more is allowed.
        target_bundles: Bundles of one device with one-time prekeys, whoever fetches them, at once; past it, without.
        target_bundle_ms: Time after which one more has one-time prekeys.
        prekeys_low: One-time prekeys below which a device is asked for more.
        publications: Device lists and sets of prekeys that one account publishes at once.
        publication_ms: Time after which one more is allowed.
        disclosures: Pages of what is held about it that one account reads at once.
        disclosure_ms: Time after which one more is allowed.
        watches: Times that one account says at once whom it watches.
        watch_ms: Time after which once more is allowed.
        look_ups: Device lists that are looked up for one account at once, where it watches somebody anew.
        look_up_ms: Time after which one more is.
        transients: Transients that one device sends at once.
        transient_ms: Time after which one more is passed on.
        links: Messages about linking a device, of one account and of one device, at once.
        link_ms: Time after which one more is passed on.
        file_bytes: Largest file that is stored, before it is padded and sealed.
        account_file_bytes: Sealed files of one account, reserved ones included.
        all_file_bytes: Sealed files of all, as far as they are written. An account that is not a day old has at most
            a twentieth of it.
        files_kept_ms: How long a file is stored.
        unfinished_file_ms: How long one is stored of which not everything came.
        file_creations: Files that one account begins at once.
        file_creation_ms: Time after which it may begin one more.
        file_reads: Parts of files that one address reads at once without a login.
        file_read_ms: Time after which it may read one more.
        disk_reserve_bytes: Bytes of the disk that files leave free, so that mail can still be stored.
        orders: Orders of administration that one account gives at once.
        order_ms: Time after which one more is allowed.
    """

    frame_bytes: int = FRAME_BYTES
    max_users: int = 100
    accounts: int = 10_000
    connections: int = 2_000
    connections_per_address: int = 100
    connections_per_account: int = 20
    tls_ms: int = 10_000
    login_ms: int = 15_000
    frame_ms: int = 30_000
    ping_ms: int = 30_000
    silence_ms: int = 60_000
    drain_ms: int = 10_000
    push_messages: int = 100
    push_bytes: int = 1024 * 1024
    mailbox_messages: int = 10_000
    mailbox_bytes: int = 100 * 1024 * 1024
    sender_messages: int = 1_000
    sender_bytes: int = 10 * 1024 * 1024
    sender_ms: int = DAY_MS
    envelope_bytes: int = 256
    mail_kept_ms: int = 30 * DAY_MS
    deduplication_ms: int = 7 * DAY_MS
    failed_logins: int = 5
    failed_login_ms: int = 10_000
    registrations: int = 20
    registration_ms: int = 10_000
    submissions: int = 1_000
    submissions_per_second: int = 500
    invitation_ms: int = 7 * DAY_MS
    pending_requests: int = 50
    pending_requests_per_address: int = 4
    half_open: int = 32
    waiting_callers: int = 64
    pending_ms: int = 120_000
    limit_loopback: bool = False
    bundle_fetches: int = 6
    bundle_fetch_ms: int = 10 * 60_000
    target_bundles: int = 100
    target_bundle_ms: int = 36_000
    prekeys_low: int = 20
    publications: int = 20
    publication_ms: int = 10_000
    disclosures: int = 100
    disclosure_ms: int = 500
    watches: int = 50
    watch_ms: int = 2_000
    look_ups: int = 5_000
    look_up_ms: int = 10
    transients: int = 40
    transient_ms: int = 250
    links: int = 40
    link_ms: int = 15_000
    file_bytes: int = 100 * 1024 * 1024
    account_file_bytes: int = 1024 * 1024 * 1024
    all_file_bytes: int = 10 * 1024 * 1024 * 1024
    files_kept_ms: int = 30 * DAY_MS
    unfinished_file_ms: int = DAY_MS
    file_creations: int = 1_000
    file_creation_ms: int = 6_000
    file_reads: int = 4_096
    file_read_ms: int = 5
    disk_reserve_bytes: int = 512 * 1024 * 1024
    orders: int = 50
    order_ms: int = 2_000
