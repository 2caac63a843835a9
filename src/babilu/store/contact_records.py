"""Rows of people and conversations as frozen records.

Times are Unix milliseconds, ids and keys are raw bytes. What must not print (keys, texts, drafts, contents) stays out
of every repr.
"""

from dataclasses import dataclass, field

from babilu.identity.device_list import read_kept_list
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.ids import ConversationId, DeviceId, IdentityKey, MessageId
from babilu.kernel.states import ConversationKind, ImportSource, Trust


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
        here: Of oneself: this very device, which is on the list and is sent nothing. None for others.
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
    here: DeviceId | None = None

    @property
    def is_oneself(self) -> bool:
        """Whether it is the person that this profile is: their devices are the others of one's own."""
        return self.here is not None

    @property
    def is_stranger(self) -> bool:
        """Whether nothing joins us: the user has not accepted them, and no group has."""
        return not self.accepted and not self.fellow

    @property
    def signed_list(self) -> SignedDeviceList:
        """Their device list, signed."""
        return read_kept_list(self.device_list).signed


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
        label: Of a group, and of what was imported: what it is called in commands, with its ``#``; None for others.
        title: Of a group: its title as its log has it; of what was imported: as the other program has it; else empty.
        source: Which program has exported it; None for what was said here.
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
    source: ImportSource | None = None


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """One device of a contact, as the device list in force names it."""

    device: DeviceId
    contact: int
    signing_key: bytes
    agreement_key: bytes


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
