"""States that the database keeps and user interfaces show: each is defined here once, by the word that is stored."""

from enum import StrEnum, unique
from typing import Final


@unique
class ConversationKind(StrEnum):
    """With whom a conversation is: a contact, oneself, or several people; or what another program has exported."""

    PAIR = "pair"
    NOTES = "notes"
    GROUP = "group"
    IMPORTED = "imported"


@unique
class ImportSource(StrEnum):
    """Programs whose exported conversations are read."""

    WHATSAPP = "whatsapp"
    MATTERMOST = "mattermost"


@unique
class DateOrder(StrEnum):
    """In which order the numbers of a date stand that another program has written."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    YEAR_FIRST = "year-first"


@unique
class ImportLoss(StrEnum):
    """What of another program's export is not taken over, or not as a whole."""

    SYSTEM = "system"
    """Lines of the other program itself, such as that somebody came into a group."""

    OMITTED = "omitted"
    """Files that were left out when it was exported; what it says in their place is kept."""

    MISSING = "missing"
    """Files that a message names and that are not there; their names are kept."""

    TOO_LARGE = "too_large"
    """Files that are larger than this takes; their names are kept."""

    NAMELESS = "nameless"
    """Messages of which it is not said who wrote them."""

    PINNED = "pinned"
    """That a message was pinned."""


@unique
class MessageKind(StrEnum):
    """What a row of a conversation is: a message, or a line about something that happened between messages."""

    TEXT = "text"
    KEY_CHANGED = "key_changed"
    GAP = "gap"

    DEVICES_CHANGED = "devices_changed"
    """Somebody has more, fewer or other devices, oneself in the notes."""

    GROUP = "group"
    """Something about the group has changed."""


@unique
class MessageState(StrEnum):
    """How far an own message has come; it never goes backwards, except from failed to queued by a retry."""

    QUEUED = "queued"
    HELD = "held"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


@unique
class DeliveryState(StrEnum):
    """How far an own message has come for one device, until its receipt: owed to it, or with an envelope."""

    OWED = "owed"
    QUEUED = "queued"
    HELD = "held"
    FAILED = "failed"


@unique
class Route(StrEnum):
    """How a message or an envelope travels."""

    RELAY = "relay"
    DIRECT = "direct"


@unique
class Trust(StrEnum):
    """What is known about a contact's identity key; `CHANGED` while another one is claimed, shown and never stored."""

    FIRST_USE = "first_use"
    VERIFIED = "verified"
    CHANGED = "changed"


@unique
class FileState(StrEnum):
    """How a file of a message stands on this device."""

    WAITING = "waiting"
    """An own one: here alone, and whom it was sent to fetches it over a direct connection."""

    SENDING = "sending"
    """An own one: here, and not at the relay yet."""

    SENT = "sent"
    """An own one: here and at the relay or with whom it was sent to, or of a message that goes to nobody."""

    OFFERED = "offered"
    """One of somebody else: not here, and not asked for."""

    FETCHING = "fetching"
    """Asked for, and not here yet."""

    HERE = "here"
    """Whole, and compared with what its sender said of it."""

    PAUSED = "paused"
    """Under way until the user held it."""

    FAILED = "failed"
    """It cannot be moved: an error says why."""

    FREED = "freed"
    """It was here, and its bytes were deleted to make room; it can be fetched again from whoever has it still."""


@unique
class PictureDetail(StrEnum):
    """What the bytes of a picture say besides what it shows."""

    PLACE = "place"
    """Where it was taken."""

    TIME = "time"
    """When it was taken or changed."""

    CAMERA = "camera"
    """The camera or phone, its lens, or their settings."""

    PERSON = "person"
    """Whoever took it, owns it or is named in it."""

    TEXT = "text"
    """A title, a description, comments, keywords."""

    THUMBNAIL = "thumbnail"
    """Another picture, such as a small one of what was there before it was cut."""

    SOFTWARE = "software"
    """The program that made it, and what was done in it."""

    OTHER = "other"
    """What is neither the picture nor any of these."""


@unique
class MediaKind(StrEnum):
    """What a message brings beside its words; a file is of one of the first three."""

    PICTURE = "picture"
    VOICE = "voice"
    FILE = "file"
    LINK = "link"
    """An address within its text."""


@unique
class TextState(StrEnum):
    """How a long text stands of which only the beginning is here."""

    COMING = "coming"
    """It is being fetched, and its message has not been told of as one that has arrived."""
    LATE = "late"
    """It is being fetched still; its message was told of with the beginning."""
    OFFERED = "offered"
    """It is fetched once its author is accepted."""
    FAILED = "failed"
    """It could not be fetched; of an own one: could not be given to the relay."""


@unique
class FileDirection(StrEnum):
    """Which way a file is moved."""

    OUT = "out"
    IN = "in"


@unique
class TransferState(StrEnum):
    """How the transfer of a file goes."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"


@unique
class RecordingState(StrEnum):
    """How the voice note of a conversation stands that was not sent yet."""

    RECORDING = "recording"
    """A microphone is heard."""

    KEPT = "kept"
    """It waits to be sent or discarded, also after a start anew."""

    GONE = "gone"
    """It was sent or discarded."""


@unique
class PlayingState(StrEnum):
    """How the playing of a voice note goes."""

    PLAYING = "playing"
    PAUSED = "paused"
    """Somebody has stopped it, or another one is played."""

    ENDED = "ended"
    FAILED = "failed"


@unique
class GroupRole(StrEnum):
    """What somebody is in a group."""

    OWNER = "owner"
    """Whoever has the most senior grant of all who are in: nobody has to be chosen."""

    ADMIN = "admin"
    MEMBER = "member"

    READER = "reader"
    """A member where only admins post."""


MENTIONED_ROLES: Final = ("all", "admins")
"""Names in mentions that mean everybody in a group, or its admins, whoever that is when it is read."""


@unique
class GroupChangeKind(StrEnum):
    """What has changed in a group."""

    CREATED = "created"
    ADDED = "added"
    REMOVED = "removed"
    LEFT = "left"
    APPOINTED = "appointed"
    """A member is an admin now."""

    DEMOTED = "demoted"
    """An admin is a member now, by somebody else's hand or by their own."""

    TITLE = "title"
    TOPIC = "topic"
    PICTURE = "picture"
    TIMER = "timer"
    POLICY = "policy"
    PINNED = "pinned"
    UNPINNED = "unpinned"
    HIDDEN = "hidden"
    """An admin removed messages for all."""

    MOVED = "moved"
    """The owner is gone, and the next in rank goes on."""

    JOINED_BY_LINK = "joined_by_link"
    DEVICES = "devices"
    """A member's list of devices is in the log."""

    TIED = "tied"
    """Ends of the log are tied together; nothing else changes."""

    DOES_NOT_COUNT = "does_not_count"
    """Something that only a newer version understands, or whose kind is not told; it counts for nothing."""


@unique
class GroupAdders(StrEnum):
    """Who may add oneself to groups; being added by anybody else shows nothing."""

    EVERYBODY = "everybody"
    CONTACTS = "contacts"
    NOBODY = "nobody"


@unique
class ArchiveKeyKind(StrEnum):
    """By what an archive is opened."""

    CODE = "code"
    PASSPHRASE = "passphrase"  # noqa: S105  # the name of a kind


@unique
class ArchiveVerdict(StrEnum):
    """What is to be said of an archive."""

    GOOD = "good"
    WRONG_CODE = "wrong_code"
    DAMAGED = "damaged"
    TOO_NEW = "too_new"
