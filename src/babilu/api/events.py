"""Events of a client for its user interfaces, in the order in which they happened; each is committed first."""

from dataclasses import dataclass

from babilu.api.contact_events import ContactChanged as ContactChanged
from babilu.api.contact_events import ContactRenamed as ContactRenamed
from babilu.api.contact_events import ConversationChanged as ConversationChanged
from babilu.api.contact_events import ConversationCleared as ConversationCleared
from babilu.api.contact_events import IdentityChanged as IdentityChanged
from babilu.api.contact_events import OwnPictureChanged as OwnPictureChanged
from babilu.api.contact_events import PresenceChanged as PresenceChanged
from babilu.api.contact_events import ReceiptsChanged as ReceiptsChanged
from babilu.api.contact_events import RequestArrived as RequestArrived
from babilu.api.contact_events import RequestClosed as RequestClosed
from babilu.api.contact_events import TimerChanged as TimerChanged
from babilu.api.contact_events import TypingChanged as TypingChanged
from babilu.api.device_events import DeviceLinked as DeviceLinked
from babilu.api.device_events import DeviceRemoved as DeviceRemoved
from babilu.api.device_events import LinkAsked as LinkAsked
from babilu.api.device_events import LinkCodeShown as LinkCodeShown
from babilu.api.device_events import LinkEnded as LinkEnded
from babilu.api.device_events import OwnHistoryCame as OwnHistoryCame
from babilu.api.event import CausedEvent as CausedEvent
from babilu.api.file_events import FileSaved as FileSaved
from babilu.api.file_events import FilesFreed as FilesFreed
from babilu.api.file_events import FileTransfer as FileTransfer
from babilu.api.file_events import PlayingChanged as PlayingChanged
from babilu.api.file_events import RecordingChanged as RecordingChanged
from babilu.api.group_events import GroupChanged as GroupChanged
from babilu.api.group_events import GroupInvitationClosed as GroupInvitationClosed
from babilu.api.group_events import GroupInvited as GroupInvited
from babilu.api.group_events import GroupSplit as GroupSplit
from babilu.api.group_events import HistoryShared as HistoryShared
from babilu.api.group_events import JoinRequestClosed as JoinRequestClosed
from babilu.api.group_events import JoinRequested as JoinRequested
from babilu.api.group_events import OutsiderWrote as OutsiderWrote
from babilu.api.import_events import ImportProgress as ImportProgress
from babilu.api.message_events import ClockStarted as ClockStarted
from babilu.api.message_events import GapNoticed as GapNoticed
from babilu.api.message_events import LineAdded as LineAdded
from babilu.api.message_events import LineChanged as LineChanged
from babilu.api.message_events import LineRemoved as LineRemoved
from babilu.api.message_events import MessageArrived as MessageArrived
from babilu.api.message_events import MessageDeleted as MessageDeleted
from babilu.api.message_events import MessageEdited as MessageEdited
from babilu.api.message_events import MessageExpired as MessageExpired
from babilu.api.message_events import MessagePinned as MessagePinned
from babilu.api.message_events import MessageQueued as MessageQueued
from babilu.api.message_events import MessageStateChanged as MessageStateChanged
from babilu.api.message_events import ReactionsChanged as ReactionsChanged
from babilu.api.message_events import ScheduledChanged as ScheduledChanged
from babilu.api.message_events import TextStateChanged as TextStateChanged
from babilu.api.views import Address, LinkState, PeerState
from babilu.kernel.alarms import AlarmKind
from babilu.kernel.errors import Reason
from babilu.kernel.states import PlayingState, RecordingState, Route


@dataclass(frozen=True, slots=True)
class Ready:
    """The profile is open; it may still be offline."""

    name: str
    relay: Address | None


@dataclass(frozen=True, slots=True)
class Registered:
    """The name was free and is ours now."""

    name: str


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The link to the relay came or went.

    Attributes:
        state: Where it stands.
        code: Stable code of why it is offline, or None.
        text: A sentence about it, or empty.
        retry_in_ms: Milliseconds until the next attempt, or None where there is none.
        refused: Whether somebody has to do something about it; the client tries again by itself, but slowly.
        reason: What the code leaves open, as far as it is known.
        address: Address at which the relay is connected: the profile's, or another one that it has named; None while
            it is not connected.
    """

    state: LinkState
    code: str | None
    text: str
    retry_in_ms: int | None
    refused: bool = False
    reason: Reason | None = None
    address: Address | None = None


def is_passing(event: object) -> bool:
    """Tell whether an event says only how far something is, which the next one says better: it is not remembered."""
    match event:
        case RecordingChanged(recording):
            return recording.state is RecordingState.RECORDING
        case PlayingChanged():
            return event.state is PlayingState.PLAYING
        case _:
            return False


@dataclass(frozen=True, slots=True)
class CallPending(CausedEvent):
    """Somebody listens at the address and has not answered yet.

    Attributes:
        address: Address that is called.
        own_digits: Thirty digits that the called side sees as one half of the safety number.
    """

    address: Address
    own_digits: str


@dataclass(frozen=True, slots=True)
class CallFailed(CausedEvent):
    """A call came to nothing; ``retry_in_ms`` says when it is tried again, None when it is given up.

    Attributes:
        address: Address that was called.
        code: Stable code of why.
        text: A sentence about it.
        retry_in_ms: Milliseconds until the next attempt.
        reason: What the code leaves open, as far as it is known.
    """

    address: Address
    code: str
    text: str
    retry_in_ms: int | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class PeerChanged(CausedEvent):
    """A direct connection with a contact stands, or ended.

    Attributes:
        name: The contact.
        state: Connected or disconnected.
        route: Always direct today.
        address: The other end.
        safety_number: 60 digits, when connected.
        incoming: Whether the contact called us.
    """

    name: str
    state: PeerState
    route: Route
    address: Address
    safety_number: str
    incoming: bool


@dataclass(frozen=True, slots=True)
class ListeningChanged(CausedEvent):
    """The server socket for conversation requests is open at an address, or closed (None)."""

    address: Address | None


@dataclass(frozen=True, slots=True)
class NoticeArrived:
    """The relay's operator says something to all; plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Long work goes on: ``done`` of ``total`` steps (0 where the total is unknown)."""

    task: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Warned:
    """Something went wrong that no command asked for.

    Attributes:
        code: Stable code.
        text: A sentence for people.
        fatal: Whether the client ends by it.
    """

    code: str
    text: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """Somebody may be tampering; of one contact and kind it is told once a day, of strangers and blocked people never.

    Attributes:
        alarm: What was noticed; `babilu.presentation.alarms` has its sentence and advice.
        name: The contact whom it concerns, or None.
        code: Stable code of the error by which it was told before version 0.1, for readers of that time.
    """

    alarm: AlarmKind
    name: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The client is closed; nothing follows."""


Event = (
    Ready
    | Registered
    | LinkChanged
    | MessageQueued
    | FileTransfer
    | FileSaved
    | FilesFreed
    | RecordingChanged
    | PlayingChanged
    | MessageStateChanged
    | MessageArrived
    | TextStateChanged
    | LineAdded
    | LineChanged
    | LineRemoved
    | MessageDeleted
    | MessageEdited
    | ReactionsChanged
    | MessagePinned
    | TimerChanged
    | ClockStarted
    | MessageExpired
    | TypingChanged
    | ReceiptsChanged
    | ScheduledChanged
    | ConversationCleared
    | ContactRenamed
    | GapNoticed
    | RequestArrived
    | RequestClosed
    | CallPending
    | CallFailed
    | PeerChanged
    | ListeningChanged
    | IdentityChanged
    | PresenceChanged
    | ContactChanged
    | OwnPictureChanged
    | ConversationChanged
    | GroupChanged
    | GroupInvited
    | GroupInvitationClosed
    | HistoryShared
    | OutsiderWrote
    | ImportProgress
    | GroupSplit
    | JoinRequested
    | JoinRequestClosed
    | LinkCodeShown
    | LinkAsked
    | LinkEnded
    | DeviceLinked
    | DeviceRemoved
    | OwnHistoryCame
    | NoticeArrived
    | Progress
    | Warned
    | AlarmRaised
    | Closed
)
"""Everything that a client tells."""
