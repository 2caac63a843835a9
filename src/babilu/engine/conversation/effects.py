"""Effects of a transaction, as values: what is to be done once it is committed, in order.

An effect is collected inside the transaction and run after its commit, by `babilu.engine.commands.effect_runner`. What
undoes a part of the transaction takes back its effects. Each may fail alone or happen twice: the rows say what is to be
done, and the next sweep finds what is left.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from babilu.api import events
from babilu.engine.conversation.wakeups import Hint
from babilu.engine.transport.outbound_queue import Batch
from babilu.identity.shapes import SignedDeviceList
from babilu.kernel.ids import ConversationId, DeviceId, IdentityKey
from babilu.store.contact_records import ContactRecord


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell every listener of an event."""

    event: events.Event


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a command; whoever asked may have given up."""

    future: "Future[Any]"
    result: object


@dataclass(frozen=True, slots=True)
class SendBatch:
    """Hand envelopes over to the outbound queue, for each device by themselves.

    Attributes:
        contact: Whose devices they are.
        batches: One for each device that something is to be done for.
        restart: Whether everything that is on its way to any device of the contact is to be forgotten first.
    """

    contact: ContactRecord
    batches: tuple[Batch, ...]
    restart: bool = False


@dataclass(frozen=True, slots=True)
class RequestBundle:
    """Have a bundle fetched, for what the user has ``written`` or for something else; `BundleCame` answers."""

    contact: ContactRecord
    device: DeviceId
    written: bool


@dataclass(frozen=True, slots=True)
class RequestList:
    """Have the device list of a contact's account fetched; `ListCame` answers."""

    contact: ContactRecord


@dataclass(frozen=True, slots=True)
class AdoptOwnList:
    """Go by a newer own device list that is committed: contents name it, and callers are shown it."""

    device_list: SignedDeviceList


@dataclass(frozen=True, slots=True)
class OwnDeviceRemoved:
    """Take note that a newer own device list, signed by the own identity, does not name this device any more."""

    device_list: SignedDeviceList


@dataclass(frozen=True, slots=True)
class CallOwnDevices:
    """Call own other devices without a relay, as it is known by now where they listen."""


@dataclass(frozen=True, slots=True)
class MergeOwnLists:
    """Merge own device lists that were made beside the one in force, or tell the user that it takes the password."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Have the device list of an account fetched that no contact has; `InboundRouter.looked_up` takes the answer."""

    account: str


@dataclass(frozen=True, slots=True)
class GiveHint:
    """Give a hint to a contact's conversation."""

    contact: ContactRecord
    hint: Hint


@dataclass(frozen=True, slots=True)
class WakeIn:
    """Wake a conversation after so many milliseconds; of several times the earliest counts."""

    contact: ContactRecord
    ms: int


@dataclass(frozen=True, slots=True)
class MessageCame:
    """Take note that a device has sent a message: whoever did is typing no longer."""

    contact: ContactRecord
    device: DeviceId
    sent_at: int
    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class EndLink:
    """Close the direct connection with a contact, if one stands."""

    contact: int


@dataclass(frozen=True, slots=True)
class CutOff:
    """Close the direct connection with a contact, if it is with one of these devices, which they have no longer."""

    contact: int
    devices: tuple[DeviceId, ...]


@dataclass(frozen=True, slots=True)
class AcceptCall:
    """Answer the call of somebody whose request the user has accepted, if it still waits.

    Attributes:
        identity: Whose call.
        request_id: The id of the command, which the event of the connection brings back.
    """

    identity: IdentityKey
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class WatchAnew:
    """Tell the relay whose presence is wanted now."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Have the inbound router look at envelopes that have no conversation."""


@dataclass(frozen=True, slots=True)
class WatchClock:
    """Erase what is over at a time (Unix milliseconds)."""

    expires_at: int


@dataclass(frozen=True, slots=True)
class EraseTraces:
    """Rid the profile's log of what was deleted, soon."""


@dataclass(frozen=True, slots=True)
class MoveFiles:
    """Look for files that are to be moved, and for those that nobody needs any more."""


@dataclass(frozen=True, slots=True)
class BringFile:
    """Bring a file that is here to the relay, for an own other device; it stands as before."""

    number: int


@dataclass(frozen=True, slots=True)
class GiveHistory:
    """Go on giving an own device what it is to have, from where that has come to."""

    device: DeviceId


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Tell the relay that every envelope up to ``cursor`` is committed."""

    cursor: int


Effect = (
    Tell
    | Answer
    | SendBatch
    | RequestBundle
    | RequestList
    | AdoptOwnList
    | OwnDeviceRemoved
    | CallOwnDevices
    | MergeOwnLists
    | LookUp
    | GiveHint
    | WakeIn
    | MessageCame
    | EndLink
    | CutOff
    | AcceptCall
    | WatchAnew
    | Sweep
    | WatchClock
    | EraseTraces
    | MoveFiles
    | BringFile
    | GiveHistory
    | Acknowledge
)
"""Everything that may follow from a commit."""

RunEffects = Callable[[Iterable[Effect]], None]
"""Runs effects in order; it may be called from any thread and never raises."""
