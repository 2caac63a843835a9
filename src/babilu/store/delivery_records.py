"""Rows of what is on its way, as frozen records: outbox, inbox, deliveries, receipts.

Times are Unix milliseconds, ids and keys are raw bytes. What must not print (keys, texts, drafts, contents) stays out
of every repr.
"""

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

from babilu.kernel.ids import ConversationId, DeviceId, EnvelopeId, MessageId
from babilu.kernel.limits import INTEGER_MAX
from babilu.kernel.states import DeliveryState, Route
from babilu.store.message_records import UnsealedMessage


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
        reason: Stable code of why it is in quarantine; empty while waiting, but where it is judged again.
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
