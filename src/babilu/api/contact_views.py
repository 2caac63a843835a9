"""Contacts and conversations as they are shown."""

from dataclasses import dataclass

from babilu.api.connection_views import Address, PresenceState
from babilu.api.file_views import RecordingView
from babilu.api.message_views import MessageView
from babilu.kernel.ids import ConversationId, IdentityKey, MessageId
from babilu.kernel.states import ConversationKind, GroupRole, ImportSource, Trust

LABEL_MARK = "#"
"""Begins every label that is nobody's name."""


NOTES_LABEL = "#notes"
"""What commands call the conversation with oneself; no name has that sign."""


@dataclass(frozen=True, slots=True)
class TimerView:
    """After how many seconds new messages of a conversation disappear (None: never), and who said so last."""

    conversation: str
    conversation_id: ConversationId
    sender: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class ContactView:
    """A person this profile knows.

    Attributes:
        name: The local name that commands take, such as ``bob`` or ``bob~2``; nobody else's act moves it.
        account: Account name on the relay, or empty.
        identity: The identity key in force: commands take it beside the name, as what the user believed.
        trust: What is known about the identity key.
        was_verified: With `Trust.CHANGED`: the key in force is verified.
        pending: With `Trust.CHANGED`: the identity key that is claimed to be theirs now, else None. By relay nothing is
            sent until the claim is approved or rejected; a direct conversation with the known one goes on.
        picture: What names the profile picture that they show (16 bytes), which `GetProfilePicture` decodes; None for
            none, and where they are not accepted, or blocked.
        blocked: Whether what they send is dropped.
        accepted: Whether the user has answered or accepted them: only then receipts of reading and presence go out.
        direct_allowed: Whether this contact may be shown our address.
        connected: Whether a direct connection stands.
        address: Last known address for direct connections, or None.
        presence: Presence at the relay, or None where unknown.
    """

    name: str
    account: str
    identity: IdentityKey
    trust: Trust
    was_verified: bool
    blocked: bool
    accepted: bool
    direct_allowed: bool
    connected: bool
    address: Address | None
    presence: PresenceState | None
    pending: IdentityKey | None = None
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A row of the conversation list.

    Attributes:
        id: Its id, which commands take in the place of the label.
        kind: With whom it is.
        label: What commands call it: the contact's name, ``#notes``, or that of a group, which people do not see.
        contact: Who it is with; None for notes to oneself, groups, and what was imported.
        last: The newest message, or None.
        unread: Messages not marked as read.
        draft: Text written and not sent, or empty.
        pinned: Kept at the top.
        muted: No notifications.
        muted_until: With ``muted``: Unix milliseconds until which that lasts, the highest integer for good.
        archived: Put away from the list.
        marked_unread: Shown as unread although nothing is.
        timer: Seconds after which its messages disappear; None where they stay.
        draft_reply: The message that the draft replies to, or None.
        mentions: Messages among the unread ones that mention oneself.
        recording: A voice note that was not sent yet, or None.
        title: Of a group, and of what was imported: what people see.
        members: Of a group: how many are in.
        role: Of a group: what oneself is; None where one is out, and elsewhere.
        accepted: False for a group that one was added to and has not accepted.
        added_by: Of a group: who added oneself, or None.
        may_post: Whether one may write: not where one is out of a group, where only its admins post, nor in
            what was imported.
        picture: Of a group: what names its picture (16 bytes), or None.
        imported: Which program has exported it, where it was imported.
    """

    id: ConversationId
    kind: ConversationKind
    label: str
    contact: ContactView | None
    last: MessageView | None
    unread: int
    draft: str
    pinned: bool
    muted: bool
    muted_until: int | None = None
    archived: bool = False
    marked_unread: bool = False
    timer: int | None = None
    draft_reply: MessageId | None = None
    mentions: int = 0
    recording: RecordingView | None = None
    title: str = ""
    members: int = 0
    role: GroupRole | None = None
    accepted: bool = True
    added_by: str | None = None
    may_post: bool = True
    picture: bytes | None = None
    imported: ImportSource | None = None


@dataclass(frozen=True, slots=True)
class RequestView:
    """A stranger's conversation request; it carries no text on purpose.

    Attributes:
        id: What `Accept` and `Decline` take, besides the name.
        name: The name the stranger goes by, with a number where it is taken or looks like one that is; it stays the
            same until the request is closed.
        identity: The stranger's identity key.
        address: Where the call came from.
        safety_number: 60 digits to compare by another way.
        at: Unix milliseconds of the last call.
    """

    id: str
    name: str
    identity: IdentityKey
    address: Address
    safety_number: str
    at: int


@dataclass(frozen=True, slots=True)
class PendingNumberView:
    """The safety number of an identity that is claimed to be a contact's; members as in `SafetyNumberView`."""

    identity: IdentityKey
    digits: str
    qr: bytes


@dataclass(frozen=True, slots=True)
class SafetyNumberView:
    """What two people compare to be sure of each other.

    Attributes:
        name: The contact.
        identity: The identity key in force, which the digits are made of.
        digits: 60 digits.
        qr: Bytes for a QR code.
        trust: What is known about the identity key.
        pending: The number of the identity that is claimed to be theirs now, or None.
    """

    name: str
    identity: IdentityKey
    digits: str
    qr: bytes
    trust: Trust
    pending: PendingNumberView | None = None
