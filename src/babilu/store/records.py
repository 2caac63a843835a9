"""Rows of the client's database as frozen records; times are Unix milliseconds, ids and keys are raw bytes.

What must not print (keys, texts, drafts, contents) stays out of every repr.
"""

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from babilu.crypto.secret import Secret
from babilu.identity.device_list import read_kept_list
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.ids import ConversationId, DeviceId, EnvelopeId, IdentityKey, MessageId
from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import ConversationKind, DeliveryState, FileState, MessageKind, MessageState, Route, Trust
from babilu.wire.content import Mention
from babilu.wire.file_entry import FileEntry


@unique
class InboxState(StrEnum):
    """Where an arrived envelope stands: to be judged, or set aside because it could not be decrypted or believed."""

    WAITING = "waiting"
    QUARANTINED = "quarantined"


@unique
class ReceiptKind(StrEnum):
    """What a receipt says."""

    DELIVERED = "delivered"
    READ = "read"


@dataclass(frozen=True, slots=True)
class ProfileRecord:
    """Who this profile is.

    Attributes:
        name: The account's name, or the own name shown in direct conversations.
        signing: 32-byte Ed25519 seed of this device's signing key.
        agreement: 32-byte X25519 private key of this device.
        device: This device's id.
        device_list: The own signed device list, encoded.
        created_at: When the profile was made.
    """

    name: str
    signing: Secret
    agreement: Secret
    device: DeviceId
    device_list: bytes
    created_at: int


@dataclass(frozen=True, slots=True)
class FormerDevice:
    """What a profile was before it was set back: a device's id and keys."""

    device: DeviceId
    signing: Secret
    agreement: Secret


@dataclass(frozen=True, slots=True)
class RelayRecord:
    """The profile's relay and how far this device has come with its mailbox.

    Attributes:
        host: Host name or address.
        port: TCP port.
        pin: SHA-256 of the relay's certificate, or None until the first connection.
        registered: Whether the account exists there.
        cursor: Number of the last envelope committed to the inbox; 0 at the start.
        cursor_envelope: Id of that envelope, or None at the start.
        number: Highest submission number made by this device.
    """

    host: str
    port: int
    pin: bytes | None
    registered: bool
    cursor: int
    cursor_envelope: EnvelopeId | None
    number: int


@dataclass(frozen=True, slots=True)
class PendingIdentity:
    """Another identity that is claimed to be a contact's, beside the one in force.

    Attributes:
        identity_key: The claimed identity.
        device_list: Its signed device list, encoded.
        at: Since when it is claimed.
    """

    identity_key: IdentityKey
    device_list: bytes = field(repr=False)
    at: int


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A person this profile knows.

    Attributes:
        contact: Number of the row, never used again.
        identity_key: The person.
        name: Local name, unique in this profile whatever the case of its letters.
        account: Account name on the relay, or empty.
        trust: What is known about the identity key.
        pending: Another identity that waits for the user's approval, or None.
        blocked: Whether what they send is dropped.
        accepted: Whether the user has answered or accepted them.
        direct_allowed: Whether they may be shown our address.
        address: Last known host and port for direct connections, or None.
        device_list: Their signed device list, encoded.
        created_at: When they became known.
        picture: What names their profile picture; None where they show none.
        fellow: Whether they are in a group with us that was accepted here.
        given_name: The name that they were known by first, whatever they are called here by now.
    """

    contact: int
    identity_key: IdentityKey
    name: str
    account: str
    trust: Trust
    pending: PendingIdentity | None
    blocked: bool
    accepted: bool
    direct_allowed: bool
    address: tuple[str, int] | None
    device_list: bytes = field(repr=False)
    created_at: int
    picture: bytes | None = None
    fellow: bool = False
    given_name: str = ""

    @property
    def is_stranger(self) -> bool:
        """Whether nothing joins us: the user has not accepted them, and no group has."""
        return not self.accepted and not self.fellow

    @property
    def signed_list(self) -> SignedDeviceList:
        """Their device list, signed."""
        return read_kept_list(self.device_list).signed


@dataclass(frozen=True, slots=True)
class OwnPictureRecord:
    """The own profile picture: since when, and its bytes; None for none."""

    said_at: int
    picture: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """A conversation, and what is set for it here.

    Attributes:
        conversation: Number of the row, never used again.
        id: Its 32-byte id.
        kind: With whom it is.
        contact: Number of the contact whom it is with; None for notes to oneself and groups.
        draft: Text written and not sent, or empty.
        draft_reply: The message that the draft answers, or None.
        pinned: Kept at the top of the list.
        archived: Put away from the list.
        marked_unread: Shown as unread although nothing is.
        muted_until: Until when there are no notifications, the highest integer for good; None where there are.
        timer: Milliseconds after which its messages disappear; None where they stay.
        receipts: Whether receipts of reading are given here; None as for all conversations.
        typing: Whether it is told here that one types; None as for all conversations.
        presence: Whether it is told here that one is online; None as for all conversations.
        created_at: When it was made.
        hidden: In no list until something is written in it again.
        id_since: Position of the newest message when it took its id: those up to there were written under another one.
        label: Of a group: what it is called in commands, with its ``#``; None for others.
        title: Of a group: its title as its log has it; empty for others.
    """

    conversation: int
    id: ConversationId
    kind: ConversationKind
    contact: int | None
    draft: str = field(repr=False)
    draft_reply: MessageId | None
    pinned: bool
    archived: bool
    marked_unread: bool
    muted_until: int | None
    timer: int | None
    receipts: bool | None
    typing: bool | None
    presence: bool | None
    created_at: int
    hidden: bool = False
    id_since: int = 0
    label: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """One device of a contact, as the device list in force names it."""

    device: DeviceId
    contact: int
    signing_key: bytes
    agreement_key: bytes


@dataclass(frozen=True, slots=True)
class TextFields:
    """What a text says of itself beside its words.

    Attributes:
        reply_to: The message that it answers, or None.
        quote: How that began as its author had it, or empty.
        mentions: Whom it names, in order.
        mentioned: Whether oneself is among them, named by somebody else.
        forwarded: Whether its author took it over from another conversation.
        timer: Milliseconds after which it is gone; None for never.
        files: What it brings.
    """

    reply_to: MessageId | None = None
    quote: str = field(default="", repr=False)
    mentions: tuple[Mention, ...] = ()
    mentioned: bool = False
    forwarded: bool = False
    timer: int | None = None
    files: tuple[FileEntry, ...] = ()


PLAIN: Final = TextFields()
"""What a text says of itself that answers nothing, names nobody and stays."""


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    """A file of a message.

    Attributes:
        number: Number of the row, never used again.
        position: The message.
        place: Which of its files it is, from 0.
        entry: With what it is fetched, opened and named.
        state: How it stands here.
        done: Bytes of the sealed file that have been moved.
        error: Stable code of why it failed, or None.
        save_into: Folder into which it is saved once it is here, or None.
        kept_until: Of an own file that is at the relay: until when it is stored there (Unix milliseconds).
        unheard: Whether it is a voice note of somebody else to which nobody has listened here.
    """

    number: int
    position: int
    place: int
    entry: FileEntry = field(repr=False)
    state: FileState
    done: int = 0
    error: str | None = None
    save_into: str | None = field(default=None, repr=False)
    kept_until: int | None = None
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """A voice note that was recorded and not sent yet.

    Attributes:
        conversation: Number of the conversation for which it is.
        started_at: When it was begun (Unix milliseconds).
        levels: The loudness of each 20 milliseconds, 0 to 255.
    """

    conversation: int
    started_at: int
    levels: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AnsweredRecord:
    """The own copy of a message that another one answers.

    Attributes:
        outgoing: Whether it is an own message; None where nothing of it is left but its id.
        author: Number of the contact who wrote it; None for an own message.
        text: How it begins, as it is worded now; empty where it was deleted or removed.
        files: Its files; none where it was deleted or removed.
    """

    outgoing: bool | None
    author: int | None
    text: str = field(repr=False)
    files: tuple[AttachmentRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class WordingRecord:
    """A later wording of a message.

    Attributes:
        said_at: When it was given, by its author's clock.
        id: Id of the content that gave it.
        part: The exact bytes of that.
    """

    said_at: int
    id: MessageId
    part: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RegisterRecord:
    """A write to a register.

    Attributes:
        id: Id of the content that wrote it.
        author: Number of the contact who wrote it; 0 for oneself.
        depth: How many writes it replaces, one by one.
        said_at: When it was written, by its author's clock.
        value: Whether a message is pinned, or the timer in milliseconds (None for never).
    """

    id: MessageId
    author: int
    depth: int
    said_at: int
    value: int | None


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """Something that names an id that is not known here.

    Attributes:
        conversation: Number of the conversation.
        waits_for: The id.
        id: Id of what waits.
        author: Number of the contact who said it.
        device: Device that said it, and gets the receipt.
        said_at: When it was said, by its author's clock.
        lasting: Whether it leaves last where room is needed.
        until: How long it waits.
        part: The exact bytes of an action; empty for a text, of which the receipt waits.
    """

    conversation: int
    waits_for: MessageId
    id: MessageId
    author: int
    device: DeviceId
    said_at: int
    lasting: bool
    until: int
    part: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """One message of a conversation.

    Attributes:
        id: Its 16-byte id.
        conversation: Number of the conversation that it belongs to.
        author: Number of the contact who wrote it, whom a line is about, or who has changed a group; None for oneself.
        outgoing: Whether it is an own message.
        text: Plain text.
        sent_at: When it was sent, no later than when it was stored here.
        arrived_at: When it was stored here.
        position: Place in the table; it grows with every message and is never used again.
        route: How it came, or how it went last; None while queued.
        state: For own messages, else None.
        held_until: Until when the relay holds it, while it does.
        error: Stable code of why it failed, or None.
        unread: For messages of others: not marked as read yet.
        first: Whether it is the first message of a new contact.
        sender_device: Device that wrote it, for messages of others.
        counter: Place in the sender device's chain, for messages of others; else 0.
        kind: What it is; a line about the conversation has no text.
        late: Whether it came after others of its device that were sent later.
        belongs_before: The first of those, where that is known.
        departed: Whether the device that wrote it had left its person's list when it came.
        needs_newer: Whether only a newer version understands it; the text is what stands for it.
        fields: What it says of itself beside its words; mentions are those of the wording that is shown.
        said_at: When it was sent by its author's clock.
        edited_at: Since when it has the wording that is shown; None for the first.
        deleted: Whether its author has deleted it for all.
        reacted: Whether anybody has ever reacted to it.
        pinned: Whether it is pinned.
        expires_at: When it is gone, where its clock runs.
        answered: The own copy of what it answers, where there is one.
        reactions: Who reacted, and how; 0 is oneself.
        request_id: Of an own message: the id that the command had which sent it last, or None.
        file_count: How many files it brings.
        files: These files, as they stand here.
        hidden: Whether an admin of its group has removed it for all: nothing of its words is in this record.
        hidden_by: Number of the contact who did; None for oneself.
        recipients: Of an own message: for how many people it is; None where that is no more than one.
        line: Of a line about a group: what it says; None for everything else.
        shared_by: Number of the contact who has given it to us, where it was written before we came into its group.
    """

    id: MessageId
    conversation: int
    author: int | None
    outgoing: bool
    text: str = field(repr=False)
    sent_at: int
    arrived_at: int
    position: int
    route: Route | None
    state: MessageState | None
    held_until: int | None
    error: str | None
    unread: bool
    first: bool
    sender_device: DeviceId | None
    counter: int
    kind: MessageKind = MessageKind.TEXT
    late: bool = False
    belongs_before: MessageId | None = None
    departed: bool = False
    needs_newer: bool = False
    fields: TextFields = PLAIN
    said_at: int = 0
    edited_at: int | None = None
    deleted: bool = False
    reacted: bool = False
    pinned: bool = False
    expires_at: int | None = None
    answered: AnsweredRecord | None = None
    reactions: tuple[tuple[int, tuple[str, ...]], ...] = ()
    request_id: str | None = None
    file_count: int = 0
    files: tuple[AttachmentRecord, ...] = ()
    hidden: bool = False
    hidden_by: int | None = None
    recipients: int | None = None
    line: bytes | None = field(default=None, repr=False)
    shared_by: int | None = None


@dataclass(frozen=True, slots=True)
class ScheduledRecord:
    """A text that is sent later.

    Attributes:
        number: Number of the row, never used again; 0 before it has one.
        conversation: Number of the conversation.
        identity_key: Whom it was written for.
        text: Plain text.
        due_at: When it is due.
        reply_to: The message that it replies to, or None.
        mentions: Names of people whom it mentions.
        timer: Seconds after which it disappears; None for what is set in the conversation then.
        overdue: Whether it waits for the user's decision.
        request_id: The id that the command had which wrote it, or None.
        files: What goes with it, sealed already.
    """

    number: int
    conversation: int
    identity_key: IdentityKey
    text: str = field(repr=False)
    due_at: int
    reply_to: MessageId | None
    mentions: tuple[str, ...]
    timer: int | None
    overdue: bool
    request_id: str | None = None
    files: tuple[FileEntry, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which messages a search looks at.

    Attributes:
        conversation: Only those of this conversation; None for all.
        own: Only own ones.
        author: Only those of this contact.
        since: Only those sent at this time or later.
        until: Only those sent before this time.
    """

    conversation: int | None = None
    own: bool = False
    author: int | None = None
    since: int | None = None
    until: int | None = None

    @property
    def narrows(self) -> bool:
        """Whether it leaves out anything by person or date, so that it makes sense without words."""
        return self.own or self.author is not None or self.since is not None or self.until is not None


@dataclass(frozen=True, slots=True)
class UnsealedMessage:
    """An own message that waits to be encrypted.

    Attributes:
        id: Its 16-byte id.
        said_at: When it was written.
        part: The exact bytes to send.
    """

    id: MessageId
    said_at: int
    part: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BufferedMessage:
    """A message that came before those in front of it.

    Attributes:
        conversation: Number of the conversation that it belongs to.
        author: Number of the contact who wrote it.
        device: Device that wrote it.
        chain: Id under which the chain is kept that it has a place in; another one after a change of identity.
        counter: Its place in the device's chain.
        id: Its 16-byte id.
        text: Plain text; None for what shows as nothing.
        sent_at: When it was sent, as far as that can be believed.
        said_at: When it was sent by its sender's clock.
        part: The exact bytes that were said.
        route: How it came.
        first: Whether it is the first message of a new contact.
        missing_from: The first counter that was missing when waiting began.
        release_at: Until when that is waited for.
        not_understood: The version of parts that does not understand it, or None; with neither a text nor a version it
            is the place of an action, which was taken at once.
        fields: What it says of itself beside its words, where that is known; it is read from the part else.
    """

    conversation: int
    author: int
    device: DeviceId
    chain: ConversationId
    counter: int
    id: MessageId
    text: str | None = field(repr=False)
    sent_at: int
    said_at: int
    part: bytes = field(repr=False)
    route: Route
    first: bool
    missing_from: int
    release_at: int
    not_understood: int | None = None
    fields: TextFields | None = None


@dataclass(frozen=True, slots=True)
class OutboxRecord:
    """An envelope that was made and is not finished: not accepted yet, or accepted and without a receipt.

    Attributes:
        envelope: Its id.
        number: Submission number of this device, the order of sending; it only grows.
        contact: Whom it is for.
        device: Device it is encrypted for.
        message: The message it carries, or None for what is no message.
        chained: Whether it waits for a delivery receipt; else it is finished once accepted.
        counter: Its place in the chain; 0 for what is not chained.
        head: What stands before the part in the content that was encrypted; the part itself is kept once, with what was
            said (`babilu.store.outbox.Outbox.content_of`). Nothing for what is not chained.
        envelope_bytes: The exact bytes to send.
        created_at: When it was made.
        accepted_at: When the relay or the peer took it over, or None.
        route: Over which route it was accepted, or None.
        gone: Whether what it holds was deleted: the head is the hash of what the content was.
    """

    envelope: EnvelopeId
    number: int
    contact: int
    device: DeviceId
    message: MessageId | None
    chained: bool
    counter: int
    head: bytes = field(repr=False)
    envelope_bytes: bytes = field(repr=False)
    created_at: int
    accepted_at: int | None = None
    route: Route | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class OwedMessage:
    """What a device is to have and has no envelope of.

    Attributes:
        conversation: Where it was said.
        said: What was said.
    """

    conversation: ConversationId
    said: UnsealedMessage


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What one device is to have of what was said here, and has given no receipt of.

    Attributes:
        number: Its place among the deliveries to the device.
        message: The message or action.
        conversation: Number of the conversation in which it was said.
        contact: Whose device it is.
        device: Who is to have it.
        state: How far it has come.
        held_until: Until when a relay holds it, or None.
        route: How it left, or None.
        error: Stable code of why it failed, or None.
    """

    number: int
    message: MessageId
    conversation: int
    contact: int
    device: DeviceId
    state: DeliveryState
    held_until: int | None
    route: Route | None
    error: str | None


@dataclass(frozen=True, slots=True)
class IncomingEnvelope:
    """An envelope as it came from a route, before the inbox has a row for it.

    Attributes:
        route: How it came.
        seq: Its number in the relay's mailbox; None when it came directly.
        stored_at: When the relay stored it, or when it came directly.
        envelope: Its id.
        envelope_bytes: The envelope.
        contact: For what came directly: whose connection it was.
        device: For what came directly: the device that signed the hello; only its envelopes count.
    """

    route: Route
    seq: int | None
    stored_at: int
    envelope: EnvelopeId
    envelope_bytes: bytes = field(repr=False)
    contact: int | None = None
    device: DeviceId | None = None


IN_NO_ROW: Final = INTEGER_MAX
"""Row of an envelope that is judged as it comes: behind all others, and kept nowhere before it is finished."""


@dataclass(frozen=True, slots=True)
class InboxRecord:
    """An envelope that has arrived and is not finished; the fields beyond `IncomingEnvelope`'s are the inbox's own.

    Attributes:
        row: Order of arrival, or `IN_NO_ROW`.
        route: How it came.
        seq: Its number in the relay's mailbox; None when it came directly.
        stored_at: When the relay stored it, or when it came directly.
        envelope: Its id.
        envelope_bytes: The envelope.
        contact: Whose conversation handles it, or None until its seal was opened.
        device: For what came directly: the device that signed the hello.
        state: Waiting or quarantined.
        reason: Stable code of why it is in quarantine; empty while waiting.
    """

    row: int
    route: Route
    seq: int | None
    stored_at: int
    envelope: EnvelopeId
    envelope_bytes: bytes = field(repr=False)
    contact: int | None
    device: DeviceId | None
    state: InboxState
    reason: str


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """A stranger's conversation request that waits for a decision.

    Attributes:
        id: What commands take, in hex; it stays the same when the stranger calls again.
        identity_key: The stranger.
        name: The name they go by; not unique.
        device_list: Their signed device list, encoded.
        host: Where the last call came from.
        port: Where they can be called back.
        at: When the last call came.
        device: The device that called.
    """

    id: str
    identity_key: IdentityKey
    name: str
    device_list: bytes = field(repr=False)
    host: str
    port: int
    at: int
    device: DeviceId
